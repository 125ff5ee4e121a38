"""Why a price break is taken or left."""

from __future__ import annotations

__all__ = ["BREAK_VERDICTS"]

BREAK_VERDICTS = {
    "taken": "taken",
    "costs_more": "they cost more than they save",
    "hold_above_days": "stock would last beyond the limit on days of cover (replenish.hold_above_days), and they alone "
    "for more than a week and a review",
    "sales_before_expiry": "they are not expected to sell in time",
    "maximum_stock": "they pass the planner's maximum",
    "supplier_minimum": "the cheaper line would leave the order below the supplier's minimum",
    "trucks": "a further truck would cost more than they save",
    "budget_per_month": "they pass the month's budget",
    "weekly_capacity_units": "they pass the supplier's week",
    "capacity_l": "there is no room for them at the site",
    "waiting": "the order waits for the supplier's minimum",
    "pinned": "the line is pinned",
    "policy": "this policy looks at no prices",
}
"""Why a price break is taken or not, in words about the units more."""
