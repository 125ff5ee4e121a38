"""Typed pandas columns by the contract, and the cells that could not become part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.tables.cells import CellError
from supplychain.tables.columns import Column

__all__ = ["BadCells", "date_array", "integer_series", "object_series", "series_of"]

_EMPTY_TUPLES = frozenset({"weekdays", "date_ranges", "list"})


@dataclass
class BadCells:
    """Faults of one column: (position, text, fault) of cells, and (what, fault) of the column as a whole."""

    cells: list[tuple[int, str, CellError]] = field(default_factory=list)
    column: list[tuple[str, CellError]] = field(default_factory=list)

    def add(self, row: int, text: str, fault: CellError) -> None:
        """Record the fault of one cell."""
        self.cells.append((row, text, fault))

    def add_empty(self, rows: npt.NDArray[np.intp]) -> None:
        """Record required cells that are empty."""
        fault = CellError("must not be empty", "fill the cell")
        self.cells += [(int(row), "", fault) for row in rows]


def series_of(
    column: Column, values: Sequence[Any], codes: npt.NDArray[np.int64], default: Any, *, categorical: bool = False
) -> pd.Series:
    """Series of ``values[codes]``; code -1 and a value None become the default, or empty where there is none."""
    if categorical:
        categories, lookup = _categories([*values, None])
        return pd.Series(pd.Categorical.from_codes(lookup[codes], categories=pd.Index(categories, dtype=object)))
    if default is None and column.type in _EMPTY_TUPLES:
        default = ()
    filled = [default if value is None else value for value in [*values, None]]  # code -1 is the last one
    if column.type in {"number", "share"}:
        table = np.array([np.nan if value is None else value for value in filled], dtype=np.float64)
        return pd.Series(table[codes])
    if column.type == "boolean":
        return pd.Series(np.array([bool(value) for value in filled], dtype=bool)[codes])
    if column.type == "date":
        return pd.Series(date_array(filled)[codes])
    if column.type in {"integer", "time"}:
        return integer_series(filled, codes)
    return object_series(filled, codes)


def date_array(days: Sequence[Any]) -> npt.NDArray[np.datetime64]:
    """Dates (None is NaT) as ``datetime64[s]``."""
    return np.array(["NaT" if day is None else day.isoformat() for day in days], dtype="datetime64[s]")


def integer_series(values: Sequence[int | None], codes: npt.NDArray[np.int64]) -> pd.Series:
    """Nullable integers ``values[codes]``."""
    numbers = np.array([0 if value is None else value for value in values], dtype=np.int64)
    missing = np.array([value is None for value in values], dtype=bool)
    return pd.Series(pd.arrays.IntegerArray(numbers[codes], missing[codes]))


def object_series(values: Sequence[Any], codes: npt.NDArray[np.int64]) -> pd.Series:
    """Python objects ``values[codes]``, kept as they are (str, None, tuples)."""
    table = np.empty(len(values), dtype=object)
    for code, value in enumerate(values):
        table[code] = value
    return pd.Series(table[codes], dtype=object)


def _categories(values: Sequence[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    categories = list(dict.fromkeys(value for value in values if value is not None))
    position = {category: code for code, category in enumerate(categories)}
    return categories, np.array([position.get(value, -1) for value in values], dtype=np.int64)
