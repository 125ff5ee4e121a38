from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from solvers.milp import MilpProblem, solve_milp
from solvers.replenishment.classic import wagner_whitin
from solvers.replenishment.classic.wagner_whitin import solve_wagner_whitin

Floats = np.ndarray


def by_milp(demand: Floats, setup: Floats, holding: Floats, unit: Floats, stock: float) -> float:
    """Quantity, stock at the end and setup of each period, as a textbook writes them."""
    periods = len(demand)
    eye = sparse.eye_array(periods)
    carried = eye - sparse.eye_array(periods, k=-1)
    most = demand.sum()
    matrix = sparse.block_array([[eye, -carried, None], [-eye, None, most * eye]], format="csr")
    balance = demand - np.concatenate([[stock], np.zeros(periods - 1)])
    problem = MilpProblem.of(
        np.concatenate([unit, holding, setup]),
        matrix,
        row_lower=np.concatenate([balance, np.zeros(periods)]),
        row_upper=np.concatenate([balance, np.full(periods, np.inf)]),
        upper=np.concatenate([np.full(2 * periods, np.inf), np.ones(periods)]),
        integer=np.arange(3 * periods) >= 2 * periods,
    )
    return solve_milp(problem).objective


def by_recursion(demand: Floats, setup: Floats, holding: Floats, unit: Floats, stock: float) -> float:
    """The forward recursion of 1958 over the last order, each lot priced unit by unit; stock is used up first."""
    after = np.maximum(stock - np.cumsum(demand), 0.0)
    need = np.maximum(demand - np.concatenate([[stock], after[:-1]]), 0.0)
    best = [0.0]
    for last in range(1, len(demand) + 1):
        choices = [best[last - 1]] if need[last - 1] == 0.0 else []
        for first in range(last):
            units = sum(need[k] * (unit[first] + holding[first:k].sum()) for k in range(first, last))
            choices.append(best[first] + setup[first] + units)
        best.append(min(choices))
    return best[-1] + float(holding @ after)


def cost_of(orders: Floats, demand: Floats, setup: Floats, holding: Floats, unit: Floats, stock: float) -> float:
    """What the orders cost; demand must be met on time."""
    held = stock + np.cumsum(orders - demand)
    assert held.min() >= -1e-9
    return float(setup @ (orders > 0) + unit @ orders + holding @ held)


@st.composite
def items(draw: st.DrawFn, longest: int) -> tuple[Floats, Floats, Floats, Floats, float]:
    periods = draw(st.integers(1, longest))
    figures = [
        draw(st.lists(st.integers(0, most), min_size=periods, max_size=periods).map(lambda x: np.array(x, float)))
        for most in (6, 20, 3, 8)
    ]
    return figures[0], figures[1], figures[2], figures[3], float(draw(st.integers(0, 12)))


