"""Buyers' pins as arrays of the terms, and what they mean for one evening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.problem import OrderProblem
from supplychain.domain import Pin
from supplychain.handover.order_calendar import OrderCalendar

__all__ = ["PinNote", "PinsTonight", "held_days", "pin_columns", "pinned_problem", "pins_on", "without_placed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PinNote = tuple[str, str]
"""Who made a pin, and why."""


class PinsTonight(NamedTuple):
    """``quantity`` [N] units that a pin orders tonight (NaN: none); ``held`` [N] rows of which nothing else is."""

    quantity: Floats
    held: Flags


def pin_columns(
    pins: Sequence[Pin], index: Mapping[tuple[str, str], int], source: Ints, calendar: OrderCalendar
) -> dict[str, Any]:
    """Columns of ``Terms``: up to P pins a row in order of their days.

    ``pin_day``, ``pin_first`` and ``pin_last`` [N,P] are columns of the calendar (-1: no pin): when the pin is ordered,
    which is the source's first open day within it, and from when to when it holds; ``pin_quantity`` [N,P] units.
    """
    rows: dict[int, list[Pin]] = {}
    for pin in sorted(pins, key=lambda one: one.first):
        row = index.get((pin.item_id, pin.site_id))
        if row is not None:
            rows.setdefault(row, []).append(pin)
    width = max((len(known) for known in rows.values()), default=0)
    shape = (source.size, width)
    day, first, last = (np.full(shape, -1, np.int64) for _ in range(3))
    quantity = np.zeros(shape)
    notes: list[tuple[PinNote, ...]] = [()] * source.size
    for row, known in rows.items():
        notes[row] = tuple((pin.who, pin.why) for pin in known)
        for at, pin in enumerate(known):
            first[row, at], last[row, at] = _column(calendar, pin.first), _column(calendar, pin.until)
            quantity[row, at] = pin.quantity
            if source[row] >= 0 and pin.quantity > 0:
                free = np.flatnonzero(calendar.open[source[row], first[row, at] : last[row, at] + 1])
                day[row, at] = first[row, at] + free[0] if free.size else -1
    return {"pin_day": day, "pin_first": first, "pin_last": last, "pin_quantity": quantity, "pin_notes": tuple(notes)}


def _column(calendar: OrderCalendar, day: date) -> int:
    """Column of a day, or the nearest one that the calendar has."""
    column = int((np.datetime64(day, "D") - calendar.first_day).astype(int))
    return int(np.clip(column, 0, calendar.due.shape[1] - 1))


def pins_on(pin_day: Ints, pin_first: Ints, pin_last: Ints, pin_quantity: Floats, column: int) -> PinsTonight:
    """What the pins say on the evening of a calendar ``column``."""
    rows = pin_day.shape[0]
    if pin_day.shape[1] == 0:
        return PinsTonight(np.full(rows, np.nan), np.zeros(rows, np.bool_))
    tonight = pin_day == column
    held: Flags = np.asarray(((pin_first <= column) & (column <= pin_last) & (pin_first >= 0)).any(axis=1), np.bool_)
    quantity = np.where(tonight.any(axis=1), (pin_quantity * tonight).sum(axis=1), np.nan)
    return PinsTonight(quantity, held)


def held_days(pin_first: Ints, pin_last: Ints, column: int) -> Ints:
    """Days from the evening of a calendar ``column`` until other orders of a row are free again [N]; 0: tonight.

    Pins that follow one another without a day between them hold as one.
    """
    free = np.zeros(pin_first.shape[0], np.int64)
    for at in range(pin_first.shape[1]):  # in order of their days
        first, last = pin_first[:, at] - column, pin_last[:, at] - column
        free = np.where((pin_first[:, at] >= 0) & (first <= free) & (last >= free), last + 1, free)
    return free


def without_placed(pins: PinsTonight, units: Floats) -> PinsTonight:
    """What is left of tonight's pins where ``units`` [N] of them are placed already; a pin that is done orders nothing.

    The row stays held: of its item nothing else is ordered while the pin holds.
    """
    left = np.maximum(pins.quantity - units, 0.0)  # NaN where there is no pin
    return PinsTonight(np.where((units > 0) & (left <= 1e-9 * units), np.nan, left), pins.held)


def pinned_problem(problem: OrderProblem, quantity: Floats) -> OrderProblem:
    """The problem in which rows with a pinned ``quantity`` [K] (NaN: free) need, and may have, exactly that.

    A pinned line is no subject of limits, and no packs are added to it for the supplier's minimum.
    """
    pinned = np.isfinite(quantity)
    if not pinned.any():
        return problem
    exact = np.where(pinned, quantity, 0.0)
    return replace(
        problem,
        need=np.where(pinned, exact, problem.need),
        limit=np.where(pinned, exact, problem.limit),
        lot_allowed=problem.lot_allowed | pinned,
        top_up_limit=np.where(pinned, exact, problem.top_up_limit),
    )
