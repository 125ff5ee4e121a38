"""What of an order plan a buyer should look at, with its money, its reason and what helps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TypedDict

import pandas as pd

from supplychain.domain import OpenOrder
from supplychain.plans.frame import typed_frame

__all__ = ["EXCEPTION_COLUMNS", "KINDS", "SEVERITIES", "TWIN_DAYS", "OrderException", "exception_frame", "order_fields"]

KINDS = {
    "stock_out": "stock-out before an order can help",
    "lead_time_too_short": "lead time too short for a promotion or event",
    "past_due": "open order past due",
    "supplier_closed": "supplier closed",
    "capacity_exceeded": "supplier's capacity exceeded",
    "excess_stock": "excess stock",
    "dead_stock": "stock without demand",
    "expiring_stock": "stock that expires unsold",
    "far_from_history": "order far from history",
    "suspect_history": "a day in the history that looks mistyped",
    "missing_data": "missing master data",
    "below_minimum": "order below its supplier's minimum",
    "relaxed_limit": "limit that could not be kept",
    "cut_by_limit": "lines cut to fit a limit",
    "order_to_closed_site": "open order to a site that is not open",
    "order_without_terms": "open order that its supplier has no terms for",
    "twin_orders": "open orders that look like one",
    "minimum_out_of_reach": "supplier's minimum out of reach",
    "closed_throughout": "supplier closed throughout",
    "no_order_days": "supplier that takes no orders",
    "suspect_dates": "dates of an order that look mistyped",
}
"""Kinds of exceptions and what they are called."""

SEVERITIES = ("high", "medium", "low")
_KEYS = ("kind", "item_id", "site_id", "supplier_id", "order_id", "what")
_OF_DATA = (
    "missing_data",
    "order_to_closed_site",
    "order_without_terms",
    "twin_orders",
    "minimum_out_of_reach",
    "closed_throughout",
    "no_order_days",
    "suspect_dates",
)
TWIN_DAYS = 3
"""Open orders that are alike, and no more days apart, may be one."""

_HIGH, _MEDIUM = 0.5, 0.9  # share of all money that the high ones hold, and the high and medium ones together

EXCEPTION_COLUMNS = {
    "rank": "int64",
    "kind": "str",
    "severity": "str",
    "supplier_id": "str",
    "item_id": "str",
    "site_id": "str",
    "order_id": "str",
    "date": "datetime64[s]",
    "help_date": "datetime64[s]",
    "money": "float64",
    "money_is": "str",
    "units": "float64",
    "value": "float64",
    "what": "str",
    "why": "str",
    "fix": "str",
    "command": "str",
    "limit": "str",
    "amount": "float64",
    "unit_cost": "float64",
    "cost": "float64",
}
"""One row an exception: the high ones first, then medium and low; of each, the most money first.

``kind`` of ``KINDS``. ``severity``: the first exceptions, which together hold half of all ``money``, are high, those up
to nine tenths medium; what is missing or doubtful in the data is medium at least. Ids that do not apply are empty.
``date`` when it begins; ``help_date``, of stock that runs out, the first day on which the plan's next line, or a next
order, can be here. ``money`` (base currency) is what it is expected to cost once if nothing is done, ``money_is``
what kind of money (lost margin, waste, holding cost, order value). ``units`` concerned and their ``value`` at cost.
``what`` is seen, ``why``, the ``fix``, and the ``command`` that explains more (words after ``supplychain``). Of a limit
that could not be kept: its name ``limit``, by how much ``amount`` it is exceeded, at ``unit_cost`` each, for ``cost``;
of a minimum out of reach: what a sensible order lacks, in the supplier's currency.
"""


_Day = date  # a field has the name of the type


@dataclass(frozen=True, slots=True)
class OrderException:
    """One exception; the fields are those of ``EXCEPTION_COLUMNS`` but rank and severity."""

    kind: str
    money: float
    money_is: str
    what: str
    why: str
    fix: str
    supplier_id: str = ""
    item_id: str = ""
    site_id: str = ""
    order_id: str = ""
    date: _Day | None = None
    help_date: _Day | None = None
    units: float = math.nan
    value: float = math.nan
    command: str = ""
    limit: str = ""
    amount: float = math.nan
    unit_cost: float = math.nan
    cost: float = math.nan


class OrderFields(TypedDict):
    """Fields of an exception that say which open order it is of."""

    supplier_id: str
    item_id: str
    site_id: str
    order_id: str
    date: _Day
    units: float


def order_fields(order: OpenOrder) -> OrderFields:
    """Which open order an exception is of: its keys, due day and units."""
    return {
        "supplier_id": order.supplier_id,
        "item_id": order.item_id,
        "site_id": order.site_id,
        "order_id": order.order_id,
        "date": order.due,
        "units": order.quantity,
    }


def exception_frame(found: Sequence[OrderException]) -> pd.DataFrame:
    """The table of exceptions, ranked by severity and, within it, by money."""
    names = [one.name for one in fields(OrderException)]
    frame = pd.DataFrame([[getattr(one, name) for name in names] for one in found], columns=names)
    frame["size"] = -frame["money"].astype("float64").round(2)
    keys = ["size", *_KEYS]
    frame = frame.sort_values(keys, kind="stable").reset_index(drop=True)
    money = frame["money"].astype("float64")
    before = money.cumsum() - money
    total = float(money.sum())
    share = before / total if total > 0 else before * 0.0 + 1.0
    severity = pd.Series("low", index=frame.index).mask(share < _MEDIUM, "medium").mask(share < _HIGH, "high")
    severity = severity.mask(frame["kind"].isin(_OF_DATA) & severity.eq("low"), "medium")
    frame = frame.assign(severity=severity, first=severity.map(SEVERITIES.index))
    frame = frame.sort_values(["first", *keys], kind="stable").reset_index(drop=True)
    return typed_frame(frame.assign(rank=range(1, len(frame) + 1)), EXCEPTION_COLUMNS)
