"""What the rules of a table set share: frames to look at and a list of problems to fill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from supplychain.errors import Problem
from supplychain.tables.parse import row_label
from supplychain.tables.table_set import Tables

__all__ = ["Checking", "Told", "shown"]


@dataclass(frozen=True, slots=True)
class Told:
    """What problems are told about already, so that nothing that follows from it is told too.

    ``unread`` tables are left alone, and so are ``rows``, positions by table. ``keys``, texts by table and column, are
    keys that stand in a cell with a fault: what refers to them leads somewhere. ``header`` are keys of dataset.yaml
    that have a fault.
    """

    unread: frozenset[str] = frozenset()
    rows: Mapping[str, frozenset[int]] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    header: frozenset[str] = frozenset()


@dataclass
class Checking:
    """Tables under check, and what is told about them already."""

    tables: Tables
    told: Told = field(default_factory=Told)
    problems: list[Problem] = field(default_factory=list)

    @property
    def unread(self) -> frozenset[str]:
        """Tables that are left alone."""
        return self.told.unread

    def frame(self, table: str) -> pd.DataFrame:
        """The frame of a table, without rows when it could not be read."""
        frame = self.tables.frames[table]
        return frame.iloc[:0] if table in self.unread else frame

    def file(self, table: str) -> str:
        """Where a table came from."""
        return self.tables.files.get(table, table)

    def place(self, table: str, position: int) -> tuple[str, str]:
        """File and record of a row; of one that a scenario appends, the line of the scenario's file."""
        if table in self.tables.places:
            return self.tables.places[table][position]
        return self.file(table), row_label(self.file(table), position)

    def add(self, table: str, rows: pd.Series | Iterable[int], column: str, rule: str, fix: str) -> None:
        """Report ``column`` of each row: ``rows`` is a mask or positions."""
        if isinstance(rows, pd.Series):
            rows = np.flatnonzero(rows.to_numpy(dtype=bool))
        for position in rows:
            self.add_row(table, int(position), column, rule, fix)

    def add_row(self, table: str, position: int, column: str, rule: str, fix: str) -> None:
        """Report one row, unless it is told already; ``column`` may name several columns, joined by comma and blank."""
        if position in self.told.rows.get(table, ()):
            return
        frame = self.tables.frames[table]
        value = ", ".join(shown(frame[name].iloc[position]) for name in column.split(", "))
        self.problems.append(Problem(*self.place(table, position), column, value, rule, fix))


def shown(value: Any) -> str:
    """A cell as people write it."""
    if isinstance(value, tuple):
        return "|".join(map(str, value))
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return str(value.date())
    return f"{value:.12g}" if isinstance(value, float) else str(value)
