"""Orders whose supplier charges for orders and trucks: filled, cut to fewer trucks, or left for a later day."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, Pin
from supplychain.plans.explain import explain_line, recompute_quantity
from supplychain.plans.judge.order_limits import judge_limits
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.order_plan import OrderPlan
from tests.handover.test_keep_limits import planned, tonight
from tests.property.random_world import random_world
from tests.replenishment.small_world import AS_OF, data_set


def charged(dataset: DataSet, supplier_id: str = "S1", **costs: float) -> DataSet:
    supplier = replace(dataset.suppliers[supplier_id], **costs)
    return replace(dataset, suppliers={**dataset.suppliers, supplier_id: supplier})


def sound(dataset: DataSet, plan: OrderPlan) -> None:
    assert judge_orders(dataset, plan, as_of=AS_OF) == ()
    assert judge_limits(dataset, plan, as_of=AS_OF, budget=None, keeps=True) == ()
    for line in (*plan.lines.to_dict("records"), *plan.waiting.to_dict("records")):
        if line["status"] != "waiting":
            assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9), line["line_id"]


def head(plan: OrderPlan, order_id: str) -> dict:
    return plan.heads.loc[plan.heads["order_id"].eq(order_id)].iloc[0].to_dict()


def test_trucks_that_cost_nothing_change_no_line() -> None:
    plain, made = planned(data_set()), planned(charged(data_set(), cost_per_truck=0.0, truck_capacity_l=50.0))
    pd.testing.assert_frame_equal(made.lines, plain.lines)
    sound(charged(data_set(), cost_per_truck=0.0, truck_capacity_l=50.0), made)
    order = head(made, "S1_20250530_WUH")  # 24 + 15 + 12 + 24 units of 2 l each
    assert (order["trucks"], order["transport_cost"]) == (3, 0.0)
    assert order["last_truck_fill"] == pytest.approx(150.0 / 50.0 - 2)


def test_heavy_and_bulky_items_fill_by_what_fills_more() -> None:
    world = charged(data_set(), cost_per_truck=0.0, truck_capacity_l=1e6, truck_capacity_kg=10.0)
    order = head(planned(world), "S1_20250530_WUH")  # 75 units of 0.5 kg
    assert (order["trucks"], order["last_truck_fill"]) == (4, pytest.approx(0.75))


def test_a_dear_truck_is_not_started_for_a_few_units() -> None:
    world = charged(data_set(), cost_per_truck=5_000.0, truck_capacity_l=140.0)
    made = planned(world)
    sound(world, made)
    order = head(made, "S1_20250530_WUH")
    assert order["trucks"] == 1
    lines = pd.concat([tonight(made), made.waiting])
    cut = lines.loc[lines["truck_packs"].lt(0)]
    assert len(cut)
    assert cut["binding"].eq("trucks").all()
    assert "less for the trucks" in explain_line(cut.iloc[0].to_dict())


def test_an_order_that_costs_more_than_it_earns_waits() -> None:
    world = charged(data_set(), cost_per_order=50_000.0)
    made = planned(world)
    sound(world, made)
    assert not tonight(made)["supplier_id"].eq("S1").any()
    gone = made.waiting.loc[made.waiting["supplier_id"].eq("S1")]
    assert gone["status"].eq("left_out").all()
    text = explain_line(gone.iloc[0].to_dict())
    assert text.startswith("Left out: ")
    assert "an order tonight" in text


def test_a_pinned_line_goes_whatever_its_order_costs() -> None:
    pin = Pin("NA", "WUH", AS_OF, 100.0, "Li", "a fair", supplier_id="S1")
    world = charged(replace(data_set(), pins=(pin,)), cost_per_order=50_000.0)
    made = planned(world)
    sound(world, made)
    lines = tonight(made).set_index("line_id")
    assert lines.loc["S1_20250530_WUH_NA", "quantity"] == 100.0
    assert head(made, "S1_20250530_WUH")["transport_cost"] == 50_000.0


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    cost=st.sampled_from([0.0, 100.0, 2_000.0]),
    truck=st.sampled_from([50.0, 500.0]),
    litres=st.sampled_from([40.0, 300.0]),
)
def test_random_worlds_with_trucks_are_sound(seed: int, cost: float, truck: float, litres: float) -> None:
    world = charged(random_world(seed), cost_per_order=cost, cost_per_truck=truck, truck_capacity_l=litres)
    world = charged(world, "S2", cost_per_order=cost, weekly_capacity_units=60.0)
    sound(world, planned(world))


@pytest.mark.parametrize("column", ["trucks", "last_truck_fill", "transport_cost"])
def test_the_judge_counts_trucks_again(column: str) -> None:
    world = charged(data_set(), cost_per_truck=100.0, truck_capacity_l=140.0)
    made = planned(world)
    wrong = replace(made, heads=made.heads.assign(**{column: made.heads[column] + 1}))
    assert column in {one.field for one in judge_orders(world, wrong, as_of=AS_OF)}
