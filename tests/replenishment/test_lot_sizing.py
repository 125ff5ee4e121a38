from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.milp import solve_milp
from solvers.replenishment.classic.wagner_whitin import solve_wagner_whitin
from solvers.replenishment.lot_sizing import (
    LotSizingProblem,
    LotSizingSolution,
    check_solution,
    solve_lot_sizing,
    textbook_model,
)
from solvers.replenishment.lot_sizing.relaxation import relax_capacity
from solvers.status import Status

F12_DEMAND = [
    [87, 121, 84, 0, 96, 117, 98, 111, 89, 122, 96, 93, 91, 121, 125],
    [0, 99, 0, 119, 114, 120, 99, 109, 81, 117, 96, 80, 115, 94, 94],
    [109, 105, 97, 80, 116, 117, 116, 106, 86, 105, 112, 92, 115, 125, 92],
    [112, 88, 77, 112, 120, 124, 99, 101, 90, 122, 102, 80, 109, 104, 106],
    [98, 84, 89, 101, 78, 90, 105, 101, 114, 90, 105, 103, 119, 99, 108],
    [0, 115, 91, 0, 87, 76, 84, 100, 124, 92, 114, 104, 81, 112, 90],
]


def drawn(seed: int, items: int = 4, periods: int = 8, busy: float = 0.9) -> LotSizingProblem:
    random = np.random.default_rng(seed)
    demand = np.round(random.gamma(2.0, 50.0, (items, periods))) * (random.random((items, periods)) < 0.8)
    demand[:, 0] *= random.random(items) < 0.5
    setup_time = np.round(random.uniform(10, 50, (items, 1)))
    unit_time = np.round(random.uniform(0.5, 2.0, (items, 1)), 1)
    work = (unit_time * demand).sum() + 0.6 * periods * setup_time.sum()
    return LotSizingProblem.of(
        demand,
        np.round(work / periods / busy),
        setup_cost=np.round(random.uniform(100, 900, (items, 1))),
        holding_cost=np.round(random.uniform(1, 5, (items, 1))),
        setup_time=setup_time,
        unit_time=unit_time,
        unit_cost=np.round(random.uniform(0, 3, (items, periods))),
        initial_stock=np.round(random.uniform(0, 60, items)),
    )


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), busy=st.sampled_from([0.5, 0.8, 1.0, 1.4]))
def test_plan_and_bound_hold_beside_the_textbook_model(seed, busy):
    problem = drawn(seed, items=3, periods=5, busy=busy)
    best = solve_milp(textbook_model(problem), explain=False)
    found = solve_lot_sizing(problem, solves=12, node_limit=200)
    assert check_solution(problem, found) == ()
    if best.status is Status.INFEASIBLE:
        assert found.status is Status.INFEASIBLE
        assert not found.found
        assert found.missing_time.max() > 0.0
        return
    assert found.cost == pytest.approx(best.objective, rel=1e-5)
    assert found.bound <= best.objective * (1 + 1e-6)
    assert found.status is Status.OPTIMAL


def test_without_binding_capacity_it_is_wagner_and_whitin():
    problem = dataclasses.replace(drawn(5), capacity=np.full(8, 1e6))
    alone = solve_wagner_whitin(
        problem.demand,
        problem.setup_cost,
        holding_cost=problem.holding_cost,
        unit_cost=problem.unit_cost,
        initial_stock=problem.initial_stock,
    )
    found = solve_lot_sizing(problem)
    assert found.cost == pytest.approx(float(alone.cost.sum()), rel=1e-9)
    assert found.status is Status.OPTIMAL
    assert relax_capacity(problem).bound == pytest.approx(found.cost, rel=1e-9)


def test_same_seed_same_plan_and_more_work_is_no_worse():
    problem = drawn(8, items=5, periods=10)
    first, again = (solve_lot_sizing(problem, solves=8, node_limit=2, seed=3) for _ in range(2))
    assert first.quantity.tobytes() == again.quantity.tobytes()
    assert (first.cost, first.bound) == (again.cost, again.bound)
    longer = solve_lot_sizing(problem, solves=12, node_limit=4, seed=3)
    assert longer.cost <= first.cost * (1 + 1e-9)
    assert longer.gap < 0.05
    assert check_solution(problem, longer) == ()


