"""A store that may not be written can be read, and says what to do when something is to be written."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from supplychain.store import Store

from .conftest import NOON, lines, record, step

READING = Path(__file__).with_name("reading.py")
# root may write where nobody may; a mount that only the new process sees binds root too
MOUNT = [
    "unshare",
    "--mount",
    "sh",
    "-c",
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" "$3" "$1"',
]


@pytest.fixture
def old_store(tmp_path):
    store = Store.open(tmp_path / "store")
    store.write_step("old1", step(key="old1"))
    store.publish(record("old1"), {"rows": step().tables["rows"]}, {"steps": ["old1"]})
    store.orders.import_plan("old1", lines(5), NOON)
    return store


def read(root: Path):
    before = contents(root)
    command = [sys.executable, str(READING), str(root)]
    if os.geteuid() == 0:
        command = [*MOUNT, "sh", str(root), sys.executable, str(READING)]
        if shutil.which("unshare") is None or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
            pytest.skip("root needs a mount of its own to be kept from writing")
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for path in (*folders, *contents(root)):
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    finally:
        for path in folders:
            path.chmod(0o755)
    assert ended.returncode == 0, ended.stderr
    assert contents(root) == before
    return json.loads(ended.stdout)


def contents(folder: Path):
    return {
        path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".db-shm"
    }


def check_read(told, runs=("old1",)):
    assert told["runs"] == list(runs)
    assert told["rows"] == [3] * len(runs)
    assert told["step"]
    assert told["lines"] == 1
    assert all("read-only" in text.lower() or "Permission denied" in text for text in told["refused"]), told
    assert all("--store" in text for text in (told["refused"][0], *told["refused"][3:]))


def test_everything_can_be_read_and_nothing_written(old_store):
    check_read(read(old_store.root))


def test_what_a_killed_writer_left_in_the_log_is_read_too(old_store, tmp_path):
    with closing(sqlite3.connect(old_store.root / "supplychain.db")) as holding:
        holding.execute("SELECT count(*) FROM runs").fetchall()  # the last connection to close would empty the log
        old_store.publish(record("new2", hours=1), {"rows": step().tables["rows"]}, {"steps": []})
        killed = Path(shutil.copytree(old_store.root, tmp_path / "killed"))
    assert (killed / "supplychain.db-wal").stat().st_size
    check_read(read(killed), ("new2", "old1"))


def test_an_older_schema_cannot_be_brought_up_there(old_store):
    with old_store.database.writing() as connection:
        connection.execute(text("ALTER TABLE runs DROP COLUMN variant"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    told = read(old_store.root)["open"]
    assert "read-only" in told
    assert "copy the store" in told


def test_an_older_store_is_brought_up_where_it_can_be_written(store):
    store.publish(record(), {}, {})
    with store.database.writing() as connection:
        connection.execute(text("ALTER TABLE runs DROP COLUMN variant"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    store.database.upgrade()
    assert store.runs() == (record(),)
    assert store.read_run("a1b2c3").record == store.find("baseline") == record()
