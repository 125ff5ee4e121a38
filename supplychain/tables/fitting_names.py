"""The names that a misspelt key most likely means, without those that would break another rule in their place."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import pandas as pd

from supplychain.tables.check_network import SITE_KINDS
from supplychain.tables.checking import Checking
from supplychain.tables.columns import Column, columns_of
from supplychain.tables.nearest import nearest

__all__ = ["FittingNames"]

_ENDS = {"origin_id": "destination_id", "destination_id": "origin_id"}
_LOOKED_AT = 12
_TOLD = 3


class FittingNames:
    """Names that a column which points to another table may hold, row by row.

    Left out are sites of a kind that the column does not take, names with which the row would have the key of another
    row, the other end of a lane or transfer, and an item that would replace itself, at once or in a circle.
    """

    def __init__(self, checking: Checking, table: str, column: Column, known: Collection[str]) -> None:
        self._frame, self._column = checking.tables.frames[table], column
        self._names = self._of_kind(checking, known)
        self._near: dict[str, list[str]] = {}

    def nearest(self, position: int, key: str) -> list[str]:
        """Up to three names that look like ``key``, best first, and fit into the row."""
        if key not in self._near:
            self._near[key] = nearest(key, self._names, _LOOKED_AT)
        return [name for name in self._near[key] if self._fits(position, name)][:_TOLD]

    def _of_kind(self, checking: Checking, known: Collection[str]) -> Collection[str]:
        kinds = [
            kinds for table, name, kinds, _ in SITE_KINDS if (table, name) == (self._column.table, self._column.name)
        ]
        if not kinds:
            return known
        sites = checking.tables.frames["sites"]
        return set(sites.loc[sites["kind"].isin(kinds[0]) | sites["kind"].isna(), "site_id"].dropna()) & set(known)

    def _fits(self, position: int, name: str) -> bool:
        column = self._column.name
        if _ENDS.get(column) in self._frame and self._frame[_ENDS[column]].iloc[position] == name:
            return False
        if (self._column.table, column) == ("items", "replaces"):
            return not self._leads_to(name, self._frame["item_id"].iloc[position])
        if not self._column.key:
            return True
        row = [name if part == column else self._frame[part].iloc[position] for part in self._key]
        return _comparable(row) not in self._keys

    def _leads_to(self, name: str | None, item: str | None) -> bool:
        seen: set[str] = set()
        while name is not None and name not in seen:
            if name == item:
                return True
            seen.add(name)
            name = self._older.get(name)
        return False

    @cached_property
    def _key(self) -> list[str]:
        return [column.name for column in columns_of(self._column.table) if column.key]

    @cached_property
    def _keys(self) -> set[tuple[object, ...]]:
        columns = [self._frame[name].tolist() for name in self._key]
        return {_comparable(row) for row in zip(*columns, strict=True)}

    @cached_property
    def _older(self) -> dict[str, str]:
        rows = self._frame.dropna(subset=["item_id", "replaces"])
        return dict(zip(rows["item_id"], rows["replaces"], strict=True))


def _comparable(row: Collection[object]) -> tuple[object, ...]:
    """Empty parts of a key are one."""
    return tuple(None if pd.isna(part) else part for part in row)
