"""A run after an approval on the same evening: what is approved counts as the plan counted it, and nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, OpenOrder, Pin, Receipt
from supplychain.handover.exceptions_approved import approved_below_minimum
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.plans.judge.approved_orders import approved_told
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.order_exceptions import exception_frame
from supplychain.plans.order_plan import OrderPlan, next_order_number, placed_tonight
from supplychain.scenario.settings import ReplenishSettings
from tests.property.random_world import random_world
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

ORDER = "S1_20250530_WUH"
seeds = st.integers(0, 2**32 - 1)


def planned(dataset: DataSet, *, more_demand: float = 1.0, share: Mapping[str, float] | None = None) -> OrderPlan:
    """Tonight's plan; ``share`` of open orders that suppliers usually deliver. Its judge accepts it."""
    chosen = ReplenishSettings(policy="optimized", review_days=1, outlook_days=2)
    terms = compile_terms(dataset, chosen)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily, received_share=share)
    made = forecast(daily * more_demand)
    plan = plan_orders(dataset, terms, state, made, settings=chosen, as_of=AS_OF)[0]
    if share is None:
        assert judge_orders(dataset, plan, as_of=AS_OF) == ()
    return plan


def tonight(plan: OrderPlan) -> pd.DataFrame:
    return plan.lines.loc[plan.lines["status"].eq("proposed")].reset_index(drop=True)


def approved(dataset: DataSet, lines: pd.DataFrame, **changes: object) -> DataSet:
    """The data set with the lines as the order book gives them to the next run."""
    orders = [
        OpenOrder(
            line["order_id"],
            line["supplier_id"],
            line["item_id"],
            line["site_id"],
            line["quantity"],
            AS_OF,
            line["receipt_date"].date(),
            line["unit_price"],
            "approved",
        )
        for line in lines.to_dict("records")
    ]
    return replace(dataset, open_orders=(*dataset.open_orders, *(replace(one, **changes) for one in orders)))


def head(plan: OrderPlan, order_id: str) -> dict:
    return plan.heads.loc[plan.heads["order_id"].eq(order_id)].iloc[0].to_dict()


@pytest.mark.parametrize("status", ["approved", "open"])
def test_nothing_more_is_ordered_though_the_supplier_usually_delivers_less(status: str) -> None:
    world, share = data_set(), {"S1": 0.9, "S2": 0.9}
    lines = tonight(planned(world, share=share))
    assert len(lines) > 1
    assert tonight(planned(approved(world, lines, status=status), share=share)).empty
    # An order of yesterday is an open order like any other, which the measured share lowers.
    late = approved(world, lines, ordered=AS_OF - timedelta(days=1))
    assert not tonight(planned(late, share=share)).empty


@settings(max_examples=8, deadline=None)
@given(seed=seeds, part=st.floats(0.1, 1.0))
def test_what_is_approved_in_random_worlds_is_never_ordered_again(seed: int, part: float) -> None:
    world = random_world(seed)
    lines = tonight(planned(world))
    chosen = lines.loc[np.random.default_rng(seed).random(len(lines)) < part]
    again = tonight(planned(approved(world, chosen)))
    assert not set(chosen["line_id"]) & set(again["line_id"])
    if len(chosen) == len(lines):
        assert again.empty


def test_more_of_an_approved_item_is_an_order_with_a_number_of_its_own() -> None:
    world = data_set()
    lines = tonight(planned(world))
    own = lines.loc[lines["order_id"].eq(ORDER)]
    again = tonight(planned(approved(world, own), more_demand=2.0))
    second = again.loc[again["supplier_id"].eq("S1") & again["site_id"].eq("WUH")]
    assert set(second["order_id"]) == {f"{ORDER}_2"}
    assert second["line_id"].tolist() == [f"{ORDER}_2_{item}" for item in second["item_id"]]
    third = tonight(planned(approved(approved(world, own), second), more_demand=4.0))
    assert f"{ORDER}_3" in set(third["order_id"])
    taken = {("A", "tea"), ("A_2", "tea")}
    assert [next_order_number("A", items, taken) for items in (["tea"], ["soap"], [])] == ["A_3", "A", "A"]


def test_approved_lines_count_for_the_minimum_of_the_same_supplier_site_and_day() -> None:
    plain = data_set()
    value = float(head(planned(plain), ORDER)["value"])
    minimum = value * 0.9
    world = replace(
        plain, suppliers={**plain.suppliers, "S1": replace(plain.suppliers["S1"], minimum_order_value=minimum)}
    )
    lines = tonight(planned(world))
    own = lines.loc[lines["order_id"].eq(ORDER)].sort_values("value", ascending=False, kind="stable")
    kept = approved(world, own.head(1))
    order = head(planned(kept), ORDER)
    rest = own.iloc[1:]
    assert order["status"] == "proposed"
    assert order["placed_value"] == pytest.approx(own["value"].iloc[0])
    assert (order["value"], order["missing_to_minimum"]) == (pytest.approx(rest["value"].sum()), 0.0)
    assert order["value"] < minimum  # by itself it would wait or be filled up


