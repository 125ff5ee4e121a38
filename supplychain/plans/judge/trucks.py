"""Checks the trucks of orders: how many, how full, what they cost, and that only they move packs for their sake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from supplychain.domain import Item, Supplier
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_trucks"]

_PLAN = "order plan"
_SLACK = 1e-9


def judge_trucks(plan: OrderPlan, facts: Facts) -> Iterator[Violation]:
    """Everything wrong with columns trucks, last_truck_fill, transport_cost and truck_packs."""
    dataset = facts.dataset
    loads: dict[str, float] = {}
    for line in (*plan.lines.to_dict("records"), *plan.waiting.to_dict("records")):
        supplier, item = dataset.suppliers.get(line["supplier_id"]), dataset.items.get(line["item_id"])
        if supplier is None or item is None:
            continue  # said elsewhere
        if line["truck_packs"] and not (supplier.cost_per_order or supplier.cost_per_truck):
            yield _wrong(line, "line_id", "truck_packs", "the supplier's orders and trucks cost nothing")
        if line["truck_packs"] and line["pinned_quantity"] > 0:
            yield _wrong(line, "line_id", "truck_packs", "a pinned line is left as it is")
        loads[line["order_id"]] = loads.get(line["order_id"], 0.0) + line["quantity"] * _share(supplier, item)
    for head in plan.heads.to_dict("records"):
        supplier = dataset.suppliers.get(head["supplier_id"])
        if supplier is not None:
            load = 0.0 if head["status"] == "waiting" else loads.get(head["order_id"], 0.0)
            yield from _judge_head(head, supplier, load, _placed(head, facts))


def _placed(head: dict[Any, Any], facts: Facts) -> float | None:
    """Load of the lines of this order that are placed tonight already; None without any."""
    same = [
        one.quantity * _share(facts.dataset.suppliers[one.supplier_id], facts.dataset.items[one.item_id])
        for one in facts.placed
        if (one.supplier_id, one.site_id, one.ordered)
        == (head["supplier_id"], head["site_id"], as_date(head["order_date"]))
    ]
    return sum(same) if same else None


def _share(supplier: Supplier, item: Item) -> float:
    """Share of a truck that a unit fills."""
    shares = [0.0]
    if supplier.truck_capacity_l is not None:
        shares.append(item.volume_l / supplier.truck_capacity_l)
    if supplier.truck_capacity_kg is not None:
        shares.append(item.weight_kg / supplier.truck_capacity_kg)
    return max(shares)


def _judge_head(head: dict[Any, Any], supplier: Supplier, load: float, placed: float | None) -> Iterator[Violation]:
    """``placed`` lines have gone into the first trucks, and their order is paid for."""
    trucks, fill, cost = 0, 0.0, 0.0
    if head["status"] != "waiting" and (supplier.cost_per_order or supplier.cost_per_truck is not None):
        whole = _trucks(load + (placed or 0.0))
        fill = load + (placed or 0.0) - (whole - 1)
        trucks = whole if placed is None else whole - _trucks(placed)
        cost = trucks * (supplier.cost_per_truck or 0.0)
        if placed is None:
            cost += supplier.cost_per_order - (supplier.cost_per_truck or 0.0)
    for name, right in (("trucks", trucks), ("last_truck_fill", fill), ("transport_cost", cost)):
        if differs(head[name], right):
            yield _wrong(head, "order_id", name, f"its lines give {right:g}")


def _trucks(load: float) -> int:
    trucks = 1
    while load - trucks > _SLACK * max(load, 1.0):
        trucks += 1
    return trucks


def _wrong(record: dict[Any, Any], key: str, name: str, rule: str) -> Violation:
    return Violation(_PLAN, str(record[key]), name, str(record[name]), rule)
