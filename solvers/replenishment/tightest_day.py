"""The day on which a place is shortest of stock, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["Course", "tightest_days"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Course(NamedTuple):
    """What is expected of N rows from tomorrow on, units; a tuple, so that compiled code takes it whole.

    ``cumulative`` [N,H+1] demand from a forecast's origin on, of which ``offset`` days are over; ``arrivals`` [N,A] on
    day +1 .. +A. Places are groups of rows: ``members`` row numbers, those of place k from ``start`` [k] to [k+1].
    """

    cumulative: Floats
    offset: int
    arrivals: Floats
    members: Ints
    start: Ints


@compiled
def tightest_days(course: Course, free: Floats, first: Ints, last: Ints, late: Ints) -> tuple[Ints, Floats, Floats]:
    """The day after ``first`` [K], up to ``last`` [K], on which demand exceeds supply by most; 0 where none is left.

    ``free`` [K] units to sell tonight; goods on their way count ``late`` [K] days late. Returns the days [K], expected
    demand until then [K], and what can serve it [K]: stock, arrivals, and demand that was lost before ``first``, which
    nobody asks for again.
    """
    count = free.shape[0]
    days, demand, supply = np.zeros(count, np.int64), np.zeros(count), np.zeros(count)
    horizon, known = course.cumulative.shape[1] - 1, course.arrivals.shape[1]
    for k in range(count):
        asked, there, lost, worst = 0.0, free[k], 0.0, -np.inf
        for day in range(1, min(last[k], horizon - course.offset) + 1):
            column = course.offset + day
            came = day - late[k] - 1
            for m in range(course.start[k], course.start[k + 1]):
                row = course.members[m]
                asked += course.cumulative[row, column] - course.cumulative[row, column - 1]
                if 0 <= came < known:
                    there += course.arrivals[row, came]
            if day <= first[k]:
                lost = max(lost, asked - there)
            elif asked - there > worst:
                worst = asked - there
                days[k], demand[k], supply[k] = day, asked, there + lost
    return days, demand, supply
