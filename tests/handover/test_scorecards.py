"""Scorecards from receipts: counted by hand, and used in terms, state and plan."""

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from supplychain.domain.suppliers import OpenOrder
from supplychain.handover.exceptions_dates import suspect_dates
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.handover.scorecards import measure_suppliers
from supplychain.handover.supplier_cost import supplier_cost
from supplychain.handover.supplier_orders import read_orders, supplier_class
from supplychain.handover.supplier_plan import supplier_plan
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.suppliers import judge_suppliers
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.supplier_plan import SupplierPlan, whole_lead_days
from supplychain.scenario.settings import ReplenishSettings
from tests.handover.supplier_world import late_world, receipt
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, suppliers

MAY = date(2025, 5, 1)


def card(dataset, supplier="S1", item=""):
    frame = measure_suppliers(dataset).frame
    return frame.loc[frame["supplier_id"].eq(supplier) & frame["item_id"].eq(item)].iloc[0]


def test_parts_of_a_line_count_by_quantity_and_lines_of_an_order_alike():
    some = [
        receipt("P1", "00123", MAY, 4, quantity_ordered=40.0, quantity_received=30.0, quantity_rejected=3.0),
        receipt("P1", "00123", MAY, 12, quantity_ordered=40.0, quantity_received=10.0),
        receipt("P1", "NA", MAY, 8, quantity_ordered=10.0, quantity_received=5.0),
        receipt("P2", "NA", MAY, 6),
    ]
    seen = read_orders(data_set(receipts=tuple(some), open_orders=()))
    assert list(seen.orders["ratio"] * 6.5) == pytest.approx([(6 + 8) / 2, 6])
    one = card(data_set(receipts=tuple(some), open_orders=()))
    assert (one["orders"], one["lines"]) == (2, 3)
    assert one["measured_lead_time_days"] == pytest.approx(6.5)
    assert one["days_late"] == pytest.approx((-1 + 1 - 1) / 3)
    assert one["on_time_share"] == pytest.approx(1 / 3)
    assert one["fill_share"] == pytest.approx((40 + 5 + 24) / (40 + 10 + 24))
    assert one["reject_share"] == pytest.approx(3 / 69)


def test_lead_time_runs_on_days_on_which_the_supplier_works():
    """S2 is closed for seven days of June; an order before that took 20 days, 13 of them at work."""
    later = date(2025, 6, 20)
    order = receipt("P1", "coat", date(2025, 5, 31), 20, promised=21, supplier_id="S2")
    seen = read_orders(data_set(as_of=later, receipts=(order,), open_orders=()))
    assert seen.orders["ratio"].iloc[0] * 21 == pytest.approx(13)


def test_what_comes_on_the_day_of_the_order_took_half_a_day():
    seen = read_orders(data_set(receipts=(receipt("P1", "NA", MAY, 0),), open_orders=()))
    assert seen.orders["ratio"].iloc[0] * 6.5 == pytest.approx(0.5)


def test_a_line_of_which_a_part_is_open_is_not_complete_and_an_overdue_one_is_late():
    waits = OpenOrder("P1", "S1", "NA", "WUH", 14.0, MAY, MAY + timedelta(days=7))
    came = receipt("P1", "NA", MAY, 5, quantity_ordered=24.0, quantity_received=10.0)
    one = card(data_set(receipts=(came, receipt("P2", "NA", MAY, 7)), open_orders=(waits,)))
    assert one["fill_share"] == pytest.approx(1.0)
    assert (one["open_orders"], one["overdue_lines"]) == (1, 1)
    assert one["overdue_value"] == pytest.approx(14 * 80.0)
    dear = replace(waits, quantity=44.0)
    many = card(data_set(receipts=(came, receipt("P2", "NA", MAY, 7)), open_orders=(dear,)))
    assert many["overdue_value"] == pytest.approx(44 * 76.0)  # at the price from 40 units on
    overdue = (AS_OF - MAY).days - 7
    assert one["days_late"] == pytest.approx((-2 + 0 + overdue) / 3)
    assert one["on_time_share"] == pytest.approx(2 / 3)


