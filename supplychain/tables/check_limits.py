"""What orders share - suppliers' capacities, room of sites, trucks - can be kept and belongs together."""

from __future__ import annotations

import pandas as pd

from supplychain.tables.check_controls import smallest_lot
from supplychain.tables.checking import Checking

__all__ = ["check_limits"]

_TRUCKS = ("truck_capacity_l", "truck_capacity_kg")


def check_limits(checking: Checking) -> None:
    """No capacity of nothing, and trucks with both a capacity and a cost."""
    suppliers, sites = checking.frame("suppliers"), checking.frame("sites")
    for table, frame, name, instead in (
        ("suppliers", suppliers, "weekly_capacity_units", "close it for a while in closures"),
        ("sites", sites, "capacity_l", "set its status to closed"),
        *(("suppliers", suppliers, name, "leave out its trucks") for name in _TRUCKS),
    ):
        rule, fix = "a capacity of 0 allows no order at all", f"leave it empty for no limit, or {instead}"
        checking.add(table, frame[name].eq(0.0), name, rule, fix)
    _check_sizes(checking)
    cost = suppliers["cost_per_truck"].notna()
    known = suppliers[list(_TRUCKS)].notna().any(axis=1)
    names = ", ".join(_TRUCKS)
    checking.add(
        "suppliers",
        cost & ~known,
        f"cost_per_truck, {names}",
        "nobody knows when a further truck is needed",
        "give truck_capacity_l, truck_capacity_kg or both, or empty cost_per_truck",
    )
    checking.add(
        "suppliers",
        known & ~cost,
        f"{names}, cost_per_truck",
        "nobody knows what a further truck costs",
        "give cost_per_truck in base currency (0 where it costs nothing), or empty the truck capacities",
    )


def _check_sizes(checking: Checking) -> None:
    """A truck holds a unit of each item of its supplier, a week the smallest line."""
    supply, suppliers, items = (checking.frame(name) for name in ("supply", "suppliers", "items"))
    terms = suppliers[["supplier_id", "weekly_capacity_units", *_TRUCKS]].drop_duplicates("supplier_id")
    sizes = items[["item_id", "volume_l", "weight_kg"]].drop_duplicates("item_id")
    whole = supply.merge(terms, on="supplier_id", how="left").merge(sizes, on="item_id", how="left")
    pairs = zip(whole["pack_units"], whole["minimum_order_quantity"], strict=True)
    least = pd.Series([smallest_lot(float(pack), float(units)) for pack, units in pairs], dtype="float64")
    capacity = whole["weekly_capacity_units"]
    checking.add(
        "supply",
        capacity.gt(0) & least.gt(capacity),
        "supplier_id, minimum_order_quantity, pack_units",
        "the smallest line is more than the supplier can deliver in a week, so it can never be ordered",
        "raise suppliers.weekly_capacity_units, or lower minimum_order_quantity or pack_units",
    )
    for truck, size in zip(_TRUCKS, ("volume_l", "weight_kg"), strict=True):
        checking.add(
            "supply",
            whole[truck].gt(0) & whole[size].gt(whole[truck]),
            "supplier_id, item_id",
            f"one unit ({size}) is more than a truck of the supplier holds ({truck})",
            f"correct items.{size} or suppliers.{truck}",
        )
