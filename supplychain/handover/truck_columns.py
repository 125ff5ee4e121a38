"""Trucks of orders: how many, how full the last one is, and what they cost."""

from __future__ import annotations

import math

import pandas as pd

from supplychain.domain import DataSet

__all__ = ["truck_columns"]

_SLACK = 1e-9


def truck_columns(dataset: DataSet, lines: pd.DataFrame, heads: pd.DataFrame) -> dict[str, list[float]]:
    """Columns trucks, last_truck_fill and transport_cost of the order ``heads``."""
    load: dict[str, float] = {}
    keys = zip(lines["order_id"], lines["supplier_id"], lines["item_id"], lines["quantity"], strict=True)
    for order_id, supplier_id, item_id, quantity in keys:
        supplier, item = dataset.suppliers[supplier_id], dataset.items[item_id]
        by_volume = item.volume_l / (supplier.truck_capacity_l or math.inf)
        share = max(by_volume, item.weight_kg / (supplier.truck_capacity_kg or math.inf))
        load[order_id] = load.get(order_id, 0.0) + float(quantity) * share
    columns: dict[str, list[float]] = {"trucks": [], "last_truck_fill": [], "transport_cost": []}
    for order_id, supplier_id in zip(heads["order_id"], heads["supplier_id"], strict=True):
        supplier, filled = dataset.suppliers[supplier_id], load.get(order_id, 0.0)
        costs = order_id in load and (supplier.cost_per_order > 0 or supplier.cost_per_truck is not None)
        trucks = max(math.ceil(filled * (1.0 - _SLACK)), 1) if costs else 0
        cost = supplier.cost_per_order + (supplier.cost_per_truck or 0.0) * (trucks - 1) if costs else 0.0
        columns["trucks"].append(trucks)
        columns["last_truck_fill"].append(filled - (trucks - 1) if costs else 0.0)
        columns["transport_cost"].append(cost)
    return columns