def test_published_instance_is_solved_to_its_optimum():
    """F12 of Trigeiro, Thomas and McClain, optimum 33,975 by HiGHS 1.15.1 to a gap of 0."""
    setup_time = [26.0, 30.0, 28.0, 30.0, 26.0, 28.0]
    problem = LotSizingProblem.of(
        F12_DEMAND,
        728.0,
        setup_cost=np.array([1000.0, 400.0, 200.0, 800.0, 1000.0, 200.0])[:, None],
        holding_cost=np.array([2.0, 1.0, 1.0, 4.0, 2.0, 5.0])[:, None],
        setup_time=np.array(setup_time)[:, None],
    )
    found = solve_lot_sizing(problem, solves=8, node_limit=10)
    assert check_solution(problem, found) == ()
    assert found.cost == pytest.approx(33_975.0)
    assert found.bound <= 33_975.0 + 1e-6


@pytest.mark.parametrize("clock", [None, time.process_time])
def test_seconds_stop_it(clock):
    problem = drawn(2, items=8, periods=15)
    found = solve_lot_sizing(problem, seconds=0.3, clock=clock)
    assert found.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert check_solution(problem, found) == ()


def test_a_clock_that_is_over_at_once_still_answers():
    ticks = iter(range(10**9))
    found = solve_lot_sizing(drawn(2), seconds=1.0, clock=lambda: 10.0 * next(ticks))
    assert found.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    assert found.bound > 0.0


def test_no_demand_makes_nothing():
    problem = LotSizingProblem.of([[0.0, 0.0], [0.0, 5.0]], 3.0, setup_cost=9.0, holding_cost=2.0, initial_stock=[4, 5])
    found = solve_lot_sizing(problem)
    assert found.status is Status.OPTIMAL
    assert found.quantity.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert found.cost == pytest.approx(2 * (4 + 4 + 5))


def test_too_little_capacity_tells_how_much_is_missing():
    problem = LotSizingProblem.of([[10.0, 10.0]], [12.0, 5.0], setup_cost=1.0, holding_cost=1.0, setup_time=2.0)
    found = solve_lot_sizing(problem)
    assert found.status is Status.INFEASIBLE
    assert math.isinf(found.cost)
    assert found.missing_time.sum() >= 20.0 + 2.0 - 17.0 - 1e-6


def test_progress_hears_of_better_plans():
    heard: list[float] = []
    problem = drawn(8, items=5, periods=10)
    found = solve_lot_sizing(problem, solves=10, node_limit=2, progress=lambda cost, bound: heard.append(cost))
    assert heard == sorted(heard, reverse=True)
    assert all(cost >= found.cost - 1e-6 for cost in heard)


@pytest.fixture(scope="module")
def solved() -> tuple[LotSizingProblem, LotSizingSolution]:
    problem = drawn(11)
    return problem, solve_lot_sizing(problem, solves=4, node_limit=2)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda s: {"quantity": s.quantity * 0.9}, "short"),
        (lambda s: {"quantity": s.quantity * 3.0}, "units of time used"),
        (lambda s: {"quantity": s.quantity - 1.0}, "units made"),
        (lambda s: {"setup_cost": s.setup_cost + 5.0}, "setup cost"),
        (lambda s: {"cost": s.cost * 0.99}, "whole cost"),
        (lambda s: {"bound": s.cost * 1.01}, "bound"),
        (lambda s: {"status": Status.OPTIMAL, "gap": 0.1}, "optimal with a gap"),
    ],
)
def test_the_check_sees_what_is_spoiled(solved, spoil, told):
    problem, solution = solved
    assert check_solution(problem, solution) == ()
    spoiled = dataclasses.replace(solution, **spoil(solution))
    assert any(told in fault for fault in check_solution(problem, spoiled))


def test_all_that_is_wrong_is_told():
    with pytest.raises(ValueError, match="lot sizing") as told:
        LotSizingProblem.of(
            [[1.0, np.nan]], [1.0, 2.0, 3.0], setup_cost=-1.0, holding_cost=[[1.0], [2.0]], initial_stock=np.inf
        )
    for part in ("demand: nan at [0, 1]", "capacity: shape (3,)", "setup_cost: -1.0", "holding_cost: shape (2, 1)",
                 "initial_stock: inf"):  # fmt: skip
        assert part in str(told.value)
    with pytest.raises(ValueError, match="demand: shape"):
        LotSizingProblem.of([1.0, 2.0], 1.0, setup_cost=1.0, holding_cost=1.0)
    with pytest.raises(ValueError, match=r"solves: 0.*node_limit: 0.*seconds: nan"):
        solve_lot_sizing(drawn(1), solves=0, node_limit=0, seconds=math.nan)
