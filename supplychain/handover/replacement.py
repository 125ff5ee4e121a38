"""Items that replace others: the old one is sold off, and what is left of it serves those who ask for the new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.domain import Item

__all__ = ["replacement_columns", "substitute_stock", "superseded"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.datetime64]

_EVER = np.datetime64("1900-01-01", "D")


def replacement_columns(items: Mapping[str, Item], index: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    """Columns of ``Terms``: ``successor_row`` [N] and ``replaced_row`` [N] at the same site (-1: none), ``introduced``.

    Of several items that replace the same one, the first by its number counts.
    """
    successor: dict[str, str] = {}
    for item in items.values():
        if item.replaces is not None:
            successor.setdefault(item.replaces, item.item_id)
    rows = len(index)
    new, old = np.full(rows, -1, np.int64), np.full(rows, -1, np.int64)
    for (item_id, site_id), row in index.items():
        follower = index.get((successor.get(item_id, ""), site_id))
        if follower is not None:
            new[row], old[follower] = follower, row
    days = [_EVER if items[item_id].introduced is None else items[item_id].introduced for item_id, _ in index]
    return {"successor_row": new, "replaced_row": old, "introduced": np.array(days, "datetime64[D]")}


def superseded(
    successor_row: Ints, introduced: npt.NDArray[np.datetime64], receipt: npt.NDArray[np.datetime64]
) -> Flags:
    """Rows [N] of which nothing more is ordered: what came on ``receipt`` [N] would meet the new item on sale."""
    has = successor_row >= 0
    flags: Flags = has & (receipt >= introduced[np.where(has, successor_row, 0)])
    return flags


def substitute_stock(
    replaced_row: Ints, *, position: Floats, demand: Floats, keeps: Flags, on_sale: Flags, share: float
) -> Floats:
    """Units of the old item that serve demand for the new one [N].

    That is ``share`` of the stock position of the old item at the same site beyond its own ``demand`` [N] over the
    interval, as follow-up items are netted in material requirements planning; none of goods that spoil (``keeps``
    false), nor once the old item is no longer ``on_sale`` [N].
    """
    has = replaced_row >= 0
    old = np.where(has, replaced_row, 0)
    left = np.maximum(position[old] - demand[old], 0.0) * share
    units: Floats = np.where(has & keeps[old] & on_sale[old], left, 0.0)
    return units
