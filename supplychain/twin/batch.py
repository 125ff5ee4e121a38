"""Several lives side by side: the rows of one life after the other in one array."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.handover.forecasting import History
from supplychain.handover.rebalancing_lanes import tile_lanes
from supplychain.handover.terms import Terms

__all__ = ["tile_history", "tile_terms"]


def tile_terms(terms: Terms, lives: int) -> Terms:
    """Terms of ``lives`` independent copies: sites, transfer origins and replaced items of a copy stay inside it."""
    rows, sites = terms.rows, len(terms.sites)
    shift = np.repeat(np.arange(lives), rows)
    index: dict[tuple[str, str], int] = {}
    columns = {
        field.name: _tile(getattr(terms, field.name), lives, rows)
        for field in dataclasses.fields(Terms)
        if field.name not in _WHOLE
    }
    columns["site_index"] = columns["site_index"] + shift * sites
    for name in ("origin_row", "successor_row", "replaced_row"):
        columns[name] = np.where(columns[name] >= 0, columns[name] + shift * rows, -1)
    columns["rebalancing"] = tile_lanes(terms.rebalancing, lives, rows=rows)
    columns["shared"] = terms.shared.tile(lives)
    return dataclasses.replace(terms, sites=terms.sites * lives, index=index, **columns)


_WHOLE = frozenset(
    {
        "items",
        "sites",
        "suppliers",
        "supplier_minimum",
        "supplier_rate",
        "supplier_fee",
        "calendar",
        "rebalancing",
        "shared",
        "return_days",
        "index",
    }
)


def _tile(column: Any, lives: int, rows: int) -> Any:
    if isinstance(column, tuple):
        return column * lives
    assert isinstance(column, np.ndarray)
    assert column.shape[0] == rows
    return np.concatenate([column] * lives)


def tile_history(history: History, lives: int, *, extra_days: int) -> History:
    """The same past for each life, with room for ``extra_days`` to come (unknown, in stock)."""

    def grow(table: npt.NDArray[Any], fill: float | bool) -> npt.NDArray[Any]:
        wide = np.full((table.shape[0] * lives, table.shape[1] + extra_days), fill, dtype=table.dtype)
        wide[:, : table.shape[1]] = np.concatenate([table] * lives)
        return wide

    return dataclasses.replace(
        history,
        quantity=grow(history.quantity, np.nan),
        in_stock=grow(history.in_stock, True),
        price_ratio=grow(history.price_ratio, 1.0),
        promo=grow(history.promo, 0.0),
        group=np.concatenate([history.group] * lives),
        unit_value=np.concatenate([history.unit_value] * lives),
    )
