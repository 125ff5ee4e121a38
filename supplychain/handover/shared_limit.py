"""A limit that orders of one evening share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.limit_repair import Room, used
from solvers.replenishment.problem import OrderProblem

__all__ = ["BUDGET", "CAPACITY", "ROOM", "SharedLimit"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BUDGET, CAPACITY, ROOM = "budget_per_month", "weekly_capacity_units", "capacity_l"
_SLACK = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class SharedLimit:
    """One limit, as far as rows of tonight use it.

    ``name`` of the setting or column; ``life`` the copy of the network; ``owner`` number of the supplier or the site
    (-1: none); ``begins`` first day of the month or week, or the day of receipt. ``amount`` in base currency, units or
    litres; ``before`` of it is used by what is decided already, ``reserved`` is left for later orders. ``rows`` [n]
    point into the planned rows, ``weight`` and ``level`` [n] as in ``solvers.replenishment.limit_repair.Room``;
    ``price`` base currency that one more of it would save; ``moved`` litres of tonight's transfers in ``before`` and
    ``level``.
    """

    name: str
    life: int
    owner: int
    begins: np.datetime64
    amount: float
    before: float
    rows: Ints
    weight: Floats
    level: Floats
    reserved: float = 0.0
    price: float = 0.0
    moved: float = 0.0

    @property
    def room(self) -> Room:
        """What tonight's rows may use."""
        left = self.amount - self.before - self.reserved
        return Room(left, self.rows, self.weight, self.level, valued=self.name == BUDGET)

    def use(self, problem: OrderProblem, packs: Ints) -> float:
        """All that is used with ``packs`` [K], without what is reserved."""
        return self.before + float(used(problem, self.room, packs).sum())

    def breaks(self, problem: OrderProblem, packs: Ints) -> float:
        """How far the packs go past it; 0 where it holds."""
        over = self.use(problem, packs) + self.reserved - self.amount
        return over if over > _SLACK * max(self.amount, 1.0) else 0.0
