"""Demand of zones -> history of item x stocking site; forecasts adjusted by what the planner knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from forecasts import Forecast, History, Outlook, Recipe, Request, fit, predict
from supplychain.domain import DataSet, DemandHistory, Event
from supplychain.domain.select import select
from supplychain.domain.sourcing import Sourcing

__all__ = [
    "PROTECTION_GRID_DAYS",
    "DemandChange",
    "Forecast",
    "ForecastInputs",
    "History",
    "Recipe",
    "adjust",
    "build_history",
    "build_outlook",
    "factors",
    "fit",
    "forecast_inputs",
    "predict",
]

Floats = npt.NDArray[np.float64]

_SHORT_AT_MOST = 0.5

PROTECTION_GRID_DAYS = (3, 7, 14, 21, 28, 42, 60, 90, 120)
"""Protection intervals that are forecast; others are interpolated."""


class DemandChange(Protocol):
    """A scenario's change of demand: whom it concerns, how and when."""

    @property
    def where(self) -> Mapping[str, Any]:
        """Filter over items and zones."""
        ...

    @property
    def operation(self) -> str:
        """Either multiply or add."""
        ...

    @property
    def value(self) -> Any:
        """Factor, or units a day."""
        ...

    @property
    def first(self) -> date | None:
        """First day; None means from the start."""
        ...

    @property
    def last(self) -> date | None:
        """Last day; None means to the end."""
        ...


@dataclass(frozen=True, slots=True)
class ForecastInputs:
    """All that a forecast depends on."""

    history: History
    outlook: Outlook
    request: Request


def forecast_inputs(
    dataset: DataSet, sourcing: Sourcing, *, horizon: int, levels: tuple[float, ...], origins: int, method: str,
    service_level: Floats, seed: int,
) -> ForecastInputs:  # fmt: skip
    """Arrays for the rows of ``sourcing``; ``service_level`` [N] is the level at which a row is judged."""
    history = build_history(dataset, sourcing)
    grid = tuple(p for p in PROTECTION_GRID_DAYS if p <= horizon) or (horizon,)
    request = Request(
        horizon=horizon,
        protection_days=grid,
        levels=levels,
        service_level=service_level,
        method=method,
        origins=origins,
        seed=seed,
    )
    outlook = build_outlook(dataset, sourcing, first_day=dataset.demand.first_day, days=history.days, horizon=horizon)
    return ForecastInputs(history, outlook, request)


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


def build_outlook(dataset: DataSet, sourcing: Sourcing, *, first_day: date, days: int, horizon: int) -> Outlook:
    """Promotions planned for the ``horizon`` after day ``days``, and the events from ``first_day`` on."""
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
    return Outlook(
        price_ratio=ratio[sourcing.row_item], promo=promo[sourcing.row_item], event_names=names, events=table
    )


def factors(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[DemandChange], *, first_day: date, days: int
) -> tuple[Floats, Floats]:
    """What planner's changes and overrides make of daily demand: factor [N,days] and addition [N,days].

    A change of some zones of a row counts by their share of its demand in the last 91 days.
    """
    factor = np.ones((sourcing.rows, days))
    plus = np.zeros((sourcing.rows, days))
    zones, items = list(dataset.zones), list(dataset.items.values())
    share = _recent_share(dataset, sourcing)
    for change in changes:
        zone_hit = select(zones, change.where, fields=("site_id", "tier", "region", "remote"))
        item_hit = select(items, change.where, fields=("item_id", "category"))[sourcing.row_item]
        part = np.where(item_hit, share[:, zone_hit].sum(axis=1), 0.0)
        a, b = _span(change.first, change.last, first_day, days)
        if change.operation == "multiply":
            factor[:, a:b] *= 1.0 + part[:, None] * (float(change.value) - 1.0)
        else:
            plus[:, a:b] += part[:, None] * float(change.value)
    return factor, plus


