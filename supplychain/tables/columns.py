"""The column table: every column of every table, as data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

__all__ = ["OUTSIDE", "REQUIRED_TABLES", "TYPES", "Column", "columns_of", "load_columns", "read_order"]

TYPES = (
    "key",
    "text",
    "choice",
    "number",
    "share",
    "integer",
    "boolean",
    "date",
    "time",
    "weekdays",
    "date_ranges",
    "list",
)
REQUIRED_TABLES = ("items", "sites", "suppliers", "supply", "demand")
OUTSIDE = ("contacts",)
"""Tables that are never part of a table set: personal data."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    ``required`` columns must be there and filled; ``key`` columns together name a row. ``default`` is the text that
    stands for an empty cell ("" means that empty stays empty). ``minimum`` and ``maximum`` are included.
    ``references`` is (table, column) of the key that the column points to.
    """

    table: str
    name: str
    type: str
    unit: str
    required: bool
    key: bool
    default: str
    minimum: float | None
    maximum: float | None
    choices: tuple[str, ...]
    references: tuple[str, str] | None
    meaning: str


@cache
def load_columns() -> Mapping[str, tuple[Column, ...]]:
    """The contract: columns by table, both in the order of the column table."""
    text = resources.files("supplychain.tables").joinpath("columns.csv").read_text(encoding="utf-8")
    tables: dict[str, list[Column]] = {}
    for row in csv.DictReader(text.splitlines()):
        tables.setdefault(row["table"], []).append(_column(row))
    return MappingProxyType({table: tuple(columns) for table, columns in tables.items()})


def columns_of(table: str) -> tuple[Column, ...]:
    """Columns of one table; raises KeyError for a table that the contract does not know."""
    return load_columns()[table]


def read_order() -> tuple[str, ...]:
    """Tables that a table set holds, in the order of the contract."""
    return tuple(table for table in load_columns() if table not in OUTSIDE)


def _column(row: Mapping[str, str]) -> Column:
    table, _, column = row["references"].partition(".")
    return Column(
        table=row["table"],
        name=row["column"],
        type=row["type"],
        unit=row["unit"],
        required=row["required"] == "yes",
        key=row["key"] == "yes",
        default=row["default"],
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
        choices=tuple(row["choices"].split("|")) if row["choices"] else (),
        references=(table, column) if column else None,
        meaning=row["meaning"],
    )
