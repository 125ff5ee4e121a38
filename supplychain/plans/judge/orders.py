"""Checks an order plan against the data set alone: terms, prices, dates, totals, explanations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet, Supply
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import Line, as_date, differs, judge_common, judge_missing
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.judge.pins import judge_pins
from supplychain.plans.judge.price_breaks import judge_price_breaks
from supplychain.plans.judge.returns import Sales
from supplychain.plans.judge.trucks import judge_trucks
from supplychain.plans.judge.ways import OtherWay
from supplychain.plans.order_plan import HEAD_COLUMNS, ORDER_LINE_COLUMNS, OrderPlan, order_number
from supplychain.plans.violation import Violation

__all__ = ["judge_orders"]

_PLAN = "order plan"
_NOT_WAITING = frozenset({"receipt_date", "payment_due_date"})


def judge_orders(
    dataset: DataSet, plan: OrderPlan, *, as_of: date, scorecards: pd.DataFrame | None = None,
    sales: Sales | None = None, lost: LostDemand | None = None,
) -> tuple[Violation, ...]:  # fmt: skip
    """Every rule of the data set that the order plan breaks, line by line and order by order.

    ``scorecards`` are those of the run, from which lead times planned as measured follow; ``sales`` those from which
    returns are expected (None: the plan counts on none), and
    ``lost`` the demand that may be lost (None: it is not known, and ``expected_lost`` only looked at for sense).
    """
    missing = [
        *judge_missing(_PLAN, plan.lines, ORDER_LINE_COLUMNS, "line_id"),
        *judge_missing(_PLAN, plan.heads, {k: v for k, v in HEAD_COLUMNS.items() if k not in _NOT_WAITING}, "order_id"),
    ]
    if missing:
        return tuple(missing)
    facts = Facts(dataset, scorecards, sales, lost)
    found = list(_judge_ids(plan))
    for line in plan.lines.to_dict("records"):
        found += _judge_line(line, facts, as_of)
    found += _judge_heads(plan, facts, as_of)
    found += [*judge_pins(plan, facts, as_of=as_of), *judge_trucks(plan, facts)]
    return tuple(found)


def _wrong(line: Line, name: str, rule: str, key: str = "line_id") -> Violation:
    return Violation(_PLAN, str(line[key]), name, str(line[name]), rule)


def _judge_ids(plan: OrderPlan) -> Iterator[Violation]:
    for line_id in plan.lines.loc[plan.lines["line_id"].duplicated(), "line_id"]:
        yield Violation(_PLAN, line_id, "line_id", line_id, "two lines have this number")
    keys = ["supplier_id", "item_id", "site_id", "order_date"]
    for line_id in plan.lines.loc[plan.lines.duplicated(keys), "line_id"]:
        yield Violation(_PLAN, line_id, "item_id", "", "two lines order the same item in one order")
    for order_id in plan.heads.loc[plan.heads["order_id"].duplicated(), "order_id"]:
        yield Violation(_PLAN, order_id, "order_id", order_id, "two orders have this number")
    for order_id in sorted(set(plan.lines["order_id"]) - set(plan.heads["order_id"])):
        yield Violation(_PLAN, order_id, "order_id", order_id, "its lines have no order head")


def _judge_line(line: Line, facts: Facts, as_of: date) -> Iterator[Violation]:
    dataset = facts.dataset
    for name, known in (("supplier_id", dataset.suppliers), ("item_id", dataset.items), ("site_id", dataset.sites)):
        if line[name] not in known:
            yield _wrong(line, name, "the data set does not know it")
            return
    if not facts.listed(line["item_id"], line["site_id"]):
        yield _wrong(line, "site_id", "is no open stocking site that lists the item")
        return
    supply = facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
    if supply is None:
        yield _wrong(line, "supplier_id", "does not supply this item to this site")
        return
    yield from judge_common(_PLAN, line, facts, line["site_id"], as_of)
    yield from _judge_quantity(line, supply)
    way = facts.way(supply, line["site_id"], line["supply_mode"])
    if way is None:
        yield _wrong(line, "supply_mode", "no such way leads from the supplier to the site")
        return
    yield from _judge_dates(line, supply, facts, way)
    yield from _judge_money(line, supply, facts, way)
    yield from judge_price_breaks(line, supply, facts)


def _judge_quantity(line: Line, supply: Supply) -> Iterator[Violation]:
    quantity = line["quantity"]
    packs = quantity / supply.pack_units
    if not math.isfinite(packs) or differs(packs, round(packs)):
        yield _wrong(line, "quantity", f"is not whole packs of {supply.pack_units:g}")
    elif line["packs"] != round(packs):
        yield _wrong(line, "packs", f"the quantity is {round(packs)} packs")
    if quantity < supply.minimum_order_quantity * (1 - 1e-9):
        yield _wrong(line, "quantity", f"is below the minimum order quantity of {supply.minimum_order_quantity:g}")
    if differs(line["pack_units"], supply.pack_units):
        yield _wrong(line, "pack_units", f"a pack holds {supply.pack_units:g}")
    if differs(line["minimum_order_quantity"], supply.minimum_order_quantity):
        yield _wrong(line, "minimum_order_quantity", f"it is {supply.minimum_order_quantity:g}")


def _judge_dates(line: Line, supply: Supply, facts: Facts, way: OtherWay) -> Iterator[Violation]:
    supplier = facts.dataset.suppliers[supply.supplier_id]
    ordered, receipt, due = (as_date(line[name]) for name in ("order_date", "receipt_date", "payment_due_date"))
    if ordered is None or receipt is None or due is None:
        return  # said before
    if ordered.isoweekday() not in supplier.order_weekdays:
        yield _wrong(line, "order_date", f"the supplier takes orders on weekdays {supplier.order_weekdays}")
    if closed(supplier, ordered):
        yield _wrong(line, "order_date", "the supplier is closed on this day")
    expected = facts.receipt(supply, ordered, lead_factor=way.lead_factor)
    if receipt != expected:
        yield _wrong(line, "receipt_date", f"the lead time gives {expected}")
    following = ordered + timedelta(days=int(line["review_days"]))
    if following.isoweekday() in supplier.order_weekdays and not closed(supplier, following):
        here = facts.receipt(supply, following, lead_factor=way.lead_factor)
        if (here - ordered).days != line["next_receipt_days"]:
            yield _wrong(line, "next_receipt_days", f"what is ordered on {following} is here on {here}")
    if due != receipt + timedelta(days=supplier.payment_days):
        yield _wrong(line, "payment_due_date", f"payment is due {supplier.payment_days} days after receipt")
    number = order_number(supplier.supplier_id, ordered, line["site_id"])
    known = {(one.order_id, one.item_id) for one in facts.placed}
    count = str(line["order_id"]).removeprefix(f"{number}_")
    second = count.isdecimal() and int(count) > 1 and any(order_id.startswith(number) for order_id, _ in known)
    if line["order_id"] != number and not second:
        yield _wrong(line, "order_id", "is not the number of this supplier, date and site")
    elif (line["order_id"], line["item_id"]) in known:
        yield _wrong(line, "order_id", "the item is ordered under this number already")


def _judge_money(line: Line, supply: Supply, facts: Facts, way: OtherWay) -> Iterator[Violation]:
    supplier = facts.dataset.suppliers[supply.supplier_id]
    price = facts.unit_price(supply, line["quantity"])
    if differs(line["unit_price"], price):
        yield _wrong(line, "unit_price", f"the price for this quantity is {price:g}")
    if line["currency"] != supplier.currency:
        yield _wrong(line, "currency", f"the supplier is paid in {supplier.currency}")
    value = line["quantity"] * price
    if differs(line["value"], value):
        yield _wrong(line, "value", f"quantity times price is {value:g}")
    base = facts.dataset.to_base(value, supplier.currency)
    if differs(line["value_base"], base):
        yield _wrong(line, "value_base", f"in base currency it is {base:g}")
    landed = facts.dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share)
    landed += way.freight
    if differs(line["unit_cost"], landed):
        yield _wrong(line, "unit_cost", f"price, payment fee and freight come to {landed:g}")


def _judge_heads(plan: OrderPlan, facts: Facts, as_of: date) -> Iterator[Violation]:
    dataset = facts.dataset
    by_order = dict(list(plan.lines.groupby("order_id", sort=False)))
    none = plan.lines.iloc[:0]
    for head in plan.heads.to_dict("records"):
        lines = by_order.get(head["order_id"], none)
        if head["supplier_id"] not in dataset.suppliers:
            yield _wrong(head, "supplier_id", "the data set does not know it", "order_id")
            continue
        yield from _judge_head(head, lines, facts, as_of)


def _placed(head: Line, facts: Facts, as_of: date) -> float:
    """Value of what is placed tonight already for the head's supplier and site, at its own or today's price."""
    value = 0.0
    for one in facts.placed if as_date(head["order_date"]) == as_of else ():
        if (one.supplier_id, one.site_id) == (head["supplier_id"], head["site_id"]):
            supply = facts.supply(one.supplier_id, one.item_id, one.site_id)
            price = one.unit_price
            if price is None:
                price = 0.0 if supply is None else facts.unit_price(supply, one.quantity)
            value += one.quantity * price
    return value


def _judge_head(head: Line, lines: pd.DataFrame, facts: Facts, as_of: date) -> Iterator[Violation]:
    dataset = facts.dataset
    supplier, placed = dataset.suppliers[head["supplier_id"]], _placed(head, facts, as_of)
    minimum, value = supplier.minimum_order_value, head["value"]
    waiting = head["status"] == "waiting"

    def wrong(name: str, rule: str) -> Violation:
        return _wrong(head, name, rule, "order_id")

    if head["lines"] != len(lines):
        yield wrong("lines", f"the order has {len(lines)}")
    if differs(head["minimum_order_value"], minimum):
        yield wrong("minimum_order_value", f"the supplier's minimum is {minimum:g}")
    if differs(head["placed_value"], placed):
        yield wrong("placed_value", f"lines worth {placed:g} are placed")
    if differs(head["missing_to_minimum"], max(minimum - placed - value, 0.0)):
        yield wrong("missing_to_minimum", f"the minimum of {minimum:g} less placed and value is missing")
    if head["currency"] != supplier.currency:
        yield wrong("currency", f"the supplier is paid in {supplier.currency}")
    if differs(head["value_base"], dataset.to_base(value, supplier.currency)):
        yield wrong("value_base", "is not the value in base currency")
    yield from (
        _judge_waiting(head, lines, minimum - placed, as_of)
        if waiting
        else _judge_placed(head, lines, minimum - placed)
    )


def _judge_waiting(head: Line, lines: pd.DataFrame, minimum: float, as_of: date) -> Iterator[Violation]:
    if len(lines) or head["value"] >= minimum:
        yield _wrong(head, "status", "an order waits only below the minimum, and then has no lines", "order_id")
    if as_date(head["order_date"]) != as_of:
        yield _wrong(head, "order_date", "only orders of the planning day wait", "order_id")


def _judge_placed(head: Line, lines: pd.DataFrame, minimum: float) -> Iterator[Violation]:
    def wrong(name: str, rule: str) -> Violation:
        return _wrong(head, name, rule, "order_id")

    if lines.empty:
        yield wrong("lines", "an order without lines")
        return
    if head["value"] < minimum * (1 - 1e-9) and lines["pinned_quantity"].isna().all():
        yield wrong("value", f"is below the supplier's minimum of {minimum:g}")
    if differs(head["value"], float(lines["value"].sum())):
        yield wrong("value", f"its lines add up to {float(lines['value'].sum()):g}")
    for name in ("status", "supplier_id", "site_id", "order_date"):
        if not lines[name].eq(head[name]).all():
            yield wrong(name, "differs from its lines")
    for name in ("receipt_date", "payment_due_date"):
        if head[name] != lines[name].max():
            yield wrong(name, "is not the last of its lines")
