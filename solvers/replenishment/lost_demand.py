"""Demand that is lost before an order can arrive: the order has to serve what comes after it alone.

With lost sales the stock when an order arrives is what is left of supply after the last moment at which the shelf was
empty. Over an interval that the order protects, the order therefore has to cover the least, over all moments before its
receipt, of demand from that moment on less supply that comes after it, and not the demand of the whole interval less
all supply (the backlog's rule). That is the reflection of the stock path at zero: Harrison, Brownian Motion and
Stochastic Flow Systems, 1985, section 2.2; for lost sales against backlog in base stock policies: Huh, Janakiraman,
Muckstadt and Rusmevichientong, Management Science 55 (2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["LostCourse", "LostDemand", "demand_lost_before", "lost_by_day", "lost_quantiles"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class LostCourse(NamedTuple):
    """Cumulated units of N rows until the end of day 1 .. D: ``lost`` [N,D], and ``there`` [N,D] to be sold."""

    lost: Floats
    there: Floats


class LostDemand(NamedTuple):
    """Of N rows: units ``lost`` [N], the day ``emptied`` [N] (0: no day counts), and units ``there`` [N] until then.

    On that day the shelf is expected to be at its emptiest before the receipt; what comes after it does not depend on
    what was asked for before.
    """

    lost: Floats
    emptied: Ints
    there: Floats


def lost_by_day(
    demand: Floats, supply: Floats, *, return_rate: Floats | None = None, return_days: int = 0
) -> LostCourse:
    """Demand that finds nothing on the shelf, where nobody waits.

    ``demand`` [N,D] and ``supply`` [N,D] are cumulated units until the end of day 1 .. D; what is received on a day can
    be sold on it. Supply below zero, owed to customers who waited before, is first of all theirs. ``supply`` counts on
    ``return_rate`` [N] of demand to come back after ``return_days``; what is lost does not. Raises ValueError for
    shapes that do not fit.
    """
    if demand.shape != supply.shape or demand.ndim != 2:
        raise ValueError(f"shapes: demand {demand.shape}, supply {supply.shape}: both must be [N,D]")
    there = np.maximum(supply, 0.0)
    returns = return_rate is not None and return_days > 0 and bool(return_rate.any())
    if return_rate is None or not returns:
        return LostCourse(np.maximum.accumulate(np.maximum(demand - there, 0.0), axis=1), there)
    lost = np.zeros(demand.shape)
    for day in range(demand.shape[1]):
        if day >= return_days:
            there[:, day] = np.maximum(supply[:, day] - return_rate * lost[:, day - return_days], 0.0)
        before = lost[:, day - 1] if day else 0.0
        lost[:, day] = np.maximum(before, demand[:, day] - there[:, day])
    return LostCourse(lost, there)


def demand_lost_before(demand: Floats, course: LostCourse, receipt: Ints) -> LostDemand:
    """What of ``demand`` [N,D] is lost on the days before ``receipt`` [N] (day 1 is tomorrow).

    Raises ValueError for shapes that do not fit, and for receipts after day D + 1.
    """
    if demand.shape != course.there.shape or receipt.shape != demand.shape[:1]:
        raise ValueError(f"shapes: demand {demand.shape}, there {course.there.shape}, receipt {receipt.shape}: must be "
                         "[N,D], [N,D] and [N]")  # fmt: skip
    rows, days = demand.shape
    if (receipt > days + 1).any():
        raise ValueError(f"receipt: day {int(receipt.max())}: demand is given until day {days} only")
    if days == 0:
        return LostDemand(np.zeros(rows), np.zeros(rows, np.int64), np.zeros(rows))
    before = np.arange(1, days + 1) < receipt[:, None]
    missing = np.where(before, demand - course.there, -np.inf)
    at = missing.argmax(axis=1)
    some, row = before.any(axis=1), np.arange(rows)
    lost = np.where(some, np.maximum(missing[row, at], 0.0), 0.0)
    return LostDemand(lost, np.where(some, at + 1, 0).astype(np.int64), np.where(some, course.there[row, at], 0.0))


def lost_quantiles(whole: Floats, after: Floats, found: LostDemand) -> Floats:
    """Units lost at each quantile of demand [N,Q].

    ``whole`` [N,Q] are quantiles of demand over the interval, ``after`` [N,Q] those of its days after
    ``found.emptied``. Both demands are taken to be high together, which never takes off too much: the quantile of the
    lesser of two is at most the lesser of their quantiles.
    """
    lost = np.maximum(whole - after - found.there[:, None], 0.0)
    result: Floats = np.where(found.emptied[:, None] > 0, lost, 0.0)
    return result
