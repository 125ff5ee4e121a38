"""What each row's stock is planned to protect, under any policy: its level, its orders' size and its cycle."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import interpolate_level
from solvers.replenishment.lots import packs_for
from supplychain.handover.needs import curve_of, needs_of
from supplychain.handover.situation import Situation, by_class
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["StockLevels", "service_levels", "stock_levels"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StockLevels:
    """Of N rows: ``level`` units that position and order protect, ``service_level`` (NaN where the policy has none),
    ``order_days`` mean days between two orders of the row, ``cycle_stock`` units that come of ordering in lots.
    """

    level: Floats
    service_level: Floats
    order_days: Floats
    cycle_stock: Floats


def service_levels(situation: Situation, settings: ReplenishSettings) -> Floats:
    """Service level at which spreads are valued [N]: the policy's; that of the class where it has none."""
    if settings.policy == "textbook":
        return by_class(settings.textbook.service_level, situation.terms)
    return situation.price.level


def stock_levels(situation: Situation, settings: ReplenishSettings) -> StockLevels:
    """Levels of the scenario's policy. Rows that nobody replenishes are planned with their demand alone."""
    terms, rows = situation.terms, np.arange(situation.terms.rows)
    curve = None
    if settings.policy == "optimized":
        curve = curve_of(situation, rows, settings, mean=situation.demand, deviation=situation.deviation())
    # What a level is does not depend on what lies there tonight.
    empty = replace(situation, position=np.zeros(rows.size))
    needs = needs_of(empty, rows, settings, curve=curve)
    daily = np.maximum(situation.daily, 1e-9)
    cycle = np.where(terms.source >= 0, terms.calendar.cycle_days[terms.source], settings.review_days)
    lot = packs_for(np.ones(rows.size), terms.minimum_quantity, terms.pack) * terms.pack
    days = np.maximum(cycle, lot / daily)
    if settings.policy == "today":
        low, high = (by_class(covers, terms) for covers in (settings.today.min_days, settings.today.max_days))
        days = np.maximum(days, high - low)
    level = needs.demand_quantile
    if settings.policy == "optimized":
        level = interpolate_level(curve.quantile, curve.levels, situation.price.level) if curve is not None else level
    return StockLevels(level, needs.service_level, days, situation.daily * days / 2.0)
