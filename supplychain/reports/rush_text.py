"""Rush orders that pay as plain text."""

from __future__ import annotations

import pandas as pd

from supplychain.reports.text import frame_text

__all__ = ["rushes_text"]

_NAME = 28  # letters of an item's name that a table shows


def rushes_text(rushes: pd.DataFrame, *, currency: str = "") -> str:
    """Each rush order (``RUSH_COLUMNS``, item_name): its source, the regular order that it comes before, its gain."""
    shown = pd.DataFrame({
        "item": rushes["item_id"] + " " + rushes["item_name"].str.slice(0, _NAME), "site": rushes["site_id"],
        "quantity": rushes["quantity"], "from": rushes["supplier_id"], "by": rushes["mode"],
        "order_on": rushes["order_date"], "here": rushes["receipt_date"],
        "instead_of": rushes["regular_supplier_id"], "its_way": rushes["regular_mode"],
        "its_order": rushes["regular_order_date"], "its_receipt": rushes["regular_receipt_date"],
        "more_a_unit": rushes["extra_unit_cost"], "saves": rushes["lost_margin_avoided"], "gain": rushes["gain"],
    })  # fmt: skip
    money = f", {currency}" if currency else ""
    title = f"Rush orders that pay ({len(rushes)}){money}; nobody places them but a buyer"
    told = (
        "Each is there before the next regular order of its item: from whom, by which way, placed when, there when.\n"
        "It saves the margin of sales that would be lost until then; a later regular order is that much smaller."
    )
    return f"{title}\n{frame_text(shown, decimals={'more_a_unit': 2, 'saves': 2, 'gain': 2})}\n{told}"
