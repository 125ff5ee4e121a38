"""What a scenario changes in the world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["WorldChange", "during"]

Ints = npt.NDArray[np.int64]


class WorldChange(Protocol):
    """A scenario's change of the world: target, filter, operation, value, first and last day."""

    @property
    def target(self) -> str:
        """One of demand, lead_time_days, lanes, sites, throughput."""
        ...

    @property
    def where(self) -> Mapping[str, Any]:
        """Filter."""
        ...

    @property
    def operation(self) -> str:
        """One of multiply, add, value."""
        ...

    @property
    def value(self) -> Any:
        """Operand."""
        ...

    @property
    def first(self) -> date | None:
        """First day."""
        ...

    @property
    def last(self) -> date | None:
        """Last day, included."""
        ...


def during(change: WorldChange, first_day: date, day: Ints) -> npt.NDArray[np.bool_]:
    """Which of the days, counted from ``first_day``, the change holds on."""
    low = (change.first - first_day).days if change.first else -(10**6)
    high = (change.last - first_day).days if change.last else 10**6
    return (day >= low) & (day <= high)
