"""Re-checks a solved ordering problem in plain Python, without the code that solved it."""

from __future__ import annotations

import math
from collections.abc import Iterator

from solvers.replenishment.problem import GroupState, OrderProblem, OrderSolution

__all__ = ["check"]

_SLACK = 1e-9


def check(problem: OrderProblem, solution: OrderSolution) -> tuple[str, ...]:
    """Every rule that the solution breaks: minimum quantities, limits, top-ups, groups, values."""
    return (*_check_rows(problem, solution), *_check_groups(problem, solution))


def _check_rows(problem: OrderProblem, solution: OrderSolution) -> Iterator[str]:
    for i in range(problem.need.size):
        packs, pack = int(solution.packs[i]), float(problem.pack[i])
        units, minimum, limit = packs * pack, float(problem.minimum_quantity[i]), float(problem.limit[i])
        lot = max(math.ceil(minimum / pack * (1 - 1e-13)), 1)
        if packs < 0:
            yield f"row {i}: {packs} packs"
        if packs and units < minimum * (1 - _SLACK):
            yield f"row {i}: {units:g} units are below the minimum quantity {minimum:g}"
        if units > limit * (1 + _SLACK) and not (problem.lot_allowed[i] and packs == lot):
            yield f"row {i}: {units:g} units pass the limit {limit:g}"
        added = int(solution.top_up_packs[i])
        if added < 0 or (added and units > float(problem.top_up_limit[i]) * (1 + _SLACK)):
            yield f"row {i}: {added} packs added beyond the limit {float(problem.top_up_limit[i]):g}"
        state = int(solution.group_state[problem.group[i]])
        wanted = int(solution.capped_packs[i])
        if packs != (0 if state == GroupState.WAITING else wanted + added):
            yield f"row {i}: {packs} packs are not what was wanted and added"
        if problem.need[i] <= 0 and wanted:
            yield f"row {i}: wanted without a need"
        fits = units >= float(problem.need[i]) * (1 - _SLACK)
        cut = wanted < int(solution.lot_packs[i])
        if state != GroupState.WAITING and not (fits or cut):
            yield f"row {i}: {units:g} units leave the need {float(problem.need[i]):g} open"


def _check_groups(problem: OrderProblem, solution: OrderSolution) -> Iterator[str]:
    for g in range(problem.group_minimum.size):
        rows = [i for i in range(problem.need.size) if problem.group[i] == g]
        value = math.fsum(_value(problem, i, int(solution.packs[i])) for i in rows)
        minimum, state = float(problem.group_minimum[g]), int(solution.group_state[g])
        ordered = any(solution.packs[i] for i in rows)
        if ordered and value < minimum * (1 - _SLACK):
            yield f"group {g}: value {value:g} is below the minimum {minimum:g}"
        if ordered != (state in (GroupState.ORDERED, GroupState.TOPPED_UP)):
            yield f"group {g}: state {state} does not fit its packs"
        if ordered and not math.isclose(value, float(solution.group_value[g]), rel_tol=1e-9):
            yield f"group {g}: value {float(solution.group_value[g]):g} instead of {value:g}"


def _value(problem: OrderProblem, row: int, packs: int) -> float:
    units, price = packs * float(problem.pack[row]), float(problem.unit_price[row])
    for start, at_break in zip(problem.break_from[row], problem.break_price[row], strict=True):
        if units >= start * (1 - _SLACK):
            price = float(at_break)
    return units * price
