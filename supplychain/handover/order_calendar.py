"""When orders may be placed and when goods come: suppliers' order days and lanes' departures as arrays."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

__all__ = ["CalendarRule", "OrderCalendar", "build_calendar"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CalendarRule:
    """Order days of one supplier or departures of one lane: weekdays (1 is Monday) outside the closures.

    ``review_days`` is the length of a review cycle.
    """

    name: str
    weekdays: tuple[int, ...]
    review_days: int
    closures: tuple[tuple[date, date], ...] = ()


@dataclass(frozen=True, slots=True)
class OrderCalendar:
    """Calendars of G sources over C days from ``first_day`` on; column c is ``first_day`` + c days.

    ``open`` [G,C]: an order may be placed. ``due`` [G,C]: and the source's items are due for review. ``next_due``
    [G,C]: column of the first due day after c (C when there is none). ``working`` [G,C]: days up to and including c on
    which the source works, that is all but its closures; ``workday`` [G,C]: column of the k-th such day (counted from
    0). ``cycle_days`` [G]: mean days from one due day to the next. ``closed_beyond`` [G]: first and last column of the
    closures beyond the calendar, apart and in order.
    """

    first_day: np.datetime64
    names: tuple[str, ...]
    open: Flags
    due: Flags
    next_due: Ints
    working: Ints
    workday: Ints
    cycle_days: Floats
    closed_beyond: tuple[tuple[tuple[int, int], ...], ...]

    def column(self, day: date | np.datetime64) -> int:
        """Column of a day; raises ValueError outside the calendar."""
        today = day.astype("datetime64[D]") if isinstance(day, np.datetime64) else np.datetime64(day, "D")
        column = int((today - self.first_day).astype(int))
        if not 0 <= column < self.due.shape[1]:
            last = self.first_day + self.due.shape[1] - 1
            raise ValueError(f"day {day}: outside the order calendar {self.first_day} to {last}")
        return column

    def lead_days(self, column: int | Ints, source: Ints, lead_days: Ints) -> Ints:
        """Calendar days from the day of ``column`` to receipt [K].

        Lead time runs only on days on which the source works: a closure between order and receipt delays it.
        ``source`` [K] rows of this calendar, ``lead_days`` [K] whole days of lead time, at least 1.
        """
        return self.lead_days_on(np.full(source.shape, column), source, lead_days)

    def lead_days_on(self, column: Ints, source: Ints, lead_days: Ints) -> Ints:
        """As ``lead_days``, from a day of each one's own, ``column`` [K]; receipt may lie beyond the calendar."""
        ordinal = self.working[source, column] + lead_days - 1
        beyond = ordinal - self.working[source, -1]  # working days after the calendar's last, less one
        days: Ints = self.workday[source, np.minimum(ordinal, self.workday.shape[1] - 1)] - column
        for at in np.flatnonzero(beyond >= 0).tolist():
            days[at] = self._beyond(int(source[at]), int(beyond[at])) - column[at]
        return days

    def _beyond(self, source: int, working_days: int) -> int:
        """Column of the working day that so many others lie before it beyond the calendar."""
        column = int(self.workday.shape[1]) + working_days
        for first, last in self.closed_beyond[source]:
            column += last - first + 1 if column >= first else 0
        return column

    def review_gap(self, column: int, source: Ints) -> Ints:
        """Days from the day of ``column`` to the next due day after it [K]."""
        gap: Ints = self.next_due[source, column] - column
        return gap

    def next_receipt(self, column: int | Ints, source: Ints, lead_days: Ints, *, gap: Ints) -> Ints:
        """Calendar days from the day of ``column`` to the receipt of an order placed ``gap`` [K] days after it [K].

        The lead time of that order runs from its own day on, so a closure that delays tonight's order does not delay
        the next one as well. Where the source takes no orders on that day (there is none as far as one looks), plain
        lead time is counted from it, and the receipt comes at least a day after tonight's.
        """
        last = self.open.shape[1] - 1
        later = np.minimum(column + gap, last)
        taken = (column + gap <= last) & self.open[source, later]
        plain = np.maximum(gap + lead_days, self.lead_days(column, source, lead_days) + 1)
        days: Ints = np.where(taken, gap + self.lead_days_on(later, source, lead_days), plain)
        return days


def build_calendar(rules: Sequence[CalendarRule], *, first: date, last: date) -> OrderCalendar:
    """Lay out the calendars of all sources from ``first`` to ``last``.

    Time is cut into review cycles, counted from a fixed day and shifted by the source's name, so that
    suppliers do not all fall on one weekday and every run agrees on the cycle. An item is due on the first order day
    of each cycle.
    """
    start = np.datetime64(first, "D")
    count = int((np.datetime64(last, "D") - start).astype(int)) + 1
    days = start + np.arange(count)
    weekday = (days.astype(np.int64) + 3) % 7 + 1  # 1970-01-01 was a Thursday
    shape = (len(rules), count)
    open_days = np.zeros(shape, np.bool_)
    due = np.zeros(shape, np.bool_)
    next_due = np.full(shape, count, np.int64)
    working = np.zeros(shape, np.int64)
    workday = np.full(shape, count - 1, np.int64)
    for row, rule in enumerate(rules):
        works = np.ones(count, np.bool_)
        for closed_first, closed_last in rule.closures:
            works &= ~((days >= np.datetime64(closed_first, "D")) & (days <= np.datetime64(closed_last, "D")))
        open_days[row] = works & np.isin(weekday, rule.weekdays)
        due[row] = _first_of_cycle(open_days[row], days, rule.review_days, rule.name)
        next_due[row] = _next_true(due[row])
        working[row] = np.cumsum(works)
        columns = np.flatnonzero(works)
        workday[row, : columns.size] = columns
    cycle_days = np.array([_cycle_days(row) for row in due])
    names, beyond = tuple(rule.name for rule in rules), tuple(_closed_beyond(rule, first, last) for rule in rules)
    return OrderCalendar(start, names, open_days, due, next_due, working, workday, cycle_days, beyond)


def _closed_beyond(rule: CalendarRule, first: date, last: date) -> tuple[tuple[int, int], ...]:
    """Closures after ``last`` as columns from ``first`` on, joined where they overlap."""
    spans: list[tuple[int, int]] = []
    for closed_first, closed_last in sorted(rule.closures):
        if closed_last <= last:
            continue
        start, end = max((closed_first - first).days, (last - first).days + 1), (closed_last - first).days
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def _first_of_cycle(open_days: Flags, days: npt.NDArray[np.datetime64], review_days: int, name: str) -> Flags:
    shift = zlib.crc32(name.encode()) % review_days
    columns = np.flatnonzero(open_days)
    cycle = (days[columns].astype(np.int64) + shift) // review_days
    first = np.r_[True, cycle[1:] != cycle[:-1]] if columns.size else np.zeros(0, np.bool_)
    due = np.zeros(open_days.size, np.bool_)
    due[columns[first]] = True
    return due


def _cycle_days(due: Flags) -> float:
    columns = np.flatnonzero(due)
    return float(columns[-1] - columns[0]) / (columns.size - 1) if columns.size > 1 else float(due.size)


def _next_true(flags: Flags) -> Ints:
    """Column of the first True strictly after each column; the length where there is none."""
    columns = np.flatnonzero(flags)
    following = np.searchsorted(columns, np.arange(flags.size), side="right")
    found: Ints = np.append(columns, flags.size).astype(np.int64)[following]
    return found
