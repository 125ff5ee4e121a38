"""Approved order lines of the plan database as fixed receipts of the next run."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

import pandas as pd

from supplychain.store import Store
from supplychain.tables import Tables
from supplychain.tables.table_set import frame_fingerprint

__all__ = ["APPROVED_LINES", "with_approved"]

APPROVED_LINES = "approved order lines"
"""Fingerprint of what the plan database adds to the tables of a data set."""


def with_approved(tables: Tables, store: Store, *, before: datetime | None = None) -> Tables:
    """The tables with the store's approved, released and confirmed order lines among ``open_orders``.

    They count as on the way from their order date on, at their due date, and no plan changes them (status approved).
    An order number with its item and site that the data set has as an open order, or as received, counts once, as the
    data set has it. Such an open order of the approved quantity is known as placed. ``before`` leaves out what was
    approved at that moment or later.
    """
    lines = store.orders.fixed_receipts(tables.name, tables.as_of, before=before)
    known = _placed(tables.frames["open_orders"], lines)
    there = {
        key
        for frame in (known, tables.frames["receipts"])
        for key in zip(frame["order_id"], frame["item_id"], frame["site_id"], strict=True)
    }
    keys = zip(lines["order_id"], lines["item_id"], lines["site_id"], strict=True)
    lines = lines.loc[[key not in there for key in keys]]
    if lines.empty:
        same = known is tables.frames["open_orders"]
        return tables if same else _with(tables, known, known.loc[known["status"].eq("placed")])
    rows = pd.DataFrame(
        {
            "order_id": lines["order_id"],
            "supplier_id": lines["supplier_id"],
            "item_id": lines["item_id"],
            "site_id": lines["site_id"],
            "quantity": lines["quantity"].astype("float64"),
            "ordered": pd.to_datetime(lines["order_date"]).astype("datetime64[s]"),
            "due": pd.to_datetime(lines["due_date"]).astype("datetime64[s]"),
            "unit_price": lines["unit_price"].astype("float64"),
            "status": "approved",
        }
    )
    parts = [known, rows[list(known.columns)]] if len(known) else [rows[list(known.columns)]]
    frame = pd.concat(parts, ignore_index=True).astype(known.dtypes.to_dict())
    return _with(tables, frame, pd.concat([known.loc[known["status"].eq("placed")], rows[list(known.columns)]]))


def _with(tables: Tables, open_orders: pd.DataFrame, decided: pd.DataFrame) -> Tables:
    """The tables with other open orders, of which those ``decided`` are approved or known as placed."""
    return replace(
        tables,
        frames=MappingProxyType({**tables.frames, "open_orders": open_orders}),
        fingerprints=MappingProxyType(
            {**tables.fingerprints, APPROVED_LINES: frame_fingerprint(decided.reset_index(drop=True))}
        ),
    )


def _placed(known: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Open orders of the data set; one that is an approved line, of its quantity, is placed: a plan proposed its size.

    An order entered with another quantity may be mistyped, and stays open.
    """
    keys = ["order_id", "item_id", "site_id"]
    approved = {tuple(key): float(units) for *key, units in lines[[*keys, "quantity"]].itertuples(index=False)}
    same = [
        status == "open" and math.isclose(approved.get(tuple(key), math.nan), units, rel_tol=1e-9)
        for *key, units, status in known[[*keys, "quantity", "status"]].itertuples(index=False)
    ]
    return known.assign(status=known["status"].mask(same, "placed")) if any(same) else known
