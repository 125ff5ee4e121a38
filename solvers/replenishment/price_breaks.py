"""Lines that a few packs more would bring to a lower price: what that saves on all units, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_price, packs_for
from solvers.replenishment.marginal import block_rewards
from solvers.replenishment.problem import Curve, OrderProblem

__all__ = ["BreakOffers", "break_offers", "idle_unit_days"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BreakOffers:
    """M breaks that lines do not reach: ``row`` [M] of the problem, ``tier`` [M] of its breaks, ``packs`` [M] more.

    ``saves`` [M] on the units that the line has anyway, and ``costs`` [M] of the packs more: held until they sell, or
    wasted, less the lost margin that they avoid. Both in base currency.
    """

    row: Ints
    tier: Ints
    packs: Ints
    saves: Floats
    costs: Floats

    @property
    def gain(self) -> Floats:
        """Saving less cost [M]."""
        return self.saves - self.costs


def break_offers(problem: OrderProblem, packs: Ints, fee: Floats) -> BreakOffers:
    """Every all-units break above the lines of ``packs`` [K] at a price below theirs; ``fee`` [K] share of the price.

    The packs more are bought at the lower price instead of later, which is not counted as a saving: a later order may
    reach the break as well. A unit of them that demand takes before a later order could come avoids lost margin, one
    that is left then waits a review longer than needed (``Curve.money``), and one that sells on a later day waits
    until then too. Comparing the total at the unconstrained quantity with that at each larger break is the textbook
    treatment of all-units discounts (Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains,
    2017, section 4.5); here with the units at hand instead of a year's demand.
    """
    width = problem.break_from.shape[1]
    if width == 0:
        none = np.zeros(0, np.int64)
        return BreakOffers(none, none, none, np.zeros(0), np.zeros(0))
    units = packs * problem.pack
    prices = (problem.unit_price, problem.break_from, problem.break_price)
    price = line_price(units, *prices)
    start = np.where(np.isfinite(problem.break_from), problem.break_from, 0.0)
    target = np.column_stack([packs_for(start[:, b], start[:, b], problem.pack) for b in range(width)])
    # A pack may pass two breaks at once: only the last one that it reaches counts.
    at_target = [line_price(target[:, b] * problem.pack, *prices) for b in range(width)]
    last = np.column_stack(at_target) == problem.break_price
    known = (packs > 0)[:, None] & (start > 0) & last & (target > packs[:, None])
    known &= problem.break_price < price[:, None]
    row, tier = (found.astype(np.int64) for found in np.nonzero(known))
    more = target[row, tier] - packs[row]
    saves = (price[row] - problem.break_price[row, tier]) * problem.rate[row] * (1.0 + fee[row]) * units[row]
    curve = Curve(problem.curve.levels, *(np.ascontiguousarray(part[row]) for part in problem.curve[1:]))
    position, added = problem.position[row] + units[row], more * problem.pack[row]
    idle = idle_unit_days(position, added, daily=problem.daily[row], days=problem.days[row])
    costs = problem.holding[row] * idle - block_rewards(curve, position, added)
    return BreakOffers(row, tier, more, saves, costs)


def idle_unit_days(position: Floats, units: Floats, *, daily: Floats, days: Floats) -> Floats:
    """Days that ``units`` [M] on top of ``position`` [M] wait for their sale beyond ``days`` [M], summed over them [M].

    At ``daily`` [M] units a day the unit at y sells after y / daily days; inf where nothing sells.
    """
    sells = np.maximum(daily, 1e-12)
    first, last = (np.maximum(y / sells - days, 0.0) for y in (position, position + units))
    waits: Floats = np.where(daily > 0, 0.5 * sells * (last + first) * (last - first), np.inf)
    return waits
