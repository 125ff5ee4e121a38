"""Orders on the way with all that decides whether they should change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["OrdersOnTheWay"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrdersOnTheWay:
    """K orders on the way, each looked at on its own with all others as they are. Days count from 1 (tomorrow) to H.

    ``quantile`` [K,H,Q] of demand of the first 1..H days at ``levels`` [Q], ascending. ``supply`` [K,H] units that
    there are to sell until the end of a day without the order: stock and the other orders (it may be negative);
    ``planned`` [K,H] units that lines which are not placed yet bring by then, none before ``reorder_day``.
    ``quantity`` [K] units, ``due`` [K] day of receipt (H + 1 for later: holding is counted no further). Orders with the
    same number in ``delivery`` [K] come together, on one day. ``allowed`` [K,H+1] days to which an order may be moved;
    the last column stands for later than H. ``fixed`` [K]: nothing about it may change. ``reorder_day`` [K] first day
    on which what the next look orders could be here. Money a unit: ``margin`` [K] of a lost sale, ``holding`` [K] a
    day. ``last_day`` [K] until which its units must sell (H where no end is in sight), ``unsold_cost`` [K] of a unit
    that does not. ``pack`` and ``minimum_quantity`` [K] units, ``room`` [K] units by which it may grow. A change must
    save ``least_saving`` [K] (orders that move together: the sum of theirs), and a move be ``least_days`` long.
    """

    levels: Floats
    quantile: Floats
    supply: Floats
    planned: Floats
    quantity: Floats
    due: Ints
    delivery: Ints
    allowed: Flags
    fixed: Flags
    reorder_day: Ints
    margin: Floats
    holding: Floats
    last_day: Ints
    unsold_cost: Floats
    pack: Floats
    minimum_quantity: Floats
    room: Floats
    least_saving: Floats
    least_days: int

    def __post_init__(self) -> None:
        """Raise ValueError naming every array of the wrong shape, or with a value that it may not have."""
        orders, days, levels = self.quantile.shape
        shapes = {
            "supply": (orders, days),
            "planned": (orders, days),
            "allowed": (orders, days + 1),
            "levels": (levels,),
        }
        singles = (
            "quantity",
            "due",
            "delivery",
            "fixed",
            "reorder_day",
            "margin",
            "holding",
            "last_day",
            "unsold_cost",
            "pack",
        )
        shapes |= dict.fromkeys((*singles, "minimum_quantity", "room", "least_saving"), (orders,))
        found = {name: getattr(self, name).shape for name in shapes}
        bad = [
            f"{name}: shape {found[name]}, must be {shape}" for name, shape in shapes.items() if found[name] != shape
        ]
        if not bad:
            bad = self._wrong_values(days)
        if bad:
            raise ValueError("; ".join(bad))

    def _wrong_values(self, days: int) -> list[str]:
        limits = {
            "quantity": (0.0, np.inf), "margin": (0.0, np.inf), "holding": (0.0, np.inf), "unsold_cost": (0.0, np.inf),
            "minimum_quantity": (0.0, np.inf), "room": (0.0, np.inf), "due": (1, days + 1), "last_day": (0, days),
            "reorder_day": (1, np.inf), "planned": (0.0, np.inf), "supply": (-np.inf, np.inf),
            "quantile": (0.0, np.inf),
        }  # fmt: skip
        bad = [
            f"{name}: must be numbers from {low:g} to {high:g}"
            for name, (low, high) in limits.items()
            if not bool(np.all((getattr(self, name) >= low) & (getattr(self, name) <= high)))
        ]
        if not bool(np.all(self.pack > 0)):
            bad.append("pack: must be above 0 units")
        first = np.full(self.due.size, -1, np.int64)
        _, number = np.unique(self.delivery, return_inverse=True)
        first[number[::-1]] = self.due[::-1]
        if not bool(np.all(first[number] == self.due)):
            bad.append("delivery: orders of one delivery must be due on the same day")
        return bad
