"""Nobody but the twin knows what happens after the planning day."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd

import supplychain
from supplychain.service.execution import run
from tests.small_house import small_tables, write_project

# `actuals is not None` in service.run asks whether there is anything to live through, not what is in it
READERS = (
    "supplychain/twin/",
    "supplychain/tables/",
    "supplychain/datasets/",
    "supplychain/domain/",
    "supplychain/scenario/",
)
ROOT = Path(supplychain.__file__).parents[1]


def mentions(tree: ast.AST) -> list[ast.AST]:
    """Uses of ``.actuals``, and of the table by its name in brackets."""
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        by_attribute = isinstance(node, ast.Attribute) and node.attr == "actuals"
        by_name = (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "actuals"
        )
        if by_attribute or by_name:
            found.append(node)
    return found


def asks_only_whether(tree: ast.AST) -> set[int]:
    """Ids of ``x.actuals`` that are only compared with None."""
    return {
        id(node.left)
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Is | ast.IsNot)
        and isinstance(node.comparators[0], ast.Constant)
        and node.comparators[0].value is None
    }


def test_only_the_twin_reads_the_actuals():
    readers, others = 0, []
    for package in ("supplychain", "forecasts", "solvers", "compilation"):
        for file in sorted((ROOT / package).rglob("*.py")):
            name = file.relative_to(ROOT).as_posix()
            tree = ast.parse(file.read_text(encoding="utf-8"))
            harmless = asks_only_whether(tree)
            uses = [node for node in mentions(tree) if id(node) not in harmless]
            if name.startswith(READERS):
                readers += len(uses)
            else:
                others += [f"{name}:{node.lineno}" for node in uses]
    assert others == []
    assert readers > 3


def test_plans_and_forecast_do_not_depend_on_the_actuals(tmp_path):
    tables = small_tables()
    other = [
        {**row, "quantity": str(3 * int(row["quantity"]) + 1), "price": "3", "promo": "yes"}
        for row in tables["actuals"][::2]
    ]
    made = []
    for name, actuals in (("as_is", tables["actuals"]), ("changed", other), ("none", [])):
        project = write_project(tmp_path / name, {**tables, "actuals": actuals})
        made.append(run("small", until="route", project=project, store=tmp_path / f"store_{name}"))
    first, *rest = made
    assert len(first.tables) > 10
    for result in rest:
        assert result.tables.keys() == first.tables.keys()
        for name in first.tables:
            pd.testing.assert_frame_equal(result.tables[name], first.tables[name], check_exact=True)
        assert [step.key for step in result.steps] == [step.key for step in first.steps]


def test_without_actuals_a_run_ends_before_the_closed_loop(tmp_path):
    project = write_project(tmp_path, {**small_tables(), "actuals": []})
    result = run("small", project=project, store=tmp_path / "store", sets=("replenish.outlook_days=1",))
    assert [step.name for step in result.steps] == ["place", "forecast", "replenish", "review", "route"]
    assert set(result.kpis["basis"]) == {"plan"}
