"""Tonight's plan keeps the budget of the month, suppliers' weeks and the room at sites, or says what gave way."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, ItemSite, OpenOrder, Pin, Receipt
from supplychain.handover.commitments import commitments_of
from supplychain.handover.exceptions_limits import cut_by_limits, relaxed_limits
from supplychain.handover.look import look
from supplychain.handover.moving import no_moving
from supplychain.handover.replenishment import State, compile_terms, decide, plan_orders, state_from_dataset
from supplychain.handover.stock_ahead import stock_ahead
from supplychain.plans.explain import explain_line, line_reason, recompute_quantity
from supplychain.plans.judge.order_limits import judge_limits
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.order_plan import OrderPlan
from supplychain.scenario.settings import ReplenishSettings
from supplychain.twin.batch import tile_terms
from tests.property.random_world import random_world
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, item_sites

OPTIMIZED = ReplenishSettings(policy="optimized")
KEYS = ["line_id", "quantity", "value_base"]
seeds = st.integers(0, 2**32 - 1)


def planned(dataset: DataSet, *, policy: str = "optimized", as_of: date = AS_OF, **more: object) -> OrderPlan:
    chosen = ReplenishSettings(**({"policy": policy, "review_days": 1, "outlook_days": 2} | more))
    terms = compile_terms(dataset, chosen)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily, as_of=as_of)
    made = forecast(daily, origin=as_of)
    return plan_orders(dataset, terms, state, made, settings=chosen, as_of=as_of)[0]


def tonight(plan: OrderPlan) -> pd.DataFrame:
    return plan.lines.loc[plan.lines["status"].eq("proposed")].reset_index(drop=True)


def with_capacity(dataset: DataSet, supplier_id: str, units: float) -> DataSet:
    supplier = replace(dataset.suppliers[supplier_id], weekly_capacity_units=units)
    return replace(dataset, suppliers={**dataset.suppliers, supplier_id: supplier})


def with_room(dataset: DataSet, site_id: str, litres: float) -> DataSet:
    return replace(dataset, sites={**dataset.sites, site_id: replace(dataset.sites[site_id], capacity_l=litres)})


def judged(dataset: DataSet, plan: OrderPlan, *, budget: float | None = None, policy: str = "optimized") -> tuple:
    """Without transfers and stock, the room at sites is looked at for sense only."""
    found = judge_limits(dataset, plan, as_of=AS_OF, budget=budget, keeps=policy == "optimized")
    return (*found, *judge_orders(dataset, plan, as_of=AS_OF))


def test_limits_that_hold_change_nothing() -> None:
    plain = planned(data_set())
    wide = with_room(with_capacity(data_set(), "S1", 1e6), "WUH", 1e6)
    made = planned(wide, budget_per_month=1e9)
    pd.testing.assert_frame_equal(made.lines, plain.lines)
    pd.testing.assert_frame_equal(made.heads, plain.heads)
    assert plain.limits.empty
    assert set(made.limits["limit"]) == {"budget_per_month", "weekly_capacity_units", "capacity_l"}
    assert judged(wide, made, budget=1e9) == ()


@settings(max_examples=8, deadline=None)
@given(seed=seeds, share=st.floats(0.05, 1.1))
def test_the_budget_holds_and_every_line_is_explained(seed: int, share: float) -> None:
    world = random_world(seed)
    wanted = tonight(planned(world))
    budget = max(share * float(wanted["value_base"].sum()), 1.0) + 720.0  # ordered this month before tonight
    made = planned(world, budget_per_month=budget)
    assert judged(world, made, budget=budget) == ()
    (row,) = made.limits.to_dict("records")
    must = any(control.min_units for control in world.item_sites.values())
    assert row["over"] == 0.0 or must
    assert row["before"] + float(tonight(made)["value_base"].sum()) <= budget * (1 + 1e-9) + row["over"]
    quantity = dict(zip(wanted["line_id"], wanted["quantity"], strict=True))
    for line in (*made.lines.to_dict("records"), *made.waiting.to_dict("records")):
        if line["status"] != "waiting":
            assert recompute_quantity(line) == pytest.approx(line["quantity"], rel=1e-9), line["line_id"]
        if line["status"] in ("proposed", "left_out"):
            before = line["quantity"] + line["left_out_packs"] * line["pack_units"]
            assert before == pytest.approx(quantity[line["line_id"]])
    known = {*tonight(made)["line_id"], *made.waiting.loc[made.waiting["status"].eq("left_out"), "line_id"]}
    assert known == set(quantity)


@settings(max_examples=8, deadline=None)
@given(seed=seeds, units=st.sampled_from([20.0, 80.0, 200.0]), litres=st.sampled_from([60.0, 250.0, 900.0]))
def test_weeks_and_rooms_hold(seed: int, units: float, litres: float) -> None:
    world = with_room(with_capacity(random_world(seed), "S1", units), "WUH", litres)
    made = planned(world)
    assert judged(world, made) == ()
    for row in made.limits.to_dict("records"):
        there = row["tonight"] < 1e-6  # past the limit before anything is ordered tonight
        assert row["over"] == 0.0 or there or (made.lines["least_target"] > 0).any(), row


def units_by_week(dataset: DataSet, plan: OrderPlan, supplier_id: str) -> pd.Series:
    """Units of a supplier by Monday of the receipt: come this week, open orders, tonight's and planned lines."""
    monday = AS_OF - timedelta(days=AS_OF.weekday())
    parts = [(one.received, one.quantity_received) for one in dataset.receipts if monday <= one.received <= AS_OF]
    parts += [(max(one.due, AS_OF + timedelta(days=1)), one.quantity) for one in dataset.open_orders]
    lines = plan.lines.loc[plan.lines["supplier_id"].eq(supplier_id)]
    parts += zip(lines["receipt_date"].dt.date, lines["quantity"], strict=True)
    weeks = pd.Series([day - timedelta(days=day.weekday()) for day, _ in parts], dtype=object)
    return pd.Series([units for _, units in parts], dtype=float).groupby(weeks).sum()


