"""What the company did and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Ledger", "Order", "Shipment"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Order:
    """A line of an order to a supplier; days are positions on the day axis."""

    number: int
    row: int
    quantity: float
    day: int
    due: int
    received: int
    received_units: float
    rejected: float


@dataclass(frozen=True, slots=True)
class Shipment:
    """A transfer from the row of a DC to the row of a front warehouse or hub."""

    number: int
    row: int
    origin: int
    quantity: float
    day: int
    due: int


@dataclass
class Ledger:
    """By row and day [R,D]: ``sold`` units, ``empty`` sold out at the day's end, ``stock`` then; and the papers."""

    sold: Floats
    empty: npt.NDArray[np.bool_]
    stock: Floats
    orders: list[Order] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)

    @classmethod
    def empty_of(cls, rows: int, days: int) -> Ledger:
        """A ledger before the first day."""
        shape = (rows, days)
        return cls(sold=np.zeros(shape), empty=np.zeros(shape, dtype=bool), stock=np.zeros(shape))
