"""Every problem of a scenario as a list, for ``validate`` and for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from supplychain.errors import Problem, ScenarioError
from supplychain.scenario.apply import apply_changes
from supplychain.scenario.load import load_scenario
from supplychain.tables.table_set import Tables

__all__ = ["check_scenario"]


def check_scenario(
    name_or_path: str, *, project: Path | None = None, sets: Sequence[str] = (), tables: Tables | None = None
) -> list[Problem]:
    """Problems of the scenario and its ancestors; with ``tables`` also those of its changes on these data."""
    try:
        scenario = load_scenario(name_or_path, project=project, sets=sets)
        if tables is not None:
            apply_changes(tables, scenario)
    except ScenarioError as error:
        return list(error.problems)
    return []