@settings(max_examples=6, deadline=None)
@given(seed=seeds, units=st.sampled_from([60.0, 150.0]))
def test_every_week_of_the_outlook_keeps_the_suppliers_week(seed: int, units: float) -> None:
    """What came earlier in a week counts for the evenings that order more for it."""
    quick = random_world(seed)
    supplier = replace(quick.suppliers["S1"], lead_time_mean_days=1.0, weekly_capacity_units=units)
    near = tuple(
        replace(one, lead_time_mean_days=1.0) if one.supplier_id == "S1" and one.lead_time_mean_days else one
        for one in quick.supply
    )
    free = {key: replace(one, min_units=0.0) for key, one in quick.item_sites.items()}
    world = replace(
        quick, suppliers={**quick.suppliers, "S1": supplier}, supply=near, open_orders=(), receipts=(), item_sites=free
    )
    made = planned(world, outlook_days=14)
    assert (units_by_week(world, made, "S1") <= units * (1 + 1e-9)).all()
    assert judged(world, made) == ()


def test_what_has_come_this_week_counts_tonight() -> None:
    monday = AS_OF - timedelta(days=AS_OF.weekday())
    came = Receipt("P0", "S1", "NA", "WUH", monday - timedelta(days=5), monday, monday, 30.0, 30.0)
    before = replace(came, order_id="P1", received=monday - timedelta(days=1))
    world = replace(data_set(), receipts=(came, before), open_orders=())
    terms = compile_terms(world, ReplenishSettings())
    placed, s1 = commitments_of(world, terms, as_of=AS_OF), terms.suppliers.index("S1")
    assert placed.came[0, s1] == 30.0
    assert placed.in_week(0, s1, monday=np.datetime64(monday)) == 30.0
    assert placed.in_week(0, s1, monday=np.datetime64(monday) + 7) == 0.0
    sunday = np.datetime64(monday) + 6
    assert placed.on(sunday).came[0, s1] == 30.0
    assert placed.on(sunday + 1).came[0, s1] == 0.0
    rows = np.flatnonzero(terms.supplier_index == s1)[:1]
    days = np.array([1])
    ordered = placed.on(sunday).with_orders(terms, rows, quantity=np.array([8.0]), price=np.ones(1), days=days)
    assert ordered.on(sunday + 1).came[0, s1] == ordered.on(sunday + 3).came[0, s1] == 8.0
    assert ordered.on(sunday + 3).in_week(0, s1, monday=sunday + 1) == 8.0


