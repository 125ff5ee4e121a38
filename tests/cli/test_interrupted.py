"""Runs that are interrupted, killed, or meet another writer: real processes, real signals."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from supplychain.store import Store
from tests.small_house import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

CLI = Path(__file__).parents[2] / "cli.py"
RUN = [sys.executable, str(CLI), "run", "small", "--workers", "2", "--until", "route"]
KEPT = "finished steps are kept and will be reused"


def start(folder: Path) -> subprocess.Popen[str]:
    """A run in a process group of its own, as a shell would start it."""
    return subprocess.Popen(
        RUN,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A test run in the background of a shell ignores Ctrl-C, and so would its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - one thread
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=120)
    return process.returncode, err


def is_gone(group: int, seconds: float = 15.0) -> bool:
    """Whether every process of the group ends soon."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("number", "to_group", "code", "last"),
    [
        (signal.SIGINT, True, 130, f"interrupted; {KEPT}"),  # Ctrl-C reaches the workers too
        (signal.SIGTERM, False, 143, f"terminated; {KEPT}"),
        (signal.SIGKILL, False, -9, ""),
    ],
    ids=["ctrl-c", "terminate", "kill"],
)
def test_an_interrupted_run_leaves_nothing_behind_and_goes_on_where_it_was(
    tmp_path: Path, number: signal.Signals, to_group: bool, code: int, last: str
) -> None:
    write_project(tmp_path)
    process = start(tmp_path)
    assert process.stderr is not None
    heard = ""
    while "review made" not in heard:  # the workers are about to route
        line = process.stderr.readline()
        assert line, heard
        heard += line
    time.sleep(0.4)
    (os.killpg if to_group else os.kill)(process.pid, number)
    ended, said = finish(process)
    assert ended == code, said
    assert said.strip() == last
    assert is_gone(process.pid)
    store = Store.open(tmp_path / ".supplychain", create=False)
    assert store.runs() == ()
    assert store.orders.verify_chain() == ()
    ended, said = finish(start(tmp_path))
    assert ended == 0, said
    assert [f"small: {step} reused" in said for step in ("place", "forecast", "replenish", "review", "route")] == [
        True
    ] * 4 + [False]
    assert [run.scenario for run in store.runs()] == ["small"]
    assert len(store.orders.lines(statuses=["proposed", "to_review"]))


def test_a_run_that_meets_another_writer_is_75_and_publishes_nothing(tmp_path: Path) -> None:
    write_project(tmp_path)
    store = Store.open(tmp_path / ".supplychain")
    with closing(sqlite3.connect(store.root / "supplychain.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        command = [*RUN[:-1], "place"]
        ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        assert ended.returncode == 75, ended.stderr
        assert "another process has been writing for more than 10 s" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert store.runs() == ()
        other.execute("ROLLBACK")
    assert finish(start(tmp_path))[0] == 0
    assert len(store.runs()) == 1
