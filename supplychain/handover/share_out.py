"""Transfers when the dc has less than its sites ask for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.allocation import share_by_reward, share_in_proportion
from solvers.replenishment.demand_curve import interpolate_level
from solvers.replenishment.problem import Curve
from supplychain.handover.needs import curve_of
from supplychain.handover.order_problem import Planned
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["share_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def share_out(planned: Planned, settings: ReplenishSettings) -> Floats:
    """Units sent to each row of ``planned`` [K]; together never more than the dc has tonight.

    The dc's own customers take part with their demand until the next transfer could have come: nobody may empty the
    dc for the hubs, nor the other way round. The optimized policy keeps for them only what the dc's own receipts
    will not bring in time. The optimized policy gives each unit to whoever gains most from it; the
    others share in proportion to what is asked.
    """
    situation, rows, state = planned.situation, planned.rows, planned.situation.state
    request = planned.solution.packs * planned.problem.pack
    origins, group = np.unique(situation.terms.origin_row[rows], return_inverse=True)
    available = np.floor(state.available[origins] + 1e-9)
    asked = np.bincount(group, weights=request, minlength=origins.size)
    days = np.ones(situation.terms.rows, np.int64)
    np.maximum.at(days, situation.terms.origin_row[rows], situation.days[rows])
    if settings.policy == "today":
        reserve = state.recent_daily_sales[origins] * days[origins]
        return share_in_proportion(request, group.astype(np.int64), available, reserve)
    if settings.policy == "textbook":
        return share_in_proportion(request, group.astype(np.int64), available, situation.view.mean(days)[origins])
    keep, start = _own_curve(situation, origins, settings, days=days)
    level = situation.price.level[origins]
    short = asked + np.maximum(interpolate_level(keep.quantile, keep.levels, level) - start, 0.0) > available
    scarce = np.flatnonzero(short & (asked > 0))
    if scarce.size == 0:
        return request
    members = np.flatnonzero(np.isin(group, scarce))
    granted = request.copy()
    granted[members] = share_by_reward(
        request[members],
        planned.problem.position[members],
        np.searchsorted(scarce, group[members]),
        available[scarce],
        curve=_rows_of(planned.curve, members),
        keep=_rows_of(keep, scarce),
        keep_position=start[scarce],
    )
    return granted


def _own_curve(situation: Situation, origins: Ints, settings: ReplenishSettings, *, days: Ints) -> tuple[Curve, Floats]:
    """Demand of the origins' own customers up to their tightest day, and what arrives until then [G].

    What comes in before the goods run out need not be kept back tonight. The tightest day is that on which expected
    demand since tonight exceeds arrivals by most; goods on their way count a standard deviation of lead time late.
    """
    reach = int(days[origins].max())
    ahead = np.minimum(np.arange(1, reach + 1)[:, None], days[None, :])
    demand = np.array([situation.view.mean(some)[origins] for some in ahead])  # [days, G]
    late = np.ceil(situation.terms.lead_sd[origins]).astype(np.int64)
    come = np.zeros((reach + 1, origins.size))
    known = situation.state.arrivals[origins, :reach]
    come[1 : known.shape[1] + 1] = np.cumsum(known, axis=1).T
    come[known.shape[1] + 1 :] = come[known.shape[1]]
    which = np.arange(origins.size)
    arrived = come[np.maximum(ahead[:, origins] - late, 0), which]
    tightest = (demand - arrived).argmax(axis=0)
    until = days.copy()
    until[origins] = ahead[tightest, origins]
    mean = demand[tightest, which]
    deviation = situation.view.deviation(until, situation.view.mean(until))[origins]
    return curve_of(situation, origins, settings, mean=mean, deviation=deviation), arrived[tightest, which]


def _rows_of(curve: Curve, rows: Ints) -> Curve:
    return Curve(curve.levels, curve.quantile[rows], curve.shelf_quantile[rows], curve.money[rows])
