"""What of tonight's order lines is approved and what is left to decide: the one source of every sum of them."""

from __future__ import annotations

import pandas as pd

from supplychain.plans.order_plan import DECIDED

__all__ = ["APPROVED", "approved_and_left", "approved_of_orders", "lines_of_tonight"]

APPROVED = tuple(word for word in DECIDED if word != "rejected")
"""States of an order line that a person has ordered; ``proposed`` ones are left to decide."""

_STATES = {"proposed": "proposed", **dict.fromkeys(APPROVED, "approved")}


def lines_of_tonight(lines: pd.DataFrame) -> pd.DataFrame:
    """Order lines of the planning day that are approved or left to decide, in ``state`` (approved, proposed)."""
    state = lines["status"].map(_STATES)
    return lines.loc[state.notna()].assign(state=state.dropna())


def approved_and_left(lines: pd.DataFrame) -> pd.DataFrame:
    """Two rows, ``approved`` and ``proposed`` (left to decide): lines, held (lines of them), value_base (their sum)."""
    mine = lines_of_tonight(lines)
    held = mine["held"].fillna("").ne("") if "held" in mine else pd.Series(0, index=mine.index)
    sums = mine.assign(lines=1, held=held.astype("int64")).groupby("state")[["lines", "held", "value_base"]].sum()
    sums = sums.reindex(["approved", "proposed"]).fillna(0.0)
    return sums.astype({"lines": "int64", "held": "int64", "value_base": "float64"})


def approved_of_orders(lines: pd.DataFrame) -> pd.DataFrame:
    """What is approved of each order with an approved line, by order_id: lines, value (supplier's), value_base."""
    mine = lines.loc[lines["status"].isin(APPROVED)]
    return mine.assign(lines=1).groupby("order_id")[["lines", "value", "value_base"]].sum()
