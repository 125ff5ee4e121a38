"""Rush orders that would earn more than they cost, for a buyer to place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["RUSH_COLUMNS", "USUAL_WAY", "explain_rush", "no_rushes"]

USUAL_WAY = "usual way"
"""Name of the way by which a supplier delivers where the data set knows no lane from it to the site."""

RUSH_COLUMNS = {
    "item_id": "str",
    "site_id": "str",
    "supplier_id": "str",
    "mode": "str",
    "order_date": "datetime64[s]",
    "receipt_date": "datetime64[s]",
    "regular_supplier_id": "str",
    "regular_mode": "str",
    "regular_order_date": "datetime64[s]",
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

``supplier_id`` and ``mode`` the source, ``order_date`` its next order day, ``receipt_date`` when it could be there. It
comes before the next regular order, and takes its units off a later one: from ``regular_supplier_id`` by
``regular_mode``, placed on ``regular_order_date`` (tonight, or when its source is next looked at), there on
``regular_receipt_date``. A mode names the lanes; where none is known it is ``USUAL_WAY``. ``quantity`` whole packs;
``unit_price`` and ``value`` in ``currency``. Base currency a unit: landed ``unit_cost``, ``extra_unit_cost`` over the
regular source's, ``margin`` of a lost sale. ``units_short`` until the regular receipt and ``units_avoided`` of them;
base currency: ``lost_margin_avoided``, the ``extra_cost`` of all units, and the ``gain``, their difference.
"""


def no_rushes() -> pd.DataFrame:
    """The table without any."""
    return typed_frame(dict.fromkeys(RUSH_COLUMNS, ()), RUSH_COLUMNS)


def explain_rush(rush: Mapping[str, Any], *, currency: str = "") -> str:
    """A rush order in words: from whom, when, how many, and why it pays."""
    money = f" {currency}" if currency else ""
    day, here, asked, there = (
        str(rush[name])[:10] for name in ("order_date", "receipt_date", "regular_order_date", "regular_receipt_date")
    )
    return (
        f"Rush order that pays: {float(rush['quantity']):,.0f} units from {_source(rush, '')}, ordered on {day}, here "
        f"by {here}; the regular order, from {_source(rush, 'regular_')}, would be placed on {asked} and here by "
        f"{there}. A rushed unit costs {float(rush['extra_unit_cost']):,.2f}{money} more. Of "
        f"{float(rush['units_short']):,.0f} units short until then it serves {float(rush['units_avoided']):,.0f}, "
        f"worth {float(rush['lost_margin_avoided']):,.2f}{money} of margin against {float(rush['extra_cost']):,.2f}."
    )


def _source(rush: Mapping[str, Any], part: str) -> str:
    mode = str(rush[f"{part}mode"])
    return f"{rush[f'{part}supplier_id']} by {'its ' if mode == USUAL_WAY else ''}{mode}"
