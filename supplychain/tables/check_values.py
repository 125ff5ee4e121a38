"""Typed cells keep the contract: asked again after a scenario has changed them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from supplychain.errors import Problem
from supplychain.tables.cells import bound_fault
from supplychain.tables.checking import Checking
from supplychain.tables.columns import Column, columns_of, read_order
from supplychain.tables.nearest import suggestion
from supplychain.tables.parse import empty_frame

__all__ = ["check_values"]


def check_values(checking: Checking) -> None:
    """Columns and types of the contract, filled where required, inside limits, one of the choices."""
    for table in read_order():
        frame = checking.frame(table)
        if not _check_shape(checking, table, frame):
            continue
        for column in columns_of(table):
            series = frame[column.name]
            if column.required:
                checking.add(table, series.isna(), column.name, "must not be empty", "give a value")
            if column.type in {"number", "share", "integer"}:
                _check_limits(checking, column, series)
            if column.choices:
                unknown = series.notna() & ~series.isin(column.choices)
                fix = f"use one of {', '.join(column.choices)}"
                checking.add(table, unknown, column.name, "is not one of the choices", fix)


def _check_shape(checking: Checking, table: str, frame: pd.DataFrame) -> bool:
    wanted = empty_frame(table).dtypes
    problems = []
    for name in frame.columns:
        if name not in wanted.index:
            fix = suggestion(name, list(wanted.index), "remove it")
            problems.append(Problem(checking.file(table), "header", name, "", f"is not a column of {table}", fix))
    for name, kind in wanted.items():
        if name not in frame.columns:
            problems.append(Problem(checking.file(table), "header", name, "", f"is missing in {table}", "add it"))
        elif not _same_kind(frame[name].dtype, kind):
            rule = f"must hold {kind}, not {frame[name].dtype}"
            problems.append(Problem(checking.file(table), "all rows", name, "", rule, "convert the column"))
    checking.problems += problems
    return not problems


def _same_kind(given: object, wanted: object) -> bool:
    if isinstance(wanted, pd.CategoricalDtype):
        return isinstance(given, pd.CategoricalDtype)
    return bool(given == wanted)


def _check_limits(checking: Checking, column: Column, series: pd.Series) -> None:
    numbers = series.astype("float64")
    infinite = pd.Series(np.isinf(numbers.to_numpy()))
    checking.add(column.table, infinite, column.name, "is not a finite number", "give a finite number")
    finite = numbers[~infinite]
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    for outside in (finite[finite < low], finite[finite > high]):
        fault = bound_fault(column, float(outside.iloc[0])) if len(outside) else None
        if fault is not None:
            checking.add(column.table, outside.index, column.name, fault.rule, fault.fix)
