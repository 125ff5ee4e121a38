"""Demand summed over the next weeks or months: what a stock has to last for.

The mean of a sum is the geometric mean of the forecast of ``forecast_periods`` and of simple smoothing, and of the
usual level of two seasons (of everything without a season) where past sums would have been missed by less with it. The
first follows season and trend but aims below demand that peaks, the second follows the level, the third follows
nothing: they err in different ways, and equal shares do better than shares that a short past suggests (Clemen 1989;
Smith and Wallis 2009). A series that is no longer known counts as far as it comes back. The spread is that of past
forecasts of this kind, weighed with each row's own errors (``fading_error``); the law is that of
``forecasts.half_skewed``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.special import expit, logit

from forecasts.calibrate import level_map, transform
from forecasts.half_skewed import chance_at_most, quantiles
from forecasts.lead_time import fit_dispersion
from forecasts.own_error import OwnError
from forecasts.periods.fading_error import blended, fading_errors_at
from forecasts.periods.returning import chance_of_return
from forecasts.protocol import Floats, Ints
from forecasts.select import rate_classes

__all__ = ["SumForecast", "forecast_sums"]

ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.3)
"""Smoothing weights that are tried."""
OUTLIER = 25.0
"""Squared errors count for at most this many of a row's own ones: one bulk order does not choose for all."""
SEASONS = 2
"""Seasons that tell the usual level."""
PRIOR_INTERVALS = 2.0
"""Trials that do not overlap for which the nominal levels count."""
LEAST_KNOWN = 6
"""Known steps before the first error that counts."""
LEAST_SEEN = 0.7
"""Share of an interval's steps that must be known."""
LEAST_RATE = 1e-3
"""Units a step below which no mean is believed."""


@dataclass(frozen=True, slots=True)
class SumForecast:
    """Sums of N series over P ``intervals`` of the next steps.

    Mean ``mu`` and ``dispersion`` [N,P] (the variance is ``mu + dispersion mu^2``), ``quantile`` [N,P,Q] at ``levels``,
    ascending in Q and in P, not rounded to whole units.
    """

    intervals: tuple[int, ...]
    levels: tuple[float, ...]
    mu: Floats
    dispersion: Floats
    quantile: Floats


def forecast_sums(
    quantity: Floats, means: Mapping[int, Floats], *, intervals: tuple[int, ...], levels: tuple[float, ...],
    season: int = 1, seed: int = 1,
) -> SumForecast:  # fmt: skip
    """Forecast sums of the steps after ``quantity`` [N,T] (NaN = unknown, no value below zero).

    ``means`` are the means [N,H] of ``forecast_periods`` that were made when the steps up to an index were known: of
    the last step, T - 1, and of earlier ones, which show how far such forecasts err. Raises ValueError for arguments
    that do not fit.
    """
    _check(quantity, means, intervals, levels, season)
    lengths = np.asarray(intervals, np.int64)
    today = quantity.shape[1] - 1
    origins = sorted(origin for origin in means if origin < today)
    level, usual = _smoothed(quantity, lengths), _usual(quantity, season)
    stops = np.array([*origins, today], np.int64) + 1
    own = fading_errors_at(quantity, np.ones(quantity.shape), intervals, stops)
    back = np.cumsum(chance_of_return(quantity, int(lengths[-1])), axis=1)[:, lengths - 1]
    parts = _parts(means[today], level[:, today], usual[:, today], lengths, back)
    if not origins:
        mu, nothing = _geometric(parts), np.full((parts.shape[1], 0, lengths.size), np.nan)
        return _forecast(mu, nothing, nothing, own, intervals=intervals, levels=levels, seed=seed)
    past = np.stack([_parts(means[o], level[:, o], usual[:, o], lengths, lengths) for o in origins], axis=2)
    came = np.stack([_sums(quantity, origin, lengths) for origin in origins], axis=1)
    # The usual level counts where past sums would have been missed by less with it.
    scale = np.maximum(own.square[:, -1:], 1.0)
    count = min((3, 2), key=lambda parts_used: _loss(_geometric(past[:parts_used]), came, scale))
    mu = _geometric(parts[:count])
    return _forecast(mu, _geometric(past[:count]), came, own, intervals=intervals, levels=levels, seed=seed)


def _forecast(
    mu: Floats, past: Floats, came: Floats, own: OwnError, *,
    intervals: tuple[int, ...], levels: tuple[float, ...], seed: int,
) -> SumForecast:  # fmt: skip
    """Spread about ``mu`` [N,P] from the trials ``past`` and what ``came`` after them [N,S,P]; ``own`` [N,S+1,P]."""
    spread = fit_dispersion(past, came, rate_classes(mu[:, -1] / intervals[-1]))
    without = blended(past, spread.without, own.square[:, :-1], own.weight[:, :-1])
    draw = np.random.default_rng([seed, past.shape[1]]).random(past.shape)
    shown = transform(came, past, without, draw, chance_at_most=chance_at_most)
    called = level_map(shown, np.zeros(shown.shape, np.int64), levels, classes=1)[0]
    # Trials of all series fall on the same few steps: they are believed as far as these do not overlap.
    apart = past.shape[1] / np.array(intervals)[:, None]
    nominal = logit(np.array(levels))
    chance = expit(nominal + apart / (apart + PRIOR_INTERVALS) * (logit(called) - nominal))
    dispersion = blended(mu, spread.row, own.square[:, -1], own.weight[:, -1])
    quantile = quantiles(mu, dispersion, np.broadcast_to(chance, (*mu.shape, len(levels))), whole=False)
    quantile = np.maximum.accumulate(np.maximum.accumulate(quantile, axis=1), axis=2)
    return SumForecast(intervals, levels, mu, dispersion, quantile)


