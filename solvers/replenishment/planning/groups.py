"""Solves groups one by one at given prices; what they share is somebody else's business."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.branch import Effort, solve_group
from solvers.replenishment.planning.problem import PlanProblem
from solvers.replenishment.planning.shared import Use, group_prices, group_use, limits_of
from solvers.replenishment.planning.tables import GroupCaps, group_rows, group_terms

__all__ = ["Answer", "GroupIndex", "answer_group", "solve_groups", "take_groups"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_PARTS = 16  # of the groups, when they are solved side by side


class GroupIndex(NamedTuple):
    """Rows sorted by group, ``order`` [K], and where each group begins and ends, ``bounds`` [G+1]."""

    order: Ints
    bounds: Ints

    @classmethod
    def of(cls, problem: PlanProblem) -> GroupIndex:
        """Index of the rows of each group."""
        order = np.argsort(problem.group, kind="stable")
        bounds = np.searchsorted(problem.group[order], np.arange(problem.groups + 1))
        return cls(order, bounds)

    def rows(self, group: int) -> Ints:
        """Rows of one group [n]."""
        return self.order[self.bounds[group] : self.bounds[group + 1]]


class Answer(NamedTuple):
    """One group's plan.

    ``packs`` [n,T], ``cost`` without prices on limits, ``priced`` with them, ``bound`` of that, ``use`` [T] of value in
    base currency, units and litres, and whether its minimum value had to give way.
    """

    packs: Ints
    cost: float
    priced: float
    bound: float
    use: tuple[Floats, Floats, Floats]
    relaxed: bool


def answer_group(
    problem: PlanProblem,
    group: int,
    rows: Ints,
    *,
    prices: Use,
    start: Ints,
    effort: Effort,
    caps: GroupCaps | None = None,
) -> Answer:
    """Solve one group at the prices, from a plan ``start`` [n,T]; ``caps`` hold for its plan, not for its bound."""
    _, pattern = limits_of(problem.limits, problem.groups, problem.days)
    of_group = group_prices(prices, pattern, group)
    tables = group_rows(problem, rows, of_group)
    terms = group_terms(problem, group, rows, of_group, caps)
    packs, priced, bound, _ = solve_group(tables, terms, start, effort)
    relaxed = not np.isfinite(priced)
    if relaxed:
        # What is given alone stays below the minimum value and nothing can be added: the minimum gives way.
        terms = terms._replace(minimum_value=0.0)
        packs, priced, bound, _ = solve_group(tables, terms, start, effort)
    use = group_use(problem, rows, packs)
    cost = priced - sum(float(price @ used) for price, used in zip(of_group, use, strict=True))
    return Answer(packs, float(cost), float(priced), float(bound), use, relaxed)


def solve_groups(
    problem: PlanProblem,
    index: GroupIndex,
    groups: Sequence[int],
    *,
    prices: Use,
    packs: Ints,
    effort: Effort,
    executor: Executor | None = None,
) -> list[Answer]:
    """Answers of the groups in their order; ``packs`` [K,T] is where each starts. The same for any executor."""
    if executor is None or len(groups) < 2 * _PARTS:
        return [
            answer_group(problem, g, index.rows(g), prices=prices, start=packs[index.rows(g)], effort=effort)
            for g in groups
        ]
    parts = [list(groups[k::_PARTS]) for k in range(_PARTS)]
    tasks = []
    for part in parts:
        own, rows = take_groups(problem, index, part)
        tasks.append(executor.submit(_solve_part, own, prices, packs[rows], effort))
    found: dict[int, Answer] = {}
    for part, task in zip(parts, tasks, strict=True):
        found.update(zip(part, task.result(), strict=True))
    return [found[g] for g in groups]


def _solve_part(problem: PlanProblem, prices: Use, packs: Ints, effort: Effort) -> list[Answer]:
    index = GroupIndex.of(problem)
    return solve_groups(problem, index, range(problem.groups), prices=prices, packs=packs, effort=effort)


def take_groups(problem: PlanProblem, index: GroupIndex, groups: Iterable[int]) -> tuple[PlanProblem, Ints]:
    """The problem of some groups alone, numbered anew in their order, and its rows; limits keep their numbers."""
    chosen = np.asarray(list(groups), np.int64)
    rows = np.concatenate([index.rows(int(g)) for g in chosen]) if chosen.size else np.zeros(0, np.int64)
    new_number = np.full(problem.groups, -1, np.int64)
    new_number[chosen] = np.arange(chosen.size)
    by_group = ("minimum_value", "order_cost", "truck_cost")
    alone = {name: getattr(problem, name)[chosen] for name in by_group}
    by_row = {
        f.name: getattr(problem, f.name)[rows] for f in fields(problem) if f.name not in (*by_group, "levels", "limits")
    }
    by_row["group"] = new_number[problem.group[rows]]
    old = problem.limits
    limits = replace(
        old,
        budget_of=old.budget_of[chosen] if old.budget.size else old.budget_of,
        capacity_of=old.capacity_of[chosen] if old.capacity.size else old.capacity_of,
        volume_of=old.volume_of[chosen] if old.volume.size else old.volume_of,
    )
    return replace(problem, **alone, **by_row, limits=limits), rows
