"""Order quantities and base stock when the supplier may be down.

Symbols: K fixed cost of an order, h holding cost, p stockout cost (of a unit, lost, in the EOQ; of a unit and period
in the newsvendor), lambda demand rate; the supplier's up and down times are exponential with disruption rate lambda_d
and recovery rate mu_r. psi probability that it is down when an order is due. Newsvendor: alpha and beta chances of a
disruption and a recovery per period, d demand, pi_n chance that a disruption is n periods old, F its distribution.
Source: Parlar and Berkin, Naval Research Logistics 38 (1991); Berk and Arreola-Risa, Naval Research Logistics 41
(1994); Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed. (2019), (9.5) (EOQ), (9.14) and (9.18)
(newsvendor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items

__all__ = [
    "DisruptedLot",
    "eoq_disruption_cost",
    "newsvendor_disruption_cost",
    "solve_eoq_disruptions",
    "solve_newsvendor_disruptions",
]

_ROUNDS: Final = 200
_CLOSE: Final = 1e-14


@dataclass(frozen=True, slots=True)
class DisruptedLot:
    """``order_quantity`` [N] of an order (newsvendor: base stock), expected ``cost`` [N] per unit of time or period."""

    order_quantity: Floats
    cost: Floats


def solve_eoq_disruptions(
    *,
    fixed_cost: Numbers,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    demand_rate: Numbers,
    disruption_rate: Numbers,
    recovery_rate: Numbers,
) -> DisruptedLot:
    """The Q of least cost, exact: demand during a disruption is lost.

    The cost is quasi-convex in Q (Berk and Arreola-Risa 1994), so the sign of its slope is halved down to the last
    digit. ValueError for anything not above zero (a fixed cost of zero is allowed).

    >>> lot = solve_eoq_disruptions(fixed_cost=8, holding_cost=0.225, stockout_cost=5, demand_rate=1300,
    ...     disruption_rate=1.5, recovery_rate=14)
    >>> lot.order_quantity.round(1), lot.cost.round(2)  # Snyder and Shen, example 9.1
    (array([772.8]), array([173.95]))
    """
    fields = _take_eoq((holding_cost, stockout_cost, demand_rate, disruption_rate, recovery_rate), fixed_cost)
    holding, _, demand, _, recovery, fixed = fields
    low = np.zeros(holding.size)
    high = np.sqrt(2.0 * fixed * demand / holding) + demand / recovery
    for _ in range(_ROUNDS):
        falls = _slope_sign(high, fields) < 0.0
        if not falls.any():
            break
        high = np.where(falls, 2.0 * high, high)
    for _ in range(_ROUNDS):
        middle = 0.5 * (low + high)
        falls = _slope_sign(middle, fields) < 0.0
        low, high = np.where(falls, middle, low), np.where(falls, high, middle)
        if np.all(high - low <= _CLOSE * high):
            break
    return DisruptedLot(high, _eoq_cost(high, fields))


def eoq_disruption_cost(
    order_quantity: Numbers,
    *,
    fixed_cost: Numbers,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    demand_rate: Numbers,
    disruption_rate: Numbers,
    recovery_rate: Numbers,
) -> Floats:
    """(K + h Q^2 / (2 lambda) + p lambda psi / mu_r) / (Q / lambda + psi / mu_r) [N] of any lot.

    psi = lambda_d / (lambda_d + mu_r) (1 - exp(-(lambda_d + mu_r) Q / lambda)).
    """
    fields = _take_eoq((holding_cost, stockout_cost, demand_rate, disruption_rate, recovery_rate), fixed_cost)
    (quantity,) = take_items(positive={"order_quantity": order_quantity})
    return _eoq_cost(quantity, fields)


def solve_newsvendor_disruptions(
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    demand: Numbers,
    disruption_probability: Numbers,
    recovery_probability: Numbers,
) -> DisruptedLot:
    """Base stock d (1 + n*), n* the smallest n with F(n) >= p / (p + h).

    F(n) = 1 - alpha / (alpha + beta) (1 - beta)^n. Constant demand d is backlogged while the supplier is down.
    ValueError for costs or demand not above zero, chances outside (0, 1).

    >>> lot = solve_newsvendor_disruptions(holding_cost=0.25, stockout_cost=3, demand=2000,
    ...     disruption_probability=0.04, recovery_probability=0.25)
    >>> lot.order_quantity, lot.cost.round(0)  # Snyder and Shen, example 9.3
    (array([8000.]), array([2737.]))
    """
    holding, stockout, needed, disruption, recovery = _take_newsvendor(
        holding_cost, stockout_cost, demand, disruption_probability, recovery_probability
    )
    down = disruption / (disruption + recovery)
    ratio = holding / (stockout + holding)
    # 1 - F(n) <= h / (p + h), by logarithms, then by one step either way where these rounded.
    periods = np.maximum(np.ceil(np.log(ratio / down) / np.log1p(-recovery)), 0.0)
    before = np.maximum(periods - 1.0, 0.0)
    periods = np.where(_down_longer(before, down, recovery) <= ratio, before, periods)
    periods = np.where(_down_longer(periods, down, recovery) > ratio, periods + 1.0, periods)
    stock = needed * (1.0 + periods)
    return DisruptedLot(stock, _newsvendor_cost(periods, (holding, stockout, needed, down, recovery)))


def newsvendor_disruption_cost(
    base_stock: Numbers,
    *,
    holding_cost: Numbers,
    stockout_cost: Numbers,
    demand: Numbers,
    disruption_probability: Numbers,
    recovery_probability: Numbers,
) -> Floats:
    """Expected cost of a period [N]: sum over n of pi_n (h (S - (n + 1) d)^+ + p ((n + 1) d - S)^+)."""
    holding, stockout, needed, disruption, recovery = _take_newsvendor(
        holding_cost, stockout_cost, demand, disruption_probability, recovery_probability
    )
    (stock,) = take_items(nonnegative={"base_stock": base_stock})
    down = disruption / (disruption + recovery)
    return _newsvendor_cost(stock / needed - 1.0, (holding, stockout, needed, down, recovery))


def _down_longer(periods: Floats, down: Floats, recovery: Floats) -> Floats:
    """1 - F(n): chance that the supplier has been down for more than n periods."""
    chance: Floats = down * (1.0 - recovery) ** periods
    return chance


def _newsvendor_cost(covered: Floats, fields: tuple[Floats, Floats, Floats, Floats, Floats]) -> Floats:
    """Stock for ``covered`` periods beyond the first; n is zero with chance 1 - down, else geometric."""
    holding, stockout, needed, down, recovery = fields
    whole = np.floor(covered)
    # E[(n - x)^+] for x >= 0: the geometric tail beyond the whole part, straight between whole numbers.
    beyond = _down_longer(np.maximum(whole, 0.0), down, recovery)
    short = beyond / recovery - (covered - whole) * beyond
    mean = down / recovery
    short = np.where(covered >= 0.0, short, mean - covered)
    return needed * (holding * (covered - mean + short) + stockout * short)


def _eoq_cost(quantity: Floats, fields: list[Floats]) -> Floats:
    holding, stockout, demand, _, _, fixed = fields
    wait = _wait(quantity, fields)[0]
    above = fixed + holding * quantity**2 / (2.0 * demand) + stockout * demand * wait
    cost: Floats = above / (quantity / demand + wait)
    return cost


def _slope_sign(quantity: Floats, fields: list[Floats]) -> Floats:
    """Sign of the slope of the cost A / B: A' B - A B'."""
    holding, stockout, demand, _, _, fixed = fields
    wait, slope = _wait(quantity, fields)
    above = fixed + holding * quantity**2 / (2.0 * demand) + stockout * demand * wait
    sign: Floats = (holding * quantity / demand + stockout * demand * slope) * (quantity / demand + wait) - above * (
        1.0 / demand + slope
    )
    return sign


def _wait(quantity: Floats, fields: list[Floats]) -> tuple[Floats, Floats]:
    """Expected time psi / mu_r that an order waits for the supplier, and its slope in Q."""
    _, _, demand, disruption, recovery, _ = fields
    rate = disruption + recovery
    wait = -np.expm1(-rate * quantity / demand) * disruption / (rate * recovery)
    return wait, np.exp(-rate * quantity / demand) * disruption / (demand * recovery)


def _take_eoq(positive: tuple[Numbers, Numbers, Numbers, Numbers, Numbers], fixed: Numbers) -> list[Floats]:
    names = ("holding_cost", "stockout_cost", "demand_rate", "disruption_rate", "recovery_rate")
    return take_items(positive=dict(zip(names, positive, strict=True)), nonnegative={"fixed_cost": fixed})


def _take_newsvendor(
    holding: Numbers, stockout: Numbers, demand: Numbers, disruption: Numbers, recovery: Numbers
) -> list[Floats]:
    return take_items(
        positive={"holding_cost": holding, "stockout_cost": stockout, "demand": demand},
        share={"disruption_probability": disruption, "recovery_probability": recovery},
    )
