"""(r,Q) policies under normal demand: exact cost and optimum, and the three usual approximations.

An order of Q units is placed whenever the inventory position falls to r; full backlog, continuous review.
Symbols: K fixed cost of an order, h holding cost of a unit and unit of time, p backorder cost of a unit and unit of
time (of a unit alone for ``solve_r_q_inventory_level``), lambda and tau mean and standard deviation of demand per unit
of time, L lead time, mu = lambda L and sigma = tau sqrt(L) of lead-time demand X, n and n2 its first and second loss
functions, g(S) = h E[(S - X)^+] + p E[(X - S)^+].
Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapter 4; Zheng, Management Science 38 (1992), 87-103;
Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (5.7) (cost), (5.9) (r for given Q), (5.16) to
(5.18) (expected inventory level), (5.21) (EOQ + SS), (5.28) and (5.29) (loss functions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items
from solvers.replenishment.classic.normal_loss import normal_loss, normal_second_loss
from solvers.replenishment.classic.r_q_kernels import each_loss_point, each_optimum, each_reorder_point

__all__ = [
    "ReorderPolicy",
    "normal_r_q_cost",
    "solve_r_q_backorders",
    "solve_r_q_inventory_level",
    "solve_r_q_loss_function",
    "solve_r_q_normal",
    "solve_r_q_safety_stock",
]

_CLOSE: Final = 1e-14
_ROUNDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class ReorderPolicy:
    """``reorder_point`` [N], ``order_quantity`` [N], expected ``cost`` [N] per unit of time."""

    reorder_point: Floats
    order_quantity: Floats
    cost: Floats


@dataclass(frozen=True, slots=True)
class _Items:
    holding: Floats
    stockout: Floats
    fixed: Floats
    rate: Floats
    mean: Floats
    sd: Floats

    def cost_at(self, stock: Floats) -> Floats:
        """g(S) [N]."""
        short = normal_loss(stock, self.mean, self.sd)
        return self.holding * (stock - self.mean + short) + self.stockout * short

    def cost(self, reorder: Floats, quantity: Floats) -> Floats:
        """(K lambda + integral of g from r to r + Q) / Q [N], the integral by second loss functions."""
        end = reorder + quantity
        stock = self.holding * (quantity * (reorder - self.mean) + 0.5 * quantity**2)
        short = normal_second_loss(reorder, self.mean, self.sd) - normal_second_loss(end, self.mean, self.sd)
        return (self.fixed * self.rate + stock + (self.holding + self.stockout) * short) / quantity

    def base_stock(self) -> Floats:
        """The S of least g(S) [N]."""
        from scipy.special import ndtri

        stock: Floats = self.mean + self.sd * ndtri(self.stockout / (self.stockout + self.holding))
        return stock

    def reorder_point(self, quantity: Floats) -> Floats:
        """The r with g(r) = g(r + Q), which is the best for Q and lies in (S* - Q, S*) (Zheng 1992)."""
        return each_reorder_point(quantity, self.table())

    def table(self) -> Floats:
        """The items as compiled loops take them [N,6]."""
        fields = (self.holding, self.stockout, self.fixed * self.rate, self.mean, self.sd, self.base_stock())
        return np.ascontiguousarray(np.column_stack(fields))


def normal_r_q_cost(
    reorder_point: Numbers,
    order_quantity: Numbers,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> Floats:
    """Exact expected cost per unit of time [N]: (K lambda + integral of g(y) over y from r to r + Q) / Q.

    >>> normal_r_q_cost(126.8, 328.5, holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12).round(2)  # Snyder and Shen, example 5.1
    array([78.07])
    """
    quantity, *fields, reorder = take_items(
        positive={"order_quantity": order_quantity, "holding_cost": holding_cost, "stockout_cost": stockout_cost},
        nonnegative=_nonnegative(fixed_cost, demand_mean, demand_sd, lead_time),
        finite={"reorder_point": reorder_point},
    )
    return _items(fields).cost(reorder, quantity)


def solve_r_q_normal(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> ReorderPolicy:
    """The optimum: n(r) - n(r + Q) = h Q / (h + p), and cost(r, Q) = g(r) = g(r + Q) (Zheng 1992).

    The cost at the best r for each Q is convex in Q, and g(r(Q)) - cost(r(Q), Q) rises from minus to plus.
    ValueError for costs or demand that are not above zero, or a negative spread or lead time.

    >>> policy = solve_r_q_normal(holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12)
    >>> policy.reorder_point.round(1), policy.order_quantity.round(1), policy.cost.round(2)
    (array([126.9]), array([328.4]), array([78.07]))
    """
    items = _take((holding_cost, stockout_cost, fixed_cost, demand_mean), demand_sd, lead_time)
    low = _lot(items, items.holding * items.stockout / (items.holding + items.stockout))
    quantity = each_optimum(low, items.table())
    return _policy(items, items.reorder_point(quantity), quantity)


def solve_r_q_loss_function(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> ReorderPolicy:
    """Loss-function approximation: the optimum when no demand of a lead time exceeds r + Q, n(r + Q) = n2(r + Q) = 0.

    n(r) = h Q / (h + p) and Q = sqrt(2 (K lambda + (h + p) n2(r)) / h). ``cost`` is the exact one of the policy.

    >>> policy = solve_r_q_loss_function(holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12)
    >>> policy.reorder_point.round(2), policy.order_quantity.round(2)
    (array([126.87]), array([328.45]))
    """
    items = _take((holding_cost, stockout_cost, fixed_cost, demand_mean), demand_sd, lead_time)
    reorder = each_loss_point(items.table())
    short = normal_loss(reorder, items.mean, items.sd)
    return _policy(items, reorder, (items.holding + items.stockout) * short / items.holding)


def solve_r_q_inventory_level(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> ReorderPolicy:
    """Expected-inventory-level approximation (Hadley and Whitin): p is charged for each unit short, whatever the time.

    1 - F(r) = h Q / (p lambda) and Q = sqrt(2 lambda (K + p n(r)) / h), in turn from Q = EOQ until neither moves.
    ``cost`` is that of the approximation: h (r - mu + Q / 2) + K lambda / Q + p lambda n(r) / Q.
    ValueError where a lot costs more to hold than to be short of (h Q >= p lambda): the approximation has no solution.

    >>> policy = solve_r_q_inventory_level(holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12)
    >>> policy.reorder_point.round(1), policy.order_quantity.round(1), policy.cost.round(2)
    (array([214.]), array([318.6]), array([95.45]))
    """
    from scipy.special import ndtri

    items = _take((holding_cost, stockout_cost, fixed_cost, demand_mean), demand_sd, lead_time)
    quantity = _lot(items, items.holding)
    for _ in range(_ROUNDS):
        tail = items.holding * quantity / (items.stockout * items.rate)
        lost = np.flatnonzero(tail >= 1.0)
        if lost.size:
            item = lost[0]
            raise ValueError(
                f"item {item}: holding its lot of {quantity[item]:g} costs more than being short of all demand "
                f"({lost.size} such items), so this approximation has no solution; use solve_r_q_normal"
            )
        reorder = items.mean - items.sd * ndtri(tail)
        short = normal_loss(reorder, items.mean, items.sd)
        before, quantity = quantity, np.sqrt(2.0 * items.rate * (items.fixed + items.stockout * short) / items.holding)
        if np.all(np.abs(quantity - before) <= _CLOSE * quantity):
            break
    orders = items.rate / quantity
    cost = items.holding * (reorder - items.mean + quantity / 2.0) + orders * (items.fixed + items.stockout * short)
    return ReorderPolicy(reorder, quantity, cost)


def solve_r_q_backorders(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> ReorderPolicy:
    """EOQB approximation: Q of the EOQ with backorders, then the best r for it; at most 1/8 above the optimum (Zheng).

    >>> policy = solve_r_q_backorders(holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12)
    >>> policy.reorder_point.round(1), policy.order_quantity.round(1)
    (array([128.6]), array([308.6]))
    """
    items = _take((holding_cost, stockout_cost, fixed_cost, demand_mean), demand_sd, lead_time)
    quantity = _lot(items, items.holding * items.stockout / (items.holding + items.stockout))
    return _policy(items, items.reorder_point(quantity), quantity)


def solve_r_q_safety_stock(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    fixed_cost: Numbers,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time: Numbers,
) -> ReorderPolicy:
    """EOQ + SS approximation: Q of the EOQ, r the newsvendor stock of lead-time demand.

    >>> policy = solve_r_q_safety_stock(holding_cost=0.225, stockout_cost=7.5, fixed_cost=8,
    ...     demand_mean=1300, demand_sd=150, lead_time=1 / 12)
    >>> policy.reorder_point.round(1), policy.order_quantity.round(1)
    (array([190.3]), array([304.]))
    """
    items = _take((holding_cost, stockout_cost, fixed_cost, demand_mean), demand_sd, lead_time)
    return _policy(items, items.base_stock(), _lot(items, items.holding))


def _take(positive: tuple[Numbers, Numbers, Numbers, Numbers], demand_sd: Numbers, lead_time: Numbers) -> _Items:
    names = ("holding_cost", "stockout_cost", "fixed_cost", "demand_mean")
    return _items(
        take_items(
            positive=dict(zip(names, positive, strict=True)),
            nonnegative={"demand_sd": demand_sd, "lead_time": lead_time},
        )
    )


def _nonnegative(fixed: Numbers, mean: Numbers, sd: Numbers, lead_time: Numbers) -> dict[str, Numbers]:
    return {"fixed_cost": fixed, "demand_mean": mean, "demand_sd": sd, "lead_time": lead_time}


def _items(fields: list[Floats]) -> _Items:
    holding, stockout, fixed, rate, sd, lead_time = fields
    return _Items(holding, stockout, fixed, rate, rate * lead_time, sd * np.sqrt(lead_time))


def _lot(items: _Items, rate: Floats) -> Floats:
    lot: Floats = np.sqrt(2.0 * items.fixed * items.rate / rate)
    return lot


def _policy(items: _Items, reorder: Floats, quantity: Floats) -> ReorderPolicy:
    return ReorderPolicy(reorder, quantity, items.cost(reorder, quantity))
