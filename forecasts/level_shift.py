"""A guard against level shifts: where the last days differ from those before them by far more than weeks usually do.

Weights of candidates are learnt on past origins, nearly all of them before the shift, so they follow it slowly. Here
the last 14 to 56 known days are compared with the 112 before them, in units of how much the row's weeks differ from one
another anyway (a tracking signal with the row's own spread). Where that is beyond what chance does, levels move to that
of the days since. Single days count for little more than the largest day before: one bulk order is no shift.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.protocol import Floats, Ints

__all__ = ["Shift", "Shifts", "find_shift", "shifts"]

BACK = np.array([14, 21, 28, 42, 56])
"""Known days since a shift that are tried."""
BEFORE, LEAST_BEFORE = 112, 28
"""Known days that tell the level before it, at most and at least."""
WEEK = 7
PRIOR_WEEKS = 8.0
"""Weeks for which the spread that the days themselves lead to counts beside that of the weeks."""
DOUBTFUL, CERTAIN = 3.5, 5.0
"""Standard deviations up to which nothing has happened, and from which the level is new."""
LEAST_CHANGE = 1.5
"""Change of the level below which candidates are left to follow it."""
LARGEST_DAY = 2.0
"""A day since counts in the new level for at most this many times the largest one before; in finding it, for once."""
PRIOR_DAYS = 3.0
"""Days for which the level before counts in the one since."""


class Shift(NamedTuple):
    """``days`` since it, ``level`` since, ``ratio`` of that to the level before, ``certainty`` in [0,1]; 0: none."""

    days: int
    level: float
    ratio: float
    certainty: float


class Shifts(NamedTuple):
    """As ``Shift``, of N rows [N]."""

    days: Ints
    level: Floats
    ratio: Floats
    certainty: Floats


def shifts(quantity: Floats, factor: Floats) -> Shifts:
    """Shifts before the end of ``quantity`` [N,T] (NaN = not known), whose factors are ``factor`` [N,T]."""
    found = _all(packed(quantity), packed(factor))
    return Shifts(found[0].astype(np.int64), *found[1:])


@compiled
def _all(quantity: Floats, factor: Floats) -> Floats:
    out = np.zeros((4, quantity.shape[0]))
    for row in range(quantity.shape[0]):
        known = ~np.isnan(quantity[row])
        found = find_shift(quantity[row][known], factor[row][known])
        out[0, row], out[1, row], out[2, row], out[3, row] = found.days, found.level, found.ratio, found.certainty
    return out


@compiled
def find_shift(total: Floats, exposure: Floats) -> Shift:
    """The most certain shift near the end of a row's known days: demand ``total`` [D] and factor ``exposure`` [D]."""
    size = total.size
    best, distance = Shift(0, 0.0, 1.0, 0.0), DOUBTFUL
    for days in BACK:
        cut = size - days
        start = max(0, cut - BEFORE)
        if cut - start < LEAST_BEFORE:
            break
        sold, usual = total[start:cut].sum(), exposure[start:cut].sum()
        if sold <= 0.0 or usual <= 0.0:
            continue
        level = sold / usual
        largest = _largest(total[start:cut], exposure[start:cut])
        recent, since, exposed = 0.0, 0.0, exposure[cut:].sum()
        for i in range(cut, size):
            most = max(1.0, largest * exposure[i])
            recent += min(total[i], most)
            since += min(total[i], LARGEST_DAY * most)
        weeks = days / WEEK
        known_weeks = (cut - start) / WEEK
        variance = _week_variance(total[start:cut], exposure[start:cut], level) * weeks * (1.0 + weeks / known_weeks)
        away = abs(recent - level * exposed) / math.sqrt(max(variance, 1e-12))
        if away <= distance:
            continue
        calm = PRIOR_DAYS * usual / (cut - start)
        new = (since + calm * level) / (exposed + calm)
        ratio = new / level
        if 1.0 / LEAST_CHANGE < ratio < LEAST_CHANGE:
            continue
        distance = away
        best = Shift(days, new, ratio, min(1.0, (away - DOUBTFUL) / (CERTAIN - DOUBTFUL)))
    return best


@compiled
def _largest(total: Floats, exposure: Floats) -> float:
    out = 0.0
    for i in range(total.size):
        if exposure[i] > 0.0:
            out = max(out, total[i] / exposure[i])
    return out


@compiled
def _week_variance(total: Floats, exposure: Floats, level: float) -> float:
    """Variance of the demand of seven days about its expectation."""
    days, weeks, of_days, of_weeks, week = total.size, total.size // WEEK, 0.0, 0.0, 0.0
    for i in range(weeks * WEEK):
        error = total[days - 1 - i] - level * exposure[days - 1 - i]
        of_days += error * error
        week += error
        if i % WEEK == WEEK - 1:
            of_weeks += week * week
            week = 0.0
    by_days = max(of_days / (weeks * WEEK), level * exposure.mean()) * WEEK
    out: float = (of_weeks + PRIOR_WEEKS * by_days) / (weeks + PRIOR_WEEKS)
    return out
