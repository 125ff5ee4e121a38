"""What the orders of one evening share, and how much of it they use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["LIMITS", "LIMIT_COLUMNS", "cut_key", "limit_key", "limit_words"]

LIMITS = {
    "budget_per_month": "the month's budget",
    "weekly_capacity_units": "the supplier's week",
    "capacity_l": "the room at the site",
}
"""Limits by the setting or column that sets them, and what they are called."""

LIMIT_COLUMNS = {
    "limit": "str",
    "supplier_id": "str",
    "site_id": "str",
    "begins": "datetime64[s]",
    "amount": "float64",
    "before": "float64",
    "tonight": "float64",
    "later": "float64",
    "left": "float64",
    "left_out": "float64",
    "over": "float64",
    "price": "float64",
    "transfers_left_out": "float64",
    "transfers_margin": "float64",
}
"""One row a limit that orders of the planning day use.

``limit`` of ``LIMITS``. ``budget_per_month``: value of orders by order date in the month that ``begins``, base
currency without fees. ``weekly_capacity_units``: units of a supplier by day of receipt in the week that ``begins``, at
all sites. ``capacity_l``: litres of all stock expected at the site on the evening of the day ``begins``, with all
transfers. ``amount`` may be used; ``before`` is used by what is ordered already or has come (at a site: is there by
then), ``tonight`` by tonight's orders (at a site: and by the transfers that leave tonight and are there by then),
``later`` is kept for order days to come, ``left`` is amount less before and tonight. ``left_out`` is what tonight's
orders and transfers would use more without the limits, ``transfers_left_out`` the part of it that transfers would use
and ``transfers_margin`` the expected margin that they lose by it; ``over`` is how far the limit had to give way.

``price``, base currency: what the best pack (or whole order, or unit of a transfer) that this limit alone keeps out
would save, for each unit of the limit that it takes. 0 where nothing is kept out that would pay, and where the limit is
passed already: one more unit of it would then change nothing.
"""


def limit_key(row: Mapping[Any, Any]) -> tuple[str, str, str]:
    """Limit, supplier and site of a row of ``order_limits``."""
    return row["limit"], row["supplier_id"], row["site_id"]


def limit_words(limit: str, line: Mapping[str, Any]) -> str:
    """The limit of a line in words."""
    if limit == "weekly_capacity_units":
        return f"what {line['supplier_id']} can deliver in that week"
    return f"the room at {line['site_id']}" if limit == "capacity_l" else "the month's budget"


def cut_key(line: Mapping[str, Any]) -> tuple[str, str, str]:
    """The limit for which packs of a line are left out, with its supplier or site; empty where it is of neither."""
    limit = str(line["left_out_for"])
    supplier = line["supplier_id"] if limit == "weekly_capacity_units" else ""
    return limit, supplier, line["site_id"] if limit == "capacity_l" else ""