def test_what_is_approved_tonight_says_nothing_of_its_supplier():
    plain = late_world()
    tonight = OpenOrder("S1_20250530_WUH", "S1", "NA", "WUH", 10.0, AS_OF, AS_OF + timedelta(7), status="approved")
    more = late_world(open_orders=(*plain.open_orders, tonight))
    assert measure_suppliers(more).ratios == measure_suppliers(plain).ratios
    pd.testing.assert_frame_equal(read_orders(more).orders, read_orders(plain).orders)
    earlier = late_world(open_orders=(*plain.open_orders, replace(tonight, ordered=AS_OF - timedelta(9))))
    assert measure_suppliers(earlier).ratios != measure_suppliers(plain).ratios


def test_receipts_of_nothing_are_no_receipts():
    assert card(data_set(receipts=(receipt("P1", "NA", MAY, 5, quantity_received=0.0),), open_orders=()))["lines"] == 0


def test_what_a_lead_time_stands_on_is_said():
    few = tuple(receipt(f"P{n}", "NA", MAY, 9) for n in range(2))
    assert card(late_world())["basis"] == "receipts n=120"
    assert card(data_set(receipts=few, open_orders=()))["basis"] == "class n=2, own receipts n=2"
    assert card(data_set(receipts=few, open_orders=()), "S3")["basis"] == "master data"
    twin_of_s1 = {one.supplier_id: one for one in suppliers()}
    twin_of_s1["S4"] = type(suppliers()[0])("S4", "Other daily", 7.0, "CNY", lead_time_sd_days=2.0)
    other = card(late_world(suppliers=twin_of_s1), "S4")
    assert other["basis"] == "class n=120"
    assert other["lead_time_days"] > 8


def test_a_supplier_of_which_every_line_is_still_open_in_part_counts_whole():
    waits = OpenOrder("P1", "S1", "NA", "WUH", 14.0, MAY, MAY + timedelta(days=7))
    came = receipt("P1", "NA", MAY, 5, quantity_received=10.0)
    found = measure_suppliers(data_set(receipts=(came,), open_orders=(waits,)))
    assert found.received == {}
    assert np.isnan(found.frame.set_index(["supplier_id", "item_id"]).loc[("S1", ""), "fill_share"])


def test_a_class_is_country_way_and_band():
    assert [supplier_class(data_set(), one) for one in suppliers()] == [
        "CNY, 3 to 10 days", "USD, 10 to 30 days", "CNY, up to 3 days"
    ]  # fmt: skip


def test_a_trend_has_to_beat_chance():
    def taking(recent):
        days = [(n, recent if n < 15 else 6 + n % 3) for n in range(30)]
        made = [receipt(f"P{n}", "NA", AS_OF - timedelta(days=took + 1 + n * 6), took) for n, took in days]
        return card(data_set(receipts=tuple(made), open_orders=()))["trend"]

    assert taking(12) == "later"
    assert taking(2) == "sooner"
    assert taking(7) == "same"
    assert card(data_set(receipts=(receipt("P", "NA", MAY, 3),), open_orders=()))["trend"] == ""


def test_items_differ_only_where_their_receipts_do():
    alike = measure_suppliers(late_world()).frame
    items = alike.loc[alike["item_id"].ne("")]
    assert list(items["item_id"]) == ["00123", "NA"]
    assert items["lead_time_ratio"].to_numpy() == pytest.approx(card(late_world())["lead_time_ratio"], rel=0.01)
    slow = [receipt(f"A{n}", "NA", MAY - timedelta(days=n), 13) for n in range(20)]
    quick = [receipt(f"B{n}", "00123", MAY - timedelta(days=n), 4) for n in range(20)]
    mixed = data_set(receipts=(*slow, *quick), open_orders=())
    assert card(mixed, item="NA")["lead_time_days"] > card(mixed)["lead_time_days"] + 2
    assert card(mixed, item="00123")["lead_time_days"] < card(mixed)["lead_time_days"] - 2


def test_agreed_lead_times_are_rounded_up_and_measured_ones_to_the_nearest_day():
    assert [whole_lead_days(days, measured=False) for days in (0.0, 1.0, 6.2, 6.5)] == [1, 1, 7, 7]
    assert [whole_lead_days(days, measured=True) for days in (0.0, 1.13, 6.2, 6.5)] == [1, 1, 6, 7]


def terms_of(dataset, lead_times):
    return compile_terms(dataset, ReplenishSettings(lead_times=lead_times))


