"""Transfer lines: what goes from one of our sites to another, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from supplychain.plans.frame import typed_frame
from supplychain.plans.order_plan import EXPLANATION_COLUMNS

__all__ = ["TRANSFER_LINE_COLUMNS", "TransferPlan", "transfer_number"]

TRANSFER_LINE_COLUMNS = {
    "line_id": "str",
    "transfer_id": "str",
    "status": "str",
    "origin_id": "str",
    "destination_id": "str",
    "item_id": "str",
    "reason": "str",
    "mode": "str",
    "order_date": "datetime64[s]",
    "receipt_date": "datetime64[s]",
    "quantity": "float64",
    "requested_quantity": "float64",
    "origin_available": "float64",
    "share_units": "float64",
    "origin_value": "float64",
    "destination_value": "float64",
    "freight": "float64",
    "value_base": "float64",
    "weight_kg": "float64",
    "volume_l": "float64",
    **EXPLANATION_COLUMNS,
}


@dataclass(frozen=True)
class TransferPlan:
    """Transfers between our own sites.

    ``lines`` has ``TRANSFER_LINE_COLUMNS``, one row an origin, destination, date and item. ``order_date`` is the
    evening on which the lane's vehicle leaves. ``requested_quantity`` is what the destination needs,
    ``origin_available`` what the origin has that evening for everybody, ``share_units`` the destination's share where
    that was too little (infinite where it was not). Statuses as in ``OrderPlan``.
    """

    lines: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {"transfer_lines": self.lines}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> TransferPlan:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(lines=typed_frame(tables["transfer_lines"], TRANSFER_LINE_COLUMNS))


def transfer_number(origin_id: str, order_date: date, destination_id: str) -> str:
    """Number of the transfer between two sites on a date: the same in every run."""
    return f"{origin_id}_{order_date:%Y%m%d}_{destination_id}"
