"""Loops of (r,Q) policies, compiled.

Symbols as in ``r_q``: h, p, mu, sigma, g(y) = h (y - mu) + (h + p) n(y), A(Q) = Q g(r(Q)) - integral of g - K lambda.
"""

from __future__ import annotations

import math

import numpy as np

from solvers.compiled import compiled
from solvers.replenishment.classic.arguments import Floats

__all__ = ["each_loss_point", "each_optimum", "each_poisson_optimum", "each_reorder_point"]

_ROOT_TWO, _ROOT_TWO_PI = math.sqrt(2.0), math.sqrt(2.0 * math.pi)
_ROUNDS = 200
_FAR = 40.0  # deviations beyond which nothing is left of the normal tail
_CLOSE = 1e-13


@compiled
def _tail(x: float, mean: float, sd: float) -> float:
    if abs(x - mean) >= _FAR * sd:
        return 1.0 if x < mean else 0.0
    return 0.5 * math.erfc((x - mean) / (sd * _ROOT_TWO))


@compiled
def _loss(x: float, mean: float, sd: float) -> float:
    if abs(x - mean) >= _FAR * sd:
        return max(mean - x, 0.0)
    z = (x - mean) / sd
    return sd * max(math.exp(-0.5 * z * z) / _ROOT_TWO_PI - z * _tail(x, mean, sd), 0.0)


@compiled
def _second_loss(x: float, mean: float, sd: float) -> float:
    if abs(x - mean) >= _FAR * sd:
        return 0.5 * ((mean - x) ** 2 + sd * sd) if x < mean else 0.0
    z = (x - mean) / sd
    return 0.5 * sd * sd * max((z * z + 1.0) * _tail(x, mean, sd) - z * math.exp(-0.5 * z * z) / _ROOT_TWO_PI, 0.0)


@compiled
def _cost_at(x: float, item: Floats) -> float:
    """g(x)."""
    cost: float = item[0] * (x - item[3]) + (item[0] + item[1]) * _loss(x, item[3], item[4])
    return cost


@compiled
def _slope(x: float, item: Floats) -> float:
    """g'(x)."""
    slope: float = item[0] - (item[0] + item[1]) * _tail(x, item[3], item[4])
    return slope


@compiled
def _reorder_point(quantity: float, item: Floats) -> float:
    """The r with g(r) = g(r + Q): Newton's steps inside a bracket that shrinks, halving where they leave it."""
    best: float = item[5]
    low, high = best - quantity, best
    at: float = best - quantity * item[1] / (item[0] + item[1])
    for _ in range(_ROUNDS):
        rise = _cost_at(at + quantity, item) - _cost_at(at, item)
        if rise > 0.0:
            high = at
        else:
            low = at
        steep = _slope(at + quantity, item) - _slope(at, item)
        step = at - rise / steep if steep > 0.0 else low
        if not low < step < high:
            step = 0.5 * (low + high)
        if abs(step - at) <= _CLOSE * (abs(at) + quantity):
            return step
        at = step
    return at


@compiled
def _excess(quantity: float, reorder: float, item: Floats) -> float:
    """A(Q): what the cost at the ends of (r, r + Q) exceeds the average cost by, times Q."""
    end = reorder + quantity
    stock = item[0] * (quantity * (reorder - item[3]) + 0.5 * quantity * quantity)
    short = _second_loss(reorder, item[3], item[4]) - _second_loss(end, item[3], item[4])
    excess: float = quantity * _cost_at(reorder, item) - stock - (item[0] + item[1]) * short - item[2]
    return excess


@compiled
def each_reorder_point(quantity: Floats, items: Floats) -> Floats:
    """Best r [N] for each Q [N]; ``items`` [N,6]: h, p, K lambda, mu, sigma, the S of least g."""
    out = np.empty(quantity.shape[0])
    for i in range(quantity.shape[0]):
        out[i] = _reorder_point(quantity[i], items[i])
    return out


