"""Demand over a protection interval as a negative binomial of the sum, never a sum of daily quantiles.

Mean ``mu`` and overdispersion ``c = 1 / k``: the variance is ``mu + c mu^2``, and ``c = 0`` is Poisson. ``c`` is in
closed form by weighted moments of past errors of the sum, so it carries the error of the forecast as well as the
noise of demand (Snyder, Ord and Beaumont 2012 fit the same family to intermittent demand).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, gammainc, gammaincc, ndtri

from forecasts.compiled import compiled, packed
from forecasts.protocol import Flags, Floats, Ints

__all__ = ["Dispersion", "distribution", "fit_dispersion", "interval_quantiles", "sizes", "widened"]

LARGEST = 20.0
"""Largest overdispersion: beyond it the sum is almost always zero."""
PRIOR_TRIALS = 40.0
"""Past origins of a row that its class counts for."""
OUTLIER = 16.0
"""Squared errors count for at most this many variances: one bulk order must not widen a row for good. Tails
heavier than those of the negative binomial are put back by the recalibration of levels, for the class as a whole."""
ROUNDS = 6
POISSON = 1e-6
"""Overdispersion below which the Poisson formulas are used."""


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Overdispersion of rows [N,P] and, without the trial itself, of each trial [N,S,P]."""

    row: Floats
    without: Floats


def fit_dispersion(mu: Floats, actual: Floats, row_class: Ints, own: Floats | None = None) -> Dispersion:
    """Overdispersion from trials ``mu`` and ``actual`` [N,S,P] (NaN = no trial), shrunk from the row to its class.

    ``own`` [P] in [0,1] is how far the trials of an interval speak for a class; the rest is the interval before it.
    """
    valid = np.asarray(np.isfinite(actual) & (mu > 0))
    mean = np.where(valid, mu, 1.0)
    square = np.where(valid, (np.where(valid, actual, 0.0) - mean) ** 2, 0.0)
    classes = int(row_class.max()) + 1
    of_class = np.full((classes, mu.shape[2]), 0.5)
    for _ in range(ROUNDS):
        above, below = _moments(mean, square, of_class[row_class][:, None, :], valid)
        of_class = _class_ratio(above, below, row_class, classes)
    if own is not None:
        for p in range(1, of_class.shape[1]):
            of_class[:, p] = own[p] * of_class[:, p] + (1.0 - own[p]) * of_class[:, p - 1]
    usual = of_class[row_class]
    above, below = _moments(mean, square, usual[:, None, :], valid)
    prior = PRIOR_TRIALS / (2.0 * np.maximum(usual, 0.05) ** 2)
    total, base = above.sum(axis=1) + prior * usual, below.sum(axis=1) + prior
    without = (total[:, None, :] - above) / (base[:, None, :] - below)
    return Dispersion(np.clip(total / base, 0.0, LARGEST), np.clip(without, 0.0, LARGEST))


def _moments(mean: Floats, square: Floats, dispersion: Floats, valid: Flags) -> tuple[Floats, Floats]:
    """Excess of the squared error over Poisson, and squared mean, both by inverse variance; their ratio is ``c``."""
    variance = mean + dispersion * mean**2
    weight = valid * mean**2 / (variance + 2.0 * variance**2)
    kept = np.minimum(square, OUTLIER * variance) / _kept_share(mean, dispersion)
    return weight * (kept - mean), weight * mean**2


def _kept_share(mean: Floats, dispersion: Floats) -> Floats:
    """Share of the variance that squared errors cut at ``OUTLIER`` variances still show, if the law is right.

    By a gamma shifted to the mean and with the variance and skewness of the negative binomial.
    """
    shape = 4.0 * mean * (1.0 + dispersion * mean) / (1.0 + 2.0 * dispersion * mean) ** 2
    cut = shape + np.sqrt(OUTLIER * shape)
    below = [gammainc(shape + power, cut) for power in range(3)]
    inside = (shape + 1.0) * below[2] - 2.0 * shape * below[1] + shape * below[0]
    return np.asarray(inside + OUTLIER * (1.0 - below[0]))


def _class_ratio(above: Floats, below: Floats, row_class: Ints, classes: int) -> Floats:
    total = np.zeros((classes, above.shape[2]))
    base = np.zeros_like(total)
    np.add.at(total, row_class, above.sum(axis=1))
    np.add.at(base, row_class, below.sum(axis=1))
    everyone = total.sum(axis=0) / np.maximum(base.sum(axis=0), 1e-12)
    known = base > 1e-12
    return np.clip(np.where(known, total / np.where(known, base, 1.0), everyone), 0.0, LARGEST)


def sizes(dispersion: Floats) -> Floats:
    """Negative binomial size ``k``; infinite means Poisson."""
    with np.errstate(divide="ignore"):
        return np.where(dispersion > POISSON, 1.0 / np.maximum(dispersion, 1e-300), np.inf)


def widened(mu: Floats, dispersion: Floats, factor: Floats) -> Floats:
    """Overdispersion where the variance of a negative binomial is multiplied by ``factor``; Poisson at least."""
    mean = np.maximum(mu, 1e-9)
    return np.asarray(np.clip((factor * (1.0 + dispersion * mean) - 1.0) / mean, 0.0, LARGEST))


def distribution(value: Floats, mu: Floats, dispersion: Floats) -> Floats:
    """Chance that demand is at most ``value`` (0 below zero); NaN passes through."""
    size = 1.0 / np.maximum(dispersion, POISSON)
    floor = np.floor(value)
    at = np.maximum(floor, 0.0)
    chance = np.where(
        dispersion > POISSON, betainc(size, at + 1.0, size / (size + np.maximum(mu, 1e-12))), gammaincc(at + 1.0, mu)
    )
    return np.where(np.isnan(floor), np.nan, np.where(floor < 0, 0.0, chance))


def interval_quantiles(mu: Floats, dispersion: Floats, chance: Floats) -> Floats:
    """Quantiles [N,P,Q] of sums with ``mu`` and ``dispersion`` [N,P] at ascending ``chance`` [N,P,Q]."""
    out: Floats = _quantiles(packed(mu), packed(dispersion), packed(chance), packed(ndtri(chance)))
    return out


@compiled
def _quantiles(mu: Floats, dispersion: Floats, chance: Floats, normal: Floats) -> Floats:
    rows, intervals, levels = chance.shape
    out = np.zeros((rows, intervals, levels))
    for row in range(rows):
        for p in range(intervals):
            mean, c = mu[row, p], dispersion[row, p]
            if not mean > 0.0:
                continue
            variance = mean + c * mean * mean
            shape = mean * mean / variance
            if mean > 20000.0 or (mean > 300.0 and shape > 1.0):
                # Wilson-Hilferty: a gamma with these moments; counts this large need no lattice.
                for q in range(levels):
                    root = 1.0 - 1.0 / (9.0 * shape) + normal[row, p, q] / (3.0 * np.sqrt(shape))
                    out[row, p, q] = np.rint(mean * max(0.0, root) ** 3)
                continue
            term = np.exp(-np.log1p(c * mean) / c) if c > 1e-12 else np.exp(-mean)
            total, x, ratio = term, 0, mean / (1.0 + c * mean)
            limit = mean + 60.0 * np.sqrt(variance) + 50.0
            for q in range(levels):
                while total < chance[row, p, q] and x < limit:
                    term *= ratio * (1.0 + c * x) / (x + 1.0)
                    total += term
                    x += 1
                out[row, p, q] = x
    return out
