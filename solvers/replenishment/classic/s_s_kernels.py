"""The loops behind exact (s,S) policies, compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["mass_rows", "negative_binomial_rows", "poisson_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TAIL = 1e-22  # relative to the likeliest demand; what is rarer is left out, far below the rounding of the sums
_ROUNDING = 1e-13  # relative; of equally cheap levels the lowest is taken


class _Demand(NamedTuple):
    """Demand of one period and of the lead time plus one period, as compiled code takes it.

    ``mass`` [X]: probability of 0, 1 ... units in a period; ``over`` and ``short`` [W+1]: expected units above and
    below zero at the end of the lead time from a level ``first + k``; ``mean`` over the lead time plus one period.
    """

    mass: Floats
    first: int
    over: Floats
    short: Floats
    mean: float


@compiled
def poisson_rows(mean: Floats, lead: Ints, money: Floats) -> tuple[Ints, Ints, Floats]:
    """Reorder point s, order-up-to level S and cost a period [N]; ``money`` [N,3] is h, p, K. Nothing is checked."""
    low, high, cost = np.zeros(mean.size, np.int64), np.zeros(mean.size, np.int64), np.zeros(mean.size)
    for n in range(mean.size):
        first, mass = _mass_around(mean[n], math.inf)
        whole = np.zeros(first + mass.size)
        whole[first:] = mass
        if lead[n]:
            first, mass = _mass_around(mean[n] * (lead[n] + 1), math.inf)
        low[n], high[n], cost[n] = _best_levels(_demand(whole, first, mass), money[n])
    return low, high, cost


@compiled
def negative_binomial_rows(mean: Floats, shape: Floats, lead: Ints, money: Floats) -> tuple[Ints, Ints, Floats]:
    """As ``poisson_rows``, for negative binomial demand of variance ``mean + mean^2 / shape`` [N]."""
    low, high, cost = np.zeros(mean.size, np.int64), np.zeros(mean.size, np.int64), np.zeros(mean.size)
    for n in range(mean.size):
        first, mass = _mass_around(mean[n], shape[n])
        whole = np.zeros(first + mass.size)
        whole[first:] = mass
        if lead[n]:
            first, mass = _mass_around(mean[n] * (lead[n] + 1), shape[n] * (lead[n] + 1))
        low[n], high[n], cost[n] = _best_levels(_demand(whole, first, mass), money[n])
    return low, high, cost


@compiled
def mass_rows(mass: Floats, lead: Ints, money: Floats) -> tuple[Ints, Ints, Floats]:
    """As ``poisson_rows``, for demand of x units with probability ``mass[n, x]`` [N,X]."""
    items = mass.shape[0]
    low, high, cost = np.zeros(items, np.int64), np.zeros(items, np.int64), np.zeros(items)
    for n in range(items):
        whole = mass[n] / mass[n].sum()
        several = whole
        for _ in range(lead[n]):
            longer = np.zeros(several.size + whole.size - 1)
            for x in range(several.size):
                if several[x] > 0.0:
                    for more in range(whole.size):
                        longer[x + more] += several[x] * whole[more]
            several = longer
        low[n], high[n], cost[n] = _best_levels(_demand(whole, 0, several), money[n])
    return low, high, cost


@compiled
def _mass_around(mean: float, shape: float) -> tuple[int, Floats]:
    """Probabilities of ``first``, ``first + 1`` ... units, from the likeliest by the ratios of neighbours.

    Poisson where ``shape`` is infinite, else negative binomial: P(x+1) / P(x) = (x + shape) / (x + 1) * q with
    q = mean / (mean + shape).
    """
    plain = math.isinf(shape)
    q = 0.0 if plain else mean / (mean + shape)
    mode = int(mean) if plain else int(max((shape - 1.0) * mean / shape, 0.0))
    first, last, value = mode, mode, 1.0
    while first > 0 and value > _TAIL:
        value *= first / mean if plain else first / ((first - 1 + shape) * q)
        first -= 1
    value = 1.0
    while value > _TAIL:
        value *= mean / (last + 1) if plain else (last + shape) * q / (last + 1)
        last += 1
    mass = np.empty(last - first + 1)
    mass[mode - first] = 1.0
    for x in range(mode, first, -1):
        mass[x - 1 - first] = mass[x - first] * (x / mean if plain else x / ((x - 1 + shape) * q))
    for x in range(mode, last):
        mass[x + 1 - first] = mass[x - first] * (mean / (x + 1) if plain else (x + shape) * q / (x + 1))
    mass /= mass.sum()
    return first, mass


@compiled
def _demand(whole: Floats, first: int, mass: Floats) -> _Demand:
    """Expected units over and short, each summed from its thin end, so that small ones keep their digits."""
    width = mass.size
    over, short = np.zeros(width + 1), np.zeros(width + 1)
    below, above = 0.0, 0.0
    for k in range(width):
        below += mass[k]
        over[k + 1] = over[k] + below
    for k in range(width - 1, -1, -1):
        short[k] = short[k + 1] + above
        above += mass[k]
    return _Demand(whole, first, over, short, first + short[0])


@compiled
def _cost_at(level: int, demand: _Demand, money: Floats) -> float:
    """Expected holding and backorder cost at the end of the lead time, from a position of ``level`` after ordering."""
    k = level - demand.first
    if k < 0:
        expected: float = money[1] * (demand.mean - level)
    elif k >= demand.over.size:
        expected = money[0] * (level - demand.mean)
    else:
        expected = money[0] * demand.over[k] + money[1] * demand.short[k]
    return expected


@compiled
def _best_levels(demand: _Demand, money: Floats) -> tuple[int, int, float]:
    """Levels s and S of least cost a period, and that cost.

    For a cost c a period, the best levels minimise K + sum over y in (s, S] of m(S - y) * (G(y) - c), with m the
    expected visits a cycle: whatever S is, s is the largest level below the cheapest with G(s) >= c, and S lies
    between the cheapest level and the last with G(S) <= c (Zheng and Federgruen 1991, lemmas 1 and 2). The cost of
    these levels is the next c, until it falls no more: the method of Dinkelbach for a ratio, exact and finite.
    """
    if demand.mass[1:].sum() <= 0.0:
        return -1, 0, 0.0
    holding, backorder, fixed = money
    cheapest = demand.first
    while _cost_at(cheapest + 1, demand, money) < _cost_at(cheapest, demand, money):
        cheapest += 1
    per_period = 0.0
    for x in range(demand.mass.size):
        per_period += x * demand.mass[x]
    lot = math.sqrt(2.0 * fixed * per_period * holding * backorder / (holding + backorder))
    guess = _cost_at(cheapest, demand, money) + min(fixed, lot)
    best_low, best_high, best = cheapest - 1, cheapest, math.inf
    known_low, spent, visits = cheapest, np.zeros(1), np.zeros(1)
    while True:
        low, top = _range_below(guess, cheapest, demand, money)
        if low != known_low or top - low >= spent.size:
            spent, visits = _cycle(low, top, demand, money)
            known_low = low
        high, least = cheapest, math.inf
        for y in range(cheapest, top + 1):
            worth = spent[y - low] - guess * visits[y - low]
            if worth < least - _ROUNDING * (fixed + spent[y - low]):
                high, least = y, worth
        cost = (fixed + spent[high - low]) / visits[high - low]
        if cost >= best * (1.0 - _ROUNDING):
            return best_low, best_high, best
        best_low, best_high, best, guess = low, high, cost, cost


@compiled
def _range_below(cost: float, cheapest: int, demand: _Demand, money: Floats) -> tuple[int, int]:
    """The last level below the cheapest that costs at least ``cost``, and the last level that costs at most that."""
    low, top = cheapest - 1, cheapest
    while low >= demand.first and _cost_at(low, demand, money) < cost:
        low -= 1
    if low < demand.first:
        low = min(low, math.floor(demand.mean - cost / money[1]) + 1)
        while _cost_at(low, demand, money) < cost:
            low -= 1
    while top < demand.first + demand.over.size and _cost_at(top + 1, demand, money) <= cost:
        top += 1
    if top >= demand.first + demand.over.size:
        top = max(top, math.floor(demand.mean + cost / money[0]) - 1)
        while _cost_at(top + 1, demand, money) <= cost:
            top += 1
    return low, top


@compiled
def _cycle(low: int, top: int, demand: _Demand, money: Floats) -> tuple[Floats, Floats]:
    """Expected cost until the next order, and expected periods, from each level ``low + i`` [top - low + 1].

    Both follow the renewal equation x(y) = r(y) + sum over demands d of P(d) * x(y - d), with x = 0 up to ``low``.
    """
    mass = demand.mass
    moves = mass[1:].sum()
    least = 1
    while mass[least] == 0.0:
        least += 1
    count = top - low
    spent, visits = np.zeros(count + 1), np.zeros(count + 1)
    for i in range(1, count + 1):
        money_here, periods_here = _cost_at(low + i, demand, money), 1.0
        for units in range(least, min(i, mass.size)):
            money_here += mass[units] * spent[i - units]
            periods_here += mass[units] * visits[i - units]
        spent[i], visits[i] = money_here / moves, periods_here / moves
    return spent, visits