def test_the_price_and_the_margin_lost_are_told() -> None:
    made = planned(data_set(), budget_per_month=5_000.0)
    lines = tonight(made)
    cut = lines.loc[lines["left_out_packs"].gt(0)]
    assert len(cut)
    line = cut.iloc[0].to_dict()
    assert line["binding"] == line["left_out_for"] == "budget_per_month"
    assert line["limit_price"] == made.limits["price"].iloc[0] > 0
    text = explain_line({**line, "base_currency": "CNY"})
    assert "left out for the month's budget" in text
    assert f"{line['left_out_margin']:,.2f} CNY of expected lost margin" in text
    assert line_reason(line) == "cut to the month's budget"
    gone = made.waiting.loc[made.waiting["status"].eq("left_out")].iloc[0].to_dict()
    assert gone["quantity"] == gone["value"] == 0.0
    assert explain_line(gone).startswith("Left out: ")


def test_what_a_limit_cuts_is_one_exception_with_the_lines_that_lose_most() -> None:
    made = planned(data_set(), budget_per_month=29_000.0)
    (told,) = cut_by_limits(data_set(), made.to_tables(), settings=OPTIMIZED)
    lines = pd.concat([tonight(made), made.waiting])
    cut = lines.loc[lines["left_out_for"].eq("budget_per_month")]
    first = cut.sort_values("left_out_margin", ascending=False).iloc[0]
    assert (told.kind, told.limit, told.supplier_id) == ("cut_by_limit", "budget_per_month", "")
    assert told.money == pytest.approx(cut["left_out_margin"].sum())
    assert told.amount == pytest.approx(made.limits["left_out"].iloc[0])
    assert told.what.startswith(
        f"{len(cut)} lines of tonight are cut by {told.amount:,.0f} CNY to fit the month's budget"
    )
    assert f"most is lost by {first['item_id']} at {first['site_id']} (" in told.why
    assert not list(cut_by_limits(data_set(), planned(data_set()).to_tables(), settings=OPTIMIZED))
    two = with_room(with_capacity(data_set(), "S1", 40.0), "WUH", 120.0)
    kinds = [
        (one.limit, one.supplier_id, one.site_id)
        for one in cut_by_limits(two, planned(two).to_tables(), settings=OPTIMIZED)
    ]
    assert ("weekly_capacity_units", "S1", "") in kinds
    assert len(set(kinds)) == len(kinds)


def test_pinned_lines_never_change_and_the_limit_gives_way_by_name_and_price() -> None:
    pin = Pin("NA", "WUH", AS_OF, 100.0, "Li", "a fair", supplier_id="S1")
    world = replace(data_set(), pins=(pin,))
    made = planned(world, budget_per_month=2_000.0)
    lines = tonight(made).set_index("line_id")
    assert lines.loc["S1_20250530_WUH_NA", "quantity"] == 100.0
    assert judged(world, made, budget=2_000.0) == ()
    (row,) = made.limits.to_dict("records")
    assert row["over"] == pytest.approx(720.0 + float(lines["value_base"].sum()) - 2_000.0)
    (told,) = relaxed_limits(world, made.to_tables(), settings=OPTIMIZED)
    assert (told.kind, told.limit) == ("relaxed_limit", "budget_per_month")
    assert told.amount == row["over"]
    lost = pd.concat([lines, made.waiting])["left_out_margin"].sum()
    assert 0.0 < told.cost == told.money == pytest.approx(lost)
    assert row["price"] == told.unit_cost == 0.0  # what one more would let in is taken by what is ordered already
    assert not list(cut_by_limits(world, made.to_tables(), settings=OPTIMIZED))  # one cause is told once


