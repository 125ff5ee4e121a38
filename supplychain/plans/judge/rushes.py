"""Checks rush orders against the data set: source, days, prices, minimums, and that each one earns what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet, Supplier, Supply
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import as_date, differs
from supplychain.plans.judge.ways import OtherWay
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.rush_table import RUSH_COLUMNS, USUAL_WAY
from supplychain.plans.violation import Violation

__all__ = ["judge_rushes"]

_PLAN = "rush orders"
_REGULAR = ("supplier_id", "order_date", "receipt_date")

Line = Mapping[str, Any]


def judge_rushes(
    dataset: DataSet, rushes: pd.DataFrame, orders: OrderPlan, *, scorecards: pd.DataFrame | None = None
) -> tuple[Violation, ...]:
    """Every rush order that the data set does not allow, or that does not earn what it says.

    ``scorecards`` are those of the run, from which lead times planned as measured follow.
    """
    absent = [name for name in RUSH_COLUMNS if name not in rushes.columns]
    if absent:
        return tuple(Violation(_PLAN, "columns", name, "", "the column is missing") for name in absent)
    facts = Facts(dataset, scorecards)
    planned: dict[tuple[str, str], list[Line]] = {}
    for one in orders.lines[[*_REGULAR, "item_id", "site_id"]].to_dict("records"):
        planned.setdefault((one["item_id"], one["site_id"]), []).append(one)
    found: list[Violation] = []
    lines = rushes.to_dict("records")
    for line in lines:
        supply = facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
        way = _way(facts, line, "")
        if supply is None or way is None or not facts.listed(line["item_id"], line["site_id"]):
            found.append(_wrong(line, "supplier_id", "does not supply this item to this site in this way"))
            continue
        found += _judge_days(line, supply, facts, way)
        found += _judge_regular(line, facts, planned)
        found += _judge_units(line, supply)
        found += _judge_money(line, supply, facts, way)
    for record in rushes.loc[rushes.duplicated(["item_id", "site_id"])].to_dict("records"):
        found.append(_wrong(record, "item_id", "a row is rushed once"))
    if not found:
        found += _judge_minimums(lines, facts, orders)
    return tuple(found)


def _wrong(line: Line, name: str, rule: str) -> Violation:
    record = f"{line['item_id']} at {line['site_id']} from {line['supplier_id']}"
    return Violation(_PLAN, record, name, str(line[name]), rule)


def _judge_days(line: Line, supply: Supply, facts: Facts, way: OtherWay) -> Iterator[Violation]:
    supplier, day = facts.dataset.suppliers[supply.supplier_id], facts.dataset.as_of
    regular = as_date(line["regular_receipt_date"])
    while day < (regular or day) and not _takes_orders(supplier, day):
        day += timedelta(days=1)
    if regular is None or day >= regular:
        yield _wrong(line, "regular_receipt_date", "a rush order comes before the regular one")
        return
    receipt: date = facts.receipt(supply, day, lead_factor=way.lead_factor)
    if receipt >= regular:
        yield _wrong(line, "regular_receipt_date", "a rush order comes before the regular one")
    if as_date(line["order_date"]) != day:
        yield _wrong(line, "order_date", f"the supplier's next order day is {day}")
    if as_date(line["receipt_date"]) != receipt:
        yield _wrong(line, "receipt_date", f"the lead time gives {receipt}")


def _judge_regular(line: Line, facts: Facts, planned: Mapping[tuple[str, str], list[Line]]) -> Iterator[Violation]:
    """What it replaces: another source, whose order can be placed on that day and is there on that day.

    ``planned`` are the plan's lines, tonight's and those of the outlook, by item and site: the first of them is it.
    """
    key = (line["regular_supplier_id"], line["item_id"], line["site_id"])
    supply, way = facts.supply(*key), _way(facts, line, "regular_")
    if supply is None or way is None:
        yield _wrong(line, "regular_supplier_id", "does not supply this item to this site in this way")
        return
    if (line["regular_supplier_id"], line["regular_mode"]) == (line["supplier_id"], line["mode"]):
        yield _wrong(line, "regular_supplier_id", "is the source of the rush order itself")
    lines = planned.get((line["item_id"], line["site_id"]), [])
    for other in sorted({one["supplier_id"] for one in lines} - {line["regular_supplier_id"]}):
        yield _wrong(line, "regular_supplier_id", f"the plan orders it from {other}")
    for name in ("order_date", "receipt_date"):
        days = [day for day in (as_date(one[name]) for one in lines) if day is not None]
        if days and as_date(line[f"regular_{name}"]) != min(days):
            yield _wrong(line, f"regular_{name}", f"the plan's first line has {min(days)}")
    asked = as_date(line["regular_order_date"])
    supplier = facts.dataset.suppliers[supply.supplier_id]
    if asked is None or asked < facts.dataset.as_of or not _takes_orders(supplier, asked):
        yield _wrong(line, "regular_order_date", "the regular supplier takes no orders on that day")
        return
    receipt = facts.receipt(supply, asked, lead_factor=way.lead_factor)
    if as_date(line["regular_receipt_date"]) != receipt:
        yield _wrong(line, "regular_receipt_date", f"the lead time gives {receipt}")


def _takes_orders(supplier: Supplier, day: date) -> bool:
    return day.isoweekday() in supplier.order_weekdays and not closed(supplier, day)


def _way(facts: Facts, line: Line, part: str) -> OtherWay | None:
    """The way of the line's rush order, or of its ``regular_`` one; None where the supplier has none of this name."""
    site, mode = line["site_id"], line[f"{part}mode"]
    supply = facts.supply(line[f"{part}supplier_id"], line["item_id"], site)
    return None if supply is None else facts.ways(supply, site).get("" if mode == USUAL_WAY else mode)