@settings(max_examples=250, deadline=None)
@given(item=items(14))
def test_cost_is_that_of_the_recursion_and_of_the_orders(item):
    demand, setup, holding, unit, stock = item
    plan = solve_wagner_whitin(demand, setup, holding_cost=holding, unit_cost=unit, initial_stock=stock)
    assert float(plan.cost) == pytest.approx(by_recursion(*item), abs=1e-9)
    assert float(plan.cost) == pytest.approx(cost_of(plan.order_quantity, *item), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(item=items(7))
def test_cost_is_that_of_a_mixed_integer_model(item):
    demand, setup, holding, unit, stock = item
    plan = solve_wagner_whitin(demand, setup, holding_cost=holding, unit_cost=unit, initial_stock=stock)
    assert float(plan.cost) == pytest.approx(by_milp(*item), abs=1e-4)  # HiGHS may miss a row by 1e-6


@pytest.mark.parametrize("chance", [0.05, 0.5, 1.0])
def test_long_horizons(chance):
    random = np.random.default_rng(3)
    demand = random.integers(1, 50, (4, 80)) * (random.random((4, 80)) < chance) * 1.0
    setup, unit = random.uniform(50, 400, (4, 80)), random.uniform(1, 9, (4, 80))
    plan = solve_wagner_whitin(demand, setup, holding_cost=0.3, unit_cost=unit)
    for n in range(4):
        expected = by_recursion(demand[n], setup[n], np.full(80, 0.3), unit[n], 0.0)
        assert plan.cost[n] == pytest.approx(expected, rel=1e-10)


def test_items_of_a_batch_are_those_alone():
    random = np.random.default_rng(4)
    demand = random.integers(0, 9, (6, 20)) * 1.0
    setup, stock = random.uniform(5, 40, (6, 1)), random.uniform(0, 30, 6)
    plan = solve_wagner_whitin(demand, setup, holding_cost=1.0, unit_cost=2.0, initial_stock=stock)
    for n in range(6):
        alone = solve_wagner_whitin(demand[n], setup[n], holding_cost=1.0, unit_cost=2.0, initial_stock=stock[n])
        assert alone.order_quantity.tolist() == plan.order_quantity[n].tolist()
        assert float(alone.cost) == plan.cost[n]


@pytest.mark.parametrize(
    ("demand", "setup", "holding", "orders", "cost"),
    [  # the first two: Snyder and Shen, example 3.9 and a case of the tests of stockpyl, which has two optima
        ([90, 120, 80, 70], 500, 2, [210, 0, 150, 0], 1380),
        ([200] * 5, 100, 0.1, [400, 0, 600, 0, 0], 280),
        ([0, 0, 0], 10, 1, [0, 0, 0], 0),
        ([0, 0, 7, 0], 10, 1, [0, 0, 7, 0], 10),
        ([5, 5], 0, 1, [5, 5], 0),
        ([5, 5, 5], 10, 0, [15, 0, 0], 10),
        ([4], 3, 1, [4], 3),
    ],
)
def test_known_plans(demand, setup, holding, orders, cost):
    plan = solve_wagner_whitin(demand, setup, holding_cost=holding)
    assert plan.order_quantity.tolist() == orders
    assert float(plan.cost) == pytest.approx(cost)


def test_a_cheap_period_without_demand_may_order():
    plan = solve_wagner_whitin([0, 4, 4], 5, holding_cost=0.5, unit_cost=[1, 9, 9])
    assert plan.order_quantity.tolist() == [8, 0, 0]
    assert float(plan.cost) == pytest.approx(5 + 8 + 4 + 2)


def test_stock_that_just_suffices_orders_nothing_for_what_rounding_leaves():
    plan = solve_wagner_whitin([0.1, 0.1, 0.1], 100, holding_cost=1.0, initial_stock=0.3)
    assert plan.order_quantity.tolist() == [0, 0, 0]
    assert float(plan.cost) == pytest.approx(0.3)


def test_all_that_is_wrong_is_told():
    with pytest.raises(ValueError, match="wagner-whitin") as told:
        solve_wagner_whitin(
            [[1.0, -2.0]], np.nan, holding_cost=[1.0, 2.0, 3.0], unit_cost=np.inf, initial_stock=[[1.0, 2.0]]
        )
    text = str(told.value)
    assert "demand: -2.0 at [0, 1]" in text
    assert "setup_cost: nan" in text
    assert "holding_cost: shape (3,)" in text
    assert "unit_cost: inf" in text
    assert "initial_stock: shape (1, 2)" in text


@pytest.mark.parametrize("demand", [[], [[]], 3.0, np.zeros((1, 2, 3))])
def test_demand_without_periods_is_refused(demand):
    with pytest.raises(ValueError, match=r"demand: shape"):
        solve_wagner_whitin(demand, 1.0, holding_cost=1.0)


def test_the_textbook_example_of_its_page():
    assert doctest.testmod(wagner_whitin) == (0, 2)
