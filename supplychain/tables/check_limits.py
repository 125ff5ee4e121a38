"""What orders share - suppliers' capacities, room of sites, trucks - can be kept and belongs together."""

from __future__ import annotations

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
