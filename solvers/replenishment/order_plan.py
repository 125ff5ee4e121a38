"""From needs to packs: minimum quantities, packs, limits and the supplier's minimum value."""

from __future__ import annotations

import numpy as np

from solvers.replenishment.lots import packs_for, packs_within
from solvers.replenishment.problem import GroupState, OrderProblem, OrderSolution
from solvers.replenishment.supplier_minimum import bring_to_minimum
from solvers.status import Status

__all__ = ["solve"]


def solve(problem: OrderProblem) -> OrderSolution:
    """Decide the packs of every row.

    Needs become whole packs (never below the minimum quantity); a limit cuts to the packs that fit, and where not
    even the smallest lot fits the line is dropped unless ``lot_allowed``. Each group is then brought to its supplier's
    minimum value or waits. The steps are heuristic, so the status is FEASIBLE.
    """
    smallest = packs_for(np.ones_like(problem.need), np.maximum(problem.minimum_quantity, problem.pack), problem.pack)
    lot = packs_for(problem.need, problem.minimum_quantity, problem.pack)
    fits = packs_within(problem.limit, problem.pack)
    cut = np.minimum(lot, fits)
    too_small = np.where(problem.lot_allowed, smallest, 0)
    capped = np.where(lot <= fits, lot, np.where(cut >= smallest, cut, too_small)).astype(np.int64)
    capped[lot == 0] = 0
    added, value, state = bring_to_minimum(problem, capped)
    waits = (state == int(GroupState.WAITING))[problem.group]
    packs = np.where(waits, 0, capped + added)
    return OrderSolution(lot, capped, np.where(waits, 0, added), packs, value, state, Status.FEASIBLE)
