"""A scenario's changes -> changed tables, with the rows that each filter matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.errors import Problem, ScenarioError
from supplychain.scenario.changes import (
    AppliedChange,
    TableChange,
    WorldChange,
    describe,
    describe_during,
    describe_where,
)
from supplychain.scenario.columns import LISTS, Column, contract
from supplychain.scenario.match import FilterError, count_matches, match_rows, require_rows
from supplychain.scenario.rows import Row, append_rows
from supplychain.scenario.scenario import Scenario
from supplychain.scenario.words import WordError, nearest
from supplychain.tables.cells import limit_text
from supplychain.tables.parse import row_label
from supplychain.tables.table_set import Tables

__all__ = ["apply_changes"]

Owners = dict[tuple[str, str, str], npt.NDArray[np.int64]]
"""(layer, table, column) -> index of the change that gave each cell its value, -1 for none."""

Rows = npt.NDArray[np.bool_]
_LAST_MINUTE = 24.0 * 60 - 1


def apply_changes(tables: Tables, scenario: Scenario) -> tuple[Tables, list[AppliedChange]]:
    """Apply the table changes in order and count what every filter matches, those of outlook and world too.

    The contract is not checked again; call `supplychain.tables.check_tables` afterwards. Raises ScenarioError with
    every problem: a filter without rows, two values on one cell, a result outside the column's limits, a depot to
    route that is no site.
    """
    problems: list[Problem] = []
    applied: list[AppliedChange] = []
    frames: dict[str, pd.DataFrame] = {}
    owners: Owners = {}
    places: dict[str, Sequence[tuple[str, str]]] = {}
    for index, change in enumerate(scenario.table_changes):
        frame = frames.get(change.table, tables.frames[change.table])
        try:
            if change.column:
                rows = _rows_of(frame, change)
                _claim(rows, index, scenario.table_changes, owners)
                frames[change.table], changed = _changed(frame, rows, change)
                matched = int(rows.sum())
            else:
                before = places[change.table] if change.table in places else _places(tables, change.table)
                frames[change.table], matched, places[change.table] = _change_rows(
                    tables, frame, change, owners, before
                )
                changed = matched
        except WordError as error:
            problems.append(_problem(scenario, change, error))
            continue
        applied.append(_applied(change, matched, changed))
    for name, frame in frames.items():
        tables = tables.replace_frame(name, frame)
    tables = replace(tables, places=places)
    for outside in (*scenario.outlook, *scenario.world):
        try:
            matched = count_matches(tables, outside)
        except WordError as error:
            problems.append(_problem(scenario, outside, error))
            continue
        applied.append(_applied(outside, matched, matched))
    problems += _unknown_depots(tables, scenario)
    if problems:
        raise ScenarioError(f"scenario {scenario.name}: changes do not fit data set {tables.name}", problems)
    return tables, applied


def _unknown_depots(tables: Tables, scenario: Scenario) -> list[Problem]:
    known = [str(site_id) for site_id in tables.frames["sites"]["site_id"]]
    path = "route.depots"
    place = scenario.origins.get(path, "")
    return [
        Problem(place, scenario.name, path, depot, "no site has this id", nearest(depot, known))
        for depot in scenario.settings.route.depots
        if depot not in known
    ]


def _rows_of(frame: pd.DataFrame, change: TableChange) -> Rows:
    rows = match_rows(frame, change.table, change.where, allow_empty=change.allow_empty) & _on_days(frame, change)
    require_rows(rows, change)
    return rows


def _places(tables: Tables, table: str) -> Sequence[tuple[str, str]]:
    """Where each row of a table stands before any change."""
    file = tables.files.get(table, table)
    return [(file, row_label(file, position)) for position in range(len(tables.frames[table]))]


def _change_rows(
    tables: Tables, frame: pd.DataFrame, change: TableChange, owners: Owners, places: Sequence[tuple[str, str]]
) -> tuple[pd.DataFrame, int, Sequence[tuple[str, str]]]:
    """The frame with whole rows appended or removed, how many, and where each row stands."""
    mine = [key for key in owners if key[1] == change.table]
    if change.operation == "append":
        new = cast(tuple[Row, ...], change.value)
        frame = append_rows(tables, change.table, frame, new)
        for key in mine:
            owners[key] = np.append(owners[key], np.full(len(new), -1, dtype=np.int64))
        more = [(change.origin, f"{change.table}, appended row {number}") for number in range(1, len(new) + 1)]
        return frame, len(new), [*places, *more]
    rows = _rows_of(frame, change)
    for key in mine:
        owners[key] = owners[key][~rows]
    kept = [place for place, gone in zip(places, rows.tolist(), strict=True) if not gone]
    return frame[~rows].reset_index(drop=True), int(rows.sum()), kept


def _on_days(frame: pd.DataFrame, change: TableChange) -> Rows:
    rows = np.ones(len(frame), dtype=bool)
    if change.first is not None:
        rows &= (frame["date"] >= pd.Timestamp(change.first)).to_numpy(dtype=bool)
    if change.last is not None:
        rows &= (frame["date"] <= pd.Timestamp(change.last)).to_numpy(dtype=bool)
    return rows


def _claim(
    rows: Rows,
    index: int,
    changes: Sequence[TableChange],
    owners: Owners,
) -> None:
    """Refuse a second ``value`` on a cell in one layer."""
    change = changes[index]
    if change.operation != "value":
        return
    owner = owners.setdefault((change.layer, change.table, change.column), np.full(len(rows), -1, dtype=np.int64))
    taken = owner[rows & (owner >= 0)]
    if taken.size:
        other = changes[int(taken[0])]
        rule = f"two values on {taken.size} cells of {change.path}; the other is at {other.origin}"
        raise WordError(rule, "narrow one of the two filters")
    owner[rows] = index


def _changed(frame: pd.DataFrame, rows: Rows, change: TableChange) -> tuple[pd.DataFrame, int]:
    """The frame with the operation done on the rows, and how many cells differ now."""
    column = contract()[change.table][change.column]
    if not rows.any():
        return frame, 0
    before = frame[change.column]
    after = _list_cells(before, rows, change) if column.type in LISTS else _cells(before, rows, change, column)
    same = (before == after) | (before.isna() & after.isna())
    frame = frame.copy(deep=False)
    frame[change.column] = after
    return frame, int((~same.fillna(value=False).to_numpy(dtype=bool)).sum())


def _cells(before: pd.Series, rows: Rows, change: TableChange, column: Column) -> pd.Series:
    after = before.copy()
    value: Any = change.value
    if change.operation == "value":
        if column.type == "date" and value is not None:
            value = pd.Timestamp(value)
        if isinstance(before.dtype, pd.CategoricalDtype) and value is not None:
            after = before.cat.add_categories([value]) if value not in before.cat.categories else after
        after[rows] = value
        return after
    filled = rows & before.notna().to_numpy(dtype=bool)
    if not filled.any() and not change.allow_empty:
        raise WordError("every matched cell is empty", "use value, or say allow_empty: yes")
    if column.type == "date":
        after[filled] = before[filled] + pd.Timedelta(days=value)
        return after
    numbers = before[filled].to_numpy(dtype=np.float64)
    result = numbers * value if change.operation == "multiply" else numbers + value
    _check_results(result, column)
    after[filled] = result.astype(np.int64) if column.type in ("integer", "time") else result
    return after


def _check_results(result: npt.NDArray[np.float64], column: Column) -> None:
    low, high = (0.0, _LAST_MINUTE) if column.type == "time" else (column.minimum, column.maximum)
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    bad = ~np.isfinite(result) | (result < low) | (result > high)
    if bad.any():
        rule = f"{bad.sum()} cells would leave {limit_text(low)} to {limit_text(high)}, such as {result[bad][0]:g}"
        raise WordError(rule, "use a smaller step, or narrow the filter")
    if column.type in ("integer", "time") and (result != np.round(result)).any():
        broken = result[result != np.round(result)][0]
        raise WordError(f"a cell would become {broken:g}, which is no whole number", "use value or add")


def _list_cells(before: pd.Series, rows: Rows, change: TableChange) -> pd.Series:
    after = before.copy()
    given = cast(tuple[Any, ...], change.value)
    for position in np.flatnonzero(rows):
        now: tuple[Any, ...] = before.iloc[position]
        if change.operation == "append":
            cell = (*now, *(item for item in given if item not in now))
        elif change.operation == "remove":
            cell = tuple(item for item in now if item not in given)
        else:
            cell = given
        if change.column in ("order_weekdays", "departures", "closures"):
            cell = tuple(sorted(cell))
        after.iat[position] = cell
    return after


def _problem(scenario: Scenario, change: TableChange | WorldChange, error: WordError) -> Problem:
    field, value = change.path, describe(change.value)
    if isinstance(error, FilterError):
        field, value = f"{change.path} where {error.column}" if error.column else change.path, error.value
    return Problem(change.origin, scenario.name, field, value, error.rule, error.fix)


def _applied(change: TableChange | WorldChange, matched: int, changed: int) -> AppliedChange:
    return AppliedChange(
        path=change.path,
        where=describe_where(change.where),
        operation=change.operation,
        value=describe(change.value),
        during=describe_during(change.first, change.last),
        matched=matched,
        changed=changed,
        origin=change.origin,
    )
