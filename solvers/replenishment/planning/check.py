"""Re-checks an order plan over several order days in plain Python, without the code that made it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.problem import PlanProblem, PlanSolution

__all__ = ["check_plan", "line_price", "plan_cost"]

Ints = npt.NDArray[np.int64]

_SLACK = 1e-9
_MONEY = 1e-6


def check_plan(problem: PlanProblem, solution: PlanSolution) -> tuple[str, ...]:
    """Every rule that the plan breaks: packs, minimum quantities and values, limits, costs and the bound."""
    return (
        *_check_lines(problem, solution.packs),
        *_check_orders(problem, solution),
        *_check_limits(problem, solution),
        *_check_costs(problem, solution),
    )


def line_price(problem: PlanProblem, row: int, packs: int) -> float:
    """Price a unit that a line pays, in the supplier's currency."""
    units, price = packs * float(problem.pack[row]), float(problem.unit_price[row])
    for start, at_break in zip(problem.break_from[row], problem.break_price[row], strict=True):
        if math.isfinite(start) and units >= start * (1 - _SLACK):
            price = float(at_break)
    return price


def _check_lines(problem: PlanProblem, packs: Ints) -> Iterator[str]:
    for i in range(problem.rows):
        so_far = 0
        for t in range(problem.days):
            count, fixed = int(packs[i, t]), int(problem.fixed_packs[i, t])
            so_far += count
            where = f"row {i}, day {t}: {count} packs"
            if count < 0:
                yield f"{where}: below none"
            if fixed >= 0 and count != fixed:
                yield f"{where}: {fixed} are given"
            if fixed < 0 and 0 < count < int(problem.lot_packs[i]):
                yield f"{where}: below the smallest line of {int(problem.lot_packs[i])}"
            if so_far > int(problem.most_packs[i, t]):
                yield f"{where}: {so_far} so far pass the most of {int(problem.most_packs[i, t])}"


def _check_orders(problem: PlanProblem, solution: PlanSolution) -> Iterator[str]:
    value: defaultdict[tuple[int, int], float] = defaultdict(float)
    for i, t in zip(*np.nonzero(solution.packs), strict=True):
        count = int(solution.packs[i, t])
        value[int(problem.group[i]), int(t)] += count * float(problem.pack[i]) * line_price(problem, int(i), count)
    for (g, t), amount in sorted(value.items()):
        minimum = float(problem.minimum_value[g])
        if amount < minimum * (1 - _SLACK) and not solution.relaxed_minimum[g]:
            yield f"group {g}, day {t}: value {amount:g} is below the minimum {minimum:g}"


def _check_limits(problem: PlanProblem, solution: PlanSolution) -> Iterator[str]:
    limits = problem.limits
    spent: defaultdict[int, float] = defaultdict(float)
    shipped: defaultdict[int, float] = defaultdict(float)
    filled: defaultdict[int, float] = defaultdict(float)
    for i in range(problem.rows):
        g, units = int(problem.group[i]), float(problem.position[i])
        for t in range(problem.days):
            count = int(solution.packs[i, t])
            ordered = count * float(problem.pack[i])
            units += ordered
            if limits.budget.size and limits.budget_of[g, t] >= 0:
                spent[int(limits.budget_of[g, t])] += (
                    ordered * line_price(problem, i, count) * float(problem.rate[i]) if count else 0.0
                )
            if limits.capacity.size and limits.capacity_of[g, t] >= 0:
                shipped[int(limits.capacity_of[g, t])] += ordered
            if limits.volume.size and limits.volume_of[g, t] >= 0:
                there = max(units - float(problem.before[i, t]), 0.0)
                filled[int(limits.volume_of[g, t])] += there * float(problem.volume_l[i])
    for name, used, amount, given in (
        ("budget", spent, limits.budget, solution.over_budget),
        ("capacity", shipped, limits.capacity, solution.over_capacity),
        ("volume", filled, limits.volume, solution.over_volume),
    ):
        for limit, total in sorted(used.items()):
            most = float(amount[limit]) + float(given[limit])
            if total > most * (1 + 1e-8) + 1e-6:
                yield f"{name} {limit}: {total:g} is more than {most:g}"


