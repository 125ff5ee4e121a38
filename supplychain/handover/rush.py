"""Quicker sources of rows that would run out before their regular source can deliver."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.lots import line_price
from solvers.replenishment.rush import RushOffers, RushOrders, rush_orders
from supplychain.domain import DataSet
from supplychain.handover.demand_course import demand_until
from supplychain.handover.next_orders import next_orders
from supplychain.handover.rush_offers import RushOffer, rush_offers
from supplychain.handover.scorecards import Scorecards
from supplychain.handover.situation import Situation
from supplychain.plans.frame import typed_frame
from supplychain.plans.rush_table import RUSH_COLUMNS, USUAL_WAY, no_rushes
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["rush_table"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR_DAYS = 365.0


def rush_table(
    dataset: DataSet,
    situation: Situation,
    order_lines: pd.DataFrame,
    *,
    settings: ReplenishSettings,
    scorecards: Scorecards | None = None,
) -> pd.DataFrame:
    """``RUSH_COLUMNS`` of every row for which a rush order earns more than it costs, the largest gain first.

    Each row takes its best source whose order, with tonight's ``order_lines`` of the same supplier and site, reaches
    the supplier's minimum value; the regular order is the first of the row in ``order_lines``, tonight's or that of the
    outlook. ``scorecards`` hold the lead times where the scenario plans with measured ones.
    """
    measured = scorecards if settings.lead_times == "measured" else None
    ahead = next_orders(situation, settings=settings, order_lines=order_lines)
    offers = rush_offers(dataset, situation, ahead=ahead, measured=measured)
    if not offers:
        return no_rushes()
    problem = _problem(dataset, situation, offers, settings)
    found = rush_orders(problem)
    tonight = order_lines.loc[order_lines["status"].eq("proposed")]
    placed = tonight.groupby(["supplier_id", "site_id", tonight["order_date"].dt.date])["value"].sum().to_dict()
    value = _value(dataset, offers, found.packs * problem.pack)
    chosen = _chosen(dataset, situation, offers, found, value, placed=placed)
    rows = [_row(dataset, situation, offers[at], problem, found=found, at=at, value=float(value[at])) for at in chosen]
    frame = pd.DataFrame(rows, columns=list(RUSH_COLUMNS)).sort_values(
        ["gain", "item_id", "site_id"], ascending=[False, True, True], kind="stable"
    )
    return typed_frame(frame, RUSH_COLUMNS)


def _problem(
    dataset: DataSet, situation: Situation, offers: list[RushOffer], settings: ReplenishSettings
) -> RushOffers:
    """Demand and supply until the day before either receipt."""
    terms, rows = situation.terms, np.array([one.row for one in offers], np.int64)
    early, late = (
        np.array([(day - dataset.as_of).days - 1 for day in days], np.int64)
        for days in ([one.receipt for one in offers], [one.regular.receipt for one in offers])
    )
    asked_early, supply_early = demand_until(situation, rows, np.maximum(early, 1))
    asked_late, supply_late = demand_until(situation, rows, np.maximum(late, 1))
    now = (situation.state.on_hand - situation.state.blocked - situation.state.backorder)[rows]
    cost = np.array([one.unit_cost for one in offers])
    holding = terms.unit_cost[rows] * settings.holding_share_per_year / _YEAR_DAYS * (late - early)
    room = np.maximum(terms.max_units[rows] - situation.own_position[rows], 0.0)
    cover = np.maximum(settings.hold_above_days * situation.daily[rows] - situation.position[rows], 0.0)
    return RushOffers(
        levels=np.asarray(situation.view.forecast.levels, np.float64),
        early=np.where(early[:, None] > 0, asked_early, 0.0),
        late=asked_late,
        supply_early=np.where(early > 0, supply_early, np.maximum(now, 0.0)),
        supply_late=supply_late,
        margin=terms.margin[rows] * settings.lost_sale_share,
        extra_cost=cost - terms.unit_cost[rows] + holding,
        pack=np.array([one.supply.pack_units for one in offers], np.float64),
        minimum_quantity=np.array([one.supply.minimum_order_quantity for one in offers], np.float64),
        most=np.minimum(room, cover),
    )


def _value(dataset: DataSet, offers: list[RushOffer], units: Floats) -> Floats:
    """Value of each order in the supplier's currency, price breaks counted."""
    breaks: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for one in sorted(dataset.price_breaks, key=lambda b: b.from_units):
        breaks.setdefault((one.supplier_id, one.item_id), []).append((one.from_units, one.unit_price))
    found = np.zeros(units.size)
    for at in np.flatnonzero(units > 0).tolist():
        offer = offers[at]
        steps = breaks.get((offer.supply.supplier_id, offer.supply.item_id), [])
        start, price = (np.array([[step[part] for step in steps]], np.float64).reshape(1, -1) for part in (0, 1))
        paid = line_price(units[at : at + 1], np.array([offer.supply.unit_price]), start, price)
        found[at] = units[at] * float(paid[0])
    return found


