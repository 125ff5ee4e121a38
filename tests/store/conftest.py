import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain.store import RunRecord, StepResult, Store

from .postgres import find_programs, running_server

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def new_database():
    """Makes an empty schema in a PostgreSQL database and gives its URL."""
    import sqlalchemy

    programs = find_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (initdb is not found)")
    with running_server(programs) as url:
        admin = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        numbers = itertools.count(1)

        def make():
            name = f"store{next(numbers)}"
            with admin.begin() as connection:
                connection.execute(sqlalchemy.text(f"CREATE SCHEMA {name}"))
            return f"{url}&options=-csearch_path%3D{name}"

        yield make
        admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def make_store(request, tmp_path_factory):
    """Opens a new store, whose plan database is of either kind."""

    def make(**options):
        url = request.getfixturevalue("new_database")() if request.param == "postgresql" else None
        return Store.open(tmp_path_factory.mktemp("store") / "store", url=url, **options)

    return make


@pytest.fixture
def store(make_store):
    return make_store()


def url_of(store):
    """URL of the plan database; None where it lies beside the runs."""
    url = store.database.url
    return None if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=False)


def again(store, **options):
    """The same store, opened anew."""
    return Store.open(store.root, url=url_of(store), **options)


def step(key="abc123", name="forecast", rows=3):
    table = pd.DataFrame({"item_id": [f"{i:05d}" for i in range(rows)], "mean": np.arange(rows) / 3})
    return StepResult(
        name, key, {"rows": table}, {"levels": [0.5, 0.9], "note": "ü"}, {"mean": np.arange(6.0).reshape(2, 3)}
    )


def record(run_id="a1b2c3", scenario="baseline", hours=0, **changes):
    made_at = NOON + timedelta(hours=hours)
    return RunRecord(run_id, scenario, "hash-" + scenario, "toy", date(2025, 5, 31), 1, made_at, **changes)


def lines(*quantities, supplier="S1", **columns):
    return pd.DataFrame(
        {
            "supplier_id": supplier,
            "item_id": [f"I{i}" for i in range(len(quantities))],
            "site_id": "DC",
            "order_date": np.datetime64("2025-05-31", "s"),
            "due_date": np.datetime64("2025-06-07", "s"),
            "quantity": [float(q) for q in quantities],
            "unit_price": 2.5,
            "currency": "CNY",
            **columns,
        }
    )