def test_terms_plan_with_measured_lead_times_and_remember_the_agreed_ones():
    given, measured = (terms_of(late_world(), how) for how in ("given", "measured"))
    row = given.row_of("NA", "WUH")
    assert (given.lead_mean[row], given.lead_days[row], given.agreed_lead_mean[row]) == (6.5, 7, 6.5)
    assert measured.lead_mean[row] == pytest.approx(6.5 * 1.5, rel=0.05)
    assert measured.lead_days[row] == 10
    assert (measured.agreed_lead_mean[row], measured.agreed_lead_sd[row]) == (6.5, 1.5)
    untouched = given.row_of("milk", "WUH")
    assert (measured.lead_mean[untouched], measured.lead_sd[untouched]) == (2.0, 0.0)


def test_without_receipts_measured_plans_as_given():
    bare = data_set(open_orders=())
    given, measured = (terms_of(bare, how) for how in ("given", "measured"))
    for name in ("lead_mean", "lead_sd", "lead_days"):
        np.testing.assert_array_equal(getattr(given, name), getattr(measured, name))


def test_open_orders_count_by_the_share_that_usually_comes():
    short = tuple(receipt(f"P{n}", "NA", MAY, 7, quantity_received=12.0) for n in range(200))
    dataset = late_world(receipts=short)
    terms, scores = terms_of(dataset, "measured"), measure_suppliers(dataset)
    row = terms.row_of("NA", "WUH")
    nothing = np.zeros(terms.rows)
    whole = state_from_dataset(dataset, terms, recent_daily_sales=nothing)
    part = state_from_dataset(dataset, terms, recent_daily_sales=nothing, received_share=scores.received)
    assert scores.received["S1"] == pytest.approx(0.5, abs=0.01)
    assert part.on_order[row] == pytest.approx(10.0 * scores.received["S1"] + whole.on_order[row] - 10.0)
    assert scores.received_share("S3") == 1.0


@cache
def planned(lead_times="measured", policy="optimized"):
    dataset = late_world()
    settings = ReplenishSettings(policy=policy, lead_times=lead_times, review_days=7)
    scores = measure_suppliers(dataset)
    terms = compile_terms(dataset, settings, scorecards=scores)
    daily = daily_means(terms)
    share = scores.received if lead_times == "measured" else None
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily, received_share=share)
    plans = plan_orders(dataset, terms, state, forecast(daily), settings=settings, as_of=AS_OF)
    cost = supplier_cost(state, forecast(daily), AS_OF, terms=terms, settings=settings, scorecards=scores)
    return dataset, plans, supplier_plan(dataset, terms, scores, cost, settings=settings)


@pytest.mark.parametrize("policy", ["today", "textbook", "optimized"])
@pytest.mark.parametrize("lead_times", ["given", "measured"])
def test_the_judges_follow_the_scorecards(policy, lead_times):
    dataset, (orders, transfers, stock), cards = planned(lead_times, policy)
    frame = cards.scorecards
    assert len(orders.lines)
    assert judge_suppliers(dataset, cards) == ()
    assert judge_orders(dataset, orders, as_of=AS_OF, scorecards=frame) == ()
    assert judge_transfers(dataset, transfers, as_of=AS_OF, scorecards=frame) == ()
    assert judge_stock(dataset, stock, orders=orders, transfers=transfers, scorecards=frame) == ()


def test_a_judge_without_the_scorecards_sees_that_dates_are_not_the_agreed_ones():
    dataset, (orders, *_), cards = planned()
    late = {one.field for one in judge_orders(dataset, orders, as_of=AS_OF)}
    assert "receipt_date" in late
    given = cards.scorecards.assign(planned_with="given")
    assert "receipt_date" in {one.field for one in judge_orders(dataset, orders, as_of=AS_OF, scorecards=given)}


