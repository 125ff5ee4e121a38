"""Cases of stock under random demand: newsvendor, (r,Q), approximate (s,S), finite horizon.

A function a kind of case; its arguments are the fields that such a case may give, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks.inventory.case import Answer, Given
from solvers.replenishment.classic.count_demand import PoissonDemand
from solvers.replenishment.classic.demand import NormalDemand
from solvers.replenishment.classic.empirical_demand import EmpiricalDemand
from solvers.replenishment.classic.finite_horizon import solve_finite_horizon_normal
from solvers.replenishment.classic.newsvendor import (
    newsvendor_cost,
    newsvendor_profit,
    solve_newsvendor,
    solve_newsvendor_price,
)
from solvers.replenishment.classic.power_approximation import solve_s_s_power
from solvers.replenishment.classic.r_q import (
    ReorderPolicy,
    normal_r_q_cost,
    solve_r_q_backorders,
    solve_r_q_inventory_level,
    solve_r_q_loss_function,
    solve_r_q_safety_stock,
)
from solvers.replenishment.classic.r_q_poisson import poisson_r_q_cost, solve_r_q_poisson

__all__ = ["STOCK_KINDS"]

Demands = NormalDemand | PoissonDemand | EmpiricalDemand


def newsvendor_normal(
    *,
    holding_cost: float,
    stockout_cost: float,
    demand_mean: float,
    demand_sd: float,
    lead_time: float = 0.0,
    base_stock_level: float | None = None,
) -> Answer:
    demand = _normal(demand_mean, demand_sd, lead_time)
    return _newsvendor(demand, holding_cost, stockout_cost, base_stock_level)


def newsvendor_normal_explicit(
    *,
    revenue: float,
    purchase_cost: float,
    salvage_value: float,
    demand_mean: float,
    demand_sd: float,
    holding_cost: float = 0.0,
    stockout_cost: float = 0.0,
    lead_time: float = 0.0,
    base_stock_level: float | None = None,
) -> Answer:
    demand = _normal(demand_mean, demand_sd, lead_time)
    prices = {
        "revenue": revenue,
        "purchase_cost": purchase_cost,
        "salvage_value": salvage_value,
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
    }
    if base_stock_level is not None:
        profit = newsvendor_profit(demand, base_stock_level, **prices)
        return Answer({"base_stock_level": base_stock_level, "profit": profit[0]})
    best = solve_newsvendor_price(demand, **prices)
    return Answer({"base_stock_level": best.base_stock[0], "profit": best.profit[0]})


def newsvendor_poisson(
    *,
    holding_cost: float,
    stockout_cost: float,
    demand_mean: float,
    lead_time: float = 0.0,
    fixed_cost: float = 0.0,
    base_stock_level: float | None = None,
) -> Answer:
    """The fixed cost is given with some cases and does not count: there is one order anyhow."""
    if not fixed_cost >= 0.0:
        raise ValueError(f"fixed_cost: {fixed_cost:g} must be zero or more")
    demand = PoissonDemand(demand_mean * (lead_time + 1.0))
    return _newsvendor(demand, holding_cost, stockout_cost, base_stock_level)


def newsvendor_discrete(
    *,
    holding_cost: float,
    stockout_cost: float,
    demand_pmf: Mapping[str, float],
    base_stock_level: float | None = None,
) -> Answer:
    demand = EmpiricalDemand([float(value) for value in demand_pmf], list(demand_pmf.values()))
    return _newsvendor(demand, holding_cost, stockout_cost, base_stock_level)


def s_s_power_approximation(
    *, holding_cost: float, stockout_cost: float, fixed_cost: float, demand_mean: float, demand_sd: float
) -> Answer:
    levels = solve_s_s_power(
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        fixed_cost=fixed_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
    )
    return Answer({"s": levels.reorder_point[0], "S": levels.order_up_to[0]})


def _r_q_kind(solve: Callable[..., ReorderPolicy]) -> Callable[..., Answer]:
    """One of the policies under normal demand, which all take the same fields."""

    def answer(
        *,
        holding_cost: float,
        stockout_cost: float,
        fixed_cost: float,
        demand_mean: float,
        demand_sd: float,
        lead_time: float,
    ) -> Answer:
        policy = solve(
            holding_cost=holding_cost,
            stockout_cost=stockout_cost,
            fixed_cost=fixed_cost,
            demand_mean=demand_mean,
            demand_sd=demand_sd,
            lead_time=lead_time,
        )
        figures = {"r": policy.reorder_point[0], "Q": policy.order_quantity[0], "cost": policy.cost[0]}
        return Answer(figures)

    return answer


def r_q_cost_at(
    *,
    r: float,
    Q: float,  # noqa: N803 - the field's name in a case
    holding_cost: float,
    stockout_cost: float,
    fixed_cost: float,
    demand_mean: float,
    demand_sd: float,
    lead_time: float,
) -> Answer:
    cost = normal_r_q_cost(
        r,
        Q,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        fixed_cost=fixed_cost,
        demand_mean=demand_mean,
        demand_sd=demand_sd,
        lead_time=lead_time,
    )
    return Answer({"r": r, "Q": Q, "cost": cost[0]})


def r_q_poisson_exact(
    *, holding_cost: float, stockout_cost: float, fixed_cost: float, demand_mean: float, lead_time: float
) -> Answer:
    given = {
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
        "fixed_cost": fixed_cost,
        "demand_mean": demand_mean,
        "lead_time": lead_time,
    }
    policy = solve_r_q_poisson(**given)

    def cost_of(expected: Given) -> float:
        return float(poisson_r_q_cost(expected["r"], expected["Q"], **given)[0])

    figures = {"r": policy.reorder_point[0], "Q": policy.order_quantity[0], "cost": policy.cost[0]}
    return Answer(figures, ("r", "Q"), cost_of, cost=float(policy.cost[0]))


def finite_horizon_dp(
    *,
    num_periods: int,
    holding_cost: float | Sequence[float],
    stockout_cost: float | Sequence[float],
    terminal_holding_cost: float,
    terminal_stockout_cost: float,
    purchase_cost: float | Sequence[float],
    fixed_cost: float | Sequence[float],
    demand_mean: float | Sequence[float],
    demand_sd: float | Sequence[float],
    discount_factor: float | Sequence[float] = 1.0,
    initial_inventory_level: float = 0.0,
) -> Answer:
    policy = solve_finite_horizon_normal(
        NormalDemand(demand_mean, demand_sd),
        periods=num_periods,
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        purchase_cost=purchase_cost,
        fixed_cost=fixed_cost,
        discount_factor=discount_factor,
        terminal_holding_cost=terminal_holding_cost,
        terminal_stockout_cost=terminal_stockout_cost,
        initial_level=initial_inventory_level,
    )
    # At S itself nothing is ordered; the cases call that level a reorder point where S - 1 is one.
    touches = policy.reorder_point == policy.order_up_to - 1.0
    reorder = np.where(touches, policy.order_up_to, policy.reorder_point)
    return Answer({"reorder_points": reorder, "order_up_to_levels": policy.order_up_to, "cost": policy.cost})


def _normal(mean: float, sd: float, lead_time: float) -> NormalDemand:
    """Demand of the lead time and one review period."""
    if not lead_time >= 0.0:
        raise ValueError(f"lead_time: {lead_time:g} must be zero or more")
    return NormalDemand(mean * (lead_time + 1.0), sd * np.sqrt(lead_time + 1.0))


def _newsvendor(demand: Demands, holding: float, stockout: float, level: float | None) -> Answer:
    def cost_at(stock: float) -> float:
        return float(newsvendor_cost(demand, stock, holding_cost=holding, stockout_cost=stockout)[0])

    if level is not None:
        return Answer({"base_stock_level": level, "cost": cost_at(level)})
    best = solve_newsvendor(demand, holding_cost=holding, stockout_cost=stockout)
    figures = {"base_stock_level": best.base_stock[0], "cost": best.cost[0]}
    if isinstance(demand, NormalDemand):
        return Answer(figures)
    # Whole units: where F meets the critical ratio exactly, two stocks are best.
    return Answer(figures, ("base_stock_level",), lambda e: cost_at(e["base_stock_level"]), cost=float(best.cost[0]))


STOCK_KINDS: Mapping[str, Callable[..., Answer]] = {
    "newsvendor_normal": newsvendor_normal,
    "newsvendor_normal_explicit": newsvendor_normal_explicit,
    "newsvendor_poisson": newsvendor_poisson,
    "newsvendor_discrete": newsvendor_discrete,
    "s_S_power_approximation": s_s_power_approximation,
    "r_Q_EIL_approximation": _r_q_kind(solve_r_q_inventory_level),
    "r_Q_EOQB_approximation": _r_q_kind(solve_r_q_backorders),
    "r_Q_EOQ_plus_SS_approximation": _r_q_kind(solve_r_q_safety_stock),
    "r_Q_loss_function_optimum": _r_q_kind(solve_r_q_loss_function),
    "r_Q_cost_at": r_q_cost_at,
    "r_Q_poisson_exact": r_q_poisson_exact,
    "finite_horizon_dp": finite_horizon_dp,
}
