"""Exceptions of orders that are approved in part."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd

from supplychain.domain import DataSet, Receipt
from supplychain.handover.order_prices import OrderPrices
from supplychain.plans.order_exceptions import OrderException
from supplychain.plans.order_plan import order_number, placed_tonight

__all__ = ["approved_below_minimum"]

_Key = tuple[date, str, str]


def approved_below_minimum(dataset: DataSet, heads: pd.DataFrame, pinned: frozenset[str]) -> Iterator[OrderException]:
    """What is approved of a supplier for a site and day, where the whole order stays below the supplier's minimum.

    Of tonight's orders what is proposed counts too. Those of earlier evenings are told as long as a line of them is
    only approved, so that the supplier may still refuse them, and nothing of them has come. Orders ``pinned`` are told
    as such.
    """
    value, number = _placed(dataset)
    placed = heads.loc[heads["status"].eq("proposed") & heads["order_date"].eq(pd.Timestamp(dataset.as_of))]
    more = dict(zip(zip(placed["supplier_id"], placed["site_id"], strict=True), placed["value"], strict=True))
    told = set(
        zip(*(heads.loc[heads["order_id"].isin(pinned), name] for name in ("supplier_id", "site_id")), strict=True)
    )
    for key, worth in sorted(value.items(), key=lambda one: (one[0][1:], one[0][0])):
        day, supplier_id, site_id = key
        supplier, tonight = dataset.suppliers[supplier_id], day == dataset.as_of
        missing = supplier.minimum_order_value - worth
        missing -= float(more.get((supplier_id, site_id), 0.0)) if tonight else 0.0
        if missing <= supplier.minimum_order_value * 1e-9 or (tonight and (supplier_id, site_id) in told):
            continue
        why, fix = _TONIGHT if tonight else _EARLIER
        yield OrderException(
            "below_minimum",
            dataset.to_base(worth, supplier.currency),
            "order value that may be refused",
            f"order {number[key]} is {missing:,.2f} {supplier.currency} below the supplier's minimum of "
            f"{supplier.minimum_order_value:,.2f}",
            why,
            fix,
            supplier_id=supplier_id,
            site_id=site_id,
            order_id=number[key],
            date=day,
            command=f"plan explain {number[key]}",
            limit="minimum_order_value",
            amount=missing,
        )


_TONIGHT = (
    "a part of it is approved, and the rest does not reach the minimum tonight",
    "pin more of the supplier's items for today, or ask the supplier",
)
_EARLIER = (
    "only a part of it was approved on that day, and the open orders have it as approved only",
    "ask the supplier to take it as it is or with its next order; once it is accepted, put it into open_orders",
)


def _placed(dataset: DataSet) -> tuple[dict[_Key, float], dict[_Key, str]]:
    """Value and first order number by day, supplier and site of what is placed tonight or was only approved before."""
    prices, today = OrderPrices(dataset), dataset.as_of
    placed = [one for one in dataset.open_orders if placed_tonight(one, one.ordered)]
    alive = {(one.ordered, one.supplier_id, one.site_id) for one in placed if one.status == "approved"}
    come = {(one.ordered, one.supplier_id, one.site_id) for one in dataset.receipts if _by_number(one)}
    value: dict[_Key, float] = {}
    number: dict[_Key, str] = {}
    for one in placed:
        key = (one.ordered, one.supplier_id, one.site_id)
        if one.ordered != today and (key not in alive or key in come):
            continue
        value[key] = value.get(key, 0.0) + one.quantity * prices.of(one)
        number[key] = min(number.get(key, one.order_id), one.order_id)
    return value, number


def _by_number(receipt: Receipt) -> bool:
    number = order_number(receipt.supplier_id, receipt.ordered, receipt.site_id)
    return receipt.order_id == number or receipt.order_id.startswith(f"{number}_")
