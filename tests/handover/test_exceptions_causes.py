"""Why stock runs out: returns that never come, promotions and events by their days, and pins."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain import DataSet, Event, Promotion
from supplychain.handover.exceptions_occasions import Occasion, lost_to
from supplychain.handover.exceptions_stock import outlook_of
from supplychain.handover.look import look
from supplychain.handover.next_orders import next_orders
from supplychain.handover.order_actions import order_actions
from supplychain.handover.orders import plan_orders
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.judge.order_exceptions import judge_exceptions
from supplychain.plans.judge.shortage_causes import judge_occasions, judge_returns_told
from supplychain.scenario.settings import ReplenishSettings
from tests.handover.test_controls import pin
from tests.handover.test_order_exceptions import found, mill, order, reviewed, stocked
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

UNITS = st.lists(st.integers(0, 20), min_size=20, max_size=20)


def returned(*, rate: float = 0.5, days: int = 4, **changes: object) -> DataSet:
    """Half of NA comes back after four days."""
    plain = data_set(**changes)
    items = {key: replace(one, return_rate=rate if key == "NA" else 0.0) for key, one in plain.items.items()}
    constants = {**plain.constants, "resale_share_of_returns": 1.0, "return_days": float(days)}
    return replace(plain, items=items, constants=constants)


def by_hand(stock: float, arrivals: dict[int, float], *, daily: float, rate: float, after: int, days: int):
    """Units lost and units back by the end of each day, where only what is there is sold."""
    sold: list[float] = []
    lost, back = [], []
    for day in range(1, days + 1):
        home = rate * sold[day - 1 - after] if day > after else 0.0
        stock += home + arrivals.get(day, 0.0)
        sold.append(min(daily, stock))
        stock -= sold[-1]
        lost.append(daily - sold[-1])
        back.append(home)
    return np.cumsum(lost), np.cumsum(back)


@pytest.mark.parametrize(("held", "rate"), [(3.0, 0.5), (0.0, 0.9), (12.0, 0.2)])
def test_returns_come_of_sales_that_are_made(held: float, rate: float) -> None:
    dataset = returned(rate=rate, stock=stocked(NA=held), open_orders=(order("P9", "NA", 10, 12),))
    rule = ReplenishSettings(policy="optimized", review_days=7)
    terms = compile_terms(dataset, rule)
    daily = daily_means(terms)
    situation = look(
        state_from_dataset(dataset, terms, recent_daily_sales=daily), forecast(daily), AS_OF, terms=terms, settings=rule
    )
    none = plan_orders(dataset, terms, situation.state, forecast(daily), settings=rule, as_of=AS_OF)[0].lines.iloc[:0]
    outlook = outlook_of(situation, days=30, ahead=next_orders(situation, settings=rule, order_lines=none))
    row = terms.row_of("NA", "WUH")
    lost, back = by_hand(held, {12: 10.0}, daily=2.5, rate=rate, after=4, days=30)
    there = held + np.where(np.arange(1, 31) >= 12, 10.0, 0.0) + back
    assert outlook.supply[row] == pytest.approx(there)
    assert (outlook.lost[row] >= lost - 1e-9).all()


def test_the_reason_names_what_comes_back_and_the_judge_follows_it() -> None:
    dataset = returned(stock=stocked(NA=3.0), suppliers=mill(lead_time_mean_days=9.0))
    frame, _, _ = reviewed(dataset)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    helped = (line["help_date"].date() - AS_OF).days
    _, back = by_hand(3.0, {}, daily=2.5, rate=0.5, after=4, days=helped - 1)
    said = re.search(r"\+ ([\d,]+) back from customers", line["why"])
    assert said is not None
    assert float(said.group(1)) == pytest.approx(back[-1], abs=0.5)
    whole = {AS_OF + timedelta(days=day): 0.0 for day in range(1, helped)}
    assert [one.field for one in judge_returns_told({**line, "why": "+ 9 back from customers"}, whole)] == ["why"]
    assert not list(judge_returns_told(line, whole | {AS_OF + timedelta(days=5): float(back[-1])}))


@given(lost=UNITS, more=UNITS, first=st.integers(-5, 18), length=st.integers(0, 8), until=st.integers(1, 20))
def test_an_occasion_loses_what_is_lost_on_its_days(
    lost: list[int], more: list[int], first: int, length: int, until: int
) -> None:
    asked = np.array(lost, float) + np.array(more)
    known = (Occasion(AS_OF + timedelta(days=first), AS_OF + timedelta(days=first + length), "its promotion"),)
    units, named = lost_to(known, AS_OF, mean=np.cumsum(asked), lost=np.cumsum(np.array(lost, float)), until=until)
    usual = float(np.median(asked))
    days = [day for day in range(1, until + 1) if first <= day <= first + length]
    right = sum(min(lost[day - 1], max(asked[day - 1] - usual, 0.0)) for day in days)
    assert units == pytest.approx(right if right >= 1.0 else 0.0)
    assert named == (known if right >= 1.0 else ())


def test_two_nights_count_a_promotion_and_its_event_the_same_way() -> None:
    """As A024 at DC-CAN on 2025-05-31 and 06-01: the promotion began between them."""
    begins = AS_OF + timedelta(days=1)
    known = [
        Occasion(begins, begins + timedelta(days=2), "the event 618"),
        Occasion(begins, begins + timedelta(days=17), "its promotion"),
        Occasion(begins + timedelta(days=14), begins + timedelta(days=17), "the event 618"),
    ]
    daily = np.full(60, 40.0)
    daily[:18], daily[:3], daily[14:18] = 110.0, 270.0, 320.0
    lost = np.zeros(60)
    lost[8:13], lost[14:18], lost[20:32] = 90.0, 250.0, 35.0
    tonight, named = lost_to(known, AS_OF, mean=np.cumsum(daily), lost=np.cumsum(lost), until=32)
    tomorrow, later = lost_to(known, begins, mean=np.cumsum(daily[1:]), lost=np.cumsum(lost[1:]), until=31)
    assert tonight == tomorrow == pytest.approx(5 * 70.0 + 4 * 250.0)
    assert named == later == (known[1], known[2])  # on its first days the event loses nothing


def test_a_promotion_that_runs_already_is_told() -> None:
    busy = {"NA": dict.fromkeys(range(1, 5), 25.0)}
    promotion = Promotion("NA", AS_OF - timedelta(days=2), AS_OF + timedelta(days=4), 99.0)
    fair = Event("Fair", AS_OF + timedelta(days=3), AS_OF + timedelta(days=4))
    frame, _, _ = reviewed(data_set(stock=stocked(NA=20.0), promotions=(promotion,), events=(fair,)), busy=busy)
    (line,) = found(frame, "lead_time_too_short", "NA", "WUH")
    since = f"its promotion has been running since {promotion.first} and the event Fair starts on {fair.first}"
    assert line["what"].startswith(f"{since}, and help is here on")
    assert "of what they ask for beyond a usual day" in line["what"]
    assert line["date"].date() >= AS_OF + timedelta(days=1)


def test_the_judge_sees_units_that_are_not_lost_on_an_occasions_days() -> None:
    first: date = AS_OF + timedelta(days=3)
    dataset = data_set(promotions=(Promotion("NA", first, first + timedelta(days=1), 99.0),))
    line = {"rank": 1, "kind": "lead_time_too_short", "item_id": "NA", "help_date": AS_OF + timedelta(days=10)}
    line |= {"what": f"its promotion starts on {first}, and help", "units": 40.0}
    lost = {AS_OF + timedelta(days=day): 5.0 if day in (3, 4) else 20.0 for day in range(1, 10)}
    assert [one.field for one in judge_occasions(dataset, line | {"units": 90.0}, 150.0, lost)] == ["units"]
    assert not list(judge_occasions(dataset, line | {"units": 10.0}, 150.0, lost))
    unknown = line | {"what": f"the event Fair starts on {first}, and help", "units": 1.0}
    assert [one.field for one in judge_occasions(dataset, unknown, 150.0, lost)] == ["what"]


def test_a_pin_that_empties_the_shelf_is_told_with_what_helps() -> None:
    world = data_set(stock=stocked(NA=25.0), pins=(pin("NA", 0, days=14),))
    frame, orders, _ = reviewed(world, outlook_days=25)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    free = AS_OF + timedelta(days=15)
    assert line["help_date"].date() >= free + timedelta(days=7)  # nothing is ordered before, and an order takes 7 days
    assert f"nothing may be ordered until {AS_OF + timedelta(days=14)} because of a pin by Li: a fair" in line["why"]
    raised = re.search(r"take the pin away or raise it to (\d+) units: an order of (\S+) would be here on", line["fix"])
    assert raised is not None
    units = int(raised.group(1))
    assert units % 5 == 0  # whole packs
    assert units - 5 < line["units"] <= units + 2.5  # all but what an order of tonight would come too late for
    assert raised.group(2) == str(AS_OF)
    terms = compile_terms(world, ReplenishSettings(policy="optimized", review_days=7, outlook_days=25))
    means = daily_means(terms)
    rule = ReplenishSettings(policy="optimized", review_days=7, outlook_days=25)
    state = state_from_dataset(world, terms, recent_daily_sales=means)
    _, transfers, stock = plan_orders(world, terms, state, forecast(means), settings=rule, as_of=AS_OF)
    silent = frame.loc[frame["item_id"].ne("NA")].assign(rank=range(1, int(frame["item_id"].ne("NA").sum()) + 1))
    wrong = judge_exceptions(world, silent, orders=orders, transfers=transfers.lines, stock=stock.days)
    assert any("a pin of Li lets" in one.rule for one in wrong)


def test_a_pin_that_orders_too_little_is_told_and_one_that_harms_nobody_is_not() -> None:
    little, _, _ = reviewed(data_set(stock=stocked(NA=25.0), pins=(pin("NA", 5, days=14),)), outlook_days=25)
    (line,) = found(little, "stock_out", "NA", "WUH")
    assert "no more than 5 are ordered until" in line["why"]
    assert "moved or pinned tonight" in line["why"]
    enough, _, _ = reviewed(data_set(stock=stocked(NA=100.0), pins=(pin("NA", 0, days=3),)), outlook_days=25)
    assert not found(enough, "stock_out", "NA", "WUH")


def test_without_an_order_only_sales_that_are_made_come_back() -> None:
    dataset = returned(rate=0.9, days=3, stock=stocked(NA=0.0), open_orders=(order("P9", "NA", 40, 5),))
    dataset = replace(dataset, suppliers=mill(closures=((AS_OF, AS_OF + timedelta(days=20)),)))
    rule = ReplenishSettings(policy="optimized", review_days=7)
    terms = compile_terms(dataset, rule)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    orders, transfers, _ = plan_orders(dataset, terms, state, forecast(means), settings=rule, as_of=AS_OF)
    situation = look(state, forecast(means), AS_OF, terms=terms, settings=rule)
    lines = {"order_lines": orders.lines, "transfer_lines": transfers.lines}
    actions = order_actions(dataset, situation, settings=rule, **lines)
    (line,) = actions.loc[actions["order_id"].eq("P9")].to_dict("records")
    days = int(next_orders(situation, settings=rule, **lines).earliest[terms.row_of("NA", "WUH")]) - 1
    lost, _ = by_hand(0.0, {}, daily=2.5, rate=0.9, after=3, days=days)
    there, _ = by_hand(0.0, {5: 40.0}, daily=2.5, rate=0.9, after=3, days=days)
    # No returns make up for what nobody could buy; it is told to lose no more than it brings.
    assert lost[-1] - there[-1] > 40.0
    assert line["lost_without"] == pytest.approx(40.0, rel=0.1)
