"""``plan approve`` from the command line to the next run."""

from __future__ import annotations

PLAN = ("run", "small_better", "--until", "replenish", "--workers", "1", "-q")


def first_line(call) -> dict:
    shown = call("plan", "show", "small_better", "--json").json()
    return shown["order_lines"][0]


def test_an_approved_line_is_on_the_way_in_the_next_run(project, call):
    assert call(*PLAN).code == 0
    line = first_line(call)
    number = line["line_id"]
    text = call("plan", "show", "small_better").out
    assert "Approved: 0 of" in text
    assert f"plan approve {number} --who YOUR_NAME" in text
    made = call("plan", "approve", number, "--who", "Li", "--run", "small_better")
    assert made.code == 0, made.err
    assert "Approved by Li: 1 line" in made.out
    text = call("plan", "show", "small_better").out
    assert "Approved: 1 of" in text
    assert f"plan approve {number} " not in text
    again = call("plan", "approve", number, "--who", "Wu", "--run", "small_better")
    assert again.code == 3
    assert "is decided already" in again.err
    assert call(*PLAN).code == 0
    actions = call("plan", "actions", "--all", "--json").json()["actions"]
    (kept,) = [one for one in actions if one["kind"] == "approved order"]
    assert (kept["order_id"], kept["quantity"], kept["action"]) == (line["order_id"], line["quantity"], "keep")


def test_what_cannot_be_approved_is_told_all_at_once_and_nothing_changes(project, call):
    assert call(*PLAN).code == 0
    shown = call("plan", "show", "small_better", "--planned", "--json").json()
    planned = next(line["line_id"] for line in shown["order_lines"] if line["status"] == "planned")
    good = first_line(call)["line_id"]
    answer = call("plan", "approve", good, planned, "S9_nothing", "--who", "Li", "--run", "small_better")
    assert answer.code == 3
    assert "outlook" in answer.err
    assert "no order line or order of this number" in answer.err
    assert "Approved: 0 of" in call("plan", "show", "small_better").out
    assert call("plan", "approve", good, "--who", " ", "--run", "small_better").code == 2
    order = call(
        "plan", "approve", first_line(call)["order_id"], "--who", "Li", "--run", "small_better", "--json"
    ).json()
    assert {line["order_id"] for line in order["approved"]} == {first_line(call)["order_id"]}
