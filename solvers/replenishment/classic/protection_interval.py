"""Demand of the time that stock has to cover: a random lead time and a review period.

Symbols: mu and sigma mean and standard deviation of the demand of a period (independent periods), E[L] and sd(L) of
the lead time in periods, R review period. Mean mu (E[L] + R), variance sigma^2 (E[L] + R) + mu^2 sd(L)^2.
Source: Hadley and Whitin, Analysis of Inventory Systems (1963), chapter 3; Silver, Pyke and Thomas, Inventory and
Production Management in Supply Chains, 4th ed. (2017), chapter 6. Orders do not overtake each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from solvers.replenishment.classic.arguments import Floats, Numbers, take_items
from solvers.replenishment.classic.count_demand import NegativeBinomialDemand
from solvers.replenishment.classic.demand import Demand, LognormalDemand, NormalDemand

__all__ = ["FAMILIES", "demand_of_family", "protection_demand"]

_LEAST_SPREAD: Final = 1e-6  # share of the mean by which counts vary more than Poisson


def _count(mean: Numbers, sd: Numbers) -> Demand:
    middle, spread = np.asarray(mean, float), np.asarray(sd, float)
    return NegativeBinomialDemand(middle, np.maximum(spread**2, middle * (1.0 + _LEAST_SPREAD)))


FAMILIES: Final[Mapping[str, Callable[[Numbers, Numbers], Demand]]] = {
    "normal": NormalDemand,
    "lognormal": LognormalDemand,
    "count": _count,
}
"""Distributions by mean and standard deviation; ``count`` is negative binomial, Poisson where it varies no more."""


def demand_of_family(family: str, mean: Numbers, sd: Numbers) -> Demand:
    """Demand of one of ``FAMILIES``; ValueError for another name, and as the distribution says."""
    if family not in FAMILIES:
        raise ValueError(f"family: {family!r} must be one of {', '.join(FAMILIES)}")
    return FAMILIES[family](mean, sd)


def protection_demand(
    *,
    demand_mean: Numbers,
    demand_sd: Numbers,
    lead_time_mean: Numbers,
    lead_time_sd: Numbers = 0.0,
    review_periods: Numbers = 0.0,
) -> tuple[Floats, Floats]:
    """Mean and standard deviation [N] of the demand of lead time and review; ValueError for negative figures.

    >>> mean, sd = protection_demand(demand_mean=100, demand_sd=30, lead_time_mean=4, lead_time_sd=1)
    >>> mean, sd.round(2)
    (array([400.]), array([116.62]))
    """
    mean, sd, lead, lead_sd, review = take_items(
        nonnegative={
            "demand_mean": demand_mean,
            "demand_sd": demand_sd,
            "lead_time_mean": lead_time_mean,
            "lead_time_sd": lead_time_sd,
            "review_periods": review_periods,
        }
    )
    time = lead + review
    return mean * time, np.sqrt(sd**2 * time + (mean * lead_sd) ** 2)
