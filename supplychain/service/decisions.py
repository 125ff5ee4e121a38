"""What people have decided about a run's order lines, laid over its order plan."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from supplychain.plans.order_plan import DECIDED
from supplychain.service.result import RunResult
from supplychain.store import Store

__all__ = ["with_decisions"]

_NOTES = ("approved_by", "checked_by", "approved_at", "approved_in_run")


def with_decisions(result: RunResult, store: Store) -> RunResult:
    """The run with the state of its order lines as the order book of ``store`` has it now.

    ``order_lines`` get the status that a person gave them (``DECIDED``) and the columns approved_by, checked_by,
    approved_at (UTC) and approved_in_run, empty where nobody has approved; ``order_heads`` get the status approved once
    all their lines are decided, and approved_lines and approved_value (supplier's currency). The approved lines of
    earlier runs that this one counts have the same columns in ``order_actions``. A run without an order plan stays as
    it is.
    """
    if "order_lines" not in result.tables:
        return result
    every = store.orders.decisions()
    own = every.loc[every["run_id"].eq(result.run_id)].set_index("number")
    lines = _noted(result.tables["order_lines"], own)
    status = lines["line_id"].map(own["status"]).fillna(lines["status"]).astype(lines["status"].dtype)
    lines = lines.assign(status=status)
    tables = {**result.tables, "order_lines": lines, "order_heads": _heads(result.tables["order_heads"], lines)}
    if "order_actions" in tables:
        actions, others = tables["order_actions"], every.loc[every["run_id"].ne(result.run_id)]
        names = others["order_id"] + "_" + others["item_id"] + "_" + others["site_id"]
        known = others.assign(number=names).drop_duplicates("number", keep="last").set_index("number")
        tables["order_actions"] = _noted(actions, known.loc[known["status"].isin(DECIDED)])
    return replace(result, tables=tables)


def _noted(frame: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with who approved each line, when and in which run; ``known`` by line number."""
    values = dict(zip(_NOTES, ("who", "checked_by", "at", "run_id"), strict=True))
    return frame.assign(**{name: frame["line_id"].map(known[source]).fillna("") for name, source in values.items()})


def _heads(heads: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    done = lines.loc[lines["status"].isin(DECIDED)]
    of_order = done.groupby("order_id")
    count = heads["order_id"].map(of_order.size()).fillna(0).astype("int64")
    value = heads["order_id"].map(of_order["value"].sum()).fillna(0.0)
    whole = heads["status"].eq("proposed") & count.gt(0) & count.eq(heads["lines"])
    if "placed_value" not in heads:  # a run of an earlier version, which counted nothing as placed
        heads = heads.assign(placed_value=0.0)
    return heads.assign(status=heads["status"].mask(whole, "approved"), approved_lines=count, approved_value=value)
