"""When stock runs out without a line, and how many days stock covers: expected demand, day by day."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lost_demand import demand_lost_before, lost_by_day
from supplychain.handover.situation import Situation

__all__ = ["running_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


class _Course(NamedTuple):
    """Cumulated units of K rows, each with the sites it feeds, from tomorrow on: ``demand`` [K,D], ``free`` [K,D].

    ``free`` is what there is to sell until the end of a day: stock less what is expected to expire unsold, the arrivals
    known tonight, and expected returns. ``whole`` [K,D] is that with all that is on order, as if it were here.
    """

    demand: Floats
    free: Floats
    whole: Floats


def running_out(situation: Situation, rows: Ints, quantity: Floats) -> dict[str, npt.NDArray[Any]]:
    """Columns ``next_arrival_date``, ``stock_out_date``, ``used_up_date`` and ``days_of_cover_*`` of lines [K].

    The columns and their meaning are those of ``supplychain.plans.order_plan``; ``quantity`` [K] units of each line.
    """
    course = _course(situation, rows)
    arrives = situation.state.arrivals[rows] > 0
    empty = course.demand > course.free + 1e-9
    missed = situation.lost_sale_share * _lost_before(course, arrives)
    with_line = np.maximum(missed, situation.expected_lost[rows])
    whole = course.whole + missed[:, None]
    return {
        "next_arrival_date": _first(arrives, situation.as_of),
        "stock_out_date": _first(empty, situation.as_of),
        "used_up_date": _first(course.demand > np.maximum(whole, 0.0) + 1e-9, situation.as_of),
        "days_of_cover_before": _cover(course.demand, whole),
        "days_of_cover_after": _cover(course.demand, course.whole + (with_line + quantity)[:, None]),
    }


def _course(situation: Situation, rows: Ints) -> _Course:
    view, state, origin = situation.view, situation.state, situation.terms.origin_row
    reach = max(view.cumulative.shape[1] - 1 - view.offset, 1)  # later the forecast goes on as in its last weeks
    days = min(state.arrivals.shape[1], reach)
    demand = view.by_day(days)
    there = (state.on_hand - state.blocked - state.backorder - situation.expected_waste)[:, None]
    there = there + situation.returns.by_day(days)
    free = there + np.cumsum(state.arrivals[:, :days], axis=1)
    whole = there + (state.on_order + situation.substitute)[:, None]
    own_demand, own_free, own_whole = demand[rows], free[rows], whole[rows]
    place = {int(row): at for at, row in enumerate(rows)}
    for child in np.flatnonzero(np.isin(origin, rows)):
        own_demand[place[int(origin[child])]] += demand[child]
        own_free[place[int(origin[child])]] += free[child]
        own_whole[place[int(origin[child])]] += whole[child]
    return _Course(own_demand, own_free, own_whole)


def _lost_before(course: _Course, arrives: npt.NDArray[np.bool_]) -> Floats:
    """Demand that finds nothing before the last arrival known tonight [K]; ``arrives`` [K,A] by day."""
    days = course.demand.shape[1]
    if not days:
        return np.zeros(arrives.shape[0])
    known = arrives[:, :days]
    last = np.where(known.any(axis=1), known.shape[1] - known[:, ::-1].argmax(axis=1), 1)
    return demand_lost_before(course.demand, lost_by_day(course.demand, course.free), last.astype(np.int64)).lost


def _first(flags: npt.NDArray[np.bool_], as_of: np.datetime64) -> Days:
    """First day that is flagged [K]; column 0 is tomorrow; NaT where none is."""
    never = np.datetime64("NaT", "D")
    if not flags.size:
        return np.full(flags.shape[0], never)
    days: Days = np.where(flags.any(axis=1), as_of + 1 + flags.argmax(axis=1), never)
    return days


def _cover(demand: Floats, units: Floats) -> Floats:
    """Days until cumulated ``demand`` [K,D] has taken ``units`` [K,D]; infinite where nothing is asked for.

    Beyond the forecast, demand goes on as on its average day.
    """
    rows, days = demand.shape
    if not days:
        return np.full(rows, np.inf)
    there, daily = np.maximum(units, 0.0), demand[:, -1] / days
    gone = demand > there + 1e-9
    whole = np.where(gone.any(axis=1), gone.argmax(axis=1), days)
    row, last = np.arange(rows), np.minimum(whole, days - 1)
    before = np.where(whole > 0, demand[row, np.maximum(whole, 1) - 1], 0.0)
    that_day = np.where(whole < days, demand[row, last] - before, daily)
    into = np.maximum(there[row, last] - before, 0.0)
    part = np.divide(into, that_day, out=np.full(rows, np.inf), where=that_day > 0)
    # What comes back on the day itself does not stretch it.
    part = np.where(whole < days, np.minimum(part, _DAY), part)
    cover: Floats = np.where(daily > 0, whole + part, np.inf)
    return cover


_DAY = 1.0 - 1e-6
