"""Action messages of open orders in a small world."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from supplychain.domain import DataSet, OpenOrder, StockLine, Supplier
from supplychain.handover.cash_weeks import payments
from supplychain.handover.exceptions_orders import past_due
from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.look import look
from supplychain.handover.order_actions import order_actions
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.handover.scorecards import measure_suppliers
from supplychain.plans.judge.order_actions import judge_order_actions
from supplychain.plans.order_plan import ORDER_LINE_COLUMNS, OrderPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, item_sites, suppliers


def order(number: str, item: str, quantity: float, due: int, **more: object) -> OpenOrder:
    fields = {"ordered": AS_OF - timedelta(days=20), "due": AS_OF + timedelta(days=due)}
    return OpenOrder(number, "S1", item, "WUH", quantity, **(fields | more))


def world(*orders: OpenOrder, on_hand: dict[str, float], **changes: object) -> DataSet:
    """Stock at Wuhan only, with these open orders."""
    stock = tuple(StockLine("WUH", item, units) for item, units in on_hand.items())
    return replace(data_set(), stock=stock, open_orders=orders, transfers=(), **changes)


def actions_of(dataset: DataSet, **options: object) -> pd.DataFrame:
    return reviewed(dataset, **options)[0]


def reviewed(dataset: DataSet, **options: object) -> tuple[pd.DataFrame, dict]:
    """Action messages that their judge accepts, and what it takes besides them."""
    settings = ReplenishSettings(policy="optimized", review_days=7, **options)
    terms = compile_terms(dataset, settings)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    made = forecast(means)
    orders, transfers, _ = plan_orders(dataset, terms, state, made, settings=settings, as_of=AS_OF)
    situation = look(state, made, AS_OF, terms=terms, settings=settings)
    frame = order_actions(
        dataset, situation, settings=settings, order_lines=orders.lines, transfer_lines=transfers.lines
    )
    ahead = situation.days_ahead
    lost = expected_demand(terms, made, settings)
    kept = {"orders": orders, "transfers": transfers, "settings": settings, "lost": lost, "days_ahead": ahead}
    assert judge_order_actions(dataset, frame, **kept) == ()
    moved = frame["action"].isin(["advance", "postpone"]) & frame["quantity"].gt(0)
    dear = frame.assign(holding_saved=frame["holding_saved"].where(~moved, 3.0 * frame["holding_saved"]))
    assert ("holding_saved" in {v.field for v in judge_order_actions(dataset, dear, **kept)}) == any(moved)
    return frame, kept


def action(frame: pd.DataFrame, number: str) -> dict:
    (line,) = frame.loc[frame["order_id"].eq(number)].to_dict("records")
    return line


def test_an_order_that_is_late_for_demand_is_advanced() -> None:
    line = action(actions_of(world(order("P1", "NA", 60, 25), on_hand={"NA": 10.0})), "P1")
    assert line["action"] == "advance"
    assert line["new_due_date"] < line["due_date"]
    assert line["needed_date"] == pd.Timestamp(AS_OF + timedelta(days=5))  # 10 units at 2.5 a day
    assert line["saves"] > 0
    assert "avoids" in line["reason"]


def test_an_order_does_not_come_before_its_supplier_can_deliver() -> None:
    just = order("P1", "NA", 60, 25, ordered=AS_OF)
    line = action(actions_of(world(just, on_hand={"NA": 0.0})), "P1")
    assert line["earliest_date"] == pd.Timestamp(AS_OF + timedelta(days=4))  # lead time 6.5 days, two deviations of 1.5
    assert line["new_due_date"] >= line["earliest_date"]


def test_an_order_long_before_it_is_needed_is_postponed() -> None:
    line = action(actions_of(world(order("P1", "NA", 60, 3), on_hand={"NA": 120.0})), "P1")
    assert line["action"] == "postpone"
    assert line["new_due_date"] > line["due_date"]
    assert line["holding_saved"] > 0


def test_an_order_of_an_item_that_ends_shrinks_to_what_sells_or_goes() -> None:
    part = action(actions_of(world(order("P1", "old", 80, 5), on_hand={"old": 8.0})), "P1")
    assert part["action"] == "decrease"  # three a day until its last day in twelve days
    assert 16 <= part["new_quantity"] <= 40
    assert part["new_quantity"] % 4 == 0
    assert part["sell_by_date"] == pd.Timestamp(AS_OF + timedelta(days=12))
    after = action(actions_of(world(order("P1", "old", 40, 20), on_hand={"old": 8.0})), "P1")
    assert (after["action"], after["new_quantity"]) == ("cancel", 0.0)


def test_an_order_that_nobody_misses_is_cancelled() -> None:
    line = action(actions_of(world(order("P1", "NA", 60, 3), on_hand={"NA": 900.0})), "P1")
    assert line["action"] == "cancel"
    assert pd.isna(line["needed_date"])


def closed_until(days: int) -> dict[str, Supplier]:
    """The suppliers, of which S1 closes in two spans that touch, from tomorrow on, and works again after ``days``."""
    known = {s.supplier_id: s for s in suppliers()}
    spans = ((AS_OF + timedelta(days=30), AS_OF + timedelta(days=days)), (AS_OF, AS_OF + timedelta(days=29)))
    return known | {"S1": replace(known["S1"], closures=spans)}


def test_an_order_put_off_beyond_the_forecast_comes_on_a_day_on_which_its_supplier_works() -> None:
    """Nothing can be ordered again within the days looked over, so it is put off and not cancelled."""
    dataset = world(order("P1", "NA", 60, 3), on_hand={"NA": 900.0}, suppliers=closed_until(400))
    line = action(actions_of(dataset), "P1")
    assert line["action"] == "postpone"
    assert line["new_due_date"] == pd.Timestamp(AS_OF + timedelta(days=401))


def test_an_order_is_not_put_off_beyond_the_forecast_to_a_day_after_its_item_is_gone() -> None:
    ended = {"NA": replace(data_set().items["NA"], ended=AS_OF + timedelta(days=300))}
    items = {**data_set().items, **ended}
    changes = {"suppliers": closed_until(400), "items": items}
    line = action(actions_of(world(order("P1", "NA", 60, 3), on_hand={"NA": 900.0}, **changes)), "P1")
    assert line["new_due_date"] == line["due_date"]


def test_an_order_too_small_for_the_time_until_another_could_come_grows_by_packs() -> None:
    closed = [replace(s, closures=((AS_OF, AS_OF + timedelta(days=40)),)) for s in suppliers() if s.supplier_id == "S1"]
    known = {s.supplier_id: s for s in [*suppliers(), *closed]}
    dataset = world(order("P1", "NA", 10, 8), on_hand={"NA": 20.0}, suppliers=known)
    line = action(actions_of(dataset), "P1")
    assert line["action"] == "increase"
    assert (line["new_quantity"] - 10) % 5 == 0
    assert line["new_quantity"] > 10


def test_an_order_that_was_taken_below_the_minimum_may_grow_and_stay_below_it() -> None:
    closed = {s.supplier_id: s for s in suppliers()}
    closed["S1"] = replace(closed["S1"], closures=((AS_OF, AS_OF + timedelta(days=12)),))
    least = tuple(replace(one, minimum_order_quantity=500.0) for one in data_set().supply)
    dataset = world(order("P1", "NA", 10, 8), on_hand={"NA": 20.0}, suppliers=closed, supply=least)
    line = action(actions_of(dataset), "P1")
    assert line["action"] == "increase"
    assert 10 < line["new_quantity"] < 500


@pytest.mark.parametrize(("scenario", "own", "frozen"), [(10, None, True), (0, 10, True), (10, 2, False)])
def test_nothing_is_changed_within_the_frozen_days(scenario: int, own: int | None, frozen: bool) -> None:
    known = {s.supplier_id: replace(s, frozen_days=own) if s.supplier_id == "S1" else s for s in suppliers()}
    dataset = world(order("P1", "NA", 60, 5), on_hand={"NA": 900.0}, suppliers=known)
    line = action(actions_of(dataset, frozen_days=scenario), "P1")
    assert line["frozen"] == frozen
    assert line["action"] == ("keep" if frozen else "cancel")


def test_an_overdue_order_is_named_and_an_approved_one_stays() -> None:
    late = order("P1", "NA", 60, -4)
    frame = actions_of(world(late, order("P2", "soap", 6, 20, status="approved"), on_hand={"NA": 5.0}))
    assert action(frame, "P1")["past_due_days"] == 4
    assert action(frame, "P1")["reason"].startswith("Overdue by 4 days")
    assert action(frame, "P1")["lost_without"] > 0
    assert (action(frame, "P2")["action"], action(frame, "P2")["kind"]) == ("keep", "approved order")


@pytest.mark.parametrize("late", [True, False])
def test_an_overdue_order_is_not_put_off_beyond_the_day_from_which_it_is_missed(late: bool) -> None:
    """Stock for eight days at two and a half a day: an order in time may be put off, and a late one until then."""
    due = -4 if late else 2
    line = action(actions_of(world(order("P1", "NA", 60, due), on_hand={"NA": 20.0})), "P1")
    assert line["needed_date"] == pd.Timestamp(AS_OF + timedelta(days=9))
    if late:
        assert line["new_due_date"] <= line["needed_date"]


@pytest.mark.parametrize("years", [1, 10, 125])
def test_an_order_due_after_the_forecast_ends_is_held_as_far_as_the_forecast_reaches(years: int) -> None:
    far = order("P1", "NA", 60, 365 * years)
    frame = actions_of(world(far, order("P2", "NA", 60, 121), on_hand={"NA": 10.0}))
    line, last = action(frame, "P1"), action(frame, "P2")  # the forecast reaches 120 days
    assert line["action"] == last["action"] == "advance"
    assert line["holding_saved"] / (line["new_due_date"] - pd.Timestamp(AS_OF + timedelta(days=121))).days == (
        pytest.approx(last["holding_saved"] / (last["new_due_date"] - last["due_date"]).days)
    )


def without_profit() -> dict:
    """Kettles that sell below what they cost."""
    return {"items": {**data_set().items, "NA": replace(data_set().items["NA"], price=60.0)}}


@pytest.mark.parametrize(
    ("changes", "options"),
    [(without_profit(), {}), ({}, {"lost_sale_share": 0.0}), (without_profit(), {"lost_sale_share": 0.0})],
)
def test_an_order_of_what_earns_nothing_goes_whatever_is_asked_for(changes: dict, options: dict) -> None:
    line = action(actions_of(world(order("P1", "NA", 20, 3), on_hand={"NA": 0.0}, **changes), **options), "P1")
    assert line["action"] == "cancel"
    assert line["margin"] == 0.0
    assert line["lost_saved"] == pytest.approx(-20.0)  # of the 300 that 120 days ask for
    assert line["saves"] == pytest.approx(line["holding_saved"])


@pytest.mark.parametrize(("units", "price", "value"), [(20, None, 80.0), (44, None, 76.0), (44, 50.0, 50.0)])
def test_an_order_has_one_value_wherever_it_is_told(units: float, price: float | None, value: float) -> None:
    """At its own price, else at the price of its quantity, without payment fee."""
    late = {name: replace(one, payment_fee_share=0.02) for name, one in ((s.supplier_id, s) for s in suppliers())}
    dataset = world(order("P1", "NA", units, -3, unit_price=price), on_hand={"NA": 9.0}, suppliers=late)
    line = action(actions_of(dataset), "P1")
    assert line["value_base"] == pytest.approx(units * value)
    (told,) = past_due(dataset, actions_of(dataset))
    (paid,) = (
        payments(dataset, pd.DataFrame(columns=list(ORDER_LINE_COLUMNS))).query("state == 'open'").to_dict("records")
    )
    assert told.value == line["value_base"] == pytest.approx(paid["value"])
    (card,) = measure_suppliers(dataset).frame.query("supplier_id == 'S1' and item_id == ''").to_dict("records")
    assert card["overdue_value"] == pytest.approx(units * value)


def test_more_units_save_nothing_that_is_lost_before_they_come_or_that_the_next_line_brings() -> None:
    """Nothing there at two and a half a day: twenty units on day 8 last until a new order of tonight is here."""
    frame = actions_of(world(order("P1", "NA", 20, 8, ordered=AS_OF), on_hand={"NA": 0.0}))
    line = action(frame, "P1")
    assert line["action"] != "increase"
    tonight = frame.query("kind == 'order line' and item_id == 'NA' and site_id == 'WUH'")
    assert line["next_date"] <= pd.Timestamp(AS_OF + timedelta(days=8 + 8))
    if len(tonight):
        assert (line["next_date"], line["next_units"]) == (tonight["due_date"].iloc[0], tonight["quantity"].iloc[0])


def too_small() -> tuple[DataSet, pd.DataFrame, dict]:
    """Two units on day 8 of an item that asks for two and a half a day, from a supplier that closes."""
    known = {s.supplier_id: s for s in suppliers()}
    known["S1"] = replace(known["S1"], closures=((AS_OF, AS_OF + timedelta(days=12)),))
    dataset = world(order("P1", "NA", 2, 8), on_hand={"NA": 20.0}, suppliers=known)
    frame, kept = reviewed(dataset)
    assert action(frame, "P1")["action"] == "increase"
    return dataset, frame, kept


def test_what_more_units_save_is_held_against_the_demand_of_their_days() -> None:
    dataset, frame, kept = too_small()
    line = action(frame, "P1")
    days = (line["next_date"] - line["due_date"]).days
    assert 0 < line["lost_saved"] <= 2.5 * days * 1.05
    fewer = min(line["new_quantity"] - 2, line["next_units"])
    assert f"take {fewer:,.0f} units off it" in line["reason"]
    mine = frame["order_id"].eq("P1")
    over = 2.5 * days * 1.2
    more = frame.assign(
        lost_saved=frame["lost_saved"].where(~mine, over), new_quantity=frame["new_quantity"].where(~mine, 502.0),
        saves=frame["saves"].where(~mine, over * line["margin"] + line["holding_saved"]),
    )  # fmt: skip
    assert "lost_saved" in {v.field for v in judge_order_actions(dataset, more, **kept)}
    other = frame.assign(next_units=frame["next_units"].where(~mine, 7.0))
    assert "next_units" in {v.field for v in judge_order_actions(dataset, other, **kept)}


def test_lines_of_one_order_come_on_one_day() -> None:
    """Kettles are missed from day 5 on and soap is not: both come sooner, and soap alone would not."""
    kettles, soap = order("P1", "NA", 60, 25), order("P1", "soap", 40, 25)
    dataset = world(kettles, soap, replace(soap, order_id="P2"), on_hand={"NA": 10.0, "soap": 150.0})
    frame, kept = reviewed(dataset)
    lines = frame.query("order_id == 'P1'").set_index("item_id")
    assert lines["action"].tolist() == ["advance", "advance"]
    assert lines["new_due_date"].nunique() == 1
    assert lines.loc["soap", "saves"] < 0 < lines.loc["NA", "saves"]
    assert lines["lines_moved"].tolist() == [2, 2]
    assert lines["order_saves"].tolist() == pytest.approx([lines["saves"].sum()] * 2)
    assert "The 2 lines of its order come together" in lines.loc["soap", "reason"]
    assert action(frame, "P2")["action"] != "advance"
    mine = frame["order_id"].eq("P1") & frame["item_id"].eq("soap")
    for name, value, field in (
        ("new_due_date", lines["new_due_date"].iloc[0] + pd.Timedelta(days=1), "new_due_date"),
        ("order_saves", 1.0, "lines_moved"),
        ("action", "keep", "action"),
    ):
        wrong = frame.assign(**{name: frame[name].where(~mine, value)})
        assert field in {v.field for v in judge_order_actions(dataset, wrong, **kept)}, name


def test_a_line_that_is_cut_comes_with_the_others_of_its_order() -> None:
    """Kettles are missed from day 5 on; of what is sold off, eighty units are too many whenever they come."""
    dataset = world(order("P1", "NA", 60, 9), order("P1", "old", 80, 9), on_hand={"NA": 10.0, "old": 8.0})
    frame, kept = reviewed(dataset)
    lines = frame.query("order_id == 'P1'").set_index("item_id")
    assert lines["action"].to_dict() == {"NA": "advance", "old": "decrease"}
    assert lines["new_due_date"].nunique() == 1
    assert lines.loc["old", "new_quantity"] < 80
    assert f"come together on {lines['new_due_date'].iloc[0]:%Y-%m-%d}" in lines.loc["old", "reason"]
    assert lines["lines_moved"].tolist() == [2, 2]
    mine = frame["item_id"].eq("old") & frame["order_id"].eq("P1")
    stays = frame.assign(new_due_date=frame["new_due_date"].where(~mine, frame["due_date"]))
    assert "action" in {v.field for v in judge_order_actions(dataset, stays, **kept)}


def test_tonights_lines_are_new_and_transfers() -> None:
    frame = actions_of(data_set())
    assert set(frame.loc[frame["kind"].eq("order line"), "action"]) == {"new"}
    assert set(frame.loc[frame["kind"].eq("transfer line"), "action"]) == {"transfer"}


def test_orders_for_rows_that_are_not_planned_are_left_to_the_exceptions() -> None:
    listed = {key: row for key, row in item_sites().items() if key != ("phone", "CDU")}
    dataset = world(replace(order("P1", "phone", 5, 5), site_id="HUB"), on_hand={}, item_sites=listed)
    assert actions_of(dataset).query("order_id == 'P1'").empty


def test_the_same_world_gives_the_same_messages() -> None:
    dataset = world(order("P1", "NA", 60, 25), order("P2", "soap", 60, date.max.day % 7 + 1), on_hand={"NA": 10.0})
    pd.testing.assert_frame_equal(actions_of(dataset), actions_of(dataset))


def test_an_order_that_sells_before_the_next_one_comes_is_not_given_up() -> None:
    """The later order alone would serve all demand of an item that is sold off, but not until it is there."""
    soon, late = order("P1", "old", 12, 1), order("P2", "old", 40, 5)
    frame = actions_of(world(soon, late, on_hand={"old": 0.0}))
    first = action(frame, "P1")
    assert first["action"] != "cancel"
    assert first["lost_without"] > 5
    assert action(frame, "P2")["action"] in ("decrease", "cancel")


def test_messages_of_an_overdue_order_do_not_contradict_their_advice() -> None:
    frame = actions_of(world(order("P1", "NA", 3000, -2), on_hand={"NA": 9000.0}))
    line = action(frame, "P1")
    assert line["action"] == "cancel"
    assert line["reason"].startswith("Overdue by 2 days: tell the supplier that it need not come any more.")
    assert "ask the supplier" not in line["reason"]
    (told,) = past_due(data_set(), frame)
    assert "need not come any more" in told.fix
    needed = action(actions_of(world(order("P1", "NA", 30, -2), on_hand={"NA": 0.0})), "P1")
    assert needed["action"] == "keep"
    assert "ask the supplier for a new date" in needed["reason"]
    assert "it is needed as soon as it can come" in needed["reason"]
    wrong = line | {"lost_without": 3000.0, "margin": 1e6}
    rules = judged(frame.assign(**{name: wrong[name] for name in ("lost_without", "margin")}))
    assert "without it more margin is lost than a cancelled order saves" in rules


def judged(frame: pd.DataFrame) -> set[str]:
    dataset = world(order("P1", "NA", 3000, -2), on_hand={"NA": 9000.0})
    none = {"orders": OrderPlan(*(pd.DataFrame(columns=["status", "line_id"]) for _ in range(2)))}
    moves = TransferPlan(pd.DataFrame(columns=["status", "line_id"]))
    settings = ReplenishSettings(policy="optimized", review_days=7)
    return {
        one.rule
        for one in judge_order_actions(dataset, frame, **none, transfers=moves, settings=settings, days_ahead=60)
    }