def adjust(forecast: Forecast, *, factor: Floats, plus: Floats) -> Forecast:
    """Apply factors and additions [N,H] to the mean; sums, variances and quantiles follow in proportion."""
    if np.all(factor == 1.0) and not plus.any():
        return forecast
    mean = np.maximum(0.0, forecast.mean * factor + plus)
    grow = np.divide(mean, forecast.mean, out=np.ones_like(mean), where=forecast.mean > 0)
    cumulated = np.cumsum(mean, axis=1)[:, np.array(forecast.protection_days) - 1]
    before = np.cumsum(forecast.mean, axis=1)[:, np.array(forecast.protection_days) - 1]
    scale = np.divide(cumulated, before, out=np.ones_like(cumulated), where=before > 0)
    added = np.where(before > 0, 0.0, cumulated)
    return dataclasses.replace(
        forecast,
        mean=mean,
        variance=forecast.variance * grow**2,
        mu=forecast.mu * scale + added,
        quantile=forecast.quantile * scale[:, :, None] + added[:, :, None],
    )


def _row_demand(demand: DemandHistory, sourcing: Sourcing) -> tuple[Floats, npt.NDArray[np.bool_]]:
    rows, days, zones = sourcing.rows, demand.days, len(sourcing.zone_ids)
    row, zone = _rows_of(demand, sourcing), _zones_of(demand, sourcing)
    known = row >= 0
    row, zone, day = row[known], zone[known], demand.day[known]
    quantity, sold_out = demand.quantity[known], ~demand.in_stock[known]
    cell = row * days + day

    def total(weights: npt.NDArray[Any], mask: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(cell[mask], weights=weights[mask], minlength=rows * days).reshape(rows, days)

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


def _zones_of(demand: DemandHistory, sourcing: Sourcing) -> npt.NDArray[np.int64]:
    zone_at = {zone_id: z for z, zone_id in enumerate(sourcing.zone_ids)}
    return np.array([zone_at[z] for z in demand.zone_ids], dtype=np.int64)[demand.zone]


def _rows_of(demand: DemandHistory, sourcing: Sourcing) -> npt.NDArray[np.int64]:
    """Row that serves each entry; the history counts zones and items in its own order."""
    item_at = {item_id: i for i, item_id in enumerate(sourcing.item_ids)}
    items = np.array([item_at[i] for i in demand.item_ids], dtype=np.int64)
    return sourcing.zone_row[_zones_of(demand, sourcing), items[demand.item]]


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
    events = [e for e in dataset.events if e.country in (None, dataset.country)]
    names = tuple(sorted({_event_name(e) for e in events}))
    table = np.zeros((len(categories), len(names), days))
    for event in events:
        a, b = _span(event.first, event.last, first_day, days)
        for g, category in enumerate(categories):
            if not event.applies_to or category in event.applies_to:
                table[g, names.index(_event_name(event)), a:b] = 1.0
    return names, table


def _event_name(event: Event) -> str:
    return f"{event.name} {event.phase}"


def _recent_share(dataset: DataSet, sourcing: Sourcing) -> Floats:
    """Share of each zone in the last 91 days' demand of each row, shape [N,Z]; equal shares where nothing sold."""
    demand = dataset.demand
    row = _rows_of(demand, sourcing)
    recent = (row >= 0) & (demand.day >= demand.days - 91)
    count = len(sourcing.zone_ids)
    cell = row[recent] * count + _zones_of(demand, sourcing)[recent]
    weights = np.nan_to_num(demand.quantity[recent])
    units = np.bincount(cell, weights=weights, minlength=sourcing.rows * count).reshape(sourcing.rows, count)
    served = np.zeros_like(units)
    z_index, i_index = np.nonzero(sourcing.zone_row >= 0)
    served[sourcing.zone_row[z_index, i_index], z_index] = 1.0
    units = np.where(units.sum(axis=1, keepdims=True) > 0, units, served)
    total = units.sum(axis=1, keepdims=True)
    return np.divide(units, total, out=np.zeros_like(units), where=total > 0)


def _on_sale(introduced: date | None, ended: date | None, first_day: date, days: int) -> tuple[int, int]:
    first = max(0, (introduced - first_day).days) if introduced else 0
    last = min(days, (ended - first_day).days + 1) if ended else days
    return min(first, days), max(last, 0)


def _span(first: date | None, last: date | None, first_day: date, days: int) -> tuple[int, int]:
    a = max(0, (first - first_day).days) if first else 0
    b = min(days, (last - first_day).days + 1) if last else days
    return min(a, days), max(min(a, days), b)
