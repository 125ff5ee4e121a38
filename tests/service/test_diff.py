"""Differences between two order plans, with the reason."""

import math
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from supplychain.errors import PlanError
from supplychain.plans.cash_weeks import CASH_COLUMNS
from supplychain.plans.order_actions import ACTION_COLUMNS
from supplychain.plans.order_exceptions import EXCEPTION_COLUMNS
from supplychain.plans.order_plan import EXPLANATION_COLUMNS, HEAD_COLUMNS, ORDER_LINE_COLUMNS
from supplychain.plans.transfer_plan import TRANSFER_LINE_COLUMNS
from supplychain.service import RunResult, diff_plans
from supplychain.service.diff import plan_stability

DAY = "2025-05-30"


def line(item, quantity, *, day=DAY, status="proposed", **more):
    values = dict.fromkeys(EXPLANATION_COLUMNS, 0.0) | {
        "policy": "today",
        "model": "ses",
        "binding": "pack",
        "held": "",
    }
    values |= {"line_id": f"S1_{item}_{day}", "order_id": f"S1_{day}_DC", "status": status, "supplier_id": "S1"}
    values |= {"item_id": item, "site_id": "DC", "order_date": pd.Timestamp(day), "quantity": float(quantity)}
    values["value_base"] = 10.0 * quantity
    return values | more


def result(*lines, waiting=()):
    heads = [{"supplier_id": s, "site_id": "DC", "status": "waiting"} for s in waiting]
    tables = {
        "order_lines": pd.DataFrame(list(lines), columns=list(ORDER_LINE_COLUMNS)),
        "order_heads": pd.DataFrame(heads, columns=list(HEAD_COLUMNS)),
        "transfer_lines": pd.DataFrame([], columns=list(TRANSFER_LINE_COLUMNS)),
        "order_actions": pd.DataFrame([], columns=list(ACTION_COLUMNS)),
        "order_exceptions": pd.DataFrame([], columns=list(EXCEPTION_COLUMNS)),
        "cash_weeks": pd.DataFrame([], columns=list(CASH_COLUMNS)),
    }
    return RunResult("a1", "s", "S", (), date(2025, 5, 30), "replenish", (), tables, path=Path("x"))


def rows(before, after, **options):
    return diff_plans(before, after, **options).drop(columns=["kind", "source_id", "site_id"]).to_dict("records")


def test_equal_plans_have_no_difference():
    assert rows(result(line("A", 5)), result(line("A", 5, binding="need"))) == []


def test_what_no_input_explains_is_a_constraint():
    found = rows(result(line("A", 12)), result(line("A", 24)))
    assert [(row["change"], row["before"], row["after"]) for row in found] == [("changed", 12, 24)]
    assert found[0]["cause"] == "constraint"
    assert found[0]["reason"] == "constraint +12 (limits of the whole order)"
    assert found[0]["by_constraint"] == 12


def test_a_line_that_the_other_run_does_not_know_says_so():
    found = rows(result(line("A", 5)), result(line("B", 6)))
    assert [(row["item_id"], row["change"], row["before"], row["after"]) for row in found] == [
        ("B", "new", 0, 6),
        ("A", "gone", 5, 0),
    ]
    assert {row["reason"] for row in found} == {"the other run does not replenish it from this source"}


def test_a_line_whose_order_waits_is_gone_for_that_reason():
    found = rows(result(line("A", 5)), result(waiting=["S1"]))
    assert found[0]["reason"] == "the order waits for the supplier's minimum order value"


def test_a_line_on_another_day_is_moved_when_the_outlook_shows_it():
    later = line("A", 5, day="2025-06-06", status="planned", position=9.0)
    found = rows(result(line("A", 5)), result(later))
    assert [(row["change"], row["reason"].split(":")[0]) for row in found] == [("moved", "now on 2025-06-06")]


def test_the_outlook_counts_only_when_asked_for():
    before, after = (result(line("A", n, day="2025-06-06", status="planned")) for n in (5, 7))
    assert rows(before, after) == []
    assert len(rows(before, after, planned=True)) == 1


def test_the_largest_changes_of_value_come_first():
    before = result(line("A", 12), line("B", 12), line("C", 12))
    after = result(line("A", 13), line("B", 2), line("C", 17))
    found = rows(before, after)
    assert [(row["item_id"], row["value_change"]) for row in found] == [("B", -100.0), ("C", 50.0), ("A", 10.0)]


