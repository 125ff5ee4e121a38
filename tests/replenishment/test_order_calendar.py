from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.handover.order_calendar import CalendarRule, build_calendar

FIRST, LAST = date(2025, 1, 1), date(2026, 6, 30)


def calendar(*rules: CalendarRule):
    return build_calendar(rules, first=FIRST, last=LAST)


def test_weekdays_and_closures() -> None:
    closed = ((date(2025, 5, 5), date(2025, 5, 9)),)
    made = calendar(CalendarRule("S", (1, 4), 1, closed))
    start = made.column(date(2025, 4, 28))
    days = [date(2025, 4, 28) + timedelta(days=int(i)) for i in np.flatnonzero(made.due[0, start : start + 21])]
    assert days == [date(2025, 4, 28), date(2025, 5, 1), date(2025, 5, 12), date(2025, 5, 15)]
    assert made.review_gap(made.column(date(2025, 5, 1)), np.array([0])).tolist() == [11]


def test_no_order_day_at_all() -> None:
    made = calendar(CalendarRule("never", (), 7))
    assert not made.due.any()
    assert made.next_due[0, 0] == made.due.shape[1]


def test_lead_time_stands_still_while_the_supplier_is_closed() -> None:
    made = calendar(CalendarRule("S", (1, 2, 3, 4, 5, 6, 7), 1, ((date(2025, 6, 3), date(2025, 6, 10)),)))
    column = made.column(date(2025, 6, 1))
    assert made.lead_days(column, np.array([0, 0]), np.array([1, 2])).tolist() == [1, 10]


def test_the_next_receipt_has_the_lead_time_of_its_own_day() -> None:
    """Ordered on Monday it takes 14 days instead of 3; ordered after the closure it takes 3."""
    made = calendar(CalendarRule("S", (1, 2, 3, 4, 5, 6, 7), 1, ((date(2025, 6, 3), date(2025, 6, 12)),)))
    column, source, lead = made.column(date(2025, 6, 2)), np.array([0]), np.array([3])
    gap = made.review_gap(column, source)
    assert gap.tolist() == [11]
    assert made.lead_days(column, source, lead).tolist() == [13]
    assert made.next_receipt(column, source, lead, gap=gap).tolist() == [14]


def test_the_next_receipt_without_a_next_order_day() -> None:
    made = calendar(CalendarRule("never", (), 7), CalendarRule("shut", (1,), 7, ((date(2025, 6, 3), LAST),)))
    column, lead = made.column(date(2025, 6, 2)), np.array([5, 5])
    tonight = made.lead_days(column, np.array([0, 1]), lead)
    found = made.next_receipt(column, np.array([0, 1]), lead, gap=np.array([30, 30]))
    assert found[0] == 35
    assert found[1] == max(35, tonight[1] + 1)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(1, 21),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 25)), max_size=3),
    st.integers(1, 40),
    st.integers(0, 60),
)
def test_the_next_receipt_against_walking_day_by_day(
    weekdays: set[int], review: int, closures: list[tuple[int, int]], lead: int, day: int
) -> None:
    shut = tuple((FIRST + timedelta(days=a), FIRST + timedelta(days=a + b)) for a, b in closures)
    made = calendar(CalendarRule("S", tuple(sorted(weekdays)), review, shut))
    source, gap = np.array([0]), made.review_gap(day, np.array([0]))
    following = here = FIRST + timedelta(days=day + int(gap[0]))
    left = lead
    while left:
        here += timedelta(days=1)
        left -= not any(first <= here <= last for first, last in shut)
    found = int(made.next_receipt(day, source, np.array([lead]), gap=gap)[0])
    assert FIRST + timedelta(days=day + found) == here
    assert found > int(made.lead_days(day, source, np.array([lead]))[0])
    if not any(first <= here and last > FIRST + timedelta(days=day) for first, last in shut):
        assert found == int(gap[0]) + lead  # nothing changes without a closure
    assert following.isoweekday() in weekdays


