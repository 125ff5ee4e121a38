"""Cumulated demand and supply of some rows, day by day from tomorrow on, with the sites that a dc feeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lost_demand import unserved_by_day
from supplychain.handover.interval_demand import IntervalDemand, pooled
from supplychain.handover.situation import Situation

__all__ = ["DemandCourse", "demand_course", "demand_until", "unreturned"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BATCH = 20_000  # rows at a time: their days of forecast and arrivals fill some tens of megabytes


@dataclass(frozen=True, slots=True)
class DemandCourse:
    """K rows over the next H days, each with the rows that it feeds.

    ``mean`` [K,H] and ``quantile`` [K,H,Q] (at the forecast's levels, ascending) of demand of the first 1..H days;
    ``supply`` [K,H] units that there are to sell by the end of each: stock less blocked, owed and expected to expire
    unsold, arrivals known tonight, and expected returns.
    """

    mean: Floats
    quantile: Floats
    supply: Floats


def demand_course(situation: Situation, rows: Ints, *, days: int) -> DemandCourse:
    """The courses of ``rows`` [K], which may name a row twice, over ``days``; spreads of fed rows are pooled."""
    own, place = np.unique(rows, return_inverse=True)
    origin = situation.terms.origin_row
    fed = np.flatnonzero(np.isin(origin, own) & (origin >= 0))
    parent = np.searchsorted(own, origin[fed])
    near, far = _view(situation, own), _view(situation, fed)
    state, waste = situation.state, situation.expected_waste
    free = (state.on_hand - state.blocked - state.backorder - waste)[:, None] + state.arrived(days)
    back, far_back = situation.returns.of(own, near), situation.returns.of(fed, far)
    supply = free[own] + back.by_day(days)
    np.add.at(supply, parent, free[fed] + far_back.by_day(days))
    mean = np.zeros((own.size, days))
    quantile = np.zeros((own.size, days, len(situation.view.forecast.levels)))
    left = np.maximum(situation.days_left, 0)  # nothing is asked for after an item's last day
    for day in range(1, days + 1):
        here, there = np.minimum(day, left[own]), np.minimum(day, left[fed])
        own_mean, far_mean = near.mean(here), far.mean(there)
        own_spread = back.net_deviation(near.deviation(here, own_mean), here)
        far_spread = far_back.net_deviation(far.deviation(there, far_mean), there)
        spread = pooled(own_spread, far_spread, parent)
        mean[:, day - 1] = own_mean + np.bincount(parent, weights=far_mean, minlength=own.size)
        level = np.maximum(mean[:, day - 1, None] + spread, 0.0)
        quantile[:, day - 1] = np.maximum.accumulate(level, axis=1)
    return DemandCourse(mean[place], quantile[place], supply[place])


def unreturned(situation: Situation, rows: Ints, course: DemandCourse, supply: Floats) -> Floats:
    """Units of ``supply`` [K,H] that do not come back by each day [K,H], because what would be is not sold.

    ``supply`` is that of the ``course`` of ``rows`` [K], or one with more or less in it: it counts on returns of all
    that is asked for, and what is expected to be asked for in vain is not sent back.
    """
    returns, days = situation.returns, course.mean.shape[1]
    rate, later, gone = returns.rate[rows], returns.return_days, np.zeros(course.mean.shape)
    if rate.any() and 0 < later < days:
        share = situation.lost_sale_share
        going = unserved_by_day(course.mean, supply, lost_share=share, return_rate=rate, return_days=later)
        gone[:, later:] = rate[:, None] * going.lost[:, :-later]
    return gone


def demand_until(situation: Situation, rows: Ints, days: Ints) -> tuple[Floats, Floats]:
    """Quantiles [K,Q] and supply [K] of ``demand_course`` for ``rows`` [K] after ``days`` [K] of each one's own."""
    levels = len(situation.view.forecast.levels)
    quantile, supply = np.zeros((rows.size, levels)), np.zeros(rows.size)
    for start in range(0, rows.size, _BATCH):
        part = slice(start, start + _BATCH)
        quantile[part], supply[part] = _until(situation, rows[part], days[part])
    return quantile, supply


def _until(situation: Situation, rows: Ints, days: Ints) -> tuple[Floats, Floats]:
    fed, parent = _fed_by(situation.terms.origin_row, rows)
    near, far = _view(situation, rows), _view(situation, fed)
    back, far_back = situation.returns.of(rows, near), situation.returns.of(fed, far)
    left = np.maximum(situation.days_left, 0)
    here, there = np.minimum(days, left[rows]), np.minimum(days[parent], left[fed])
    own_mean, far_mean = near.mean(here), far.mean(there)
    own_spread = back.net_deviation(near.deviation(here, own_mean), here)
    far_spread = far_back.net_deviation(far.deviation(there, far_mean), there)
    mean = own_mean + np.bincount(parent, weights=far_mean, minlength=rows.size)
    level = np.maximum(mean[:, None] + pooled(own_spread, far_spread, parent), 0.0)
    fed_supply = _free(situation, fed, days[parent]) + far_back.units(days[parent])
    supply = _free(situation, rows, days) + back.units(days)
    return np.maximum.accumulate(level, axis=1), supply + np.bincount(parent, weights=fed_supply, minlength=rows.size)


def _fed_by(origin_row: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Rows that each of ``rows`` [K] feeds, and the places of those in ``rows``."""
    order = np.argsort(origin_row, kind="stable")
    first, last = (np.searchsorted(origin_row[order], rows, side=side) for side in ("left", "right"))
    parent = np.repeat(np.arange(rows.size), last - first)
    within = np.arange(parent.size) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    return order[first[parent] + within], parent


def _free(situation: Situation, rows: Ints, days: Ints) -> Floats:
    """Units on hand that can be sold, and what arrives within ``days`` [K] [K]."""
    state = situation.state
    free = (state.on_hand - state.blocked - state.backorder - situation.expected_waste)[rows]
    known = state.arrivals.shape[1]
    if not known:
        return free
    arrived = np.cumsum(state.arrivals[rows], axis=1)[np.arange(rows.size), np.clip(days, 1, known) - 1]
    total: Floats = free + np.where(days > 0, arrived, 0.0)
    return total


def _view(situation: Situation, rows: Ints) -> IntervalDemand:
    """The forecast of some rows only."""
    view, forecast = situation.view, situation.view.forecast
    part = replace(
        forecast,
        mean=forecast.mean[rows],
        variance=forecast.variance[rows],
        mu=forecast.mu[rows],
        quantile=forecast.quantile[rows],
    )
    return IntervalDemand(part, view.offset, view.cumulative[rows])
