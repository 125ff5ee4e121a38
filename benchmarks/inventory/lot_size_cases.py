"""Cases of lot sizes under known demand: EOQ and its relatives, joint replenishment, disruptions, random yield.

A function a kind of case; its arguments are the fields that such a case may give, and no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.inventory.case import Answer, Given
from solvers.replenishment.classic.disruption import (
    eoq_disruption_cost,
    solve_eoq_disruptions,
    solve_newsvendor_disruptions,
)
from solvers.replenishment.classic.economic_order_quantity import (
    OrderQuantity,
    lot_cost,
    solve_eoq,
    solve_eoq_backorders,
    solve_epq,
)
from solvers.replenishment.classic.joint_replenishment import (
    joint_cost,
    solve_joint_replenishment,
    solve_joint_replenishment_silver,
)
from solvers.replenishment.classic.quantity_discount import (
    DiscountedLot,
    solve_all_units_discount,
    solve_incremental_discount,
)
from solvers.replenishment.classic.random_yield import (
    additive_yield_cost,
    multiplicative_yield_cost,
    solve_eoq_additive_yield,
    solve_eoq_multiplicative_yield,
)

__all__ = ["LOT_SIZE_KINDS"]


def eoq(*, fixed_cost: float, holding_cost: float, demand_rate: float, order_quantity: float | None = None) -> Answer:
    if order_quantity is not None:
        return eoq_cost_at_q(
            fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate, order_quantity=order_quantity
        )
    return _lot(solve_eoq(fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate))


def eoq_cost_at_q(*, fixed_cost: float, holding_cost: float, demand_rate: float, order_quantity: float) -> Answer:
    cost = lot_cost(order_quantity, fixed_cost=fixed_cost, holding_cost=holding_cost, demand_rate=demand_rate)
    return Answer({"order_quantity": order_quantity, "cost": cost[0]})


def eoq_backorders(
    *,
    fixed_cost: float,
    holding_cost: float,
    stockout_cost: float,
    demand_rate: float,
    order_quantity: float | None = None,
    stockout_fraction: float | None = None,
) -> Answer:
    if (order_quantity is None) != (stockout_fraction is None):
        raise ValueError("order_quantity and stockout_fraction: give both, or neither for the best ones")
    if order_quantity is not None and stockout_fraction is not None:
        cost = lot_cost(
            order_quantity,
            fixed_cost=fixed_cost,
            holding_cost=holding_cost,
            demand_rate=demand_rate,
            backorder_cost=stockout_cost,
            backordered_share=stockout_fraction,
        )
        return Answer({"order_quantity": order_quantity, "stockout_fraction": stockout_fraction, "cost": cost[0]})
    return _lot(
        solve_eoq_backorders(
            fixed_cost=fixed_cost, holding_cost=holding_cost, backorder_cost=stockout_cost, demand_rate=demand_rate
        )
    )


def epq(
    *,
    fixed_cost: float,
    holding_cost: float,
    demand_rate: float,
    production_rate: float,
    order_quantity: float | None = None,
) -> Answer:
    given = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "demand_rate": demand_rate}
    best = solve_epq(**given, production_rate=production_rate)
    if order_quantity is None:
        return _lot(best)
    cost = lot_cost(order_quantity, **given, demand_per_production=demand_rate / production_rate)
    return Answer({"order_quantity": order_quantity, "cost": cost[0]})


def eoq_all_units_discount(
    *,
    fixed_cost: float,
    holding_cost_rate: float,
    demand_rate: float,
    breakpoints: Sequence[float],
    unit_costs: Sequence[float],
) -> Answer:
    return _discounted(
        solve_all_units_discount(
            fixed_cost=fixed_cost,
            holding_cost_rate=holding_cost_rate,
            demand_rate=demand_rate,
            breakpoints=breakpoints,
            unit_costs=unit_costs,
        )
    )


def eoq_incremental_discount(
    *,
    fixed_cost: float,
    holding_cost_rate: float,
    demand_rate: float,
    breakpoints: Sequence[float],
    unit_costs: Sequence[float],
) -> Answer:
    return _discounted(
        solve_incremental_discount(
            fixed_cost=fixed_cost,
            holding_cost_rate=holding_cost_rate,
            demand_rate=demand_rate,
            breakpoints=breakpoints,
            unit_costs=unit_costs,
        )
    )


def joint_replenishment_cyclic(
    *,
    shared_fixed_cost: float,
    individual_fixed_costs: Sequence[float],
    holding_costs: Sequence[float],
    demand_rates: Sequence[float],
) -> Answer:
    """The heuristic's figures are those of Silver's heuristic; the optimum may be below what a bounded search found."""
    items: dict[str, Any] = {
        "individual_fixed_costs": individual_fixed_costs,
        "holding_costs": holding_costs,
        "demand_rates": demand_rates,
    }
    best = solve_joint_replenishment(shared_fixed_cost=shared_fixed_cost, **items)
    silver = solve_joint_replenishment_silver(shared_fixed_cost=shared_fixed_cost, **items)
    judged = joint_cost(best.base_cycle, best.multiple, shared_fixed_cost=shared_fixed_cost, **items)

    def cost_of(expected: Given) -> float:
        """Of the expected multiples at their own best base cycle."""
        multiple = np.asarray(expected["enumerated_multiples"], float)
        orders = shared_fixed_cost + float(np.sum(np.asarray(individual_fixed_costs) / multiple))
        stock = float(np.sum(np.asarray(holding_costs) * np.asarray(demand_rates) * multiple))
        return float(np.sqrt(2.0 * orders * stock))

    figures = {
        "cost_at_most": judged,
        "enumerated_optimum": judged,
        "enumerated_multiples": best.multiple,
        "cost": judged,
        "base_cycle": best.base_cycle,
        "multiples": best.multiple,
        "order_quantities": best.order_quantity,
        "heuristic_cost": silver.cost,
        "heuristic_base_cycle": silver.base_cycle,
        "heuristic_multiples": silver.multiple,
        "heuristic_order_quantities": silver.order_quantity,
    }
    at_most = ("cost_at_most", "enumerated_optimum")
    return Answer(figures, ("enumerated_multiples",), cost_of, at_most, judged)


def eoq_disruptions_exact(
    *,
    fixed_cost: float,
    holding_cost: float,
    stockout_cost: float,
    demand_rate: float,
    disruption_rate: float,
    recovery_rate: float,
    order_quantity: float | None = None,
) -> Answer:
    given = {
        "fixed_cost": fixed_cost,
        "holding_cost": holding_cost,
        "stockout_cost": stockout_cost,
        "demand_rate": demand_rate,
        "disruption_rate": disruption_rate,
        "recovery_rate": recovery_rate,
    }
    if order_quantity is not None:
        cost = eoq_disruption_cost(order_quantity, **given)
        return Answer({"order_quantity": order_quantity, "cost": cost[0]})
    lot = solve_eoq_disruptions(**given)
    return Answer({"order_quantity": lot.order_quantity[0], "cost": lot.cost[0]})


def newsvendor_disruptions(
    *, holding_cost: float, stockout_cost: float, demand: float, disruption_prob: float, recovery_prob: float
) -> Answer:
    lot = solve_newsvendor_disruptions(
        holding_cost=holding_cost,
        stockout_cost=stockout_cost,
        demand=demand,
        disruption_probability=disruption_prob,
        recovery_probability=recovery_prob,
    )
    return Answer({"base_stock_level": lot.order_quantity[0], "cost": lot.cost[0]})


def eoq_additive_yield(
    *,
    fixed_cost: float,
    holding_cost: float,
    demand_rate: float,
    yield_mean: float,
    yield_sd: float,
    order_quantity: float | None = None,
) -> Answer:
    given = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "demand_rate": demand_rate}
    spread = {"yield_mean": yield_mean, "yield_sd": yield_sd}
    quantity = solve_eoq_additive_yield(**given, **spread).order_quantity if order_quantity is None else order_quantity
    cost = additive_yield_cost(quantity, **given, **spread)
    return Answer({"order_quantity": quantity, "cost": cost[0]})


def eoq_multiplicative_yield(
    *,
    fixed_cost: float,
    holding_cost: float,
    demand_rate: float,
    yield_mean: float,
    yield_sd: float,
    order_quantity: float | None = None,
) -> Answer:
    given = {"fixed_cost": fixed_cost, "holding_cost": holding_cost, "demand_rate": demand_rate}
    spread = {"yield_mean": yield_mean, "yield_sd": yield_sd}
    best = solve_eoq_multiplicative_yield(**given, **spread)
    quantity = best.order_quantity if order_quantity is None else order_quantity
    cost = multiplicative_yield_cost(quantity, **given, **spread)
    return Answer({"order_quantity": quantity, "cost": cost[0]})


def _lot(lot: OrderQuantity) -> Answer:
    figures = {"order_quantity": lot.order_quantity[0], "cost": lot.cost[0]}
    return Answer(figures | {"stockout_fraction": lot.backordered_share[0]})


def _discounted(lot: DiscountedLot) -> Answer:
    return Answer({"order_quantity": lot.order_quantity[0], "region": lot.region[0], "cost": lot.cost[0]})


LOT_SIZE_KINDS: Mapping[str, Callable[..., Answer]] = {
    function.__name__: function
    for function in (
        eoq,
        eoq_cost_at_q,
        eoq_backorders,
        epq,
        eoq_all_units_discount,
        eoq_incremental_discount,
        joint_replenishment_cyclic,
        eoq_disruptions_exact,
        newsvendor_disruptions,
        eoq_additive_yield,
        eoq_multiplicative_yield,
    )
}
