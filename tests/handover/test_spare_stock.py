"""What one site can give another: day by day as by hand, and the same units in both sites' messages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain import DataSet, OpenOrder, StockLine
from supplychain.handover.spare_stock import less_lost, less_spare
from supplychain.plans.judge.told_transfers import judge_told_lines, judge_told_transfers
from tests.handover.test_controls import pin
from tests.handover.test_order_exceptions import found, mill, reviewed, stocked
from tests.replenishment.small_world import AS_OF, data_set

SLACK = st.lists(st.integers(0, 40), min_size=2, max_size=12)


@given(slack=SLACK, moves=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 15)), max_size=4))
def test_what_is_spare_is_what_every_later_day_can_do_without(slack: list[int], moves: list[tuple[int, int]]) -> None:
    """``slack`` is stock beyond need on each day: a transfer takes from its own day and from all after it."""
    left = list(slack)
    spare = np.array([min(left[day:]) for day in range(len(left))], float)
    for day, units in moves:
        if day < len(left) and units <= min(left[day:]):
            left = [one - units if at >= day else one for at, one in enumerate(left)]
            spare = less_spare(spare, day, units)
    assert spare.tolist() == [min(left[day:]) for day in range(len(left))]


@given(daily=st.lists(st.integers(0, 9), min_size=1, max_size=12), here=st.integers(1, 12), units=st.integers(0, 40))
def test_units_serve_the_first_who_would_ask_in_vain(daily: list[int], here: int, units: int) -> None:
    here = min(here, len(daily))
    rest, left = units, []
    for day, lost in enumerate(daily, start=1):
        served = min(rest, lost) if day >= here else 0
        rest -= served
        left.append(lost - served)
    course = less_lost(np.concatenate(([0.0], np.cumsum(daily))), here, units)
    assert course.tolist() == [0.0, *np.cumsum(left).tolist()]


def sisters(*, held: float, orders: tuple[OpenOrder, ...] = ()) -> DataSet:
    """WUH is short of NA and can buy nothing for weeks; CDU holds some, a lane of two days away."""
    lane = replace(data_set().lanes[0], origin_id="CDU", destination_id="WUH", transit_days=2.0)
    far = mill(closures=((AS_OF, AS_OF + timedelta(days=20)),))
    stock = (*stocked(NA=20.0), StockLine("CDU", "NA", held))
    return data_set(stock=stock, open_orders=orders, suppliers=far, lanes=(*data_set().lanes, lane))


def told(frame: pd.DataFrame) -> list[int]:
    (line,) = found(frame, "stock_out", "NA", "WUH")
    return [int(units.replace(",", "")) for units in re.findall(r"transfer ([\d,]+) units from CDU", line["fix"])]


def test_both_messages_name_the_same_units_and_no_more_than_help() -> None:
    frame, orders, _ = reviewed(sisters(held=3000.0))
    (line,), (excess,) = found(frame, "stock_out", "NA", "WUH"), found(frame, "excess_stock", "NA", "CDU")
    (units,) = told(frame)
    assert f"move {units} to WUH (there on 2025-06-01)" in excess["fix"]
    assert line["units"] <= units + 1 < 200  # 3,000 lie there, and WUH asks for 2.5 a day
    for name, wrong in (("transfer", "transfer 1"), ("move", "move 1")):
        changed = frame.assign(fix=frame["fix"].str.replace(f"{name} {units}", wrong))
        assert list(judge_told_transfers(sisters(held=3000.0), changed, transfers=None, stock=None))
    unhelped = frame["fix"].mask(frame["kind"].eq("stock_out"), "nothing on the way or in stock helps before then")
    lost = pd.DataFrame([{"item_id": "NA", "site_id": "WUH", "date": line["date"], "lost": 9.0, "closing": 0.0}])
    rules = [
        one.rule
        for one in judge_told_transfers(sisters(held=3000.0), frame.assign(fix=unhelped), transfers=None, stock=lost)
    ]
    assert any("says that nothing helps" in rule for rule in rules)
    assert orders.lines["status"].isin(["proposed", "planned"]).all()


def test_a_site_gives_what_it_has_beyond_its_own_need_until_its_own_receipt() -> None:
    (few,) = told(reviewed(sisters(held=70.0 + 12.0))[0])
    (more,) = told(reviewed(sisters(held=70.0 + 20.0))[0])
    assert more - few == 8  # each unit beyond need can go
    assert few <= 82 - 2.5 * 20  # it sells 2.5 a day, and nothing comes before its supplier opens
    assert told(reviewed(sisters(held=30.0))[0]) == []


def test_what_is_due_at_the_other_site_can_go_on() -> None:
    late = OpenOrder("P7", "S1", "NA", "CDU", 200.0, AS_OF - timedelta(days=20), AS_OF + timedelta(days=6))
    world = sisters(held=15.0, orders=(late,))
    frame, _, _ = reviewed(world)
    (line,) = found(frame, "stock_out", "NA", "WUH")
    day = AS_OF + timedelta(days=6)
    assert f"units from CDU on {day}, when P7 is there, here on {day + timedelta(days=2)}" in line["fix"]
    early = frame.assign(fix=frame["fix"].str.replace(f"here on {day + timedelta(days=2)}", f"here on {day}"))
    assert any("no lane" in one.rule for one in judge_told_transfers(world, early, transfers=None, stock=None))


def test_no_more_is_told_to_leave_than_the_projection_holds() -> None:
    world = sisters(held=3000.0)
    frame, _, _ = reviewed(world)
    (units,) = told(frame)
    day = pd.Timestamp(AS_OF)
    there = pd.DataFrame([{"item_id": "NA", "site_id": "CDU", "date": day, "closing": units - 5.0, "lost": 0.0}])
    (wrong,) = judge_told_transfers(world, frame, transfers=None, stock=there)
    assert "are told to leave" in wrong.rule
    assert not list(judge_told_transfers(world, frame, transfers=None, stock=there.assign(closing=float(units))))


@pytest.mark.parametrize("pinned", [True, False])
def test_too_much_stock_says_what_tonights_plan_brings_of_it(pinned: bool) -> None:
    world = data_set(stock=stocked(NA=900.0), pins=(pin("NA", 20),) if pinned else ())
    frame, orders, _ = reviewed(world)
    (excess,) = found(frame, "excess_stock", "NA", "WUH")
    assert ("tonight's plan brings 20 more: pinned by a buyer" in excess["fix"]) == pinned
    assert ("beyond that order nothing" in excess["fix"]) == pinned
    silent = frame.assign(fix="order nothing until it is used up" if pinned else "tonight's plan brings 20 more: why")
    assert list(judge_told_lines(silent, orders, None))