def _parts(mean: Floats, level: Floats, usual: Floats, lengths: Ints, steps: Floats | Ints) -> Floats:
    """Sums [3,N,P] by the forecast, by smoothing and by the usual level, over ``steps`` [P] or [N,P] of the latter."""
    ahead = np.cumsum(np.maximum(mean, 0.0), axis=1)[:, lengths - 1]
    parts = np.stack((ahead, level[:, None] * steps, usual[:, None] * steps))
    return np.asarray(np.maximum(parts, LEAST_RATE * lengths))


def _geometric(parts: Floats) -> Floats:
    return np.asarray(np.exp(np.log(parts).mean(axis=0)))


def _loss(past: Floats, came: Floats, scale: Floats) -> float:
    """Mean squared error of trials, over ``scale``, each counted for at most ``OUTLIER``."""
    error = (came - past) ** 2 / scale
    told = np.isfinite(error)
    return float(np.minimum(error[told], OUTLIER).mean()) if told.any() else 0.0


def _smoothed(quantity: Floats, lengths: Ints) -> Floats:
    """Level [N,T] after each step by simple smoothing; each series by the weight of least error over all lengths."""
    known, demand = np.isfinite(quantity).astype(np.float64), np.nan_to_num(quantity)
    count, total = _running(known), _running(demand)
    level, miss = [], []
    for alpha in ALPHAS:
        level.append(_weighed(demand, known, 1.0 - alpha))
        miss.append(sum(_miss(level[-1], total, count, int(length)) for length in lengths))
    best = np.argmin(np.stack(miss), axis=0)
    return np.asarray(np.stack(level)[best, np.arange(best.size)])


def _usual(quantity: Floats, season: int) -> Floats:
    """Mean [N,T] of what is known of the last ``SEASONS`` up to each step, of everything where there is no season."""
    known, demand = np.isfinite(quantity).astype(np.float64), np.nan_to_num(quantity)
    window = SEASONS * season if season > 1 else quantity.shape[1]
    total, count = (_running(part) for part in (demand, known))
    first = np.maximum(np.arange(1, quantity.shape[1] + 1) - window, 0)
    total, count = total[:, 1:] - total[:, first], count[:, 1:] - count[:, first]
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1.0), 0.0))


def _weighed(demand: Floats, known: Floats, keep: float) -> Floats:
    total, weight = (lfilter([1.0], [1.0, -keep], part, axis=1) for part in (demand, known))
    return np.asarray(np.where(weight > 0, total / np.maximum(weight, 1e-12), 0.0))


def _miss(level: Floats, total: Floats, count: Floats, length: int) -> Floats:
    """Mean squared error a step [N] of the level for sums of ``length`` steps; 0 where there is none to judge."""
    came, seen = total[:, length + 1 :] - total[:, 1:-length], count[:, length + 1 :] - count[:, 1:-length]
    judged = (seen >= LEAST_SEEN * length) & (count[:, 1:-length] >= LEAST_KNOWN)
    error = np.where(judged, came * length / np.maximum(seen, 1.0) - length * level[:, : came.shape[1]], 0.0)
    return np.asarray((error**2).sum(axis=1) / np.maximum(judged.sum(axis=1), 1) / length)


def _running(values: Floats) -> Floats:
    """Running sums [N,T+1]."""
    return np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1)], axis=1)


def _sums(quantity: Floats, origin: int, lengths: Ints) -> Floats:
    """Demand [N,P] of the intervals after ``origin``; NaN where they are not over or not known."""
    out = np.full((quantity.shape[0], lengths.size), np.nan)
    for p, length in enumerate(lengths):
        if origin + length < quantity.shape[1]:
            out[:, p] = quantity[:, origin + 1 : origin + 1 + length].sum(axis=1)
    return out


def _check(
    quantity: Floats, means: Mapping[int, Floats], intervals: tuple[int, ...], levels: tuple[float, ...], season: int,
) -> None:  # fmt: skip
    faults = []
    numbers = isinstance(quantity, np.ndarray) and quantity.ndim == 2 and quantity.dtype.kind in "fiu"
    if not numbers or quantity.size == 0:
        raise ValueError("quantity: must be an array [N,T] of numbers, with one row and step at least")
    if (quantity < 0).any() or np.isinf(quantity).any():
        faults.append("quantity: below zero or infinite; NaN means unknown")
    if not intervals or intervals[0] < 1 or (np.diff(intervals) <= 0).any():
        faults.append(f"intervals: {intervals}, ascending whole steps of at least 1")
    if not levels or not 0.0 < levels[0] <= levels[-1] < 1.0 or (np.diff(levels) <= 0).any():
        faults.append(f"levels: {levels}, ascending within (0, 1)")
    if season < 1:
        faults.append(f"season: {season}, steps after which demand repeats, 1 for none")
    today = quantity.shape[1] - 1
    if today not in means:
        faults.append(f"means: none of step {today}, the last of quantity")
    for origin, mean in means.items():
        least = max(intervals, default=1)
        if mean.ndim != 2 or mean.shape[0] != quantity.shape[0] or mean.shape[1] < least:
            faults.append(f"means: of step {origin} {mean.shape}, must be ({quantity.shape[0]}, {least} or more)")
        elif not np.isfinite(mean).all():
            faults.append(f"means: of step {origin} not finite")
    if faults:
        raise ValueError("; ".join(faults))
