"""Approval in the order book: all lines or none, once, with an event each, by one person or two."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import text

from supplychain.errors import PlanError
from supplychain.store import Store

from .conftest import NOON, lines, record
from .crashing import act
from .test_crash import CRASHING

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def book(store):
    store.publish(record("r1", "baseline"), {}, {})
    store.orders.import_plan("r1", lines(5, 7, 9, status=["proposed", "to_review", "proposed"]), NOON)
    return store


def ids(store, run_id="r1"):
    return store.orders.lines(run_id=run_id).sort_values("item_id")["line_id"].tolist()


def approve(store, *chosen, run_id="r1", who="Li", **more):
    return store.orders.approve(run_id, list(chosen), who=who, at=LATER, **more)


def test_an_approved_line_has_an_event_with_the_name_and_is_a_fixed_receipt(book):
    first = ids(book)[0]
    made = approve(book, first, first)
    assert made[["line_id", "status", "version"]].to_numpy().tolist() == [[first, "approved", 2]]
    event = book.orders.events(first)[-1]
    assert (event.status, event.who, event.version, event.content) == ("approved", "Li", 2, "{}")
    assert book.orders.verify_chain() == ()
    day = record("r1", "baseline").as_of
    fixed = book.orders.fixed_receipts(record("r1", "baseline").data_set, max(day, day + timedelta(days=400)))
    assert fixed["line_id"].tolist() == [first]


def test_one_bad_line_stops_all(book):
    first, held, third = ids(book)
    approve(book, third)
    with pytest.raises(PlanError) as caught:
        approve(book, first, held, third, "nowhere")
    rules = {problem.record: problem.rule for problem in caught.value.problems}
    assert rules == {
        f"line {held}": "is held for a second person",
        f"line {third}": "is decided already",
        "line nowhere": "the order book has no such line",
    }
    assert book.orders.lines(statuses=["approved"])["line_id"].tolist() == [third]
    assert len(book.orders.events(first)) == 1


def test_a_held_line_needs_another_person(book):
    held = ids(book)[1]
    for checked in ("", "Li", "li", " LI ", "\uff2c\uff49", "  "):  # full-width letters too
        with pytest.raises(PlanError) as caught:
            approve(book, held, checked_by=checked)
        assert "second person" in caught.value.problems[0].rule
    with pytest.raises(PlanError):
        approve(book, held, who="Anna  Stra\u00dfer", checked_by="anna STRASSER")
    approve(book, held, checked_by="Wu")
    assert json.loads(book.orders.events(held)[-1].content) == {"checked_by": "Wu"}
    assert book.orders.verify_chain() == ()


def test_the_same_order_line_of_another_run_is_not_approved_again(book):
    book.publish(record("r2", "other", hours=1), {}, {})
    twin = book.orders.lines(run_id="r1").drop(columns=["run_id", "scenario", "version", "line_id"])
    book.orders.import_plan("r2", twin, NOON)
    approve(book, ids(book)[0])
    with pytest.raises(PlanError) as caught:
        approve(book, ids(book, "r2")[0], run_id="r2")
    assert caught.value.problems[0].rule == "run r1 has the item approved for the same day, which run r2 did not know"
    approve(book, ids(book, "r2")[2], run_id="r2")


def test_a_line_beside_one_that_its_run_knew_of_is_more_of_it_and_counts_beside_it(book):
    approve(book, ids(book)[0])  # two hours after noon
    book.publish(record("r2", "baseline", hours=3), {}, {})
    book.orders.import_plan("r2", lines(4, line_id="r2:S1_20250531_DC_2_I0", order_id="S1_20250531_DC_2"), NOON)
    approve(book, "r2:S1_20250531_DC_2_I0", run_id="r2")
    fixed = book.orders.fixed_receipts(record().data_set, record().as_of)
    assert sorted(fixed["quantity"]) == [4.0, 5.0]
    book.publish(record("r3", "other", hours=3), {}, {})
    book.orders.import_plan("r3", lines(4, line_id="r3:S1_20250531_DC_2_I0", order_id="S1_20250531_DC_2"), NOON)
    with pytest.raises(PlanError, match="run r2 has the same order line approved already"):
        approve(book, "r3:S1_20250531_DC_2_I0", run_id="r3")
    told = book.orders.decisions().set_index("number")
    assert told.loc["S1_20250531_DC_2_I0", ["run_id", "status", "who", "checked_by"]].tolist() == [
        "r2",
        "approved",
        "Li",
        "",
    ]


def test_a_superseded_line_names_the_newer_run_and_an_approved_one_stays(book):
    first, _, third = ids(book)
    approve(book, first)
    book.publish(record("r2", "baseline", hours=1), {}, {})
    book.orders.import_plan("r2", lines(6), NOON)
    with pytest.raises(PlanError) as caught:
        approve(book, third)
    assert "newer run" in caught.value.problems[0].rule
    assert book.orders.lines(statuses=["approved"])["line_id"].tolist() == [first]


def test_an_approval_that_is_cut_off_the_chain_shows(book):
    approve(book, ids(book)[0])
    with book.database.writing() as connection:
        connection.execute(text("DELETE FROM order_events WHERE status = 'approved'"))
    assert any("audit trail" in problem.rule for problem in book.orders.verify_chain())


@pytest.mark.parametrize(("function", "count"), [("commit", 1), ("full", 60_000)])
def test_a_killed_approval_leaves_nothing_half_done(tmp_path, function, count):
    store = Store.open(tmp_path / "store")
    store.publish(record("old1"), {}, {})
    store.orders.import_plan("old1", lines(*range(1, 900)), NOON)
    command = [sys.executable, str(CRASHING), str(store.root), "approve", function, str(count)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == (-signal.SIGKILL if function == "commit" else 1), ended.stderr
    store = Store.open(store.root)
    assert set(store.orders.lines()["status"]) == {"proposed"}
    assert store.orders.verify_chain() == ()
    act(store, "approve")
    assert set(store.orders.lines()["status"]) == {"approved"}
    assert store.orders.verify_chain() == ()
