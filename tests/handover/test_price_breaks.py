"""Price breaks in the small world: taken where they pay, and left for the reason that is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, ItemSite, Pin, PriceBreak
from supplychain.handover.look import look
from supplychain.handover.order_problem import plan_rows
from supplychain.handover.price_breaks import take_breaks
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.explain import explain_line, recompute_quantity
from supplychain.plans.judge.order_limits import judge_limits
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.price_verdicts import BREAK_VERDICTS
from supplychain.scenario.settings import ReplenishSettings
from tests.explanations import chain_faults
from tests.handover.test_keep_limits import planned, tonight, with_capacity, with_room
from tests.property.random_world import random_world
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, item_sites, suppliers

CHEAP = PriceBreak("S1", "NA", 20.0, 60.0)  # 15 units are wanted at 80: 5 more save 300
seeds = st.integers(0, 2**32 - 1)


def world(*breaks: PriceBreak, **changes: object) -> DataSet:
    return data_set(**({"price_breaks": breaks or (CHEAP,)} | changes))


def sound(dataset: DataSet, plan: OrderPlan, **limits: object) -> None:
    assert judge_orders(dataset, plan, as_of=AS_OF) == ()
    assert judge_limits(dataset, plan, as_of=AS_OF, **({"budget": None, "keeps": True} | limits)) == ()
    for line in plan.lines.to_dict("records"):
        assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9), line["line_id"]


def line_of(dataset: DataSet, item_id: str = "NA", site_id: str = "WUH", **options: object) -> dict:
    plan = planned(dataset, **options)
    sound(dataset, plan, keeps=options.get("policy", "optimized") == "optimized")
    lines = tonight(plan)
    (line,) = lines.loc[lines["item_id"].eq(item_id) & lines["site_id"].eq(site_id)].to_dict("records")
    return line


def test_a_break_that_pays_is_taken_and_told() -> None:
    plain, line = line_of(world(PriceBreak("S1", "NA", 20.0, 79.99))), line_of(world())
    assert (plain["quantity"], plain["unit_price"], plain["break_verdict"]) == (15.0, 80.0, "costs_more")
    assert (line["quantity"], line["unit_price"], line["binding"]) == (20.0, 60.0, "price_break")
    assert (line["break_packs"], line["break_units"], line["tier_from"]) == (1, 5.0, 20.0)
    assert line["break_saves"] == pytest.approx(15.0 * 20.0)
    assert 0 < line["break_costs"] == pytest.approx(plain["break_costs"])
    said = explain_line({**line, "base_currency": "CNY"})
    assert chain_faults(said) == []
    assert "1 pack more for the price break: 20." in said
    assert "Price: 60.00 CNY from 20 units on; 5 more reach it: saves 300.00 CNY on the other 15, holding them" in said
    left = explain_line({**plain, "base_currency": "CNY"})
    assert "Price: 80.00 CNY, without a break. 5 more would reach 79.99 CNY from 20 units on: saves 0.15 CNY" in left
    assert "not taken, because they cost more than they save." in left


def test_of_several_breaks_the_one_that_gains_most() -> None:
    far = PriceBreak("S1", "NA", 40.0, 10.0)
    line = line_of(world(CHEAP, far), policy="optimized", review_days=7)
    assert (line["quantity"], line["unit_price"]) == (40.0, 10.0)
    line = line_of(world(CHEAP, replace(far, unit_price=59.0)), review_days=7)
    assert (line["quantity"], line["unit_price"]) == (20.0, 60.0)


@pytest.mark.parametrize(("hold", "more", "taken"), [(180.0, 45, True), (10.0, 45, False), (1.0, 5, True)])
def test_days_of_cover_bind_far_packs_alone(hold: float, more: int, taken: bool) -> None:
    """Held lines go past the limit anyway: what sells within a week is no reason to leave a lower price."""
    line = line_of(world(PriceBreak("S1", "NA", 15.0 + more, 1.0)), review_days=7, hold_above_days=hold)
    assert line["quantity"] - line["break_packs"] * 5.0 == 15.0
    assert line["break_verdict"] == ("taken" if taken else "hold_above_days")
    assert line["quantity"] == (15.0 + more if taken else 15.0)


def supplier(**more: object) -> dict[str, object]:
    return {"suppliers": {s.supplier_id: replace(s, **more) if s.supplier_id == "S1" else s for s in suppliers()}}


def most(units: float) -> dict[str, object]:
    return {"item_sites": {**item_sites(), ("NA", "WUH"): ItemSite("NA", "WUH", max_units=units)}}


def units_of_s1() -> float:
    lines = tonight(planned(world(PriceBreak("S1", "NA", 20.0, 79.99))))
    return float(lines.loc[lines["supplier_id"].eq("S1"), "quantity"].sum())


def value_at_wuh() -> float:
    lines = tonight(planned(world(PriceBreak("S1", "NA", 20.0, 79.99))))
    return float(lines.loc[lines["order_id"].eq("S1_20250530_WUH"), "value"].sum())


def test_each_reason_to_leave_a_break() -> None:
    pins = (Pin("NA", "WUH", AS_OF, 15.0, "Li", "a fair"),)
    cases: dict[str, tuple[DataSet, dict[str, object]]] = {
        "maximum_stock": (world(**most(34.0)), {}),
        # 24 units of an open order come in the same week
        "weekly_capacity_units": (with_capacity(world(), "S1", units_of_s1() + 24.0 + 4.0), {}),
        "pinned": (world(pins=pins), {}),
        "policy": (world(), {"policy": "textbook"}),
        "supplier_minimum": (
            world(PriceBreak("S1", "NA", 20.0, 10.0), **supplier(minimum_order_value=value_at_wuh())), {},
        ),
    }  # fmt: skip
    for verdict, (dataset, options) in cases.items():
        line = line_of(dataset, **options)
        assert line["break_verdict"] == verdict
        assert line["break_packs"] == 0
        assert f"not taken, because {BREAK_VERDICTS[verdict]}." in explain_line(line)


def test_a_further_truck_costs_what_it_costs() -> None:
    """The order of S1 at WUH fills its truck to the last litre, so 5 units more need another one."""
    rule = ReplenishSettings(policy="optimized", review_days=1)
    for cost, verdict in ((50.0, "taken"), (500.0, "trucks")):
        dataset = world(**supplier(cost_per_truck=cost, truck_capacity_l=2.0 * (24 + 15 + 12 + 24)))
        terms = compile_terms(dataset, rule)
        daily = daily_means(terms)
        state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
        situation = look(state, forecast(daily), AS_OF, terms=terms, settings=rule)
        rows = np.array([i for i in range(terms.rows) if (terms.site_ids[i], terms.supplier_index[i]) == ("WUH", 0)])
        rows = rows[situation.allowed[rows]]
        planned_rows = plan_rows(situation, rows, rule, group=np.zeros(rows.size, np.int64), group_minimum=np.zeros(1))
        made = take_breaks(planned_rows, rule)
        at = [terms.item_ids[i] for i in rows].index("NA")
        assert (planned_rows.solution.packs * planned_rows.problem.pack).sum() == 75.0
        assert made.price_steps is not None
        assert made.price_steps.verdict[at] == verdict
        assert made.solution.packs[at] == planned_rows.solution.packs[at] + (verdict == "taken")


def test_an_item_that_ends_takes_no_more_than_sells() -> None:
    line = line_of(world(PriceBreak("S1", "old", 20.0, 0.01)), "old")
    assert line["break_verdict"] == "sales_before_expiry"


def test_room_at_the_site_leaves_a_break() -> None:
    """As much room as the plan without the break fills, and a litre for less than one unit more."""
    plain, lower = (world(PriceBreak("S3", "milk", 60.0, price)) for price in (7.999, 4.0))
    for litres in np.arange(300.0, 330.0, 1.0).tolist():
        kept = planned(with_room(plain, "WUH", litres))
        if (kept.lines["left_out_packs"] == 0).all() and (kept.limits["left_out"] == 0).all():
            plain_units = line_of(with_room(plain, "WUH", litres), "milk")["quantity"]
            line = line_of(with_room(lower, "WUH", litres), "milk")
            assert (line["quantity"], line["break_verdict"]) == (plain_units, "capacity_l")
            assert line_of(with_room(lower, "WUH", litres + 40.0), "milk")["break_verdict"] == "taken"
            return
    pytest.fail("no room at which nothing is left out")


def test_the_month_s_budget_leaves_a_dearer_line_and_takes_a_cheaper_one() -> None:
    """A break that makes the line dearer needs budget; one that makes it cheaper frees some."""
    dear, cheap = PriceBreak("S1", "NA", 20.0, 79.0), PriceBreak("S1", "NA", 20.0, 30.0)
    for one in (dear, cheap):
        dataset = world(one, stock=())
        wanted = float(tonight(planned(dataset, policy="textbook"))["value_base"].sum())
        plan = planned(dataset, budget_per_month=0.5 * wanted)
        sound(dataset, plan, budget=0.5 * wanted)


@settings(max_examples=15, deadline=None)
@given(seed=seeds, share=st.floats(0.3, 0.95), first=st.floats(1.0, 3.0), budget=st.booleans())
def test_every_plan_with_breaks_is_sound(seed: int, share: float, first: float, budget: bool) -> None:
    """Breaks on every supply of a random world: judges accept all lines, explanations follow."""
    made = random_world(seed)
    known = {(one.supplier_id, one.item_id): one for one in made.supply}
    breaks = tuple(
        PriceBreak(
            key[0], key[1], first * max(one.minimum_order_quantity, one.pack_units, 10.0), share * one.unit_price
        )
        for key, one in sorted(known.items())
        if one.unit_price > 0
    )
    dataset = replace(made, price_breaks=breaks)
    amount = None
    options: dict[str, object] = {}
    if budget:
        amount = 0.7 * float(tonight(planned(dataset))["value_base"].sum()) + 720.0
        options["budget_per_month"] = max(amount, 1.0)
    plan = planned(dataset, **options)
    found = judge_orders(dataset, plan, as_of=AS_OF)
    assert found == ()
    assert judge_limits(dataset, plan, as_of=AS_OF, budget=options.get("budget_per_month"), keeps=True) == ()
    for line in plan.lines.to_dict("records"):
        assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9)


@settings(max_examples=12, deadline=None)
@given(first=st.floats(0.2, 1.0), factor=st.floats(0.05, 1.0), review=st.sampled_from([1, 7]))
def test_a_lower_break_price_never_raises_the_cost_of_the_plan(first: float, factor: float, review: int) -> None:
    """Paid for the units wanted anyway, and what the packs more cost, of tonight's lines with a break."""

    def cost(share: float) -> float:
        breaks = (PriceBreak("S1", "NA", 20.0, 79.0 * share), PriceBreak("S1", "00123", 60.0, 29.0 * share))
        plan = planned(world(*breaks), review_days=review)
        sound(world(*breaks), plan)
        lines = tonight(plan)
        lines = lines.loc[lines["item_id"].isin(["NA", "00123"])]
        without = lines["quantity"] - lines["break_packs"] * lines["pack_units"]
        more = lines["break_costs"].where(lines["break_packs"] > 0, 0.0)
        return float((lines["unit_price"] * without + more).sum())

    assert cost(first * factor) <= cost(first) + 1e-6


