"""Payments of open, approved, proposed and planned order lines, and their sums by week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet, Supplier
from supplychain.handover.order_prices import OrderPrices
from supplychain.plans.cash_weeks import CASH_COLUMNS, CASH_STATES, MONTH_COLUMNS, PAYMENT_COLUMNS
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
    if paid.empty:
        return typed_frame(dict.fromkeys(CASH_COLUMNS, ()), CASH_COLUMNS)
    day = paid["cash_date"]
    monday = (day - pd.to_timedelta(day.dt.weekday, unit="D")).astype("datetime64[s]")
    weeks = pd.date_range(monday.min(), monday.max(), freq="7D", unit="s")
    currencies = sorted(set(paid["currency"]))
    index = pd.MultiIndex.from_product([weeks, currencies], names=["week_start", "currency"])
    keyed = paid.assign(week_start=monday)
    by_state = keyed.pivot_table(
        index=["week_start", "currency"], columns="state", values="value", aggfunc="sum", sort=True
    )
    sums = by_state.reindex(index=index, columns=list(CASH_STATES)).fillna(0.0)
    sums["fees"] = keyed.groupby(["week_start", "currency"])["fee"].sum().reindex(index).fillna(0.0)
    sums["total"] = sums.sum(axis=1)
    frame = sums.reset_index()
    frame["total_base"] = [
        dataset.to_base(total, currency) for total, currency in zip(frame["total"], frame["currency"], strict=True)
    ]
    for name in ("total", "total_base"):
        frame[name.replace("total", "cumulative")] = frame.groupby("currency")[name].cumsum()
    frame["week"] = frame["week_start"].map(_week)
    return typed_frame(frame, CASH_COLUMNS)


def cash_months(dataset: DataSet, paid: pd.DataFrame, *, budget: float | None = None) -> pd.DataFrame:
    """Sums (``MONTH_COLUMNS``) of ``payments`` by month in base currency, against a monthly ``budget``."""
    if paid.empty:
        return typed_frame(dict.fromkeys(MONTH_COLUMNS, ()), MONTH_COLUMNS)
    rate = paid["currency"].map({name: dataset.to_base(1.0, name) for name in set(paid["currency"])})
    base = paid.assign(month=paid["cash_date"].dt.strftime("%Y-%m"), value=paid["value"] * rate, fee=paid["fee"] * rate)
    by_state = base.pivot_table(index="month", columns="state", values="value", aggfunc="sum", sort=True)
    sums = by_state.reindex(columns=list(CASH_STATES)).fillna(0.0)
    sums["fees"] = base.groupby("month")["fee"].sum()
    sums["total"] = sums.sum(axis=1)
    decided = base.loc[base["state"].ne("planned")]
    spent = (decided["value"] + decided["fee"]).groupby(decided["month"]).sum().reindex(sums.index).fillna(0.0)
    sums["budget"] = float("nan") if budget is None else budget
    sums["left"] = sums["budget"] - spent
    return typed_frame(sums.reset_index(), MONTH_COLUMNS)


def _week(monday: pd.Timestamp) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


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
