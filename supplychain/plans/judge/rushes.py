"""Checks rush orders against the data set: source, days, prices, minimums, and that each one earns what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet, Supply
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import as_date, differs
from supplychain.plans.judge.ways import OtherWay
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.rush_table import RUSH_COLUMNS
from supplychain.plans.violation import Violation

__all__ = ["judge_rushes"]

_PLAN = "rush orders"

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
    found: list[Violation] = []
    lines = rushes.to_dict("records")
    for line in lines:
        supply = facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
        way = None if supply is None else facts.way(supply, line["site_id"], line["mode"])
        if supply is None or way is None or not facts.listed(line["item_id"], line["site_id"]):
            found.append(_wrong(line, "supplier_id", "does not supply this item to this site in this way"))
            continue
        found += _judge_days(line, supply, facts, way)
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
    while day.isoweekday() not in supplier.order_weekdays or closed(supplier, day):
        day += timedelta(days=1)
    if as_date(line["order_date"]) != day:
        yield _wrong(line, "order_date", f"the supplier's next order day is {day}")
    receipt: date = facts.receipt(supply, day, lead_factor=way.lead_factor)
    if as_date(line["receipt_date"]) != receipt:
        yield _wrong(line, "receipt_date", f"the lead time gives {receipt}")
    regular = as_date(line["regular_receipt_date"])
    if regular is None or receipt >= regular:
        yield _wrong(line, "regular_receipt_date", "a rush order comes before the regular one")


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
        supply = facts.supply(line["supplier_id"], line["item_id"], line["site_id"])
        assert supply is not None
        usual = facts.way(supply, line["site_id"], line["mode"]) == OtherWay(0.0, 1.0)
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