def _check_costs(problem: PlanProblem, solution: PlanSolution) -> Iterator[str]:
    cost = plan_cost(problem, solution.packs)
    for g in range(problem.groups):
        if not math.isclose(cost[g], float(solution.cost[g]), rel_tol=_MONEY, abs_tol=_MONEY):
            yield f"group {g}: cost {float(solution.cost[g]):g} instead of {cost[g]:g}"
        if solution.priced_bound[g] > solution.priced_cost[g] + _MONEY * max(abs(cost[g]), 1.0):
            yield f"group {g}: the bound {solution.priced_bound[g]:g} is above the cost {solution.priced_cost[g]:g}"
    total = math.fsum(cost)
    if solution.bound > total + _MONEY * max(abs(total), 1.0):
        yield f"the bound {solution.bound:g} is above the cost {total:g}"


def plan_cost(problem: PlanProblem, packs: Ints) -> list[float]:
    """Cost of each group [G], from the definition."""
    cost = [0.0] * problem.groups
    lines: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for i in range(problem.rows):
        g, units = int(problem.group[i]), float(problem.position[i])
        for t in range(problem.days):
            count = int(packs[i, t])
            ordered = count * float(problem.pack[i])
            units += ordered
            cost[g] += _stock_cost(problem, i, t, units)
            if count:
                lines[g, t].append(i)
                cost[g] += ordered * (line_price(problem, i, count) - _cheapest(problem, i)) * float(problem.rate[i])
    for (g, t), rows in lines.items():
        load = math.fsum(float(packs[i, t]) * float(problem.pack[i]) * float(problem.load[i]) for i in rows)
        trucks = max(math.ceil(load * (1 - _SLACK)), 1)
        cost[g] += float(problem.order_cost[g])
        if problem.truck_cost[g] > 0:
            cost[g] += float(problem.truck_cost[g]) * (trucks - 1)
    return cost


def _cheapest(problem: PlanProblem, row: int) -> float:
    known = [float(price) for price in problem.break_price[row] if math.isfinite(price)]
    return min([float(problem.unit_price[row]), *known])


def _stock_cost(problem: PlanProblem, i: int, t: int, units: float) -> float:
    short_price, left_price, waste_price, square_price = (float(x) for x in problem.money[i, t])
    short = _expected_above(units, problem.quantile[i, t], problem.levels)
    left = _expected_below(units, problem.quantile[i, t], problem.levels)
    cost = short_price * short + left_price * left + square_price * left * left
    if waste_price > 0:
        cost += waste_price * _expected_below(units, problem.shelf_quantile[i, t], problem.levels)
    return cost


def _expected_above(units: float, quantile: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]) -> float:
    """E[(D - units)^+] of a demand that is straight between its quantiles, from 0, and flat above the last."""
    return math.fsum(share * _mean_above(units, low, high) for share, low, high in _pieces(quantile, levels))


def _expected_below(units: float, quantile: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]) -> float:
    """E[(units - D)^+] of the same demand; nothing is left over of a position below zero."""
    if units <= 0:
        return 0.0
    return math.fsum(
        share * (units - 0.5 * (low + high) + _mean_above(units, low, high))
        for share, low, high in _pieces(quantile, levels)
    )


def _pieces(quantile: npt.NDArray[np.float64], levels: npt.NDArray[np.float64]) -> Iterator[tuple[float, float, float]]:
    before, low = 0.0, 0.0
    for level, value in zip(levels, quantile, strict=True):
        yield float(level) - before, low, float(value)
        before, low = float(level), float(value)
    yield 1.0 - before, low, low


def _mean_above(units: float, low: float, high: float) -> float:
    """E[(D - units)^+] of D uniform from low to high."""
    if units <= low:
        return 0.5 * (low + high) - units
    return (high - units) ** 2 / (2 * (high - low)) if units < high else 0.0
