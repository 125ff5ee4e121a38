"""Demand of an interval as a curve of quantiles, and the units short above a stock position."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["expected_short", "interpolate_level", "units_short"]

Floats = npt.NDArray[np.float64]


@numba.njit(cache=False)
def units_short(position: float, quantile: Floats, levels: Floats) -> float:
    """Expected units of demand above ``position``: E[(D - x)^+].

    ``quantile`` [Q] ascending at ``levels`` [Q] ascending. The quantile function is straight between the levels, from
    zero up to the lowest, and flat above the highest: what lies beyond the last calibrated quantile is not known, so
    no stock is justified by it. The integral of (Q(u) - x)^+ over u is then exact. This is the first-order loss
    function (Zipkin, Foundations of Inventory Management, 2000, section C.2) of a distribution known by quantiles.
    """
    short: float = (1.0 - levels[-1]) * max(quantile[-1] - position, 0.0)
    level_before, low = 0.0, 0.0
    for j in range(levels.shape[0]):
        high, width = quantile[j], levels[j] - level_before
        if position <= low:
            short += width * (0.5 * (low + high) - position)
        elif position < high:
            short += width * (high - position) ** 2 / (2.0 * (high - low))
        level_before, low = levels[j], high
    return short


@numba.njit(cache=False)
def expected_short(position: Floats, quantile: Floats, levels: Floats) -> Floats:
    """``units_short`` of each row: ``position`` [N], ``quantile`` [N,Q], ``levels`` [Q] -> [N]."""
    out = np.empty(position.shape[0])
    for i in range(position.shape[0]):
        out[i] = units_short(position[i], quantile[i], levels)
    return out


def interpolate_level(quantile: Floats, levels: Floats, level: Floats) -> Floats:
    """Quantile of each row at its own level [N], straight between the given levels; outside them the nearest one."""
    upper = np.minimum(np.searchsorted(levels, level), levels.size - 1)
    lower = np.maximum(upper - 1, 0)
    width = np.where(upper > lower, levels[upper] - levels[lower], 1.0)
    share = np.clip((level - levels[lower]) / width, 0.0, 1.0)
    rows = np.arange(level.size)
    result: Floats = (1.0 - share) * quantile[rows, lower] + share * quantile[rows, upper]
    return result
