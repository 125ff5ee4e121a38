"""Exact (r,Q) policies for demand in whole units: Poisson demand, and any lead-time demand for orders of r + nQ.

Symbols: K, h, p, lambda, L as in ``r_q``; X lead-time demand, g(y) = h E[(y - X)^+] + p E[(X - y)^+].
The inventory position is uniform on r + 1 .. r + Q, so cost(r, Q) = (K lambda + sum of g over it) / Q.
Source: Federgruen and Zheng, Operations Research 40 (1992), 808-813; Zheng and Chen, Naval Research Logistics 39
(1992) for (r, nQ); Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (5.48).
"""

from __future__ import annotations

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, check_whole, take_items
from solvers.replenishment.classic.count_demand import PoissonDemand
from solvers.replenishment.classic.empirical_demand import EmpiricalDemand
from solvers.replenishment.classic.r_q import ReorderPolicy
from solvers.replenishment.classic.r_q_kernels import each_poisson_optimum

__all__ = ["poisson_r_q_cost", "solve_r_nq_discrete", "solve_r_q_poisson"]


def solve_r_q_poisson(
    *, holding_cost: Numbers, stockout_cost: Numbers, fixed_cost: Numbers, demand_mean: Numbers, lead_time: Numbers
) -> ReorderPolicy:
    """The optimum under Poisson demand and full backlog.

    ValueError for holding, stockout or fixed cost not above zero, negative demand or lead time.

    >>> policy = solve_r_q_poisson(holding_cost=20, stockout_cost=150, fixed_cost=100, demand_mean=1.5, lead_time=2)
    >>> policy.reorder_point, policy.order_quantity, policy.cost.round(1)  # Snyder and Shen, example 5.8
    (array([3.]), array([5.]), array([107.9]))
    """
    holding, stockout, fixed, rate, lead_time_ = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost, "fixed_cost": fixed_cost},
        nonnegative={"demand_mean": demand_mean, "lead_time": lead_time},
    )
    mean = rate * lead_time_
    demand = PoissonDemand(mean)
    stock = demand.quantile(stockout / (stockout + holding))
    tail = demand.tail(stock)
    start = np.column_stack((stock, tail, demand.tail(stock - 1.0) - tail, demand.short(stock)))
    items = np.column_stack((holding, stockout, fixed * rate, mean))
    found = each_poisson_optimum(np.ascontiguousarray(start), np.ascontiguousarray(items))
    return ReorderPolicy(found[:, 0].copy(), found[:, 1].copy(), found[:, 2].copy())


def poisson_r_q_cost(
    reorder_point: Numbers,
    order_quantity: Numbers,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    lead_time: Numbers,
) -> Floats:
    """Exact expected cost per unit of time [N] of whole r and Q under Poisson demand.

    >>> cost = poisson_r_q_cost(
    ...     3, 5, holding_cost=20, stockout_cost=150, fixed_cost=100, demand_mean=1.5, lead_time=2)
    >>> cost.round(1)
    array([107.9])
    """
    quantity, holding, stockout, fixed, rate, lead, reorder = take_items(
        positive={"order_quantity": order_quantity, "holding_cost": holding_cost, "stockout_cost": stockout_cost},
        nonnegative={"fixed_cost": fixed_cost, "demand_mean": demand_mean, "lead_time": lead_time},
        finite={"reorder_point": reorder_point},
    )
    check_whole(reorder_point=reorder, order_quantity=quantity)
    count = quantity.astype(np.int64)
    item = np.repeat(np.arange(quantity.size), count)
    stock = reorder[item] + 1.0 + np.arange(item.size) - np.repeat(np.cumsum(count) - count, count)
    mean = rate * lead
    short = PoissonDemand(mean[item]).short(stock)
    each = holding[item] * (stock - mean[item] + short) + stockout[item] * short
    cost: Floats = (fixed * rate + np.bincount(item, weights=each, minlength=quantity.size)) / quantity
    return cost


def solve_r_nq_discrete(
    lead_time_demand: EmpiricalDemand,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_rate: Numbers,
) -> ReorderPolicy:
    """The best (r, nQ) policy for any whole demand of the lead time, in batches too.

    Multiples of Q are ordered, as many as bring the position above r; each Q costs K. The search is that of
    ``solve_r_q_poisson``. ValueError as there, and for demand that is not in whole units.
    """
    holding, stockout, fixed, rate, mean = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost, "fixed_cost": fixed_cost},
        nonnegative={"demand_rate": demand_rate, "mean": lead_time_demand.mean},
    )
    if not lead_time_demand.whole:
        raise ValueError("lead_time_demand: values must be whole units; take solve_r_q_normal for other demand")
    stock = lead_time_demand.quantile(stockout / (stockout + holding))

    def cost_at(stock: Floats) -> Floats:
        short = lead_time_demand.short(stock)
        return holding * (stock - mean + short) + stockout * short

    left, right, quantity = stock - 1.0, stock + 1.0, np.ones(stock.size)
    total = fixed * rate + cost_at(stock)
    while True:
        below, above = cost_at(left), cost_at(right)
        nearer = np.minimum(below, above)
        joins = nearer * quantity < total
        if not joins.any():
            return ReorderPolicy(left, quantity, total / quantity)
        total = np.where(joins, total + nearer, total)
        quantity = quantity + joins
        left = left - (joins & (below < above))
        right = right + (joins & (below >= above))
