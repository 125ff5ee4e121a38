"""Service levels where customers wait: an order does nothing for those who waited for it before it came.

A position y after ordering is to make what is short and what is held cost least, stock at one price for all rows. In a
cycle of L days of lead time and R between reviews E(D(L+R) - y)+ - E(D(L) - y)+ units are short and half of
E(y - D(L))+ + E(y - D(L+R))+ are held (Hadley and Whitin, Analysis of Inventory Systems, 1963, section 5-4). With F the
chance that demand is at most y, stock of a row whose customers are all lost pays up to F(L+R) = s, its service level.
At the same price that of a row whose customers wait pays up to F(L+R) = s F(L): of the units that are not owed when
they come, a share s is still there at the end. Where a part of customers is lost, F(L) is 1 for that part.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["levels_where_customers_wait"]

Floats = npt.NDArray[np.float64]


def levels_where_customers_wait(
    late: Floats, early: Floats, levels: Floats, level: Floats, *, lost_share: float
) -> Floats:
    """Service level over the interval at which the last unit of each row pays [N]; never above ``level``.

    ``late`` [N,Q] are quantiles of demand until the next order's receipt, ``early`` [N,Q] until this one's, ascending
    at ``levels`` [Q]; ``level`` [N] pays where every unmet customer is lost, ``lost_share`` of them are. Where several
    positions are best among those nearby the highest counts: no row is given up. Raises ValueError for shapes that do
    not fit and shares outside 0 to 1.

    >>> levels, late, early = np.array([0.2, 0.4, 0.8]), np.array([[1.0, 2.0, 9.0]]), np.array([[0.0, 1.0, 9.0]])
    >>> levels_where_customers_wait(late, early, levels, np.array([0.8]), lost_share=0.0).round(3)
    array([0.35])
    """
    if late.shape != early.shape or late.ndim != 2 or levels.shape != late.shape[1:] or level.shape != late.shape[:1]:
        raise ValueError(f"shapes: late {late.shape}, early {early.shape}, levels {levels.shape}, level {level.shape}: "
                         "must be [N,Q], [N,Q], [Q] and [N]")  # fmt: skip
    if not 0.0 <= lost_share <= 1.0:
        raise ValueError(f"lost_share: {lost_share:g}: must be at least 0 and at most 1")
    if lost_share == 1.0 or late.size == 0:
        return level.copy()
    late, early, levels, level = (np.ascontiguousarray(part, np.float64) for part in (late, early, levels, level))
    result: Floats = _each_level(late, early, levels, level, float(lost_share))
    return result


@compiled
def _share_below(units: float, quantile: Floats, levels: Floats) -> float:
    """Chance that demand is at most ``units``: straight between the levels, from 0 at no demand up to the lowest.

    What lies beyond the highest level is taken to lie there, as in ``units_short``.
    """
    last = levels.shape[0] - 1
    if units >= quantile[last]:
        return 1.0
    j = last - 1
    while j >= 0 and quantile[j] > units:
        j -= 1
    low, low_level = (quantile[j], levels[j]) if j >= 0 else (0.0, 0.0)
    share: float = low_level + (levels[j + 1] - low_level) * (units - low) / (quantile[j + 1] - low)
    return share


@compiled
def _each_level(late: Floats, early: Floats, levels: Floats, level: Floats, lost_share: float) -> Floats:
    rows, count = late.shape
    out = np.empty(rows)
    for i in range(rows):
        turns = np.zeros(2 * count + 1)  # between two of them both chances are straight
        turns[1 : count + 1], turns[count + 1 :] = late[i], early[i]
        turns.sort()
        last, asked = 0.0, (level[i] * lost_share, level[i] * (1.0 - lost_share))
        for k in range(2 * count - 1, -1, -1):
            width = turns[k + 1] - turns[k]
            if width <= 0.0:
                continue
            at_start = _more_than_asked(turns[k], late[i], early[i], levels, asked)
            at_end = 2.0 * _more_than_asked(turns[k] + 0.5 * width, late[i], early[i], levels, asked) - at_start
            if at_end < 0.0:  # before a jump at the turn itself
                last = turns[k + 1]
                break
            if at_start < 0.0:
                last = turns[k] + width * at_start / (at_start - at_end)
                break
        out[i] = min(level[i], asked[0] + asked[1] * _share_below(last, early[i], levels))
    return out


@compiled
def _more_than_asked(units: float, late: Floats, early: Floats, levels: Floats, asked: tuple[float, float]) -> float:
    return float(_share_below(units, late, levels) - asked[0] - asked[1] * _share_below(units, early, levels))
