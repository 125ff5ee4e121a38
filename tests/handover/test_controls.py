"""A planner's controls end to end: pins, items that replace others, minimum and maximum stock, stops."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, ItemSite, Pin, StockLine
from supplychain.handover.look import look
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.explain import explain_line, recompute_quantity
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.order_plan import OrderPlan
from supplychain.scenario.settings import ReplenishSettings
from supplychain.twin.batch import tile_terms
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, item, item_sites, items

POLICIES = ("today", "textbook", "optimized")


def pin(item_id: str, quantity: float, *, day: int = 0, days: int = 0, site: str = "WUH", **more: object) -> Pin:
    first = AS_OF + timedelta(days=day)
    return Pin(item_id, site, first, quantity, "Li", "a fair", last=first + timedelta(days=days), **more)


def plan(dataset: DataSet, policy: str = "optimized", **options: object) -> OrderPlan:
    """A plan that its judges accept."""
    rule = ReplenishSettings(**({"policy": policy, "review_days": 7, "outlook_days": 10} | options))
    terms = compile_terms(dataset, rule)
    means = daily_means_of(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    orders, transfers, stock = plan_orders(dataset, terms, state, forecast(means), settings=rule, as_of=AS_OF)
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF) == ()
    assert judge_stock(dataset, stock, orders=orders, transfers=transfers) == ()
    return orders


def daily_means_of(terms) -> np.ndarray:
    """Those of the small world; items that it does not know sell two a day."""
    known = {one.item_id for one in items()}
    if set(terms.items) <= known:
        return daily_means(terms)
    return np.array([2.0 if item_id not in known else 1.0 for item_id in terms.item_ids])


def lines_of(orders: OrderPlan, item_id: str, site: str = "WUH") -> list[dict]:
    frame = orders.lines
    return frame.loc[frame["item_id"].eq(item_id) & frame["site_id"].eq(site)].to_dict("records")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_pinned_line_is_ordered_exactly_as_pinned_and_says_so(policy: str) -> None:
    orders = plan(data_set(pins=(pin("NA", 35.0),)), policy)
    (line,) = [one for one in lines_of(orders, "NA") if one["status"] == "proposed"]
    assert line["quantity"] == line["pinned_quantity"] == recompute_quantity(line) == 35.0
    assert (line["binding"], line["pinned_by"], line["pinned_why"]) == ("pinned", "Li", "a fair")
    assert "pinned to 35 units by Li: a fair" in explain_line(line)


def test_a_pin_of_a_later_day_waits_for_the_order_day_and_nothing_else_is_ordered_meanwhile() -> None:
    held = data_set(pins=(pin("NA", 20.0, day=2, days=5),), stock=())
    lines = lines_of(plan(held), "NA")
    inside = [line for line in lines if pd.Timestamp(AS_OF + timedelta(days=2)) <= line["order_date"]]
    inside = [line for line in inside if line["order_date"] <= pd.Timestamp(AS_OF + timedelta(days=7))]
    assert [(line["order_date"], line["quantity"]) for line in inside] == [
        (pd.Timestamp(AS_OF + timedelta(days=2)), 20.0)
    ]


def test_a_pin_of_nothing_orders_nothing() -> None:
    free = lines_of(plan(data_set(), review_days=1), "NA")
    assert any(line["status"] == "proposed" for line in free)
    assert not any(
        line["order_date"] <= pd.Timestamp(AS_OF + timedelta(days=3))
        for line in lines_of(plan(data_set(pins=(pin("NA", 0.0, days=3),)), review_days=1), "NA")
    )


def test_a_pin_counts_for_the_suppliers_minimum_and_goes_out_below_it() -> None:
    small = plan(data_set(pins=(pin("milk", 20.0),), stock=(StockLine("WUH", "milk", 500.0),)))
    (line,) = [one for one in lines_of(small, "milk") if one["status"] == "proposed"]
    assert line["quantity"] == 20.0  # 160 CNY against a minimum of 200
    (head,) = small.heads.loc[small.heads["order_id"].eq(line["order_id"])].to_dict("records")
    assert (head["status"], head["missing_to_minimum"]) == ("proposed", 40.0)


def test_a_pin_chooses_its_supplier() -> None:
    assert {line["supplier_id"] for line in lines_of(plan(data_set(), review_days=1), "00123")} == {"S1"}
    (line,) = [
        one
        for one in lines_of(plan(data_set(pins=(pin("00123", 36.0, supplier_id="S2"),))), "00123")
        if one["status"] == "proposed"
    ]
    assert (line["supplier_id"], line["quantity"]) == ("S2", 36.0)


def test_the_judge_sees_a_pin_that_is_changed_dropped_or_made_up() -> None:
    dataset = data_set(pins=(pin("NA", 35.0),))
    orders = plan(dataset)
    at = orders.lines.index[orders.lines["pinned_quantity"].eq(35.0)][0]
    changed = orders.lines.copy()
    changed.loc[at, ["quantity", "pinned_quantity", "packs"]] = [40.0, 40.0, 8]
    fields = {v.field for v in judge_orders(dataset, replace(orders, lines=changed), as_of=AS_OF)}
    assert {"item_id", "pinned_quantity"} <= fields
    dropped = replace(orders, lines=orders.lines.drop(index=at))
    assert any("pinned it" in v.rule for v in judge_orders(dataset, dropped, as_of=AS_OF))
    assert any("no pin" in v.rule for v in judge_orders(data_set(), orders, as_of=AS_OF))


@settings(max_examples=20, deadline=None)
@given(packs=st.integers(1, 60), policy=st.sampled_from(POLICIES), on_hand=st.integers(0, 900))
def test_pins_hold_whatever_stock_and_policy(packs: int, policy: str, on_hand: int) -> None:
    made = data_set(pins=(pin("soap", 6.0 * packs),), stock=(StockLine("WUH", "soap", float(on_hand)),))
    assert [line["quantity"] for line in lines_of(plan(made, policy), "soap") if line["status"] == "proposed"] == [
        6.0 * packs
    ]


def replaced(*, introduced: int | None = -30, ended: int | None = None, old_stock: float = 200.0) -> DataSet:
    """An item and the one that replaces it, at Wuhan."""
    old = item("v1", 50.0, 30.0, ended=None if ended is None else AS_OF + timedelta(days=ended))
    new = item(
        "v2", 55.0, 30.0, replaces="v1", introduced=None if introduced is None else AS_OF + timedelta(days=introduced)
    )
    base = data_set()
    terms = [s for s in base.supply if s.item_id == "NA"]
    return replace(
        base,
        items={"v1": old, "v2": new},
        supply=tuple(replace(terms[0], item_id=one) for one in ("v1", "v2")),
        price_breaks=(),
        item_sites={},
        stock=(StockLine("WUH", "v1", old_stock),) if old_stock else (),
        open_orders=(),
        transfers=(),
    )


def situation_of(dataset: DataSet, **options: object):
    rule = ReplenishSettings(**({"policy": "optimized", "review_days": 7} | options))
    terms = compile_terms(dataset, rule)
    means = daily_means_of(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    return look(state, forecast(means), AS_OF, terms=terms, settings=rule)


def test_the_old_item_is_not_ordered_once_the_new_one_is_on_sale() -> None:
    assert lines_of(plan(replaced(old_stock=0.0), review_days=1), "v1") == []
    later = lines_of(plan(replaced(introduced=30, old_stock=0.0), review_days=1), "v1")
    assert later
    assert all(line["receipt_date"] < pd.Timestamp(AS_OF + timedelta(days=30)) for line in later)
    elsewhere = replaced(old_stock=0.0)
    unlisted = replace(elsewhere, item_sites={("v2", "WUH"): ItemSite("v2", "WUH", listed=False)})
    assert lines_of(plan(unlisted, review_days=1), "v1")  # the new one is not held here


def test_what_is_left_of_the_old_item_lowers_the_need_for_the_new_one() -> None:
    without = situation_of(replaced(), substitute_share=0.0)
    full, half = situation_of(replaced()), situation_of(replaced(), substitute_share=0.5)
    old, new = full.terms.row_of("v1", "WUH"), full.terms.row_of("v2", "WUH")
    left = 200.0 - full.own_demand[old]
    assert full.substitute[new] == pytest.approx(left)
    assert full.present_position[new] - without.present_position[new] == pytest.approx(left)
    assert half.substitute[new] == pytest.approx(left / 2)
    assert full.substitute[old] == 0.0
    assert situation_of(replaced(ended=0)).substitute[new] == 0.0  # no longer on sale
    assert lines_of(plan(replaced(), review_days=1), "v2") == [] or sum(
        line["quantity"] for line in lines_of(plan(replaced(), review_days=1), "v2")
    ) < sum(line["quantity"] for line in lines_of(plan(replaced(), review_days=1, substitute_share=0.0), "v2"))


def test_the_explanation_tells_of_what_is_left_of_the_old_item() -> None:
    held = replace(replaced(old_stock=25.0), stock=(StockLine("WUH", "v1", 25.0),))
    line = next(one for one in lines_of(plan(held, review_days=1), "v2") if one["status"] == "proposed")
    assert line["substitute_stock"] > 0
    assert "left of the item that it replaces" in explain_line(line)


def test_copies_of_a_life_keep_their_own_replaced_items() -> None:
    terms = compile_terms(replaced(), ReplenishSettings())
    tiled = tile_terms(terms, 2)
    has = np.flatnonzero(tiled.replaced_row >= 0)
    assert (tiled.replaced_row[has] // terms.rows == has // terms.rows).all()
    assert tiled.pin_day.shape[0] == 2 * terms.rows


@pytest.mark.parametrize("policy", POLICIES)
def test_minimum_and_maximum_stock_and_stops_hold(policy: str) -> None:
    controls = {**item_sites(), ("NA", "WUH"): ItemSite("NA", "WUH", min_units=70.0, max_units=75.0)}
    orders = plan(data_set(item_sites=controls), policy, review_days=1)
    (line,) = [one for one in lines_of(orders, "NA") if one["status"] == "proposed"]
    assert math.isclose(line["position"] + line["quantity"], 73.0)  # 18 there, whole packs of 5 that reach 70
    assert not lines_of(orders, "stop")
    assert not lines_of(orders, "stop", "CDU")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_line_for_what_is_owed_beyond_half_a_year_of_sales_is_held(policy: str) -> None:
    def line(owed: float) -> dict:
        orders = plan(data_set(stock=(StockLine("WUH", "NA", 0.0, backorder=owed),)), policy, review_days=1)
        return next(one for one in lines_of(orders, "NA") if one["status"] == "proposed")

    assert line(20.0)["held"] == ""
    mistyped = line(1e6)
    assert mistyped["quantity"] > 180 * mistyped["daily_demand"]
    assert mistyped["days_of_cover_after"] < 180
    assert "days of sales at" in mistyped["held"]
    assert "the limit is 180 days" in mistyped["held"]
