"""Whole rows of a table: ``append: {column: value, ...}`` and ``remove: rows``."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from supplychain.scenario.columns import LISTS, Cell, Column, contract, parse_cell, parse_list
from supplychain.scenario.document import Listing, Mapping, Node, Scalar
from supplychain.scenario.filters import single_text
from supplychain.scenario.typed import SchemaReader, join
from supplychain.scenario.words import WordError
from supplychain.tables.columns import columns_of
from supplychain.tables.parse import parse_table
from supplychain.tables.table_set import Tables

__all__ = ["Row", "append_rows", "cell_text", "read_rows"]

Row = tuple[tuple[str, Cell], ...]
"""(column, value) pairs in the order of the contract; columns that are not given take their default."""


def read_rows(reader: SchemaReader, node: Node, table: str, path: str) -> tuple[Row, ...]:
    """Read the rows of an ``append``: a map, or a list of maps."""
    items = node.items if isinstance(node, Listing) else (node,)
    if not items:
        reader.refuse(node.place, path, "", "no row is given", "write a map of column to value")
    rows = []
    for index, item in enumerate(items):
        rows.append(_read_row(reader, item, table, f"{path}[{index}]" if isinstance(node, Listing) else path))
    return tuple(rows)


def _read_row(reader: SchemaReader, node: Node, table: str, path: str) -> Row:
    columns = contract()[table]
    required = tuple(name for name, column in columns.items() if column.required)
    cells: dict[str, Cell] = {}
    for key, value in reader.keys(node, tuple(columns), path, required=required):
        column = columns[key.text]
        if isinstance(value, Scalar) and value.empty and not column.required:
            continue
        try:
            cells[key.text] = _read_cell(column, value)
        except WordError as error:
            text = value.text if isinstance(value, Scalar) else ""
            reader.refuse(value.place, join(path, key.text), text, error.rule, error.fix)
    return tuple((name, cells[name]) for name in columns if name in cells)


def _read_cell(column: Column, node: Node) -> Cell:
    if column.type in LISTS:
        items = node.items if isinstance(node, Listing) else (node,)
        return parse_list(column, [single_text(item) for item in items])
    if isinstance(node, Mapping | Listing):
        raise WordError("must be a single value", "write one value")
    return parse_cell(column, single_text(node))


def cell_text(column: Column, value: Cell) -> str | None:
    """A typed cell as the text that the contract types into it again."""
    if value is None or value == ():
        return "none" if value is not None and column.type == "weekdays" else None
    if isinstance(value, tuple):
        parts = [f"{part[0]}..{part[1]}" if isinstance(part, tuple) else str(part) for part in value]
        return ("" if column.type == "weekdays" else "|").join(parts)
    if column.type == "time":
        return f"{cast(int, value) // 60:02d}:{cast(int, value) % 60:02d}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, float) else str(value)


def append_rows(tables: Tables, table: str, frame: pd.DataFrame, rows: tuple[Row, ...]) -> pd.DataFrame:
    """``frame`` with the rows below it, typed and filled by the contract; WordError when a key is taken."""
    columns = contract()[table]
    given = [dict(row) for row in rows]
    raw = {
        name: pa.array([cell_text(column, row.get(name)) for row in given], pa.string())
        for name, column in columns.items()
    }
    new, problems = parse_table(table, raw, f"append to {table}", base_currency=tables.base_currency)
    if problems:
        raise WordError(problems[0].rule, problems[0].fix)
    _refuse_taken(table, frame, new)
    both = {name: _joined(frame[name], new[name]) for name in frame.columns}
    return pd.DataFrame(both, index=pd.RangeIndex(len(frame) + len(new)))


def _joined(old: pd.Series, new: pd.Series) -> pd.Series:
    if isinstance(old.dtype, pd.CategoricalDtype):
        joined = pd.api.types.union_categoricals([old, new])
        return pd.Series(joined)
    return cast(pd.Series, pd.concat([old, new.astype(old.dtype)], ignore_index=True))


def _refuse_taken(table: str, frame: pd.DataFrame, new: pd.DataFrame) -> None:
    keys = [column.name for column in columns_of(table) if column.key]
    seen: set[tuple[Any, ...]] = set()
    for position in range(len(new)):
        key = tuple(new[name].iloc[position] for name in keys)
        same: npt.NDArray[np.bool_] = np.ones(len(frame), dtype=bool)
        for name, value in zip(keys, key, strict=True):
            equal = frame[name].isna() if pd.isna(value) else frame[name] == value
            same &= equal.fillna(value=False).to_numpy(dtype=bool)
        text = ", ".join(f"{name} {value}" for name, value in zip(keys, key, strict=True))
        if same.any() or key in seen:
            raise WordError(f"the row {text} is there already", "set its columns instead, or remove it first")
        seen.add(key)
