"""The constants of the business: bundled values, overlaid by those of a data set."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import pandas as pd
import pyarrow as pa

from supplychain.errors import DataError, Problem
from supplychain.resources import bundled
from supplychain.tables.nearest import suggestion
from supplychain.tables.parse import parse_table, row_label
from supplychain.tables.raw import RawTable
from supplychain.tables.read_csv import read_csv

__all__ = ["CALIBRATED_FILE", "bundled_constants", "constant", "overlay"]

CALIBRATED_FILE = "calibrated.csv"
_FILE = "constants.csv"
_OWN = ("name", "value")  # cells that an overlay must fill itself


@cache
def bundled_constants() -> tuple[pd.DataFrame, str]:
    """The frame of the bundled ``data/constants.csv`` and the fingerprint of its bytes; raises DataError."""
    raw = read_csv(bundled("data") / _FILE, f"data/{_FILE}")
    if not raw.columns:
        raise DataError("the bundled constants cannot be read", raw.problems)
    frame, problems = parse_table("constants", raw.columns, raw.file, reported=raw.reported)
    problems = [*raw.problems, *problems]
    for position in frame.index[frame["name"].duplicated()]:
        name = frame.at[position, "name"]
        place = row_label(raw.file, position)
        problems.append(Problem(raw.file, place, "name", name, "stands twice", "keep one row for each constant"))
    if problems:
        raise DataError("the bundled constants break the contract", problems)
    return frame, raw.fingerprint


@cache
def _values() -> Mapping[str, float]:
    frame, _ = bundled_constants()
    return MappingProxyType(dict(zip(frame["name"], frame["value"].astype(float), strict=True)))


def constant(name: str) -> float:
    """Value of a constant of the bundled ``data/constants.csv``; raises KeyError, naming it, when there is none."""
    return _values()[name]


def overlay(base: pd.DataFrame, raw: RawTable, *, fitted: bool) -> tuple[pd.DataFrame, list[Problem]]:
    """Constants with the rows of ``raw`` laid over them by name; only the filled cells of a row count.

    ``fitted`` marks the rows as results of calibration, whose names must be known.
    """
    names = list(base["name"])
    missing = [column for column in _OWN if column not in raw.columns]
    if missing:
        fix = "write the columns name and value"
        rule = f"is a required column of {raw.file}"
        return base, [*raw.problems, *(Problem(raw.file, "header", column, "", rule, fix) for column in missing)]
    columns = _completed(raw, base)
    unknown = {at for at, name in enumerate(raw.columns["name"].to_pylist()) if name not in names} if fitted else set()
    reported = raw.reported | {(at, column) for at in unknown for column in base.columns if column not in _OWN}
    frame, problems = parse_table("constants", columns, raw.file, reported=reported)
    problems = [*raw.problems, *problems]
    merged = {row["name"]: row for row in base.to_dict("records")}
    seen: set[str] = set()
    for position, row in zip(frame.index, frame.to_dict("records"), strict=True):
        name = row["name"]
        place = row_label(raw.file, position)
        if name is None:
            continue
        if name in seen:
            problems.append(Problem(raw.file, place, "name", name, "stands twice", "keep one row for each constant"))
        if fitted and name not in names:
            fix = suggestion(name, names, "add the constant to data/constants.csv")
            problems.append(Problem(raw.file, place, "name", name, "is not a known constant", fix))
        seen.add(name)
        row["fitted"] = row["fitted"] or fitted
        merged[name] = row
    return pd.DataFrame(list(merged.values()), columns=list(base.columns)).astype(base.dtypes.to_dict()), problems


def _completed(raw: RawTable, base: pd.DataFrame) -> dict[str, pa.ChunkedArray | pa.Array]:
    """The raw columns with the cells that they leave empty taken from the base row of the same name."""
    known = base.set_index("name")
    names = raw.columns["name"].to_pylist()
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    unknown = {name: column for name, column in raw.columns.items() if name not in base.columns}
    for column in base.columns:
        if column in _OWN:
            columns[column] = raw.columns[column]
            continue
        given = raw.columns[column].to_pylist() if column in raw.columns else [None] * len(names)
        inherited = {name: _text(value) for name, value in known[column].items()}
        cells = [_text(cell) or inherited.get(name) for name, cell in zip(names, given, strict=True)]
        columns[column] = pa.array(cells, pa.string())
    return columns | unknown


def _text(value: object) -> str | None:
    if value is None or value == "" or (isinstance(value, float) and pd.isna(value)):
        return None
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
