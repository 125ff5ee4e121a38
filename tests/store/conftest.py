from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain.store import RunRecord, StepResult, Store

NOON = datetime(2025, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store")


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
