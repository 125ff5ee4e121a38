"""On which days a change of the world holds."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

from supplychain.scenario import WorldChange

__all__ = ["during"]

Ints = npt.NDArray[np.int64]


def during(change: WorldChange, first_day: date, day: Ints) -> npt.NDArray[np.bool_]:
    """Which of the days, counted from ``first_day``, the change holds on."""
    low = (change.first - first_day).days if change.first else -(10**6)
    high = (change.last - first_day).days if change.last else 10**6
    return (day >= low) & (day <= high)
