"""Demand of zones -> history of item x stocking site, and what is known of the days ahead."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts import History, Outlook
from forecasts.holidays_ import holiday_events
from supplychain.domain import DataSet, DemandHistory, Event
from supplychain.domain.sourcing import Sourcing

__all__ = ["build_history", "build_outlook", "rows_of", "span_of", "zones_of"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_SHORT_AT_MOST = 0.5


def build_history(dataset: DataSet, sourcing: Sourcing) -> History:
    """Sum the demand of zones into the rows that serve them.

    When some of a row's zones were sold out (another site may have served them then), the day is scaled up from the
    zones that were not, as long as those make at least half of the row's demand; otherwise the row counts as sold
    out. Days before ``introduced`` or after ``ended`` are NaN (not on sale), unknown quantities too.
    """
    demand = dataset.demand
    days = demand.days
    table, in_stock = _row_demand(demand, sourcing)
    items = tuple(dataset.items.values())
    for n, i in enumerate(sourcing.row_item):
        first, last = _on_sale(items[i].introduced, items[i].ended, demand.first_day, days)
        table[n, :first] = np.nan
        table[n, last:] = np.nan
    price_ratio, promo = _prices(demand, sourcing, np.array([item.price for item in items]))
    categories = sorted({item.category for item in items})
    group = np.array([categories.index(items[i].category) for i in sourcing.row_item], dtype=np.int64)
    cost = np.array([dataset.to_base(items[i].unit_cost, items[i].currency) for i in sourcing.row_item])
    return History(
        quantity=table,
        in_stock=in_stock,
        price_ratio=price_ratio[sourcing.row_item],
        promo=promo[sourcing.row_item],
        first_day=np.datetime64(demand.first_day, "D"),
        group=group,
        unit_value=cost,
    )


def build_outlook(
    dataset: DataSet, sourcing: Sourcing, *, first_day: date, days: int, horizon: int, holidays: tuple[str, ...] = ()
) -> Outlook:
    """Promotions planned for the ``horizon`` after day ``days``, and the events from ``first_day`` on.

    ``holidays`` are the countries whose festivals and sales days are events too, beside those that the data set names.
    """
    items = tuple(dataset.items.values())
    index = {item.item_id: i for i, item in enumerate(items)}
    ratio, promo = np.ones((len(items), horizon)), np.zeros((len(items), horizon))
    start = first_day + timedelta(days=days)
    for promotion in dataset.promotions:
        i = index[promotion.item_id]
        a = max(0, (promotion.first - start).days)
        b = min(horizon, (promotion.last - start).days + 1)
        if a < b:
            ratio[i, a:b] = promotion.price / items[i].price if items[i].price > 0 else 1.0
            promo[i, a:b] = 1.0
    names, table = _event_table(dataset, first_day, days + horizon)
    if holidays:
        more, activity = holiday_events(
            holidays, np.datetime64(first_day, "D"), days + horizon, without={event.name for event in _events(dataset)}
        )
        names += more
        table = np.concatenate([table, np.repeat(activity[None], len(table), axis=0)], axis=1)
    return Outlook(
        price_ratio=ratio[sourcing.row_item], promo=promo[sourcing.row_item], event_names=names, events=table
    )


def rows_of(demand: DemandHistory, sourcing: Sourcing) -> npt.NDArray[np.int64]:
    """Row that serves each entry; the history counts zones and items in its own order."""
    item_at = {item_id: i for i, item_id in enumerate(sourcing.item_ids)}
    items = np.array([item_at[i] for i in demand.item_ids], dtype=np.int64)
    return sourcing.zone_row[zones_of(demand, sourcing), items[demand.item]]


def zones_of(demand: DemandHistory, sourcing: Sourcing) -> npt.NDArray[np.int64]:
    """Zone of each entry as a position in ``sourcing.zone_ids``."""
    zone_at = {zone_id: z for z, zone_id in enumerate(sourcing.zone_ids)}
    return np.array([zone_at[z] for z in demand.zone_ids], dtype=np.int64)[demand.zone]


def span_of(first: date | None, last: date | None, first_day: date, days: int) -> tuple[int, int]:
    """Columns [a, b) of ``days`` days from ``first_day`` on that lie between two days, both included."""
    a = max(0, (first - first_day).days) if first else 0
    b = min(days, (last - first_day).days + 1) if last else days
    return min(a, days), max(min(a, days), b)


def _row_demand(demand: DemandHistory, sourcing: Sourcing) -> tuple[Floats, Flags]:
    rows, days, zones = sourcing.rows, demand.days, len(sourcing.zone_ids)
    row, zone = rows_of(demand, sourcing), zones_of(demand, sourcing)
    known = row >= 0
    row, zone, day = row[known], zone[known], demand.day[known]
    quantity, sold_out = demand.quantity[known], ~demand.in_stock[known]
    cell = row * days + day

    def total(weights: npt.NDArray[Any], mask: Flags) -> Floats:
        counted = np.bincount(cell[mask], weights=weights[mask].astype(np.float64), minlength=rows * days)
        return counted.astype(np.float64).reshape(rows, days)

    usual = np.bincount(
        (row * zones + zone)[~sold_out], weights=np.nan_to_num(quantity[~sold_out]), minlength=rows * zones
    )
    share = usual.reshape(rows, zones)
    served = np.zeros_like(share)
    z_index, i_index = np.nonzero(sourcing.zone_row >= 0)
    served[sourcing.zone_row[z_index, i_index], z_index] = 1.0
    share = np.where(share.sum(axis=1, keepdims=True) > 0, share, served)
    share = share / np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    short = np.minimum(1.0, total(share[row, zone], sold_out))
    everything = total(quantity, np.ones(row.size, dtype=bool))
    open_part = total(quantity, ~sold_out)
    partly = (short > 1e-9) & (short <= _SHORT_AT_MOST)
    scaled = np.maximum(everything, open_part / np.maximum(1.0 - short, 1.0 - _SHORT_AT_MOST))
    return np.where(partly, scaled, everything), short <= _SHORT_AT_MOST


def _prices(demand: DemandHistory, sourcing: Sourcing, price: Floats) -> tuple[Floats, Floats]:
    """Price ratio and promotion by item and day, from any zone that sold on that day."""
    size = len(sourcing.item_ids) * demand.days
    item_at = {item_id: i for i, item_id in enumerate(sourcing.item_ids)}
    items = np.array([item_at[i] for i in demand.item_ids], dtype=np.int64)
    cell = items[demand.item] * demand.days + demand.day if demand.day.size else np.zeros(0, dtype=np.int64)
    priced = ~np.isnan(demand.price)
    count = np.bincount(cell[priced], minlength=size)
    total = np.bincount(cell[priced], weights=demand.price[priced], minlength=size)
    mean = np.divide(total, count, out=np.zeros(size), where=count > 0).reshape(len(price), demand.days)
    usual = np.where(price > 0, price, 1.0)[:, None]
    ratio = np.where(mean > 0, mean / usual, 1.0)
    promo = np.bincount(cell[demand.promo], minlength=size).reshape(ratio.shape) > 0
    return ratio, promo.astype(np.float64)


def _event_table(dataset: DataSet, first_day: date, days: int) -> tuple[tuple[str, ...], Floats]:
    categories = sorted({item.category for item in dataset.items.values()})
    events = _events(dataset)
    names = tuple(sorted({_event_name(e) for e in events}))
    table = np.zeros((len(categories), len(names), days))
    for event in events:
        a, b = span_of(event.first, event.last, first_day, days)
        for g, category in enumerate(categories):
            if not event.applies_to or category in event.applies_to:
                table[g, names.index(_event_name(event)), a:b] = 1.0
    return names, table


def _events(dataset: DataSet) -> list[Event]:
    return [event for event in dataset.events if event.country in (None, dataset.country)]


def _event_name(event: Event) -> str:
    return f"{event.name} {event.phase}"


def _on_sale(introduced: date | None, ended: date | None, first_day: date, days: int) -> tuple[int, int]:
    first = max(0, (introduced - first_day).days) if introduced else 0
    last = min(days, (ended - first_day).days + 1) if ended else days
    return min(first, days), max(last, 0)
