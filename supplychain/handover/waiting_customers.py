"""Service levels of rows whose customers wait for what is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.replenishment.waiting import levels_where_customers_wait
from supplychain.handover.situation import Situation
from supplychain.handover.stock_levels import demand_before_review, interval_quantiles

__all__ = ["with_waiting_customers"]


def with_waiting_customers(situation: Situation) -> Situation:
    """The situation with the levels of its price of stock for customers of whom some wait; as it is where none does.

    Who waits for an order is served by it however small the order before was, so stock against running out is worth
    less to rows that may run out before an order comes: rows with a long lead time and demand in few large pieces.
    """
    price, share = situation.price, situation.lost_sale_share
    if share >= 1.0:
        return situation
    late, early = interval_quantiles(situation), demand_before_review(situation)
    grid = np.asarray(situation.view.forecast.levels, np.float64)
    level = levels_where_customers_wait(late, early, grid, price.level, lost_share=share)
    return replace(situation, price=price._replace(level=level))
