"""The rows that a filter matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import Lane, Site
from supplychain.scenario.changes import TableChange, Where, WorldChange, describe, describe_during, describe_where
from supplychain.scenario.columns import Cell, Column, contract
from supplychain.scenario.words import WordError, nearest
from supplychain.tables.lane_rule import fill_lanes
from supplychain.tables.table_set import Tables

__all__ = ["FilterError", "Rows", "count_matches", "match_rows", "require_rows"]

Rows = npt.NDArray[np.bool_]
_SITE_COLUMNS = ("site_id", "kind", "tier", "region")
_SIDES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "demand": (("items", ("item_id", "category")), ("sites", ("site_id", "tier", "region", "remote"))),
    "lead_time_days": (("suppliers", ("supplier_id",)),),
    "lanes": (("lanes", ("origin_id", "destination_id", "mode")),),
    "sites": (("sites", _SITE_COLUMNS),),
    "throughput": (("sites", _SITE_COLUMNS),),
}


class FilterError(WordError):
    """A filter that matches nothing; ``column`` and ``value`` say which part of it, empty when it is the whole."""

    def __init__(self, rule: str, fix: str, *, column: str = "", value: str = "") -> None:
        super().__init__(rule, fix)
        self.column = column
        self.value = value


def match_rows(frame: pd.DataFrame, table: str, where: Where, *, allow_empty: bool = False) -> Rows:
    """Mask [R] of the rows that pass every column of the filter.

    Raises FilterError when a listed value stands nowhere in its column, unless ``allow_empty``.
    """
    rows = np.ones(len(frame), dtype=bool)
    for name, rule in where.items():
        column, series = contract()[table][name], frame[name]
        if isinstance(rule, Mapping):
            rows &= _in_range(series, column, rule)
            continue
        for value in () if allow_empty else rule:
            if not _equal(series, column, value).any():
                fix = _hint(series, column, value)
                problem = f"no row of {table} has {name} {describe(value)}"
                raise FilterError(problem, fix, column=name, value=describe(value))
        passed = np.zeros(len(frame), dtype=bool)
        for value in rule:
            passed |= _equal(series, column, value)
        rows &= passed
    return rows


def _equal(series: pd.Series, column: Column, value: Cell) -> Rows:
    if value is None:
        empty: Rows = series.isna().to_numpy(dtype=bool)
        return empty
    wanted: Any = pd.Timestamp(cast(Any, value)) if column.type == "date" else value
    equal: Rows = (series == wanted).fillna(value=False).to_numpy(dtype=bool)
    return equal


def _in_range(series: pd.Series, column: Column, rule: Mapping[str, Cell]) -> Rows:
    rows: Rows = series.notna().to_numpy(dtype=bool)
    for end, value in rule.items():
        bound: Any = pd.Timestamp(cast(Any, value)) if column.type == "date" else value
        passed = series >= bound if end == "from" else series <= bound
        rows &= passed.fillna(value=False).to_numpy(dtype=bool)
    return rows


def _hint(series: pd.Series, column: Column, value: Cell) -> str:
    if column.type in ("key", "text", "choice"):
        known = {str(item) for item in series.dropna().unique()}
        if known:
            return nearest(str(value), known)
    return "correct the filter, or say allow_empty: yes"


def require_rows(rows: Rows, change: TableChange | WorldChange) -> None:
    """Raise FilterError when no row is left, unless the change allows that."""
    if not rows.any() and not change.allow_empty:
        days = describe_during(change.first, change.last)
        asked = ", ".join(part for part in (describe_where(change.where), days) if part) or "no filter"
        fix = "correct the filter, or say allow_empty: yes"
        raise FilterError(f"the filter ({asked}) matches no row", fix)


def count_matches(tables: Tables, change: WorldChange) -> int:
    """Suppliers, lanes, sites or item-zone pairs that a change of outlook or world concerns.

    Raises FilterError when there are none, unless the change allows that.
    """
    matched = 1
    for table, names in _SIDES[change.target]:
        frame = tables.frames[table]
        if change.target == "demand" and table == "sites":
            frame = frame[frame["kind"] == "zone"]
        elif change.target == "lanes":
            frame = _lanes(tables)
        where = {name: rule for name, rule in change.where.items() if name in names}
        rows = match_rows(frame, table, where, allow_empty=change.allow_empty)
        matched *= int(rows.sum())
    require_rows(np.array([matched > 0]), change)
    return matched


def _lanes(tables: Tables) -> pd.DataFrame:
    """Origin, destination and mode of the given lanes and of those that the lane rule will fill."""
    names = ["origin_id", "destination_id", "mode"]
    given = tables.frames["lanes"]
    if tables.lane_rule != "great_circle":
        return given[names]
    columns = ("site_id", "name", "kind", "tier", "lat", "lon", "status")
    records = zip(*(tables.frames["sites"][column] for column in columns), strict=True)
    sites = [Site(**dict(zip(columns, record, strict=True))) for record in records]
    lanes = [
        Lane(origin, destination, 0.0, 0.0, mode=mode)
        for origin, destination, mode in zip(*(given[name] for name in names), strict=True)
    ]
    # only which lanes exist matters here, so any constants will do
    ones = {"circuity": 1.0, "line_haul_km_per_day": 1.0, "line_haul_cost_per_kg_km": 1.0}
    filled = fill_lanes(sites, lanes, ones)
    return pd.DataFrame([(lane.origin_id, lane.destination_id, lane.mode) for lane in [*lanes, *filled]], columns=names)
