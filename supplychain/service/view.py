"""What a scenario resolves to, as data that people can read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from supplychain.scenario import Scenario, difference, load_scenario
from supplychain.service.inputs import find_project

__all__ = ["scenario_view"]


def scenario_view(scenario: str | Path, *, sets: Sequence[str] = (), project: Path | None = None) -> dict[str, Any]:
    """Chain, data set, shocks, every setting with where it was set, and every change of known data, outlook and world.

    Raises ScenarioError with every problem.
    """
    chosen = load_scenario(str(scenario), project=find_project(scenario, project), sets=sets)
    rows = difference(chosen, Scenario(chosen.name, chosen.title, data=chosen.data, as_of=chosen.as_of))
    return {
        "scenario": chosen.name,
        "title": chosen.title,
        "description": chosen.description.strip(),
        "chain": list(chosen.chain),
        "data": chosen.data,
        "as_of": chosen.as_of.isoformat() if chosen.as_of else None,
        "shocks": list(chosen.shocks),
        "settings": [
            {"path": path, "value": _text(value), "origin": chosen.origins.get(path, "default")}
            for path, value in _leaves(chosen.settings.model_dump(mode="json"))
        ],
        "changes": [asdict(row) for row in rows if row.kind != "setting"],
        "compare": {"against": chosen.compare.against, "show": list(chosen.compare.show)},
    }


def _leaves(tree: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in tree.items():
        here = f"{path}.{name}" if path else name
        found += _leaves(value, here) if isinstance(value, dict) else [(here, value)]
    return found


def _text(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
