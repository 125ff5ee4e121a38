"""The data contract as a scenario file needs it: which columns exist and how a cell is typed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import cast

from supplychain.scenario.words import WordError, parse_boolean
from supplychain.tables import cells
from supplychain.tables.columns import Column, load_columns

__all__ = ["LISTS", "NUMBERS", "ORDERED", "Cell", "Column", "contract", "parse_cell", "parse_list", "pick"]

Cell = str | float | int | bool | date | tuple[object, ...] | None
NUMBERS = ("number", "share", "integer")
ORDERED = (*NUMBERS, "date", "time")
LISTS = ("list", "weekdays", "date_ranges")


@cache
def contract() -> Mapping[str, Mapping[str, Column]]:
    """Tables -> columns by name, in the order of the column table."""
    return {table: {column.name: column for column in columns} for table, columns in load_columns().items()}


def pick(table: str, names: tuple[str, ...]) -> dict[str, Column]:
    """The named columns of one table."""
    return {name: contract()[table][name] for name in names}


def parse_cell(column: Column, text: str) -> Cell:
    """Type one text by its column; raises WordError with rule and fix."""
    if column.type == "boolean":
        return parse_boolean(text)
    if not text.strip():
        raise WordError("must not be empty", "write a value")
    try:
        return cast(Cell, cells.parse_cell(column, text))
    except cells.CellError as error:
        raise WordError(error.rule, error.fix) from None


def parse_list(column: Column, texts: list[str]) -> tuple[object, ...]:
    """Type the elements of a list column; raises WordError with rule and fix."""
    if not texts:
        return ()
    joined = ("" if column.type == "weekdays" else "|").join(texts)
    return cast(tuple[object, ...], parse_cell(column, joined))
