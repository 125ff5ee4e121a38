"""Stock that expires before it can be sold, against batches sold one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain import StockLine
from supplychain.handover.expected_waste import expected_waste
from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.pipeline.decide import decide
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.order_plan import OrderPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, stock

UNITS = st.lists(st.integers(0, 9), min_size=1, max_size=6)


def naive_waste(batches: list[int], demand: list[int], days: int) -> float:
    """Units gone after some days: customers of each day take the oldest, and in the evening the last day is over."""
    left, wasted = list(batches), 0
    for day in range(min(days, len(left))):
        asked = demand[day - 1] if day > 0 else 0  # batch 0 had its last day today
        for batch in range(day, len(left)):
            taken = min(left[batch], asked)
            left[batch] -= taken
            asked -= taken
        wasted += left[day]
    return float(wasted)


def waste_of(batches: Any, demand: Any, days: list[int], origin: list[int]) -> np.ndarray:
    cumulative = np.pad(np.cumsum(np.array(demand, float), axis=1), ((0, 0), (1, 0)))
    view: Any = IntervalDemand(SimpleNamespace(), 0, cumulative)  # type: ignore[arg-type]
    terms: Any = SimpleNamespace(rows=len(days), origin_row=np.array(origin))
    state: Any = SimpleNamespace(batches=np.array(batches, float))
    return expected_waste(state, view, np.array(days), terms)


@given(batches=UNITS, demand=st.lists(st.integers(0, 9), min_size=6, max_size=6), days=st.integers(0, 8))
def test_against_batches_sold_one_by_one(batches: list[int], demand: list[int], days: int) -> None:
    found = waste_of([batches], [demand], [days], [-1])
    assert found.tolist() == [naive_waste(batches, demand, days)]


def test_a_dc_also_sells_through_the_sites_it_feeds() -> None:
    # 12 units with one more day; 4 are asked for at the dc and 3 at the site it feeds
    assert waste_of([[0, 12], [0, 0]], [[4, 4], [3, 3]], [3, 3], [-1, 0]).tolist() == [5.0, 0.0]
    assert waste_of([[0, 12], [0, 0]], [[4, 4], [3, 3]], [3, 3], [-1, -1]).tolist() == [8.0, 0.0]


def made(policy: str, days_left: int):
    """The evening's orders with 60 units of milk in Wuhan that can be sold for so many days; 11.7 a day are sold."""
    lines = [one for one in stock() if one.item_id != "milk"]
    old = StockLine("WUH", "milk", 60.0, expiry=AS_OF + timedelta(days=days_left))
    dataset = data_set(stock=(*lines, old))
    settings = ReplenishSettings(policy=policy, review_days=4)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    return dataset, settings, terms, state_from_dataset(dataset, terms, recent_daily_sales=daily), forecast(daily)


def milk_ordered(policy: str, days_left: int) -> float:
    _, settings, terms, state, demand = made(policy, days_left)
    orders = decide(state, demand, AS_OF, terms=terms, settings=settings).orders
    return float(orders.quantity[orders.row == terms.row_of("milk", "WUH")].sum())


def test_optimized_replaces_what_will_expire() -> None:
    fresh, old = milk_ordered("optimized", 14), milk_ordered("optimized", 2)
    assert old - fresh == pytest.approx(60 - 2 * 11.7, abs=12.0)  # in whole packs of 6
    for policy in ("today", "textbook"):  # these rules do not look at batches
        assert milk_ordered(policy, 14) == milk_ordered(policy, 2)


def plan(days_left: int = 2):
    dataset, settings, terms, state, demand = made("optimized", days_left)
    return dataset, *plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)


def test_the_line_says_so_and_the_projection_throws_it_away() -> None:
    dataset, orders, transfers, projection = plan()
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert judge_stock(dataset, projection, orders=orders, transfers=transfers) == ()
    line = orders.lines[orders.lines["item_id"].eq("milk") & orders.lines["site_id"].eq("WUH")].iloc[0]
    assert line["expected_waste"] == pytest.approx(60 - 2 * 11.7)
    days = projection.days[projection.days["item_id"].eq("milk") & projection.days["site_id"].eq("WUH")]
    assert days["wasted"].iloc[3] > 0  # two days of sales, then what is left goes
    assert days["wasted"].iloc[[0, 1, 2]].tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("change", [40.0, -70.0])
def test_waste_that_the_batches_cannot_give_is_caught(change: float) -> None:
    dataset, orders, _, _ = plan()
    lines = orders.lines.copy()
    milk = lines["item_id"].eq("milk") & lines["site_id"].eq("WUH") & lines["status"].eq("proposed")
    lines.loc[milk, "expected_waste"] += change
    lines.loc[milk, "position"] -= change
    found = judge_orders(dataset, OrderPlan(lines, orders.heads, orders.waiting), as_of=AS_OF)
    assert "expected_waste" in {one.field for one in found}


def test_a_projection_that_keeps_expired_stock_is_caught() -> None:
    dataset, orders, transfers, projection = plan()
    kept = replace(projection, days=projection.days.assign(wasted=0.0))
    assert {one.field for one in judge_stock(dataset, kept, orders=orders, transfers=transfers)} == {"closing"}


@pytest.mark.parametrize("policy", ["today", "textbook", "optimized"])
def test_stock_without_an_expiry_of_what_keeps_for_a_day_had_it_today(policy: str) -> None:
    """It lies there tonight and all of it is waste; a batch that expired today does not count as stock at all."""
    lines = [one for one in stock() if one.item_id != "milk"]
    old = StockLine("WUH", "milk", 9.0, expiry=AS_OF)
    undated = [StockLine("WUH", "milk", 60.0), StockLine("FW1", "milk", 5.0), old]
    short_lived = {**data_set().items, "milk": replace(data_set().items["milk"], shelf_life_days=1)}
    dataset = data_set(items=short_lived, stock=(*lines, *undated))
    settings = ReplenishSettings(policy=policy, review_days=4)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    state, demand = state_from_dataset(dataset, terms, recent_daily_sales=daily), forecast(daily)
    orders, transfers, projection = plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF) == ()
    assert judge_stock(dataset, projection, orders=orders, transfers=transfers) == ()
    lines_of_milk = transfers.lines[transfers.lines["item_id"].eq("milk") & transfers.lines["status"].eq("proposed")]
    if policy == "optimized":
        assert set(lines_of_milk["expected_waste"]) == {5.0}
    facts = Facts(dataset)
    assert facts.perishing("milk", "WUH", AS_OF + timedelta(days=1)) == 60.0
    assert facts.stock("milk", "WUH").on_hand == 60.0
