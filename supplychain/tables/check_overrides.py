"""An override says one thing, once for a day, of an item that its site lists."""

from __future__ import annotations

import pandas as pd

from supplychain.tables.checking import Checking

__all__ = ["check_overrides"]


def check_overrides(checking: Checking) -> None:
    """One figure each, no two for the same item, site and day, and none where there is no forecast to override."""
    overrides = checking.frame("overrides")
    if overrides.empty:
        return
    unclear = overrides["value"].notna() == overrides["factor"].notna()
    checking.add("overrides", unclear, "value, factor", "exactly one must be filled", "give either a value or a factor")
    ordered = overrides.dropna(subset=["item_id", "site_id", "from", "to"]).sort_values("from", kind="stable")
    for (item, site), group in ordered.groupby(["item_id", "site_id"], sort=False):
        latest = group["to"].cummax().shift()
        for position in group.index[group["from"] <= latest]:
            rule = f"another override of {item} at {site} reaches to {latest[position]:%Y-%m-%d}, so both would count"
            checking.add_row("overrides", int(position), "from", rule, "let only one of them hold a day")
    _check_listed(checking, overrides)


def _check_listed(checking: Checking, overrides: pd.DataFrame) -> None:
    if "item_sites" in checking.unread:
        return
    listing = checking.frame("item_sites").dropna(subset=["item_id", "site_id"])
    off = listing[listing["listed"].eq(False)]
    away = set(zip(off["item_id"], off["site_id"], strict=True))
    keys = zip(overrides["item_id"], overrides["site_id"], strict=True)
    absent = pd.Series([key in away for key in keys], index=overrides.index)
    rule = "the item is not listed at the site, so there is no forecast to override"
    checking.add("overrides", absent, "item_id, site_id", rule, "name a site that lists it (item_sites), or remove it")
