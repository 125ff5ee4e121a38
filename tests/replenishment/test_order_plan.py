from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.check import check
from solvers.replenishment.order_plan import solve
from solvers.replenishment.problem import Curve, GroupState, OrderProblem
from solvers.status import Status

LEVELS = np.array([0.5, 0.9, 0.99])


def problem(rows: int = 2, **changes: object) -> OrderProblem:
    """Rows with demand 10, 14 or 18, pack 2, price 5, in one group."""
    quantile = np.tile([10.0, 14.0, 18.0], (rows, 1))
    money = np.tile([4.0, 0.05, 0.0], (rows, 1))
    fields = {
        "position": np.zeros(rows),
        "need": np.full(rows, 9.0),
        "pack": np.full(rows, 2.0),
        "minimum_quantity": np.zeros(rows),
        "limit": np.full(rows, np.inf),
        "lot_allowed": np.zeros(rows, bool),
        "top_up_limit": np.full(rows, 100.0),
        "unit_price": np.full(rows, 5.0),
        "break_from": np.zeros((rows, 0)),
        "break_price": np.zeros((rows, 0)),
        "rate": np.ones(rows),
        "group": np.zeros(rows, np.int64),
        "group_minimum": np.zeros(1),
        "runs_out": np.zeros(rows, bool),
        "daily": np.ones(rows),
        "days": np.full(rows, 14.0),
        "holding": np.full(rows, 0.05),
        "curve": Curve(LEVELS, quantile, quantile, money),
        "by_reward": True,
    }
    return OrderProblem(**(fields | changes))


def test_needs_become_whole_packs() -> None:
    solution = solve(problem(need=np.array([9.0, 0.0])))
    assert solution.packs.tolist() == [5, 0]
    assert solution.group_state.tolist() == [GroupState.ORDERED]
    assert solution.status is Status.FEASIBLE
    assert check(problem(need=np.array([9.0, 0.0])), solution) == ()


def test_limit_cuts_and_smallest_lot_only_when_allowed() -> None:
    cut = problem(limit=np.array([7.0, 7.0]), minimum_quantity=np.array([0.0, 8.0]))
    assert solve(cut).packs.tolist() == [3, 0]
    allowed = dataclasses.replace(cut, lot_allowed=np.array([True, True]))
    assert solve(allowed).packs.tolist() == [3, 4]
    assert check(allowed, solve(allowed)) == ()


def test_minimum_value_is_reached_with_the_packs_of_highest_reward() -> None:
    """Row 1 has no need yet, but less in stock than row 0 will have; its packs earn more than more of row 0."""
    short = problem(position=np.array([6.0, 4.0]), need=np.array([4.0, 0.0]), group_minimum=np.array([50.0]))
    solution = solve(short)
    assert solution.group_state.tolist() == [GroupState.TOPPED_UP]
    assert solution.top_up_packs.tolist() == [0, 3]
    assert solution.group_value.tolist() == [50.0]


def test_packs_that_only_fill_up_an_order_go_where_they_sell_soonest() -> None:
    """Beyond the highest quantile no pack saves a sale: all wait, and the cover of all rows rises alike."""
    full = problem(
        rows=3, position=np.full(3, 18.0), need=np.array([2.0, 0.0, 0.0]), daily=np.array([1.0, 1.0, 2.0]),
        group_minimum=np.array([600.0]), runs_out=np.array([True, False, False]), top_up_limit=np.full(3, np.inf),
    )  # fmt: skip
    solution = solve(full)
    assert solution.group_state.tolist() == [GroupState.TOPPED_UP]
    cover = (18.0 + solution.packs * 2.0) / full.daily
    assert np.ptp(cover) <= 2.0 / full.daily.min()


def test_by_cover_fills_the_shortest_cover_first() -> None:
    short = problem(
        position=np.array([6.0, 4.0]), need=np.array([4.0, 0.0]), group_minimum=np.array([50.0]), by_reward=False
    )
    assert solve(short).top_up_packs.tolist() == [0, 3]
    slow = dataclasses.replace(short, daily=np.array([1.0, 0.1]))
    assert solve(slow).top_up_packs.tolist() == [3, 0]


