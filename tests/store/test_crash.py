"""Processes killed, a full disk, and writers at the same time."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from supplychain.store import Store

from .conftest import again, lines, record, step, url_of
from .crashing import LINES, ROWS, act

CRASHING = Path(__file__).with_name("crashing.py")


@pytest.fixture
def old_store(tmp_path):
    store = Store.open(tmp_path / "store")
    store.write_step("old1", step(key="old1"))
    store.publish(record("old1"), {"rows": step().tables["rows"]}, {"steps": ["old1"]})
    store.orders.import_plan("old1", lines(), record().made_at)
    return store


def run(store, action, function, count):
    command = [sys.executable, str(CRASHING), str(store.root), action, function, str(count)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def contents(folder: Path):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check_untouched(store, before):
    assert {path: path.read_bytes() for path in before} == before
    assert store.read_step("old1") is not None
    assert list(store.read_run("old1").tables["rows"].columns) == ["item_id", "mean"]
    assert store.orders.verify_chain() == ()


@pytest.mark.parametrize(
    ("action", "function", "count"),
    [
        ("step", "fsync", 1),
        ("step", "fsync", 4),
        ("step", "replace", 1),
        ("step", "fsync", 5),
        ("publish", "fsync", 2),
        ("publish", "replace", 1),
        ("publish", "commit", 1),
        ("orders", "commit", 1),
    ],
)
def test_a_killed_process_leaves_all_or_nothing(old_store, action, function, count):
    before = contents(old_store.root / "runs") | contents(old_store.root / "steps")
    ended = run(old_store, action, function, count)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    store = Store.open(old_store.root)
    check_untouched(store, before)
    assert [made.run_id for made in store.runs()] == ["old1"]
    assert store.orders.lines().empty
    if action == "step":  # there whole after the rename, absent before it
        assert (store.read_step("new1") is not None) == (count == 5)
    act(store, action)
    check_untouched(store, before)
    if action == "step":
        assert len(store.read_step("new1").tables["t"]) == ROWS
    elif action == "publish":
        assert len(store.read_run("new1").tables["t"]) == ROWS
    else:
        assert len(store.orders.lines()) == LINES
    store.clean(10)
    assert list((store.root / "tmp").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE there")
@pytest.mark.parametrize(
    ("action", "limit"), [("step", 50_000), ("publish", 50_000), ("publish", 100), ("orders", 300_000)]
)
def test_a_full_disk_is_a_clear_error_and_publishes_nothing(old_store, action, limit):
    before = contents(old_store.root / "runs") | contents(old_store.root / "steps")
    ended = run(old_store, action, "full", limit)
    assert ended.returncode == 1, ended.stderr
    assert "nothing was" in ended.stdout
    store = Store.open(old_store.root)
    check_untouched(store, before)
    assert [made.run_id for made in store.runs()] == ["old1"]
    assert store.read_step("new1") is None
    assert store.orders.lines().empty
    assert contents(store.root / "runs") | contents(store.root / "steps") == before
    assert list((store.root / "tmp").iterdir()) == []


def test_writers_at_the_same_time(store):
    script = textwrap.dedent(
        """
        import json, pathlib, sys
        from datetime import UTC, date, datetime
        import pandas as pd
        from supplychain.store import RunRecord, StepResult, Store
        root, me, url = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] or None
        store = Store.open(root, busy_seconds=30, url=url)
        table = pd.DataFrame({"x": range(100)})
        for number in range(6):
            store.write_step(f"s{number}", StepResult("forecast", f"s{number}", {"t": table}))
            for run_id in (f"shared{number}", f"{me}{number}"):
                made_at = datetime(2025, 6, 2, number, tzinfo=UTC)
                store.publish(RunRecord(run_id, me, "h", "toy", date(2025, 5, 31), 1, made_at), {"t": table}, {})
            line = {"supplier_id": "S", "item_id": "I", "site_id": "D", "order_date": "2025-05-31",
                    "due_date": "2025-06-07", "quantity": 1.0, "unit_price": 1.0}
            store.orders.import_plan(f"{me}{number}", pd.DataFrame([line]), made_at)
        """
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(store.root), name, url_of(store) or ""],
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    errors = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    store = again(store)
    assert len(store.runs()) == 6 + 3 * 6
    assert sorted(store.orders.lines(statuses=["proposed"])["run_id"]) == ["a5", "b5", "c5"]
    assert store.orders.verify_chain() == ()
    assert all(store.read_step(f"s{number}") for number in range(6))
    assert [path for path in (store.root / "tmp").iterdir() if path.is_dir()] == []
