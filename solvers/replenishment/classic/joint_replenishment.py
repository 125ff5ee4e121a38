"""Joint replenishment: items that share the fixed cost of an order; the best cyclic plan, proven.

Every T units of time an order is placed at a shared cost K0; item i takes part in each m_i-th of them.
Symbols: K0 shared and k_i individual fixed cost, h_i holding cost, d_i demand rate, T base cycle, m_i whole multiples,
C(T, m) = K0 / T + sum_i (k_i / (m_i T) + h_i d_i m_i T / 2), t_i = sqrt(2 k_i / (h_i d_i)) the cycle of i alone.
Source: Silver, Management Science 22 (1976) (heuristic); Wildeman, Frenk and Dekker, European Journal of Operational
Research 99 (1997), 433-444 (global search over T); Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed.

For given T the best m_i has m_i (m_i - 1) <= (t_i / T)^2 <= m_i (m_i + 1), so C(T) is a sum of known curves between the
finitely many T at which some m_i changes. Bounds on T from any plan at hand leave a finite interval; each piece of it
has its minimum in closed form. The result is the optimum, not the end of a local search.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.classic.arguments import Floats, Numbers, as_items, raise_faults, take_items

__all__ = ["JointPlan", "joint_cost", "solve_joint_replenishment", "solve_joint_replenishment_silver"]

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JointPlan:
    """``base_cycle`` T, ``multiple`` [N], ``order_quantity`` [N] units when the item takes part, ``cost`` per time."""

    base_cycle: float
    multiple: Ints
    order_quantity: Floats
    cost: float


def solve_joint_replenishment(
    *,
    shared_fixed_cost: float,
    individual_fixed_costs: Numbers,
    holding_costs: Numbers,
    demand_rates: Numbers,
    empty_orders: bool = False,
) -> JointPlan:
    """The plan of least cost in which every order holds at least one item (some m_i = 1).

    With ``empty_orders`` the shared cost is paid every T even where no item takes part (no m_i = 1 asked for), which
    is the problem P of Wildeman, Frenk and Dekker; it needs a shared cost above zero.
    ValueError for holding costs or demand rates that are not above zero, or negative fixed costs.

    >>> plan = solve_joint_replenishment(shared_fixed_cost=600, individual_fixed_costs=[120, 840, 300],
    ...     holding_costs=[160, 20, 50], demand_rates=[1, 1, 1])
    >>> plan.multiple, round(plan.base_cycle, 3), round(plan.cost, 2)
    (array([1, 3, 1]), 3.103, 837.85)
    """
    shared, fixed, rate, demand = _take(shared_fixed_cost, individual_fixed_costs, holding_costs, demand_rates)
    if empty_orders and shared <= 0.0:
        raise ValueError("shared_fixed_cost must be above zero with empty_orders: else orders without end cost nothing")
    found = _plan(shared, fixed, rate, demand, _silver_multiples(shared, fixed, rate))
    if shared > 0.0:  # without asking for some m_i = 1: a bound for the plans with it, and most often one of them
        cycle, _ = _best_cycle(shared, fixed, rate, np.array([-1]), (found.base_cycle, found.cost))
        free = _plan(shared, fixed, rate, demand, _multiples_at(cycle, fixed, rate))
        if free.cost < found.cost and (empty_orders or free.multiple.min() == 1):
            return free
        if empty_orders or found.cost <= free.cost:
            return found
        near = _plan(shared, fixed, rate, demand, _with_a_one(cycle, fixed, rate))
        found = near if near.cost < found.cost else found
    cycle, cost = _best_cycle(shared, fixed, rate, np.arange(fixed.size), (found.base_cycle, found.cost))
    best = _plan(shared, fixed, rate, demand, _with_a_one(cycle, fixed, rate))
    return best if cost < found.cost and best.cost < found.cost else found


def solve_joint_replenishment_silver(
    *, shared_fixed_cost: float, individual_fixed_costs: Numbers, holding_costs: Numbers, demand_rates: Numbers
) -> JointPlan:
    """Silver's heuristic: the item of least k / (h d) in every order, the multiples of the others by square roots."""
    shared, fixed, rate, demand = _take(shared_fixed_cost, individual_fixed_costs, holding_costs, demand_rates)
    return _plan(shared, fixed, rate, demand, _silver_multiples(shared, fixed, rate))


def joint_cost(
    base_cycle: float,
    multiple: Numbers,
    *,
    shared_fixed_cost: float,
    individual_fixed_costs: Numbers,
    holding_costs: Numbers,
    demand_rates: Numbers,
) -> float:
    """C(T, m) of any plan."""
    shared, fixed, rate, _ = _take(shared_fixed_cost, individual_fixed_costs, holding_costs, demand_rates)
    cycle = as_items("multiple", multiple) * base_cycle
    return float(shared / base_cycle + np.sum(fixed / cycle + rate * cycle / 2.0))


