"""Inputs of a forecast, and forecasts adjusted by what the planner knows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from forecasts import Forecast, History, Outlook, Recipe, Request, fit, predict
from forecasts.cold_start import Traits
from supplychain.domain import DataSet
from supplychain.domain.select import select
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.history import build_history, build_outlook, rows_of, span_of, zones_of
from supplychain.scenario import WorldChange

__all__ = [
    "PROTECTION_GRID_DAYS",
    "Forecast",
    "ForecastInputs",
    "History",
    "Outlook",
    "Recipe",
    "Request",
    "adjust",
    "build_history",
    "build_outlook",
    "factors",
    "fit",
    "forecast_inputs",
    "predict",
]

Floats = npt.NDArray[np.float64]

PROTECTION_GRID_DAYS = (3, 7, 14, 21, 28, 42, 60, 90, 120)
"""Protection intervals that are forecast; others are interpolated."""


@dataclass(frozen=True, slots=True)
class ForecastInputs:
    """All that a forecast depends on; ``holidays`` are the countries whose holidays the outlook has.

    ``traits`` say which rows a new one is like; without them the value of a unit does.
    """

    history: History
    outlook: Outlook
    request: Request
    holidays: tuple[str, ...] = ()
    traits: Traits | None = None


def forecast_inputs(
    dataset: DataSet, sourcing: Sourcing, *, horizon: int, levels: tuple[float, ...], origins: int, method: str,
    service_level: Floats, seed: int, holidays: tuple[str, ...] | None = None,
) -> ForecastInputs:  # fmt: skip
    """Arrays for the rows of ``sourcing``; ``service_level`` [N] is the level at which a row is judged.

    ``holidays`` are the countries whose holidays count; None means that of the data set.
    """
    if holidays is None:
        holidays = (dataset.country,) if dataset.country else ()
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
    outlook = build_outlook(
        dataset,
        sourcing,
        first_day=dataset.demand.first_day,
        days=history.days,
        horizon=horizon,
        holidays=holidays,
    )
    return ForecastInputs(history, outlook, request, holidays, _traits(dataset, sourcing))


def _traits(dataset: DataSet, sourcing: Sourcing) -> Traits:
    """Price in base currency, stocking site and item of each row."""
    items = list(dataset.items.values())
    price = np.array([dataset.to_base(items[i].price, items[i].currency) for i in sourcing.row_item])
    site = np.unique(np.array([site for _, site in sourcing.row_keys()], dtype=str), return_inverse=True)[1]
    return Traits(np.log(np.maximum(price, 1e-9)), site.astype(np.int64), np.asarray(sourcing.row_item, dtype=np.int64))


def factors(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], *, first_day: date, days: int
) -> tuple[Floats, Floats]:
    """What planner's changes and overrides make of daily demand: factor [N,days] and addition [N,days].

    Nothing is demanded before an item is introduced and after its last day on sale. A change of some zones of a row
    counts by their share of its demand in the last 91 days. An override comes last: its value takes the place of model
    and changes, its factor multiplies both.
    """
    factor = np.ones((sourcing.rows, days))
    plus = np.zeros((sourcing.rows, days))
    zones, items = list(dataset.zones), list(dataset.items.values())
    share = _recent_share(dataset, sourcing)
    for change in changes:
        zone_hit = select(zones, change.where, fields=("site_id", "tier", "region", "remote"))
        item_hit = select(items, change.where, fields=("item_id", "category"))[sourcing.row_item]
        part = np.where(item_hit, share[:, zone_hit].sum(axis=1), 0.0)
        a, b = span_of(change.first, change.last, first_day, days)
        if change.operation == "multiply":
            factor[:, a:b] *= 1.0 + part[:, None] * (float(change.value) - 1.0)
        else:
            plus[:, a:b] += part[:, None] * float(change.value)
    for row, item in enumerate(items[i] for i in sourcing.row_item):
        start = 0 if item.introduced is None else max(0, (item.introduced - first_day).days)
        stop = days if item.ended is None else max(0, (item.ended - first_day).days + 1)
        for cells in (slice(0, start), slice(stop, days)):
            factor[row, cells], plus[row, cells] = 0.0, 0.0
    _override(dataset, sourcing, factor, plus, first_day)
    return factor, plus


def _override(dataset: DataSet, sourcing: Sourcing, factor: Floats, plus: Floats, first_day: date) -> None:
    row_at = {key: row for row, key in enumerate(sourcing.row_keys())}
    for override in dataset.overrides:
        row = row_at.get((override.item_id, override.site_id))
        if row is None:  # not listed at an open site: there is no forecast to override
            continue
        a, b = span_of(override.first, override.last, first_day, factor.shape[1])
        if override.value is not None:
            factor[row, a:b], plus[row, a:b] = 0.0, override.value
        elif override.factor is not None:
            factor[row, a:b] *= override.factor
            plus[row, a:b] *= override.factor


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
        day_quantile=None if forecast.day_quantile is None else forecast.day_quantile * grow[:, :, None],
        quantile=forecast.quantile * scale[:, :, None] + added[:, :, None],
    )


def _recent_share(dataset: DataSet, sourcing: Sourcing) -> Floats:
    """Share of each zone in the last 91 days' demand of each row, shape [N,Z]; equal shares where nothing sold."""
    demand = dataset.demand
    row = rows_of(demand, sourcing)
    recent = (row >= 0) & (demand.day >= demand.days - 91)
    count = len(sourcing.zone_ids)
    cell = row[recent] * count + zones_of(demand, sourcing)[recent]
    weights = np.nan_to_num(demand.quantity[recent])
    units = np.bincount(cell, weights=weights, minlength=sourcing.rows * count).reshape(sourcing.rows, count)
    served = np.zeros_like(units)
    z_index, i_index = np.nonzero(sourcing.zone_row >= 0)
    served[sourcing.zone_row[z_index, i_index], z_index] = 1.0
    units = np.where(units.sum(axis=1, keepdims=True) > 0, units, served)
    total = units.sum(axis=1, keepdims=True)
    share: Floats = np.divide(units, total, out=np.zeros(units.shape), where=total > 0)
    return share
