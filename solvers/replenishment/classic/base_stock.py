"""Periodic review, order up to S (the (R,S) policy): exact cost over the review cycle, random lead times.

Every R periods the inventory position is raised to S; full backlog; cost is charged on net stock at the end of each
period. Net stock at the end of the j-th period after an order could arrive is S less the demand of L + j periods.
Symbols: h holding and p backorder cost of a unit and period, K fixed cost of a review with its order, F_j and n_j
distribution and loss function of the demand of L + j periods, j = 1 .. R.
cost(S) = K / R + 1 / R sum_j (h (S - mu_j) + (h + p) n_j(S)); optimal: 1 / R sum_j F_j(S) = p / (h + p).
Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapter 5; Snyder and Shen, Fundamentals of Supply
Chain Theory, 2nd ed. (2019), section 4.3 (R = 1). Demand of random lead times: ``protection_interval``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, check_whole, take_items
from solvers.replenishment.classic.demand import Demand
from solvers.replenishment.classic.least_stock import least_stock
from solvers.replenishment.classic.protection_interval import demand_of_family, protection_demand

__all__ = ["BaseStock", "base_stock_cost", "solve_base_stock"]


@dataclass(frozen=True, slots=True)
class BaseStock:
    """Order up to ``base_stock`` [N] units; expected ``cost`` [N] per period, ``on_hand`` [N] at the end of one."""

    base_stock: Floats
    cost: Floats
    on_hand: Floats


@dataclass(frozen=True, slots=True)
class _Cycle:
    """Demand of L + j periods for j = 1 .. R, with the weight [N] of each: 1 / R, or 0 beyond an item's own R."""

    demands: tuple[Demand, ...]
    weights: tuple[Floats, ...]

    def tail(self, stock: Floats) -> Floats:
        """Average chance of a stockout at the end of a period [N]."""
        total: Floats = sum(
            (w * d.tail(stock) for d, w in zip(self.demands, self.weights, strict=True)), np.zeros(stock.size)
        )
        return total

    def levels(self, stock: Floats) -> tuple[Floats, Floats]:
        """Average units on hand and short at the end of a period [N]."""
        short, mean = np.zeros(stock.size), np.zeros(stock.size)
        for demand, weight in zip(self.demands, self.weights, strict=True):
            short += weight * demand.short(stock)
            mean += weight * demand.mean
        return stock - mean + short, short


def solve_base_stock(
    *,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time_mean: Numbers,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    lead_time_sd: Numbers = 0.0,
    review_periods: Numbers = 1,
    fixed_cost: Numbers = 0.0,
    family: str = "normal",
) -> BaseStock:
    """The S of least cost per period. ValueError: costs not above zero, negative figures, R not a whole number >= 1.

    >>> stock = solve_base_stock(demand_mean=50, demand_sd=8, lead_time_mean=4, holding_cost=0.18, stockout_cost=0.7)
    >>> stock.base_stock.round(1), stock.cost.round(2)  # Snyder and Shen, example 4.4
    (array([264.8]), array([4.47]))
    """
    cycle = _cycle((demand_mean, demand_sd, lead_time_mean, lead_time_sd), review_periods, family)
    holding, stockout, fixed, _ = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost},
        nonnegative={"fixed_cost": fixed_cost, "demand": cycle.demands[0].mean},
    )
    limit = holding / (holding + stockout)
    if len(cycle.demands) == 1:
        return _judged(cycle, cycle.demands[0].quantile(1.0 - limit), (holding, stockout, fixed), review_periods)
    stock = least_stock(lambda x: cycle.tail(x) - limit, cycle.demands[0].mean, whole=cycle.demands[0].whole)
    return _judged(cycle, stock, (holding, stockout, fixed), review_periods)


def base_stock_cost(
    base_stock: Numbers,
    *,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time_mean: Numbers,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    lead_time_sd: Numbers = 0.0,
    review_periods: Numbers = 1,
    fixed_cost: Numbers = 0.0,
    family: str = "normal",
) -> BaseStock:
    """The cost of any S, as ``solve_base_stock`` judges it."""
    cycle = _cycle((demand_mean, demand_sd, lead_time_mean, lead_time_sd), review_periods, family)
    holding, stockout, fixed, stock, _ = take_items(
        nonnegative={"holding_cost": holding_cost, "stockout_cost": stockout_cost, "fixed_cost": fixed_cost},
        finite={"base_stock": base_stock, "demand": cycle.demands[0].mean},
    )
    return _judged(cycle, stock, (holding, stockout, fixed), review_periods)


def _judged(cycle: _Cycle, stock: Floats, costs: tuple[Floats, Floats, Floats], review: Numbers) -> BaseStock:
    holding, stockout, fixed = costs
    on_hand, short = cycle.levels(stock)
    cost = fixed / np.asarray(review, float) + holding * on_hand + stockout * short
    return BaseStock(stock, cost, on_hand)


def _cycle(flow: tuple[Numbers, Numbers, Numbers, Numbers], review_periods: Numbers, family: str) -> _Cycle:
    names = ("demand_mean", "demand_sd", "lead_time_mean", "lead_time_sd")
    review, mean, sd, lead, lead_sd = take_items(
        positive={"review_periods": review_periods}, nonnegative=dict(zip(names, flow, strict=True))
    )
    check_whole(review_periods=review)
    demands, weights = [], []
    for j in range(1, int(review.max()) + 1):
        total, spread = protection_demand(
            demand_mean=mean,
            demand_sd=sd,
            lead_time_mean=lead,
            lead_time_sd=lead_sd,
            review_periods=np.minimum(float(j), review),
        )
        demands.append(demand_of_family(family, total, spread))
        weights.append(np.where(j <= review, 1.0 / review, 0.0))
    return _Cycle(tuple(demands), tuple(weights))
