"""What must be ordered of a plan made row by row, and that plan with other packs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value, packs_for
from solvers.replenishment.problem import GroupState, OrderSolution
from supplychain.handover.order_problem import Planned

__all__ = ["decided", "must_order"]

Ints = npt.NDArray[np.int64]


def must_order(planned: Planned) -> Ints:
    """Packs that must be ordered tonight [K]: pinned lines, and what brings a row to the planner's minimum stock."""
    situation, problem, rows = planned.situation, planned.problem, planned.rows
    terms, packs = situation.terms, planned.solution.packs
    short = np.maximum(situation.least_position[rows] - problem.position, 0.0)
    missing = np.where(terms.min_units[rows] > 0, short, 0.0)
    least = np.minimum(packs_for(missing, problem.minimum_quantity, problem.pack), packs)
    must: Ints = np.where(np.isfinite(situation.pins.quantity[rows]), packs, least)
    return must


def decided(planned: Planned, packs: Ints) -> OrderSolution:
    """The solution with other packs; an order of which nothing is left is none."""
    problem, solution = planned.problem, planned.solution
    groups = problem.group_minimum.size
    lines = line_value(packs * problem.pack, problem.unit_price, problem.break_from, problem.break_price)
    value = np.bincount(problem.group, weights=lines, minlength=groups)
    was, now = (np.bincount(problem.group, weights=x, minlength=groups) > 0 for x in (solution.packs, packs))
    gone = was & ~now
    state = np.where(gone, int(GroupState.EMPTY), solution.group_state)
    return replace(solution, packs=packs, group_state=state, group_value=np.where(was, value, solution.group_value))
