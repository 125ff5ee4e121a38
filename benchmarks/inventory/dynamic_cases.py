"""Cases of Wagner-Whitin lots and exact (s,S) levels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from benchmarks.inventory.case import Answer, Given
from solvers.replenishment.classic.count_demand import PoissonDemand
from solvers.replenishment.classic.s_s import solve_s_s_poisson
from solvers.replenishment.classic.wagner_whitin import solve_wagner_whitin

__all__ = ["DYNAMIC_KINDS", "poisson_s_s_cost"]


def wagner_whitin(
    *,
    num_periods: int,
    holding_cost: float | Sequence[float],
    fixed_cost: float | Sequence[float],
    demand: float | Sequence[float],
    purchase_cost: float | Sequence[float] = 0.0,
) -> Answer:
    """Costs and demand are figures or lists of one a period, the first period first."""
    needed, setup, holding, price = (
        _by_period(name, value, num_periods)
        for name, value in (
            ("demand", demand),
            ("fixed_cost", fixed_cost),
            ("holding_cost", holding_cost),
            ("purchase_cost", purchase_cost),
        )
    )
    plan = solve_wagner_whitin(needed, setup, holding_cost=holding, unit_cost=price)

    def cost_of(quantity: npt.ArrayLike) -> float:
        ordered = np.asarray(quantity, float)
        stock = np.cumsum(ordered - needed)
        if ordered.shape != needed.shape or stock.min() < -1e-9 * max(float(needed.sum()), 1.0):
            return float("nan")
        return float(setup @ (ordered > 0.0) + price @ ordered + holding @ np.maximum(stock, 0.0))

    figures = {"order_quantities": plan.order_quantity, "cost": float(plan.cost)}
    # Several plans may cost the same: ours is judged here, and must cost no more than the expected one.
    ours = cost_of(plan.order_quantity)
    if not abs(ours - float(plan.cost)) <= 1e-9 * max(ours, 1.0):
        raise ValueError(f"the plan costs {ours:.10g} when judged, not {float(plan.cost):.10g}")
    return Answer(figures, ("order_quantities",), lambda e: cost_of(e["order_quantities"]), cost=ours)


def s_s_poisson_exact(*, holding_cost: float, stockout_cost: float, fixed_cost: float, demand_mean: float) -> Answer:
    policy = solve_s_s_poisson(
        demand_mean, holding_cost=holding_cost, backorder_cost=stockout_cost, fixed_cost=fixed_cost
    )
    prices = {"holding_cost": holding_cost, "stockout_cost": stockout_cost, "fixed_cost": fixed_cost}

    def cost_of(expected: Given) -> float:
        return poisson_s_s_cost(int(expected["s"]), int(expected["S"]), demand_mean=demand_mean, **prices)

    ours = {"s": int(policy.reorder_point), "S": int(policy.order_up_to)}
    judged = cost_of(ours)
    if not abs(judged - float(policy.cost)) <= 1e-7 * judged:
        raise ValueError(f"s = {ours['s']}, S = {ours['S']} cost {judged:.10g}, not {float(policy.cost):.10g}")
    return Answer(ours | {"cost": judged}, ("s", "S"), cost_of, cost=judged)


def poisson_s_s_cost(
    reorder_point: int,
    order_up_to: int,
    *,
    demand_mean: float,
    holding_cost: float,
    stockout_cost: float,
    fixed_cost: float,
) -> float:
    """Cost a period of any (s,S) under Poisson demand, apart from the solver.

    c(s,S) = (K + sum_{j < S-s} m_j G(S - j)) / sum m_j, m_j periods that a cycle spends j units below S:
    m_0 = 1 / (1 - f_0), m_j = sum_{l=1..j} f_l m_{j-l} / (1 - f_0) (Zheng and Federgruen 1991).
    """
    width = order_up_to - reorder_point
    if width < 1:
        return float("nan")
    level = order_up_to - np.arange(width)
    demand = PoissonDemand(np.full(width, demand_mean))
    short = demand.short(level.astype(float))
    stage = holding_cost * (level - demand_mean + short) + stockout_cost * short
    units = np.arange(width, dtype=float)
    tail = demand.tail(units - 1.0)
    chance = tail - demand.tail(units)
    periods = np.zeros(width)
    periods[0] = 1.0 / demand.tail(np.zeros(width))[0]
    for j in range(1, width):
        periods[j] = periods[0] * float(chance[1 : j + 1] @ periods[j - 1 :: -1][:j])
    return float((fixed_cost + periods @ stage) / periods.sum())


def _by_period(name: str, value: float | Sequence[float], periods: int) -> np.ndarray:
    each = np.asarray(value, float)
    if each.ndim and each.shape != (periods,):
        raise ValueError(f"{name}: {each.size} figures instead of one or {periods}")
    return np.array(np.broadcast_to(each, (periods,)))


DYNAMIC_KINDS: Mapping[str, Callable[..., Answer]] = {
    "wagner_whitin": wagner_whitin,
    "s_S_poisson_exact": s_s_poisson_exact,
}
