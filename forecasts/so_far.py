"""Demand of sold-out days by what was known before them: no day sees a later one, so past origins stay honest.

What was sold is a lower bound. The day counts with the mean of a negative binomial around what was expected of it,
given that demand was at least what was sold: the E-step of expectation-maximization (Dempster, Laird and Rubin 1977),
taken once a day with the level and the spread learnt until then. Leaving such days out instead biases levels low,
since days with much demand sell out more often.
"""

from __future__ import annotations

import math

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.lead_time import LARGEST
from forecasts.protocol import Flags, Floats

__all__ = ["MOST", "any_sold_out", "filled_so_far", "tail_mean"]

ALPHA = 0.1
"""Smoothing weight of the level that is expected: demand comes in waves, and within them days sell out."""
SPREAD, SPREAD_DAYS = 0.5, 10.0
"""Overdispersion of a row's days before it is known, and the weighted days for which it counts."""
COUNTED = 300.0
"""Expected units above which the normal law serves: a count this large is as good as continuous."""
MOST = 3.0
"""A sold-out day counts for at most the largest known demand so far, or this many times what such days usually sold:
where all days sell out, each estimate would else be the ground of a larger one."""
UNLIKELY = 1e-8
"""Chance of demand that large below which what was sold is taken for it."""


def any_sold_out(quantity: Floats, in_stock: Flags) -> bool:
    """Whether any recorded day [N,T] was sold out."""
    return bool((~in_stock & np.isfinite(quantity)).any())


def filled_so_far(quantity: Floats, in_stock: Flags, factor: Floats) -> Floats:
    """Demand [N,T]: as recorded where ``in_stock``, estimated on sold-out days that sold, NaN where nothing is known.

    ``factor`` [N,T] is what weekday, season, events and offers make of the level. An empty shelf all day tells nothing.
    """
    if not any_sold_out(quantity, in_stock):
        return packed(quantity)
    out: Floats = _filled(packed(quantity), packed(in_stock), packed(factor))
    return out


@compiled
def _filled(quantity: Floats, in_stock: Flags, factor: Floats) -> Floats:
    rows, days = quantity.shape
    out = quantity.copy()
    for row in range(rows):
        share, weight, above, below = 0.0, 0.0, SPREAD * SPREAD_DAYS, SPREAD_DAYS
        largest, sold_sum, sold_usual = 0.0, 0.0, 0.0
        for day in range(days):
            demand, usual = quantity[row, day], factor[row, day]
            if np.isnan(demand):
                continue
            expected = share / weight * usual if weight > 0.0 else np.nan
            if in_stock[row, day]:
                if expected > 0.0:
                    size = 1.0 / (1.0 + expected) ** 2
                    above += size * ((demand - expected) ** 2 - expected)
                    below += size * expected * expected
                if usual > 0.0:
                    largest = max(largest, demand / usual)
            elif demand <= 0.0:
                out[row, day] = np.nan
                continue
            else:
                sold_sum, sold_usual = sold_sum + demand, sold_usual + usual
                if expected > 0.0 and sold_usual > 0.0:
                    most = usual * max(largest, MOST * sold_sum / sold_usual)
                    estimate = tail_mean(demand, expected, min(max(above / below, 0.0), LARGEST))
                    demand = max(demand, min(estimate, most))
                    out[row, day] = demand
            share = (1.0 - ALPHA) * share + demand
            weight = (1.0 - ALPHA) * weight + usual
    return out


@compiled
def tail_mean(sold: float, mean: float, spread: float) -> float:
    """Mean of demand given that it is ``sold`` or more; negative binomial of ``mean`` and overdispersion ``spread``."""
    if mean > COUNTED:
        deviation = math.sqrt(mean + spread * mean * mean)
        z = (sold - 0.5 - mean) / deviation
        chance = 0.5 * math.erfc(z / math.sqrt(2.0))
        if chance < UNLIKELY:
            return sold
        return max(sold, mean + deviation * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) / chance)
    term = math.exp(-math.log1p(spread * mean) / spread) if spread > 1e-9 else math.exp(-mean)
    ratio = mean / (1.0 + spread * mean)
    chance, total = 1.0, mean
    for x in range(math.ceil(sold)):
        chance -= term
        total -= x * term
        if chance < UNLIKELY:
            return sold
        term *= ratio * (1.0 + spread * x) / (x + 1.0)
    return max(sold, total / chance)
