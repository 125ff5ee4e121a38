"""Checks which price breaks order lines reach, take and leave, from the data set's terms."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from supplychain.domain import Supply
from supplychain.plans.judge.facts import Facts
from supplychain.plans.price_verdicts import BREAK_VERDICTS
from supplychain.plans.violation import Violation

__all__ = ["judge_price_breaks"]

Line = Mapping[str, Any]

_PLAN = "order plan"
_SLACK = 1e-6
_AMOUNTS = ("break_from", "break_price", "break_units", "break_saves", "break_costs")


def judge_price_breaks(line: Line, supply: Supply, facts: Facts) -> Iterator[Violation]:
    """The break reached; one told where a lower price lies above; units, price, saving and verdict of that one."""

    def wrong(name: str, rule: str) -> Violation:
        return Violation(_PLAN, str(line["line_id"]), name, str(line[name]), rule)

    steps = facts.price_breaks(supply)
    quantity, pack = float(line["quantity"]), supply.pack_units
    reached = max((start for start, _ in steps if quantity >= start * (1 - 1e-9)), default=0.0)
    if not _same(line["tier_from"], reached):
        yield wrong("tier_from", f"the line reaches the price from {reached:g} units on")
    taken = line["break_verdict"] == "taken"
    if taken != (line["break_packs"] > 0) or line["break_packs"] < 0:
        yield wrong("break_packs", "packs are added for a break that is taken, and for no other")
        return
    without = quantity - line["break_packs"] * pack
    price = facts.unit_price(supply, without)
    above = [start for start, lower in steps if start > without and lower < price]
    if not above:
        if any(not math.isnan(line[name]) for name in _AMOUNTS) or line["break_verdict"]:
            yield wrong("break_from", "no break with a lower price lies above")
        return
    if line["break_verdict"] not in BREAK_VERDICTS:
        yield wrong("break_verdict", f"a lower price lies above: must be one of {', '.join(BREAK_VERDICTS)}")
        return
    if not any(_same(line["break_from"], start) for start in above):
        yield wrong("break_from", f"must be one of {', '.join(f'{start:g}' for start in above)}")
        return
    yield from _judge_amounts(line, supply, facts, without, wrong)


def _judge_amounts(line: Line, supply: Supply, facts: Facts, without: float, wrong: Any) -> Iterator[Violation]:
    """Units, price and saving of the break, and whether the verdict follows from saving and cost."""
    supplier, pack = facts.dataset.suppliers[supply.supplier_id], supply.pack_units
    units = math.ceil(line["break_from"] / pack * (1 - 1e-9)) * pack - without
    if not _same(line["break_units"], units):
        yield wrong("break_units", f"{units:g} more are the fewest whole packs that reach it")
    if line["break_packs"] and not _same(line["break_packs"] * pack, units):
        yield wrong("break_packs", f"{units:g} units more reach the break")
    lower = facts.unit_price(supply, without + units)
    if not _same(line["break_price"], lower):
        yield wrong("break_price", f"it is {lower:g}")
    less = facts.dataset.to_base(facts.unit_price(supply, without) - lower, supplier.currency)
    saves = less * (1 + supplier.payment_fee_share) * without
    if not _same(line["break_saves"], saves):
        yield wrong("break_saves", f"a lower price with its fee saves {saves:g} on {without:g} units")
    most = max(line["selling_price"] - line["unit_cost"], 0.0) * units
    if not line["break_costs"] >= -most * (1 + _SLACK) - _SLACK:
        yield wrong("break_costs", f"{units:g} units more earn at most their margin, {most:g}")
    gain = line["break_saves"] - line["break_costs"]
    if line["break_verdict"] == "taken" and not gain > 0:
        yield wrong("break_verdict", "costs more than it saves")
    if line["break_verdict"] == "costs_more" and gain > _SLACK * max(abs(saves), 1.0):
        yield wrong("break_verdict", "saves more than it costs")
    if (line["break_verdict"] == "policy") != (line["policy"] != "optimized") and math.isnan(line["pinned_quantity"]):
        yield wrong("break_verdict", "only the optimized policy looks at prices")


def _same(found: float, right: float) -> bool:
    return math.isclose(found, right, rel_tol=_SLACK, abs_tol=_SLACK)