def _chosen(
    dataset: DataSet, situation: Situation, offers: list[RushOffer], found: RushOrders, value: Floats,
    *, placed: dict[Any, float],
) -> list[int]:  # fmt: skip
    """The best offer of each row, as far as the orders that come of them reach their supplier's minimum value."""
    allowed = [at for at in range(len(offers)) if found.gain[at] > 0 and found.avoided[at] > 0]
    while True:
        best: dict[int, int] = {}
        for at in allowed:
            row = offers[at].row
            if row not in best or found.gain[at] > found.gain[best[row]]:
                best[row] = at
        total: dict[tuple[str, str, date, str], float] = {}
        for at in best.values():
            total[_order(situation, offers[at])] = total.get(_order(situation, offers[at]), 0.0) + float(value[at])
        small = {
            key
            for key, amount in total.items()
            if amount + (0.0 if key[3] else placed.get(key[:3], 0.0))
            < dataset.suppliers[key[0]].minimum_order_value * (1 - 1e-9)
        }
        if not small:
            return sorted(best.values())
        allowed = [at for at in allowed if _order(situation, offers[at]) not in small]


def _order(situation: Situation, offer: RushOffer) -> tuple[str, str, date, str]:
    """Supplier, site, day and way (empty: the usual one) of the order in which the offer would be placed."""
    usual = offer.way.lead_factor == 1.0 and not offer.way.freight
    return offer.supply.supplier_id, situation.terms.site_ids[offer.row], offer.ordered, "" if usual else offer.way.mode


def _row(
    dataset: DataSet, situation: Situation, offer: RushOffer, problem: RushOffers, *, found: RushOrders, at: int,
    value: float,
) -> dict[str, Any]:  # fmt: skip
    terms, row = situation.terms, offer.row
    quantity = float(found.packs[at] * problem.pack[at])
    avoided = float(found.avoided[at] * problem.margin[at])
    return {
        "item_id": terms.item_ids[row],
        "site_id": terms.site_ids[row],
        "supplier_id": offer.supply.supplier_id,
        "mode": offer.way.mode or USUAL_WAY,
        "order_date": pd.Timestamp(offer.ordered),
        "receipt_date": pd.Timestamp(offer.receipt),
        "regular_supplier_id": offer.regular.supplier_id,
        "regular_mode": offer.regular.mode or USUAL_WAY,
        "regular_order_date": pd.Timestamp(offer.regular.ordered),
        "regular_receipt_date": pd.Timestamp(offer.regular.receipt),
        "quantity": quantity,
        "pack_units": float(problem.pack[at]),
        "unit_price": value / quantity,
        "currency": dataset.suppliers[offer.supply.supplier_id].currency,
        "value": value,
        "unit_cost": offer.unit_cost,
        "extra_unit_cost": float(problem.extra_cost[at]),
        "margin": float(problem.margin[at]),
        "units_short": float(found.without[at]),
        "units_avoided": float(found.avoided[at]),
        "lost_margin_avoided": avoided,
        "extra_cost": quantity * float(problem.extra_cost[at]),
        "gain": float(found.gain[at]),
    }
