"""Sources that deliver sooner than the next regular order of a row could."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Supplier, Supply
from supplychain.handover.demand_course import demand_until
from supplychain.handover.next_orders import NextOrders
from supplychain.handover.row_terms import landed_cost, planned_lead_time, supplies_by_row
from supplychain.handover.scorecards import Scorecards
from supplychain.handover.situation import Situation
from supplychain.handover.ways import Way, Ways
from supplychain.plans.supplier_plan import whole_lead_days

__all__ = ["Regular", "RushOffer", "rush_offers"]

Ints = npt.NDArray[np.int64]

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Regular:
    """The next regular order of a row: from whom, by which mode, and when it is placed and there."""

    supplier_id: str
    mode: str
    ordered: date
    receipt: date


@dataclass(frozen=True, slots=True)
class RushOffer:
    """A source of ``row`` that delivers on ``receipt``, before the ``regular`` order; ``unit_cost`` landed, base."""

    row: int
    supply: Supply
    way: Way
    ordered: date
    receipt: date
    regular: Regular
    unit_cost: float


def rush_offers(
    dataset: DataSet, situation: Situation, *, ahead: NextOrders, measured: Scorecards | None = None
) -> list[RushOffer]:
    """Sources, supplier and way, other than the regular one that deliver before a regular order of each row could.

    Rows that are bought, whose regular order can be here as far as the forecast reaches, and that may run short before.
    That order is the plan's first line of the row, or else the next that could be placed (``ahead``); ``measured`` lead
    times where they are planned with.
    """
    terms, ways = situation.terms, Ways(dataset)
    wait, help_day = ahead.ordered, ahead.receipt
    horizon = situation.view.cumulative.shape[1] - 1 - situation.view.offset
    bought = situation.allowed & (terms.supplier_index >= 0) & (situation.days_left > 0) & (help_day <= horizon)
    sources: dict[tuple[str, str], list[Supply]] = {}
    for key, supply in supplies_by_row(dataset):
        sources.setdefault(key, []).append(supply)
    choice = [
        row
        for row in np.flatnonzero(bought).tolist()
        if len(there := sources.get((terms.item_ids[row], terms.site_ids[row]), ())) > 1 or any(map(ways.known, there))
    ]
    order_days = _OrderDays(dataset)
    found: list[RushOffer] = []
    for row in _short(situation, np.array(choice, np.int64), help_day).tolist():
        site = terms.site_ids[row]
        offered = [(one, ways.of(one, site)) for one in sources[terms.item_ids[row], site]]
        own = terms.suppliers[terms.supplier_index[row]]
        way = next((_usual(known, terms.mode[row]) for one, known in offered if one.supplier_id == own), Way())
        ordered, receipt = (dataset.as_of + timedelta(days=int(days[row])) for days in (wait, help_day))
        regular = Regular(own, way.mode, ordered, receipt)
        found += _quicker(dataset, row, regular, offered, order_days=order_days, measured=measured)
    return found


def _short(situation: Situation, rows: Ints, help_day: Ints) -> Ints:
    """Those of ``rows`` that may run short before ``help_day`` [N]: at the forecast's highest level."""
    quantile, supply = demand_until(situation, rows, np.maximum(help_day[rows] - 1, 1))
    short: Ints = rows[quantile[:, -1] > supply]
    return short


def _usual(ways: Sequence[Way], mode: str) -> Way:
    """The way by which the row's own supplier delivers."""
    return next((way for way in ways if mode and way.mode == mode), ways[0])


def _quicker(
    dataset: DataSet, row: int, regular: Regular, there: Sequence[tuple[Supply, tuple[Way, ...]]],
    *, order_days: _OrderDays, measured: Scorecards | None,
) -> Iterator[RushOffer]:  # fmt: skip
    for supply, ways in there:
        supplier = dataset.suppliers[supply.supplier_id]
        ordered = order_days.first(supplier, before=regular.receipt)
        if ordered is None:
            continue
        mean, _, known = planned_lead_time(dataset, supply, measured)
        for way in ways:
            if supply.supplier_id == regular.supplier_id and way.mode == regular.mode:
                continue
            days = whole_lead_days(mean * way.lead_factor, measured=known)
            receipt = _receipt(supplier, ordered, days, before=regular.receipt)
            if receipt is not None:
                yield RushOffer(row, supply, way, ordered, receipt, regular, landed_cost(dataset, supply) + way.freight)


class _OrderDays:
    """The first order day of each supplier from the planning day on, looked for as far as it is asked for."""

    def __init__(self, dataset: DataSet) -> None:
        self._as_of = dataset.as_of
        self._reached: dict[str, date] = {}

    def first(self, supplier: Supplier, *, before: date) -> date | None:
        """None where it is not before the day ``before``."""
        day = self._reached.get(supplier.supplier_id, self._as_of)
        while day < before and (day.isoweekday() not in supplier.order_weekdays or _closed(supplier, day)):
            day += _ONE_DAY
        self._reached[supplier.supplier_id] = day
        return day if day < before else None


def _receipt(supplier: Supplier, ordered: date, days: int, *, before: date) -> date | None:
    """The day by which the supplier has worked so many days after the order; None where it is not ``before`` one."""
    left, day = max(days, 1), ordered
    if left >= (before - ordered).days:
        return None
    if not supplier.closures:
        return ordered + timedelta(days=left)
    while left and day < before:
        day += _ONE_DAY
        left -= not _closed(supplier, day)
    return day if day < before else None


def _closed(supplier: Supplier, day: date) -> bool:
    return any(first <= day <= last for first, last in supplier.closures)
