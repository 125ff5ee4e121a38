"""Measures of forecast error; all ignore cells that are NaN in ``actual``.

Shapes: ``actual`` and ``mean`` [N,H]; quantiles [...,Q] beside ``actual`` [...].
"""

from __future__ import annotations

import numpy as np

from forecasts.calibrate import transform
from forecasts.lead_time import distribution
from forecasts.protocol import Floats

__all__ = [
    "bias",
    "coverage",
    "mase",
    "owa",
    "pinball",
    "pit_of_counts",
    "pit_of_quantiles",
    "randomised_pit",
    "rmspe",
    "rmsse",
    "scaled_pinball",
    "seasonal_scale",
    "smape",
    "squared_scale",
    "sum_scale",
    "wape",
    "wrmsse",
]


def rmsse(actual: Floats, mean: Floats, history: Floats) -> Floats:
    """Root mean squared scaled error of each row [N] (Makridakis et al. 2022); NaN where the history never changes.

    ``history`` [N,T] scales by its mean squared one-day difference, counted from the first demand on.
    """
    return np.sqrt(_row_mean((actual - mean) ** 2) / squared_scale(history))


def squared_scale(history: Floats) -> Floats:
    """Mean squared difference [N] of successive days from the first demand on; NaN where it is 0."""
    return _positive(_row_mean(np.diff(_started(history), axis=1) ** 2))


def sum_scale(history: Floats, steps: int) -> Floats:
    """Mean absolute difference [N] of successive sums over ``steps`` days from the first demand on; NaN where it is 0.

    It makes losses of demand over a protection interval comparable, as the one-day difference does for days.
    """
    if history.shape[1] < 2 * steps:
        return np.full(history.shape[0], np.nan)
    sums = np.lib.stride_tricks.sliding_window_view(_started(history), steps, axis=1).sum(axis=2)
    return _positive(_row_mean(np.abs(sums[:, steps:] - sums[:, :-steps])))


def seasonal_scale(history: Floats, season: int) -> Floats:
    """Mean absolute error [N] of the seasonal naive with lag ``season`` within ``history``; NaN where it is 0."""
    return _positive(_row_mean(np.abs(history[:, season:] - history[:, :-season])))


def wrmsse(actual: Floats, mean: Floats, history: Floats, value: Floats) -> float:
    """RMSSE weighted by the money ``value`` [N] of each row; rows without a scale are left out."""
    error = rmsse(actual, mean, history)
    keep = np.isfinite(error)
    return float(np.sum(error[keep] * value[keep]) / np.sum(value[keep]))


def wape(actual: Floats, mean: Floats) -> float:
    """Sum of absolute errors over the sum of demand."""
    keep = np.isfinite(actual)
    return float(np.abs(actual - mean)[keep].sum() / actual[keep].sum())


def bias(actual: Floats, mean: Floats) -> float:
    """Forecast less demand as a share of demand: positive is too much."""
    keep = np.isfinite(actual)
    return float((mean - actual)[keep].sum() / actual[keep].sum())


def rmspe(actual: Floats, mean: Floats) -> float:
    """Root mean squared error as a share of demand; days without demand are left out."""
    keep = np.isfinite(actual) & (actual > 0)
    return float(np.sqrt(np.mean(((actual - mean)[keep] / actual[keep]) ** 2)))


def smape(actual: Floats, mean: Floats) -> Floats:
    """Symmetric mean absolute percentage error of each row [N], 0 to 200 (Makridakis and Hibon 2000)."""
    size = np.abs(actual) + np.abs(mean)
    share = np.divide(np.abs(actual - mean), size, out=np.zeros_like(size), where=size > 0)
    return 200.0 * _row_mean(np.where(np.isfinite(actual), share, np.nan))


def mase(actual: Floats, mean: Floats, history: Floats, season: int) -> Floats:
    """Mean absolute error of each row [N] over that of the seasonal naive within ``history`` [N,T]; NaN at scale 0.

    ``season`` is the lag in steps (Hyndman and Koehler 2006).
    """
    return _row_mean(np.abs(actual - mean)) / seasonal_scale(history, season)


