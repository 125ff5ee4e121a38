"""Segments of items by value and forecast error, and what service costs in stock, as plan tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["SEGMENT_COLUMNS", "TRADE_OFF_COLUMNS", "ServicePlan"]

SEGMENT_COLUMNS = {
    "segment": "str",
    "abc": "str",
    "xyz": "str",
    "item_sites": "int64",
    "value_per_year": "float64",
    "error_cv": "float64",
    "stock_value": "float64",
    "stock_days": "float64",
    "planned_stock_value": "float64",
    "planned_stock_days": "float64",
    "expected_fill": "float64",
    "service_level": "float64",
    "service_by": "str",
    "higher_fill": "float64",
    "stock_for_more": "float64",
    "cost_of_more_per_year": "float64",
    "margin_of_more_per_year": "float64",
}
TRADE_OFF_COLUMNS = {
    "group": "str",
    "point": "str",
    "label": "str",
    "service_level": "float64",
    "stock_value": "float64",
    "fill_rate": "float64",
    "lost_margin_per_year": "float64",
    "basis": "str",
}


@dataclass(frozen=True)
class ServicePlan:
    """Segments of item-sites, and what service costs.

    ``segments``: nine cells of ABC by value and XYZ by forecast error. ``trade_off``: stock value against fill rate,
    for all item-sites (``group`` all) and each class; ``point`` is curve, plan, lower, higher or today. Money is base
    currency; docs/suppliers_and_segments.md says what each column means.
    """

    segments: pd.DataFrame
    trade_off: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {"segments": self.segments, "trade_off": self.trade_off}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> ServicePlan:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(
            segments=typed_frame(tables["segments"], SEGMENT_COLUMNS),
            trade_off=typed_frame(tables["trade_off"], TRADE_OFF_COLUMNS),
        )
