"""The luck of each life: how long suppliers take, and where in its order cycle each row begins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["draw_luck", "draw_opening", "lead_times"]

Floats = npt.NDArray[np.float64]


def draw_luck(suppliers: int, days: int, *, lives: Sequence[int], seed: int) -> Floats:
    """Uniform draws [L,U,D] for each life, supplier and order day.

    Each life has its own generator, so that policies and scenarios meet the same luck and the number of
    workers does not matter.
    """
    luck = [np.random.default_rng([seed, 101, life]).random((suppliers, days)) for life in lives]
    return np.array(luck, dtype=np.float64).reshape(len(lives), suppliers, days)


def draw_opening(limit: Floats, *, lives: Sequence[int], seed: int) -> Floats:
    """Opening stock [L,N] of a spin-up: each row begins somewhere between nothing and ``limit`` [N] units.

    Rows that all began full, or all as one evening left them, would order in step for years.
    """
    phase = np.array([np.random.default_rng([seed, 109, life]).random(limit.size) for life in lives])
    return np.rint(phase.reshape(len(lives), limit.size) * limit)


def lead_times(uniform: Floats, mean_days: Floats, sd_days: Floats) -> Floats:
    """Gamma quantiles with the given moments, in days; the mean where there is no spread. All arrays have one shape."""
    from scipy.special import gammaincinv

    spread = (sd_days > 1e-6) & (mean_days > 1e-9)
    mean, sd = np.where(spread, mean_days, 1.0), np.where(spread, sd_days, 1.0)
    drawn = gammaincinv(np.minimum((mean / sd) ** 2, 1e6), uniform) * sd**2 / mean
    days: Floats = np.where(spread, drawn, mean_days)
    return days
