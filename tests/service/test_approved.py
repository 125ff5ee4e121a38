"""Approved lines of the plan database are fixed receipts of the next run, once, and never change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from supplychain.service.approved import APPROVED_LINES, with_approved
from supplychain.service.execution import run
from supplychain.store import Store
from supplychain.tables import check_tables, read_tables
from tests.small_house import write_project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("project"))


def approve(store: Store, run_id: str, status: str = "approved", count: int = 1) -> pd.DataFrame:
    """Set the first lines of a run to a status, as an approval would."""
    lines = store.orders.lines(run_id=run_id).head(count)
    with store.database.writing() as connection:
        for line_id in lines["line_id"]:
            connection.execute(
                text("UPDATE order_lines SET status = :s WHERE line_id = :l"), {"s": status, "l": line_id}
            )
    return lines


def test_an_approved_line_is_on_the_way_in_the_next_run_and_is_left_alone(project, tmp_path) -> None:
    store = Store.open(tmp_path / "store")
    first = run("small", project=project, store=store, until="replenish")
    (line,) = approve(store, first.run_id).to_dict("records")
    second = run("small", project=project, store=store, until="replenish")
    assert second.run_id != first.run_id
    (action,) = second.tables["order_actions"].query("kind == 'approved order'").to_dict("records")
    assert (action["order_id"], action["quantity"], action["action"]) == (line["order_id"], line["quantity"], "keep")
    key = ["item_id", "site_id"]
    before, after = (one.tables["stock_projection"].set_index([*key, "date"])["received"] for one in (first, second))
    due = (line["item_id"], line["site_id"], pd.Timestamp(line["due_date"]))
    if due in after.index:
        assert after[due] >= line["quantity"]
        assert before[due] >= line["quantity"]  # as proposed
    again = second.tables["order_lines"].query("status == 'proposed'").set_index(key)["quantity"]
    assert again.get((line["item_id"], line["site_id"]), 0.0) < line["quantity"]
    kept = store.orders.lines(statuses=["approved"])
    assert kept["line_id"].tolist() == [line["line_id"]]
    cash = second.tables["cash_weeks"]
    assert cash["approved"].sum() == pytest.approx(line["quantity"] * line["unit_price"])
    assert first.tables["cash_weeks"]["approved"].sum() == 0


def test_which_lines_count(project, tmp_path) -> None:
    store = Store.open(tmp_path / "store")
    tables = read_tables(project / "data" / "small")
    result = run("small", project=project, store=store, until="replenish")
    assert with_approved(tables, store) is tables
    lines = store.orders.lines(run_id=result.run_id)
    for status, counts in (("released", True), ("confirmed", True), ("received", False), ("rejected", False)):
        approve(store, result.run_id, status)
        more = len(with_approved(tables, store).frames["open_orders"]) - len(tables.frames["open_orders"])
        assert more == int(counts), status
    approve(store, result.run_id, "approved", 2)
    fixed = with_approved(tables, store)
    assert check_tables(fixed) == []
    assert fixed.frames["open_orders"]["status"].eq("approved").sum() == 2
    assert APPROVED_LINES in fixed.fingerprints
    assert store.orders.fixed_receipts("another", date(2025, 5, 31)).empty
    assert store.orders.fixed_receipts(tables.name, date(2025, 5, 30)).empty  # not placed yet
    one = lines.iloc[0]
    known = tables.frames["open_orders"].copy()
    for name in ("order_id", "item_id", "site_id", "supplier_id"):
        known.loc[0, name] = one[name]
    once = with_approved(tables.replace_frame("open_orders", known), store)
    assert len(once.frames["open_orders"]) == len(known) + 1  # the data set has the first one by now


def test_of_two_runs_that_approve_the_same_order_line_the_newer_counts(project, tmp_path) -> None:
    store = Store.open(tmp_path / "store")
    older = run("small", project=project, store=store, until="replenish", now=datetime(2025, 6, 1, 8, tzinfo=UTC))
    later = datetime(2025, 6, 1, 9, tzinfo=UTC)
    newer = run("small", project=project, store=store, until="replenish", sets=("seed=2",), now=later)
    for result in (older, newer):
        approve(store, result.run_id)
    found = store.orders.fixed_receipts("small", date(2025, 5, 31))
    assert found["run_id"].tolist() == [newer.run_id]


def test_what_has_come_in_is_no_longer_on_the_way(project, tmp_path) -> None:
    store = Store.open(tmp_path / "store")
    tables = read_tables(project / "data" / "small")
    result = run("small", project=project, store=store, until="replenish")
    (line,) = approve(store, result.run_id).to_dict("records")
    fixed = with_approved(tables, store)
    assert len(fixed.frames["open_orders"]) == len(tables.frames["open_orders"]) + 1
    came = {
        "order_id": line["order_id"],
        "supplier_id": line["supplier_id"],
        "item_id": line["item_id"],
        "site_id": line["site_id"],
        "ordered": pd.Timestamp(line["order_date"]),
        "promised": pd.Timestamp(line["due_date"]),
        "received": pd.Timestamp(line["due_date"]),
        "quantity_ordered": line["quantity"],
        "quantity_received": line["quantity"],
        "quantity_rejected": 0.0,
    }
    known = tables.frames["receipts"]
    receipts = pd.DataFrame([came], columns=known.columns).astype(known.dtypes.to_dict())
    assert len(with_approved(tables.replace_frame("receipts", receipts), store).frames["open_orders"]) == len(
        tables.frames["open_orders"]
    )


@pytest.mark.parametrize(("times", "status"), [(1.0, "placed"), (10.0, "open")])
def test_an_approved_line_that_is_entered_as_it_was_approved_is_known_as_placed(project, tmp_path, times, status):
    store = Store.open(tmp_path / "store")
    tables = read_tables(project / "data" / "small")
    result = run("small", project=project, store=store, until="replenish")
    (line,) = approve(store, result.run_id).to_dict("records")
    known = tables.frames["open_orders"].copy()
    for name in ("order_id", "item_id", "site_id", "supplier_id", "quantity"):
        known.loc[0, name] = line[name]
    known.loc[0, "quantity"] *= times
    entered = tables.replace_frame("open_orders", known)
    found = with_approved(entered, store)
    assert found.frames["open_orders"]["status"].tolist() == [status, *known["status"][1:]]
    assert check_tables(found) == []
    assert (found is entered) == (status == "open")
    assert (APPROVED_LINES in found.fingerprints) == (status == "placed")
