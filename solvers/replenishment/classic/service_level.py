"""Stock for a service target instead of a stockout cost, and the service that a stock gives.

Cycle service (alpha, type 1): the chance that the demand of a protection interval is met from stock. Fill rate (beta,
type 2): the share of demand met from stock at once.
Symbols: X demand of lead time and review, X_L of the lead time alone, n and n_L their loss functions, D_R demand of a
review period, Q order quantity, r reorder point, S base stock.
Fill rate of S under periodic review: 1 - (n(S) - n_L(S)) / E[D_R]. Of (r,Q): 1 - (n_L(r) - n_L(r + Q)) / Q, exact for
unit-sized (Poisson) demand and for demand that flows; what is still short from the cycle before is not counted twice.
Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapters 4 and 5; Silver, Pyke and Thomas, Inventory
and Production Management in Supply Chains, 4th ed. (2017), chapter 6; Axsater, Inventory Control, 3rd ed. (2015),
chapter 5.
"""

from __future__ import annotations

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, raise_faults, take_items
from solvers.replenishment.classic.demand import Demand
from solvers.replenishment.classic.least_stock import least_stock

__all__ = [
    "cycle_service",
    "periodic_fill_rate",
    "r_q_fill_rate",
    "solve_cycle_service",
    "solve_periodic_fill_rate",
    "solve_r_q_fill_rate",
]


def solve_cycle_service(demand: Demand, target: Numbers) -> Floats:
    """The least base stock or reorder point [N] with P(X <= stock) >= ``target``; ValueError outside (0, 1).

    >>> from solvers.replenishment.classic.demand import NormalDemand
    >>> solve_cycle_service(NormalDemand(400, 60), 0.95).round(1)
    array([498.7])
    """
    _, share = take_items(finite={"mean": demand.mean}, share={"target": target})
    return demand.quantile(share)


def cycle_service(demand: Demand, stock: Numbers) -> Floats:
    """P(X <= stock) [N]."""
    stock_, _ = take_items(finite={"stock": stock, "mean": demand.mean})
    served: Floats = 1.0 - demand.tail(stock_)
    return served


def solve_periodic_fill_rate(demand: Demand, lead_time_demand: Demand, *, target: Numbers) -> Floats:
    """The least base stock [N] of that fill rate under periodic review.

    ``demand`` of lead time and review, ``lead_time_demand`` of the lead time alone, of the same kind. ValueError for a
    target outside (0, 1) or a review without demand.

    >>> from solvers.replenishment.classic.demand import NormalDemand
    >>> solve_periodic_fill_rate(NormalDemand(500, 67.08), NormalDemand(400, 60), target=0.98).round(1)
    array([600.])
    """
    review, share = _review(demand, lead_time_demand, target)

    def excess(stock: Floats) -> Floats:
        return demand.short(stock) - lead_time_demand.short(stock) - (1.0 - share) * review

    return least_stock(excess, demand.mean + 0.0 * share, whole=demand.whole)


def periodic_fill_rate(demand: Demand, lead_time_demand: Demand, stock: Numbers) -> Floats:
    """Fill rate [N] of a base stock under periodic review."""
    review, stock_ = _review(demand, lead_time_demand, None, stock)
    rate: Floats = 1.0 - (demand.short(stock_) - lead_time_demand.short(stock_)) / review
    return rate


def solve_r_q_fill_rate(lead_time_demand: Demand, order_quantity: Numbers, *, target: Numbers) -> Floats:
    """The least reorder point [N] of that fill rate for orders of Q; ValueError for a target outside (0, 1), Q <= 0.

    >>> from solvers.replenishment.classic.count_demand import PoissonDemand
    >>> solve_r_q_fill_rate(PoissonDemand(3), 5, target=0.9)
    array([4.])
    """
    quantity, _, share = take_items(
        positive={"order_quantity": order_quantity},
        finite={"mean": lead_time_demand.mean},
        share={"target": target},
    )

    def excess(stock: Floats) -> Floats:
        return lead_time_demand.short(stock) - lead_time_demand.short(stock + quantity) - (1.0 - share) * quantity

    return least_stock(excess, lead_time_demand.mean + 0.0 * share, whole=lead_time_demand.whole)


def r_q_fill_rate(lead_time_demand: Demand, reorder_point: Numbers, order_quantity: Numbers) -> Floats:
    """Fill rate [N] of a policy (r,Q)."""
    quantity, reorder, _ = take_items(
        positive={"order_quantity": order_quantity},
        finite={"reorder_point": reorder_point, "mean": lead_time_demand.mean},
    )
    short = lead_time_demand.short(reorder) - lead_time_demand.short(reorder + quantity)
    rate: Floats = 1.0 - short / quantity
    return rate


def _review(
    demand: Demand, lead_time_demand: Demand, target: Numbers | None, stock: Numbers = 0.0
) -> tuple[Floats, Floats]:
    """Mean demand of a review period, and the target or stock [N]."""
    share = {} if target is None else {"target": target}
    mean, lead_mean, stock_, *shares = take_items(
        finite={"mean": demand.mean, "lead-time mean": lead_time_demand.mean, "stock": stock}, share=share
    )
    review = mean - lead_mean
    none = np.flatnonzero(review <= 0.0)
    raise_faults([f"item {none[0]}: no demand in the review period ({none.size} such items)"] if none.size else [])
    return review, shares[0] if shares else stock_
