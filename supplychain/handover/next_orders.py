"""When the next order or transfer of each row is placed and here, as the plan has it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.handover.decision import looked_at
from supplychain.handover.pins import held_days
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["NextOrders", "PlannedLines", "next_orders", "planned_lines"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class NextOrders:
    """Of N rows, in days from the planning day.

    ``wait`` [N] until the source is next looked at (0: tonight). ``ordered`` and ``receipt`` [N] of the first line of
    the plan or its outlook; of a row without one, of an order placed when its source is next looked at.
    ``earliest`` [N]: the first day on which an order or a line of the plan can be here, at least 1.
    """

    wait: Ints
    ordered: Ints
    receipt: Ints
    earliest: Ints


@dataclass(frozen=True, slots=True)
class PlannedLines:
    """L lines proposed tonight or planned later: ``row``, ``receipt`` in days from the planning day, ``units``."""

    row: Ints
    receipt: Ints
    units: Floats

    def by_day(self, rows: Ints, days: int) -> Floats:
        """Units that they bring to ``rows`` [K], which may name a row twice, until the end of each day [K,days]."""
        own, place = np.unique(rows, return_inverse=True)
        within = np.isin(self.row, own) & (self.receipt <= days)
        daily = np.zeros((own.size, days))
        column = np.maximum(self.receipt[within], 1) - 1
        np.add.at(daily, (np.searchsorted(own, self.row[within]), column), self.units[within])
        return np.cumsum(daily, axis=1)[place]

    def first(self, row: int) -> tuple[int, float] | None:
        """Day of the first receipt of a row, and what comes on it; None where nothing is planned."""
        mine = self.row == row
        if not mine.any():
            return None
        day = int(self.receipt[mine].min())
        return day, float(self.units[mine & (self.receipt == day)].sum())


def planned_lines(situation: Situation, order_lines: pd.DataFrame, transfer_lines: pd.DataFrame | None) -> PlannedLines:
    """Lines of the plan and its outlook; moves that rebalance stock are no orders."""
    parts = []
    for lines, place in ((order_lines, "site_id"), (transfer_lines, "destination_id")):
        if lines is not None and not lines.empty:
            part, row, _, here = _lines(situation, lines, place)
            parts.append((row, here, part["quantity"].to_numpy(np.float64)))
    none = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    return PlannedLines(*(np.concatenate(arrays) for arrays in zip(none, *parts, strict=True)))


def next_orders(
    situation: Situation,
    *,
    settings: ReplenishSettings,
    order_lines: pd.DataFrame,
    transfer_lines: pd.DataFrame | None = None,
) -> NextOrders:
    """What comes next of each row; ``order_lines`` and ``transfer_lines`` of the plan with its outlook.

    Rows are looked at on their source's review days, and in between where a row is expected to run out: the outlook
    says when, and the rows of one supplier and site are looked at together. Moves that rebalance stock are no orders.
    While a pin holds a row, nothing else is ordered of it: it is looked at again on its first order day afterwards.
    """
    terms = situation.terms
    ordered, receipt, look = (np.full(terms.rows, _NEVER, np.int64) for _ in range(3))
    for lines, place in ((order_lines, "site_id"), (transfer_lines, "destination_id")):
        if lines is None or lines.empty:
            continue
        _, row, placed, here = _lines(situation, lines, place)
        np.minimum.at(ordered, row, placed)
        np.minimum.at(receipt, row, here)
        np.minimum.at(look, row, placed)
        if place == "site_id":
            np.minimum(look, _looks(situation, row, placed), out=look)
    wait = np.where(looked_at(situation, settings), 0, np.minimum(situation.gap, look)).astype(np.int64)
    wait = np.where(situation.pins.held, np.minimum(_after_pins(situation), ordered), wait)
    by_rule = _receipt(situation, wait)
    planned = receipt < _NEVER
    return NextOrders(
        wait=wait,
        ordered=np.where(planned, ordered, wait),
        receipt=np.where(planned, receipt, by_rule),
        earliest=np.maximum(np.minimum(receipt, by_rule), 1),
    )


def _after_pins(situation: Situation) -> Ints:
    """Days from tonight until the first order day after the pins that hold a row [N]."""
    terms, column = situation.terms, situation.terms.calendar.column(situation.as_of)
    free = held_days(terms.pin_first, terms.pin_last, column)
    last = terms.calendar.due.shape[1] - 1
    before = np.minimum(column + np.maximum(free, 1) - 1, last)
    wait: Ints = terms.calendar.next_due[np.maximum(terms.source, 0), before] - column
    return wait


_NEVER = np.iinfo(np.int64).max


def _lines(situation: Situation, lines: pd.DataFrame, place: str) -> tuple[pd.DataFrame, Ints, Ints, Ints]:
    """The lines proposed tonight or planned later, with their row, day of order and day of receipt [K]."""
    planned = lines["status"].isin(["proposed", "planned"])
    if "reason" in lines:
        planned &= lines["reason"].ne("rebalancing")
    part = lines.loc[planned]
    found = [situation.terms.row_of(item, site) for item, site in zip(part["item_id"], part[place], strict=True)]
    row = np.array([-1 if one is None else one for one in found], np.int64)
    part = part.loc[row >= 0]
    placed, here = (_days(part[name], situation) for name in ("order_date", "receipt_date"))
    return part, row[row >= 0], placed, here


def _looks(situation: Situation, row: Ints, placed: Ints) -> Ints:
    """First day on which each row is looked at with a row that is ordered [N]; ``placed`` [K] after tonight.

    On a review day these are the rows of the same review; on another day an order that cannot wait brings all rows of
    its supplier and site along.
    """
    terms, calendar = situation.terms, situation.terms.calendar
    bought = terms.supplier_index >= 0
    order = terms.supplier_index * len(terms.sites) + terms.site_index
    column = np.minimum(calendar.column(situation.as_of) + placed, calendar.due.shape[1] - 1)
    due = calendar.due[terms.source[row], column]
    look = np.full(terms.rows, _NEVER, np.int64)
    for chosen, key in ((~due, order), (due, order * (len(calendar.names) + 1) + terms.source)):
        keys, group = np.unique(key, return_inverse=True)
        first = np.full(keys.size, _NEVER, np.int64)
        np.minimum.at(first, group[row[chosen]], placed[chosen])
        np.minimum(look, np.where(bought, first[group], _NEVER), out=look)
    return look


def _days(days: pd.Series, situation: Situation) -> Ints:
    """Days from the planning day to each of ``days``."""
    since = days.to_numpy().astype("datetime64[D]") - situation.as_of.astype("datetime64[D]")
    whole: Ints = since.astype(np.int64)
    return whole


def _receipt(situation: Situation, wait: Ints) -> Ints:
    """Days until an order of each row, placed after ``wait`` [N] days, could be there [N]; closures delay it."""
    terms = situation.terms
    column = np.minimum(terms.calendar.column(situation.as_of) + wait, terms.calendar.due.shape[1] - 1)
    there = wait + terms.calendar.lead_days_on(column, np.maximum(terms.source, 0), terms.lead_days)
    days: Ints = np.where(terms.source >= 0, there, wait + situation.lead).astype(np.int64)
    return days
