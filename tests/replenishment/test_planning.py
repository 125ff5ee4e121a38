"""Order planning over several days against plain enumeration, and rules that hold for any instance."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.check import check_plan, plan_cost
from solvers.replenishment.planning.problem import Limits, PlanProblem
from solvers.replenishment.planning.solve import solve_plan
from solvers.status import Status

LEVELS = np.array([0.25, 0.5, 0.75, 0.9, 0.99])
SHAPE = np.array([0.5, 0.9, 1.2, 1.6, 2.2])
EXACT = Effort(nodes=4000, near=1e-9, steps=60, steps_below=30)
MOST = 4


def problem(
    seed: int, rows: int = 2, days: int = 3, groups: int = 1, *, minimum: float = 1.0, **changes: object
) -> PlanProblem:
    """A small seeded problem; ``minimum`` is the minimum value in units of what a day between orders sells."""
    random = np.random.default_rng(seed)
    count = rows * groups
    group = np.repeat(np.arange(groups), rows)
    sold = np.round(random.uniform(1.0, 9.0, count), 1)
    until = np.arange(2, days + 2)
    quantile = sold[:, None, None] * until[None, :, None] * SHAPE
    price = np.round(random.uniform(2.0, 20.0, count), 2)
    money = np.zeros((count, days, 4))
    money[:, :, 0] = (price * random.uniform(0.2, 0.9, count))[:, None]
    money[:, :, 1] = (price * 0.02)[:, None]
    money[:, -1, 3] = 0.002 * price
    pack = np.maximum(np.round(sold * random.uniform(0.4, 1.6, count)), 1.0)
    has_break = random.random(count) < 0.5
    starts = np.column_stack((2.0 * pack, 4.0 * pack))
    fields = {
        "levels": LEVELS,
        "group": group,
        "position": np.round(sold * random.uniform(-0.5, 2.0, count)),
        "quantile": quantile,
        "shelf_quantile": quantile,
        "before": sold[:, None] * (until - 1.0),
        "money": money,
        "pack": pack,
        "lot_packs": random.integers(1, 3, count),
        "most_packs": np.full((count, days), MOST),
        "unit_price": price,
        "break_from": np.where(has_break[:, None], starts, np.inf),
        "break_price": np.where(has_break[:, None], price[:, None] * np.array([0.93, 0.85]), np.inf),
        "rate": np.ones(count),
        "load": np.zeros(count),
        "volume_l": random.uniform(0.5, 2.0, count),
        "fixed_packs": np.full((count, days), -1),
        "minimum_value": minimum * np.bincount(group, weights=sold * price, minlength=groups),
        "order_cost": random.uniform(0.0, 6.0, groups),
        "truck_cost": np.zeros(groups),
    }
    return PlanProblem(**(fields | changes))


def lines_of(one: PlanProblem, row: int) -> list[tuple[int, ...]]:
    """Every way to order a row."""
    found = []
    for line in itertools.product(range(int(one.most_packs[row, -1]) + 1), repeat=one.days):
        allowed = all(
            q == fixed if fixed >= 0 else q == 0 or q >= one.lot_packs[row]
            for q, fixed in zip(line, one.fixed_packs[row], strict=True)
        )
        if allowed and sum(line) <= one.most_packs[row, -1]:
            found.append(line)
    return found


def cheapest(one: PlanProblem) -> float:
    """Cost of the best plan by enumeration; inf when there is none. Rows part but for what an order costs."""
    parted = replace(one, order_cost=np.zeros(one.groups), truck_cost=np.zeros(one.groups))
    nothing = np.zeros((one.rows, one.days), np.int64)
    idle = sum(plan_cost(parted, nothing))
    own: list[dict[tuple[int, ...], float]] = []
    for row in range(one.rows):
        costs = {}
        for line in lines_of(one, row):
            packs = nothing.copy()
            packs[row] = line
            costs[line] = sum(plan_cost(parted, packs)) - idle
        own.append(costs)
    best = np.inf
    for lines in itertools.product(*own):
        cost = idle + sum(costs[line] for costs, line in zip(own, lines, strict=True))
        packs = np.array(lines)
        if cost < best and keeps_rules(one, packs):
            best = min(best, cost + order_costs(one, packs))
    return best


def order_costs(one: PlanProblem, packs: np.ndarray) -> float:
    total = 0.0
    load = packs * (one.pack * one.load)[:, None]
    for g in range(one.groups):
        rows = one.group == g
        for t in np.flatnonzero(packs[rows].sum(axis=0)):
            trucks = max(np.ceil(load[rows, t].sum() - 1e-9), 1.0)
            total += one.order_cost[g] + one.truck_cost[g] * (trucks - 1.0)
    return total


def keeps_rules(one: PlanProblem, packs: np.ndarray) -> bool:
    units = packs * one.pack[:, None]
    price = np.repeat(one.unit_price[:, None], one.days, axis=1)
    for start, at_break in zip(one.break_from.T, one.break_price.T, strict=True):
        price = np.where(units >= start[:, None], at_break[:, None], price)
    value = units * price
    for g in range(one.groups):
        ordered = value[one.group == g].sum(axis=0)
        if ((ordered > 0) & (ordered < one.minimum_value[g] - 1e-9)).any():
            return False
    limits = one.limits
    there = np.maximum(one.position[:, None] + np.cumsum(units, axis=1) - one.before, 0.0) * one.volume_l[:, None]
    for amount, index, used in (
        (limits.budget, limits.budget_of, value),
        (limits.capacity, limits.capacity_of, units),
        (limits.volume, limits.volume_of, there),
    ):
        for number, most in enumerate(amount):
            if sum(used[i, t] for i in range(one.rows) for t in range(one.days) if index[one.group[i], t] == number) > (
                most + 1e-9
            ):
                return False
    return True


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.0, 4.0))
def test_one_supplier_is_solved_exactly(seed: int, minimum: float) -> None:
    one = problem(seed, minimum=minimum)
    solution = solve_plan(one, effort=EXACT)
    assert check_plan(one, solution) == ()
    assert solution.total_cost == pytest.approx(cheapest(one), rel=1e-6, abs=1e-6)
    assert solution.status is Status.OPTIMAL


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.3, 2.0))
def test_trucks_are_solved_exactly(seed: int, room: float) -> None:
    plain = problem(seed, minimum=0.5)
    one = replace(plain, load=room / plain.pack / 4.0, truck_cost=np.array([5.0]))
    solution = solve_plan(one, effort=EXACT)
    assert check_plan(one, solution) == ()
    assert solution.total_cost == pytest.approx(cheapest(one), rel=1e-6, abs=1e-6)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.3, 1.2))
def test_limits_hold_and_the_bound_is_below_the_best_plan(seed: int, share: float) -> None:
    plain = problem(seed, rows=1, days=2, groups=2, minimum=0.8)
    sold = float((plain.before[:, 0] * plain.unit_price).sum())
    limits = Limits(
        budget=np.array([2.0 * share * sold]),
        budget_of=np.zeros((2, 2), np.int64),
        capacity=np.array([share * 3.0 * plain.before[:, 0].max()]),
        capacity_of=np.array([[0, -1], [-1, 0]]),
        volume=np.array([share * 4.0 * float((plain.before[:, 0] * plain.volume_l).sum())]),
        volume_of=np.array([[-1, 0], [-1, 0]]),
    )
    one = replace(plain, limits=limits)
    solution = solve_plan(one, effort=EXACT)
    assert check_plan(one, solution) == ()
    best = cheapest(one)
    if np.isfinite(best):
        assert solution.bound <= best + 1e-6 * max(abs(best), 1.0)
        assert solution.total_cost >= best - 1e-6 * max(abs(best), 1.0)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6))
def test_more_budget_and_smaller_packs_never_cost_more(seed: int) -> None:
    plain = problem(seed, rows=2, days=2, minimum=0.7)
    spend = float((plain.before[:, 0] * plain.unit_price).sum())

    def cost(one: PlanProblem) -> float:
        solution = solve_plan(one, effort=EXACT)
        assert check_plan(one, solution) == ()
        return solution.bound

    of = np.zeros((1, 2), np.int64)
    tight, wide = (replace(plain, limits=Limits(budget=np.array([f * spend]), budget_of=of)) for f in (0.8, 3.0))
    assert cost(wide) <= cost(tight) + 1e-6 * abs(cost(tight))
    whole = replace(plain, pack=2.0 * plain.pack, most_packs=plain.most_packs // 2)
    half = replace(plain, lot_packs=2 * plain.lot_packs)
    assert cheapest(half) <= cheapest(whole) + 1e-9


def test_zero_demand_orders_nothing() -> None:
    one = problem(1, position=np.zeros(2), quantile=np.zeros((2, 3, 5)), before=np.zeros((2, 3)))
    assert not solve_plan(one).packs.any()


def test_given_packs_never_change_and_name_what_they_break() -> None:
    given_packs = np.full((2, 3), -1)
    given_packs[0] = [3, 0, 1]
    one = problem(4, fixed_packs=given_packs, minimum=100.0)
    spent = Limits(budget=np.array([1.0]), budget_of=np.zeros((1, 3), np.int64))
    solution = solve_plan(replace(one, limits=spent))
    assert solution.packs[0].tolist() == [3, 0, 1]
    assert check_plan(replace(one, limits=spent), solution) == ()
    assert solution.relaxed_minimum.tolist() == [True]
    assert solution.over_budget[0] == pytest.approx(4 * one.pack[0] * one.unit_price[0] - 1.0, rel=0.3)


def test_same_plan_with_workers() -> None:
    one = problem(7, rows=3, days=3, groups=40, minimum=1.5)
    limits = Limits(budget=np.full(3, 0.5 * one.minimum_value.sum()), budget_of=np.tile(np.arange(3), (40, 1)))
    one = replace(one, limits=limits)
    with ThreadPoolExecutor(2) as pool:
        side_by_side = solve_plan(one, executor=pool)
    alone = solve_plan(one)
    assert np.array_equal(alone.packs, side_by_side.packs)
    assert alone.bound == side_by_side.bound
    assert check_plan(one, alone) == ()


def test_the_check_sees_every_broken_rule() -> None:
    one = problem(3, minimum=1.0)
    good = solve_plan(one)
    assert check_plan(one, good) == ()
    more = good.packs.copy()
    more[0, 0] += MOST + 1
    assert any("pass the most" in fault for fault in check_plan(one, replace(good, packs=more)))
    assert any("cost" in fault for fault in check_plan(one, replace(good, cost=good.cost + 1.0)))
    assert any("bound" in fault for fault in check_plan(one, replace(good, bound=good.total_cost + 1.0)))
    lonely = np.zeros_like(good.packs)
    lonely[0, 0] = 1
    dear = replace(one, minimum_value=np.array([1e6]))
    assert any("below the minimum" in fault for fault in check_plan(dear, replace(good, packs=lonely)))
    tight = replace(one, limits=Limits(budget=np.array([0.5]), budget_of=np.zeros((1, 3), np.int64)))
    broke = replace(good, packs=np.full_like(good.packs, 2), over_budget=np.zeros(1))
    assert any("budget 0" in fault for fault in check_plan(tight, broke))
