"""Order planning over several order days as arrays: what may be ordered, what is shared, and what is decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from solvers.status import Status

__all__ = ["Limits", "PlanProblem", "PlanSolution"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _no_amounts() -> Floats:
    return np.zeros(0)


def _no_index() -> Ints:
    return np.zeros((0, 0), np.int64)


def _no_numbers() -> Ints:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the orders of several groups share; each group and order day uses at most one limit of each kind.

    ``budget`` [B] base currency and ``budget_of`` [G,T] which one an order is paid from (-1: none); ``capacity`` [C]
    units that a supplier can ship and ``capacity_of`` [G,T]; ``volume`` [V] litres and ``volume_of`` [G,T] which
    room the group's stock lies in once order t has arrived. Empty arrays: no limit of that kind.
    ``alone`` are the numbers of capacities that one order of one group uses: they bind that group by itself and
    need no price; ``solve_plan`` finds them.
    """

    budget: Floats = field(default_factory=_no_amounts)
    budget_of: Ints = field(default_factory=_no_index)
    capacity: Floats = field(default_factory=_no_amounts)
    capacity_of: Ints = field(default_factory=_no_index)
    volume: Floats = field(default_factory=_no_amounts)
    volume_of: Ints = field(default_factory=_no_index)
    alone: Ints = field(default_factory=_no_numbers)


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """K rows (item at a site) in G groups (orders of one supplier to one site) over T order days, Q levels.

    Row i's position after order t covers demand until what is ordered on day t + 1 can be there. Per row: ``group``
    [K], ``position`` [K] units, ``quantile`` [K,T,Q] of that demand at ``levels`` [Q], ``shelf_quantile`` [K,T,Q] of
    demand until what comes with order t expires, ``before`` [K,T] expected demand until order t arrives.
    Money in base currency: ``money`` [K,T,4] of a unit short (its margin at the cheapest price), a unit left over until
    the next order could come, a unit expired unsold, and a squared unit left over. ``pack`` units,
    ``lot_packs`` [K] of the smallest line, ``most_packs`` [K,T] in all of the orders up to day t. ``unit_price`` [K]
    before breaks in the supplier's currency, ``break_from`` (units) and ``break_price`` [K,E] all-units breaks (inf
    where unused), ``rate`` [K] base currency a unit of it. ``load`` [K] share of a truck and ``volume_l`` [K] litres of
    a unit. ``fixed_packs`` [K,T] what is given, -1 where free.

    Per group, in the supplier's currency ``minimum_value`` [G] of each order; in base currency ``order_cost`` [G] of
    an order with its first truck and ``truck_cost`` [G] of each further one (0: load does not matter).
    """

    levels: Floats
    group: Ints
    position: Floats
    quantile: Floats
    shelf_quantile: Floats
    before: Floats
    money: Floats
    pack: Floats
    lot_packs: Ints
    most_packs: Ints
    unit_price: Floats
    break_from: Floats
    break_price: Floats
    rate: Floats
    load: Floats
    volume_l: Floats
    fixed_packs: Ints
    minimum_value: Floats
    order_cost: Floats
    truck_cost: Floats
    limits: Limits = field(default_factory=Limits)

    @property
    def rows(self) -> int:
        """Rows K."""
        return self.group.size

    @property
    def groups(self) -> int:
        """Groups G."""
        return self.minimum_value.size

    @property
    def days(self) -> int:
        """Order days T."""
        return int(self.most_packs.shape[1])


@dataclass(frozen=True, slots=True)
class PlanSolution:
    """Packs decided and what is proven about them.

    ``packs`` [K,T]. ``cost`` [G] base currency: being short, stock left over and expired, orders and trucks, and
    what is paid above the cheapest price of
    each row. ``priced_cost`` [G] adds what the group uses of
    shared limits at their prices, ``priced_bound`` [G] is proven for it. ``budget_price`` [B] base currency for one of
    the budget, ``capacity_price`` [C] for a unit, ``volume_price`` [V] for a litre: what one more would save.
    ``bound`` of the total cost. ``over_budget`` [B], ``over_capacity`` [C], ``over_volume`` [V]: how far a limit
    had to give way to what is given (fixed packs, stock that is there already); ``relaxed_minimum`` [G]: what is given
    stays below the group's minimum value and nothing could be added.
    """

    packs: Ints
    cost: Floats
    priced_cost: Floats
    priced_bound: Floats
    relaxed_minimum: npt.NDArray[np.bool_]
    budget_price: Floats
    capacity_price: Floats
    volume_price: Floats
    bound: float
    over_budget: Floats
    over_capacity: Floats
    over_volume: Floats
    status: Status

    @property
    def total_cost(self) -> float:
        """Cost of all groups."""
        return float(self.cost.sum())