def test_later_orders_take_breaks_too() -> None:
    plan = planned(world(), outlook_days=20, review_days=7)
    later = plan.lines.loc[plan.lines["status"].eq("planned") & plan.lines["break_packs"].gt(0)]
    assert len(later)
    assert (later["order_date"].dt.date > AS_OF).all()
    assert later["order_date"].dt.date.max() <= AS_OF + timedelta(days=20)


FALSE = {
    "no break told": ({"break_from": np.nan, "break_verdict": ""}, "break_packs"),
    "another break": ({"break_from": 33.0}, "break_from"),
    "fewer units than it takes": ({"break_units": 1.0}, "break_units"),
    "another price": ({"break_price": 61.0}, "break_price"),
    "more saved than the price is lower": ({"break_saves": 900.0}, "break_saves"),
    "it earns more than its margin": ({"break_costs": -1e6}, "break_costs"),
    "a loss is taken": ({"break_costs": 1e6}, "break_verdict"),
    "left for a cost that it has not": ({"break_verdict": "costs_more", "break_packs": 0}, "quantity"),
    "packs that nobody takes": ({"break_verdict": "pinned"}, "break_packs"),
    "price reached by nobody": ({"tier_from": 0.0}, "tier_from"),
}


@pytest.mark.parametrize("name", FALSE)
def test_the_judge_sees_what_is_false(name: str) -> None:
    cells, field = FALSE[name]
    dataset, plan = world(), planned(world())
    at = plan.lines.index[plan.lines["break_verdict"].eq("taken")][0]
    lines = plan.lines.copy()
    for column, value in cells.items():
        lines.loc[at, column] = value
    found = judge_orders(dataset, replace(plan, lines=lines), as_of=AS_OF)
    assert field in {one.field for one in found}


def test_the_judge_sees_a_break_that_is_not_told() -> None:
    """A line below a lower price has to say why it stays there."""
    dataset = world(PriceBreak("S1", "NA", 20.0, 79.99))
    plan = planned(dataset)
    silent = plan.lines.assign(break_verdict="", break_from=np.nan)
    found = judge_orders(dataset, replace(plan, lines=silent), as_of=AS_OF)
    assert "break_verdict" in {one.field for one in found}


def test_the_judge_sees_that_a_break_is_left_for_a_cost_that_it_has_not() -> None:
    dataset, plan = world(), planned(world(pins=(Pin("NA", "WUH", AS_OF, 15.0, "Li", "a fair"),)))
    lines = plan.lines.assign(break_verdict=plan.lines["break_verdict"].replace("pinned", "costs_more"))
    found = judge_orders(replace(dataset, pins=()), replace(plan, lines=lines), as_of=AS_OF)
    assert "saves more than it costs" in {one.rule for one in found if one.field == "break_verdict"}
