"""Our policy in the loop: the product's own ``decide``, once for each service level."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from benchmarks.inventory.closed_loop.live import Standing
from benchmarks.inventory.closed_loop.shop import Floats, Shop
from forecasts import Forecast
from supplychain.handover.order_calendar import CalendarRule, build_calendar
from supplychain.handover.pins import pin_columns
from supplychain.handover.rebalancing_lanes import RebalancingLanes
from supplychain.handover.replenishment import State, Terms, decide
from supplychain.handover.service_class import abc_classes
from supplychain.handover.shared_terms import SharedTerms
from supplychain.scenario.settings import ByClass, ReplenishSettings

__all__ = ["SERVICE_LEVELS", "our_orders", "settings_of", "terms_of"]

SERVICE_LEVELS = (0.6, 0.75, 0.85, 0.92, 0.96, 0.98, 0.99, 0.995)
"""The sweep: cycle service level of the typical item."""


def terms_of(shop: Shop) -> Terms:
    """The shop's items at one site as the product's rows; a step is a day of its calendar, nothing spoils."""
    count, span = len(shop.items), shop.span
    zero, ones, none = np.zeros(count), np.ones(count), np.zeros(count, np.bool_)
    every_day = (1, 2, 3, 4, 5, 6, 7)
    weekdays = [(day,) if day else every_day for day in span.weekdays or (0,) * len(span.lead)]
    rules = [CalendarRule(f"S{number}", days, span.review) for number, days in enumerate(weekdays)]
    first = shop.first_day.astype("datetime64[D]").item()
    calendar = build_calendar(rules, first=first, last=first + timedelta(days=shop.quantity.shape[1] + 60))
    past = shop.demand[:, : span.start].sum(axis=1) * shop.price
    classes = abc_classes(dict(enumerate(past.tolist())))
    index = {(item, "shop"): row for row, item in enumerate(shop.items)}
    return Terms(
        items=shop.items,
        sites=("shop",),
        suppliers=tuple(rule.name for rule in rules),
        item_ids=shop.items,
        site_ids=("shop",) * count,
        item_index=np.arange(count),
        site_index=np.zeros(count, np.int64),
        class_index=np.array([classes[row] for row in range(count)], np.int64),
        unit_cost=shop.cost,
        price=shop.price,
        margin=shop.price - shop.cost,
        unit_price=shop.cost,
        volume_l=ones,
        weight_kg=ones,
        shelf_life_days=np.full(count, np.inf),
        min_units=zero,
        max_units=np.full(count, np.inf),
        do_not_order=none,
        phase_out=none,
        ended=np.full(count, np.datetime64("2200-01-01", "D")),
        return_rate=zero,
        return_days=0,
        supplier_index=shop.supplier,
        origin_row=np.full(count, -1, np.int64),
        source=shop.supplier,
        pack=shop.pack,
        minimum_quantity=shop.minimum,
        lead_mean=shop.lead.astype(np.float64),
        lead_sd=zero,
        lead_days=shop.lead,
        mode=("",) * count,
        break_from=np.zeros((count, 0)),
        break_price=np.zeros((count, 0)),
        supplier_minimum=np.zeros(len(rules)),
        supplier_rate=np.ones(len(rules)),
        supplier_fee=np.zeros(len(rules)),
        calendar=calendar,
        agreed_lead_mean=shop.lead.astype(np.float64),
        agreed_lead_sd=zero,
        successor_row=np.full(count, -1, np.int64),
        replaced_row=np.full(count, -1, np.int64),
        introduced=np.full(count, shop.first_day.astype("datetime64[D]")),
        rebalancing=_no_lanes(),
        shared=SharedTerms.none(1, len(rules)),
        index=index,
        **pin_columns((), index, shop.supplier, calendar),
    )


def _no_lanes() -> RebalancingLanes:
    none, money = np.zeros(0, np.int64), np.zeros(0)
    return RebalancingLanes(
        origin=none, destination=none, item=none, days=none, unit_cost=money, shipment=none, shipment_cost=money,
        departs=np.zeros((0, 7), np.bool_),
    )  # fmt: skip


def settings_of(shop: Shop, level: float, policy: str = "optimized", *, backlog: bool = False) -> ReplenishSettings:
    """The product's settings, with one service level for all classes; customers wait (``backlog``) or are lost."""
    levels = ByClass(A=level, B=level, C=level)
    return ReplenishSettings.model_validate(
        {
            "policy": policy,
            "review_days": shop.span.review,
            "lost_sale_share": 0.0 if backlog else 1.0,
            "service_level": levels,
            "textbook": {"service_level": levels},
        }
    )


def our_orders(
    shop: Shop, terms: Terms, sweep: tuple[ReplenishSettings, ...], *, step: int, standing: Standing, forecast: Forecast
) -> Floats:
    """Units ordered at the close of ``step``, [C,N] for C settings."""
    day = shop.first_day + np.timedelta64(step, "D")
    recent = shop.demand[:, max(0, step + 1 - shop.span.window) : step + 1].mean(axis=1)
    orders = np.zeros(standing.on_hand.shape)
    for one, settings in enumerate(sweep):
        state = State(
            on_hand=standing.on_hand[one],
            blocked=np.zeros(terms.rows),
            backorder=standing.owed[one],
            on_order=standing.coming[one].sum(axis=1),
            arrivals=standing.coming[one],
            recent_daily_sales=recent,
            batches=np.zeros((terms.rows, 1)),
        )
        lines = decide(state, forecast, day, terms=terms, settings=settings).orders
        orders[one, lines.row] = lines.quantity
    return orders
