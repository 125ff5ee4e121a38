"""Fix and optimise: free a part of the setups, solve the rest again, keep what is better."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lot_sizing.model import Clock, Limits, LotModel, Outcome

__all__ = ["Budget", "Plan", "improve", "plan_cost"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_KINDS = 4  # ways to choose a part
_FIRST_SIZE = 60  # setups freed at first, in each way
_LEAST_SIZE = 12
_QUICK, _SLOW, _LONGEST = 0.015, 0.04, 0.08  # shares of the seconds of one solve: free more, free fewer, stop it
_MOMENT = 1e-3  # seconds that a solve gets when none are left
_GAP = 1e-4  # relative, of one solve
_FRACTION = 0.02  # weight of a setup on which plan and relaxation agree


@dataclass(slots=True)
class Budget:
    """What is left: seconds where the answer may depend on the machine, else solves and nodes.

    Seconds are counted by ``clock`` from ``begin`` on, without one by the solver's own during its solves.
    """

    seconds: float | None
    clock: Clock | None
    solves_left: int
    node_limit: int
    begin: float = 0.0
    solver_seconds: float = 0.0
    solves: int = 0
    nodes: int = 0

    @classmethod
    def of(cls, seconds: float | None, clock: Clock | None, solves: int, node_limit: int) -> Budget:
        """The whole budget, from now on."""
        return cls(seconds, clock, solves, node_limit, 0.0 if clock is None else clock())

    def take(self, outcome: Outcome) -> Outcome:
        """Count a solve."""
        self.solver_seconds += outcome.seconds
        self.solves += 1
        self.nodes += outcome.nodes
        self.solves_left -= 1
        return outcome

    def spent(self) -> float:
        """Seconds so far."""
        return self.solver_seconds if self.clock is None else self.clock() - self.begin

    def limits(self, share: float = 1.0) -> Limits:
        """Limits of the next solve: at most this share of all seconds, and what is left of them; else the nodes."""
        if self.seconds is None:
            return Limits(self.node_limit, None, None)
        left = max(self.seconds - self.spent(), _MOMENT)
        return Limits(None, min(left, share * self.seconds), self.clock)

    def over(self, share: float) -> bool:
        """Whether this share of the seconds, or all solves, are used up."""
        return self.solves_left <= 0 if self.seconds is None else self.spent() >= share * self.seconds


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """Setups [N,T], what is made [N,T], the capacity that is missing [T], and the cost with that priced."""

    setups: Flags
    quantity: Floats
    missing_time: Floats
    cost: float

    @property
    def feasible(self) -> bool:
        """Whether capacity suffices, up to what a linear solver leaves."""
        return bool(self.missing_time.max() <= 0.0)


def plan_cost(model: LotModel, outcome: Outcome) -> Plan:
    """The plan of an outcome, without the setups that make nothing, counted from its quantities."""
    missing = np.where(outcome.missing_time > 1e-7 * model.problem.capacity, outcome.missing_time, 0.0)
    cost = sum(model.problem.costs(outcome.quantity)) + model.time_price * float(missing.sum())
    return Plan(outcome.quantity > 0.0, outcome.quantity, missing, cost)


def improve(
    model: LotModel, plan: Plan, relaxed: Floats, budget: Budget, *, share: float, generator: np.random.Generator
) -> Iterator[Plan]:
    """Yield every better plan until ``share`` of the budget is used up, or a part is the whole.

    ``relaxed`` [N,T] are the setups of the linear relaxation: where the plan differs from them, it is freed first.
    Sahling, Buschkuehl, Tempelmeier and Helber (2009), Solving a Multi-Level Capacitated Lot Sizing Problem with
    Multi-Period Setup Carry-Over via a Fix-and-Optimize Heuristic, Computers and Operations Research 36.
    """
    sizes = [min(_FIRST_SIZE, plan.setups.size)] * _KINDS
    for number in itertools.count():
        if budget.over(share):
            return
        kind = number % _KINDS
        part = _part(kind, sizes[kind], plan.setups, relaxed, generator)
        if plan.feasible and part.all():
            return  # so easy that the whole model comes next
        outcome = budget.take(_solve_part(model, plan, part, budget))
        if np.isfinite(outcome.cost):
            found = plan_cost(model, outcome)
            if found.cost < plan.cost * (1.0 - 1e-9):
                plan = found
                yield plan
        sizes[kind] = _next_size(sizes[kind], plan.setups.size, outcome, budget)


def _solve_part(model: LotModel, plan: Plan, part: Flags, budget: Budget) -> Outcome:
    return model.solve(
        plan.setups & ~part,
        plan.setups | part,
        strict=plan.feasible,
        start=plan.setups,
        gap=_GAP,
        limits=budget.limits(_LONGEST),
        plain=True,
    )


def _next_size(size: int, most: int, outcome: Outcome, budget: Budget) -> int:
    """More where the last part was easy, fewer where it was hard."""
    if budget.seconds is not None:
        quick = outcome.solved and outcome.seconds < _QUICK * budget.seconds
        slow = not outcome.solved or outcome.seconds > _SLOW * budget.seconds
    else:
        quick = outcome.solved and outcome.nodes <= budget.node_limit // 10
        slow = not outcome.solved
    if quick:
        return min(most, int(size * 1.2) + 1)
    return min(most, max(_LEAST_SIZE, int(size * 0.85))) if slow else size


def _part(kind: int, size: int, setups: Flags, relaxed: Floats, generator: np.random.Generator) -> Flags:
    """The setups to free, in turn: some periods of all items, all periods of some, a block, the doubtful ones."""
    items, periods = setups.shape
    part = np.zeros(setups.shape, np.bool_)
    if kind == 3:
        doubt = (np.abs(relaxed - setups) + _FRACTION) * generator.random(setups.shape)
        part.ravel()[np.argsort(-doubt, axis=None, kind="stable")[:size]] = True
        return part
    wanted = (items, max(1, round(size / periods)), max(1, items // 2))[kind]
    rows = generator.choice(items, min(items, wanted), replace=False)
    width = periods if kind == 1 else min(periods, max(2, round(size / rows.size)))
    first = int(generator.integers(0, periods - width + 1))
    part[np.ix_(rows, np.arange(first, first + width))] = True
    return part
