"""Everything that the ``set`` of a change may name: settings, columns, the outlook and the world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from pydantic import BaseModel

from supplychain.scenario.changes import Operation
from supplychain.scenario.columns import Column, contract, pick
from supplychain.scenario.settings import Settings
from supplychain.scenario.typed import strip_optional

__all__ = [
    "CLOSED_TABLES",
    "LARGEST_FACTOR",
    "Setting",
    "WorldTarget",
    "column_paths",
    "open_tables",
    "sections",
    "settings_catalogue",
    "world_targets",
]

LARGEST_FACTOR = 1000.0
"""What a factor of outlook or world may be at most."""

# why a table cannot be changed by a scenario
CLOSED_TABLES: Mapping[str, str] = {
    "actuals": "use world.demand to change what really happens",
    "contacts": "personal data take no part in scenarios",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One leaf of the settings: its path, and the model and field that hold it."""

    path: str
    model: type[BaseModel]
    name: str


@dataclass(frozen=True, slots=True)
class WorldTarget:
    """A target of outlook or world: allowed operations, allowed filter columns, meaning.

    ``largest_step`` is the most that ``add`` may add or take away, in the unit of the target.
    """

    path: str
    operations: tuple[Operation, ...]
    columns: Mapping[str, Column]
    meaning: str
    largest_step: float = 0.0


@cache
def settings_catalogue() -> Mapping[str, Setting]:
    """Path -> leaf, for every setting."""
    return {leaf.path: leaf for leaf in _leaves(Settings, "")}


@cache
def sections() -> Mapping[str, type[BaseModel]]:
    """Path -> model, for every map of settings."""
    found: dict[str, type[BaseModel]] = {}
    _sections(Settings, "", found)
    return found


@cache
def column_paths() -> Mapping[str, Column]:
    """``table.column`` -> column, for every column that a scenario may change."""
    return {
        f"{table}.{column.name}": column
        for table, columns in contract().items()
        if table not in CLOSED_TABLES
        for column in columns.values()
        if not column.key
    }


@cache
def open_tables() -> tuple[str, ...]:
    """Tables whose rows a scenario may append or remove."""
    return tuple(table for table in contract() if table not in CLOSED_TABLES)


@cache
def world_targets() -> Mapping[str, WorldTarget]:
    """Path -> target, for outlook and world."""
    demand = pick("items", ("item_id", "category"))
    demand |= pick("sites", ("site_id", "tier", "region", "remote"))
    site = pick("sites", ("site_id", "kind", "tier", "region"))
    lane = pick("lanes", ("origin_id", "destination_id", "mode"))
    supplier = pick("suppliers", ("supplier_id",))
    units = contract()["demand"]["quantity"].maximum or 0.0
    days = contract()["suppliers"]["lead_time_mean_days"].maximum or 0.0
    change: tuple[Operation, ...] = ("multiply", "add")
    targets = (
        WorldTarget("outlook.demand", change, demand, "Daily demand of zones that planners expect.", units),
        WorldTarget("world.demand", change, demand, "Daily demand of zones that really comes.", units),
        WorldTarget(
            "world.lead_time_days", change, supplier, "Days from order to receipt of orders placed then.", days
        ),
        WorldTarget("world.lanes", ("value",), lane, "closed: nothing leaves on the lane."),
        WorldTarget("world.sites", ("value",), site, "closed: the site neither receives nor ships."),
        WorldTarget("world.throughput", ("multiply",), site, "Units that a stocking site can ship in a day."),
    )
    return {target.path: target for target in targets}


def _leaves(model: type[BaseModel], prefix: str) -> list[Setting]:
    leaves = []
    for name, child in _children(model).items():
        path = f"{prefix}{name}"
        leaves += [Setting(path, model, name)] if child is None else _leaves(child, f"{path}.")
    return leaves


def _sections(model: type[BaseModel], prefix: str, found: dict[str, type[BaseModel]]) -> None:
    for name, child in _children(model).items():
        if child is not None:
            found[f"{prefix}{name}"] = child
            _sections(child, f"{prefix}{name}.", found)


def _children(model: type[BaseModel]) -> dict[str, type[BaseModel] | None]:
    children: dict[str, type[BaseModel] | None] = {}
    for name, info in model.model_fields.items():
        annotation, _ = strip_optional(info.annotation)
        is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
        children[name] = cast(type[BaseModel], annotation) if is_model else None
    return children
