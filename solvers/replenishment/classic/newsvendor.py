"""Newsvendor: one order before one period of random demand; also base stock, where it repeats.

Symbols: h holding (overage) cost of a unit left, p stockout (underage) cost of a unit short, D demand, S stock after
ordering, alpha = p / (p + h) critical ratio, n(S) = E[(D - S)^+], r revenue, c purchase cost, v salvage value.
Source: Arrow, Harris and Marschak, Econometrica 19 (1951); Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd
ed. (2019), (4.6) and (4.24) (cost), (4.27) and (4.30) (stock), section 4.3 (profit).

With a lead time of L periods and a review every period the same formulas hold for the demand of L + 1 periods: give
that as ``demand``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, raise_faults, take_items
from solvers.replenishment.classic.demand import Demand

__all__ = ["PricedStock", "Stock", "newsvendor_cost", "newsvendor_profit", "solve_newsvendor", "solve_newsvendor_price"]


@dataclass(frozen=True, slots=True)
class Stock:
    """``base_stock`` [N] units, expected ``cost`` [N] of the period, ``critical_ratio`` [N]."""

    base_stock: Floats
    cost: Floats
    critical_ratio: Floats


@dataclass(frozen=True, slots=True)
class PricedStock:
    """``base_stock`` [N] units, expected ``profit`` [N] of the period, ``critical_ratio`` [N]."""

    base_stock: Floats
    profit: Floats
    critical_ratio: Floats


def solve_newsvendor(demand: Demand, *, holding_cost: Numbers, stockout_cost: Numbers) -> Stock:
    """S* = the smallest S with F(S) >= p / (p + h); ValueError when h or p is not above zero.

    >>> from solvers.replenishment.classic.demand import NormalDemand
    >>> solution = solve_newsvendor(NormalDemand(50, 8), holding_cost=0.18, stockout_cost=0.7)
    >>> solution.base_stock.round(1), solution.cost.round(3)  # Snyder and Shen, example 4.3
    (array([56.6]), array([1.998]))
    """
    holding, stockout, _ = take_items(
        positive={"holding_cost": holding_cost, "stockout_cost": stockout_cost}, finite={"mean": demand.mean}
    )
    ratio = stockout / (stockout + holding)
    stock = demand.quantile(ratio)
    return Stock(stock, _cost(demand, stock, holding, stockout), ratio)


def newsvendor_cost(demand: Demand, base_stock: Numbers, *, holding_cost: Numbers, stockout_cost: Numbers) -> Floats:
    """Expected cost of a period h E[(S - D)^+] + p E[(D - S)^+] [N] at any stock; ValueError for negative costs."""
    holding, stockout, stock, _ = take_items(
        nonnegative={"holding_cost": holding_cost, "stockout_cost": stockout_cost},
        finite={"base_stock": base_stock, "mean": demand.mean},
    )
    return _cost(demand, stock, holding, stockout)


def solve_newsvendor_price(
    demand: Demand,
    *,
    revenue: Numbers,
    purchase_cost: Numbers,
    salvage_value: Numbers,
    holding_cost: Numbers = 0.0,
    stockout_cost: Numbers = 0.0,
) -> PricedStock:
    """The stock of largest profit: a unit short costs p + r - c, a unit left h + c - v.

    ValueError when either is not above zero: nothing, or no end of units would be bought.

    >>> from solvers.replenishment.classic.demand import NormalDemand
    >>> solution = solve_newsvendor_price(NormalDemand(50, 8), revenue=1, purchase_cost=0.3, salvage_value=0.12)
    >>> solution.base_stock.round(1), solution.profit.round(2)  # Snyder and Shen, example 4.2
    (array([56.6]), array([33.]))
    """
    holding, stockout, price, cost, salvage, _ = take_items(
        nonnegative={"holding_cost": holding_cost, "stockout_cost": stockout_cost},
        finite={
            "revenue": revenue,
            "purchase_cost": purchase_cost,
            "salvage_value": salvage_value,
            "mean": demand.mean,
        },
    )
    under, over = stockout + price - cost, holding + cost - salvage
    rules = {"stockout_cost + revenue - purchase_cost": under, "holding_cost + purchase_cost - salvage_value": over}
    raise_faults(
        [
            f"{name} of item {np.argmin(value)}: {value.min():g} must be above zero"
            for name, value in rules.items()
            if not (value > 0.0).all()
        ]
    )
    ratio = under / (under + over)
    stock = demand.quantile(ratio)
    return PricedStock(stock, _profit(demand, stock, under, over, stockout), ratio)


def newsvendor_profit(
    demand: Demand,
    base_stock: Numbers,
    *,
    revenue: Numbers,
    purchase_cost: Numbers,
    salvage_value: Numbers,
    holding_cost: Numbers = 0.0,
    stockout_cost: Numbers = 0.0,
) -> Floats:
    """Expected profit of a period [N] at any stock."""
    holding, stockout, stock, price, cost, salvage, _ = take_items(
        nonnegative={"holding_cost": holding_cost, "stockout_cost": stockout_cost},
        finite={
            "base_stock": base_stock,
            "revenue": revenue,
            "purchase_cost": purchase_cost,
            "salvage_value": salvage_value,
            "mean": demand.mean,
        },
    )
    return _profit(demand, stock, stockout + price - cost, holding + cost - salvage, stockout)


def _cost(demand: Demand, stock: Floats, holding: Floats, stockout: Floats) -> Floats:
    short = demand.short(stock)
    return holding * (stock - demand.mean + short) + stockout * short


def _profit(demand: Demand, stock: Floats, under: Floats, over: Floats, stockout: Floats) -> Floats:
    """(p + r - c) S - p E[D] - (r - v + h + p) E[(S - D)^+]."""
    left = stock - demand.mean + demand.short(stock)
    return under * stock - stockout * demand.mean - (under + over) * left