def _take(
    shared_fixed_cost: float, individual_fixed_costs: Numbers, holding_costs: Numbers, demand_rates: Numbers
) -> tuple[float, Floats, Floats, Floats]:
    """K0, k [N], h d [N], d [N]."""
    holding, demand, fixed = take_items(
        positive={"holding_costs": holding_costs, "demand_rates": demand_rates},
        nonnegative={"individual_fixed_costs": individual_fixed_costs},
    )
    shared = float(shared_fixed_cost)
    raise_faults([] if math.isfinite(shared) and shared >= 0.0 else [f"shared_fixed_cost: {shared:g} is below zero"])
    if shared <= 0.0 and not (fixed > 0.0).all():
        item = int(np.argmin(fixed))
        raise ValueError(
            f"individual_fixed_costs of item {item}: zero, as is shared_fixed_cost, so it is ordered without any cycle;"
            " leave it out of the plan"
        )
    return shared, fixed, holding * demand, demand


def _plan(shared: float, fixed: Floats, rate: Floats, demand: Floats, multiple: Ints) -> JointPlan:
    """The best T for the multiples: T^2 = 2 (K0 + sum k / m) / sum (h d m)."""
    orders, stock = shared + float(np.sum(fixed / multiple)), float(np.sum(rate * multiple))
    cycle = math.sqrt(2.0 * orders / stock)
    return JointPlan(cycle, multiple, demand * multiple * cycle, math.sqrt(2.0 * orders * stock))


def _silver_multiples(shared: float, fixed: Floats, rate: Floats) -> Ints:
    ratio = fixed / rate
    first = int(np.argmin(ratio))
    multiple: Ints = np.maximum(np.rint(np.sqrt(ratio * rate[first] / (shared + fixed[first]))), 1.0).astype(np.int64)
    multiple[first] = 1
    return multiple


def _multiples_at(cycle: float, fixed: Floats, rate: Floats) -> Ints:
    """Best multiple of each item for T."""
    square = 2.0 * fixed / rate / cycle**2
    multiple: Ints = np.maximum(np.ceil(np.sqrt(square + 0.25) - 0.5), 1.0).astype(np.int64)
    return multiple


def _with_a_one(cycle: float, fixed: Floats, rate: Floats) -> Ints:
    """The same, with the item in every order for which that costs least more."""
    multiple = _multiples_at(cycle, fixed, rate)
    if multiple.min() > 1:
        each = multiple * cycle
        penalty = fixed / cycle + rate * cycle / 2.0 - (fixed / each + rate * each / 2.0)
        multiple[np.argmin(penalty)] = 1
    return multiple


@compiled
def _best_cycle(
    shared: float, fixed: Floats, rate: Floats, forced: Ints, known: tuple[float, float]
) -> tuple[float, float]:
    """T and cost of the best plan, or the ``known`` ones of a plan where nothing is better.

    ``forced`` items take turns at being in every order (-1: none is made to).
    For the forced item f, C(T) >= a / T + b T + rest with a = K0 + k_f, b = h_f d_f / 2 and rest the cost of the other
    items alone, so only T with that below ``cost`` can be better. Within, T goes from one change of a multiple to
    the next, downwards.
    """
    cycle, cost = known
    count = fixed.shape[0]
    alone = np.sqrt(2.0 * fixed * rate)
    multiple, change = np.ones(count), np.empty(count)
    for f in forced:
        order = shared + (fixed[f] if f >= 0 else 0.0)
        stock = 0.5 * rate[f] if f >= 0 else 0.0
        left = cost - (alone.sum() - (alone[f] if f >= 0 else 0.0))
        root = left * left - 4.0 * order * stock
        if left <= 0.0 or root < 0.0:
            continue
        low = 2.0 * order / (left + math.sqrt(root))
        high = (left + math.sqrt(root)) / (2.0 * stock) if stock > 0.0 else np.inf
        top = 0.0
        for i in range(count):
            top = max(top, math.sqrt(2.0 * fixed[i] / rate[i]))
        # Above every t_i all multiples are one, so that piece holds the minimum of whatever lies above.
        at = min(high, max(top, low))
        whole_order, whole_stock = order, stock
        for i in range(count):
            if i == f:
                change[i] = 0.0
                continue
            square = 2.0 * fixed[i] / rate[i]
            multiple[i] = max(math.ceil(math.sqrt(square / (at * at) + 0.25) - 0.5), 1.0)
            whole_order += fixed[i] / multiple[i]
            whole_stock += 0.5 * rate[i] * multiple[i]
            change[i] = math.sqrt(square / (multiple[i] * (multiple[i] + 1.0)))
        above = high
        while True:
            i = int(np.argmax(change))
            below = max(change[i], low)
            best = min(max(math.sqrt(whole_order / whole_stock), below), above)
            if best > 0.0 and whole_order / best + whole_stock * best < cost:
                cycle, cost = best, whole_order / best + whole_stock * best
            if change[i] <= low:
                break
            above = change[i]
            whole_order += fixed[i] / (multiple[i] + 1.0) - fixed[i] / multiple[i]
            whole_stock += 0.5 * rate[i]
            multiple[i] += 1.0
            change[i] = math.sqrt(2.0 * fixed[i] / rate[i] / (multiple[i] * (multiple[i] + 1.0)))
    return cycle, cost
