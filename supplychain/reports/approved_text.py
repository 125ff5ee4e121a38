"""What of tonight's orders is approved and what is left, and what earlier runs got approved, as plain text."""

from __future__ import annotations

import pandas as pd

from supplychain.plans.amounts import counted
from supplychain.plans.approved_part import approved_and_left
from supplychain.reports.text import frame_text

__all__ = ["approved_parts"]

_NAME = 28  # letters of an item's name that a table shows


def approved_parts(lines: pd.DataFrame, earlier: pd.DataFrame, *, currency: str, count: int) -> list[str]:
    """How much of tonight's ``lines`` is approved, and the approved lines of ``earlier`` runs; nothing without any.

    ``earlier`` with the columns of ``order_approved`` and item_name; of it ``count`` lines are shown.
    """
    parts = []
    if approved := approved_text(lines, currency=currency):
        parts.append(approved)
    if len(earlier):
        shown = pd.DataFrame(
            {
                "line_id": earlier["line_id"],
                "item": earlier["item_name"].str.slice(0, _NAME),
                "quantity": earlier["quantity"],
                "value": earlier["value"],
                "currency": earlier["currency"],
                "due": earlier["receipt_date"],
                "by": earlier["approved_by"],
                "in_run": earlier["approved_in_run"],
            }
        )
        left = len(earlier) - count
        title = (
            f"Approved in earlier runs and not in open_orders yet ({len(earlier)}): {earlier['value_base'].sum():,.2f} "
            f"{currency}, on the way in this plan"
        )
        more = f"\n... and {left} more; --all shows them" if left > 0 else ""
        parts.append(f"{title}\n{frame_text(shown.head(count), decimals={'value': 2})}{more}")
    return parts


def approved_text(lines: pd.DataFrame, *, currency: str) -> str:
    """Lines and money of tonight that are approved, and that are left to decide; empty where nothing is approved."""
    sums = approved_and_left(lines)
    done, left = (sums.loc[state] for state in ("approved", "proposed"))
    if not done["lines"]:
        return ""
    return (
        f"Approved of them: {counted(int(done['lines']), 'line')} for {done['value_base']:,.2f} {currency}; "
        f"left to decide: {counted(int(left['lines']), 'line')} for {left['value_base']:,.2f} {currency}."
    )
