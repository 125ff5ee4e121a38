"""Finite-horizon (s,S): stochastic demand that may differ by period, fixed and unit cost, by dynamic programming.

Symbols: T periods, K_t fixed cost of an order, c_t cost of a unit, h_t holding and p_t backorder cost of a unit and
period, h_{T+1} and p_{T+1} those of what is left (owed) at the end, gamma_t discount factor, D_t demand,
g_t(y) = h_t E[(y - D_t)^+] + p_t E[(D_t - y)^+], H_t(y) = g_t(y) + gamma_t E[V_{t+1}(y - D_t)],
V_t(x) = min_{y >= x} K_t 1(y > x) + c_t (y - x) + H_t(y), V_{T+1}(x) = h_{T+1} x^+ + p_{T+1} x^-.
No lead time, full backlog. Source: Scarf (1960), The optimality of (S,s) policies in the dynamic inventory problem;
Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (4.66), algorithm 4.1.

Levels are whole. The grid reaches as far up and down as the policy can: it is doubled until no order goes to its upper
end and the cost below its lower end is a straight line, which is then continued; nothing is cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.classic.arguments import Floats, Numbers, raise_faults, take_items
from solvers.replenishment.classic.demand import NormalDemand

__all__ = ["HorizonPolicy", "solve_finite_horizon", "solve_finite_horizon_normal"]

_REACH: Final = 8.0  # standard deviations of normal demand that are looked at
_LARGEST: Final = 4_000_000  # levels of the grid


@dataclass(frozen=True, slots=True)
class HorizonPolicy:
    """Order up to ``order_up_to`` [T] from any level of at most ``reorder_point`` [T] (both -inf: never order).

    Without fixed cost every level below S orders: the reorder point is S - 1. ``cost`` is the
    expected discounted cost from the initial level on.
    """

    reorder_point: Floats
    order_up_to: Floats
    cost: float


@dataclass(frozen=True, slots=True)
class _Horizon:
    """Arrays [T] of costs; ``chance`` [T,D] of demand 0 .. D-1; demand and loss function by period."""

    holding: Floats
    stockout: Floats
    purchase: Floats
    fixed: Floats
    discount: Floats
    end: tuple[float, float]
    chance: Floats
    demand: tuple[NormalDemand, ...] | None


def solve_finite_horizon(
    chance: npt.ArrayLike,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    purchase_cost: Numbers = 0.0,
    fixed_cost: Numbers = 0.0,
    discount_factor: Numbers = 1.0,
    terminal_holding_cost: float = 0.0,
    terminal_stockout_cost: float = 0.0,
    initial_level: float = 0.0,
) -> HorizonPolicy:
    """The optimal (s_t, S_t) for demand of 0, 1, .. D-1 units with ``chance`` [T,D]; costs are numbers or [T].

    ValueError: chances that do not add up to one, negative costs, discount factors outside (0, 1],
    or a grid beyond four million levels (holding that costs nothing has no end).

    >>> policy = solve_finite_horizon([[0.5, 0.5], [0.5, 0.5]], holding_cost=1, stockout_cost=10, fixed_cost=0.1)
    >>> policy.reorder_point, policy.order_up_to, round(policy.cost, 6)  # a unit now, and another half of the time
    (array([0., 0.]), array([1., 1.]), 1.15)
    """
    table = np.atleast_2d(np.asarray(chance, dtype=np.float64))
    faults = []
    if table.ndim != 2 or table.size == 0 or not np.isfinite(table).all() or (table < 0.0).any():
        faults.append(f"chance: a table [T,D] of finite numbers, zero or more; not shape {table.shape}")
    elif np.abs(table.sum(axis=1) - 1.0).max() > 1e-9:
        period = int(np.argmax(np.abs(table.sum(axis=1) - 1.0)))
        faults.append(f"chance of period {period}: adds up to {table[period].sum():g} instead of 1")
    raise_faults(faults)
    costs = (holding_cost, stockout_cost, purchase_cost, fixed_cost, discount_factor)
    horizon = _take(table, None, costs, terminal_holding_cost, terminal_stockout_cost)
    return _solve(horizon, float(initial_level))


def solve_finite_horizon_normal(
    demand: NormalDemand,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    purchase_cost: Numbers = 0.0,
    fixed_cost: Numbers = 0.0,
    discount_factor: Numbers = 1.0,
    terminal_holding_cost: float = 0.0,
    terminal_stockout_cost: float = 0.0,
    initial_level: float = 0.0,
    periods: int | None = None,
) -> HorizonPolicy:
    """The same for normal demand [T], or one for all ``periods``.

    Levels move by demand rounded to whole units (below zero none); the cost of a period is that of the normal loss.

    >>> policy = solve_finite_horizon_normal(NormalDemand(18, 3), periods=10, holding_cost=1, stockout_cost=25,
    ...     terminal_holding_cost=1, terminal_stockout_cost=25, purchase_cost=1, discount_factor=0.98)
    >>> policy.order_up_to[0], round(policy.cost, 1)  # Snyder and Shen, problem 4.29
    (np.float64(23.0), 234.8)
    """
    from scipy.special import ndtr

    count = demand.mean.size if periods is None else periods
    mean, sd = np.broadcast_to(demand.mean, (count,)), np.broadcast_to(demand.sd, (count,))
    edge = np.arange(max(int(np.ceil((mean + _REACH * sd).max())), 1)) + 0.5
    spread = np.where(sd > 0.0, sd, 1.0)[:, None]
    below = np.where(sd[:, None] > 0.0, ndtr((edge - mean[:, None]) / spread), edge >= mean[:, None])
    chance = np.diff(np.column_stack((np.zeros(count), below, np.ones(count))), axis=1)
    costs = (holding_cost, stockout_cost, purchase_cost, fixed_cost, discount_factor)
    each = tuple(NormalDemand(m, s) for m, s in zip(mean, sd, strict=True))
    horizon = _take(chance, each, costs, terminal_holding_cost, terminal_stockout_cost)
    return _solve(horizon, float(initial_level))


def _take(
    chance: Floats,
    demand: tuple[NormalDemand, ...] | None,
    costs: tuple[Numbers, Numbers, Numbers, Numbers, Numbers],
    end_holding: float,
    end_stockout: float,
) -> _Horizon:
    discount, holding, stockout, purchase, fixed, _ = take_items(
        positive={"discount_factor": costs[4]},
        nonnegative={
            "holding_cost": costs[0],
            "stockout_cost": costs[1],
            "purchase_cost": costs[2],
            "fixed_cost": costs[3],
            "demand by period": chance.sum(axis=1),
        },
    )
    ends = take_items(nonnegative={"terminal_holding_cost": end_holding, "terminal_stockout_cost": end_stockout})
    faults = [f"{discount.size} periods of cost, but {len(chance)} of demand"] if discount.size != len(chance) else []
    if (discount > 1.0).any():
        faults.append(f"discount_factor of period {int(np.argmax(discount))}: {discount.max():g} must not be above 1")
    raise_faults(faults)
    return _Horizon(
        holding, stockout, purchase, fixed, discount, (float(ends[0][0]), float(ends[1][0])), chance, demand
    )


def _solve(horizon: _Horizon, initial: float) -> HorizonPolicy:
    if not np.isfinite(initial):
        raise ValueError(f"initial_level: {initial} must be a finite number")
    periods, most = horizon.chance.shape
    down = up = most + 2
    furthest = periods * most + 2  # no level further than all demand from the first one and zero matters
    while True:
        low, high = int(np.floor(min(initial, 0.0))) - down, int(np.ceil(max(initial, 0.0))) + up
        if high - low > _LARGEST:
            raise ValueError(
                f"the best levels are outside {low} .. {high}: raise holding or stockout cost, or fewer units"
            )
        level = np.arange(low, high + 1, dtype=np.float64)
        stage = np.array([_stage_cost(horizon, t, level) for t in range(periods)])
        end = horizon.end[0] * np.maximum(level, 0.0) + horizon.end[1] * np.maximum(-level, 0.0)
        money = np.column_stack((horizon.fixed, horizon.purchase, horizon.discount))
        order, target, best, keep, (too_low, too_high) = _sweep(level, stage, horizon.chance, money, end)
        if not (too_low and down < furthest) and not (too_high and up < furthest):
            break
        down, up = 2 * down if too_low else down, 2 * up if too_high else up
    at = int(np.floor(initial)) - low
    part = initial - np.floor(initial)
    stay = keep[at] if part == 0.0 else (1.0 - part) * keep[at] + part * keep[at + 1]
    # From between two levels an order goes to the best level above.
    ordered = horizon.fixed[0] + best[at + 1] - horizon.purchase[0] * initial
    return HorizonPolicy(order, target, float(min(stay, ordered)))


def _stage_cost(horizon: _Horizon, period: int, level: Floats) -> Floats:
    """g_t at each level."""
    if horizon.demand is not None:
        demand = horizon.demand[period]
        mean, short = demand.mean, demand.short(level)
    else:
        chance = horizon.chance[period]
        units = np.arange(chance.size)
        mean = np.array([chance @ units])
        tail = np.append(np.cumsum(chance[::-1])[::-1][1:], 0.0)  # P(D > k)
        loss = np.append(np.cumsum(tail[::-1])[::-1], 0.0)
        at = np.clip(level, 0, chance.size).astype(np.int64)
        short = loss[at] + np.maximum(-level, 0.0)
    cost: Floats = horizon.holding[period] * (level - mean + short) + horizon.stockout[period] * short
    return cost


@compiled
def _sweep(
    level: Floats, stage: Floats, chance: Floats, money: Floats, end: Floats
) -> tuple[Floats, Floats, Floats, Floats, tuple[bool, bool]]:
    """s_t [T] and S_t [T]; of the first period the least c y + H(y) from each level up [G], and H [G].

    Last, whether the grid is too short below, above. ``money`` [T,3]: K, c, gamma.
    """
    periods, size, most = stage.shape[0], level.shape[0], chance.shape[1]
    order, target = np.full(periods, -np.inf), np.full(periods, -np.inf)
    value, keep, best = end.copy(), np.empty(size), np.empty(size)
    slope = value[0] - value[1]  # what a level less costs below the grid
    too_low = too_high = False
    for t in range(periods - 1, -1, -1):
        fixed, price, discount = money[t, 0], money[t, 1], money[t, 2]
        for y in range(size):
            ahead = 0.0
            for d in range(min(most, y + 1)):
                ahead += chance[t, d] * value[y - d]
            for d in range(y + 1, most):
                ahead += chance[t, d] * (value[0] + slope * (d - y))
            keep[y] = stage[t, y] + discount * ahead
        lot, at = np.inf, size - 1
        first = size  # the lowest level that does not order
        for y in range(size - 1, -1, -1):
            # ``lot`` and ``at`` are those of the levels above y.
            orders = fixed + lot - price * level[y] < keep[y]
            value[y] = fixed + lot - price * level[y] if orders else keep[y]
            first = first if orders else y
            too_high = too_high or (orders and at == size - 1)
            if price * level[y] + keep[y] <= lot:
                lot, at = price * level[y] + keep[y], y
            best[y] = lot
        if first > 0:
            order[t], target[t], slope = level[first - 1], level[at], price
            continue
        slope = keep[0] - keep[1]
        bend = abs(keep[0] - 2.0 * keep[1] + keep[2])
        rounding = 1e-9 * (1.0 + abs(keep[0]) / size)
        too_low = too_low or bend > rounding or slope > price + rounding
    return order, target, best, keep, (too_low, too_high)
