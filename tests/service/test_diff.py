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


def test_a_changed_quantity_names_the_inputs_that_differ_in_their_order():
    found = rows(result(line("A", 12, on_hand=5.0)), result(line("A", 24, on_hand=3.0, expected_demand=20.0)))
    assert [(row["change"], row["before"], row["after"]) for row in found] == [("changed", 12, 24)]
    assert found[0]["reason"] == "expected demand 0 -> 20; on hand 5 -> 3"
    assert found[0]["cause"] == "forecast, stock"


def test_at_most_four_reasons_and_the_count_of_the_rest():
    names = ["on_hand", "blocked", "backorder", "on_order", "expected_demand", "unit_cost"]
    found = rows(result(line("A", 12)), result(line("A", 24, **dict.fromkeys(names, 7.0))))
    assert found[0]["reason"].endswith("; and 2 more")
    assert found[0]["reason"].count(" -> ") == 4


def test_new_and_gone_say_position_and_target():
    after = result(line("B", 6, position=2.0, target=9.0))
    found = rows(result(line("A", 5, position=1.0, target=4.0)), after)
    assert [(row["item_id"], row["change"], row["before"], row["after"]) for row in found] == [
        ("B", "new", 0, 6),
        ("A", "gone", 5, 0),
    ]
    assert found[0]["reason"] == "position 2.0 against a target of 9.0"
    assert found[1]["reason"] == "before, position 1.0 against a target of 4.0"
    other = result(line("A", 5, position=1.0, target=4.0, policy="optimized"))
    assert rows(other, after)[1]["reason"].startswith("policy optimized -> today; before, position")


def test_what_hardly_changed_is_told_only_alone():
    before = result(line("A", 12, expected_demand=1000.0, service_level=0.9))
    both = rows(before, result(line("A", 24, expected_demand=1001.0, service_level=0.95)))
    assert (both[0]["cause"], both[0]["reason"]) == ("parameter", "service level 0.9 -> 0.95")
    alone = rows(before, result(line("A", 24, expected_demand=1001.0, service_level=0.9)))
    assert (alone[0]["cause"], alone[0]["reason"]) == ("forecast", "expected demand 1,000 -> 1,001")


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


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("service_level", "parameter"), ("expected_demand", "forecast"), ("on_order", "stock"),
        ("protection_days", "lead time"), ("unit_cost", "price"), ("pack_units", "constraint"),
        ("reward_packs", "forecast or cost of stock"),
    ],
)  # fmt: skip
def test_the_cause_is_the_kind_of_what_differs(name, cause):
    found = rows(result(line("A", 12)), result(line("A", 24, **{name: 7.0})))
    assert found[0]["cause"] == cause


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
