"""Quantities of one row fit each other: stock and its parts, what was ordered, received and rejected."""

from __future__ import annotations

from supplychain.tables.checking import Checking

__all__ = ["check_quantities"]

_MOST_TIMES_ORDERED = 10.0
"""A supplier that rounds up to a pack sends more than was ordered; ten times as much is a mistyped figure."""
_ROUNDING = 1e-9


def check_quantities(checking: Checking) -> None:
    """Allocated and blocked units lie in the building; rejected ones were received, and received ones ordered."""
    stock = checking.frame("stock")
    above = stock["allocated"] + stock["blocked"] > stock["on_hand"] * (1.0 + _ROUNDING)
    checking.add(
        "stock", above, "on_hand, allocated, blocked",
        "allocated and blocked units are parts of on_hand, and together they exceed it",
        "correct the figures; units promised to customers that are not there belong in backorder",
    )  # fmt: skip
    receipts = checking.frame("receipts")
    received = receipts["quantity_received"]
    rejected = receipts["quantity_rejected"] > received * (1.0 + _ROUNDING)
    checking.add(
        "receipts", rejected, "quantity_received, quantity_rejected", "more units were rejected than were received",
        "correct the two; quantity_received counts the rejected units too",
    )  # fmt: skip
    many = received > _MOST_TIMES_ORDERED * receipts["quantity_ordered"]
    checking.add(
        "receipts", many, "quantity_ordered, quantity_received",
        f"more than {_MOST_TIMES_ORDERED:g} times the units ordered were received",
        "correct the two; where more was agreed on later, quantity_ordered is what was agreed on last",
    )  # fmt: skip
