"""Demand that is lost before tonight's order could be here, which no order has to serve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lost_demand import demand_lost_before, lost_by_day, lost_quantiles
from supplychain.handover.situation import Situation

__all__ = ["with_expected_lost"]

Floats = npt.NDArray[np.float64]


def with_expected_lost(situation: Situation) -> Situation:
    """The situation with what is lost before tonight's order is here in its position and its spread.

    A dc is looked at with what it feeds. What is lost is not sent back either: it goes off the expected returns.
    """
    days, share = _days(situation), situation.lost_sale_share
    if share <= 0.0 or days < 1:
        return situation
    demand, supply = _course(situation, days)
    returns, row = situation.returns, np.arange(situation.lead.size)
    going = lost_by_day(demand, supply, return_rate=share * returns.rate, return_days=returns.return_days)
    receipt = np.minimum(np.minimum(situation.lead, np.maximum(situation.days, 1)), days + 1)
    found = demand_lost_before(demand, going, receipt)
    mean, spread = situation.protection_after(np.zeros_like(found.emptied), situation.days)
    mean_after, spread_after = situation.protection_after(found.emptied, situation.days)
    whole, after = (np.maximum(m[:, None] + s, 0.0) for m, s in ((mean, spread), (mean_after, spread_after)))
    lost = share * found.lost
    early = np.minimum(receipt - 1, situation.days - returns.return_days)
    gone = np.where(early > 0, returns.rate * share * going.lost[row, np.maximum(early, 1) - 1], 0.0)
    return replace(
        situation,
        expected_returns=situation.expected_returns - gone,
        expected_lost=lost,
        lost_spread=share * lost_quantiles(whole, after, found) - lost[:, None],
        position=situation.position + lost - gone,
    )


_LONG_DAYS = 800


def _days(situation: Situation) -> int:
    """Days before the last receipt; of orders that nobody takes tonight no more than ``_LONG_DAYS``.

    A supplier that is closed for good delivers in the year 9999.
    """
    all_rows, taken = (int(lead.max(initial=1)) for lead in (situation.lead, situation.lead[situation.open]))
    return max(min(all_rows, _LONG_DAYS), taken) - 1


def _course(situation: Situation, days: int) -> tuple[Floats, Floats]:
    """Cumulated expected demand [N,``days``] and supply known tonight [N,``days``], of dcs with what they feed.

    Supply is stock less blocked, owed and expected to expire, arrivals, expected returns and stock of replaced items.
    """
    state, left = situation.state, np.maximum(situation.days_left, 0)
    demand = np.column_stack([situation.view.mean(np.minimum(day, left)) for day in range(1, days + 1)])
    free = state.on_hand - state.blocked - state.backorder - situation.expected_waste + situation.substitute
    supply = free[:, None] + state.arrived(days) + situation.returns.by_day(days)
    fed = np.flatnonzero(situation.terms.origin_row >= 0)
    parents = situation.terms.origin_row[fed]
    fed_demand, fed_supply = demand[fed], supply[fed]
    np.add.at(demand, parents, fed_demand)
    np.add.at(supply, parents, fed_supply)
    return demand, supply
