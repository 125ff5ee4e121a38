"""URLs of the plan database that cannot be used, and servers that do not answer."""

import sys

import pytest

from supplychain.errors import PlanError, SupplyChainError, UsageError
from supplychain.store import Store

from .conftest import record


@pytest.mark.parametrize("url", ["no url at all", "mysql://user@host/plans"])
def test_a_url_that_cannot_be_used_is_named(tmp_path, url):
    with pytest.raises(UsageError, match="postgresql"):
        Store.open(tmp_path, url=url)


def test_a_missing_driver_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError, match=r"install supplychain-toolkit\[postgres\]"):
        Store.open(tmp_path, url="postgresql://user@host/plans")


def test_a_server_that_does_not_answer_is_a_clear_error_without_the_password(tmp_path):
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed")
    with pytest.raises(SupplyChainError, match="nothing was changed") as caught:
        Store.open(tmp_path, url=f"postgresql://user:secret@/plans?host={tmp_path}")
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_database(new_database, monkeypatch, tmp_path):
    assert not Store.is_at(tmp_path)
    monkeypatch.setenv("SUPPLYCHAIN_DATABASE_URL", new_database())
    assert Store.is_at(tmp_path)
    Store.open(tmp_path).publish(record(), {}, {})
    assert not (tmp_path / "supplychain.db").exists()
    assert [run.run_id for run in Store.open(tmp_path, create=False).runs()] == ["a1b2c3"]
    monkeypatch.delenv("SUPPLYCHAIN_DATABASE_URL")
    with pytest.raises(PlanError, match="name the database of these runs in SUPPLYCHAIN_DATABASE_URL"):
        Store.open(tmp_path, create=False)
