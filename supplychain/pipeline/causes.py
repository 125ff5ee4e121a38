"""What a planner can change and a step reads: settings and tables by the names that planners know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from supplychain.domain import DataSet
from supplychain.scenario import Scenario
from supplychain.scenario.settings import Settings

__all__ = ["EVERY_TABLE", "causes"]

EVERY_TABLE = (
    "items", "sites", "suppliers", "supply", "lanes", "demand", "actuals", "item_sites", "pins", "price_breaks",
    "promotions", "events", "overrides", "stock", "open_orders", "transfers", "receipts", "rates", "constants",
)  # fmt: skip
"""Tables behind orders, transfers and the simulated year; a data set has its routes' tables besides."""


def causes(
    dataset: DataSet,
    settings: Settings,
    *,
    sections: Sequence[str],
    tables: Sequence[str],
    scenario: Scenario | None = None,
) -> dict[str, Any]:
    """Settings below ``sections`` (dotted paths) one by one, ``tables``, and the changes of a ``scenario``, by name."""
    found: dict[str, Any] = {
        path: value
        for path, value in _leaves(settings.model_dump(mode="json"))
        if any(path == section or path.startswith(f"{section}.") for section in sections)
    }
    found |= {name: getattr(dataset, name) for name in tables}
    if scenario is not None:
        found |= {"what planners expect": scenario.outlook, "what really happens": scenario.world}
    return found


def _leaves(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value
