"""(s,S) by the power approximation: near-optimal levels in closed form from mean and spread alone.

Symbols: K fixed cost of an order, h holding and p backorder cost of a unit and period, mu and sigma mean and standard
deviation of the demand of a period, L lead time in periods, mu_L and sigma_L those of L + 1 periods, Q = S - s.
Source: Ehrhardt and Mosier, Management Science 30 (1984), 618-622; Snyder and Shen, Fundamentals of Supply Chain
Theory, 2nd ed. (2019), (4.77) to (4.80).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items

__all__ = ["OrderLevels", "solve_s_s_power"]

# Fitted by Ehrhardt and Mosier to optimal policies.
_SCALE, _MEAN_POWER, _COST_POWER, _SPREAD_POWER = 1.30, 0.494, 0.506, 0.116
_LEVEL: Final = 0.973
_BASE, _INVERSE, _SLOPE = 1.063, 0.183, 2.192
_SMALL_LOT: Final = 1.5


@dataclass(frozen=True, slots=True)
class OrderLevels:
    """Order up to ``order_up_to`` [N] when the inventory position is at most ``reorder_point`` [N]."""

    reorder_point: Floats
    order_up_to: Floats


def solve_s_s_power(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers = 0.0,
    capped: bool = False,
) -> OrderLevels:
    """The levels, from Q = 1.30 mu^0.494 (K / h)^0.506 (1 + (sigma_L / mu)^2)^0.116.

    z = sqrt(Q h / (sigma_L p)), s = 0.973 mu_L + sigma_L (0.183 / z + 1.063 - 2.192 z), S = s + Q.
    ``capped`` holds s and S at the newsvendor stock of L + 1 periods where Q <= 1.5 mu, as Ehrhardt and Mosier advise
    for small lots; the textbook leaves that out. ValueError for anything not above zero, or a negative lead time.

    >>> levels = solve_s_s_power(holding_cost=0.18, stockout_cost=0.7, fixed_cost=2.5, demand_mean=50, demand_sd=8)
    >>> levels.reorder_point.round(2), levels.order_up_to.round(2)  # Snyder and Shen, example 4.8
    (array([40.19]), array([74.29]))
    """
    holding, stockout, fixed, mean, sd, lead = take_items(
        positive={
            "holding_cost": holding_cost,
            "stockout_cost": stockout_cost,
            "fixed_cost": fixed_cost,
            "demand_mean": demand_mean,
            "demand_sd": demand_sd,
        },
        nonnegative={"lead_time": lead_time},
    )
    spread = sd * np.sqrt(lead + 1.0)
    lot = _SCALE * mean**_MEAN_POWER * (fixed / holding) ** _COST_POWER * (1.0 + (spread / mean) ** 2) ** _SPREAD_POWER
    z = np.sqrt(lot / spread * holding / stockout)
    reorder = _LEVEL * mean * (lead + 1.0) + spread * (_INVERSE / z + _BASE - _SLOPE * z)
    order_up_to = reorder + lot
    if capped:
        from scipy.special import ndtri

        ceiling = mean * (lead + 1.0) + spread * ndtri(stockout / (stockout + holding))
        small = lot <= _SMALL_LOT * mean
        reorder = np.where(small, np.minimum(reorder, ceiling), reorder)
        order_up_to = np.where(small, np.minimum(order_up_to, ceiling), order_up_to)
    return OrderLevels(reorder, order_up_to)
