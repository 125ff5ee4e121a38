"""Demand of an interval as a curve of quantiles, and the units short above a stock position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.kernels import each_short, units_short

__all__ = ["expected_short", "interpolate_level", "units_short"]

Floats = npt.NDArray[np.float64]


def expected_short(position: Floats, quantile: Floats, levels: Floats) -> Floats:
    """``units_short`` of each row: ``position`` [N], ``quantile`` [N,Q], ``levels`` [Q] -> [N]."""
    result: Floats = each_short(position, quantile, levels)
    return result


def interpolate_level(quantile: Floats, levels: Floats, level: Floats) -> Floats:
    """Quantile of each row at its own level [N], straight between the given levels; outside them the nearest one."""
    upper = np.minimum(np.searchsorted(levels, level), levels.size - 1)
    lower = np.maximum(upper - 1, 0)
    width = np.where(upper > lower, levels[upper] - levels[lower], 1.0)
    share = np.clip((level - levels[lower]) / width, 0.0, 1.0)
    rows = np.arange(level.size)
    result: Floats = (1.0 - share) * quantile[rows, lower] + share * quantile[rows, upper]
    return result
