"""Sample paths of demand: single days and their sums over the protection intervals as spread as the forecast says.

A day is Poisson around its mean times a gamma multiplier, so a negative binomial. The multipliers of a row form a
beta-gamma autoregression (Lewis, McKenzie and Hugus 1989): each keeps a random share of the one before and adds a
new gamma part. How much is kept, from one protection interval to the next, is set so that the variance of each
interval's sum is that of the forecast. Where no dependence can do that, the days themselves get more or less spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasts.compiled import compiled, packed
from forecasts.lead_time import LARGEST
from forecasts.protocol import Floats, Forecast, Ints

__all__ = ["sample_paths"]

LEAST = 1e-6
"""Overdispersion that is as good as Poisson."""
HALVINGS = 50


def sample_paths(
    forecast: Forecast, count: int, seed: int, *, rows: Sequence[int] | None = None
) -> npt.NDArray[np.int32]:
    """``count`` S paths [S,N,H] of daily demand in whole units, of the rows asked for (all of them without ``rows``).

    Rows are independent, and a row's paths depend on ``seed`` and its number alone: for many rows, ask for some at a
    time. Raises ValueError where ``count`` is less than 1 or a row is not of the forecast.
    """
    chosen = np.arange(forecast.mean.shape[0]) if rows is None else np.asarray(rows, dtype=np.int64)
    if count < 1:
        raise ValueError(f"count: {count} paths asked for; 1 at least")
    if chosen.size and (chosen.min() < 0 or chosen.max() >= forecast.mean.shape[0]):
        raise ValueError(f"rows: {chosen.min()} to {chosen.max()} asked for; the forecast has {forecast.mean.shape[0]}")
    mean = packed(forecast.mean[chosen])
    day = _day_overdispersion(mean, forecast.variance[chosen])
    spread, kept = _dependence(mean, day, packed(1.0 / forecast.k[chosen]), np.array(forecast.protection_days))
    paths = np.empty((count, *mean.shape), dtype=np.int32)
    for number, row in enumerate(chosen):
        generator = np.random.default_rng([seed, int(row)])
        paths[:, number] = generator.poisson(
            mean[number] * _multipliers(spread[number], kept[number], count, generator)
        )
    return paths


def _day_overdispersion(mean: Floats, variance: Floats) -> Floats:
    """Of each row [N]; days with much demand say most about it."""
    square = (mean**2).sum(axis=1)
    excess = (variance - mean).sum(axis=1)
    found = np.divide(excess, square, out=np.zeros_like(square), where=square > 0)
    return np.asarray(np.clip(found, LEAST, LARGEST))


def _multipliers(spread: Floats, kept: Floats, count: int, generator: np.random.Generator) -> Floats:
    """Multipliers [S,H] with mean 1 and variance ``spread`` [H], each keeping the share ``kept`` [H] of the last."""
    out = np.empty((count, spread.size))
    size = 1.0 / spread
    whole = generator.gamma(size[0], size=count)
    out[:, 0] = whole / size[0]
    for day in range(1, spread.size):
        old = size[day - 1] * kept[day]
        if kept[day] <= 0.0:
            whole = np.zeros(count)
        elif kept[day] < 1.0:
            whole = whole * generator.beta(old, size[day - 1] - old, size=count)
        new = size[day] - old
        if new > 1e-9 * size[day]:
            whole = whole + generator.gamma(new, size=count)
        out[:, day] = whole / size[day]
    return out


class SoFar(NamedTuple):
    """Of the days up to one: ``total``, the variance of the sum of mean times multiplier.

    Of the last multiplier ``last``, its covariance with that sum, and ``spread``, its variance.
    """

    total: float
    last: float
    spread: float


@compiled
def _dependence(mean: Floats, day: Floats, interval: Floats, ends: Ints) -> tuple[Floats, Floats]:
    """Spread of the multipliers and share kept of the day before, both [N,H].

    From means [N,H], overdispersion of days ``day`` [N] and of sums ``interval`` [N,P]. Of a stretch between two
    ``ends`` [P] of intervals both are constant; the days after the last end go on like it.
    """
    rows, days = mean.shape
    spread = np.empty((rows, days))
    kept = np.zeros((rows, days))
    for row in range(rows):
        first, so_far, c, tie = 0, SoFar(0.0, 0.0, day[row]), day[row], 1.0
        for p in range(ends.size):
            stretch = mean[row, first : ends[p]]
            c, tie = _fitted(stretch, so_far, day[row], interval[row, p] * mean[row, : ends[p]].sum() ** 2)
            spread[row, first : ends[p]] = c
            kept[row, first : ends[p]] = tie
            if first:
                kept[row, first] = tie * min(1.0, so_far.spread / c)
            so_far = _grown(stretch, so_far, c, tie)
            first = ends[p]
        spread[row, first:] = c
        kept[row, first:] = tie
    return spread, kept


@compiled
def _fitted(stretch: Floats, so_far: SoFar, wanted: float, goal: float) -> tuple[float, float]:
    """Spread and tie (0 to 1) of the days of a stretch at whose end the sum has the variance ``goal``.

    The spread is the one ``wanted`` unless no tie meets the goal with it.
    """
    if _grown(stretch, so_far, wanted, 1.0).total < goal:
        low, high, tie = wanted, LARGEST, 1.0
    elif _grown(stretch, so_far, wanted, 0.0).total > goal:
        low, high, tie = LEAST, wanted, 0.0
    else:
        low, high, tie = 0.0, 1.0, -1.0
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        c, share = (wanted, middle) if tie < 0.0 else (middle, tie)
        if _grown(stretch, so_far, c, share).total < goal:
            low = middle
        else:
            high = middle
    return (wanted, high) if tie < 0.0 else (high, tie)


@compiled
def _grown(stretch: Floats, so_far: SoFar, spread: float, tie: float) -> SoFar:
    """After the days of a stretch as well."""
    total, last, reach = so_far.total, so_far.last, tie * min(1.0, spread / so_far.spread)
    for mean in stretch:
        last = mean * spread + reach * last
        total += mean * (2.0 * last - mean * spread)
        reach = tie
    return SoFar(total, last, spread)
