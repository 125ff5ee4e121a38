"""Seasonal indices of one series, and what is left of them when their noise is told from them."""

from __future__ import annotations

import numpy as np

from forecasts.compiled import compiled
from forecasts.protocol import Floats

__all__ = ["FADE", "seasonal_factors", "seasonal_index"]

FADE = 0.85
"""Weight of a season in the index over that of the season after it."""


@compiled
def seasonal_index(y: Floats, season: int, ratio: bool, fade: float) -> Floats:
    """Index by phase [season], phase 0 at y[0]: ratios of mean 1, or differences of mean 0, to the moving average.

    Each season counts ``fade`` times as much as the season after it.
    """
    sums, weights = np.zeros(season), np.zeros(season)
    half = season // 2
    for i in range(half, y.size - half):
        trend = 0.0
        for k in range(i - half, i + half + 1):
            trend += y[k]
        if season % 2 == 0:
            trend -= 0.5 * (y[i - half] + y[i + half])
        trend /= season
        weight = fade ** ((y.size - 1 - i) / season)
        if ratio:
            if trend <= 0.0:
                continue
            sums[i % season] += weight * y[i] / trend
        else:
            sums[i % season] += weight * (y[i] - trend)
        weights[i % season] += weight
    out = np.empty(season)
    for phase in range(season):
        out[phase] = 1.0 if ratio else 0.0
        if weights[phase] > 0.0:
            out[phase] = max(sums[phase] / weights[phase], 0.01 if ratio else -np.inf)
    mean = out.mean()
    for phase in range(season):
        out[phase] = out[phase] / mean if ratio else out[phase] - mean
    return out


def seasonal_factors(y: Floats, season: int) -> Floats:
    """Multiplicative index [season] of a positive series, shrunk to 1 by its own noise.

    By empirical Bayes: of the variance of the logarithms of the index, the part that irregular values alone would give
    is noise. A series without season keeps an index of about 1, which a test of significance would do in one leap.
    """
    index = np.log(seasonal_index(y, season, True, FADE))
    logs = np.log(y)
    weights = np.full(season + 1 - season % 2, 1.0 / season)
    if season % 2 == 0:
        weights[[0, -1]] /= 2
    trend = np.convolve(logs, weights, mode="valid")
    if trend.size == 0:
        return np.ones(season)
    phase = np.arange(y.size) % season
    half = weights.size // 2
    rest = (logs - index[phase])[half : half + trend.size] - trend
    seasons = min(y.size / season, 1.0 / (1.0 - FADE))
    noise = float(rest.var()) / max(seasons - 1.0, 1.0)
    signal = float((index**2).mean())
    return np.exp(index * max(0.0, 1.0 - noise / signal)) if signal > 0.0 else np.ones(season)
