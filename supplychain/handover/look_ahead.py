"""Orders below their supplier's minimum: order more tonight or wait, judged over the next order days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value
from solvers.replenishment.problem import GroupState, OrderSolution
from supplychain.handover.order_problem import Planned
from supplychain.handover.placed_row import with_placed
from supplychain.handover.plan_problem import days_ahead, packs_tonight, plan_problem
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["look_ahead"]

Ints = npt.NDArray[np.int64]


def look_ahead(planned: Planned, settings: ReplenishSettings) -> Planned:
    """Decide anew the orders that their supplier's minimum value has changed or held back.

    Such an order and the next ``settings.look_ahead_orders`` - 1 of the same supplier and site are planned together:
    what tonight's order holds beyond need replaces part of the next one, and waiting is paid for by what runs out
    meanwhile. An order that is placed holds at least what its rows need. One that pays by itself is placed even where
    the plan would wait: in the closed loop of the example that saves more lost margin than the stock costs.
    """
    solution = planned.solution
    changed = np.isin(solution.group_state, (int(GroupState.TOPPED_UP), int(GroupState.WAITING)))
    chosen = np.flatnonzero(changed[planned.problem.group])
    if settings.look_ahead_orders < 2 or chosen.size == 0:
        return planned
    ahead = days_ahead(planned.situation, settings)
    problem, step = plan_problem(planned, chosen, ahead, wanted=solution.capped_packs[chosen])
    found = packs_tonight(with_placed(problem, planned, chosen), step)
    return replace(planned, solution=_decided(planned, chosen, np.where(_below(planned, chosen, found), 0, found)))


def _below(planned: Planned, chosen: Ints, packs: Ints) -> npt.NDArray[np.bool_]:
    """Rows [n] whose order stays below the minimum: the plan found no other beside lines that are placed already."""
    problem, group = planned.problem, planned.problem.group[chosen]
    lines = line_value(
        packs * problem.pack[chosen], problem.unit_price[chosen], problem.break_from[chosen],
        problem.break_price[chosen],
    )  # fmt: skip
    value = np.bincount(group, weights=lines, minlength=problem.group_minimum.size)
    small: npt.NDArray[np.bool_] = (value < problem.group_minimum * (1.0 - 1e-9))[group]
    return small


def _decided(planned: Planned, chosen: Ints, found: Ints) -> OrderSolution:
    """The solution with the orders of the rows ``chosen`` [n] as found, at least what is needed; or as they were."""
    problem, solution = planned.problem, planned.solution
    groups = problem.group_minimum.size
    placed = np.bincount(problem.group[chosen], weights=found, minlength=groups) > 0
    kept = ~placed & (solution.group_state == int(GroupState.TOPPED_UP))
    chosen, found = chosen[~kept[problem.group[chosen]]], found[~kept[problem.group[chosen]]]
    wanted = solution.capped_packs[chosen]
    here = placed[problem.group[chosen]]
    total = np.where(here, np.maximum(found, wanted), 0)
    packs, added = solution.packs.copy(), solution.top_up_packs.copy()
    packs[chosen] = total
    added[chosen] = np.where(here, total - wanted, 0)
    state, value = solution.group_state.copy(), solution.group_value.copy()
    shown = np.where(here, total, wanted)
    lines = line_value(
        shown * problem.pack[chosen], problem.unit_price[chosen], problem.break_from[chosen],
        problem.break_price[chosen],
    )  # fmt: skip
    of_group = np.bincount(problem.group[chosen], weights=lines, minlength=groups)
    decided = np.unique(problem.group[chosen])
    value[decided] = of_group[decided]
    state[decided] = np.where(placed[decided], int(GroupState.TOPPED_UP), int(GroupState.WAITING))
    return replace(solution, packs=packs, top_up_packs=added, group_state=state, group_value=value)
