"""Money can be converted, and prices fit together."""

from __future__ import annotations

import pandas as pd

from supplychain.tables.checking import Checking
from supplychain.tables.nearest import suggestion

__all__ = ["check_money"]


def check_money(checking: Checking) -> None:
    """Currencies with rates, price breaks with supply."""
    rates = checking.frame("rates")
    checking.add("rates", rates["rate"] <= 0, "rate", "must be above zero", "give base currency for one unit")
    if "rates" not in checking.unread:
        _check_currencies(checking)
    _check_price_breaks(checking)


def _check_currencies(checking: Checking) -> None:
    tables = checking.tables
    rates = checking.frame("rates")
    usable = set(rates.loc[rates["date"] <= pd.Timestamp(tables.as_of), "currency"].dropna())
    known = {tables.base_currency, *usable}
    for table in ("items", "suppliers"):
        series = checking.frame(table)["currency"]
        for currency in series.dropna().unique():
            if currency not in known:
                fix = suggestion(currency, known, "add a row for it to rates")
                rule = f"has no rate on or before as_of {tables.as_of}"
                checking.add(table, series == currency, "currency", rule, fix)


def _check_price_breaks(checking: Checking) -> None:
    breaks = checking.frame("price_breaks")
    if breaks.empty or "supply" in checking.unread:
        return
    supply = checking.frame("supply")
    pairs = supply.groupby(["supplier_id", "item_id"], sort=False)["unit_price"].max().to_dict()
    keys = list(zip(breaks["supplier_id"], breaks["item_id"], strict=True))
    for position, key in enumerate(keys):
        if None in key:
            continue
        if key not in pairs:
            rule = "the supplier does not supply the item"
            checking.add_row(
                "price_breaks", position, "supplier_id, item_id", rule, "add a row to supply, or remove it"
            )
        elif breaks["unit_price"].iloc[position] > pairs[key]:
            rule = f"is above the price before breaks, {pairs[key]:g}"
            checking.add_row("price_breaks", position, "unit_price", rule, "correct the break or the price in supply")
    ordered = breaks.sort_values("from_units", kind="stable").groupby(["supplier_id", "item_id"], sort=False)
    rising = ordered["unit_price"].diff() > 0
    rule = "rises with the quantity"
    fix = "a larger quantity must not have a higher price"
    checking.add("price_breaks", rising.reindex(breaks.index, fill_value=False), "unit_price", rule, fix)
