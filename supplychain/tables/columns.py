"""The column table: every column of every table, as data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

__all__ = ["TYPES", "Column", "Table", "columns_of", "load_columns", "read_order", "table_list"]

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


@dataclass(frozen=True, slots=True)
class Table:
    """One table; ``personal`` data are never part of a table set."""

    name: str
    required: bool
    personal: bool
    meaning: str


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
    tables: dict[str, list[Column]] = {}
    for row in _rows("columns.csv"):
        tables.setdefault(row["table"], []).append(_column(row))
    return MappingProxyType({table: tuple(columns) for table, columns in tables.items()})


def columns_of(table: str) -> tuple[Column, ...]:
    """Columns of one table; raises KeyError for a table that the contract does not know."""
    return load_columns()[table]


@cache
def table_list() -> Mapping[str, Table]:
    """The tables of the contract by name."""
    tables = [
        Table(row["table"], row["required"] == "yes", row["personal"] == "yes", row["meaning"])
        for row in _rows("tables.csv")
    ]
    return MappingProxyType({table.name: table for table in tables})


def read_order() -> tuple[str, ...]:
    """Tables that a table set holds, in the order of the contract: all but personal data."""
    return tuple(table.name for table in table_list().values() if not table.personal)


def _rows(file: str) -> list[dict[str, str]]:
    text = resources.files("supplychain.tables").joinpath(file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


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
