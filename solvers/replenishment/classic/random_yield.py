"""Order quantities when a supplier delivers more or less than was ordered.

Symbols: K fixed cost of an order, h holding cost, lambda demand rate; of an order of Q comes Q + Y (additive) or Q Z
(multiplicative); mu_Y, sigma_Y (mu_Z, sigma_Z) mean and standard deviation of the yield; p stockout cost, d demand.
Source: Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (9.22) and (9.23) (additive), (9.24) and
(9.25) (multiplicative), (9.27) and (9.28) (newsvendor); Yano and Lee, Operations Research 43 (1995).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items
from solvers.replenishment.classic.demand import Demand

__all__ = [
    "YieldLot",
    "additive_yield_cost",
    "multiplicative_yield_cost",
    "solve_eoq_additive_yield",
    "solve_eoq_multiplicative_yield",
    "solve_newsvendor_additive_yield",
]


@dataclass(frozen=True, slots=True)
class YieldLot:
    """``order_quantity`` [N] to ask for, expected ``cost`` [N]."""

    order_quantity: Floats
    cost: Floats


def solve_eoq_additive_yield(
    *, fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, yield_mean: Numbers, yield_sd: Numbers
) -> YieldLot:
    """Q* = sqrt(2 K lambda / h + sigma_Y^2) - mu_Y, cost h (Q* + mu_Y).

    ValueError: holding cost not above zero, negative cost, demand or spread, or an item of which nothing has to be
    ordered because more than the best lot comes by itself.

    >>> lot = solve_eoq_additive_yield(  # Snyder and Shen, example 9.4
    ...     fixed_cost=18500, holding_cost=0.06, demand_rate=75000, yield_mean=-15000, yield_sd=9000)
    >>> lot.order_quantity.round(), lot.cost.round(1)
    (array([230246.]), array([12914.8]))
    """
    holding, fixed, demand, sd, mean = _take_additive(fixed_cost, holding_cost, demand_rate, yield_mean, yield_sd)
    received = np.sqrt(2.0 * fixed * demand / holding + sd**2)
    none = np.flatnonzero(received < mean)
    if none.size:
        item = none[0]
        raise ValueError(
            f"yield_mean of item {item}: {mean[item]:g} units come beyond any order, more than the best lot of "
            f"{received[item]:g} ({none.size} such items); give what comes beyond the quantity ordered"
        )
    return YieldLot(received - mean, holding * received)


def additive_yield_cost(
    order_quantity: Numbers,
    *,
    fixed_cost: Numbers,
    holding_cost: Numbers,
    demand_rate: Numbers,
    yield_mean: Numbers,
    yield_sd: Numbers,
) -> Floats:
    """(2 K lambda + h sigma_Y^2) / (2 (Q + mu_Y)) + h (Q + mu_Y) / 2 [N]; ValueError where nothing comes on average."""
    holding, fixed, demand, sd, mean = _take_additive(fixed_cost, holding_cost, demand_rate, yield_mean, yield_sd)
    (quantity,) = take_items(finite={"order_quantity": order_quantity})
    (received, *_) = take_items(positive={"order_quantity + yield_mean": quantity + mean})
    cost: Floats = (2.0 * fixed * demand + holding * sd**2) / (2.0 * received) + holding * received / 2.0
    return cost


def solve_eoq_multiplicative_yield(
    *, fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, yield_mean: Numbers, yield_sd: Numbers
) -> YieldLot:
    """Q* = sqrt(2 K lambda / (h (mu_Z^2 + sigma_Z^2))); ValueError for a mean yield that is not above zero.

    >>> lot = solve_eoq_multiplicative_yield(  # Snyder and Shen, example 9.5
    ...     fixed_cost=18500, holding_cost=0.06, demand_rate=75000, yield_mean=5 / 6, yield_sd=0.14085904245475275)
    >>> lot.order_quantity.round(), lot.cost.round(1)
    (array([254460.]), array([13086.5]))
    """
    holding, mean, fixed, demand, sd = _take_share(fixed_cost, holding_cost, demand_rate, yield_mean, yield_sd)
    square = mean**2 + sd**2
    quantity = np.sqrt(2.0 * fixed * demand / (holding * square))
    return YieldLot(quantity, holding * quantity * square / mean)


def multiplicative_yield_cost(
    order_quantity: Numbers,
    *,
    fixed_cost: Numbers,
    holding_cost: Numbers,
    demand_rate: Numbers,
    yield_mean: Numbers,
    yield_sd: Numbers,
) -> Floats:
    """K lambda / (Q mu_Z) + h Q (sigma_Z^2 + mu_Z^2) / (2 mu_Z) [N]."""
    holding, mean, fixed, demand, sd = _take_share(fixed_cost, holding_cost, demand_rate, yield_mean, yield_sd)
    (quantity,) = take_items(positive={"order_quantity": order_quantity})
    cost: Floats = fixed * demand / (quantity * mean) + holding * quantity * (sd**2 + mean**2) / (2.0 * mean)
    return cost


def solve_newsvendor_additive_yield(
    yield_: Demand, *, holding_cost: Numbers, stockout_cost: Numbers, demand: Numbers
) -> YieldLot:
    """Known demand d and an order S of which S + Y comes: S* = d - F_Y^-1(h / (h + p)).

    >>> from solvers.replenishment.classic.demand import NormalDemand
    >>> lot = solve_newsvendor_additive_yield(NormalDemand(0, 1), holding_cost=1, stockout_cost=1, demand=10)
    >>> lot.order_quantity, lot.cost.round(4)  # E|Y| of a standard normal yield
    (array([10.]), array([0.7979]))
    """
    holding, stockout, needed, _ = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost},
        finite={"demand": demand, "yield mean": yield_.mean},
    )
    missing = yield_.quantile(holding / (holding + stockout))
    over = yield_.short(missing)  # E[(S + Y - d)^+]: what comes beyond the demand
    return YieldLot(needed - missing, holding * over + stockout * (over + missing - yield_.mean))


def _take_additive(
    fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, yield_mean: Numbers, yield_sd: Numbers
) -> list[Floats]:
    return take_items(
        positive={"holding_cost": holding_cost},
        nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate, "yield_sd": yield_sd},
        finite={"yield_mean": yield_mean},
    )


def _take_share(
    fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, yield_mean: Numbers, yield_sd: Numbers
) -> list[Floats]:
    return take_items(
        positive={"holding_cost": holding_cost, "yield_mean": yield_mean},
        nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate, "yield_sd": yield_sd},
    )
