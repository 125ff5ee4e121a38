"""Checks the cash view: every order line is paid once, on its day, and weeks and months add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.cash_weeks import CASH_COLUMNS, CASH_STATES, MONTH_COLUMNS, PAYMENT_COLUMNS
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs, judge_missing
from supplychain.plans.order_actions import action_number
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_cash"]

_PLAN = "cash view"


def judge_cash(dataset: DataSet, tables: Mapping[str, pd.DataFrame], *, orders: OrderPlan) -> tuple[Violation, ...]:
    """Everything wrong with cash_payments, cash_weeks and cash_months of a plan."""
    paid, weeks, months = (tables[name] for name in ("cash_payments", "cash_weeks", "cash_months"))
    unknown = {name: kind for name, kind in MONTH_COLUMNS.items() if name not in ("budget", "left")}
    found = [
        *judge_missing(_PLAN, paid, PAYMENT_COLUMNS, "line_id"),
        *judge_missing(_PLAN, weeks, CASH_COLUMNS, "week"),
        *judge_missing(_PLAN, months, unknown, "month"),
    ]
    if found:
        return tuple(found)
    found += _judge_lines(dataset, paid, orders)
    for line in paid.to_dict("records"):
        found += _judge_payment(dataset, line)
    found += [*_judge_weeks(dataset, paid, weeks), *_judge_months(dataset, paid, months)]
    return tuple(found)


def _wrong(record: str, name: str, value: object, rule: str) -> Violation:
    return Violation(_PLAN, record, name, str(value), rule)


def _judge_lines(dataset: DataSet, paid: pd.DataFrame, orders: OrderPlan) -> Iterator[Violation]:
    """Each open order and each line of the plan once, with its value, and nothing else."""
    facts, tomorrow = Facts(dataset), dataset.as_of + timedelta(days=1)
    due: dict[tuple[str, str], tuple[float, date]] = {}
    for order in dataset.open_orders:
        price = order.unit_price
        supply = facts.supply(order.supplier_id, order.item_id, order.site_id)
        if price is None and supply is not None:
            price = facts.unit_price(supply, order.quantity)
        state = "approved" if order.status == "approved" else "open"
        value = float("nan") if price is None else price * order.quantity
        number = action_number(order.order_id, order.item_id, order.site_id)
        due[number, state] = (value, max(order.due, tomorrow))
    for line in orders.lines.to_dict("records"):
        due[line["line_id"], line["status"]] = (float(line["value"]), line["receipt_date"].date())
    given = {(line["line_id"], line["state"]): line for line in paid.to_dict("records")}
    for number, state in sorted(due.keys() ^ given.keys()):
        rule = "the line is not paid" if (number, state) in due else "there is no such line"
        yield _wrong(number, "state", state, rule)
    if len(given) < len(paid):
        yield _wrong("payments", "line_id", "", "a line is paid twice")
    for key in sorted(due.keys() & given.keys()):
        value, receipt = due[key]
        if value == value and differs(given[key]["value"], value):  # noqa: PLR0124 - NaN: no price is known
            yield _wrong(key[0], "value", given[key]["value"], f"quantity times price is {value:g}")
        if as_date(given[key]["receipt_date"]) != receipt:
            yield _wrong(key[0], "receipt_date", given[key]["receipt_date"], f"it is due on {receipt}")


def _judge_payment(dataset: DataSet, line: Mapping[object, object]) -> Iterator[Violation]:
    record, supplier = str(line["line_id"]), dataset.suppliers.get(str(line["supplier_id"]))
    if supplier is None:
        yield _wrong(record, "supplier_id", line["supplier_id"], "the data set does not know it")
        return
    receipt, due, leaves = (as_date(line[name]) for name in ("receipt_date", "payment_due_date", "cash_date"))
    assert receipt is not None
    right = receipt + timedelta(days=supplier.payment_days)
    if due != right:
        yield _wrong(record, "payment_due_date", due, f"payment is due {supplier.payment_days} days after receipt")
    sent = max(right - timedelta(days=supplier.settlement_days), dataset.as_of + timedelta(days=1))
    if leaves != sent:
        yield _wrong(
            record, "cash_date", leaves, f"a payment takes {supplier.settlement_days} days, so it leaves on {sent}"
        )
    if line["currency"] != supplier.currency:
        yield _wrong(record, "currency", line["currency"], f"the supplier is paid in {supplier.currency}")
    fee = float(str(line["value"])) * supplier.payment_fee_share
    if differs(float(str(line["fee"])), fee):
        yield _wrong(record, "fee", line["fee"], f"the payment fee is {fee:g}")


def _judge_weeks(dataset: DataSet, paid: pd.DataFrame, weeks: pd.DataFrame) -> Iterator[Violation]:
    sums: dict[tuple[str, str, str], float] = {}
    for line in paid.to_dict("records"):
        year, week, _ = line["cash_date"].isocalendar()
        key = (f"{year}-W{week:02d}", str(line["currency"]))
        sums[*key, line["state"]] = sums.get((*key, line["state"]), 0.0) + float(line["value"])
        sums[*key, "fees"] = sums.get((*key, "fees"), 0.0) + float(line["fee"])
    known = {(line["week"], line["currency"]) for line in weeks.to_dict("records")}
    for key in sorted({key[:2] for key in sums} - known):
        yield _wrong(" ".join(key), "week", key[0], "money leaves in a week that is not listed")
    so_far: dict[str, float] = {}
    for line in weeks.to_dict("records"):
        record, name = f"{line['week']} {line['currency']}", str(line["currency"])
        parts = {part: sums.get((line["week"], name, part), 0.0) for part in (*CASH_STATES, "fees")}
        for part, right in parts.items():
            if differs(line[part], right):
                yield _wrong(record, part, line[part], f"the payments come to {right:g}")
        total = sum(parts.values())
        so_far[name] = so_far.get(name, 0.0) + total
        for column, right in (
            ("total", total),
            ("total_base", dataset.to_base(total, name)),
            ("cumulative", so_far[name]),
            ("cumulative_base", dataset.to_base(so_far[name], name)),
        ):
            if differs(line[column], right):
                yield _wrong(record, column, line[column], f"it is {right:g}")


def _judge_months(dataset: DataSet, paid: pd.DataFrame, months: pd.DataFrame) -> Iterator[Violation]:
    totals: dict[str, float] = {}
    decided: dict[str, float] = {}
    for line in paid.to_dict("records"):
        month = f"{line['cash_date']:%Y-%m}"
        money = dataset.to_base(float(line["value"]) + float(line["fee"]), str(line["currency"]))
        totals[month] = totals.get(month, 0.0) + money
        decided[month] = decided.get(month, 0.0) + (0.0 if line["state"] == "planned" else money)
    for month in sorted(totals.keys() ^ set(months["month"])):
        yield _wrong(month, "month", month, "is listed without payments, or not listed with some")
    for line in months.to_dict("records"):
        month = str(line["month"])
        if month in totals and differs(line["total"], totals[month]):
            yield _wrong(month, "total", line["total"], f"the payments come to {totals[month]:g}")
        if month in totals and pd.notna(line["budget"]) and differs(line["left"], line["budget"] - decided[month]):
            yield _wrong(month, "left", line["left"], f"of the budget {line['budget'] - decided[month]:g} is left")