@compiled
def each_optimum(least: Floats, items: Floats) -> Floats:
    """Best Q [N], not below ``least`` [N], that of constant demand; ``items`` as for ``each_reorder_point``.

    A(Q) rises, with slope Q dg(r(Q)) / dQ and r'(Q) = -g'(r + Q) / (g'(r + Q) - g'(r)).
    """
    out = np.empty(least.shape[0])
    for i in range(least.shape[0]):
        item = items[i]
        low, high = least[i], np.inf
        at = math.sqrt(low * low + item[4] * item[4])
        for _ in range(_ROUNDS):
            reorder = _reorder_point(at, item)
            excess = _excess(at, reorder, item)
            if excess > 0.0:
                high = at
            else:
                low = at
            left, right = _slope(reorder, item), _slope(reorder + at, item)
            steep = -at * left * right / (right - left) if right > left else 0.0
            step = at - excess / steep if steep > 0.0 else -1.0
            if not low < step < high:
                step = 2.0 * low if high == np.inf else 0.5 * (low + high)
            close = abs(step - at) <= _CLOSE * at
            at = step
            if close:
                break
        out[i] = at
    return out


@compiled
def each_loss_point(items: Floats) -> Floats:
    """The r [N] with (h + p)^2 n(r)^2 / (2 h) = (h + p) n2(r) + K lambda; ``items`` as for ``each_reorder_point``.

    The difference falls from plus infinity to below zero at the S of least g and stays below it, so one r solves it.
    """
    out = np.empty(items.shape[0])
    for i in range(items.shape[0]):
        holding, both, fixed, mean, sd = items[i, 0], items[i, 0] + items[i, 1], items[i, 2], items[i, 3], items[i, 4]
        high, reach = items[i, 5], math.sqrt(2.0 * fixed / holding) + sd
        low, at = -np.inf, high - reach
        for _ in range(_ROUNDS):
            short, tail = _loss(at, mean, sd), _tail(at, mean, sd)
            value = 0.5 * both * both * short * short / holding - both * _second_loss(at, mean, sd) - fixed
            if value > 0.0:
                low = at
            else:
                high = at
            slope = both * short * (1.0 - both * tail / holding)
            step = at - value / slope if slope < 0.0 else np.inf
            if not low < step < high:
                step = items[i, 5] - 2.0 * (items[i, 5] - at) if low == -np.inf else 0.5 * (low + high)
            close = abs(step - at) <= _CLOSE * (abs(at) + reach)
            at = step
            if close:
                break
        out[i] = at
    return out


@compiled
def each_poisson_optimum(start: Floats, items: Floats) -> Floats:
    """r, Q and cost [N,3] under Poisson demand (Federgruen and Zheng 1992).

    ``start`` [N,4]: the S of least g, and there P(X > S), P(X = S) and E[(X - S)^+]; ``items`` [N,4]: h, p, K lambda,
    mu. From S on the cheaper neighbour of the range r + 1 .. r + Q joins it while it is below the average.
    """
    out = np.empty((start.shape[0], 3))
    for i in range(start.shape[0]):
        holding, both, mean = items[i, 0], items[i, 0] + items[i, 1], items[i, 3]
        stock = start[i, 0]
        total = items[i, 2] + holding * (stock - mean) + both * start[i, 3]
        quantity = 1.0
        # Left of the range: the next stock, P(X > it) and its units short; right of it alike.
        left, left_mass, left_tail = stock - 1.0, start[i, 2], start[i, 1] + start[i, 2]
        left_short = start[i, 3] + left_tail
        left_mass = left_mass * stock / mean if mean > 0.0 else 0.0
        right, right_tail = stock + 1.0, start[i, 1]
        right_short = start[i, 3] - right_tail
        right_mass = start[i, 2] * mean / right
        right_tail -= right_mass
        while True:
            below = holding * (left - mean) + both * left_short
            above = holding * (right - mean) + both * max(right_short, 0.0)
            if min(below, above) * quantity >= total:
                break
            quantity += 1.0
            if below < above:
                total += below
                # P(X > left - 1) = P(X > left) + P(X = left); all demand is above a stock below zero.
                left_tail = min(left_tail + left_mass, 1.0) if left >= 0.0 else 1.0
                left_short += left_tail
                left_mass = left_mass * left / mean if left > 0.0 else 0.0
                left -= 1.0
            else:
                total += above
                right_short -= max(right_tail, 0.0)
                right += 1.0
                right_mass *= mean / right
                right_tail -= right_mass
        out[i, 0], out[i, 1], out[i, 2] = left, quantity, total / quantity
    return out
