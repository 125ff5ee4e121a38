"""Payments of open, approved, proposed and planned order lines, and their sums by week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet, Supplier
from supplychain.handover.order_prices import OrderPrices
from supplychain.plans.cash_sums import month_sums, week_sums
from supplychain.plans.cash_weeks import PAYMENT_COLUMNS
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_actions import action_number

__all__ = ["cash_months", "cash_weeks", "payments"]


def payments(dataset: DataSet, order_lines: pd.DataFrame) -> pd.DataFrame:
    """One row (``PAYMENT_COLUMNS``) for each open order and each proposed or planned line of the plan."""
    rows = [*_of_open_orders(dataset), *_of_lines(dataset, order_lines)]
    frame = typed_frame(pd.DataFrame(rows, columns=list(PAYMENT_COLUMNS)), PAYMENT_COLUMNS)
    return frame.sort_values(["cash_date", "line_id", "state"], kind="stable").reset_index(drop=True)


def cash_weeks(dataset: DataSet, paid: pd.DataFrame) -> pd.DataFrame:
    """Sums (``CASH_COLUMNS``) of ``payments`` by ISO week and currency, in order of week and currency."""
    return week_sums(paid, _rates(dataset, paid))


def cash_months(dataset: DataSet, paid: pd.DataFrame, *, budget: float | None = None) -> pd.DataFrame:
    """Sums (``MONTH_COLUMNS``) of ``payments`` by month in base currency, against a monthly ``budget``."""
    return month_sums(paid, _rates(dataset, paid), budget=budget)


def _rates(dataset: DataSet, paid: pd.DataFrame) -> dict[str, float]:
    return {name: dataset.to_base(1.0, name) for name in set(paid["currency"])}


def _of_open_orders(dataset: DataSet) -> Iterator[dict[str, Any]]:
    prices = OrderPrices(dataset)
    tomorrow = dataset.as_of + timedelta(days=1)
    for order in dataset.open_orders:
        supplier = dataset.suppliers[order.supplier_id]
        yield _payment(
            dataset,
            supplier,
            order.quantity * prices.of(order),
            max(order.due, tomorrow),
            line_id=action_number(order.order_id, order.item_id, order.site_id),
            state="approved" if order.status == "approved" else "open",
            item_id=order.item_id,
            site_id=order.site_id,
            price_known=order.unit_price is not None,
        )


def _of_lines(dataset: DataSet, lines: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for line in lines.to_dict("records"):
        yield _payment(
            dataset,
            dataset.suppliers[line["supplier_id"]],
            float(line["value"]),
            line["receipt_date"].date(),
            line_id=line["line_id"],
            state=line["status"],
            item_id=line["item_id"],
            site_id=line["site_id"],
            price_known=True,
        )


def _payment(dataset: DataSet, supplier: Supplier, value: float, receipt: date, **more: Any) -> dict[str, Any]:
    due = receipt + timedelta(days=supplier.payment_days)
    leaves = due - timedelta(days=supplier.settlement_days)
    return {
        "supplier_id": supplier.supplier_id,
        "receipt_date": receipt,
        "payment_due_date": due,
        "cash_date": max(leaves, dataset.as_of + timedelta(days=1)),
        "currency": supplier.currency,
        "value": value,
        "fee": value * supplier.payment_fee_share,
        **more,
    }
