"""Demand of an interval as a curve of quantiles, and the units short above a stock position."""

from __future__ import annotations

import math

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["expected_short", "interpolate_level", "units_short"]

Floats = npt.NDArray[np.float64]


@numba.njit(cache=False)
def units_short(position: float, quantile: Floats, levels: Floats) -> float:
    """Expected units of demand above ``position``: E[(D - x)^+].

    ``quantile`` [Q] ascending at ``levels`` [Q] ascending. The quantile function is taken as straight between the
    levels and from zero up to the lowest, and as exponential above the highest (the last two levels give its scale);
    the integral of (Q(u) - x)^+ over u is then exact. This is the first-order loss function of Zipkin, Foundations of
    Inventory Management (2000), section C.2, for a distribution known by its quantiles.
    """
    short: float = 0.0
    level_before, quantile_before = 0.0, 0.0
    for j in range(levels.shape[0]):
        low, high, width = quantile_before, quantile[j], levels[j] - level_before
        if position <= low:
            short += width * (0.5 * (low + high) - position)
        elif position < high:
            short += width * (high - position) ** 2 / (2.0 * (high - low))
        level_before, quantile_before = levels[j], high
    last = levels.shape[0] - 1
    tail = 1.0 - levels[last]
    scale = 0.0
    if last > 0 and quantile[last] > quantile[last - 1]:
        scale = (quantile[last] - quantile[last - 1]) / math.log((1.0 - levels[last - 1]) / tail)
    if position <= quantile[last]:
        short += tail * (quantile[last] - position + scale)
    elif scale > 0.0:
        short += tail * scale * math.exp(-(position - quantile[last]) / scale)
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
    upper = np.clip(np.searchsorted(levels, level), 1, levels.size - 1)
    lower = upper - 1
    share = np.clip((level - levels[lower]) / (levels[upper] - levels[lower]), 0.0, 1.0)
    rows = np.arange(level.size)
    result: Floats = (1.0 - share) * quantile[rows, lower] + share * quantile[rows, upper]
    return result
