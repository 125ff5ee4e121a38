"""What lot sizing found."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.status import Status

__all__ = ["LotSizingSolution"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class LotSizingSolution:
    """A production plan with a proven bound.

    ``quantity`` [N,T] units made; an item is set up in each period in which it is made. ``cost`` = ``setup_cost`` +
    ``holding_cost`` + ``unit_cost``; ``bound`` is proven, ``gap`` = (cost - bound) / cost. ``status``: optimal means
    a gap of at most 1e-6; feasible that the work limit came first; time_limit that the seconds did. Without a plan
    ``cost`` is inf, ``quantity`` is that of the least overloaded plan found and ``missing_time`` [T] the capacity
    that it lacks; infeasible is proven. ``solves`` counts the models solved, ``nodes`` those of their search trees.
    """

    status: Status
    quantity: Floats
    setup_cost: float
    holding_cost: float
    unit_cost: float
    cost: float
    bound: float
    gap: float
    missing_time: Floats
    solves: int = 0
    nodes: int = 0

    @property
    def found(self) -> bool:
        """Whether there is a plan within capacity."""
        return math.isfinite(self.cost)
