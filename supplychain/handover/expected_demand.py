"""Expected demand as the judges of order plans read it."""

from __future__ import annotations

import numpy as np

from forecasts.protocol import Forecast
from supplychain.handover.terms import Terms
from supplychain.plans.judge.lost import LostDemand
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["expected_demand"]


def expected_demand(terms: Terms, forecast: Forecast, settings: ReplenishSettings) -> LostDemand:
    """Demand a day of each (item, site) from the forecast's origin on, and the sites that each dc feeds.

    Only the optimized policy plans with what is lost before a line can be here; for others its share is 0.
    """
    keys = list(zip(terms.item_ids, terms.site_ids, strict=True))
    fed: dict[tuple[str, str], list[str]] = {}
    for row in np.flatnonzero(terms.origin_row >= 0):
        fed.setdefault(keys[terms.origin_row[row]], []).append(keys[row][1])
    share = settings.lost_sale_share if settings.policy == "optimized" else 0.0
    return LostDemand(dict(zip(keys, forecast.mean.tolist(), strict=True)), fed, share)