def test_waits_when_the_minimum_costs_more_than_it_brings_unless_an_item_runs_out() -> None:
    dear = problem(
        position=np.full(2, 16.0),
        need=np.array([2.0, 0.0]),
        group_minimum=np.array([900.0]),
        top_up_limit=np.full(2, 1000.0),
    )
    solution = solve(dear)
    assert solution.group_state.tolist() == [GroupState.WAITING]
    assert solution.packs.tolist() == [0, 0]
    assert solution.group_value.tolist() == [10.0]
    urgent = solve(dataclasses.replace(dear, runs_out=np.array([True, False])))
    assert urgent.group_state.tolist() == [GroupState.TOPPED_UP]
    assert urgent.group_value[0] >= 900.0


def test_waits_when_the_minimum_is_out_of_reach() -> None:
    far = problem(group_minimum=np.array([10_000.0]), by_reward=False)
    assert solve(far).group_state.tolist() == [GroupState.WAITING]


def test_price_break_that_lowers_the_value_below_the_minimum_is_seen() -> None:
    """10 units at 5 make 50; from 10 units on the price is 4, so 10 units make 40 and more are needed."""
    breaks = problem(
        rows=1, need=np.array([9.0]), break_from=np.array([[10.0]]), break_price=np.array([[4.0]]),
        group_minimum=np.array([48.0]), runs_out=np.array([True]),
    )  # fmt: skip
    solution = solve(breaks)
    assert solution.packs.tolist() == [6]
    assert solution.group_value.tolist() == [48.0]
    assert check(breaks, solution) == ()


@st.composite
def problems(draw: st.DrawFn) -> OrderProblem:
    rows = draw(st.integers(1, 6))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    group = np.sort(random.integers(0, 2, rows))
    quantile = np.sort(random.uniform(0, 40, (rows, 3)), axis=1)
    money = np.column_stack((random.uniform(0, 9, rows), random.uniform(0, 1, rows), random.choice([0.0, 3.0], rows)))
    limit = np.where(random.random(rows) < 0.5, np.inf, random.uniform(0, 60, rows))
    return problem(
        rows,
        position=random.uniform(-5, 30, rows),
        need=np.maximum(random.uniform(-20, 30, rows), 0.0),
        pack=random.choice([1.0, 2.5, 6.0, 12.0], rows),
        minimum_quantity=random.choice([0.0, 5.0, 24.0], rows),
        limit=limit,
        lot_allowed=random.random(rows) < 0.5,
        top_up_limit=np.minimum(limit, random.uniform(0, 200, rows)),
        unit_price=random.uniform(0.5, 20, rows),
        break_from=np.tile([30.0, np.inf], (rows, 1)),
        break_price=np.tile([0.45, np.inf], (rows, 1)),
        group=group,
        group_minimum=random.choice([0.0, 50.0, 800.0], 2),
        runs_out=random.random(rows) < 0.3,
        daily=random.choice([0.0, 0.5, 2.0], rows),
        days=random.choice([3.0, 20.0], rows),
        holding=random.uniform(0, 1, rows),
        curve=Curve(LEVELS, quantile, quantile, money),
        by_reward=bool(random.random() < 0.5),
    )


@settings(max_examples=150, deadline=None)
@given(problems())
def test_every_solution_passes_the_independent_check(one: OrderProblem) -> None:
    assert check(one, solve(one)) == ()


@pytest.mark.parametrize("field", ["packs", "top_up_packs", "group_value", "group_state"])
def test_check_catches_a_changed_solution(field: str) -> None:
    one = problem(group_minimum=np.array([120.0]), runs_out=np.ones(2, bool))
    solution = solve(one)
    assert check(one, solution) == ()
    changed = dataclasses.replace(solution, **{field: getattr(solution, field) + 1})
    assert check(one, changed) != ()
