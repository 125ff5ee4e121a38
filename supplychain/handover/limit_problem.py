"""The planner's problem of rows that share limits which are short tonight."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value
from solvers.replenishment.planning.problem import Limits, PlanProblem, PlanSolution
from supplychain.handover.commitments import life_of, week_of
from supplychain.handover.concerned import BudgetRoom, Concerned
from supplychain.handover.order_problem import Planned
from supplychain.handover.plan_problem import plan_problem
from supplychain.handover.shared_limit import BUDGET, CAPACITY, ROOM, SharedLimit
from supplychain.handover.shared_limits import committed

__all__ = ["LimitProblem", "limit_problem"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = dict[tuple[int, ...], int]


@dataclass(frozen=True, slots=True)
class LimitProblem:
    """``problem`` of C rows in steps of ``step`` [C] packs, and the number of each limit in it by its key.

    A budget's key is (life, month), a supplier's week (life, supplier, Monday), a site's room (site,).
    """

    problem: PlanProblem
    step: Ints
    keys: dict[str, Keys]

    def number(self, limit: SharedLimit) -> int:
        """Number of tonight's limit in the problem; -1 where no order uses it."""
        return self.keys[limit.name].get(_key(limit), -1)

    def later_use(self, solution: PlanSolution, limit: SharedLimit, tonight: Ints) -> float:
        """What orders other than those of the rows ``tonight`` use of the limit."""
        at, problem = self.number(limit), self.problem
        if at < 0 or limit.name not in (BUDGET, CAPACITY):
            return 0.0
        of = problem.limits.budget_of if limit.name == BUDGET else problem.limits.capacity_of
        packs = solution.packs.copy()
        packs[tonight, 0] = 0
        total = 0.0
        for t in range(problem.days):
            units = packs[:, t] * problem.pack
            if limit.name == BUDGET:
                units = line_value(units, problem.unit_price, problem.break_from, problem.break_price) * problem.rate
            total += float(units[of[problem.group, t] == at].sum())
        return total


