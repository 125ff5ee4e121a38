"""Differences between two order plans, with the reason."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from supplychain.errors import PlanError
from supplychain.plans.order_plan import EXPLANATION_COLUMNS, HEAD_COLUMNS, ORDER_LINE_COLUMNS
from supplychain.plans.transfer_plan import TRANSFER_LINE_COLUMNS
from supplychain.service import RunResult, diff_plans

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
    return values | more


def result(*lines, waiting=()):
    heads = [{"supplier_id": s, "site_id": "DC", "status": "waiting"} for s in waiting]
    tables = {
        "order_lines": pd.DataFrame(list(lines), columns=list(ORDER_LINE_COLUMNS)),
        "order_heads": pd.DataFrame(heads, columns=list(HEAD_COLUMNS)),
        "transfer_lines": pd.DataFrame([], columns=list(TRANSFER_LINE_COLUMNS)),
    }
    return RunResult("a1", "s", "S", (), date(2025, 5, 30), "replenish", (), tables, path=Path("x"))


def rows(before, after, **options):
    return diff_plans(before, after, **options).drop(columns=["kind", "source_id", "site_id"]).to_dict("records")


def test_equal_plans_have_no_difference():
    assert rows(result(line("A", 5)), result(line("A", 5, binding="need"))) == []


def test_a_changed_quantity_names_the_inputs_that_differ_in_their_order():
    found = rows(result(line("A", 12, on_hand=5.0)), result(line("A", 24, on_hand=3.0, expected_demand=20.0)))
    assert [(row["change"], row["before"], row["after"]) for row in found] == [("changed", 12, 24)]
    assert found[0]["reason"] == "on hand 5 -> 3; expected demand 0 -> 20"


def test_at_most_four_reasons_and_the_count_of_the_rest():
    names = ["on_hand", "blocked", "backorder", "on_order", "expected_demand", "unit_cost"]
    found = rows(result(line("A", 12)), result(line("A", 24, **dict.fromkeys(names, 7.0))))
    assert found[0]["reason"].endswith("; and 2 more")
    assert found[0]["reason"].count(" -> ") == 4


def test_new_and_gone_say_position_and_target():
    after = result(line("B", 6, position=2.0, target=9.0))
    found = rows(result(line("A", 5, position=1.0, target=4.0)), after)
    assert [(row["item_id"], row["change"], row["before"], row["after"]) for row in found] == [
        ("A", "gone", 5, 0),
        ("B", "new", 0, 6),
    ]
    assert found[0]["reason"] == "before, position 1.0 against a target of 4.0"
    assert found[1]["reason"] == "position 2.0 against a target of 9.0"


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


def test_a_run_without_an_order_plan_is_refused():
    short = replace(result(), tables={})
    with pytest.raises(PlanError, match="order_lines"):
        diff_plans(short, result())
