"""Forecasts of many regular series of any season: months, weeks, hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from forecasts.periods.candidates import NAMES
from forecasts.periods.combination import Combined, combine
from forecasts.periods.counts import SHARE_OF_MODEL, count_forecast
from forecasts.periods.returning import chance_of_return, unknown_steps
from forecasts.protocol import Floats

__all__ = ["PeriodForecast", "forecast_periods"]

MOST_FAULTS = 8
NORMAL_TRIALS = 20.0
"""Trials of all series for which the normal law counts in the shape of errors."""
SPARSE = 0.05
"""Share of empty steps from which a set of series is taken for counts."""


@dataclass(frozen=True, slots=True)
class PeriodForecast:
    """Forecast of N series: ``mean`` [N,H]; ``quantile`` [N,H,Q] ascending in Q at ``levels``, None without levels.

    ``weight`` [N,K] is what each of ``model_names`` counts for; ``why`` [N] says it in words.
    """

    mean: Floats
    quantile: Floats | None
    levels: tuple[float, ...]
    model_names: tuple[str, ...]
    weight: Floats
    why: tuple[str, ...]


def forecast_periods(
    series: Sequence[Floats] | Floats,
    *,
    horizon: int,
    season: int | tuple[int, ...],
    levels: Sequence[float] | None = None,
    seed: int = 1,
) -> PeriodForecast:
    """Forecast the next ``horizon`` steps of each series.

    ``series`` are N arrays of any length that end at the same step (or an array [N,T]); NaN before the first value
    means not yet begun, later a gap. ``season`` is the number of steps after which demand repeats, or two of them,
    the shorter first (24, 168); 1 for none. ``levels`` ascend within (0,1).

    Sets with many empty steps and nothing negative are counts: one model of all series, negative binomial quantiles.
    Others are each a combination of smoothing, theta and autoregressive models, with the spread of past errors.
    Of counts, a series that is no longer known is expected as far as such gaps have ended before, in any series
    (``forecasts.periods.returning``). No forecast is negative where no value is.
    Raises ValueError for arguments out of their range.
    """
    seasons = tuple(season) if isinstance(season, tuple | list) else (season,)
    asked = None if levels is None else tuple(float(level) for level in levels)
    _check(series, horizon, seasons, asked, seed)
    quantity = _together(series)
    if quantity.shape[0] and _is_sparse(quantity):
        mean, quantile, learnt = count_forecast(quantity, seasons[-1], horizon, asked, seed)
        names = ("global_model", "multiple_aggregation") if learnt else ("multiple_aggregation",)
        why = "many empty steps: one model of all series" if learnt else "many empty steps: smoothing alone"
        weight = np.tile([SHARE_OF_MODEL, 1.0 - SHARE_OF_MODEL] if learnt else [1.0], (quantity.shape[0], 1))
        return PeriodForecast(mean, quantile, asked or (), names, weight, _why_counts(why, quantity, horizon))
    return _combined(quantity, seasons, horizon, asked)


def _why_counts(why: str, quantity: Floats, horizon: int) -> tuple[str, ...]:
    """``why`` of each row, and where its series is no longer known, the chance that it comes back."""
    chance = chance_of_return(quantity, horizon)[:, -1]
    steps = unknown_steps(quantity)[:, -1:].max(axis=1, initial=0)
    return tuple(
        why if of_row == 1.0 else f"{why}; not known for {gap} steps, comes back in {horizon} with {of_row:.0%}"
        for gap, of_row in zip(steps, chance, strict=True)
    )


def _together(series: Sequence[Floats] | Floats) -> Floats:
    """[N,T], every series ending in the last column."""
    arrays = [np.asarray(each, dtype=np.float64) for each in series]
    out = np.full((len(arrays), max((each.size for each in arrays), default=0)), np.nan)
    for row, values in enumerate(arrays):
        out[row, out.shape[1] - values.size :] = values
    return out


def _check(
    series: Sequence[Floats] | Floats,
    horizon: int,
    seasons: tuple[int, ...],
    levels: tuple[float, ...] | None,
    seed: int,
) -> None:
    faults = []
    for name, value, least in (("horizon", horizon, 1), ("seed", seed, 0)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
            faults.append(f"{name}: {value!r}, a whole number of at least {least}")
    whole = all(isinstance(season, int | np.integer) for season in seasons)
    if not whole or not 1 <= len(seasons) <= 2 or seasons[0] < 1 or list(seasons) != sorted(set(seasons)):
        faults.append(f"season: {seasons}, one or two lengths of at least 1 step, the shorter first")
    if levels is not None and not (levels and levels[0] > 0 and levels[-1] < 1 and np.all(np.diff(levels) > 0)):
        faults.append(f"levels: {levels}, ascending within (0, 1)")
    for number, values in enumerate(series):
        if not isinstance(values, np.ndarray | list | tuple) or np.ndim(values) != 1:
            faults.append(f"series: {number} is no sequence of numbers; one series is given as [values]")
        elif np.asarray(values).dtype.kind not in "fiu":
            faults.append(f"series: {number} is of type {np.asarray(values).dtype}, numbers are needed")
        elif np.isinf(np.asarray(values, dtype=np.float64)).any():
            faults.append(f"series: {number} has an infinite value")
    if faults:
        more = f"; {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise ValueError("; ".join(faults[:MOST_FAULTS]) + more)


def _is_sparse(quantity: Floats) -> bool:
    known = np.isfinite(quantity)
    return bool(known.any() and not (quantity < 0).any() and (quantity == 0).sum() >= SPARSE * known.sum())


def _combined(
    quantity: Floats, seasons: tuple[int, ...], horizon: int, levels: tuple[float, ...] | None
) -> PeriodForecast:
    rows = quantity.shape[0]
    mean, weight = np.zeros((rows, horizon)), np.zeros((rows, len(NAMES)))
    quantile = None if levels is None else np.zeros((rows, horizon, len(levels)))
    begun = np.flatnonzero(np.isfinite(quantity).any(axis=1))
    why = ["nothing known"] * rows
    if begun.size:
        made = combine([_filled(quantity[row], seasons[-1]) for row in begun], seasons, horizon)
        floor = np.where(np.nanmin(quantity[begun], axis=1) >= 0, 0.0, -np.inf)[:, None]
        mean[begun], weight[begun] = np.maximum(made.mean, floor), made.weight
        if quantile is not None and levels is not None:
            step = _steps(made, levels)
            quantile[begun] = np.maximum(made.mean[:, :, None] + made.spread[:, :, None] * step, floor[:, :, None])
        for row in begun:
            best = np.argsort(-weight[row], kind="stable")[:3]
            why[row] = ", ".join(f"{NAMES[k]} {weight[row, k]:.0%}" for k in best)
        for row in begun[made.trials == 0]:
            why[row] += "; too short to be tried on its past: spread as its own steps"
    return PeriodForecast(mean, quantile, levels or (), NAMES, weight, tuple(why))


def _steps(made: Combined, levels: tuple[float, ...]) -> Floats:
    """Quantiles of errors over their spread: of past ones, and of the normal law as far as few trials tell."""
    normal, trials = ndtri(np.asarray(levels)), int(made.trials.sum())
    if not made.error.size:
        return np.asarray(normal)
    share = trials / (trials + NORMAL_TRIALS)
    return np.asarray(np.maximum.accumulate(share * np.quantile(made.error, levels) + (1.0 - share) * normal))


def _filled(values: Floats, season: int) -> Floats:
    """From the first known step on; a gap takes the value of a season before, else the last one known."""
    first = int(np.isfinite(values).argmax())
    out = values[first:].copy()
    for gap in np.flatnonzero(~np.isfinite(out)):
        out[gap] = out[gap - season] if gap >= season else out[gap - 1]
    return out
