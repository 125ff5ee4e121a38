"""Trucks of orders: how many, how full the last one is, and what they cost."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.placed_tonight import placed_sums

__all__ = ["truck_columns"]

_SLACK = 1e-9


def truck_columns(dataset: DataSet, lines: pd.DataFrame, heads: pd.DataFrame, *, as_of: date) -> dict[str, list[float]]:
    """Columns trucks, last_truck_fill and transport_cost of the order ``heads``; placed lines of ``as_of`` go first."""
    load: dict[str, float] = {}
    keys = zip(lines["order_id"], lines["supplier_id"], lines["item_id"], lines["quantity"], strict=True)
    for order_id, supplier_id, item_id, quantity in keys:
        share = _share(dataset, supplier_id, item_id)
        load[order_id] = load.get(order_id, 0.0) + float(quantity) * share
    placed = placed_sums(dataset, as_of, lambda one: one.quantity * _share(dataset, one.supplier_id, one.item_id))
    columns: dict[str, list[float]] = {"trucks": [], "last_truck_fill": [], "transport_cost": []}
    keys = zip(heads["order_id"], heads["supplier_id"], heads["site_id"], heads["order_date"], strict=True)
    for order_id, supplier_id, site_id, day in keys:
        supplier, filled = dataset.suppliers[supplier_id], load.get(order_id, 0.0)
        before = placed.get((supplier_id, site_id)) if day == pd.Timestamp(as_of) else None
        costs = order_id in load and (supplier.cost_per_order > 0 or supplier.cost_per_truck is not None)
        went = 0 if before is None else max(math.ceil(before * (1.0 - _SLACK)), 1)
        filled += before or 0.0
        whole = max(math.ceil(filled * (1.0 - _SLACK)), 1) if costs else 0
        more = max(whole - went, 0)
        first = supplier.cost_per_order - (supplier.cost_per_truck or 0.0) if went == 0 else 0.0
        columns["trucks"].append(more)
        columns["last_truck_fill"].append(filled - (whole - 1) if costs else 0.0)
        columns["transport_cost"].append(first + (supplier.cost_per_truck or 0.0) * more if costs else 0.0)
    return columns


def _share(dataset: DataSet, supplier_id: str, item_id: str) -> float:
    """Share of the supplier's truck that a unit fills."""
    supplier, item = dataset.suppliers[supplier_id], dataset.items[item_id]
    by_volume = item.volume_l / (supplier.truck_capacity_l or math.inf)
    return max(by_volume, item.weight_kg / (supplier.truck_capacity_kg or math.inf))
