"""Transfers when the dc has less than its sites ask for."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.allocation import share_by_reward, share_in_proportion
from solvers.replenishment.demand_curve import interpolate_level
from solvers.replenishment.problem import Curve
from supplychain.handover.needs import curve_of
from supplychain.handover.order_problem import Planned
from supplychain.handover.situation import Situation, by_class
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["share_out"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def share_out(planned: Planned, settings: ReplenishSettings) -> Floats:
    """Units sent to each row of ``planned`` [K]; together never more than the dc has tonight.

    The dc's own customers take part with their demand until the next transfer could have come: nobody may empty the
    dc for the hubs, nor the other way round. The optimized policy gives each unit to whoever gains most from it; the
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
    mean = situation.view.mean(days)
    if settings.policy == "textbook":
        return share_in_proportion(request, group.astype(np.int64), available, mean[origins])
    keep = _own_curve(situation, origins, settings, mean=mean, days=days)
    level = by_class(settings.service_level, situation.terms)[origins]
    short = asked + interpolate_level(keep.quantile, keep.levels, level) > available
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
    )
    return granted


def _own_curve(situation: Situation, origins: Ints, settings: ReplenishSettings, *, mean: Floats, days: Ints) -> Curve:
    deviation = situation.view.deviation(days, mean)
    return curve_of(situation, origins, settings, mean=mean[origins], deviation=deviation[origins])


def _rows_of(curve: Curve, rows: Ints) -> Curve:
    return Curve(curve.levels, curve.quantile[rows], curve.shelf_quantile[rows], curve.money[rows])
