"""The order plan of a run as buyers read it: with names, and what would release the orders that wait."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.order_plan import ORDER_LINE_COLUMNS
from supplychain.plans.rush_table import RUSH_COLUMNS
from supplychain.service.result import RunResult
from supplychain.service.stored import plan_table, plan_tables

__all__ = ["base_currency", "check_columns", "item_names", "order_view", "waiting_orders"]

_LEFT_OUT = [
    "line_id", "item_id", "item_name", "site_id", "quantity", "left_out_units", "left_out_for", "left_out_margin",
]  # fmt: skip
_REVIEW = ("order_actions", "order_exceptions", "order_rushes", "order_direct_mail")
_WAITING = ["order_id", "supplier_id", "site_id", "value", "currency", "minimum_order_value", "missing_to_minimum"]


def order_view(result: RunResult, *, planned: bool = False) -> dict[str, pd.DataFrame]:
    """``order_heads`` (with supplier_name), ``order_lines`` and ``transfer_lines`` (with item_name), ``order_waiting``.

    Only what is due on the planning day; with ``planned`` the outlook too. ``order_waiting`` is that of
    ``waiting_orders``; ``order_actions``, ``order_exceptions``, ``order_rushes`` and ``order_direct_mail`` are
    those of the run, with item_name; ``order_approved`` the lines that earlier runs got approved and that the data set
    does not have yet (``approved_earlier``), with item_name; ``order_limits`` what orders share, and
    ``order_left_out`` what that has cut. Raises PlanError when the run has no order plan.
    """
    tables = plan_tables(result, planned=planned)
    check_columns(result)
    items, suppliers = item_names(result), _names(result, "supplier_names", "supplier_id")
    named = {
        name: tables[name].assign(item_name=tables[name]["item_id"].map(items).fillna(""))
        for name in ("order_lines", "transfer_lines")
    }
    waiting = waiting_orders(result)
    heads = {
        name: frame.assign(supplier_name=frame["supplier_id"].map(suppliers).fillna(""))
        for name, frame in (("order_heads", tables["order_heads"]), ("order_waiting", waiting))
    }
    review = {
        name: frame.assign(item_name=frame["item_id"].map(items).fillna(""))
        for name, frame in ((name, plan_table(result, name)) for name in _REVIEW)
    }
    earlier = result.tables.get("order_approved")
    earlier = earlier if earlier is not None else tables["order_lines"].iloc[:0]
    named["order_approved"] = earlier.assign(item_name=earlier["item_id"].map(items).fillna(""))
    return {**heads, **named, **review, **_limits(result, items)}


def _limits(result: RunResult, items: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """``order_limits``, and ``order_left_out``: lines of the planning day that a limit has cut, most margin lost first.

    Columns: line_id, item_id, item_name, site_id, quantity ordered, left_out_units, left_out_for, left_out_margin.
    """
    frames = [plan_table(result, name) for name in ("order_lines", "order_waiting")]
    lines = pd.concat([frame.loc[frame["status"].ne("planned")] for frame in frames])
    packs = lines["left_out_packs"] + (-lines["truck_packs"]).clip(lower=0)
    cut = lines.assign(
        item_name=lines["item_id"].map(items).fillna(""),
        left_out_units=packs * lines["pack_units"],
        left_out_for=lines["left_out_for"].where(lines["left_out_packs"].gt(0), "trucks"),
    ).loc[packs.gt(0)]
    cut = cut.sort_values(["left_out_margin", "line_id"], ascending=[False, True], kind="stable")
    return {"order_limits": plan_table(result, "order_limits"), "order_left_out": cut[_LEFT_OUT].reset_index(drop=True)}


def waiting_orders(result: RunResult) -> pd.DataFrame:
    """Orders of the planning day below their supplier's minimum, and when they may go.

    Columns: order_id, supplier_id, site_id, value, currency, minimum_order_value, missing_to_minimum (supplier's
    currency), next_order_date (when the order is looked at again), expected_date and expected_value (when and with
    what value the outlook has it placed; empty where it has not).
    """
    heads = plan_table(result, "order_heads")
    found = heads.loc[heads["status"].eq("waiting"), _WAITING]
    lines = plan_table(result, "order_waiting")
    lines = lines.loc[lines["status"].eq("waiting")]
    due = lines["order_date"] + pd.to_timedelta(lines["review_days"], unit="D")
    again = due.groupby(lines["order_id"]).min()
    later = heads.loc[heads["status"].eq("planned")].sort_values("order_date", kind="stable")
    first = later.groupby(["supplier_id", "site_id"])[["order_date", "value"]].first()
    first = first.rename(columns={"order_date": "expected_date", "value": "expected_value"}).reset_index()
    made = found.assign(next_order_date=found["order_id"].map(again))
    return made.merge(first, on=["supplier_id", "site_id"], how="left", sort=False)


_TABLES = {
    "order_waiting", "order_limits", "order_actions", "order_exceptions", "order_rows", "order_sources", "order_rushes",
    "order_direct_mail",
}  # fmt: skip


def check_columns(result: RunResult) -> None:
    """Raise PlanError for a run of a version that explained its lines with fewer figures."""
    there = set(result.tables) >= _TABLES
    tables = {"order_lines": ORDER_LINE_COLUMNS} | ({"order_rushes": RUSH_COLUMNS} if there else {})
    missing = [name for table, names in tables.items() for name in set(names) - set(plan_table(result, table).columns)]
    if missing or not there:
        raise PlanError(
            f"run {result.run_id} ({result.scenario}) was made by another version and cannot be explained by this one; "
            f"run it again: supplychain run {result.scenario}"
        )


def item_names(result: RunResult) -> Mapping[str, str]:
    """Name of each item of a run."""
    return _names(result, "item_names", "item_id")


def base_currency(result: RunResult) -> str:
    """Base currency of the run's data set; empty where the run does not say."""
    about = result.tables.get("about")
    return "" if about is None else str(dict(zip(about["key"], about["value"], strict=True)).get("base_currency", ""))


def _names(result: RunResult, table: str, key: str) -> Mapping[str, str]:
    frame = result.tables.get(table)
    return {} if frame is None else dict(zip(frame[key], frame["name"], strict=True))
