"""What of an order plan needs a buyer: exceptions, action messages, and when money leaves."""

from __future__ import annotations

import pandas as pd

from supplychain.errors import PlanError
from supplychain.plans.order_exceptions import KINDS
from supplychain.service.order_view import item_names
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["actions_of", "cash_of", "exceptions_of"]


def exceptions_of(result: RunResult, *, kind: str | None = None) -> pd.DataFrame:
    """Exceptions of a run with item_name, of one kind only when said; raises PlanError for a kind that there is not."""
    if kind is not None and kind not in KINDS:
        raise PlanError(f"--kind {kind}: there is no such kind of exception{near(kind, list(KINDS), most=len(KINDS))}")
    frame = _named(result, "order_exceptions")
    return frame if kind is None else frame.loc[frame["kind"].eq(kind)].reset_index(drop=True)


def actions_of(result: RunResult) -> pd.DataFrame:
    """Action messages of a run with item_name; raises PlanError when it has none."""
    return _named(result, "order_actions")


def cash_of(result: RunResult) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cash by week and by month; raises PlanError when the run has none."""
    return plan_table(result, "cash_weeks"), plan_table(result, "cash_months")


def _named(result: RunResult, table: str) -> pd.DataFrame:
    frame = plan_table(result, table)
    return frame.assign(item_name=frame["item_id"].map(item_names(result)).fillna(""))