def test_outside_the_calendar() -> None:
    made = calendar(CalendarRule("S", (1,), 7))
    with pytest.raises(ValueError, match="outside the order calendar"):
        made.column(date(2027, 1, 1))
    assert made.column(np.datetime64("2025-01-02")) == 1


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1, max_size=5),
    st.sets(st.integers(1, 7), min_size=1),
    st.integers(1, 30),
    st.integers(0, 300),
    st.integers(0, 20),
    st.integers(1, 40),
)
def test_against_counting_days_one_by_one(
    name: str, weekdays: set[int], review: int, start: int, length: int, lead: int
) -> None:
    closed_first = FIRST + timedelta(days=start)
    closed_last = closed_first + timedelta(days=length)
    made = calendar(CalendarRule(name, tuple(sorted(weekdays)), review, ((closed_first, closed_last),)))
    days = [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    open_days = [d.isoweekday() in weekdays and not closed_first <= d <= closed_last for d in days]
    due = made.due[0]
    assert not (due & ~np.array(open_days)).any()
    marked = np.flatnonzero(due)
    # Never two looks in one cycle, and no cycle with an order day passes without one.
    gaps = np.diff(marked)
    assert (np.diff(np.searchsorted(marked, np.arange(0, len(days), review))) <= 2).all()
    assert gaps.min(initial=review) >= 1
    column = start
    day, left = days[column], lead
    while left:
        day += timedelta(days=1)
        left -= not closed_first <= day <= closed_last
    assert made.lead_days(column, np.array([0]), np.array([lead]))[0] == (day - days[column]).days


def test_open_days_and_cycles() -> None:
    closed = (date(2025, 6, 3), date(2025, 6, 10))
    made = calendar(CalendarRule("S", (2, 5), 14, (closed,)), CalendarRule("T", (1, 2, 3, 4, 5, 6, 7), 7))
    assert (made.open | ~made.due).all()
    days = [FIRST + timedelta(days=int(i)) for i in np.flatnonzero(made.open[0])]
    assert {day.isoweekday() for day in days} == {2, 5}
    assert not any(closed[0] <= day <= closed[1] for day in days)
    assert made.cycle_days.tolist() == pytest.approx([14.0, 7.0], rel=0.02)


def test_weekly_review_is_once_a_week_whatever_the_start_of_the_run() -> None:
    early = build_calendar([CalendarRule("S", (1, 2, 3, 4, 5, 6, 7), 7)], first=FIRST, last=LAST)
    late = build_calendar([CalendarRule("S", (1, 2, 3, 4, 5, 6, 7), 7)], first=FIRST + timedelta(days=45), last=LAST)
    first = np.flatnonzero(early.due[0])[1:]  # the calendar's first cycle may be cut
    assert set(np.diff(first)) == {7}
    again = np.flatnonzero(late.due[0])[1:] + 45
    assert np.isin(again, first).all()


@settings(max_examples=100, deadline=None)
@given(
    closures=st.lists(st.tuples(st.integers(-10, 150), st.integers(0, 40)), max_size=5),
    start=st.integers(0, 29),
    lead=st.integers(1, 120),
)
def test_lead_time_beyond_the_calendar_still_counts_all_closures(
    closures: list[tuple[int, int]], start: int, lead: int
) -> None:
    """A calendar of 30 days; closures lie in it, across its end and beyond, and may overlap."""
    spans = tuple((FIRST + timedelta(days=a), FIRST + timedelta(days=a + length)) for a, length in closures)
    rule = CalendarRule("S", (1, 2, 3, 4, 5, 6, 7), 1, spans)
    made = build_calendar([rule], first=FIRST, last=FIRST + timedelta(days=29))
    ordered = day = FIRST + timedelta(days=start)
    left = lead
    while left:
        day += timedelta(days=1)
        left -= not any(first <= day <= last for first, last in spans)
    assert made.lead_days(start, np.array([0]), np.array([lead])).tolist() == [(day - ordered).days]
