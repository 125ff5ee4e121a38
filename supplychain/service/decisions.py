"""What people have decided about a run's order lines, laid over its order plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from supplychain.plans.approved_part import APPROVED, approved_of_orders
from supplychain.plans.cash_sums import month_sums, rates_of, week_sums
from supplychain.plans.order_plan import DECIDED
from supplychain.service.approved_earlier import NOTES, approved_earlier
from supplychain.service.kpis import decided_kpis
from supplychain.service.result import RunResult
from supplychain.store import Store

__all__ = ["decided_lines", "with_decisions"]


def with_decisions(result: RunResult, store: Store) -> RunResult:
    """The run with the state of its order lines as the order book of ``store`` has it now.

    ``order_lines`` get the status that a person gave them (``DECIDED``) and the columns approved_by, checked_by,
    approved_at (UTC) and approved_in_run, empty where nobody has approved; ``order_heads`` get the status approved once
    all their lines are decided, and approved_lines and approved_value (supplier's currency). Cash and key figures
    follow: what is approved is no longer proposed in any of them. The approved lines of earlier runs that this one
    counts have the same columns in ``order_actions``, and stand whole in ``order_approved`` while the data set does not
    have them (``approved_earlier``). A run without an order plan stays as it is.
    """
    if "order_lines" not in result.tables:
        return result
    every = store.orders.decisions()
    lines = decided_lines(result.tables["order_lines"], every, result.run_id)
    tables = {**result.tables, "order_lines": lines, "order_heads": _heads(result.tables["order_heads"], lines)}
    if lines["status"].isin(DECIDED).any():
        tables |= _cash(tables, lines)
        tables |= {"kpis": decided_kpis(tables["kpis"], lines)} if "kpis" in tables else {}
    if "order_actions" in tables:
        actions, others = tables["order_actions"], every.loc[every["run_id"].ne(result.run_id)]
        names = others["order_id"] + "_" + others["item_id"] + "_" + others["site_id"]
        known = others.assign(number=names).drop_duplicates("number", keep="last").set_index("number")
        tables["order_actions"] = _noted(actions, known.loc[known["status"].isin(DECIDED)])
    tables["order_approved"] = approved_earlier(result, every, store)
    return replace(result, tables=tables)


def decided_lines(lines: pd.DataFrame, decisions: pd.DataFrame, run_id: str) -> pd.DataFrame:
    """A run's order lines in the state that ``decisions`` of the order book give them, with who approved them when."""
    own = decisions.loc[decisions["run_id"].eq(run_id)].set_index("number")
    status = lines["line_id"].map(own["status"]).fillna(lines["status"]).astype(lines["status"].dtype)
    return _noted(lines, own).assign(status=status)


def _noted(frame: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with who approved each line, when and in which run; ``known`` by line number."""
    return frame.assign(**{name: frame["line_id"].map(known[source]).fillna("") for name, source in NOTES.items()})


def _heads(heads: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    approved = approved_of_orders(lines)
    count = heads["order_id"].map(approved["lines"]).fillna(0).astype("int64")
    value = heads["order_id"].map(approved["value"]).fillna(0.0)
    decided = heads["order_id"].map(lines.loc[lines["status"].isin(DECIDED)].groupby("order_id").size())
    whole = heads["status"].eq("proposed") & count.gt(0) & decided.eq(heads["lines"])
    if "placed_value" not in heads:  # a run of an earlier version, which counted nothing as placed
        heads = heads.assign(placed_value=0.0)
    return heads.assign(status=heads["status"].mask(whole, "approved"), approved_lines=count, approved_value=value)


def _cash(tables: Mapping[str, pd.DataFrame], lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The cash view with each payment in the state of its line; nothing is paid for a line that was rejected."""
    if not {"cash_payments", "cash_weeks", "cash_months"} <= set(tables):
        return {}
    paid, weeks, months = (tables[name] for name in ("cash_payments", "cash_weeks", "cash_months"))
    told = dict.fromkeys(APPROVED, "approved") | {"rejected": "rejected"}
    decided = lines.set_index("line_id")["status"].map(told).dropna()
    mine = paid["state"].eq("proposed")
    state = paid["state"].mask(mine, paid["line_id"].map(decided).fillna(paid["state"]))
    paid = paid.assign(state=state).loc[state.ne("rejected")].reset_index(drop=True)
    rates = rates_of(weeks)
    budget = float(months["budget"].iloc[0]) if len(months) else float("nan")
    return {
        "cash_payments": paid,
        "cash_weeks": week_sums(paid, rates),
        "cash_months": month_sums(paid, rates, budget=budget),
    }
