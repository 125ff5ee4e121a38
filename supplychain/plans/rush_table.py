"""Rush orders that would earn more than they cost, for a buyer to place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["RUSH_COLUMNS", "explain_rush", "no_rushes"]

RUSH_COLUMNS = {
    "item_id": "str",
    "site_id": "str",
    "supplier_id": "str",
    "mode": "str",
    "order_date": "datetime64[s]",
    "receipt_date": "datetime64[s]",
    "regular_receipt_date": "datetime64[s]",
    "quantity": "float64",
    "pack_units": "float64",
    "unit_price": "float64",
    "currency": "str",
    "value": "float64",
    "unit_cost": "float64",
    "extra_unit_cost": "float64",
    "margin": "float64",
    "units_short": "float64",
    "units_avoided": "float64",
    "lost_margin_avoided": "float64",
    "extra_cost": "float64",
    "gain": "float64",
}
"""A row an item and site for which a quicker source pays before the regular one can deliver; never placed by itself.

``supplier_id`` and ``mode`` the source, ``order_date`` its next order day, ``receipt_date`` and
``regular_receipt_date`` when either could be there. ``quantity`` whole packs; ``unit_price`` and ``value`` in
``currency``. Base currency a unit: landed ``unit_cost``, ``extra_unit_cost`` over the regular source's, ``margin`` of a
lost sale. ``units_short`` until the regular receipt and ``units_avoided`` of them; base currency:
``lost_margin_avoided``, the ``extra_cost`` of all units, and the ``gain``, their difference.
"""


def no_rushes() -> pd.DataFrame:
    """The table without any."""
    return typed_frame(dict.fromkeys(RUSH_COLUMNS, ()), RUSH_COLUMNS)


def explain_rush(rush: Mapping[str, Any], *, currency: str = "") -> str:
    """A rush order in words: from whom, when, how many, and why it pays."""
    money = f" {currency}" if currency else ""
    source = f"{rush['supplier_id']} by {rush['mode']}" if rush["mode"] else str(rush["supplier_id"])
    day, here, regular = (str(rush[name])[:10] for name in ("order_date", "receipt_date", "regular_receipt_date"))
    return (
        f"Rush order that pays: {float(rush['quantity']):,.0f} units from {source}, ordered on {day}, here by {here} "
        f"instead of {regular}; each costs {float(rush['extra_unit_cost']):,.2f}{money} more. Of "
        f"{float(rush['units_short']):,.0f} units short until then it serves {float(rush['units_avoided']):,.0f}, "
        f"worth {float(rush['lost_margin_avoided']):,.2f}{money} of margin against {float(rush['extra_cost']):,.2f}."
    )
