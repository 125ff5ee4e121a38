"""Projected stock by site, item and day when the plan is followed and demand comes as expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["STOCK_COLUMNS", "StockPlan"]

STOCK_COLUMNS = {
    "site_id": "str",
    "item_id": "str",
    "date": "datetime64[s]",
    "opening": "float64",
    "wasted": "float64",
    "received": "float64",
    "transferred_in": "float64",
    "returned": "float64",
    "demand": "float64",
    "served": "float64",
    "lost": "float64",
    "backorder": "float64",
    "transferred_out": "float64",
    "closing": "float64",
    "low": "float64",
    "high": "float64",
}


@dataclass(frozen=True)
class StockPlan:
    """Units by row and day, from the planning day (its evening's transfers only) to the end of the outlook.

    ``days`` has ``STOCK_COLUMNS``. A day goes: ``opening``; what is past its last day is ``wasted``; ``received``
    (suppliers' goods, and all that was under way on the planning day), ``transferred_in`` (the plan's own transfers)
    and ``returned`` (what customers are expected to send back, fit for sale, where the plan counts on it) come;
    customers ask for ``demand``, and what waits is ``served`` first; of what is not served some is ``lost`` and the
    rest waits in ``backorder``; in the evening ``transferred_out`` leaves. ``closing`` is what remains; ``low`` and
    ``high`` hold it in four of five cases as far as demand decides.
    """

    days: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {"stock_projection": self.days}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> StockPlan:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(days=typed_frame(tables["stock_projection"], STOCK_COLUMNS))
