"""Naive forecasts of seasonally adjusted series, against which the M competitions measure."""

from __future__ import annotations

import numpy as np

from benchmarks.forecasting.case import Floats

__all__ = ["is_seasonal", "naive2", "seasonal_indices"]

NORMAL_90 = 1.645
"""Two-sided 90 percent."""
SEASONS_NEEDED = 3


def naive2(quantity: Floats, horizon: int, season: int) -> Floats:
    """Last adjusted value times the seasonal index, [N,horizon], as in the M4 competition's own code.

    ``quantity`` [N,T] may begin with NaN. A series whose autocorrelation at lag ``season`` is not significant is
    forecast by its last value.
    """
    out = np.empty((quantity.shape[0], horizon))
    for row, values in enumerate(quantity):
        series = values[np.isfinite(values)]
        index = seasonal_indices(series, season) if is_seasonal(series, season) else np.ones(max(season, 1))
        phase = (series.size - 1) % index.size
        ahead = (series.size + np.arange(horizon)) % index.size
        out[row] = series[-1] / index[phase] * index[ahead]
    return out


def is_seasonal(series: Floats, season: int) -> bool:
    """Whether the autocorrelation at lag ``season`` is significant at 90 percent (Bartlett's formula)."""
    if season < 2 or series.size < SEASONS_NEEDED * season:
        return False
    centred = series - series.mean()
    total = float(centred @ centred)
    if total <= 0:
        return False
    acf = np.array([float(centred[lag:] @ centred[:-lag]) / total for lag in range(1, season + 1)])
    limit = NORMAL_90 * np.sqrt((1.0 + 2.0 * np.sum(acf[:-1] ** 2)) / series.size)
    return bool(abs(acf[-1]) > limit)


def seasonal_indices(series: Floats, season: int) -> Floats:
    """Multiplicative indices [season] by classical decomposition: mean ratio to the centred moving average, mean 1."""
    weights = np.full(season + 1 - season % 2, 1.0 / season)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    half = weights.size // 2
    trend = np.convolve(series, weights, mode="valid")
    ratio = series[half : half + trend.size] / np.where(trend != 0, trend, np.nan)
    phase = np.arange(half, half + trend.size) % season
    index = np.array([np.nanmean(ratio[phase == step]) for step in range(season)])
    index *= season / index.sum()
    return index if np.all(np.isfinite(index) & (index > 0)) else np.ones(season)
