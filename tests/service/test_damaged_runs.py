"""Damaged, lost and forgotten runs: the way out that is told works, and nothing that was approved is ordered twice."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from supplychain.errors import PlanError
from supplychain.service.approving import approve_lines
from supplychain.service.doctor import Check, check_house
from supplychain.service.execution import run
from supplychain.service.listing import list_plans, open_store, open_stored
from supplychain.service.previewing import preview
from supplychain.store import Store
from tests.small_house import write_project

PART = {"until": "replenish"}
FIRST, LATER = datetime(2025, 6, 1, 12, tzinfo=UTC), datetime(2025, 6, 1, 14, tzinfo=UTC)
BETWEEN = datetime(2025, 6, 1, 13, tzinfo=UTC)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A project whose run has an approved line; its run and the line's number."""
    project = write_project(tmp_path_factory.mktemp("project"))
    store = Store.open(project / "store")
    result = run("small", project=project, store=store, now=FIRST, **PART)
    number = str(result.tables["order_lines"].query("status == 'proposed'")["line_id"].iloc[0])
    approve_lines(result, [number], who="Ann", store=store, now=BETWEEN)
    return project, result.run_id, number


@pytest.fixture
def project(made: tuple[Path, str, str], tmp_path: Path) -> Path:
    shutil.copytree(made[0], tmp_path / "project")
    return tmp_path / "project"


def spoil(folder: Path, how: str) -> None:
    if how == "no folder":
        shutil.rmtree(folder)
    else:
        file = folder / how
        file.write_bytes(file.read_bytes()[:10])


@pytest.mark.parametrize("how", ["no folder", "manifest.json", "order_lines.parquet"])
def test_a_damaged_run_is_made_again_by_running_its_scenario_with_what_was_approved(how, made, project, caplog) -> None:
    _, run_id, number = made
    store = open_store(project / "store")
    before = open_stored(run_id, store=store)
    lines, events = before.tables["order_lines"], store.orders.events(f"{run_id}:{number}")
    spoil(store.root / "runs" / run_id, how)
    with pytest.raises(PlanError, match="run its scenario again"):
        open_stored("small", store=store)
    with caplog.at_level(logging.WARNING):
        assert list_plans(store).empty
    assert "left out" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        second = run("small", project=project, store=store, now=LATER, **PART)
    assert f"run {run_id} is made again" in caplog.text
    assert second.run_id != run_id  # it counts the approved line
    assert not store.damage(run_id)
    again = open_stored(run_id, store=store)
    kept = again.tables["order_lines"]
    assert kept["line_id"].tolist() == lines["line_id"].tolist()
    assert kept.set_index("line_id").loc[number, "approved_by"] == "Ann"
    assert store.read_run(run_id).record.made_at == FIRST
    assert store.orders.events(f"{run_id}:{number}") == events
    assert store.orders.verify_chain() == ()
    assert sorted(list_plans(store)["run"]) == sorted([run_id, second.run_id])
    assert number not in second.tables["order_lines"].query("status == 'proposed'")["line_id"].tolist()


def test_a_damaged_run_that_comes_out_as_another_is_told_and_stands_in_nobodys_way(made, project, caplog) -> None:
    _, run_id, number = made
    store = open_store(project / "store")
    spoil(store.root / "runs" / run_id, "manifest.json")
    items = project / "data" / "small" / "items.csv"
    items.write_text(items.read_text(encoding="utf-8").replace("Kettle", "Pot"), encoding="utf-8")
    assert not preview("small", project=project, store=store.root, until="replenish").stored
    with caplog.at_level(logging.WARNING):
        second = run("small", project=project, store=store, now=LATER, **PART)
    assert f"run {run_id} cannot be made again" in caplog.text
    assert open_stored("small", store=store).run_id == second.run_id
    assert list_plans(store)["run"].tolist() == [second.run_id]
    assert store.orders.lines(run_id=run_id, statuses=["approved"])["line_id"].tolist() == [f"{run_id}:{number}"]
    assert run_id not in store.clean(0).runs  # its approved line counts
    assert store.orders.verify_chain() == ()


@pytest.mark.parametrize("how", ["emptied", "deleted"])
def test_an_emptied_database_beside_runs_is_refused_until_one_begins_anew_on_purpose(how, made, project) -> None:
    _, run_id, _ = made
    root = project / "store"
    copy = (root / "supplychain.db").read_bytes()
    if how == "emptied":
        (root / "supplychain.db").write_bytes(b"")
    else:
        (root / "supplychain.db").unlink()
    for _again in range(2):
        with pytest.raises(PlanError, match=f"proposed again(.|\n)*{run_id}(.|\n)*runs clean --unknown --store"):
            run("small", project=project, store=root, **PART)
        with pytest.raises(PlanError, match="restore it from a backup"):
            open_store(root)
    (root / "supplychain.db").write_bytes(copy)
    assert [one.run_id for one in open_store(root).runs()] == [run_id]
    (root / "supplychain.db").write_bytes(b"")
    assert open_store(root, begin_anew=True).clean(20, unknown=True).runs == (run_id,)
    assert not list((root / "runs").iterdir())
    assert open_store(root).runs() == ()
    assert run("small", project=project, store=root, **PART).run_id == run_id


def test_a_new_store_beside_an_empty_folder_or_a_killed_first_run_is_none_of_this(tmp_path: Path) -> None:
    root = tmp_path / "store"
    root.mkdir()
    assert Store.open(root).runs() == ()
    (root / "supplychain.db").unlink()
    (root / "runs" / "left").mkdir(parents=True)
    (root / "runs" / "left" / "kpis.parquet").write_bytes(b"")
    assert Store.open(root).runs() == ()


def test_runs_that_a_restored_database_does_not_know_are_told(made, project, caplog) -> None:
    _, run_id, _ = made
    store = open_store(project / "store")
    shutil.copytree(store.root / "runs" / run_id, store.root / "runs" / "ffff")
    with caplog.at_level(logging.WARNING):
        run("small", project=project, store=store, now=LATER, **PART)
    assert "does not know ffff" in caplog.text
    assert store.clean(20).runs == ()
    assert store.clean(20, unknown=True, dry_run=True).runs == ("ffff",)
    assert store.clean(20, unknown=True).runs == ("ffff",)
    assert store.unknown_runs() == ()


def test_the_doctor_tells_damaged_runs_and_order_lines_changed_by_hand(made, project) -> None:
    _, run_id, number = made
    store = open_store(project / "store")

    def seen() -> dict[str, Check]:
        return {check.subject: check for check in check_house(store.root) if check.subject in {"runs", "order book"}}

    assert [(name, check.ok) for name, check in seen().items()] == [("order book", True)]
    spoil(store.root / "runs" / run_id, "kpis.parquet")
    assert seen()["runs"].detail == f"damaged: {run_id} (small)"
    for statement, told in (
        ("UPDATE order_events SET who = 'Eve' WHERE who = 'Ann'", "does not cover the event: it was altered"),
        ("UPDATE order_lines SET quantity = quantity + 1 WHERE status = 'approved'", "its events say"),
    ):
        with store.database.writing() as connection:
            connection.execute(text(statement))
        book = seen()["order book"]
        assert book.ok is False
        assert told in book.detail
        assert f"{run_id}:{number}" in book.detail
        assert book.fix == "restore the plan database from a copy made before the change"