def owa(actual: Floats, mean: Floats, naive2: Floats, history: Floats, season: int) -> float:
    """Overall weighted average of sMAPE and MASE relative to those of ``naive2`` [N,H] (M4 competition)."""
    relative_smape = np.nanmean(smape(actual, mean)) / np.nanmean(smape(actual, naive2))
    error = np.nanmean(mase(actual, mean, history, season))
    return float(0.5 * relative_smape + 0.5 * error / np.nanmean(mase(actual, naive2, history, season)))


def pinball(actual: Floats, quantile: Floats, levels: Floats) -> Floats:
    """Pinball loss [...,Q] of quantiles [...,Q] at ``levels`` [Q]."""
    error = actual[..., None] - quantile
    return np.asarray(np.maximum(levels * error, (levels - 1.0) * error))


def scaled_pinball(actual: Floats, quantile: Floats, levels: Floats, scale: Floats) -> float:
    """Mean over rows and levels of pinball loss over ``scale`` (same shape as ``actual``); NaN cells are left out."""
    loss = pinball(actual, quantile, levels).mean(axis=-1) / scale
    return float(np.nanmean(np.where(np.isfinite(loss), loss, np.nan)))


def coverage(actual: Floats, quantile: Floats) -> Floats:
    """Share of ``actual`` [...] at or below each quantile [...,Q]; shape [Q], NaN without any actual."""
    keep = np.isfinite(actual)
    if not keep.any():
        return np.full(quantile.shape[-1], np.nan)
    return np.asarray((actual[keep][:, None] <= quantile[keep]).mean(axis=0))


def randomised_pit(actual: Floats, mu: Floats, size: Floats, draw: Floats) -> Floats:
    """Randomised probability integral transform under a negative binomial with mean ``mu`` and size ``k``."""
    return transform(actual, mu, 1.0 / size, draw)


def pit_of_quantiles(actual: Floats, quantile: Floats, levels: Floats, draw: Floats) -> Floats:
    """Randomised probability integral transform of ``actual`` [...] by quantiles [...,Q] at ascending ``levels`` [Q].

    Uniform on (0,1) where the quantiles are right, also for counts: where a lattice of quantiles holds the value at
    many levels, ``draw`` (uniform, shape of ``actual``) picks among them (Czado, Gneiting and Held 2009). At each of
    ``levels`` the share at or below it is exact up to the distance between levels. NaN where ``actual`` is.
    """
    bounds = np.concatenate([[0.0], levels, [1.0]])
    middle = (bounds[1:] + bounds[:-1]) / 2
    below = middle[(quantile < actual[..., None]).sum(axis=-1)]
    upto = middle[(quantile <= actual[..., None]).sum(axis=-1)]
    return np.where(np.isfinite(actual), below + draw * (upto - below), np.nan)


def pit_of_counts(
    actual: Floats, quantile: Floats, levels: Floats, *, mu: Floats, size: Floats, draw: Floats
) -> Floats:
    """Randomised probability integral transform by few recalibrated quantiles [...,Q] of negative binomials.

    The quantiles say between which of ``levels`` [Q] the chance of ``actual`` and of less than it lie; in between, the
    negative binomial with mean ``mu`` and size ``size`` says where. So the share at or below each of ``levels`` is
    right also for counts that hold many levels at once. NaN where ``actual`` is.
    """
    bounds = np.concatenate([[0.0], levels, [1.0]])
    chances = []
    for value, number in (
        (np.ceil(actual) - 1.0, (quantile < actual[..., None]).sum(axis=-1)),
        (actual, (quantile <= actual[..., None]).sum(axis=-1)),
    ):
        low, high = bounds[number], bounds[number + 1]
        inside = 1e-6 * (high - low)  # on a level itself, both sides of it would count
        chances.append(np.clip(distribution(value, mu, 1.0 / size), low + inside, high - inside))
    below, upto = chances
    return np.asarray(below + draw * (upto - below))


def _started(history: Floats) -> Floats:
    """Days before a row's first demand are unknown: NaN."""
    return np.where(np.cumsum(np.nan_to_num(history) > 0, axis=1) > 0, history, np.nan)


def _positive(scale: Floats) -> Floats:
    return np.where(scale > 0, scale, np.nan)


def _row_mean(values: Floats) -> Floats:
    count = np.isfinite(values).sum(axis=1)
    total = np.nansum(values, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
