"""Exceptions of orders that are approved in part."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.placed_tonight import placed_values
from supplychain.plans.order_exceptions import OrderException
from supplychain.plans.order_plan import placed_tonight

__all__ = ["approved_below_minimum"]


def approved_below_minimum(dataset: DataSet, heads: pd.DataFrame, pinned: frozenset[str]) -> Iterator[OrderException]:
    """What is approved tonight of a supplier for a site, where that and what is proposed stay below the minimum.

    Orders ``pinned`` are told as such.
    """
    approved = placed_values(dataset, dataset.as_of)
    numbers: dict[tuple[str, str], str] = {}
    for one in dataset.open_orders:
        if placed_tonight(one, dataset.as_of):
            key = (one.supplier_id, one.site_id)
            numbers[key] = min(numbers.get(key, one.order_id), one.order_id)
    placed = heads.loc[heads["status"].eq("proposed") & heads["order_date"].eq(pd.Timestamp(dataset.as_of))]
    more = dict(zip(zip(placed["supplier_id"], placed["site_id"], strict=True), placed["value"], strict=True))
    told = set(
        zip(*(heads.loc[heads["order_id"].isin(pinned), name] for name in ("supplier_id", "site_id")), strict=True)
    )
    for key, value in sorted(approved.items()):
        supplier = dataset.suppliers[key[0]]
        missing = supplier.minimum_order_value - value - float(more.get(key, 0.0))
        if missing <= supplier.minimum_order_value * 1e-9 or key in told:
            continue
        yield OrderException(
            "below_minimum",
            dataset.to_base(value, supplier.currency),
            "order value that may be refused",
            f"order {numbers[key]} is {missing:,.2f} {supplier.currency} below the supplier's minimum of "
            f"{supplier.minimum_order_value:,.2f}",
            "a part of it is approved, and the rest does not reach the minimum tonight",
            "pin more of the supplier's items for today, or ask the supplier",
            supplier_id=key[0],
            site_id=key[1],
            order_id=numbers[key],
            date=dataset.as_of,
            command=f"plan explain {numbers[key]}",
            limit="minimum_order_value",
            amount=missing,
        )
