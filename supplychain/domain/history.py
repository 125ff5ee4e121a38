"""Demand by day, zone and item, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

__all__ = ["DemandHistory", "Event", "Override"]


@dataclass(frozen=True, slots=True)
class DemandHistory:
    """Sparse demand of zones: one entry for each row of the table.

    ``first_day`` is day 0, ``days`` the number of days. ``day``, ``zone``, ``item`` (all int32, shape [R])
    index into ``first_day``, ``zone_ids`` and ``item_ids``. ``quantity`` [R] in units, NaN where unknown; an
    absent entry is zero demand. ``price`` [R] is NaN where the item's price held; ``promo`` and ``in_stock`` [R]
    are flags.
    """

    first_day: date
    days: int
    zone_ids: tuple[str, ...]
    item_ids: tuple[str, ...]
    day: npt.NDArray[np.int32]
    zone: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    quantity: npt.NDArray[np.float64]
    price: npt.NDArray[np.float64]
    promo: npt.NDArray[np.bool_]
    in_stock: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Event:
    """A dated event such as 618; both days included; no category means all."""

    name: str
    first: date
    last: date
    phase: str = "peak"
    country: str | None = None
    applies_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """A planner's figure in place of the model's; both days included."""

    item_id: str
    site_id: str
    first: date
    last: date
    who: str
    why: str
    value: float | None = None
    factor: float | None = None
