"""Stock that is expected at each site on the days to come."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lost_demand import lost_by_day
from supplychain.handover.moving import Moving, fed_later, moves_by_day
from supplychain.handover.situation import Situation

__all__ = ["stock_ahead"]

Floats = npt.NDArray[np.float64]


def stock_ahead(situation: Situation, days: int, moving: Moving) -> Floats:
    """Expected stock of each row on the evening of day 1 .. ``days``, without orders of tonight and later [N,``days``].

    With what arrives by then and tonight's transfers; fed sites get on later evenings what they sell, and their dc
    sends it (``fed_later``). Batches that expire unsold are gone; goods that customers may send back are left out.
    Negative: what is short, without what was lost on the days before.
    """
    state = situation.state
    demand = situation.view.by_day(days)
    come, gone = moves_by_day(moving, days)
    later_come, later_gone = fed_later(situation, moving, demand)
    asked = demand + gone + later_gone
    supply = (state.on_hand - state.backorder)[:, None] + state.arrived(days) + come + later_come
    supply = supply - _wasted(state.batches, asked)
    lost = situation.lost_sale_share * lost_by_day(asked, supply).lost
    there: Floats = supply - asked
    there[:, 1:] += lost[:, :-1]
    return there


def _wasted(batches: Floats, asked: Floats) -> Floats:
    """Units of ``batches`` [N,B] that expire until day 1 .. D, first out first, where ``asked`` [N,D] goes out [N,D].

    Column b holds units that can be used on exactly b more days: what is left of them on the day after is wasted.
    """
    wasted, days = np.zeros_like(asked), asked.shape[1]
    rows = np.flatnonzero(batches.any(axis=1))
    last = min(batches.shape[1], days)
    if rows.size and last:
        perishing = np.cumsum(batches[rows, :last], axis=1)
        used = np.concatenate((np.zeros((rows.size, 1)), asked[rows, : last - 1]), axis=1)
        excess = np.maximum.accumulate(np.maximum(perishing - used, 0.0), axis=1)
        wasted[rows, :last] = excess
        wasted[rows, last:] = excess[:, -1:]
    return wasted
