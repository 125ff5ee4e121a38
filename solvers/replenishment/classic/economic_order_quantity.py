"""Economic order quantity: constant demand, fixed cost of an order, with backorders or finite production rate.

Symbols: K fixed cost of an order, h holding cost of a unit and unit of time, p backorder cost of a unit and unit of
time, lambda demand rate, mu production rate, rho = lambda / mu, Q order quantity, x share of demand backordered.
Source: Harris (1913); Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (3.4) and (3.5) (EOQ),
(3.27) to (3.29) (backorders), (3.31) and (3.32) (EPQ); Zipkin, Foundations of Inventory Management (2000), chapter 3.

Costs are per unit of time, without the purchase cost. All functions take numbers or arrays [N] and give arrays [N].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items

__all__ = ["OrderQuantity", "lot_cost", "solve_eoq", "solve_eoq_backorders", "solve_epq"]


@dataclass(frozen=True, slots=True)
class OrderQuantity:
    """``order_quantity`` [N] units, ``cost`` [N] per unit of time, ``backordered_share`` [N] of demand that waits."""

    order_quantity: Floats
    cost: Floats
    backordered_share: Floats


def solve_eoq(*, fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers) -> OrderQuantity:
    """Q* = sqrt(2 K lambda / h), cost sqrt(2 K lambda h). ValueError: ``holding_cost`` not above zero, others negative.

    >>> solution = solve_eoq(fixed_cost=8, holding_cost=0.225, demand_rate=1300)  # Snyder and Shen, example 3.1
    >>> solution.order_quantity.round(1), solution.cost.round(2)
    (array([304.]), array([68.41]))
    """
    holding, fixed, demand = take_items(
        positive={"holding_cost": holding_cost}, nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate}
    )
    return _square_root(fixed, demand, holding)


def solve_eoq_backorders(
    *, fixed_cost: Numbers, holding_cost: Numbers, backorder_cost: Numbers, demand_rate: Numbers
) -> OrderQuantity:
    """Q* = sqrt(2 K lambda (h + p) / (h p)), x* = h / (h + p); ValueError when h or p is not above zero.

    >>> solution = solve_eoq_backorders(fixed_cost=8, holding_cost=0.225, backorder_cost=5, demand_rate=1300)
    >>> solution.order_quantity.round(1), solution.backordered_share.round(3), solution.cost.round(2)  # example 3.8
    (array([310.8]), array([0.043]), array([66.92]))
    """
    holding, backorder, fixed, demand = take_items(
        positive={"holding_cost": holding_cost, "backorder_cost": backorder_cost},
        nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate},
    )
    share = holding / (holding + backorder)
    return _square_root(fixed, demand, holding * (1.0 - share), share)


def solve_epq(
    *, fixed_cost: Numbers, holding_cost: Numbers, demand_rate: Numbers, production_rate: Numbers
) -> OrderQuantity:
    """Q* = sqrt(2 K lambda / (h (1 - rho))): the lot comes in at ``production_rate``, not at once.

    ValueError when the production rate is not above the demand rate.

    >>> solution = solve_epq(fixed_cost=8, holding_cost=0.225, demand_rate=1300, production_rate=2000)
    >>> solution.order_quantity.round(1), solution.cost.round(2)
    (array([513.9]), array([40.47]))
    """
    holding, production, fixed, demand = take_items(
        positive={"holding_cost": holding_cost, "production_rate": production_rate},
        nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate},
    )
    slow = np.flatnonzero(production <= demand)
    if slow.size:
        item = slow[0]
        raise ValueError(
            f"production_rate of item {item}: {production[item]:g} must be above its demand_rate {demand[item]:g}"
            f" ({slow.size} such items)"
        )
    return _square_root(fixed, demand, holding * (1.0 - demand / production))


def lot_cost(
    order_quantity: Numbers,
    *,
    fixed_cost: Numbers,
    holding_cost: Numbers,
    demand_rate: Numbers,
    backorder_cost: Numbers = 0.0,
    backordered_share: Numbers = 0.0,
    demand_per_production: Numbers = 0.0,
) -> Floats:
    """Cost per unit of time [N] of any lot: K lambda / Q + (h (1 - x)^2 + p x^2) (1 - rho) Q / 2.

    ``demand_per_production`` is rho, zero when the lot comes at once. ValueError for a lot or holding cost that is not
    above zero, anything negative, or shares above one.

    >>> lot_cost(250, fixed_cost=8, holding_cost=0.225, demand_rate=1300).round(3)
    array([69.725])
    """
    quantity, holding, fixed, demand, backorder, share, rho = take_items(
        positive={"order_quantity": order_quantity, "holding_cost": holding_cost},
        nonnegative={
            "fixed_cost": fixed_cost,
            "demand_rate": demand_rate,
            "backorder_cost": backorder_cost,
            "backordered_share": backordered_share,
            "demand_per_production": demand_per_production,
        },
    )
    if np.any(share > 1.0) or np.any(rho > 1.0):
        raise ValueError("backordered_share and demand_per_production must not be above 1")
    stock = holding * (1.0 - share) ** 2 + backorder * share**2
    cost: Floats = fixed * demand / quantity + stock * (1.0 - rho) * quantity / 2.0
    return cost


def _square_root(fixed: Floats, demand: Floats, rate: Floats, share: Floats | None = None) -> OrderQuantity:
    """The lot that balances K lambda / Q with ``rate`` Q / 2."""
    quantity = np.sqrt(2.0 * fixed * demand / rate)
    return OrderQuantity(quantity, quantity * rate, np.zeros(quantity.size) if share is None else share)
