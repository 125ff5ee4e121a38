"""Forecasts of many regular series of any season: months, weeks, hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.periods.candidates import NAMES
from forecasts.periods.combination import combine
from forecasts.periods.counts import SHARE_OF_MODEL, count_forecast
from forecasts.protocol import Floats

__all__ = ["PeriodForecast", "forecast_periods"]

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
    No forecast is negative where no value is. Raises ValueError for arguments out of their range.
    """
    seasons = tuple(sorted({season} if isinstance(season, int) else set(season)))
    asked = None if levels is None else tuple(float(level) for level in levels)
    quantity = _together(series)
    _check(quantity, horizon, seasons, asked)
    if quantity.shape[0] and _is_sparse(quantity):
        mean, quantile, learnt = count_forecast(quantity, seasons[-1], horizon, asked, seed)
        names = ("global_model", "multiple_aggregation") if learnt else ("multiple_aggregation",)
        why = "many empty steps: one model of all series" if learnt else "many empty steps: smoothing alone"
        weight = np.tile([SHARE_OF_MODEL, 1.0 - SHARE_OF_MODEL] if learnt else [1.0], (quantity.shape[0], 1))
        return PeriodForecast(mean, quantile, asked or (), names, weight, (why,) * quantity.shape[0])
    return _combined(quantity, seasons, horizon, asked)


def _together(series: Sequence[Floats] | Floats) -> Floats:
    """[N,T], every series ending in the last column."""
    arrays = [np.asarray(each, dtype=np.float64) for each in series]
    out = np.full((len(arrays), max((each.size for each in arrays), default=0)), np.nan)
    for row, values in enumerate(arrays):
        out[row, out.shape[1] - values.size :] = values
    return out


def _check(quantity: Floats, horizon: int, seasons: tuple[int, ...], levels: tuple[float, ...] | None) -> None:
    faults = []
    if horizon < 1:
        faults.append(f"horizon: {horizon}, at least 1 step")
    if not 1 <= len(seasons) <= 2 or seasons[0] < 1:
        faults.append(f"season: {seasons}, one or two lengths of at least 1 step")
    if levels is not None and not (levels and levels[0] > 0 and levels[-1] < 1 and np.all(np.diff(levels) > 0)):
        faults.append(f"levels: {levels}, ascending within (0, 1)")
    if np.isinf(quantity).any():
        faults.append(f"series: {int(np.isinf(quantity).any(axis=1).argmax())} has an infinite value")
    if faults:
        raise ValueError("; ".join(faults))


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
            error = made.error if made.error.size else np.zeros(1)
            step = np.maximum.accumulate(np.quantile(error, levels))
            quantile[begun] = np.maximum(made.mean[:, :, None] + made.spread[:, :, None] * step, floor[:, :, None])
        for row in begun:
            best = np.argsort(-weight[row], kind="stable")[:3]
            why[row] = ", ".join(f"{NAMES[k]} {weight[row, k]:.0%}" for k in best)
    return PeriodForecast(mean, quantile, levels or (), NAMES, weight, tuple(why))


def _filled(values: Floats, season: int) -> Floats:
    """From the first known step on; a gap takes the value of a season before, else the last one known."""
    first = int(np.isfinite(values).argmax())
    out = values[first:].copy()
    for gap in np.flatnonzero(~np.isfinite(out)):
        out[gap] = out[gap - season] if gap >= season else out[gap - 1]
    return out
