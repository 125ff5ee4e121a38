"""From raw columns to a typed frame: pure, and every bad cell becomes a problem."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from supplychain.errors import Problem
from supplychain.tables.cells import CellError, parse_cell
from supplychain.tables.columns import Column, columns_of
from supplychain.tables.nearest import suggestion
from supplychain.tables.typed import is_text, typed_series
from supplychain.tables.vectors import BadCells, series_of

__all__ = ["empty_frame", "header_problems", "parse_table", "row_label"]

_LARGE_TABLES = frozenset({"demand", "actuals"})


def row_label(file: str, position: int) -> str:
    """How people find a row: the header is row 1 of a text file or sheet; Parquet has no header row."""
    return f"row {position + (1 if file.lower().endswith('.parquet') else 2)}"


def header_problems(table: str, names: list[str], file: str) -> list[Problem]:
    """Unknown and missing columns of a header; the readers report repeated ones."""
    contract = {column.name: column for column in columns_of(table)}
    where = "header"
    problems = []
    for name in names:
        if not name.strip():
            fix = "give it the name of a column, or remove it; an extra separator at the line ends makes one, too"
            problems.append(Problem(file, where, f"column {names.index(name) + 1}", "", "has no name", fix))
        elif name not in contract:
            fix = suggestion(name, contract, f"remove it or rename it to one of {', '.join(contract)}")
            problems.append(Problem(file, where, name, "", f"is not a column of {table}", fix))
    for column in contract.values():
        if column.required and column.name not in names:
            fix = f"add the column: {column.meaning}"
            problems.append(Problem(file, where, column.name, "", f"is a required column of {table}", fix))
    return problems


def parse_table(
    name: str,
    raw: Mapping[str, pa.ChunkedArray | pa.Array],
    file: str,
    *,
    base_currency: str = "",
    decimal: str = ".",
    reported: frozenset[tuple[int, str]] = frozenset(),
) -> tuple[pd.DataFrame, list[Problem]]:
    """Type the raw columns of table ``name`` by the contract.

    ``raw`` maps a column's name to an Arrow array: text cells (None or "" is empty) or typed cells, which are checked
    against the contract. ``file`` names the source in problems. Cells in ``reported``, (position, column), are known
    to be bad already and give no further problem. ``base_currency`` stands in for the default ``base``, ``decimal`` is
    the decimal mark of text. Empty cells take the column's default. The frame has every column of the contract, in
    its order; a bad cell stays empty in it.
    """
    rows = len(next(iter(raw.values()))) if raw else 0
    problems = header_problems(name, list(raw), file)
    frame: dict[str, pd.Series] = {}
    for column in columns_of(name):
        categorical = column.type == "key" and name in _LARGE_TABLES
        default = default_of(column, base_currency)
        if column.name not in raw:
            frame[column.name] = series_of(column, [None], np.full(rows, -1), default, categorical=categorical)
            continue
        array = _chunked(raw[column.name])
        if is_text(array):
            frame[column.name], bad = _parse_text(column, array, default, decimal, categorical=categorical)
        else:
            frame[column.name], bad = typed_series(column, array, default)
        problems += _cell_problems(column, bad, file, reported)
    return pd.DataFrame(frame, index=pd.RangeIndex(rows)), problems


@cache
def empty_frame(table: str) -> pd.DataFrame:
    """A frame of the table's columns and types without rows."""
    return parse_table(table, {column.name: pa.array([], pa.string()) for column in columns_of(table)}, table)[0]


def default_of(column: Column, base_currency: str) -> Any:
    """The typed default of a column; None when empty stays empty."""
    if not column.default:
        return None
    return base_currency if column.default == "base" else parse_cell(column, column.default)


def _chunked(array: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _parse_text(
    column: Column, array: pa.ChunkedArray, default: Any, decimal: str, *, categorical: bool
) -> tuple[pd.Series, BadCells]:
    """Parse each distinct text once: a column of a million rows holds few different cells."""
    if array.num_chunks == 0:
        return series_of(column, [None], np.zeros(0, np.int64), default, categorical=categorical), BadCells()
    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    encoded = array.unify_dictionaries().combine_chunks()
    codes: npt.NDArray[np.int64] = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    texts = encoded.dictionary.to_pylist()
    values: list[Any] = []
    faults: dict[int, CellError] = {}
    empty: list[int] = [-1]
    for code, text in enumerate(texts):
        value = None
        if text is None or not text.strip():
            empty.append(code)
        else:
            try:
                value = parse_cell(column, text, decimal=decimal)
            except CellError as fault:
                faults[code] = fault
        values.append(value)
    bad = BadCells()
    if faults:
        for row in np.flatnonzero(np.isin(codes, list(faults))):
            bad.add(int(row), texts[codes[row]], faults[int(codes[row])])
    if column.required:
        bad.add_empty(np.flatnonzero(np.isin(codes, empty) if len(empty) > 1 else codes < 0))
    return series_of(column, values, codes, default, categorical=categorical), bad


def _cell_problems(column: Column, bad: BadCells, file: str, reported: frozenset[tuple[int, str]]) -> list[Problem]:
    problems = [Problem(file, "all rows", column.name, what, fault.rule, fault.fix) for what, fault in bad.column]
    for row, text, fault in sorted(bad.cells, key=lambda cell: cell[0]):
        if (row, column.name) not in reported:
            problems.append(Problem(file, row_label(file, row), column.name, text, fault.rule, fault.fix))
    return problems
