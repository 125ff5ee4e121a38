"""Exponential smoothing with damped trend, up to two additive seasons and an autoregressive error.

Holt and Winters with the damped trend of Gardner and McKenzie (1985), the second season and the error correction of
Taylor (2003). A season of length 1 is none. On logarithms the same is the multiplicative form.
"""

from __future__ import annotations

import numpy as np

from forecasts.compiled import compiled
from forecasts.periods.descent import Seasoned, descent_of
from forecasts.periods.season import seasonal_index
from forecasts.protocol import Floats

__all__ = ["winters"]

START = np.array([0.3, 0.1, 0.8, 0.1, 0.1, 0.1])
LEAST_DAMPING, MOST_DAMPING = 0.8, 0.995


@compiled
def _begin(y: Floats, first: int, second: int) -> tuple[Floats, Floats, float, float]:
    """Seasons, level and trend before y[0]."""
    one = seasonal_index(y[: min(y.size, 4 * first)], first, False, 1.0) if first > 1 else np.zeros(1)
    rest = y.copy()
    for i in range(y.size):
        rest[i] -= one[i % one.size]
    two = seasonal_index(rest[: min(y.size, 4 * second)], second, False, 1.0) if second > 1 else np.zeros(1)
    for i in range(y.size):
        rest[i] -= two[i % two.size]
    count = min(y.size, max(10, 2 * first))
    place = np.arange(count) - (count - 1) / 2
    slope = np.sum(place * rest[:count]) / max(np.sum(place * place), 1.0)
    return one, two, rest[:count].mean() - slope * (count + 1) / 2, slope


@compiled
def _pass(point: Floats, series: Seasoned, horizon: int) -> tuple[float, Floats]:
    """Mean squared one-step error, and the forecast of ``horizon`` steps.

    ``point`` in (0,1): level, trend over level, damping, then first season, second season, error correction.
    """
    y, first, second = series
    alpha = point[0]
    beta = alpha * point[1]
    phi = LEAST_DAMPING + (MOST_DAMPING - LEAST_DAMPING) * point[2]
    gamma = (1.0 - alpha) * point[3] if point.size > 3 else 0.0
    delta = (1.0 - alpha) * point[4] if point.size > 4 else 0.0
    rho = point[5] if point.size > 5 else 0.0
    one, two, level, trend = _begin(y, first, second)
    error, loss, count = 0.0, 0.0, 0
    skip = 2 if y.size > 6 else 0
    for i in range(y.size):
        a, b = i % first, i % second
        plain = level + phi * trend + one[a] + two[b]
        error_now = y[i] - plain
        surprise = error_now - rho * error
        if i >= skip:
            loss += surprise * surprise
            count += 1
        level += phi * trend + alpha * surprise
        trend = phi * trend + beta * surprise
        one[a] += gamma * surprise
        two[b] += delta * surprise
        error = error_now
    out = np.empty(horizon)
    damped, power, carried = 0.0, 1.0, error
    for h in range(horizon):
        power *= phi
        damped += power
        carried *= rho
        i = y.size + h
        out[h] = level + damped * trend + one[i % first] + two[i % second] + carried
    return loss / max(count, 1), out


@compiled
def _loss(point: Floats, series: Seasoned) -> float:
    return _pass(point, series, 0)[0]


_descend = descent_of(_loss)


@compiled
def winters(series: Seasoned, corrected: bool, horizon: int, most: int) -> Floats:
    """Forecast [horizon] with fitted parameters; ``corrected`` adds the autoregressive error."""
    size = 6 if corrected else (5 if series.second > 1 else (4 if series.first > 1 else 3))
    point = _descend(START[:size].copy(), most, series)
    return _pass(point, series, horizon)[1]
