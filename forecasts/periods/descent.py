"""Downhill simplex of Nelder and Mead (1965), compiled, for losses of a few parameters in the unit cube."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np

from forecasts.compiled import compiled
from forecasts.protocol import Floats

__all__ = ["Seasoned", "descent_of"]

STEP = 0.2
TOLERANCE = 1e-4
LEAST, MOST = 0.001, 0.999


class Seasoned(NamedTuple):
    """A series and the lengths of its two seasons in steps, 1 for none."""

    y: Floats
    first: int
    second: int


@compiled
def _ranked(values: Floats) -> tuple[int, int, int]:
    """Where the best, the second worst and the worst value stand."""
    order = np.argsort(values)
    return order[0], order[-2], order[-1]


@compiled
def _towards(points: Floats, worst: int, share: float, out: Floats) -> None:
    """Fill ``out``: from the worst point by ``share`` of the way to the centre of the others (1 = there), or beyond."""
    size = points.shape[1]
    for d in range(size):
        middle = (points[:, d].sum() - points[worst, d]) / size
        out[d] = min(max(points[worst, d] + share * (middle - points[worst, d]), LEAST), MOST)


@compiled
def _towards_best(points: Floats, best: int) -> None:
    """All points halfway to the best one."""
    for i in range(points.shape[0]):
        if i != best:
            for d in range(points.shape[1]):
                points[i, d] = 0.5 * (points[best, d] + points[i, d])


def descent_of(loss: Callable[[Floats, Seasoned], float]) -> Callable[[Floats, int, Seasoned], Floats]:
    """What finds, from ``start``, a point in (0,1)^D with a low ``loss(point, series)`` in about ``most`` evaluations.

    ``loss`` is compiled. It is built in, not handed over at each call, so that what calls this can be kept on disk.
    """

    @compiled
    def descend(start: Floats, most: int, series: Seasoned) -> Floats:
        size = start.size
        points = np.empty((size + 1, size))
        values = np.empty(size + 1)
        for i in range(size + 1):
            for d in range(size):
                points[i, d] = start[d]
            if i:
                points[i, i - 1] += STEP if start[i - 1] < 0.5 else -STEP
            values[i] = loss(points[i], series)
        used = size + 1
        tried, farther = np.empty(size), np.empty(size)
        while used < most:
            best, next_worst, worst = _ranked(values)
            if values[worst] - values[best] <= TOLERANCE * abs(values[best]):
                break
            _towards(points, worst, 2.0, tried)
            value = loss(tried, series)
            used += 1
            if value < values[best]:
                _towards(points, worst, 3.0, farther)
                far = loss(farther, series)
                used += 1
                if far < value:
                    value = far
                    tried[:] = farther
            elif value >= values[next_worst]:
                _towards(points, worst, 1.5 if value < values[worst] else 0.5, tried)
                near = loss(tried, series)
                used += 1
                if near >= min(value, values[worst]):
                    _towards_best(points, best)
                    for i in range(size + 1):
                        if i != best:
                            values[i] = loss(points[i], series)
                    used += size
                    continue
                value = near
            points[worst, :] = tried
            values[worst] = value
        out: Floats = points[np.argmin(values)]
        return out

    return cast(Callable[[Floats, int, Seasoned], Floats], descend)
