"""A budget from the command line to the plan that people read."""

from __future__ import annotations

TIGHT = ("--set", "replenish.budget_per_month=1500")


def test_a_budget_is_kept_shown_and_explained(project, call):
    assert call("run", "small_better", "--until", "replenish", "--workers", "1", "-q").code == 0
    wide = call("plan", "show", "--json").json()
    assert wide["order_limits"] == wide["order_left_out"] == []
    assert "Limits that orders share" not in call("plan", "show").out
    assert call("run", "small_better", "--until", "replenish", "--workers", "1", "-q", *TIGHT).code == 0
    shown = call("plan", "show", "--json").json()
    (limit,) = shown["order_limits"]
    ordered = sum(line["value_base"] for line in shown["order_lines"])
    assert ordered == limit["tonight"] <= 1500 < sum(line["value_base"] for line in wide["order_lines"])
    text = call("plan", "show").out
    assert "Limits that orders share" in text
    assert "month 2025-05" in text
    line = shown["order_left_out"][0]
    told = call("plan", "explain", line["line_id"])
    assert told.code == 0, told.err
    assert "left out for the month's budget" in told.out
    cash = call("plan", "cash", "--json").json()
    assert {month["budget"] for month in cash["cash_months"]} == {1500.0}
