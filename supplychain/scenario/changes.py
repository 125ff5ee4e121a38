"""What a change of a scenario does: to a setting, to known data, to what planners expect, to what happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from supplychain.scenario.columns import Cell

__all__ = [
    "AppliedChange",
    "Operation",
    "SettingChange",
    "TableChange",
    "Where",
    "WorldChange",
    "describe",
    "describe_during",
    "describe_where",
]

Operation = Literal["value", "multiply", "add", "append", "remove"]
Where = Mapping[str, tuple[Cell, ...] | Mapping[str, Cell]]
"""Column -> the values that pass (None: empty cells), or {from, to} with both ends included."""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """An operation on one setting, such as ``replenish.service_level.A``. ``origin`` is file:line:column."""

    path: str
    operation: Operation
    value: object
    origin: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TableChange:
    """An operation on the cells of one column, in the rows where the filter and the days hold.

    With an empty ``column`` it is about whole rows: append holds tuples of (column, value), remove has no value.
    ``layer`` says in which list of which scenario it stands: two values on one cell in one layer are an error.
    """

    table: str
    column: str
    operation: Operation
    value: Cell
    where: Where = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    allow_empty: bool = field(default=False, compare=False)
    layer: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)

    @property
    def path(self) -> str:
        """``table.column``, or the table for whole rows."""
        return f"{self.table}.{self.column}" if self.column else self.table


@dataclass(frozen=True, slots=True)
class WorldChange:
    """What planners expect (scope outlook) or what the twin delivers (scope world) on the days ``first`` to ``last``.

    ``target`` is demand, lead_time_days, lanes, sites or throughput; a missing end leaves the days open. Several
    changes that hold for the same thing compose in order. Use `supplychain.domain.select` with ``where``.
    """

    scope: Literal["outlook", "world"]
    target: str
    operation: Operation
    value: float | str
    where: Where = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    allow_empty: bool = field(default=False, compare=False)
    origin: str = field(default="", compare=False)

    @property
    def path(self) -> str:
        """``world.demand`` and the like."""
        return f"{self.scope}.{self.target}"


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change, the rows that its filter matched and the cells that really changed.

    For outlook and world ``matched`` counts suppliers, lanes, sites, or item-zone pairs, and ``changed`` equals it.
    """

    path: str
    where: str
    operation: Operation
    value: str
    during: str
    matched: int
    changed: int
    origin: str


def describe_where(where: Where) -> str:
    """A filter as one line for people; empty when every row passes."""
    parts = []
    for column, rule in sorted(where.items()):
        if isinstance(rule, Mapping):
            ends = " ".join(f"{end} {describe(rule[end])}" for end in ("from", "to") if rule.get(end) is not None)
            parts.append(f"{column} {ends}")
        else:
            parts.append(f"{column} = {' or '.join(describe(value) for value in rule)}")
    return ", ".join(parts)


def describe_during(first: date | None, last: date | None) -> str:
    """The days of a change as one line; empty means always."""
    return "" if first is None and last is None else f"{first or ''}..{last or ''}"


def describe(value: object) -> str:
    """One value for people."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple) and value and all(_is_row(row) for row in value):
        rows = (", ".join(f"{name}: {describe(cell)}" for name, cell in row) for row in value)
        return f"[{'; '.join(rows)}]"
    if isinstance(value, tuple):
        return f"[{', '.join(describe(item) for item in value)}]"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _is_row(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(cell, tuple) and len(cell) == 2 for cell in value)