def test_a_planners_minimum_stock_is_ordered_whatever_the_budget_says() -> None:
    controls = {**item_sites(), ("coat", "CDU"): ItemSite("coat", "CDU", min_units=20.0)}
    world = data_set(item_sites=controls)
    made = planned(world, budget_per_month=721.0)
    lines = tonight(made).set_index("line_id")
    assert lines.loc["S2_20250530_CDU_coat", "quantity"] >= 20.0
    assert lines["value"].groupby(lines["order_id"]).sum().loc["S2_20250530_CDU"] >= 3000.0  # the order's own minimum
    assert judged(world, made, budget=721.0) == ()


def test_orders_of_the_month_count_before_tonight() -> None:
    """Open orders at their own price and what has come in parts; orders of other months do not count."""
    first = AS_OF.replace(day=2)
    world = replace(
        data_set(),
        open_orders=(
            OpenOrder("P1", "S1", "NA", "WUH", 10.0, first, AS_OF + timedelta(days=2), unit_price=50.0),
            OpenOrder("P2", "S2", "coat", "WUH", 6.0, first, AS_OF - timedelta(days=2)),
            OpenOrder("P3", "S1", "NA", "WUH", 10.0, first - timedelta(days=9), AS_OF + timedelta(days=200)),
        ),
        receipts=(
            Receipt("P1", "S1", "NA", "WUH", first, AS_OF, AS_OF, 50.0, 40.0),
            Receipt("P0", "S1", "NA", "WUH", first - timedelta(days=9), AS_OF, AS_OF, 40.0, 40.0),
        ),
    )
    terms = compile_terms(world, ReplenishSettings())
    placed = commitments_of(world, terms, as_of=AS_OF)
    assert placed.spent.tolist() == pytest.approx([10 * 50.0 + 6 * 30.0 * 7.2 + 40 * 76.0])
    s1, s2 = (terms.suppliers.index(name) for name in ("S1", "S2"))
    assert placed.came[0, [s1, s2]].tolist() == [80.0, 0.0]
    assert np.flatnonzero(placed.due[0, s1]).tolist() == [1, 199]
    assert np.flatnonzero(placed.due[0, s2]).tolist() == [0]  # overdue: tomorrow
    later = placed.on(np.datetime64("2025-06-01"))
    assert later.spent.tolist() == [0.0]
    assert np.flatnonzero(later.due[0, s1]).tolist() == [197]


def test_later_orders_of_the_month_keep_their_share() -> None:
    """On the second of the month a budget for four days of sales is not spent on the first evening."""
    early = AS_OF.replace(day=2)
    world = replace(data_set(), as_of=early, open_orders=(), transfers=())
    whole = planned(world, as_of=early)
    need = float(tonight(whole)["value_base"].sum())
    made = planned(world, as_of=early, budget_per_month=need)
    (row,) = made.limits.to_dict("records")
    assert row["later"] > 0.1 * need
    assert row["tonight"] + row["later"] <= need * (1 + 1e-9)


@pytest.mark.parametrize("policy", ["today", "textbook"])
def test_other_policies_know_no_limits_but_tell(policy: str) -> None:
    plain, made = planned(data_set(), policy=policy), planned(data_set(), policy=policy, budget_per_month=1_000.0)
    pd.testing.assert_frame_equal(plain.lines, made.lines)
    assert judged(data_set(), made, budget=1_000.0, policy=policy) == ()
    (told,) = relaxed_limits(data_set(), made.to_tables(), settings=ReplenishSettings(policy=policy))
    assert told.cost == 0.0  # nothing is left out
    assert told.amount == made.limits["over"].iloc[0] > 0
    assert "knows no limit" in told.why


BREAKS = {
    ("limits", "amount"): lambda cells: cells + 1000.0,
    ("limits", "before"): lambda cells: cells + 10.0,
    ("limits", "tonight"): lambda cells: cells - 10.0,
    ("limits", "left"): lambda cells: cells + 10.0,
    ("limits", "over"): lambda cells: cells + 100.0,
    ("limits", "price"): lambda cells: cells - 1.0,
    ("lines", "limit_price"): lambda cells: cells * 2,
    ("lines", "left_out_margin"): lambda cells: cells + 1e6,
    ("lines", "left_out_packs"): lambda cells: -cells,
    ("lines", "binding"): lambda cells: cells.replace("budget_per_month", "need"),
    ("lines", "left_out_for"): lambda cells: cells.replace("budget_per_month", ""),
}


