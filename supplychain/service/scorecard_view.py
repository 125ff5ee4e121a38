"""Scorecards of suppliers of a run, and its trade-off of stock against service."""

from __future__ import annotations

import pandas as pd

from supplychain.errors import PlanError
from supplychain.service.result import RunResult
from supplychain.service.stored import near, plan_table

__all__ = ["service_view", "supplier_view"]


def supplier_view(result: RunResult, supplier: str | None = None) -> pd.DataFrame:
    """The table ``supplier_scorecards``, of one supplier only when said.

    Raises PlanError when the run has none, or for a supplier that it does not know.
    """
    cards = plan_table(result, "supplier_scorecards")
    if supplier is None:
        return cards
    known = sorted(set(cards["supplier_id"]))
    if supplier not in known:
        raise PlanError(f"supplier {supplier!r}: run {result.run_id} has no scorecard of it{near(supplier, known)}")
    return cards.loc[cards["supplier_id"].eq(supplier)].reset_index(drop=True)


def service_view(result: RunResult) -> dict[str, pd.DataFrame]:
    """``segments`` and ``trade_off`` of a run; empty for a run of a version that made none."""
    return {name: result.tables[name] for name in ("segments", "trade_off") if name in result.tables}
