"""Checks that later evenings of the outlook keep the limits that orders share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from supplychain.plans.judge.limit_ground import LimitGround, monday_of
from supplychain.plans.judge.lines import as_date
from supplychain.plans.violation import Violation

__all__ = ["judge_later_limits"]

Line = Mapping[Any, Any]

_PLAN = "limits of the outlook"
_SLACK = 1e-6


def judge_later_limits(ground: LimitGround) -> Iterator[Violation]:
    """Every line of a later evening that passes a supplier's week, the budget of its month, or the room at its site.

    Evening by evening, what earlier ones ordered counted. Only orders with a pinned line or minimum stock may pass.
    """
    yield from _judge_sums(ground)
    yield from _judge_rooms(ground)


def _judge_rooms(ground: LimitGround) -> Iterator[Violation]:
    """Nothing of later evenings arrives on a day on which the stock projection has more than the site can hold.

    By more than the leeway of an expectation: returns, and what is sent otherwise than expected.
    """
    dataset, parts = ground.facts.dataset, []
    must = _must(ground)
    lines = ground.plan.lines.to_dict("records")
    parts += [(line, line["site_id"]) for line in lines if line["order_id"] not in must]
    if ground.transfers is not None:
        parts += [(line, line["destination_id"]) for line in ground.transfers.to_dict("records")]
    for line, site_id in parts:
        receipt, site = as_date(line["receipt_date"]), dataset.sites.get(site_id)
        if line["status"] != "planned" or receipt is None or site is None or site.capacity_l is None:
            continue
        there = ground.all_litres(site_id, receipt)
        if there is not None and there > site.capacity_l * (1 + ground.leeway(receipt)):
            rule = f"{site_id} has {there:g} litres on {receipt} with it, and room for {site.capacity_l:g}"
            yield Violation(_PLAN, str(line["line_id"]), "quantity", str(line["quantity"]), rule)


def _must(ground: LimitGround) -> set[str]:
    """Orders that may pass a limit."""
    lines = ground.plan.lines.to_dict("records")
    return {line["order_id"] for line in lines if not math.isnan(line["pinned_quantity"]) or line["least_target"] > 0}


def _judge_sums(ground: LimitGround) -> Iterator[Violation]:
    """Weeks and months."""
    dataset = ground.facts.dataset
    limits: dict[tuple[str, str], tuple[float, str, list[tuple[date, Line]]]] = {}
    lines = ground.plan.lines.to_dict("records")
    for line in lines:
        ordered, receipt = as_date(line["order_date"]), as_date(line["receipt_date"])
        supplier = dataset.suppliers.get(line["supplier_id"])
        if ordered is None or receipt is None or supplier is None:
            continue  # said elsewhere
        if supplier.weekly_capacity_units is not None:
            key = (line["supplier_id"], str(monday_of(receipt)))
            amount = supplier.weekly_capacity_units
            limits.setdefault(key, (amount, "quantity", []))[2].append((ordered, line))
        if ground.budget is not None:
            key = ("budget_per_month", f"{ordered:%Y-%m}")
            limits.setdefault(key, (ground.budget, "value_base", []))[2].append((ordered, line))
    must = _must(ground)
    for (owner, when), (amount, unit, parts) in sorted(limits.items()):
        used = _before(ground, owner, when)
        for evening in sorted({day for day, _ in parts}):
            tonight = [line for day, line in parts if day == evening]
            used += sum(float(line[unit]) for line in tonight)
            if evening == ground.as_of or used <= amount + _SLACK * max(amount, 1.0):
                continue
            for line in tonight:
                if line["order_id"] not in must:
                    rule = f"with it {owner} has {used:g} in {when}, the limit is {amount:g}"
                    yield Violation(_PLAN, str(line["line_id"]), unit, str(line[unit]), rule)


def _before(ground: LimitGround, owner: str, when: str) -> float:
    """What is used before tonight of a month's budget or a supplier's week."""
    if owner != "budget_per_month":
        return ground.due(owner, date.fromisoformat(when))
    return ground.spent() if when == f"{ground.as_of:%Y-%m}" else 0.0