@pytest.mark.parametrize(("table", "column"), BREAKS)
def test_the_judge_finds_what_is_wrong(table: str, column: str) -> None:
    made = planned(data_set(), budget_per_month=5_000.0)
    frame = getattr(made, table)
    wrong = replace(made, **{table: frame.assign(**{column: BREAKS[table, column](frame[column])})})
    found = judge_limits(data_set(), wrong, as_of=AS_OF, budget=5_000.0, keeps=True)
    assert ("left_out_packs" if column == "left_out_for" else column) in {one.field for one in found}


def test_the_judge_misses_no_limit_and_nothing_that_passes_one() -> None:
    made = planned(data_set(), budget_per_month=29_000.0)
    none = replace(made, limits=made.limits.iloc[:0])
    assert judge_limits(data_set(), none, as_of=AS_OF, budget=29_000.0, keeps=True)
    loose = planned(data_set(), policy="textbook", budget_per_month=29_000.0)
    assert judge_limits(data_set(), loose, as_of=AS_OF, budget=29_000.0, keeps=False) == ()
    found = judge_limits(data_set(), loose, as_of=AS_OF, budget=29_000.0, keeps=True)
    assert {one.field for one in found} == {"quantity", "value_base"}  # tonight, and later evenings


def test_lives_side_by_side_have_limits_of_their_own() -> None:
    """Two copies of the network, as the twin plans them, order what one by itself would, each within its own limits."""
    world = with_room(with_capacity(data_set(), "S1", 80.0), "WUH", 250.0)
    chosen = ReplenishSettings(policy="optimized", review_days=1, budget_per_month=29_000.0)
    terms = compile_terms(world, chosen)
    daily = daily_means(terms)
    state = state_from_dataset(world, terms, recent_daily_sales=daily)
    one = decide(state, forecast(daily), AS_OF, terms=terms, settings=chosen).orders
    twice = {
        field.name: np.concatenate([getattr(state, field.name)] * 2)
        for field in fields(state)
        if field.name != "commitments"
    }
    both = State(**twice, commitments=state.commitments.tile(2))
    tiled = tile_terms(terms, 2)
    made = decide(both, forecast(np.tile(daily, 2)), AS_OF, terms=tiled, settings=chosen).orders
    for life in range(2):
        mine = (made.row // terms.rows) == life
        found = dict(zip(made.row[mine] % terms.rows, made.quantity[mine], strict=True))
        value = float(
            (made.quantity * made.unit_price * terms.supplier_rate[tiled.supplier_index[made.row]])[mine].sum()
        )
        assert 0.9 * 28_280.0 < value <= 28_280.0  # 720 were spent before
        assert len(set(found) & set(one.row)) >= 0.8 * one.row.size


def test_stock_ahead_is_never_more_than_what_is_there_and_comes() -> None:
    """Also where customers send goods back, and where a new site has nothing yet."""
    plain = data_set()
    often = {key: replace(one, return_rate=0.5) for key, one in plain.items.items()}
    constants = {**plain.constants, "resale_share_of_returns": 1.0, "return_days": 5.0}
    for stock in (plain.stock, ()):
        world = replace(plain, items=often, constants=constants, stock=stock, open_orders=())
        chosen = ReplenishSettings(policy="optimized", review_days=1)
        terms = compile_terms(world, chosen)
        daily = daily_means(terms)
        state = state_from_dataset(world, terms, recent_daily_sales=daily)
        seen = look(state, forecast(daily), AS_OF, terms=terms, settings=chosen)
        ahead = stock_ahead(seen, 30, no_moving(terms.rows))
        coming = state.on_hand[:, None] + np.cumsum(state.arrivals[:, :30], axis=1)
        assert (ahead <= coming + 1e-9).all()
        assert (ahead[:, 1:] <= ahead[:, :-1] + np.diff(coming, axis=1) + 2.0 * daily.max()).all()
