"""What the orders of several items, sites or days share: room, suppliers' capacities, trucks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from supplychain.domain import Site, Supplier

__all__ = ["SharedTerms", "shared_terms"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SharedTerms:
    """Limits of S stocking sites and P suppliers; inf where there is none.

    ``capacity_l`` [S] litres of stock at a site. ``weekly_units`` [P] units of a supplier that can come in a calendar
    week, to all sites together. Base currency: ``order_cost`` [P] of an order with its first truck, ``truck_cost`` [P]
    of each further one; ``truck_l`` and ``truck_kg`` [P] of a truck. ``lives`` independent copies of the network lie
    side by side (the twin), each with its own budget and its own suppliers.
    """

    capacity_l: Floats
    weekly_units: Floats
    order_cost: Floats
    truck_cost: Floats
    truck_l: Floats
    truck_kg: Floats
    lives: int = 1

    @classmethod
    def none(cls, sites: int, suppliers: int) -> SharedTerms:
        """No limits, and orders that cost nothing."""
        room, free = np.full(sites, np.inf), np.full(suppliers, np.inf)
        return cls(room, free, np.zeros(suppliers), np.zeros(suppliers), free, free)

    def tile(self, lives: int) -> SharedTerms:
        """The same limits for each of ``lives`` copies."""
        return replace(self, capacity_l=np.tile(self.capacity_l, lives), lives=self.lives * lives)

    @property
    def has_trucks(self) -> npt.NDArray[np.bool_]:
        """Suppliers whose orders or trucks cost something [P]."""
        used: npt.NDArray[np.bool_] = (self.order_cost > 0) | (self.truck_cost > 0)
        return used


def shared_terms(sites: Sequence[Site], suppliers: Sequence[Supplier]) -> SharedTerms:
    """Limits of the sites and suppliers, in their order."""

    def amounts(given: list[float | None], missing: float) -> Floats:
        return np.array([missing if one is None else one for one in given], np.float64)

    return SharedTerms(
        capacity_l=amounts([one.capacity_l for one in sites], np.inf),
        weekly_units=amounts([one.weekly_capacity_units for one in suppliers], np.inf),
        order_cost=amounts([one.cost_per_order for one in suppliers], 0.0),
        truck_cost=amounts([one.cost_per_truck for one in suppliers], 0.0),
        truck_l=amounts([one.truck_capacity_l for one in suppliers], np.inf),
        truck_kg=amounts([one.truck_capacity_kg for one in suppliers], np.inf),
    )
