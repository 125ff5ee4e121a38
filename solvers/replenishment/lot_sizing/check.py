"""Re-checks a lot-sizing plan in plain Python, without the code that made it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from solvers.replenishment.lot_sizing.problem import LotSizingProblem
from solvers.replenishment.lot_sizing.solution import LotSizingSolution
from solvers.status import Status

__all__ = ["check_solution"]

_SLACK = 1e-6  # relative, what a linear solver may leave


def check_solution(problem: LotSizingProblem, solution: LotSizingSolution) -> tuple[str, ...]:
    """Every rule that a plan breaks: demand on time, capacity with setups, its cost, its bound; () without a plan."""
    if not solution.found:
        return ()
    return (*_check_stock(problem, solution), *_check_capacity(problem, solution), *_check_money(problem, solution))


def _check_stock(problem: LotSizingProblem, solution: LotSizingSolution) -> Iterator[str]:
    for i in range(problem.demand.shape[0]):
        stock = float(problem.initial_stock[i])
        total = stock + math.fsum(problem.demand[i])
        for t in range(problem.demand.shape[1]):
            made = float(solution.quantity[i, t])
            if made < 0.0:
                yield f"item {i}, period {t}: {made:g} units made"
            stock += made - float(problem.demand[i, t])
            if stock < -_SLACK * total:
                yield f"item {i}, period {t}: {-stock:g} units short"


def _check_capacity(problem: LotSizingProblem, solution: LotSizingSolution) -> Iterator[str]:
    for t in range(problem.demand.shape[1]):
        used = math.fsum(
            float(problem.unit_time[i, t] * solution.quantity[i, t] + problem.setup_time[i, t])
            for i in range(problem.demand.shape[0])
            if solution.quantity[i, t] > 0.0
        )
        if used > float(problem.capacity[t]) * (1.0 + _SLACK) + _SLACK:
            yield f"period {t}: {used:g} of {float(problem.capacity[t]):g} units of time used"


def _check_money(problem: LotSizingProblem, solution: LotSizingSolution) -> Iterator[str]:
    setup = holding = unit = 0.0
    for i in range(problem.demand.shape[0]):
        stock = float(problem.initial_stock[i])
        for t in range(problem.demand.shape[1]):
            made = float(solution.quantity[i, t])
            stock += made - float(problem.demand[i, t])
            setup += float(problem.setup_cost[i, t]) if made > 0.0 else 0.0
            holding += float(problem.holding_cost[i, t]) * max(stock, 0.0)
            unit += float(problem.unit_cost[i, t]) * made
    told = (solution.setup_cost, solution.holding_cost, solution.unit_cost, solution.cost)
    for name, counted, said in zip(
        ("setup", "holding", "unit", "whole"), (setup, holding, unit, setup + holding + unit), told, strict=True
    ):
        if not math.isclose(counted, said, rel_tol=_SLACK, abs_tol=_SLACK):
            yield f"{name} cost: {said:g} instead of {counted:g}"
    if solution.bound > solution.cost * (1.0 + 1e-9) + _SLACK:
        yield f"bound: {solution.bound:g} is above the cost {solution.cost:g}"
    if solution.status is Status.OPTIMAL and solution.gap > _SLACK:
        yield f"status: optimal with a gap of {solution.gap:g}"
