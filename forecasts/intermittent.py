"""Models for demand with many zero days: Croston, TSB and temporal aggregation.

Croston (1972) with the correction of Syntetos and Boylan (2005); Teunter, Syntetos and Babai (2011); ADIDA by
Nikolopoulos et al. (2011); IMAPA by Petropoulos and Kourentzes (2015). ``total`` and ``exposure`` are as in
``forecasts.smoothing``; where a kernel takes running sums, element i is the sum of the first i days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecasts.compiled import compiled
from forecasts.protocol import Floats, History, Outlook
from forecasts.smoothing import golden_alpha, observed_series, smoothed

__all__ = [
    "CROSTON_ALPHA",
    "Adida",
    "Croston",
    "CrostonSba",
    "Imapa",
    "Tsb",
    "aggregated",
    "mean_interval",
    "multi_aggregated",
    "tsb",
]

CROSTON_ALPHA = 0.1
LOW, HIGH = 0.1, 0.3


@compiled
def mean_interval(total: Floats) -> int:
    """Mean number of days from one demand to the next, rounded, at least 1; 0 when there is no demand."""
    last, count = 0, 0
    for i in range(total.size):
        if total[i] > 0.0:
            last = i + 1
            count += 1
    return int(max(1.0, np.round(last / count))) if count else 0


@compiled
def aggregated(total_sum: Floats, exposure_sum: Floats, size: int, alpha: float) -> float:
    """Level by smoothing buckets of ``size`` days that end today; ``alpha`` <= 0 fits the weight."""
    buckets = (total_sum.size - 1) // size
    if buckets == 0:
        weighed = exposure_sum[-1] - exposure_sum[0]
        return (total_sum[-1] - total_sum[0]) / weighed if weighed > 0.0 else 0.0
    first = total_sum.size - 1 - buckets * size
    total = np.empty(buckets)
    exposure = np.empty(buckets)
    for i in range(buckets):
        start = first + i * size
        total[i] = total_sum[start + size] - total_sum[start]
        exposure[i] = exposure_sum[start + size] - exposure_sum[start]
    weight = alpha if alpha > 0.0 else golden_alpha(total, exposure, LOW, HIGH)
    return smoothed(total, exposure, weight)


@compiled
def multi_aggregated(total_sum: Floats, exposure_sum: Floats, largest: int, alpha: float) -> float:
    """Mean level over the bucket sizes 1 to ``largest``."""
    level = 0.0
    for size in range(1, largest + 1):
        level += aggregated(total_sum, exposure_sum, size, alpha)
    return level / largest if largest else 0.0


@compiled
def croston(total: Floats, alpha: float) -> float:
    """Smoothed demand size over smoothed interval, without correction; 0 when there is no demand."""
    size, interval, last, found = 0.0, 0.0, 0, False
    for i in range(total.size):
        if total[i] > 0.0:
            gap = float(i + 1 - last)
            size = size + alpha * (total[i] - size) if found else total[i]
            interval = interval + alpha * (gap - interval) if found else gap
            last, found = i + 1, True
    return size / interval if found else 0.0


@compiled
def tsb(total: Floats, exposure: Floats, alpha_size: float, alpha_chance: float) -> float:
    """Smoothed size of a demand day times the smoothed chance of one; 0 when there is no demand."""
    share, weight, chance, found = 0.0, 0.0, 0.0, False
    for i in range(total.size):
        sold = 1.0 if total[i] > 0.0 else 0.0
        chance = chance + alpha_chance * (sold - chance) if i else sold
        if total[i] > 0.0:
            share = (1.0 - alpha_size) * share + total[i] if found else total[i] / alpha_size
            weight = (1.0 - alpha_size) * weight + exposure[i] if found else exposure[i] / alpha_size
            found = True
    return chance * share / weight if found and weight > 0.0 else 0.0


def _by_row(history: History, horizon: int, level_of: Callable[[Floats], float]) -> Floats:
    level = np.full(history.rows, np.nan)
    for row, series in enumerate(observed_series(history)):
        if series.size:
            level[row] = level_of(series)
    return np.repeat(level[:, None], horizon, axis=1)


def _running(series: Floats) -> tuple[Floats, Floats]:
    return np.concatenate([[0.0], np.cumsum(series)]), np.arange(series.size + 1, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Croston:
    """Croston as he had it: biased high, by about alpha / 2 where demand is rare."""

    name: str = "croston"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""
        return _by_row(history, horizon, lambda series: croston(series, CROSTON_ALPHA))


@dataclass(frozen=True, slots=True)
class CrostonSba:
    """Croston with the Syntetos-Boylan correction (1 - alpha / 2)."""

    name: str = "croston_sba"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""
        return _by_row(history, horizon, lambda series: (1.0 - CROSTON_ALPHA / 2) * croston(series, CROSTON_ALPHA))


@dataclass(frozen=True, slots=True)
class Tsb:
    """Teunter-Syntetos-Babai: falls towards zero when demand stops."""

    name: str = "tsb"
    alpha_size: float = 0.1
    alpha_chance: float = 0.1

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""
        return _by_row(
            history, horizon, lambda series: tsb(series, np.ones_like(series), self.alpha_size, self.alpha_chance)
        )


@dataclass(frozen=True, slots=True)
class Adida:
    """Aggregate to the mean demand interval, smooth, spread evenly."""

    name: str = "adida"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""

        def level_of(series: Floats) -> float:
            size = mean_interval(series)
            return aggregated(*_running(series), size, -1.0) if size else 0.0

        return _by_row(history, horizon, level_of)


@dataclass(frozen=True, slots=True)
class Imapa:
    """Mean of aggregations from one day up to the mean demand interval."""

    name: str = "imapa"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""
        return _by_row(
            history, horizon, lambda series: multi_aggregated(*_running(series), mean_interval(series), -1.0)
        )
