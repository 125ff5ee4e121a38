"""Checks that every pin is ordered exactly as a buyer made it, and nothing else while it holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from supplychain.domain import Pin
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import Line, as_date
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_pins"]

_PLAN = "order plan"


def judge_pins(plan: OrderPlan, facts: Facts, *, as_of: date) -> Iterator[Violation]:
    """Pins whose line is missing or differs, lines that call themselves pinned, and lines beside a pin.

    Pins after the last order day of the plan are not looked at: the plan does not reach so far.
    """
    lines = plan.lines.to_dict("records")
    last = max((day for line in lines if (day := as_date(line["order_date"])) is not None), default=as_of)
    by_row: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        by_row.setdefault((line["item_id"], line["site_id"]), []).append(line)
    known: set[str] = set()
    for pin in facts.dataset.pins:
        held = [
            line
            for line in by_row.get((pin.item_id, pin.site_id), [])
            if (day := as_date(line["order_date"])) is not None and pin.first <= day <= pin.until
        ]
        left = _left(pin, facts)
        found = [line for line in held if _is(line, pin, left)]
        known |= {str(line["line_id"]) for line in found}
        for line in held:
            if line not in found:
                yield Violation(_PLAN, str(line["line_id"]), "item_id", "", f"{pin.who} has pinned something else here")
        if left > 0 and not found and as_of <= pin.first and _ordered_by(pin, facts, last):
            record = f"{pin.item_id} at {pin.site_id} on {pin.first}"
            rule = f"{pin.who} has pinned it, and the plan has no such line"
            yield Violation(_PLAN, record, "quantity", f"{pin.quantity:g}", rule)
    for line in lines:
        if not math.isnan(line["pinned_quantity"]) and line["line_id"] not in known:
            yield Violation(_PLAN, str(line["line_id"]), "pinned_quantity", "", "no pin of the data set says so")


def _left(pin: Pin, facts: Facts) -> float:
    """Units of the pin that are not placed yet; only what is placed tonight is looked at."""
    row = (pin.item_id, pin.site_id)
    if not pin.first <= facts.dataset.as_of <= pin.until:
        return pin.quantity
    placed = sum(one.quantity for one in facts.placed if (one.item_id, one.site_id) == row)
    return max(pin.quantity - placed, 0.0)


def _is(line: Line, pin: Pin, quantity: float) -> bool:
    same = math.isclose(line["quantity"], quantity) and line["pinned_quantity"] == line["quantity"]
    named = pin.supplier_id is None or line["supplier_id"] == pin.supplier_id
    told = (line["pinned_by"], line["pinned_why"], line["binding"]) == (pin.who, pin.why, "pinned")
    return bool(same and named and told)


def _ordered_by(pin: Pin, facts: Facts, last: date) -> bool:
    """Whether each supplier of the pin has an order day within it, up to ``last``."""
    dataset = facts.dataset
    offers = [one for one in dataset.supply if one.item_id == pin.item_id and one.site_id in (None, pin.site_id)]
    names = {one.supplier_id for one in offers} if pin.supplier_id is None else {pin.supplier_id}
    days = [pin.first + timedelta(days=n) for n in range((min(pin.until, last) - pin.first).days + 1)]
    return bool(names) and all(
        any(day.isoweekday() in supplier.order_weekdays and not closed(supplier, day) for day in days)
        for supplier in (dataset.suppliers[name] for name in names)
    )
