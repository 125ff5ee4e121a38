"""Order lines that were approved in an earlier run and that the data set does not have yet."""

from __future__ import annotations

import logging

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_plan import ORDER_LINE_COLUMNS
from supplychain.service.result import RunResult
from supplychain.store import Store
from supplychain.tables import Tables

__all__ = ["NOTES", "PLACED", "approved_earlier", "orders_with_earlier", "placed_keys"]

NOTES = {"approved_by": "who", "checked_by": "checked_by", "approved_at": "at", "approved_in_run": "run_id"}
"""Columns that say who approved a line, by what the order book calls them."""
PLACED = "order_placed"
"""Table of a run: order number, item and site of the approved lines that it counted beside the data set."""

_log = logging.getLogger(__name__)

_KEY = ["order_id", "item_id", "site_id"]
_WHEN = ("receipt_date", "payment_due_date")


def placed_keys(given: Tables, counted: Tables) -> pd.DataFrame:
    """The approved lines in ``counted`` (``with_approved``) that the ``given`` tables do not have."""
    known = len(given.frames["open_orders"])
    return counted.frames["open_orders"].iloc[known:][_KEY].astype(object).reset_index(drop=True)


def approved_earlier(result: RunResult, decisions: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Lines that other runs got approved, that this run counted, and that nobody has received since.

    Columns of ``order_lines`` with ``NOTES`` and minimum_order_value (of the supplier, in its currency): quantity,
    price and days as the order book has them, what explains them as the run in which they were approved has it.
    ``decisions`` as the order book gives them.
    """
    columns = ORDER_LINE_COLUMNS | dict.fromkeys(NOTES, "str") | {"minimum_order_value": "float64"}
    nothing = typed_frame(dict.fromkeys(columns, ()), columns)
    placed = result.tables.get(PLACED)
    if placed is None:
        return nothing
    fixed = store.orders.fixed_receipts(store.find(result.run_id).data_set, result.as_of)
    fixed = fixed.loc[fixed["run_id"].ne(result.run_id)].merge(placed, on=_KEY)
    each = [_lines_of(run_id, own, store) for run_id, own in fixed.groupby("run_id", sort=True)]
    frames = [lines for lines in each if lines is not None]
    if not frames:
        return nothing
    lines = pd.concat(frames, ignore_index=True)
    by = decisions.rename(columns={source: name for name, source in NOTES.items()}).rename(
        columns={"number": "line_id"}
    )
    about = by[["line_id", *NOTES]].drop_duplicates(["line_id", "approved_in_run"])
    noted = lines.merge(about, on=["line_id", "approved_in_run"], how="left", validate="one_to_one")
    return typed_frame(noted.sort_values(["order_date", "line_id"], kind="stable"), columns)


def orders_with_earlier(heads: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """The heads with the ``earlier`` approved lines in the totals of their orders, and a head for each other order.

    ``heads`` with ``HEAD_COLUMNS``, approved_lines and approved_value. What is now part of an order's value is no
    longer placed beside it. Trucks stay those that tonight's lines need.
    """
    goes_out = heads["status"].ne("waiting")
    sums = earlier.assign(lines=1).groupby("order_id")[["lines", "value", "value_base"]].sum()
    more = heads["order_id"].where(goes_out).map(sums["value"]).fillna(0.0)
    base = heads["order_id"].where(goes_out).map(sums["value_base"]).fillna(0.0)
    count = heads["order_id"].where(goes_out).map(sums["lines"]).fillna(0).astype("int64")
    joined = heads.assign(
        lines=heads["lines"] + count,
        value=heads["value"] + more,
        value_base=heads["value_base"] + base,
        placed_value=(heads["placed_value"] - more).clip(lower=0.0),
        approved_lines=heads["approved_lines"] + count,
        approved_value=heads["approved_value"] + more,
    )
    others = earlier.loc[~earlier["order_id"].isin(heads.loc[goes_out, "order_id"])]
    if others.empty:
        return joined
    return pd.concat([joined, _heads_of(others, earlier, heads.loc[goes_out])[list(joined.columns)]], ignore_index=True)


def _heads_of(lines: pd.DataFrame, earlier: pd.DataFrame, tonight: pd.DataFrame) -> pd.DataFrame:
    """A head for each order of approved lines; all that is placed of a supplier, site and day counts for a minimum."""
    group = ["supplier_id", "site_id", "order_date"]
    first = ["status", *group, "payment_due_date", "currency", "minimum_order_value"]
    sums = {"value": "sum", "value_base": "sum", "receipt_date": "max", **dict.fromkeys(first, "first")}
    heads = lines.assign(lines=1).groupby("order_id").agg({**sums, "lines": "sum"}).reset_index()
    placed = pd.concat([earlier[[*group, "value"]], tonight[[*group, "value"]]]).groupby(group)["value"].sum()
    whole = heads[group].merge(placed.reset_index(), on=group, how="left")["value"]
    return heads.assign(
        placed_value=whole - heads["value"],
        missing_to_minimum=(heads["minimum_order_value"] - whole).clip(lower=0.0),
        trucks=0,
        last_truck_fill=0.0,
        transport_cost=0.0,
        approved_lines=heads["lines"],
        approved_value=heads["value"],
    )


def _lines_of(run_id: str, booked: pd.DataFrame, store: Store) -> pd.DataFrame | None:
    """Booked lines of a run with what its plan says of them; None, with a warning, where it is damaged."""
    book = booked.assign(line_id=booked["line_id"].str.removeprefix(f"{run_id}:")).set_index("line_id")
    try:
        tables = store.read_run(run_id).tables
    except PlanError as error:  # the lines count all the same
        _log.warning("approved lines %s are on the way but not shown: %s", ", ".join(book.index), error)
        return None
    lines, heads = tables["order_lines"], tables["order_heads"].set_index("order_id")
    own = lines.loc[lines["line_id"].isin(book.index)].reset_index(drop=True)
    if len(own) < len(book):
        gone = sorted(set(book.index) - set(own["line_id"]))
        raise PlanError(f"run {run_id}: its plan lacks the approved lines {', '.join(gone)}; restore its folder")
    mine = book.loc[own["line_id"]].reset_index()
    value = mine["quantity"] * mine["unit_price"]
    rate = (own["value_base"] / own["value"]).where(own["value"].ne(0), 1.0)
    later = pd.to_datetime(mine["due_date"]) - own["receipt_date"]
    return own.assign(
        status=mine["status"],
        quantity=mine["quantity"].astype("float64"),
        unit_price=mine["unit_price"].astype("float64"),
        value=value,
        value_base=value * rate,
        approved_in_run=run_id,
        minimum_order_value=own["order_id"].map(heads["minimum_order_value"]),
        **{name: own[name] + later for name in _WHEN},
    )
