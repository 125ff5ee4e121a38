"""Whoever sorts an export anew gets the same plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from supplychain.service.execution import run
from tests.small_house import small_tables, write_project

SETS = (
    "replenish.policy=optimized", "replenish.rebalance=yes", "replenish.budget_per_month=60000",
    "route.iterations=5",
)  # fmt: skip


def test_shuffled_tables_give_the_same_tables_of_all_plans(tmp_path: Path) -> None:
    """Every table of the run, cell by cell: forecast, sources, orders, exceptions, actions, transfers, routes."""
    random = np.random.default_rng(7)
    found = []
    for name, shuffle in (("given", False), ("shuffled", True)):
        tables = small_tables()
        if shuffle:
            tables = {table: [rows[i] for i in random.permutation(len(rows))] for table, rows in tables.items()}
        project = write_project(tmp_path / name, tables)
        found.append(run("small", until="route", project=project, store=project / "store", sets=SETS).tables)
    first, second = found
    assert set(first) == set(second)
    assert len(first["order_lines"]) > 20
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name], check_exact=True, obj=name)
