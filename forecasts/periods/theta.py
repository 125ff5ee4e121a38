"""The dynamic optimised theta model of Fiorucci et al. (2016)."""

from __future__ import annotations

import numpy as np

from forecasts.compiled import compiled
from forecasts.periods.descent import Seasoned, descent_of
from forecasts.protocol import Floats

__all__ = ["theta"]

START = np.array([0.5, 0.5, 0.5])
SKIPPED = 3
LARGEST_THETA = 8.0


@compiled
def _pass(point: Floats, y: Floats, horizon: int) -> tuple[float, Floats]:
    """Mean squared one-step error, and the forecast. ``point``: smoothing weight, 1 / theta, first level."""
    alpha = 0.01 + 0.98 * point[0]
    share = (1.0 - 1.0 / LARGEST_THETA) * point[1]
    deviation = abs(y[min(y.size, 12) - 1] - y[0]) + 0.1 * abs(y[0])
    level = y[0] + (point[2] - 0.5) * deviation
    mean, intercept, slope = 0.0, 0.0, 0.0
    power, loss, count = 1.0, 0.0, 0
    out = np.empty(horizon)
    for i in range(y.size + horizon):
        before = power
        power *= 1.0 - alpha
        line = before * intercept + (1.0 - power) / alpha * slope
        expected = level + share * line if i else level
        value = expected
        if i < y.size:
            value = y[i]
            if i >= SKIPPED:
                loss += (value - expected) ** 2
                count += 1
        else:
            out[i - y.size] = expected
        level = alpha * value + (1.0 - alpha) * level
        t = i + 1.0
        old_mean = mean
        mean = ((t - 1.0) * mean + value) / t
        slope = ((t - 2.0) * slope + 6.0 * (value - old_mean) / t) / (t + 1.0) if i else 0.0
        intercept = mean - slope * (t + 1.0) / 2.0
    return loss / max(count, 1), out


@compiled
def _loss(point: Floats, series: Seasoned) -> float:
    return _pass(point, series.y, 0)[0]


_descend = descent_of(_loss)


@compiled
def theta(y: Floats, horizon: int, most: int) -> Floats:
    """Forecast [horizon] of a series without season."""
    point = _descend(START.copy(), most, Seasoned(y, 1, 1))
    return _pass(point, y, horizon)[1]
