"""Economic order quantity when the unit price falls with the quantity ordered.

Symbols: K fixed cost of an order, i holding cost rate (share of the unit price and unit of time), lambda demand rate,
b_j breakpoint from which the price c_j holds (b_0 = 0), Q order quantity.
Source: Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (3.18) and (3.19) (all units), (3.20) to
(3.22) (incremental); Hax and Candea, Production and Inventory Management (1984), chapter 4.

Costs are per unit of time and hold the purchase cost. N items with B prices each: arrays [N,B], or [B] for all items;
an item with fewer prices is padded with breakpoints of inf.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.classic.arguments import Floats, Numbers, raise_faults, take_items

__all__ = ["DiscountedLot", "solve_all_units_discount", "solve_incremental_discount"]


@dataclass(frozen=True, slots=True)
class DiscountedLot:
    """``order_quantity`` [N], the ``region`` [N] of its price (from 0), ``cost`` [N] per unit of time."""

    order_quantity: Floats
    region: npt.NDArray[np.int64]
    cost: Floats


def solve_all_units_discount(
    *,
    fixed_cost: Numbers,
    holding_cost_rate: Numbers,
    demand_rate: Numbers,
    breakpoints: npt.ArrayLike,
    unit_costs: npt.ArrayLike,
) -> DiscountedLot:
    """The price of the quantity holds for all its units: the best of each region's lot, moved up to its breakpoint.

    ValueError: breakpoints that do not start at 0 and rise, prices that rise or are not above zero.

    >>> solution = solve_all_units_discount(  # Snyder and Shen, example 3.5
    ...     fixed_cost=8, holding_cost_rate=0.3, demand_rate=1300,
    ...     breakpoints=[0, 400, 800], unit_costs=[0.75, 0.72, 0.68],
    ... )
    >>> solution.order_quantity, solution.region, solution.cost.round(1)
    (array([800.]), array([2]), array([978.6]))
    """
    fixed, demand, rate, start, price = _take(fixed_cost, holding_cost_rate, demand_rate, breakpoints, unit_costs)
    holding = rate * price
    # A lot above its region would get a lower price in the next one, so only the lower end binds.
    quantity = np.maximum(np.sqrt(2.0 * fixed * demand / holding), start)
    end = np.column_stack((start[:, 1:], np.full(start.shape[0], np.inf)))
    return _best(quantity, _cost(quantity, price * demand, fixed * demand, holding), quantity < end)


def solve_incremental_discount(
    *,
    fixed_cost: Numbers,
    holding_cost_rate: Numbers,
    demand_rate: Numbers,
    breakpoints: npt.ArrayLike,
    unit_costs: npt.ArrayLike,
) -> DiscountedLot:
    """Each price holds for the units from its breakpoint on: the best realizable lot of the regions.

    A lot in region j costs as if the order cost K + c'_j with c'_j what the dearer units cost more,
    c'_j = sum_{i<j} c_i (b_{i+1} - b_i) - c_j b_j. ValueError as for ``solve_all_units_discount``.

    >>> solution = solve_incremental_discount(  # the same prices
    ...     fixed_cost=8, holding_cost_rate=0.3, demand_rate=1300,
    ...     breakpoints=[0, 400, 800], unit_costs=[0.75, 0.72, 0.68],
    ... )
    >>> solution.order_quantity.round(2), solution.region, solution.cost.round(2)
    (array([304.05]), array([0]), array([1043.41]))
    """
    fixed, demand, rate, start, price = _take(fixed_cost, holding_cost_rate, demand_rate, breakpoints, unit_costs)
    used = np.isfinite(start)
    at = np.where(used, start, 0.0)
    paid = np.cumsum(np.where(used[:, 1:], price[:, :-1] * np.diff(at, axis=1), 0.0), axis=1)
    extra = np.column_stack((np.zeros(at.shape[0]), paid)) - price * at
    quantity = np.sqrt(2.0 * (fixed + extra) * demand / (rate * price))
    fits = used & (quantity >= start) & (quantity < np.column_stack((start[:, 1:], np.full(start.shape[0], np.inf))))
    cost = _cost(quantity, price * demand + rate * extra / 2.0, (fixed + extra) * demand, rate * price)
    return _best(quantity, cost, fits)


def _cost(quantity: Floats, base: Floats, per_order: Floats, holding: Floats) -> Floats:
    """Base + per order / Q + holding Q / 2 [N,B]; an infinitesimal lot costs the base alone where orders are free."""
    reached = np.isfinite(quantity)
    at = np.where(reached, quantity, 1.0)
    orders = np.divide(per_order, at, out=np.zeros_like(at), where=at > 0.0)
    cost: Floats = np.where(reached, base + orders + holding * at / 2.0, np.inf)
    return cost


def _best(quantity: Floats, cost: Floats, fits: npt.NDArray[np.bool_]) -> DiscountedLot:
    region = np.argmin(np.where(fits, cost, np.inf), axis=1)
    row = np.arange(region.size)
    return DiscountedLot(quantity[row, region], region.astype(np.int64), cost[row, region])


def _take(
    fixed_cost: Numbers,
    holding_cost_rate: Numbers,
    demand_rate: Numbers,
    breakpoints: npt.ArrayLike,
    unit_costs: npt.ArrayLike,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Columns [N,1] and the tables of prices [N,B], checked."""
    rate, fixed, demand = take_items(
        positive={"holding_cost_rate": holding_cost_rate},
        nonnegative={"fixed_cost": fixed_cost, "demand_rate": demand_rate},
    )
    start = np.atleast_2d(np.asarray(breakpoints, dtype=np.float64))
    price = np.atleast_2d(np.asarray(unit_costs, dtype=np.float64))
    raise_faults(_price_faults(start, price))
    count = max(rate.size, start.shape[0])
    if {rate.size, start.shape[0]} - {1, count}:
        raise ValueError(f"{rate.size} items but {start.shape[0]} rows of breakpoints; give one row or one an item")
    shape = (count, start.shape[1])
    start, price = np.broadcast_to(start, shape), np.broadcast_to(price, shape)
    price = np.where(np.isfinite(start), price, 1.0)  # of regions that are not there, so that no figure overflows
    return fixed[:, None], demand[:, None], rate[:, None], start, price


def _price_faults(start: Floats, price: Floats) -> list[str]:
    if start.shape != price.shape or start.ndim != 2 or start.size == 0:
        return [f"breakpoints {start.shape} and unit_costs {price.shape} must be tables [N,B] of the same shape"]
    used = np.isfinite(start)
    above, cheaper = start[:, 1:], price[:, 1:]
    rises = (above > start[:, :-1]) | (~used[:, 1:] & (above > 0.0))
    checks = {
        "breakpoints must start at 0": start[:, 0] == 0.0,
        "breakpoints must rise (inf where an item has no more of them)": rises.all(axis=1)
        & ~np.isnan(start).any(axis=1),
        "unit_costs must be finite and above zero": np.where(used, np.isfinite(price) & (price > 0.0), True).all(
            axis=1
        ),
        "unit_costs must not rise with the quantity": np.where(used[:, 1:], cheaper <= price[:, :-1], True).all(axis=1),
    }
    return [f"item {np.argmin(holds)}: {rule}" for rule, holds in checks.items() if not holds.all()]
