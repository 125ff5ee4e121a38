"""Checks that every order approved in part and below its supplier's minimum is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from supplychain.plans.judge.facts import Facts
from supplychain.plans.order_plan import OrderPlan, order_number
from supplychain.plans.violation import Violation

__all__ = ["approved_told"]


def approved_told(frame: pd.DataFrame, facts: Facts, orders: OrderPlan, plan: str) -> Iterator[Violation]:
    """Approved lines that do not make up a minimum order value together, of which ``frame`` has no exception."""
    dataset, worth = facts.dataset, dict[tuple[str, str, date], float]()
    approved = {(o.supplier_id, o.site_id, o.ordered) for o in dataset.open_orders if o.status == "approved"}
    for order in dataset.open_orders:
        key = (order.supplier_id, order.site_id, order.ordered)
        number = order_number(order.supplier_id, order.ordered, order.site_id)
        price, supply = order.unit_price, facts.supply(order.supplier_id, order.item_id, order.site_id)
        if price is None and supply is not None:
            price = facts.unit_price(supply, order.quantity)
        if key in approved and price is not None and (order.status == "approved" or order.order_id.startswith(number)):
            worth[key] = worth.get(key, 0.0) + price * order.quantity
    for head in orders.heads.loc[orders.heads["status"].eq("proposed")].to_dict("records"):
        key = (head["supplier_id"], head["site_id"], head["order_date"].date())
        if key in worth:
            worth[key] += float(head["value"])
    mine = frame.loc[frame["kind"].eq("below_minimum")]
    told = set(zip(mine["supplier_id"], mine["site_id"], mine["date"].dt.date, strict=True))
    come = {(r.supplier_id, r.site_id, r.ordered) for r in dataset.receipts}
    for key, value in sorted(worth.items()):
        supplier_id, site_id, day = key
        minimum = dataset.suppliers[supplier_id].minimum_order_value
        if value < minimum * (1 - 1e-6) and key not in told and key not in come:
            record = order_number(supplier_id, day, site_id)
            rule = f"{value:,.2f} are approved of a minimum of {minimum:,.2f}, and no exception tells it"
            yield Violation(plan, record, "kind", "", rule)
