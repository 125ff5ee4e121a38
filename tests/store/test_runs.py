from datetime import datetime

import pandas as pd
import pytest
from sqlalchemy import select, text

from supplychain.errors import BusyError, PlanError, SupplyChainError
from supplychain.store import Store
from supplychain.store.schema import METADATA, REVISION, audit

from .conftest import NOON, again, lines, record, step

TABLES = {
    "kpis": pd.DataFrame({"name": ["fill_rate"], "value": [0.97]}),
    "empty": pd.DataFrame({"x": pd.Series(dtype="float64")}),
}
MANIFEST = {"versions": {"supplychain": "0.1.0"}, "seed": 1, "steps": {"forecast": "used"}}


def test_a_run_comes_back(store):
    kept = store.publish(record(title="Ünïcode", parent="root"), TABLES, MANIFEST)
    assert kept == record(title="Ünïcode", parent="root")
    run = store.read_run("a1b2c3")
    assert run.record == kept
    assert run.manifest == MANIFEST
    assert list(run.tables) == ["kpis", "empty"]
    pd.testing.assert_frame_equal(run.tables["kpis"], TABLES["kpis"])
    assert "nothing" not in run.tables
    with pytest.raises(KeyError):
        run.tables["nothing"]


def test_publishing_again_keeps_the_first_and_makes_it_the_latest(store):
    store.publish(record(), TABLES, MANIFEST)
    store.publish(record("ffff", "other", hours=1), TABLES, MANIFEST)
    assert store.find("latest").run_id == "ffff"
    before = (store.root / "runs" / "a1b2c3" / "manifest.json").read_bytes()
    again = store.publish(record(hours=2), TABLES, MANIFEST)
    assert again.made_at == NOON
    assert (store.root / "runs" / "a1b2c3" / "manifest.json").read_bytes() == before
    assert [run.run_id for run in store.runs()] == ["a1b2c3", "ffff"]
    store.publish(record("ffff", "other", hours=-5), TABLES, MANIFEST)
    assert store.find("latest").run_id == "a1b2c3"


def test_find(store):
    with pytest.raises(PlanError, match="no such run among 0"):
        store.find("latest")
    store.publish(record("aa11", "baseline"), {}, {})
    store.publish(record("aa22", "baseline", hours=1), {}, {})
    store.publish(record("bb33", "aa", hours=-1), {}, {})
    assert store.find("baseline").run_id == "aa22"
    assert store.find("aa1").run_id == "aa11"
    assert store.find("aa11").run_id == "aa11"
    assert store.find("latest").run_id == "aa22"
    with pytest.raises(PlanError, match=r"fits 3 runs: bb33 \(aa\), aa22 \(baseline\), aa11 \(baseline\)"):
        store.find("aa")
    with pytest.raises(PlanError, match="did you mean baseline"):
        store.find("basline")
    with pytest.raises(PlanError, match="no such run"):
        store.find("")


def test_only_published_runs_are_seen(store):
    store.publish(record(), TABLES, MANIFEST)
    (store.root / "runs" / "a1b2c3").rename(store.root / "runs" / "stray")
    with pytest.raises(PlanError, match="not published"):
        store.read_run("stray")
    with pytest.raises(PlanError, match="missing"):
        store.read_run("a1b2c3")


def test_damaged_runs_are_named_and_can_be_published_again(store):
    store.publish(record(), TABLES, MANIFEST)
    path = store.root / "runs" / "a1b2c3" / "kpis.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    run = store.read_run("a1b2c3")
    with pytest.raises(PlanError, match=r"kpis\.parquet: its checksum"):
        run.tables["kpis"]
    store.publish(record(hours=1), TABLES, MANIFEST)
    pd.testing.assert_frame_equal(store.read_run("a1b2c3").tables["kpis"], TABLES["kpis"])


def test_clean_keeps_the_newest_those_with_open_lines_and_used_steps(store):
    for key in ("used", "unused", "old"):
        store.write_step(key, step(key=key))
    store.publish(record("open1", "other", hours=-9), TABLES, {})
    store.orders.import_plan("open1", lines(5), NOON)
    store.publish(record("old1", hours=-3), TABLES, {"steps": [{"name": "forecast", "key": "old"}]})
    store.publish(record("new1"), TABLES, MANIFEST)
    planned = store.clean(1, dry_run=True)
    assert planned.runs == ("old1",)
    assert planned.steps == ("forecast/old", "forecast/unused")
    assert len(store.runs()) == 3
    (store.root / "tmp" / "left.lock").touch()
    (store.root / "tmp" / "left").mkdir()
    assert store.clean(1) == planned
    assert [run.run_id for run in store.runs()] == ["new1", "open1"]
    assert sorted(path.name for path in (store.root / "runs").iterdir()) == ["new1", "open1"]
    assert [path.name for path in (store.root / "steps" / "forecast").iterdir()] == ["used"]
    assert list((store.root / "tmp").iterdir()) == []
    assert store.clean(0).runs == ("new1",)
    with pytest.raises(ValueError, match="keep -1"):
        store.clean(-1)


def test_a_store_must_be_there_unless_it_may_be_made(tmp_path):
    with pytest.raises(PlanError, match="no store yet"):
        Store.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    Store.open(tmp_path / "new").publish(record(), TABLES, MANIFEST)
    assert Store.open(tmp_path / "new", create=False).find("latest").scenario == "baseline"


def test_a_file_in_place_of_the_store_is_a_clear_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SupplyChainError, match="--store"):
        Store.open(tmp_path / "file")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "supplychain.db").write_text("this is no database at all, but a text of some length" * 20)
    with pytest.raises(SupplyChainError, match="not a database"):
        Store.open(tmp_path / "store")


def test_times_need_a_zone(store):
    with pytest.raises(ValueError, match="time zone"):
        store.publish(record().__class__(**{**record().__dict__, "made_at": datetime(2025, 1, 1)}), {}, {})  # noqa: DTZ001
    assert store.runs() == ()


def test_the_migrations_make_the_schema(store):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    import supplychain.store.migrations as package

    assert ScriptDirectory(package.__path__[0]).get_current_head() == REVISION
    with store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        if store.database.url.get_backend_name() == "sqlite":
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_newer_store_is_refused(store):
    with store.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(PlanError, match="newer version"):
        again(store)


def test_busy(store):
    hasty = again(store, busy_seconds=0.05)
    with store.database.writing():
        assert hasty.runs() == ()  # readers go on
        with pytest.raises(BusyError, match="another process") as caught:
            hasty.publish(record(), {}, {})
    assert caught.value.exit_code == 75
    hasty.publish(record(), {}, {})
    assert len(store.runs()) == 1


def test_a_failed_transaction_leaves_nothing(store):
    row = {"who": "x", "action": "x", "subject": "x", "content": "{}"}

    def insert_and_fail():
        with store.database.writing() as connection:
            connection.execute(audit.insert(), [row])
            assert len(connection.execute(select(audit)).all()) == 1
            raise KeyError

    with pytest.raises(KeyError):
        insert_and_fail()
    with store.database.reading() as connection:
        assert connection.execute(select(audit)).all() == []
