"""How good a backtest was: losses of every row and origin, made comparable by what was known at that origin.

Cells are pairs of row and origin [N,S]. Figures are means of cells, so those of the parts of any split add up to the
whole: by ``Figure.weight``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecasts.backtest import Backtest
from forecasts.censor import usable_days
from forecasts.metrics import pinball, pit_of_counts, seasonal_scale, squared_scale, sum_scale
from forecasts.naive import WEEK
from forecasts.protocol import Flags, Floats, History
from forecasts.segments import Traits, demand_traits

__all__ = ["LOSSES", "Figure", "Losses", "Reached", "Yardstick", "figures", "losses", "reached", "yardstick"]

RECENT_DAYS = 28
LOSSES = ("wrmsse", "rmsse", "mase", "wape", "scaled_pinball")
"""Figures of which less is better; ``bias`` is none."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What was known of N rows at S origins: scales of errors, weights and kinds of demand; the same for every method.

    ``square``, ``seasonal`` [N,S] and ``sums`` [N,S,P] are ``squared_scale``, ``seasonal_scale`` with a season of a
    week and ``sum_scale`` of the known days before the origin; ``money`` [N,S] the value of what was sold in the 28
    days before it; ``traits`` [S] of the rows.
    """

    square: Floats
    seasonal: Floats
    sums: Floats
    money: Floats
    traits: tuple[Traits, ...]


@dataclass(frozen=True, slots=True)
class Losses:
    """Of one method, by row and origin; NaN where there is nothing to judge or no scale.

    ``rmsse`` and ``mase`` [N,S]; ``absolute``, ``signed`` (forecast less demand) and ``demand`` [N,S] units over the
    known days; ``pinball`` [N,S,P] the mean over levels, scaled; ``within`` [N,S,P,Q] 1 where the sum was at or below
    the quantile; ``transformed`` [N,S,P] the randomised probability integral transform of sums.
    """

    rmsse: Floats
    mase: Floats
    absolute: Floats
    signed: Floats
    demand: Floats
    pinball: Floats
    within: Floats
    transformed: Floats


class Figure(NamedTuple):
    """A mean over ``n`` cells (of ``scaled_pinball``: cells and intervals), and what it counts with in a larger one."""

    value: float
    weight: float
    n: int


class Reached(NamedTuple):
    """Of each level [P,Q]: share of sums at or below the quantile, and of transforms at or below the level; sums [P].

    Counts jump over most levels: the first share is then above its level although the forecast is right, the second is
    not.
    """

    covered: Floats
    transformed: Floats
    n: Floats


def yardstick(history: History, test: Backtest) -> Yardstick:
    """Scales, weights and traits at the origins of ``test``, each from the days before it alone."""
    square, seasonal, sums, money, traits = [], [], [], [], []
    for origin in test.origins:
        past = history.until(int(origin))
        known = np.where(usable_days(past), past.quantity, np.nan)
        square.append(squared_scale(known))
        seasonal.append(seasonal_scale(known, WEEK))
        sums.append(np.stack([sum_scale(known, days) for days in test.protection_days], axis=1))
        money.append(np.nansum(past.quantity[:, -RECENT_DAYS:], axis=1) * past.unit_value)
        traits.append(demand_traits(past))
    return Yardstick(
        square=np.stack(square, axis=1),
        seasonal=np.stack(seasonal, axis=1),
        sums=np.stack(sums, axis=1),
        money=np.stack(money, axis=1),
        traits=tuple(traits),
    )


def losses(test: Backtest, known: Yardstick, *, seed: int) -> Losses:
    """Losses of a backtest; ``seed`` draws among the levels that a count holds."""
    error = test.daily_mean - test.daily_actual
    days = np.isfinite(error)
    count = days.sum(axis=2)
    some = np.where(count > 0, 1.0, np.nan)
    absolute = np.where(days, np.abs(error), 0.0).sum(axis=2) * some
    square = np.where(days, error**2, 0.0).sum(axis=2) * some / np.maximum(count, 1)
    levels = np.asarray(test.levels)
    draw = np.random.default_rng(seed).uniform(size=test.actual.shape)
    seen = np.isfinite(test.actual)
    return Losses(
        rmsse=np.sqrt(square / known.square),
        mase=absolute / np.maximum(count, 1) / known.seasonal,
        absolute=absolute,
        signed=np.where(days, error, 0.0).sum(axis=2) * some,
        demand=np.where(days, test.daily_actual, 0.0).sum(axis=2) * some,
        pinball=pinball(test.actual, test.quantile, levels).mean(axis=3) / known.sums,
        within=np.where(seen[..., None], test.actual[..., None] <= test.quantile, np.nan),
        transformed=pit_of_counts(test.actual, test.quantile, levels, mu=test.mu, size=test.k, draw=draw),
    )


def figures(found: Losses, known: Yardstick, cells: Flags) -> Mapping[str, Figure]:
    """Every figure over the chosen ``cells`` [N,S], by name; NaN without any cell.

    ``wrmsse``: RMSSE weighted by each row's share of money at its origin, so that over all cells it is the mean of the
    origins'. ``rmsse``, ``mase`` and ``scaled_pinball`` (over intervals too) are plain means, ``wape`` and ``bias``
    sums of errors over demand.
    """
    money = np.where(np.isfinite(found.rmsse), known.money, 0.0)
    total = money.sum(axis=0)
    share = money / np.where(total > 0, total, np.nan) / money.shape[1]
    some = cells & np.isfinite(found.demand)
    demand = float(found.demand[some].sum())
    count = int(some.sum())
    return {
        "wrmsse": _weighted(found.rmsse, share, cells),
        "rmsse": _weighted(found.rmsse, np.ones_like(found.rmsse), cells),
        "mase": _weighted(found.mase, np.ones_like(found.mase), cells),
        "wape": Figure(_ratio(float(found.absolute[some].sum()), demand), demand, count),
        "bias": Figure(_ratio(float(found.signed[some].sum()), demand), demand, count),
        "scaled_pinball": _weighted(found.pinball, np.ones_like(found.pinball), cells[:, :, None]),
    }


def reached(found: Losses, levels: tuple[float, ...]) -> Reached:
    """Coverage by interval and level over all cells; NaN where no sum was known."""
    intervals = found.transformed.shape[2]
    nominal = np.asarray(levels)
    covered, transformed = (np.full((intervals, nominal.size), np.nan) for _ in range(2))
    count = np.zeros(intervals)
    for p in range(intervals):
        seen = np.isfinite(found.transformed[:, :, p])
        count[p] = seen.sum()
        if seen.any():
            covered[p] = found.within[:, :, p][seen].mean(axis=0)
            transformed[p] = (found.transformed[:, :, p][seen][:, None] <= nominal).mean(axis=0)
    return Reached(covered, transformed, count)


def _weighted(values: Floats, weight: Floats, cells: Flags) -> Figure:
    chosen = np.isfinite(values) & np.isfinite(weight) & cells
    total = float(weight[chosen].sum())
    return Figure(_ratio(float((values[chosen] * weight[chosen]).sum()), total), total, int(chosen.sum()))


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else float("nan")