def test_lateness_costs_more_where_the_plan_does_not_know_it():
    own = {how: planned(how)[2].scorecards.set_index(["supplier_id", "item_id"]).loc["S1", ""] for how in
           ("given", "measured")}  # fmt: skip
    assert own["given"]["lost_margin_per_year"] > own["measured"]["lost_margin_per_year"] >= 0
    assert own["given"]["stock_for_spread"] > 0
    assert own["given"]["planned_with"] == "given"
    assert "agree on 10 days instead of 6.5" in own["measured"]["decide"]
    assert "chase 1 overdue line worth 800 CNY" in own["measured"]["decide"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lines", 7),
        ("overdue_lines", 0),
        ("days_late", 0.0),
        ("fill_share", 0.5),
        ("on_time_share", 1.0),
        ("reject_share", 0.3),
        ("received_share", 1.3),
        ("credibility", 1.5),
        ("agreed_lead_time_days", 9.0),
        ("lead_time_days", 3.0),
        ("lead_time_sd_days", 9.0),
        ("stock_for_spread", -1.0),
        ("basis", "master data"),
    ],
)
def test_the_judge_of_scorecards_names_what_is_wrong(field, value):
    dataset, _, cards = planned()
    frame = cards.scorecards.copy()
    row = frame.index[frame["supplier_id"].eq("S1") & frame["item_id"].eq("")][0]
    frame.loc[row, field] = value
    found = judge_suppliers(dataset, SupplierPlan(frame))
    assert field in {one.field for one in found} or (field == "basis" and found[0].field == "planned_with")
    assert {one.record for one in found} == {"S1"}


def test_the_judge_of_scorecards_misses_no_supplier_and_no_column():
    dataset, _, cards = planned()
    frame = cards.scorecards
    gone = judge_suppliers(dataset, SupplierPlan(frame.loc[frame["supplier_id"].ne("S2")]))
    assert [(one.record, one.field) for one in gone] == [("S2", "supplier_id")]
    assert judge_suppliers(dataset, SupplierPlan(frame.drop(columns="trend")))[0].record == "columns"


def with_a_mistyped_year():
    """The first receipt ordered ten years too early."""
    sound = late_world(open_orders=())
    first, *others = sound.receipts
    wrong = replace(first, ordered=first.ordered.replace(year=first.ordered.year - 10))
    return replace(sound, receipts=(wrong, *others))


@pytest.mark.parametrize("mistyped", [False, True])
def test_a_measured_lead_time_is_worked_out_again_where_no_order_is_open(mistyped):
    dataset = with_a_mistyped_year() if mistyped else late_world(open_orders=())
    frame = measure_suppliers(dataset).frame
    full = frame.assign(planned_with="measured", stock_for_spread=0.0, holding_cost_per_year=0.0,
                        lost_margin_per_year=0.0, cost_per_year=0.0, decide="")  # fmt: skip
    full.loc[full["basis"].eq("master data"), "planned_with"] = "given"
    assert judge_suppliers(dataset, SupplierPlan(full)) == ()
    full.loc[full["supplier_id"].eq("S1") & full["item_id"].eq(""), "measured_lead_time_days"] += 0.5
    assert [one.field for one in judge_suppliers(dataset, SupplierPlan(full))] == ["measured_lead_time_days"]


def test_a_mistyped_year_is_left_out_of_the_lead_time_and_named():
    sound, dataset = late_world(open_orders=()), with_a_mistyped_year()
    first, wrong = sound.receipts[0], dataset.receipts[0]
    right, mistyped = card(sound), card(dataset)
    assert mistyped["lead_time_days"] == pytest.approx(right["lead_time_days"], rel=0.02)
    assert mistyped["lead_time_sd_days"] == pytest.approx(right["lead_time_sd_days"], rel=0.05)
    assert mistyped["basis"] == f"{right['basis']}, 1 doubtful left out"
    assert mistyped["lines"] == right["lines"]  # what came is counted
    (told,) = suspect_dates(dataset)
    assert (told.order_id, told.item_id, told.supplier_id) == (first.order_id, first.item_id, "S1")
    assert str(wrong.ordered) in told.what
    assert str(wrong.received) in told.what
    assert list(suspect_dates(sound)) == []


def test_an_open_order_of_another_decade_moves_no_lead_time_and_is_named():
    waits = OpenOrder("Q1", "S1", "NA", "WUH", 10.0, AS_OF - timedelta(days=4000), AS_OF - timedelta(days=3990))
    dataset = late_world(open_orders=(waits,))
    right, mistyped = card(late_world(open_orders=())), card(dataset)
    assert mistyped["lead_time_days"] == pytest.approx(right["lead_time_days"])
    assert mistyped["lead_time_sd_days"] == pytest.approx(right["lead_time_sd_days"])
    (told,) = suspect_dates(dataset)
    assert told.order_id == "Q1"
    assert told.money > 0
    assert str(waits.due) in told.what
    alone = card(data_set(open_orders=(waits,)))
    assert alone["basis"] == "master data"
    assert alone["lead_time_days"] == alone["agreed_lead_time_days"]