def limit_problem(
    planned: Planned, these: Concerned, broken: list[SharedLimit], rooms: dict[int, BudgetRoom], *, least: Ints
) -> LimitProblem:
    """The rows of ``these`` with the limits that are ``broken``; ``least`` [K] packs that must be ordered tonight."""
    asked = these.asked
    wanted = asked.solution.capped_packs.copy()
    wanted[these.at] = planned.solution.packs[these.tonight]
    chosen = np.arange(asked.rows.size)
    problem, step = plan_problem(asked, chosen, these.ahead, wanted=wanted, group=asked.problem.group)
    most, fixed = problem.most_packs.copy(), problem.fixed_packs.copy()
    most[these.at, 0] = planned.solution.packs[these.tonight] // step[these.at]
    must = these.at[least[these.tonight] > 0]
    given = least[these.tonight][least[these.tonight] > 0]
    fixed[must, 0] = -(-given // step[must])
    most[must, 0] = np.maximum(most[must, 0], fixed[must, 0])
    problem = replace(problem, most_packs=np.maximum.accumulate(most, axis=1), fixed_packs=fixed)
    kinds = (
        _budgets(these, problem, broken, rooms),
        _capacities(these, problem, broken),
        _volumes(planned, these, problem, broken),
    )
    (budget, budget_of), (capacity, capacity_of), (volume, volume_of) = (kind.arrays for kind in kinds)
    limits = Limits(budget, budget_of, capacity, capacity_of, volume, volume_of)
    names = (BUDGET, CAPACITY, ROOM)
    keys = {name: kind.keys for name, kind in zip(names, kinds, strict=True)}
    return LimitProblem(replace(problem, limits=limits), step, keys)


def _key(limit: SharedLimit) -> tuple[int, ...]:
    if limit.name == BUDGET:
        return limit.life, int(limit.begins.astype("datetime64[M]").astype(np.int64))
    if limit.name == CAPACITY:
        return limit.life, limit.owner, int(limit.begins.astype("datetime64[D]").astype(np.int64))
    return (limit.owner,)


def _first_rows(problem: PlanProblem) -> Ints:
    first: Ints = np.unique(problem.group, return_index=True)[1]
    return first


class _Kind:
    """Limits of one kind while they are numbered: amounts, keys, and which one each group and day uses [G,T]."""

    def __init__(self, problem: PlanProblem) -> None:
        self.of = np.full((problem.groups, problem.days), -1, np.int64)
        self.amounts: list[float] = []
        self.keys: Keys = {}

    def add(self, key: tuple[int, ...], amount: float) -> int:
        """Number of a limit, entered when it is new."""
        if key not in self.keys:
            self.keys[key] = len(self.amounts)
            self.amounts.append(max(amount, 0.0))
        return self.keys[key]

    @property
    def arrays(self) -> tuple[Floats, Ints]:
        """Amounts, and who uses which."""
        return np.array(self.amounts, np.float64), self.of


def _budgets(these: Concerned, problem: PlanProblem, broken: list[SharedLimit], rooms: dict[int, BudgetRoom]) -> _Kind:
    kind, asked = _Kind(problem), these.asked
    short = {one.life for one in broken if one.name == BUDGET}
    if not short:
        return kind
    terms, first = asked.situation.terms, _first_rows(problem)
    life = life_of(terms, asked.rows[first])
    months = (terms.calendar.first_day + these.ahead.column[asked.rows[first]]).astype("datetime64[M]")
    for g, t in np.ndindex(kind.of.shape):
        if int(life[g]) in short:
            room = rooms[int(life[g])]
            amount = float(room.amount[np.searchsorted(room.months, months[g, t])])
            kind.of[g, t] = kind.add((int(life[g]), int(months[g, t].astype(np.int64))), amount)
    return kind


def _capacities(these: Concerned, problem: PlanProblem, broken: list[SharedLimit]) -> _Kind:
    """Weeks by the median receipt of an order's rows."""
    kind, asked, situation = _Kind(problem), these.asked, these.asked.situation
    short = {(one.life, one.owner) for one in broken if one.name == CAPACITY}
    if not short:
        return kind
    terms, placed, first = situation.terms, committed(situation), asked.rows[_first_rows(problem)]
    for g, (life, owner) in enumerate(zip(life_of(terms, first), terms.supplier_index[first], strict=True)):
        if (life, owner) not in short:
            continue
        lead = np.median(these.ahead.lead[asked.rows[problem.group == g]], axis=0).astype(np.int64)
        for t, monday in enumerate(week_of(situation.as_of + lead)):
            left = float(terms.shared.weekly_units[owner]) - placed.in_week(int(life), int(owner), monday=monday)
            kind.of[g, t] = kind.add((int(life), int(owner), int(monday.astype(np.int64))), left)
    return kind


def _volumes(planned: Planned, these: Concerned, problem: PlanProblem, broken: list[SharedLimit]) -> _Kind:
    """Room tonight's orders find; later ones are left to the evenings on which they are made.

    The planner measures room by position less expected demand, which for a dc holds the sites that it feeds; what that
    is more than the stock at the site itself is added to the amount.
    """
    kind = _Kind(problem)
    short: dict[int, SharedLimit] = {}
    for one in broken:
        worst = short.get(one.owner)
        if one.name == ROOM and (worst is None or one.room.amount < worst.room.amount):
            short[one.owner] = one
    place = np.full(planned.rows.size, -1, np.int64)
    place[these.tonight] = these.at
    for site, one in sorted(short.items()):
        rows = place[one.rows]
        free = np.maximum(problem.position[rows] - problem.before[rows, 0], 0.0)
        measured = float((problem.volume_l[rows] * free).sum())
        there = float((one.weight * np.maximum(one.level, 0.0)).sum())
        kind.of[np.unique(problem.group[rows]), 0] = kind.add((site,), one.room.amount + measured - there)
    return kind
