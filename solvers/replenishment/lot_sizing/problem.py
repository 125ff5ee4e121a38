"""A capacitated lot-sizing problem with setup times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.period_figures import check_figures, spread_figures

__all__ = ["LotSizingProblem"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class LotSizingProblem:
    """N items share one capacity over T periods; build it with :meth:`of`, which spreads figures and checks.

    ``demand`` [N,T] units due in each period, never late; ``capacity`` [T] in units of time; ``unit_time`` [N,T] time
    a unit; ``setup_time`` [N,T] and ``setup_cost`` [N,T] of each period in which an item is made; ``holding_cost``
    [N,T] a unit in stock at the end of a period; ``unit_cost`` [N,T] a unit made; ``initial_stock`` [N] units, used
    up first. Trigeiro, Thomas and McClain (1989), Capacitated Lot Sizing with Setup Times, Management Science 35.
    """

    demand: Floats
    capacity: Floats
    unit_time: Floats
    setup_time: Floats
    setup_cost: Floats
    holding_cost: Floats
    unit_cost: Floats
    initial_stock: Floats

    @classmethod
    def of(
        cls,
        demand: npt.ArrayLike,
        capacity: npt.ArrayLike,
        *,
        setup_cost: npt.ArrayLike,
        holding_cost: npt.ArrayLike,
        unit_time: npt.ArrayLike = 1.0,
        setup_time: npt.ArrayLike = 0.0,
        unit_cost: npt.ArrayLike = 0.0,
        initial_stock: npt.ArrayLike = 0.0,
    ) -> LotSizingProblem:
        """Build a problem; ``capacity`` is a figure or [T], ``initial_stock`` a figure or [N].

        The others are a figure, [N,1] by item, [T] by period or [N,T]. Raises ValueError naming every array that is
        negative, not finite or of the wrong shape.
        """
        needed = np.array(demand, dtype=np.float64)
        if needed.ndim != 2 or needed.size == 0:
            raise ValueError(f"lot sizing: demand: shape {needed.shape}: must be [N,T], with an item and a period")
        given = {
            "capacity": (capacity, needed.shape[1:]),
            "unit_time": (unit_time, needed.shape),
            "setup_time": (setup_time, needed.shape),
            "setup_cost": (setup_cost, needed.shape),
            "holding_cost": (holding_cost, needed.shape),
            "unit_cost": (unit_cost, needed.shape),
            "initial_stock": (initial_stock, needed.shape[:1]),
        }
        faults = check_figures("demand", needed)
        spread = {name: spread_figures(name, value, shape, faults) for name, (value, shape) in given.items()}
        if faults:
            raise ValueError("lot sizing: " + "; ".join(faults))
        return cls(demand=needed, **spread)

    @property
    def net_demand(self) -> Floats:
        """Demand [N,T] that initial stock does not cover."""
        covered = np.minimum(np.cumsum(self.demand, axis=1), self.initial_stock[:, None])
        net = self.demand - np.diff(covered, axis=1, prepend=0.0)
        return np.where(net > 1e-9 * self.demand, net, 0.0)  # what rounding leaves of a covered demand is none

    def costs(self, quantity: Floats) -> tuple[float, float, float]:
        """Setup, holding and unit cost of what is made [N,T]."""
        stock = np.maximum(self.initial_stock[:, None] + np.cumsum(quantity - self.demand, axis=1), 0.0)
        return (
            float(self.setup_cost[quantity > 0.0].sum()),
            float((self.holding_cost * stock).sum()),
            float((self.unit_cost * quantity).sum()),
        )
