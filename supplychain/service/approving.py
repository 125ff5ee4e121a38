"""A buyer's approval of proposed order lines: from then on they are on the way in every later run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd

from supplychain.errors import PlanError, Problem
from supplychain.plans.order_plan import DECIDED
from supplychain.service.decisions import with_decisions
from supplychain.service.listing import warn_of_unknown_runs
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table
from supplychain.store import Store
from supplychain.store.approval import check_people

__all__ = ["approve_lines", "approved_below_minimum", "approved_lines"]

_FIELDS = ["line_id", "order_id", "supplier_id", "item_id", "site_id", "quantity", "unit_price", "currency", "due_date"]
_BELOW = [
    "order_id", "supplier_id", "supplier_name", "currency", "minimum_order_value", "approved_value",
    "missing_to_minimum",
]  # fmt: skip
_PIN = "pin the line if it must go (table pins)"
_WHY_NOT = dict.fromkeys(DECIDED, ("is decided already", "leave it out")) | {
    "planned": (
        "is an outlook on a later day, planned afresh each night",
        "approve it when it is proposed",
    ),
    "waiting": ("waits for its supplier's minimum order value", _PIN),
    "left_out": ("is left out for a limit: there is nothing to order", _PIN),
    "transfer": ("is a transfer, which the order book does not hold", "approve order lines only"),
}


def approve_lines(
    result: RunResult,
    numbers: Sequence[str],
    *,
    who: str,
    store: Store,
    checked_by: str = "",
    now: datetime | None = None,
) -> pd.DataFrame:
    """Approve the lines of ``numbers`` (line numbers, or order numbers for all their lines), all of them or none.

    Columns of the answer: line_id, order_id, supplier_id, item_id, site_id, quantity, unit_price, currency, due_date.
    ``who`` approves; held lines also need ``checked_by``, another person. Raises UsageError for names that are
    missing, hold control characters or have more than 120 characters, PlanError with every number that is unknown or
    cannot be approved; then nothing changes.
    """
    check_people(who, checked_by)
    warn_of_unknown_runs(store)
    result = with_decisions(result, store)  # an order number means what is left of the order
    lines = plan_table(result, "order_lines")
    proposed = lines.loc[lines["status"].eq("proposed")]
    chosen: list[str] = []
    problems: list[Problem] = []
    for number in numbers:
        found = proposed.loc[proposed["line_id"].eq(number) | proposed["order_id"].eq(number), "line_id"].tolist()
        chosen += found
        if not found:
            rule, fix = _why_not(result, number, proposed)
            problems.append(Problem("plan", f"line {number}", "", "", rule, fix))
    if problems:
        raise PlanError(f"run {result.run_id}: nothing is approved", problems)
    ids = [f"{result.run_id}:{line_id}" for line_id in chosen]
    made = store.orders.approve(
        result.run_id, ids, who=who.strip(), checked_by=checked_by.strip(), at=now or datetime.now(UTC)
    )
    return _plain(made, result.run_id)


def approved_lines(result: RunResult, store: Store) -> pd.DataFrame:
    """Lines of the run that are approved, released or confirmed; columns of ``approve_lines``."""
    return _plain(
        store.orders.lines(run_id=result.run_id, statuses=["approved", "released", "confirmed"]), result.run_id
    )


def approved_below_minimum(result: RunResult, numbers: Sequence[str], store: Store) -> pd.DataFrame:
    """Of the orders ``numbers``, those of which less is approved than their supplier's minimum order value.

    Columns: order_id, supplier_id, supplier_name, currency, minimum_order_value, approved_value (of this run and of
    earlier ones of the evening), missing_to_minimum. The supplier may refuse such an order as it stands.
    """
    heads = plan_table(with_decisions(result, store), "order_heads")
    heads = heads.loc[heads["order_id"].isin(numbers)]
    names = result.tables.get("supplier_names")
    known = {} if names is None else dict(zip(names["supplier_id"], names["name"], strict=True))
    approved = heads["approved_value"] + heads["placed_value"]
    found = heads.assign(
        supplier_name=heads["supplier_id"].map(known).fillna(""),
        approved_value=approved,
        missing_to_minimum=heads["minimum_order_value"] - approved,
    )
    small = found.loc[found["missing_to_minimum"] > found["minimum_order_value"] * 1e-9, _BELOW]
    return small.reset_index(drop=True)


def _plain(lines: pd.DataFrame, run_id: str) -> pd.DataFrame:
    return lines[_FIELDS].assign(line_id=lines["line_id"].str.removeprefix(f"{run_id}:")).reset_index(drop=True)


def _why_not(result: RunResult, number: str, proposed: pd.DataFrame) -> tuple[str, str]:
    for name in ("order_lines", "order_waiting", "order_heads"):
        table = plan_table(result, name)
        keys = [key for key in ("line_id", "order_id") if key in table.columns]
        states = table.loc[table[keys].eq(number).any(axis=1), "status"].tolist()
        if states and states[0] in _WHY_NOT:
            return _WHY_NOT[states[0]]
    moves = plan_table(result, "transfer_lines")
    if moves[["line_id", "transfer_id"]].eq(number).any(axis=None):
        return _WHY_NOT["transfer"]
    known = [*proposed["line_id"], *proposed["order_id"].unique()]
    return "the plan has no order line or order of this number" + near(number, known), "plan show lists them"