def test_stability_counts_lines_and_money():
    before, after = result(line("A", 10), line("B", 10), line("C", 20)), result(line("A", 15), line("B", 10))
    orders, transfers = plan_stability(before, after).to_dict("records")
    assert (orders["lines"], orders["changed"]) == (3, 2)
    assert orders["share_of_lines"] == pytest.approx(2 / 3)
    assert (orders["value_before"], orders["value_after"], orders["value_changed"]) == (400.0, 250.0, 250.0)
    assert orders["share_of_value"] == pytest.approx(250 / 450)  # of A 150, B 100 and C 200
    assert transfers["lines"] == 0
    assert transfers["share_of_lines"] != transfers["share_of_lines"]  # nothing to divide by


def test_shares_of_value_lie_between_0_and_1_however_much_is_new():
    for before, after, share in (([1], [100], 0.99), ([100], [1], 0.99), ([], [5], 1.0), ([5], [], 1.0), ([5], [5], 0)):
        plans = [result(*(line("A", units) for units in side)) for side in (before, after)]
        assert plan_stability(*plans)["share_of_value"].iloc[0] == pytest.approx(share)


NEED = {"daily_demand": 10.0, "expected_demand": 10.0, "protection_days": 1, "cover_min_days": 10.0}
NEED |= {"cover_max_days": 10.0, "pack_units": 1.0, "pinned_quantity": math.nan, "truck_packs": 0, "left_out_packs": 0}
NEED |= {"break_packs": 0}
NEED |= dict.fromkeys(("room_units", "sellable_units", "share_units"), math.inf)


def night(day, *lines, **figures):
    """A run of the evening of ``day``, with the row of item A as it is before anything is ordered."""
    made = result(*lines)
    row = line("A", 0, **(NEED | figures)) | {"kind": "order", "source_id": "S1", "looked_at": True, "stop": ""}
    tables = {**made.tables, "order_rows": pd.DataFrame([row])}
    return replace(made, tables=tables, as_of=date.fromisoformat(day))


def test_what_the_earlier_plan_ordered_and_the_data_lack_is_stock():
    first = night("2025-05-30", line("A", 100, **NEED))
    second = night("2025-05-31", line("A", 100, day="2025-05-31", **NEED))
    (found,) = rows(first, second)
    assert (found["change"], found["cause"], found["by_stock"]) == ("new", "stock", 100)
    assert "on order 100 -> 0" in found["reason"]
    assert "the 100 units that the plan of 2025-05-30 ordered or sent are not in the later data" in found["reason"]
    (found,) = rows(first, night("2025-05-31", line("A", 5, day="2025-05-31", on_order=95.0, **NEED), on_order=95.0))
    assert (found["cause"], found["by_stock"]) == ("stock", 5)
    assert "not in the later data" not in found["reason"]


def approved(quantity, item="A"):
    row = dict.fromkeys(ACTION_COLUMNS, "") | {"kind": "approved order", "order_id": f"S1_{DAY}_DC", "item_id": item}
    return row | {"site_id": "DC", "quantity": float(quantity)}


def test_a_line_that_was_approved_is_no_difference():
    before, after = result(line("A", 12), line("B", 5)), result(line("B", 5))
    after.tables["order_actions"] = pd.DataFrame([approved(12)])
    assert rows(before, after) == []
    orders = plan_stability(before, after).iloc[0]
    assert (orders["lines"], orders["changed"], orders["value_after"]) == (2, 0, 170.0)
    after.tables["order_actions"] = pd.DataFrame([approved(11)])  # not what the plan ordered
    assert [row["change"] for row in rows(before, after)] == ["gone"]


def test_what_is_placed_of_an_order_is_told_where_the_rest_changes():
    before, after = result(line("A", 12)), result(line("A", 24))
    for run, placed in ((before, 0.0), (after, 4239.84)):
        head = dict.fromkeys(HEAD_COLUMNS, "") | {"supplier_id": "S1", "site_id": "DC", "status": "proposed"}
        head |= {"order_date": pd.Timestamp(DAY), "placed_value": placed, "minimum_order_value": 8000.0}
        run.tables["order_heads"] = pd.DataFrame([head | {"currency": "EUR"}])
    (found,) = rows(before, after)
    told = "4,239.84 EUR of the order are placed already (before: 0.00), so the rest has to fill 3,760.16"
    assert told in found["reason"]


def test_a_run_without_an_order_plan_is_refused():
    short = replace(result(), tables={})
    with pytest.raises(PlanError, match="order_lines"):
        diff_plans(short, result())
