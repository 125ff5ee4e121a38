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

__all__ = ["LostCourse", "LostDemand", "demand_lost_before", "lost_by_day", "lost_quantiles", "unserved_by_day"]

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


def unserved_by_day(
    demand: Floats, supply: Floats, *, lost_share: float, return_rate: Floats, return_days: int = 0
) -> LostCourse:
    """Demand that finds nothing on the shelf and is lost, or waits and is not served yet.

    Of what finds nothing ``lost_share`` is lost at once; the rest waits, and is served before those who come later.
    ``demand`` [N,D], ``supply`` [N,D], ``return_rate`` [N] and ``return_days`` as in ``lost_by_day``, whose course this
    is where all are lost: what is not served yet is not sent back yet either. Raises ValueError for shapes that do not
    fit and shares outside 0 to 1.
    """
    if not 0.0 <= lost_share <= 1.0:
        raise ValueError(f"lost_share: {lost_share:g}: must be at least 0 and at most 1")
    if lost_share == 1.0:
        return lost_by_day(demand, supply, return_rate=return_rate, return_days=return_days)
    if demand.shape != supply.shape or demand.ndim != 2:
        raise ValueError(f"shapes: demand {demand.shape}, supply {supply.shape}: both must be [N,D]")
    unserved, there = np.zeros(demand.shape), np.maximum(supply, 0.0)
    served, waiting = np.zeros(demand.shape[0]), np.zeros(demand.shape[0])
    for day in range(demand.shape[1]):
        if day >= return_days > 0:
            there[:, day] = np.maximum(supply[:, day] - return_rate * unserved[:, day - return_days], 0.0)
        asked = demand[:, day] - (demand[:, day - 1] if day else 0.0)
        sold = np.minimum(np.maximum(there[:, day] - served, 0.0), waiting + asked)
        still = np.maximum(waiting - sold, 0.0)
        waiting = still + (1.0 - lost_share) * (waiting + asked - sold - still)
        served = served + sold
        unserved[:, day] = demand[:, day] - served
    return LostCourse(unserved, there)


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
