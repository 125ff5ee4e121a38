"""Measures of forecast error; all ignore cells that are NaN in ``actual``.

Shapes: ``actual`` and ``mean`` [N,H]; quantiles [...,Q] beside ``actual`` [...].
"""

from __future__ import annotations

import numpy as np

from forecasts.calibrate import transform
from forecasts.protocol import Floats

__all__ = ["bias", "coverage", "pinball", "randomised_pit", "rmsse", "scaled_pinball", "wape", "wrmsse"]


def rmsse(actual: Floats, mean: Floats, history: Floats) -> Floats:
    """Root mean squared scaled error of each row [N] (Makridakis et al. 2022); NaN where the history never changes.

    ``history`` [N,T] scales by its mean squared one-day difference, counted from the first demand on.
    """
    started = np.cumsum(np.nan_to_num(history) > 0, axis=1) > 0
    known = np.where(started, history, np.nan)
    scale = _row_mean(np.diff(known, axis=1) ** 2)
    loss = _row_mean((actual - mean) ** 2)
    return np.sqrt(np.where(scale > 0, loss / np.where(scale > 0, scale, 1.0), np.nan))


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


def _row_mean(values: Floats) -> Floats:
    count = np.isfinite(values).sum(axis=1)
    total = np.nansum(values, axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
