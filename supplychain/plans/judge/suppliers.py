"""Checks scorecards of suppliers against receipts and open orders alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from statistics import median
from typing import Any

from supplychain.domain import DataSet, Receipt, Supplier
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import differs
from supplychain.plans.supplier_plan import SUPPLIER_COLUMNS, SupplierPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_suppliers"]

_PLAN = "supplier scorecards"
_SHARES = ("credibility", "on_time_share", "received_share")
_MONEY = ("overdue_value", "stock_for_spread", "holding_cost_per_year", "lost_margin_per_year")
_HALF_DAY = 0.5
_FEWEST_LINES = 3


def judge_suppliers(dataset: DataSet, plan: SupplierPlan) -> tuple[Violation, ...]:
    """What the scorecards say that receipts, open orders and master data do not.

    Counted afresh: lines, overdue lines, fill, rejects, lateness, and the measured lead time of suppliers without open
    orders. The lead time to plan with must lie between what is measured and what class and master data say.
    """
    frame = plan.scorecards
    if absent := [name for name in SUPPLIER_COLUMNS if name not in frame.columns]:
        return tuple(Violation(_PLAN, "columns", name, "", "the column is missing") for name in absent)
    found = [
        Violation(_PLAN, key, "supplier_id", key, "a supplier of the data set has no scorecard")
        for key in sorted(set(dataset.suppliers) - set(frame.loc[frame["item_id"].eq(""), "supplier_id"]))
    ]
    twice = frame.duplicated(["supplier_id", "item_id"])
    found += [Violation(_PLAN, key, "item_id", "", "two scorecards") for key in frame.loc[twice, "supplier_id"]]
    came, waiting = _by_card([r for r in dataset.receipts if r.quantity_received > 0]), _by_card(dataset.open_orders)
    facts = Facts(dataset)
    for card in frame.to_dict("records"):
        if card["supplier_id"] in dataset.suppliers:
            key = (card["supplier_id"], card["item_id"])
            found += _judge_card(card, facts, came.get(key, []), waiting.get(key, []))
        else:
            found.append(_wrong(card, "supplier_id", "the data set does not know it"))
    return tuple(found)


def _wrong(card: Mapping[Any, Any], name: str, rule: str) -> Violation:
    record = f"{card['supplier_id']} {card['item_id']}".strip()
    return Violation(_PLAN, record, name, str(card[name]), rule)


def _by_card(lines: Iterable[Any]) -> dict[tuple[str, str], list[Any]]:
    """Receipts or open orders of each supplier, and of each supplier and item."""
    found: dict[tuple[str, str], list[Any]] = {}
    for one in lines:
        found.setdefault((one.supplier_id, ""), []).append(one)
        found.setdefault((one.supplier_id, one.item_id), []).append(one)
    return found


def _judge_card(
    card: Mapping[Any, Any], facts: Facts, receipts: list[Receipt], waiting: list[Any]
) -> Iterator[Violation]:
    dataset = facts.dataset
    supplier = dataset.suppliers[card["supplier_id"]]
    yield from _judge_counts(card, receipts, waiting, dataset.as_of)
    yield from _judge_limits(card)
    value = sum(facts.order_value(one) for one in waiting if one.due < dataset.as_of)
    if differs(card["overdue_value"], value):
        yield _wrong(card, "overdue_value", f"the overdue orders come to {value:g}")
    if card["item_id"] == "" and not supplier_overrides(dataset, supplier.supplier_id):
        yield from _judge_lead_time(card, receipts, supplier, waiting=bool(waiting))


def supplier_overrides(dataset: DataSet, supplier_id: str) -> bool:
    """Whether a supply of the supplier has a lead time of its own, so that its orders cannot be added up in days."""
    own = [one for one in dataset.supply if one.supplier_id == supplier_id]
    return any(one.lead_time_mean_days is not None for one in own)


def _judge_counts(
    card: Mapping[Any, Any], receipts: list[Receipt], waiting: list[Any], as_of: date
) -> Iterator[Violation]:
    lines: dict[tuple[str, str, str], list[Receipt]] = {}
    for one in receipts:
        lines.setdefault((one.order_id, one.site_id, one.item_id), []).append(one)
    overdue = [(as_of - one.due).days for one in waiting if one.due < as_of]
    if card["lines"] != len(lines):
        yield _wrong(card, "lines", f"receipts have {len(lines)}")
    if card["overdue_lines"] != len(overdue):
        yield _wrong(card, "overdue_lines", f"open orders have {len(overdue)}")
    late = [_weighted(part, lambda r: (r.received - r.promised).days) for part in lines.values()] + overdue
    in_time = [all(r.received <= r.promised for r in part) for part in lines.values()] + [False] * len(overdue)
    still = {(one.order_id, one.site_id, one.item_id) for one in waiting}
    done = [part for key, part in lines.items() if key not in still]
    asked = sum(max(r.quantity_ordered for r in part) for part in done)
    came = sum(r.quantity_received for part in done for r in part)
    taken, rejected = (sum(getattr(r, f"quantity_{name}") for r in receipts) for name in ("received", "rejected"))
    expected = {
        "days_late": sum(late) / len(late) if late else math.nan,
        "on_time_share": sum(in_time) / len(in_time) if in_time else math.nan,
        "fill_share": came / asked if asked > 0 else math.nan,
        "reject_share": rejected / taken if taken > 0 else math.nan,
    }
    for name, right in expected.items():
        if math.isnan(card[name]) != math.isnan(right) or (not math.isnan(right) and differs(card[name], right)):
            yield _wrong(card, name, f"receipts and open orders give {right:g}")


def _weighted(receipts: list[Receipt], days: Any) -> float:
    whole = sum(r.quantity_received for r in receipts)
    return float(sum(days(r) * r.quantity_received for r in receipts) / whole)


def _judge_limits(card: Mapping[Any, Any]) -> Iterator[Violation]:
    for name in _SHARES:
        if not (math.isnan(card[name]) or -1e-9 <= card[name] <= 1 + 1e-9):
            yield _wrong(card, name, "a share lies between 0 and 1")
    for name in _MONEY:
        if card[name] < -1e-6 or math.isinf(card[name]):
            yield _wrong(card, name, "must be an amount that is not negative")
    if not (card["lead_time_ratio"] > 0 and math.isfinite(card["lead_time_ratio"])):
        yield _wrong(card, "lead_time_ratio", "must be a number above 0")
    if differs(card["lead_time_days"], card["lead_time_ratio"] * card["agreed_lead_time_days"]):
        yield _wrong(card, "lead_time_days", "is not the ratio times the agreed lead time")
    if differs(card["lead_time_sd_days"], card["sd_ratio"] * card["agreed_lead_time_days"]):
        yield _wrong(card, "lead_time_sd_days", "is not the ratio times the agreed lead time")
    if card["planned_with"] == "measured" and card["basis"] == "master data":
        yield _wrong(card, "planned_with", "nothing was measured")


def _judge_lead_time(
    card: Mapping[Any, Any], receipts: list[Receipt], supplier: Supplier, *, waiting: bool
) -> Iterator[Violation]:
    if differs(card["agreed_lead_time_days"], max(supplier.lead_time_mean_days, _HALF_DAY)):
        yield _wrong(card, "agreed_lead_time_days", f"the master data say {supplier.lead_time_mean_days:g}")
    if waiting or not receipts:
        return
    orders: dict[tuple[str, str], dict[str, list[Receipt]]] = {}
    for one in receipts:
        orders.setdefault((one.order_id, one.site_id), {}).setdefault(one.item_id, []).append(one)
    each = [
        sum(_weighted(part, lambda r: _worked(supplier, r)) for part in items.values()) / len(items)
        for items in orders.values()
    ]
    mean = sum(each) / len(each)
    if "left out" in card["basis"]:
        mean = _without_the_longest(orders, supplier)
    if differs(card["measured_lead_time_days"], mean):
        yield _wrong(card, "measured_lead_time_days", f"receipts give {mean:g}")
    # With credibility Z the lead time is Z of the measured and the rest of something near what was agreed.
    rest = 1.0 - card["credibility"]
    middle = (card["lead_time_days"] - card["credibility"] * mean) / rest if rest > 1e-9 else mean
    if not 0.0 < middle < math.inf:
        yield _wrong(card, "lead_time_days", f"credibility and the measured {mean:g} leave {middle:g} for the class")


def _without_the_longest(orders: Mapping[tuple[str, str], Mapping[str, list[Receipt]]], supplier: Supplier) -> float:
    """Mean over orders without the lines that took five times the median of all lines, and 60 days longer."""
    days = {
        key: [_weighted(part, lambda r: _worked(supplier, r)) for part in items.values()]
        for key, items in orders.items()
    }
    usual = median(one for lines in days.values() for one in lines)
    usual = usual if sum(map(len, days.values())) >= _FEWEST_LINES else max(supplier.lead_time_mean_days, _HALF_DAY)
    kept = [[one for one in lines if one <= max(5.0 * usual, usual + 60.0)] for lines in days.values()]
    each = [sum(lines) / len(lines) for lines in kept if lines]
    return sum(each) / len(each) if each else math.nan


def _worked(supplier: Supplier, receipt: Receipt) -> float:
    """Days on which the supplier worked from the day after the order to the receipt, at least half a day."""
    span = (receipt.received - receipt.ordered).days
    days = [receipt.ordered + timedelta(days=day) for day in range(1, span + 1)]
    return max(sum(not closed(supplier, day) for day in days), _HALF_DAY)
