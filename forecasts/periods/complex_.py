"""Complex exponential smoothing of Svetunkov, Kourentzes and Ord (2022), without season."""

from __future__ import annotations

import numpy as np

from forecasts.compiled import compiled
from forecasts.periods.descent import Seasoned, descent_of
from forecasts.protocol import Floats

__all__ = ["complex_smoothing"]

START = np.array([0.7, 0.5])
LEAST, WIDTH = 0.4, 1.6


@compiled
def _pass(point: Floats, y: Floats, horizon: int) -> tuple[float, Floats]:
    real, imaginary = LEAST + WIDTH * point[0], LEAST + WIDTH * point[1]
    level = y[: min(y.size, 10)].mean()
    other = level / 1.1
    loss, count = 0.0, 0
    for i in range(y.size):
        error = y[i] - level
        if i >= 3:
            loss += error * error
            count += 1
        new = level - (1.0 - imaginary) * other + (real - imaginary) * error
        other = level + (1.0 - real) * other + (real + imaginary) * error
        level = new
        if abs(level) > 1e12:
            return 1e30, np.full(horizon, y[-1])
    out = np.empty(horizon)
    for h in range(horizon):
        out[h] = level
        level, other = level - (1.0 - imaginary) * other, level + (1.0 - real) * other
    return loss / max(count, 1), out


@compiled
def _loss(point: Floats, series: Seasoned) -> float:
    return _pass(point, series.y, 0)[0]


_descend = descent_of(_loss)


@compiled
def complex_smoothing(y: Floats, horizon: int, most: int) -> Floats:
    """Forecast [horizon] of a series without season."""
    point = _descend(START.copy(), most, Seasoned(y, 1, 1))
    return _pass(point, y, horizon)[1]
