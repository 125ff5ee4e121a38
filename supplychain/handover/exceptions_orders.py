"""Exceptions of orders: overdue, from a closed or full supplier, or far from what was ordered before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.amounts import amount
from supplychain.plans.order_actions import action_number
from supplychain.plans.order_exceptions import OrderException

__all__ = ["below_minimum", "capacity_exceeded", "far_from_history", "past_due"]

Floats = npt.NDArray[np.float64]

_CONFIRM = "ask the supplier for a confirmed day and put it into open_orders.due; delete the line if it has come"
_PAST_DUE = {
    "cancel": "tell the supplier that it need not come any more, and delete the line; nobody misses it",
    "postpone": "agree with the supplier on the later day of its action message and put it into open_orders.due",
}
_LEAST_ORDERS = 5  # past orders below which a robust score says nothing
_FAR = 3.5  # robust score of an outlier (Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993)
_LEAST_RATIO = 3.0  # times the usual quantity from which an order is far, whatever its score
_LEAST_SPREAD = 0.2  # smallest spread of log quantities: past orders that are all alike are no law
_NORMAL = 1.4826  # median absolute deviation to standard deviation


def past_due(dataset: DataSet, actions: pd.DataFrame) -> Iterator[OrderException]:
    """Open orders whose promised day has passed."""
    late = actions.loc[actions["past_due_days"].gt(0)]
    for line in late.to_dict("records"):
        days = int(line["past_due_days"])
        needed = line["needed_date"]
        when = "without it, stock and other orders last as far as the forecast reaches"
        if not pd.isna(needed):
            when = f"without it, expected demand exceeds stock and other orders from {needed:%Y-%m-%d} on"
        yield OrderException(
            "past_due",
            float(line["lost_without"]) * float(line["margin"]),
            "lost margin if it never comes",
            f"{amount(line['quantity'])} units of order {line['order_id']} were due on {line['due_date']:%Y-%m-%d}, "
            f"{days} {'day' if days == 1 else 'days'} ago; the plan counts on them for tomorrow",
            when,
            _PAST_DUE.get(line["action"], _CONFIRM),
            supplier_id=line["source_id"],
            item_id=line["item_id"],
            site_id=line["site_id"],
            order_id=line["order_id"],
            date=line["due_date"].date(),
            units=float(line["quantity"]),
            value=float(line["value_base"]),
            command=f"plan explain {line['line_id']}",
        )


_COMES = ("received", "ordered", "proposed", "planned")  # what a supplier's week holds, as it is told


def capacity_exceeded(dataset: DataSet, lines: pd.DataFrame, margins: Mapping[str, float]) -> Iterator[OrderException]:
    """Weeks in which a supplier is to deliver more units than it can; ``margins`` of a unit by item."""
    tomorrow, monday = dataset.as_of + timedelta(days=1), dataset.as_of - timedelta(days=dataset.as_of.weekday())
    rows = [(o.supplier_id, o.item_id, max(o.due, tomorrow), o.quantity, "ordered") for o in dataset.open_orders]
    rows += [
        (one.supplier_id, one.item_id, one.received, one.quantity_received, "received")
        for one in dataset.receipts
        if monday <= one.received <= dataset.as_of
    ]
    rows += [
        (line["supplier_id"], line["item_id"], line["receipt_date"].date(), float(line["quantity"]), line["status"])
        for line in lines.to_dict("records")
    ]
    weeks: dict[tuple[str, date], list[tuple[str, float, str]]] = {}
    for supplier_id, item_id, day, units, status in rows:
        if dataset.suppliers[supplier_id].weekly_capacity_units is not None:
            weeks.setdefault((supplier_id, day - timedelta(days=day.weekday())), []).append((item_id, units, status))
    for (supplier_id, monday), parts in sorted(weeks.items()):
        capacity = float(dataset.suppliers[supplier_id].weekly_capacity_units or 0.0)
        total = sum(units for _, units, _ in parts)
        over = min(total - capacity, sum(units for _, units, word in parts if word != "received"))
        if over <= 1e-6 * max(capacity, 1.0):
            continue
        margin = sum(units * margins.get(item_id, 0.0) for item_id, units, _ in parts) / total
        by_status = {word: sum(u for _, u, s in parts if s == word) for word in _COMES}
        split = ", ".join(f"{units:,.0f} {word}" for word, units in by_status.items() if units)
        yield OrderException(
            "capacity_exceeded",
            over * margin,
            "margin of what may not come",
            f"{total:,.0f} units are to come in the week of {monday}, {over:,.0f} more than the supplier's "
            f"{capacity:,.0f} a week",
            split,
            "agree on more for this week, order a part a week sooner or later, or buy it from another supplier",
            supplier_id=supplier_id,
            date=monday,
            units=over,
            command="plan show --planned",
            limit="weekly_capacity_units",
            amount=over,
            unit_cost=margin,
            cost=over * margin,
        )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line to hold against history."""

    line_id: str
    order_id: str
    supplier_id: str
    item_id: str
    site_id: str
    quantity: float
    value: float
    proposed: bool
    words: str