def _judge_units(line: Line, supply: Supply) -> Iterator[Violation]:
    packs = line["quantity"] / supply.pack_units
    if differs(packs, round(packs)) or packs < 1 - 1e-9:
        yield _wrong(line, "quantity", f"is not whole packs of {supply.pack_units:g}")
    if line["quantity"] < supply.minimum_order_quantity * (1 - 1e-9):
        yield _wrong(line, "quantity", f"is below the minimum order quantity of {supply.minimum_order_quantity:g}")
    if differs(line["pack_units"], supply.pack_units):
        yield _wrong(line, "pack_units", f"a pack holds {supply.pack_units:g}")
    most = min(line["units_short"], line["quantity"])
    if not 0 < line["units_avoided"] <= most * (1 + 1e-9):
        yield _wrong(line, "units_avoided", f"must be more than 0, and no more than the {most:g} short and rushed")


def _judge_money(line: Line, supply: Supply, facts: Facts, way: OtherWay) -> Iterator[Violation]:
    dataset, supplier = facts.dataset, facts.dataset.suppliers[supply.supplier_id]
    landed = dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share) + way.freight
    price = facts.unit_price(supply, line["quantity"])
    for name, right in (
        ("unit_cost", landed),
        ("unit_price", price),
        ("value", price * line["quantity"]),
        ("lost_margin_avoided", line["units_avoided"] * line["margin"]),
        ("extra_cost", line["quantity"] * line["extra_unit_cost"]),
        ("gain", line["lost_margin_avoided"] - line["extra_cost"]),
    ):
        if differs(line[name], right):
            yield _wrong(line, name, f"the data set and the line give {right:g}")
    if line["currency"] != supplier.currency:
        yield _wrong(line, "currency", f"the supplier is paid in {supplier.currency}")
    if not line["gain"] > 0:
        yield _wrong(line, "gain", "a rush order earns more than it costs")
    item = dataset.items[line["item_id"]]
    sold = dataset.to_base(item.price, item.currency)
    if not 0 <= line["margin"] <= sold:
        yield _wrong(line, "margin", f"a unit is sold at {sold:g}")


def _judge_minimums(lines: list[Line], facts: Facts, orders: OrderPlan) -> Iterator[Violation]:
    """Together with tonight's lines of the same order, rush orders reach their supplier's minimum value."""
    total: dict[tuple[str, str, date | None, str], float] = {}
    for line in lines:
        usual = _way(facts, line, "") == OtherWay(0.0, 1.0)
        key = (line["supplier_id"], line["site_id"], as_date(line["order_date"]), "" if usual else line["mode"])
        total[key] = total.get(key, 0.0) + line["value"]
    for line in orders.lines.to_dict("records"):
        key = (line["supplier_id"], line["site_id"], as_date(line["order_date"]), "")
        if line["status"] == "proposed" and key in total:
            total[key] += line["value"]
    for (supplier_id, site_id, _, mode), value in total.items():
        least = facts.dataset.suppliers[supplier_id].minimum_order_value
        if value < least * (1 - 1e-9):
            record = f"{supplier_id} for {site_id} {mode}".rstrip()
            yield Violation(_PLAN, record, "value", f"{value:g}", f"is below the supplier's minimum of {least:g}")
