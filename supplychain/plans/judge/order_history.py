"""Checks which orders are told to be far from past ones: from their middle, not from the least or the largest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import pandas as pd

from supplychain.plans.judge.facts import Facts
from supplychain.plans.violation import Violation

__all__ = ["far_holds", "far_told"]

Line = Mapping[Any, Any]

_PLAN = "order exceptions"
_KIND = "far_from_history"
_FEWEST_PAST = 5
_TIMES = 3.0  # at least so many times the usual quantity, or at most so small a part of it
_SCORE = 3.5  # robust standard deviations of the log quantity
_DEVIATION = 1.4826  # of a normal distribution, in median absolute deviations
_NARROWEST = 0.2
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class _Past:
    """Middle of the logs of past quantities, and how far from it is far."""

    middle: float
    far: float

    @classmethod
    def of(cls, quantities: list[float]) -> _Past:
        logs = [math.log(units) for units in quantities]
        middle = median(logs)
        spread = max(_DEVIATION * median(abs(one - middle) for one in logs), _NARROWEST)
        return cls(middle, max(_SCORE * spread, math.log(_TIMES)))

    def away(self, quantity: float) -> float:
        """Log of the quantity against the usual one."""
        return math.log(quantity) - self.middle


def far_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """The quantity is that of the order, and far from the middle of past orders of the item for the site."""
    record = f"{line['rank']} ({line['kind']})"
    known = facts.past_quantities.get((line["item_id"], line["site_id"]), [])
    if len(known) < _FEWEST_PAST:
        yield Violation(_PLAN, record, "units", str(line["units"]), f"there are {len(known)} past orders only")
        return
    past = _Past.of(known)
    usual = math.exp(past.middle)
    quantity = line["units"] + usual
    placed = [one.quantity for one in facts.dataset.open_orders if _key(one) == _key_of(line)]
    if any(one.status != "open" for one in facts.dataset.open_orders if _key(one) == _key_of(line)):
        yield Violation(_PLAN, record, "order_id", line["order_id"], "a plan proposed it, so nobody mistyped it")
    away = past.away(quantity) if quantity > 0 else 0.0
    if (abs(away) if placed else away) < past.far - _SLACK:  # what the plan proposes is never told to be small
        rule = f"past orders are {usual:g} as a rule, and an order of {quantity:g} is not far from that"
        yield Violation(_PLAN, record, "units", str(line["units"]), rule)
    if placed and not any(math.isclose(quantity, units, rel_tol=_SLACK) for units in placed):
        rule = f"with the usual {usual:g} it is an order of {quantity:g}, and the order has {placed[0]:g}"
        yield Violation(_PLAN, record, "units", str(line["units"]), rule)


def far_told(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    """Each open order of a listed item that is plainly far from past ones is told, but those that a plan proposed."""
    told = {_key_of(line) for line in frame.loc[frame["kind"].eq(_KIND)].to_dict("records")}
    for one in facts.dataset.open_orders:
        known = facts.past_quantities.get((one.item_id, one.site_id), [])
        if one.quantity <= 0 or len(known) < _FEWEST_PAST or not facts.listed(one.item_id, one.site_id):
            continue
        if one.status != "open":  # a plan proposed it
            continue
        past = _Past.of(known)
        if abs(past.away(one.quantity)) > past.far + _SLACK and _key(one) not in told:
            rule = f"is far from the usual {math.exp(past.middle):g}, and that is not told"
            yield Violation(_PLAN, " ".join(_key(one)), "units", f"{one.quantity:g}", rule)


def _key(order: Any) -> tuple[str, str, str]:
    return order.order_id, order.item_id, order.site_id


def _key_of(line: Line) -> tuple[str, str, str]:
    return line["order_id"], line["item_id"], line["site_id"]