def far_from_history(dataset: DataSet, actions: pd.DataFrame, *, holding_share: float) -> Iterator[OrderException]:
    """Purchase lines, open or of tonight, whose quantity is far from past orders of the item for the site.

    Far is a robust score of the log quantity above 3.5 (median and median absolute deviation, at least a spread of
    0.2) that is also three times the median; of open orders, which somebody typed, also a third of it. Five past orders
    at least. If the quantity is wrong, what is beyond the usual lies for a year. Open orders that a plan proposed
    (approved, or placed as approved) are of no one's typing and are not doubted.
    """
    proposed = {action_number(o.order_id, o.item_id, o.site_id) for o in dataset.open_orders if o.status != "open"}
    past: dict[tuple[str, str], list[float]] = {}
    for one in dataset.receipts:
        if one.quantity_ordered > 0:
            past.setdefault((one.item_id, one.site_id), []).append(one.quantity_ordered)
    for line in _placed(actions):
        known = past.get((line.item_id, line.site_id), [])
        if len(known) < _LEAST_ORDERS or line.quantity <= 0 or line.line_id in proposed:
            continue
        usual, score = _score(line.quantity, known)
        ratio = line.quantity / usual
        if abs(score) <= _FAR or 1.0 / _LEAST_RATIO < ratio < _LEAST_RATIO:
            continue
        if ratio < 1 and line.proposed:
            continue
        beyond = line.value * (1.0 - 1.0 / ratio)
        times = f"{ratio:,.1f} times" if ratio > 1 else f"only {ratio:.0%} of"
        yield OrderException(
            "far_from_history",
            max(beyond, 0.0) * holding_share,
            "holding cost of a year if it is wrong",
            f"{line.words} of {amount(line.quantity)} units is {times} the usual {amount(usual)}",
            f"{len(known)} past orders from {amount(min(known))} to {amount(max(known))} units; robust score "
            f"{score:,.1f}",
            "check the forecast, the stock and the pack of the item before it goes out"
            if line.proposed
            else "check it against the order confirmation: a digit too many or too few",
            supplier_id=line.supplier_id,
            item_id=line.item_id,
            site_id=line.site_id,
            order_id=line.order_id,
            date=dataset.as_of,
            units=line.quantity - usual,
            value=abs(beyond),
            command=f"plan explain {line.line_id}",
        )


def _placed(actions: pd.DataFrame) -> list[_Placed]:
    bought = actions.loc[actions["kind"].ne("transfer line")]
    return [
        _Placed(
            line["line_id"], line["order_id"], line["source_id"], line["item_id"], line["site_id"],
            float(line["quantity"]), float(line["value_base"]), line["kind"] == "order line",
            "a proposed line" if line["kind"] == "order line" else f"the open order {line['order_id']}",
        )
        for line in bought.to_dict("records")
    ]  # fmt: skip


def _score(quantity: float, known: Sequence[float]) -> tuple[float, float]:
    """Median of the past, and how many robust standard deviations of the log the quantity is away from it."""
    logs = np.log(np.asarray(known, np.float64))
    middle = float(np.median(logs))
    spread = max(_NORMAL * float(np.median(np.abs(logs - middle))), _LEAST_SPREAD)
    return float(np.exp(middle)), (float(np.log(quantity)) - middle) / spread


def below_minimum(dataset: DataSet, heads: pd.DataFrame, pinned: frozenset[str]) -> Iterator[OrderException]:
    """Orders that a pin sends out below their supplier's minimum value; ``pinned`` numbers of orders with pins."""
    for head in heads.loc[heads["order_id"].isin(pinned)].to_dict("records"):
        missing = float(head["missing_to_minimum"])
        if head["status"] not in ("proposed", "planned") or missing <= 0:
            continue
        yield OrderException(
            "below_minimum",
            dataset.to_base(float(head["value"]), head["currency"]),
            "order value that may be refused",
            f"order {head['order_id']} is {missing:,.2f} {head['currency']} below the supplier's minimum of "
            f"{float(head['minimum_order_value']):,.2f}",
            "a buyer's pin sends it out as it is",
            "pin more, move the pin to a day on which more is due, or ask the supplier",
            supplier_id=head["supplier_id"],
            site_id=head["site_id"],
            order_id=head["order_id"],
            date=head["order_date"].date(),
            command=f"plan explain {head['order_id']}",
            limit="minimum_order_value",
            amount=missing,
        )
