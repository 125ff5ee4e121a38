"""Differences between two order plans, with the reason."""

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
    assert orders["share_of_value"] == pytest.approx(250 / 400)
    assert transfers["lines"] == 0
    assert transfers["share_of_lines"] != transfers["share_of_lines"]  # nothing to divide by


def test_a_run_without_an_order_plan_is_refused():
    short = replace(result(), tables={})
    with pytest.raises(PlanError, match="order_lines"):
        diff_plans(short, result())
