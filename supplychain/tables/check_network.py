"""Sites do what their kind allows, and words in lists mean something."""

from __future__ import annotations

import pandas as pd

from supplychain.domain.sites import STOCKING_KINDS, TIERS
from supplychain.errors import Problem
from supplychain.tables.checking import Checking
from supplychain.tables.columns import columns_of, read_order
from supplychain.tables.nearest import suggestion

__all__ = ["LANE_RULE_CONSTANTS", "SITE_KINDS", "check_network"]

LANE_RULE_CONSTANTS = ("circuity", "line_haul_km_per_day", "line_haul_cost_per_kg_km")

_STOCKING = frozenset(STOCKING_KINDS)
SITE_KINDS = (
    ("demand", "site_id", frozenset({"zone"}), "demands"),
    ("actuals", "site_id", frozenset({"zone"}), "demands"),
    ("returns", "site_id", frozenset({"zone"}), "sends goods back"),
    ("stock", "site_id", _STOCKING, "holds stock"),
    ("item_sites", "site_id", _STOCKING, "holds stock"),
    ("overrides", "site_id", _STOCKING, "holds stock"),
    ("pins", "site_id", _STOCKING, "holds stock"),
    ("supply", "site_id", _STOCKING, "receives goods"),
    ("open_orders", "site_id", _STOCKING, "receives goods"),
    ("transfers", "origin_id", _STOCKING, "holds stock"),
    ("transfers", "destination_id", _STOCKING, "holds stock"),
    ("vehicles", "depot_id", _STOCKING, "sends vehicles"),
    ("deliveries", "depot_id", _STOCKING, "sends vehicles"),
    ("deliveries", "site_id", frozenset({"zone"}), "gets parcels"),
    ("deliveries", "alternative_site_id", frozenset({"pickup_point"}), "keeps parcels"),
)


def check_network(checking: Checking) -> None:
    """Kinds of sites, lanes from a place to itself, lists of known words, constants of the lane rule."""
    if "sites" not in checking.unread:
        _check_kinds(checking)
    for table, first, last in (("lanes", "origin_id", "destination_id"), ("transfers", "origin_id", "destination_id")):
        frame = checking.frame(table)
        same = (frame[first] == frame[last]) & frame[first].notna()
        checking.add(table, same, f"{first}, {last}", "begins and ends at the same site", "correct one of the two")
    items = checking.frame("items")
    same = (items["replaces"] == items["item_id"]) & items["item_id"].notna()
    checking.add("items", same, "replaces", "an item cannot replace itself", "name the older item, or leave it empty")
    _check_circles(checking)
    _check_lists(checking)
    _check_lane_rule(checking)


def _check_circles(checking: Checking) -> None:
    """Each circle of items that replace each other is told once, at its first row."""
    items = checking.frame("items").drop_duplicates("item_id").dropna(subset=["item_id", "replaces"])
    older = dict(zip(items["item_id"], items["replaces"], strict=True))
    rows = dict(zip(items["item_id"], items.index, strict=True))
    seen: set[str] = set()
    for start in older:
        way: list[str] = []
        item = start
        while item in older and item not in seen:
            seen.add(item)
            way.append(item)
            item = older[item]
        if item not in way or older[item] == item:
            continue
        circle = [*way[way.index(item) :], item]
        rule = f"items replace each other in a circle: {' replaces '.join(circle)}"
        fix = "empty replaces of the oldest of them; an item names the older one that it replaces"
        checking.add_row("items", int(rows[item]), "replaces", rule, fix)


def _check_kinds(checking: Checking) -> None:
    sites = checking.frame("sites").dropna(subset=["site_id", "kind"])
    kinds = dict(zip(sites["site_id"], sites["kind"], strict=True))
    for table, column, allowed, verb in SITE_KINDS:
        series = checking.frame(table)[column]
        if isinstance(series.dtype, pd.CategoricalDtype):
            wrong = [key for key in series.cat.categories if key in kinds and kinds[key] not in allowed]
        else:
            wrong = [key for key in series.dropna().unique() if key in kinds and kinds[key] not in allowed]
        if wrong:
            rule = f"only a {' or '.join(sorted(allowed))} {verb}"
            mask = series.isin(wrong)
            checking.add(table, mask, column, rule, "name another site, or correct its kind in sites")


def _check_lists(checking: Checking) -> None:
    words = {("vehicles", "allowed_tiers"): ("is not a tier", set(TIERS))}
    if "items" not in checking.unread:
        categories = set(checking.frame("items")["category"].dropna())
        words["events", "applies_to"] = ("is not a category of table items", categories)
    for table in read_order():
        names = {column.name for column in columns_of(table)}
        if "assumed" in names:
            words[table, "assumed"] = (f"is not a column of {table}", names)
    for (table, column), (rule, known) in words.items():
        for position, cell in enumerate(checking.frame(table)[column]):
            for word in cell:
                if word not in known:
                    fix = suggestion(word, known, "join several words by |, and write known ones")
                    checking.add_row(table, position, column, f"{word!r} {rule}", fix)


def _check_lane_rule(checking: Checking) -> None:
    if checking.tables.lane_rule != "great_circle":
        return
    frame = checking.frame("constants")
    known = set(frame["name"])
    file = checking.file("constants")
    for name in LANE_RULE_CONSTANTS:
        if name not in known:
            fix = "add the constant, or write `lane_rule: none`"
            checking.problems.append(Problem(file, "", "name", name, "lane_rule great_circle needs the constant", fix))
