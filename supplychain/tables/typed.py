"""Typed Arrow columns (Parquet, frames) against the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.tables.cells import SMALLEST, TOO_SMALL, CellError, bound_fault, parse_cell
from supplychain.tables.columns import Column
from supplychain.tables.vectors import BadCells, object_series, series_of

__all__ = ["is_text", "typed_series"]

_PART_TYPES: dict[str, Callable[[list[Any]], str]] = {
    "list": lambda parts: "|".join(map(str, parts)),
    "weekdays": lambda parts: "".join(map(str, parts)),
    "date_ranges": lambda parts: "|".join("..".join(map(str, part)) for part in parts),
}


def is_text(array: pa.ChunkedArray) -> bool:
    """Whether the cells are text, plain or dictionary encoded."""
    kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def typed_series(column: Column, array: pa.ChunkedArray, default: Any) -> tuple[pd.Series, BadCells]:
    """Check a typed column against the contract and fill empty cells with the default."""
    bad = BadCells()
    rows = len(array)
    kind = array.type
    series: pd.Series | None = None
    if column.required:
        bad.add_empty(np.flatnonzero(array.is_null().to_numpy()))
    if pa.types.is_null(kind):
        pass
    elif column.type in {"number", "share"} and _is_number(kind):
        series = _numbers(column, array, default, bad)
    elif column.type == "integer" and _is_number(kind):
        series = _integers(_numbers(column, array, default, bad), bad)
    elif column.type == "boolean" and pa.types.is_boolean(kind):
        series = pd.Series(pc.fill_null(array, bool(default)).to_numpy().astype(bool))
    elif column.type == "date" and (pa.types.is_date(kind) or pa.types.is_timestamp(kind)):
        series = _dates(array, bad)
    elif column.type == "time" and pa.types.is_time(kind):
        series = _times(array, default)
    elif column.type in _PART_TYPES and pa.types.is_list(kind):
        series = _lists(column, array, default, bad)
    else:
        bad.column.append((str(kind), _type_fault(column)))
        bad.cells.clear()
    if series is None:
        series = series_of(column, [None], np.full(rows, -1), default)
    return series, bad


def _lists(column: Column, array: pa.ChunkedArray, default: Any, bad: BadCells) -> pd.Series:
    """Lists by writing them as the text that the contract reads: a|b, 135, 2026-02-10..2026-02-24."""
    values: list[Any] = []
    for row, parts in enumerate(array.to_pylist()):
        value = () if default is None or parts is not None else default
        if parts:
            try:
                value = parse_cell(column, _PART_TYPES[column.type](parts))
            except CellError as fault:
                bad.add(row, str(parts), fault)
        values.append(value)
    return object_series(values, np.arange(len(values)))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _type_fault(column: Column) -> CellError:
    if column.type == "key":
        return CellError(
            "keys must be stored as text: leading zeros may be lost already",
            "write the column as text from the system it comes from",
        )
    stored = {"number": "numbers", "share": "numbers", "integer": "whole numbers", "boolean": "true and false"}
    stored |= {"date": "dates without time", "time": "times or text HH:MM", "list": "lists of text or text a|b"}
    wanted = stored.get(column.type, "text")
    return CellError(f"a {column.type} column must be stored as {wanted}", f"write the column as {wanted}")


def _numbers(column: Column, array: pa.ChunkedArray, default: Any, bad: BadCells) -> pd.Series:
    null = array.is_null().to_numpy()
    numbers: npt.NDArray[np.float64] = array.cast(pa.float64()).to_numpy().astype(np.float64)
    for row in np.flatnonzero(~np.isfinite(numbers) & ~null):
        fix = "write null where the value is unknown" if np.isnan(numbers[row]) else "give a finite number"
        bad.add(int(row), str(numbers[row]), CellError("is not a finite number", fix))
    tiny = (numbers != 0) & (np.abs(numbers) < SMALLEST)
    for row in np.flatnonzero(tiny):
        bad.add(int(row), str(numbers[row]), CellError(TOO_SMALL, "write 0, or a number of a size that can be meant"))
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    with np.errstate(invalid="ignore"):
        outside = np.isfinite(numbers) & ~tiny & ((numbers < low) | (numbers > high))
    for row in np.flatnonzero(outside):
        fault = bound_fault(column, float(numbers[row]))
        if fault is not None:
            bad.add(int(row), f"{numbers[row]:g}", fault)
    numbers = np.where(np.isfinite(numbers) & ~outside & ~tiny, numbers, np.nan)
    if default is not None:
        numbers = np.where(np.isnan(numbers), float(default), numbers)
    return pd.Series(numbers)


def _integers(numbers: pd.Series, bad: BadCells) -> pd.Series:
    values = numbers.to_numpy()
    missing = np.isnan(values)
    broken = ~missing & ((values != np.round(values)) | (np.abs(values) > 2**53))
    for row in np.flatnonzero(broken):
        bad.add(int(row), f"{values[row]:g}", CellError("must be a whole number", "write it without decimals"))
    whole = np.where(missing | broken, 0, values).astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(whole, missing | broken))


def _dates(array: pa.ChunkedArray, bad: BadCells) -> pd.Series:
    if pa.types.is_timestamp(array.type) and array.type.tz is not None:
        fault = CellError("holds moments in a time zone", "write local dates, without a time zone")
        bad.column.append((str(array.type), fault))
        return pd.Series(np.full(len(array), "NaT", dtype="datetime64[s]"))
    if pa.types.is_date32(array.type):
        return pd.Series(array.to_numpy().astype("datetime64[s]"))
    moments = array.cast(pa.timestamp("ns")).to_numpy()
    days = moments.astype("datetime64[D]")
    for row in np.flatnonzero((moments != days) & ~np.isnat(moments)):
        bad.add(int(row), str(moments[row]), CellError("holds a time of day", "write the date alone"))
    return pd.Series(days.astype("datetime64[s]"))


def _times(array: pa.ChunkedArray, default: Any) -> pd.Series:
    minutes = [None if value is None else value.hour * 60 + value.minute for value in array.to_pylist()]
    known = [default if value is None else value for value in minutes]
    return pd.Series(pd.array(known, dtype="Int64"))
