"""Goods that come back, as expected receipts of a plan."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.handover.returns import ReturnsAhead, known_returns
from supplychain.plans.explain import explain_line
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.returns import Sales
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.order_plan import OrderPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

RATE, RESOLD, DAYS = 0.5, 0.8, 9
UNITS = st.lists(st.integers(0, 9), min_size=1, max_size=30)


@given(sold=UNITS, ahead=st.lists(st.integers(0, 9), min_size=40, max_size=40), after=st.integers(1, 12),
       days=st.integers(0, 40))  # fmt: skip
def test_every_unit_sold_comes_back_once_on_its_day(sold: list[int], ahead: list[int], after: int, days: int) -> None:
    cumulative = np.concatenate(([0.0], np.cumsum(ahead)))[None]
    view: Any = IntervalDemand(SimpleNamespace(), 0, cumulative)  # type: ignore[arg-type]
    rate = np.array([0.4])
    state: Any = SimpleNamespace(returning=known_returns(np.array([sold], float), rate, return_days=after))
    terms: Any = SimpleNamespace(rows=1, return_rate=rate, return_days=after)
    returns = ReturnsAhead.seen_in(state, view, terms)
    sales = dict(zip(range(1 - len(sold), 1), sold, strict=True)) | dict(enumerate(ahead, start=1))  # day -> units
    right = [sum(0.4 * sales.get(day - after, 0) for day in range(1, until + 1)) for until in range(1, days + 1)]
    assert returns.units(np.array([days]))[0] == pytest.approx(right[-1] if right else 0.0)
    assert returns.by_day(days)[0] == pytest.approx(right)
    judge = Sales(house(return_days=after, rate=0.5), {("coat", "WUH"): sold}, {("coat", "WUH"): ahead})
    assert judge.back_within("coat", "WUH", days) == pytest.approx(right[-1] if right else 0.0)


def test_days_that_are_not_known_bring_nothing() -> None:
    back = known_returns(np.array([[4.0, np.nan, 2.0]]), np.array([0.5]), return_days=2)
    assert back.tolist() == [[0.0, 1.0]]
    assert known_returns(np.array([[4.0]]), np.array([0.5]), return_days=3).tolist() == [[0.0, 0.0, 2.0]]


def house(*, return_days: int = DAYS, rate: float = RATE) -> Any:
    plain = data_set()
    items = {key: replace(one, return_rate=rate if key in ("coat", "milk", "00123") else 0.0)
             for key, one in plain.items.items()}  # fmt: skip
    constants = {**plain.constants, "resale_share_of_returns": RESOLD, "return_days": float(return_days)}
    return replace(plain, items=items, constants=constants)


def plan(policy: str = "optimized", **options: Any):
    """Plans of the small world where half of three items comes back, and the sales behind them."""
    dataset = house()
    settings = ReplenishSettings(policy=policy, review_days=7, outlook_days=25, **options)
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    sold = np.random.default_rng(3).poisson(daily[:, None], (terms.rows, 30)).astype(np.float64)
    back = known_returns(sold, terms.return_rate, return_days=terms.return_days)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily, returning=back)
    demand = forecast(daily)
    made = plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)
    keys = list(zip(terms.item_ids, terms.site_ids, strict=True))
    sales = Sales(
        dataset, dict(zip(keys, sold.tolist(), strict=True)), dict(zip(keys, demand.mean.tolist(), strict=True))
    )
    return dataset, made, (sales if terms.return_days else None, expected_demand(terms, demand, settings))


def found(dataset: Any, made: Any, known: tuple[Sales | None, LostDemand]) -> set[str]:
    sales, lost = known
    orders, transfers, stock = made
    faults = [
        *judge_orders(dataset, orders, as_of=AS_OF, sales=sales, lost=lost),
        *judge_transfers(dataset, transfers, as_of=AS_OF, sales=sales, lost=lost),
        *judge_stock(dataset, stock, orders=orders, transfers=transfers, sales=sales),
    ]
    return {fault.field for fault in faults}


def test_the_plan_counts_on_returns_of_goods_that_keep_and_its_judges_agree() -> None:
    dataset, made, sales = plan()
    assert found(dataset, made, sales) == set()
    lines = made[0].lines
    by_item = lines.groupby("item_id")["expected_returns"].max()
    assert by_item["coat"] > 0
    assert by_item["milk"] == 0
    assert by_item.drop(["coat", "00123"]).max() == 0
    days = made[2].days.groupby("item_id")["returned"].sum()
    assert days["coat"] > 0
    assert days["milk"] == 0
    line = lines[lines["expected_returns"] > 0].iloc[0].to_dict()
    assert "expected back from customers by" in explain_line(line)


def test_what_is_expected_back_is_not_bought() -> None:
    _, counted, _ = plan()
    _, ignored, _ = plan(count_returns=False)
    units = [made[0].lines.groupby("item_id")["quantity"].sum() for made in (counted, ignored)]
    assert units[0]["coat"] < units[1]["coat"]
    assert units[0]["00123"] < units[1]["00123"]


@pytest.mark.parametrize(
    ("policy", "options"), [("today", {}), ("textbook", {}), ("optimized", {"count_returns": False})]
)
def test_other_rules_do_not_count_on_them(policy: str, options: dict[str, bool]) -> None:
    dataset, made, sales = plan(policy, **options)
    assert sales[0] is None
    assert found(dataset, made, sales) == set()
    assert made[0].lines["expected_returns"].eq(0).all()
    assert made[2].days["returned"].eq(0).all()


@pytest.mark.parametrize("change", [-3.0, 5.0])
def test_returns_that_the_sales_do_not_bring_are_caught(change: float) -> None:
    dataset, (orders, transfers, stock), sales = plan()
    lines = orders.lines.copy()
    coat = lines["item_id"].eq("coat") & lines["status"].eq("proposed")
    assert coat.any()
    lines.loc[coat, ["expected_returns", "position"]] += change
    changed = OrderPlan(lines, orders.heads, orders.waiting)
    assert "expected_returns" in found(dataset, (changed, transfers, stock), sales)
    days = stock.days.copy()
    later = days["item_id"].eq("coat") & days["date"].eq(days["date"].max())
    days.loc[later, ["returned", "closing", "high"]] += abs(change)
    assert "returned" in found(dataset, (orders, transfers, replace(stock, days=days)), sales)
    assert "expected_returns" in found(dataset, (orders, transfers, stock), (None, sales[1]))
