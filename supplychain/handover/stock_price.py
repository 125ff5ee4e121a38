"""What money in stock must earn: one price for each service level asked for, and the level that it means for a row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from supplychain.handover.terms import Terms
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["StockPrice", "stock_price"]

Floats = npt.NDArray[np.float64]

_YEAR_DAYS = 365.0
_WIDEST = 8.0  # a row's odds of running out differ from its class's at most by this factor: nothing is given up


class StockPrice(NamedTuple):
    """``share_per_year`` [N]: money a year that one unit of money in stock has to earn; ``level`` [N] service level."""

    share_per_year: Floats
    level: Floats


def stock_price(terms: Terms, settings: ReplenishSettings) -> StockPrice:
    """Share out each service level over the rows of the classes that have it, so that all their stock earns the same.

    With price p, unit cost c, margin m and R days between looks, the last unit that pays leaves a row short with odds
    p c R / 365 m: money in stock then avoids equally much lost margin in every row, and no other choice of levels
    avoids more with as much money (the system approach: Sherbrooke, Optimal Inventory Modeling of Systems, 2004,
    chapter 2). Classes of one level have one price: that at which their typical row, the one with the median of
    c R / m, has the level. Different levels say that service of one class is worth more than its margin, so they have
    prices of their own. No price is below the cost of holding stock.

    Goods that spoil may be lost as well: as if all of them that are left over were, their odds grow by c / m.
    """
    cost, margin, class_index = terms.unit_cost, terms.margin, terms.class_index
    cycle = np.where(terms.source >= 0, terms.calendar.cycle_days[terms.source], settings.review_days)
    pays = margin > 0
    weight = np.where(pays, cost * cycle / (_YEAR_DAYS * np.where(pays, margin, 1.0)), np.inf)
    price, relative = np.zeros(terms.rows), np.ones(terms.rows)
    levels = np.array([settings.service_level.A, settings.service_level.B, settings.service_level.C])
    level = levels[class_index]
    odds = (1.0 - level) / level
    for one in np.unique(levels):
        rows = level == one
        known = rows & pays & (weight > 0)
        if not known.any():
            continue
        typical = np.median(weight[known])
        price[rows] = odds[rows] / typical
        relative[rows] = np.clip(weight[rows] / typical, 1.0 / _WIDEST, _WIDEST)
    spoils = np.isfinite(terms.shelf_life_days) & pays
    odds = odds * relative + np.where(spoils, cost / np.where(pays, margin, 1.0), 0.0)
    return StockPrice(np.maximum(price, settings.holding_share_per_year), 1.0 / (1.0 + odds))
