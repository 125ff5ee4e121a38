"""One evening's ordering as arrays: the rows that may be ordered, and what is decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.status import Status

__all__ = ["Curve", "GroupState", "OrderProblem", "OrderSolution"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class GroupState(IntEnum):
    """What became of the order of a group (one supplier, one site)."""

    EMPTY = 0
    ORDERED = 1
    TOPPED_UP = 2
    WAITING = 3


class Curve(NamedTuple):
    """What stock is worth: K rows, Q levels; money in base currency. A tuple, so that compiled code takes it whole.

    ``quantile`` [K,Q] of demand until a later order could have come, at ``levels`` [Q]. ``money`` [K,3] holds, a unit,
    the margin lost when short, the cost of keeping it one review longer than needed, and the loss when it expires
    unsold (0: never expires). ``shelf_quantile`` [K,Q] is demand until a unit bought now expires.
    """

    levels: Floats
    quantile: Floats
    shelf_quantile: Floats
    money: Floats


@dataclass(frozen=True, slots=True)
class OrderProblem:
    """K rows that their source takes orders for tonight; units, and money in the supplier's currency.

    ``position`` [K]; ``need`` [K] units wanted, 0 for none; ``pack``, ``minimum_quantity`` [K]; ``limit`` [K] most
    units that may be added (inf: none); ``lot_allowed`` [K]: one smallest lot may exceed the limit; ``top_up_limit``
    [K] most units in all when packs are added only to reach the supplier's minimum. ``unit_price`` [K] before breaks,
    ``break_from`` and ``break_price`` [K,B] all-units breaks (inf where unused). ``rate`` [K] base currency for one
    unit of the price's currency. ``group`` [K] in 0..G-1, ``group_minimum`` [G]. ``runs_out`` [K]: would run out
    before a later order could come. ``daily`` [K] demand a day, ``days`` [K] until a later order could have come,
    ``holding`` [K] cost of keeping a unit a day. ``by_reward`` chooses packs by reward, else by cover.
    """

    position: Floats
    need: Floats
    pack: Floats
    minimum_quantity: Floats
    limit: Floats
    lot_allowed: Flags
    top_up_limit: Floats
    unit_price: Floats
    break_from: Floats
    break_price: Floats
    rate: Floats
    group: Ints
    group_minimum: Floats
    runs_out: Flags
    daily: Floats
    days: Floats
    holding: Floats
    curve: Curve
    by_reward: bool


@dataclass(frozen=True, slots=True)
class OrderSolution:
    """Packs decided for K rows.

    ``lot_packs`` [K] after need, minimum quantity and packs; ``capped_packs`` [K] after the limit; ``top_up_packs``
    [K] added for the supplier's minimum; ``packs`` [K] ordered. ``group_value`` [G] in the supplier's currency, of
    what was wanted where the group waits; ``group_state`` [G] of ``GroupState``.
    """

    lot_packs: Ints
    capped_packs: Ints
    top_up_packs: Ints
    packs: Ints
    group_value: Floats
    group_state: Ints
    status: Status
