"""Orders below their supplier's minimum: what is placed pays, and what is added costs least to hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import numpy as np
import pandas as pd
import pytest

from solvers.replenishment.marginal import block_rewards
from solvers.replenishment.problem import Curve, OrderProblem
from solvers.replenishment.supplier_minimum import bring_to_minimum
from supplychain.domain import StockLine
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.explain import explain_line
from supplychain.plans.judge.orders import judge_orders
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, suppliers


def milk(orders: pd.DataFrame, status: str) -> pd.DataFrame:
    found = orders["item_id"].eq("milk") & orders["site_id"].eq("WUH") & orders["status"].eq(status)
    return orders.loc[found]


@pytest.mark.parametrize("price", [8.5, 12.0])
def test_an_order_is_placed_where_an_item_runs_out(price: float) -> None:
    """Also where the plan of the next days would wait: to wait each night again would leave the shelf empty."""
    items = {key: replace(one, price=price) if key == "milk" else one for key, one in data_set().items.items()}
    known = [replace(one, minimum_order_value=1100.0) if one.supplier_id == "S3" else one for one in suppliers()]
    stock = (StockLine("WUH", "milk", 20.0, expiry=AS_OF + timedelta(days=13)),)
    world = data_set(items=items, suppliers={one.supplier_id: one for one in known}, stock=stock, open_orders=())

    def made(days: int):
        rule = ReplenishSettings(policy="optimized", review_days=3, outlook_days=3, look_ahead_orders=days)
        terms = compile_terms(world, rule)
        means = daily_means(terms)
        state = state_from_dataset(world, terms, recent_daily_sales=means)
        orders, _, _ = plan_orders(world, terms, state, forecast(means), settings=rule, as_of=AS_OF)
        assert judge_orders(world, orders, as_of=AS_OF) == ()
        return orders

    (alone,) = milk(made(1).lines, "proposed").to_dict("records")
    assert alone["position"] < alone["expected_demand"]  # it runs out
    assert (alone["cost_of_waiting"] > 0) == (price > 10.0)
    plan = made(4)
    assert len(milk(plan.lines, "proposed")) == 1
    assert milk(plan.waiting, "waiting").empty


def test_a_line_that_could_wait_alone_says_what_its_order_would_lose() -> None:
    rule = ReplenishSettings(policy="optimized", review_days=7, outlook_days=3)
    world = data_set()
    terms = compile_terms(world, rule)
    means = daily_means(terms)
    state = state_from_dataset(world, terms, recent_daily_sales=means)
    orders, _, _ = plan_orders(world, terms, state, forecast(means), settings=rule, as_of=AS_OF)
    line = orders.lines.loc[orders.lines["status"].eq("proposed")].iloc[0].to_dict()
    line |= {"cost_of_waiting": -12.18, "base_currency": "CNY"}
    assert "Waiting with the whole order" not in explain_line(line)
    costs = explain_line(line | {"order_cost_of_waiting": 764.3})
    assert "would save 12.18 CNY. Waiting with the whole order would cost 764.30 CNY." in costs
    saves = explain_line(line | {"order_cost_of_waiting": -29.65})
    assert "Waiting with the whole order would save 29.65 CNY until then; it goes tonight because of" in saves
    assert "Waiting with" not in explain_line(line | {"cost_of_waiting": 5.0, "order_cost_of_waiting": -1.0})


def two_rows(cover: float, *, waste: tuple[float, float]) -> OrderProblem:
    """Two rows of one order below its minimum of 500: the first runs out, the second covers ``cover`` days."""
    levels = np.linspace(0.05, 0.95, 19)
    daily, days = np.array([6.4, 17.2]), np.array([3.0, 2.0])
    quantile = np.outer(daily * days, 0.4 + 1.2 * levels)
    money = np.array([[5.3, 0.06, waste[0]], [2.84, 0.01, waste[1]]])
    shelf = np.outer(daily * (days + 5.0), 0.4 + 1.2 * levels)
    position = np.array([13.4, cover * 17.2])
    none = np.zeros((2, 0))
    return OrderProblem(
        position=position, need=np.array([18.0, 0.0]), pack=np.array([6.0, 6.0]), minimum_quantity=np.zeros(2),
        limit=np.full(2, 200.0), lot_allowed=np.ones(2, np.bool_), top_up_limit=np.full(2, 200.0),
        unit_price=np.array([11.6, 4.06]), break_from=none, break_price=none, rate=np.ones(2),
        group=np.zeros(2, np.int64), group_minimum=np.array([500.0]), runs_out=np.array([True, False]), daily=daily,
        days=days, holding=money[:, 1], curve=Curve(levels, quantile, shelf, money), by_reward=True,
    )  # fmt: skip


def added_cost(problem: OrderProblem, start: np.ndarray, packs: np.ndarray) -> float:
    """What the packs beyond ``start`` cost: their reward, and the days until they are needed, as the greedy counts."""
    cost = 0.0
    for row in range(packs.size):
        curve = Curve(problem.curve.levels, *(part[[row]] for part in problem.curve[1:]))
        for held in range(start[row], packs[row]):
            there = problem.position[row] + held * problem.pack[row]
            reward = float(block_rewards(curve, np.array([there]), problem.pack[[row]])[0])
            middle = (there + 0.5 * problem.pack[row]) / problem.daily[row]
            idle = max(0.0, middle - problem.days[row])
            cost += problem.holding[row] * idle * problem.pack[row] - reward
    return cost


@pytest.mark.parametrize("cover", [0.5, 4.8, 12.0])
@pytest.mark.parametrize("waste", [(11.6, 4.06), (0.0, 0.0), (2.0, 4.06)])
def test_packs_for_the_minimum_come_from_the_row_that_costs_least(cover: float, waste: tuple[float, float]) -> None:
    """Against all orders that reach the minimum; stock beyond need gets no pack that the minimum could do without."""
    problem = two_rows(cover, waste=waste)
    start, price = np.array([3, 0]), problem.pack * problem.unit_price
    added, value, _ = bring_to_minimum(problem, start)
    found = start + added
    assert value[0] == pytest.approx(found @ price)
    enough = [one for one in map(np.array, product(range(3, 30), range(30))) if one @ price >= 500.0]
    best = min(enough, key=lambda one: added_cost(problem, start, one))
    cost, least = added_cost(problem, start, found), added_cost(problem, start, best)
    # The packs are chosen one by one, so the order may be dearer by no more than what its last pack costs.
    last = max(cost - added_cost(problem, start, found - one) for one in np.eye(2, dtype=np.int64)[added > 0])
    assert least <= cost <= least + max(last, 0.0)
    for one in np.eye(2, dtype=np.int64)[added > 0]:
        fewer = found - one
        assert fewer @ price < 500.0 or added_cost(problem, start, fewer) >= cost


def test_the_order_of_a_front_warehouse_takes_what_costs_least() -> None:
    """F018 and F020 at FW-HGH: adding four packs of the one of which there is enough costs less than more of F018."""
    problem = two_rows(4.8, waste=(11.6, 4.06))
    packs = np.array([3, 0]) + bring_to_minimum(problem, np.array([3, 0]))[0]
    assert packs.tolist() == [6, 4]
    costs = {n: added_cost(problem, np.array([3, 0]), np.array(n)) for n in ((6, 4), (6, 5), (7, 1), (8, 0))}
    assert min(costs, key=lambda n: costs[n]) == (6, 4)
