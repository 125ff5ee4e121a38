"""Order plans of all groups together: prices on what they share, then repair, then use of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.groups import Answer, GroupIndex, answer_group, solve_groups
from solvers.replenishment.planning.pool import Pool
from solvers.replenishment.planning.problem import Limits, PlanProblem, PlanSolution
from solvers.replenishment.planning.shared import Ledger, Use, first_prices, next_prices
from solvers.status import Progress, Status

__all__ = ["solve_plan", "with_alone"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WARM, _STEPS = 5, (1.6, 0.6)  # rounds in which prices only move by what is over; logarithms they may change by
_ROUNDS = 5  # in which prices come from the best mixture of the plans seen
_TRUST = 0.5  # of the best prices so far, in each such round
_ROUGH, _QUICK = Effort(5, 0.02, 12, 8, 2), Effort(0)
_NEARBY, _APART, _RISE = 12, 0.3, 1.4  # rounds in which plans are seen at prices nearby (deviation of the logarithm);
# where limits do not hold they get dearer by such a factor
_CEILINGS = (30.0, 300.0)  # times its first price, the most that a limit may cost, in the first round and the last
_TRIED = 15  # groups that are asked what it would cost them to use less of a limit
_SHARES = (0.25, 1.0)  # of what a group uses, that it is asked to give back
_PAST_LIMITS = 3.0  # times its price, what goes past a limit is taken to cost when it is taken back
_REPAIRS = 200  # of one limit, each by one group
_PASSES = 2  # over all groups, to use what is left


def solve_plan(
    problem: PlanProblem,
    *,
    effort: Effort | None = None,
    start: Ints | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> PlanSolution:
    """Plan the orders of all groups over all order days.

    Each group has a feasible plan whatever the limits: it reaches its minimum value or orders nothing that day. Shared
    limits are kept by prices on them (Lagrangian relaxation), which part the groups; what the prices leave over
    the limits is taken back where that costs least for what it frees, what they leave free is used where it earns.
    The bound is proven for all plans that keep the limits. A limit that is broken by what is given (fixed packs, stock
    that is there) counts as that large, and the solution says by how much.

    ``start`` [K,T] packs of an earlier plan; ``executor`` solves groups side by side, with the same answer.
    """
    return _Planner(problem, effort or Effort(), executor, progress).solve(start)


def with_alone(limits: Limits) -> Limits:
    """The same limits, and which capacities only one order of one group uses."""
    of = limits.capacity_of[limits.capacity_of >= 0] if limits.capacity.size else np.zeros(0, np.int64)
    users = np.bincount(of, minlength=limits.capacity.size)
    return replace(limits, alone=np.flatnonzero(users == 1))


class _Planner:
    """The state of one call: answers, what they use, and prices."""

    def __init__(
        self, problem: PlanProblem, effort: Effort, executor: Executor | None, progress: Progress | None
    ) -> None:
        self.problem = problem = replace(problem, limits=with_alone(problem.limits))
        self.effort, self.executor, self.progress = effort, executor, progress
        self.index = GroupIndex.of(problem)
        self.ledger = Ledger.of(problem, self.index.rows)
        self.prices = first_prices(problem, self.ledger.amounts)
        self.answers: list[Answer] = []
        self.pool = Pool(self.ledger.amounts, self.ledger.index, problem.limits.alone)

    def solve(self, start: Ints | None) -> PlanSolution:
        problem, limited = self.problem, any(amount.size for amount in self.ledger.amounts)
        packs = np.zeros((problem.rows, problem.days), np.int64) if start is None else start
        if not limited:
            self._solve_all(packs, self.effort)
            return self._solution(self._bound())
        self._search(packs)
        bound = self._bound()
        self._come_near()
        self._repair()
        for _ in range(_PASSES):
            self._use_what_is_left()
        return self._solution(bound)

    def _search(self, packs: Ints) -> None:
        """Seek the prices of shared limits; ends with all groups solved at the best ones."""
        self._solve_all(packs, _ROUGH)
        for step in np.geomspace(*_STEPS, _WARM):
            if not next_prices(self.prices, self.ledger.used, self.ledger.amounts, float(step)):
                break
            self._solve_all(self.packs(), _ROUGH)
        best, bound = self.prices.price, self._bound()
        for ceiling in np.geomspace(*_CEILINGS, _ROUNDS):
            asked = self.pool.prices(Use(*(ceiling * first for first in self.prices.first)))
            self.prices.price = Use(*(_TRUST * a + (1.0 - _TRUST) * b for a, b in zip(best, asked, strict=True)))
            self._solve_all(self.packs(), _ROUGH)
            if self._bound() > bound:
                best, bound = self.prices.price, self._bound()
        self.prices.price = best
        self._solve_all(self.packs(), self.effort)

    def _penalty(self) -> Use:
        """What going past limits is taken to cost where that is to be avoided."""
        return Use(
            *(
                _PAST_LIMITS * np.maximum(price, first)
                for price, first in zip(self.prices.price, self.prices.first, strict=True)
            )
        )

    def _go_on_from(self, answers: list[Answer]) -> None:
        """Take the plans of an earlier round, measured at the prices of now; the bounds stay."""
        bounds = [answer.bound for answer in self.answers]
        self.ledger.book_all([answer.use for answer in answers])
        self.answers = [
            answer._replace(priced=answer.cost + self.ledger.worth(g, self.prices.price), bound=bound)
            for g, (answer, bound) in enumerate(zip(answers, bounds, strict=True))
        ]

    def _come_near(self) -> None:
        """Choose among the plans seen, and see more of them at prices nearby; limits that are passed get dearer."""
        generator = np.random.default_rng(1)
        prices = Use(*(price.copy() for price in self.prices.price))
        best, least = self.answers, np.inf
        for seen in range(_NEARBY):
            if seen:
                for kind, limit in self.ledger.broken():
                    prices[kind][limit] = max(_RISE * prices[kind][limit], self.prices.first[kind][limit])
                nearby = Use(*(price * np.exp(generator.normal(0.0, _APART, price.size)) for price in prices))
                users = self.ledger.payers(prices)
                self.pool.add(users, self._solve(users, nearby, self.packs(), _QUICK))
            self._go_on_from(self.pool.choose(self.prices.price, self._penalty()))
            worth = self._distance()
            if worth < least:
                best, least = self.answers, worth
        self._go_on_from(best)

    def _distance(self) -> float:
        """What the plans cost, and what goes past limits at its penalty."""
        passed = zip(self.ledger.used, self.ledger.amounts, self._penalty(), strict=True)
        dear = sum(float(np.maximum(used - amount, 0.0) @ penalty) for used, amount, penalty in passed)
        return sum(answer.cost for answer in self.answers) + dear

    def _solve_all(self, packs: Ints, effort: Effort) -> None:
        everybody = range(self.problem.groups)
        self.answers = self._solve(everybody, self.prices.price, packs, effort)
        self.pool.add(everybody, self.answers)
        self.ledger.book_all([answer.use for answer in self.answers])
        if self.progress is not None:
            self.progress(sum(answer.cost for answer in self.answers), None)

    def _solve(self, groups: Sequence[int], prices: Use, packs: Ints, effort: Effort) -> list[Answer]:
        return solve_groups(
            self.problem, self.index, groups, prices=prices, packs=packs, effort=effort, executor=self.executor
        )

    def packs(self) -> Ints:
        """Packs of all rows [K,T]."""
        packs = np.zeros((self.problem.rows, self.problem.days), np.int64)
        for group, answer in enumerate(self.answers):
            packs[self.index.rows(group)] = answer.packs
        return packs

    def _bound(self) -> float:
        """Lagrangian bound: what the groups cost at least at the prices, less the worth of the limits."""
        worth = sum(float(p @ a) for p, a in zip(self.prices.price, self.ledger.amounts, strict=True))
        return sum(answer.bound for answer in self.answers) - worth

    def _repair(self) -> None:
        """Take back what goes past the limits, each time from the group to which it costs least for what it frees."""
        for kind, limit in self.ledger.broken():
            for _ in range(_REPAIRS):
                over = self.ledger.over(kind, limit)
                if over <= 0.0 or not self._relieve(kind, limit, over):
                    break

    def _relieve(self, kind: int, limit: int, over: float) -> bool:
        users = self.ledger.users(kind, limit)
        for some in (users[:_TRIED], users[_TRIED:]):
            choices = []
            for g in some:
                own = self.ledger.of_group(g, kind, limit)
                for share in _SHARES:
                    less = min(over, share * own)
                    new = self._alternative(g, self.prices.price, _QUICK, less=(kind, limit, own - less))
                    freed = own - self.ledger.of_use(new.use, g, kind, limit)
                    if freed > 1e-9 * max(own, 1.0):
                        choices.append(((new.cost - self.answers[g].cost) / min(freed, over), g, share, new))
                    if less >= over:
                        break
            if choices:
                _, g, _, new = min(choices, key=lambda choice: choice[:3])
                self._accept(g, new)
                return True
        return False

    def _use_what_is_left(self) -> None:
        """Let each group that pays for a limit use what others leave of it, where that makes its plan cheaper."""
        free = Use(*(np.zeros_like(price) for price in self.prices.price))
        for g in self.ledger.payers(self.prices.price):
            new = self._alternative(g, free, _QUICK, less=None)
            if new.cost < self.answers[g].cost - 1e-9:
                self._accept(g, new)

    def _alternative(self, group: int, prices: Use, effort: Effort, *, less: tuple[int, int, float] | None) -> Answer:
        """The group's plan when it may use what it uses and what is left, and ``less`` of one limit."""
        return answer_group(
            self.problem, group, self.index.rows(group), prices=prices, start=self.answers[group].packs,
            effort=effort, caps=self.ledger.caps_of(group, less),
        )  # fmt: skip

    def _accept(self, group: int, new: Answer) -> None:
        """Take the answer; the bound stays that of the group's problem at the final prices."""
        self.ledger.book(group, new.use)
        priced = new.cost + self.ledger.worth(group, self.prices.price)
        self.answers[group] = new._replace(priced=priced, bound=self.answers[group].bound)

    def _solution(self, bound: float) -> PlanSolution:
        cost = np.array([answer.cost for answer in self.answers])
        total, price, given = float(cost.sum()), self.prices.price, self.ledger.given_over
        near = total - bound <= max(1e-6 * abs(total), 1e-9)
        return PlanSolution(
            packs=self.packs(),
            cost=cost,
            priced_cost=np.array([answer.priced for answer in self.answers]),
            priced_bound=np.array([answer.bound for answer in self.answers]),
            relaxed_minimum=np.array([answer.relaxed for answer in self.answers], np.bool_),
            budget_price=price.budget,
            capacity_price=price.capacity,
            volume_price=price.volume,
            bound=bound,
            over_budget=given.budget,
            over_capacity=given.capacity,
            over_volume=given.volume,
            status=Status.OPTIMAL if near else Status.FEASIBLE,
        )