def test_what_is_approved_and_never_reaches_the_minimum_is_an_exception() -> None:
    world = data_set()
    lines = tonight(planned(world))
    one = lines.loc[lines["order_id"].eq(ORDER)].head(1)
    supplier = replace(world.suppliers["S1"], minimum_order_value=1e7)
    kept = replace(approved(world, one), suppliers={**world.suppliers, "S1": supplier})
    plan = planned(kept)
    waits = head(plan, ORDER)
    assert waits["status"] == "waiting"
    assert waits["missing_to_minimum"] == pytest.approx(1e7 - one["value"].sum() - waits["value"])
    (told,) = approved_below_minimum(kept, plan.heads, frozenset())
    assert (told.kind, told.order_id, told.supplier_id) == ("below_minimum", ORDER, "S1")
    assert told.amount == pytest.approx(1e7 - one["value"].sum())
    assert list(approved_below_minimum(approved(world, one), planned(approved(world, one)).heads, frozenset())) == []


def test_an_order_below_its_minimum_is_told_on_later_days_until_it_is_open_or_has_come() -> None:
    plain = data_set()
    lines = tonight(planned(plain))
    own = lines.loc[lines["order_id"].eq(ORDER)]
    assert len(own) > 1
    part, value = own.head(1), float(own["value"].sum())
    supplier = replace(plain.suppliers["S1"], minimum_order_value=value * 0.99)
    world = replace(plain, suppliers={**plain.suppliers, "S1": supplier})
    kept = approved(world, part)
    plan = planned(kept)
    assert list(approved_below_minimum(kept, plan.heads, frozenset())) == []  # the rest is proposed tonight
    later = replace(kept, as_of=AS_OF + timedelta(days=1))
    (told,) = approved_below_minimum(later, plan.heads, frozenset())
    assert (told.kind, told.order_id, told.date) == ("below_minimum", ORDER, AS_OF)
    assert told.amount == pytest.approx(supplier.minimum_order_value - part["value"].sum())
    nothing = plan.heads.iloc[:0]
    empty = exception_frame([])
    assert [v.rule for v in approved_told(empty, Facts(later), OrderPlan(plan.lines, nothing), "plan")]
    frame = exception_frame([told])
    assert list(approved_told(frame, Facts(later), OrderPlan(plan.lines, nothing), "plan")) == []
    assert list(approved_told(empty, Facts(kept), plan, "plan")) == []
    mine = [one for one in later.open_orders if one.order_id == ORDER]
    sent = replace(later, open_orders=tuple(replace(one, status="open") for one in mine))
    assert list(approved_below_minimum(sent, nothing, frozenset())) == []
    come = Receipt(ORDER, "S1", "NA", "WUH", AS_OF, AS_OF, AS_OF, 1.0, 1.0)
    assert list(approved_below_minimum(replace(later, receipts=(come,)), nothing, frozenset())) == []
    (again,) = approved_below_minimum(later, nothing, frozenset({ORDER}))  # a pin of that day does not hide it
    assert again.amount == told.amount


def test_the_rest_of_an_approved_order_pays_no_order_again_and_fills_its_truck() -> None:
    plain = data_set()
    supplier = replace(plain.suppliers["S1"], cost_per_order=300.0, cost_per_truck=200.0, truck_capacity_l=100.0)
    world = replace(plain, suppliers={**plain.suppliers, "S1": supplier})
    plan = planned(world)
    own = tonight(plan).loc[lambda frame: frame["order_id"].eq(ORDER)]
    whole = head(plan, ORDER)
    part, rest = own.head(1), own.iloc[1:]
    before = head(planned(replace(world, open_orders=())), ORDER)
    assert before["transport_cost"] == 300.0 + 200.0 * (before["trucks"] - 1)
    order = head(planned(approved(world, part)), ORDER)
    load = part["quantity"].sum() * world.items[part["item_id"].iloc[0]].volume_l / 100.0
    assert order["trucks"] == whole["trucks"] - int(np.ceil(load))
    assert order["transport_cost"] == 200.0 * order["trucks"]
    assert order["last_truck_fill"] == pytest.approx(whole["last_truck_fill"])
    assert set(tonight(planned(approved(world, part)))["item_id"]) >= set(rest["item_id"])


def test_a_pin_that_is_approved_is_done() -> None:
    pin = Pin("00123", "WUH", AS_OF, 120.0, "Li", "a fair", last=AS_OF + timedelta(days=3))
    world = replace(data_set(), pins=(pin,))
    lines = tonight(planned(world))
    own = lines.loc[lines["item_id"].eq("00123") & lines["site_id"].eq("WUH")]
    assert own["pinned_quantity"].tolist() == [120.0]
    again = tonight(planned(approved(world, own)))
    assert not (again["item_id"].eq("00123") & again["site_id"].eq("WUH")).any()
    more = planned(approved(replace(world, pins=(replace(pin, quantity=180.0),)), own))
    line = more.lines.loc[more.lines["item_id"].eq("00123") & more.lines["site_id"].eq("WUH")]
    assert line["quantity"].tolist()[:1] == [60.0]


def test_the_judge_sees_an_order_under_a_number_that_is_taken_and_a_placed_value_that_is_not() -> None:
    world = data_set()
    own = tonight(planned(world)).loc[lambda frame: frame["order_id"].eq(ORDER)]
    kept = approved(world, own)
    plan = planned(kept, more_demand=2.0)
    again = plan.lines["order_id"].replace(f"{ORDER}_2", ORDER)
    found = judge_orders(kept, replace(plan, lines=plan.lines.assign(order_id=again)), as_of=AS_OF)
    assert "the item is ordered under this number already" in {one.rule for one in found}
    heads = plan.heads.assign(placed_value=0.0)
    found = judge_orders(kept, replace(plan, heads=heads), as_of=AS_OF)
    assert any(one.field == "placed_value" for one in found)
    assert len(Facts(kept).placed) == len(own)
    assert not placed_tonight(world.open_orders[0], AS_OF)
