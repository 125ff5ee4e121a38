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
    if "rates" not in checking.unread and not checking.told.header & {"as_of", "base_currency"}:
        _check_currencies(checking)
    _check_price_breaks(checking)


def _check_currencies(checking: Checking) -> None:
    tables = checking.tables
    rates = checking.frame("rates")
    known_from = rates["date"].isna() | (rates["date"] <= pd.Timestamp(tables.as_of))  # an empty one is told already
    usable = set(rates.loc[known_from, "currency"].dropna()) | checking.told.keys.get(
        ("rates", "currency"), frozenset()
    )
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
    known = [_ids(checking, table, f"{table[:-1]}_id") for table in ("suppliers", "items")]
    fits = []  # rows with nothing wrong of their own: only they are held against each other
    for position, row in enumerate(breaks[["supplier_id", "item_id", "unit_price"]].itertuples(index=False, name=None)):
        key, price = row[:2], row[2]
        if any(value is None or (ids is not None and value not in ids) for value, ids in zip(key, known, strict=True)):
            continue  # said elsewhere
        if key not in pairs:
            rule = "the supplier does not supply the item"
            checking.add_row(
                "price_breaks", position, "supplier_id, item_id", rule, "add a row to supply, or remove it"
            )
        elif price > pairs[key]:
            rule = f"is above the price before breaks, {pairs[key]:.12g}"
            checking.add_row("price_breaks", position, "unit_price", rule, "correct the break or the price in supply")
        else:
            fits.append(position)
    _check_rising(checking, breaks.iloc[fits].assign(position=fits))


def _check_rising(checking: Checking, breaks: pd.DataFrame) -> None:
    key = ["supplier_id", "item_id"]
    ordered = breaks.dropna(subset=["from_units", "unit_price"]).drop_duplicates([*key, "from_units"])
    ordered = ordered.sort_values("from_units", kind="stable")
    before = ordered.groupby(key, sort=False)[["from_units", "unit_price"]].shift()
    for row, (units, price) in zip(ordered.to_dict("records"), before.to_numpy(), strict=True):
        if row["unit_price"] > price:
            rule = f"rises with the quantity: it is {price:.12g} from {units:.12g} units on"
            fix = "a larger quantity must not have a higher price; correct one of the two"
            checking.add_row("price_breaks", int(row["position"]), "unit_price", rule, fix)


def _ids(checking: Checking, table: str, column: str) -> set[str] | None:
    return None if table in checking.unread else set(checking.frame(table)[column])
