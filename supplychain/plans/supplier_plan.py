"""Scorecards of suppliers as a plan table, and how a lead time follows from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["MEASURED_COLUMNS", "SUPPLIER_COLUMNS", "SupplierPlan", "whole_lead_days"]

MEASURED_COLUMNS = {
    "supplier_id": "str",
    "item_id": "str",
    "supplier_class": "str",
    "basis": "str",
    "orders": "int64",
    "lines": "int64",
    "open_orders": "int64",
    "overdue_lines": "int64",
    "overdue_value": "float64",
    "agreed_lead_time_days": "float64",
    "agreed_sd_days": "float64",
    "measured_lead_time_days": "float64",
    "measured_sd_days": "float64",
    "lead_time_days": "float64",
    "lead_time_sd_days": "float64",
    "lead_time_error_days": "float64",
    "credibility": "float64",
    "lead_time_ratio": "float64",
    "sd_ratio": "float64",
    "days_late": "float64",
    "on_time_share": "float64",
    "fill_share": "float64",
    "reject_share": "float64",
    "received_share": "float64",
    "days_late_before": "float64",
    "days_late_recent": "float64",
    "trend": "str",
}
SUPPLIER_COLUMNS = {
    **MEASURED_COLUMNS,
    "planned_with": "str",
    "stock_for_spread": "float64",
    "holding_cost_per_year": "float64",
    "lost_margin_per_year": "float64",
    "cost_per_year": "float64",
    "decide": "str",
}


@dataclass(frozen=True)
class SupplierPlan:
    """What suppliers did, what that costs, and what to decide.

    ``scorecards`` has ``SUPPLIER_COLUMNS``: a row a supplier (``item_id`` empty), and a row a supplier and item where
    there is enough; docs/suppliers_and_segments.md says what each column means. Money is base currency.
    """

    scorecards: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {"supplier_scorecards": self.scorecards}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> SupplierPlan:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(typed_frame(tables["supplier_scorecards"], SUPPLIER_COLUMNS))


def whole_lead_days(mean_days: float, *, measured: bool) -> int:
    """Whole days from order to receipt, at least one: what is ordered tonight comes tomorrow at the earliest.

    Agreed lead times are rounded up: part of a day counts as a day. Measured ones are rounded to the nearest day, since
    receipts are counted in whole days already.
    """
    return max(math.floor(mean_days + 0.5) if measured else math.ceil(mean_days - 1e-9), 1)
