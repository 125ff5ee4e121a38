"""Recalibration of levels on past origins.

The randomised probability integral transform of past sums is uniform when the distribution is right. Where it is
not, the level asked for is exchanged for the level that did cover that share of past sums, per class of the
forecast rate and protection interval (Kuleshov, Fenner and Ermon 2018; with the (n + 1) / n correction of split
conformal prediction). Randomised, since a count jumps over its nominal level: plain coverage of counts cannot be
nominal.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit

from forecasts.lead_time import distribution
from forecasts.protocol import Floats, Ints

__all__ = ["level_map", "transform"]

Law = Callable[[Floats, Floats, Floats], Floats]
"""Chance that demand is at most a value, from value, mean and overdispersion."""
CLASS_TRIALS, ALL_TRIALS = 150.0, 60.0
"""Trials for which all rows, and the nominal level, count."""
STRETCH = 20.0
"""A tail probability is changed by at most this factor."""


def transform(
    actual: Floats, mu: Floats, dispersion: Floats, draw: Floats, *, chance_at_most: Law = distribution
) -> Floats:
    """Randomised probability integral transform of sums, in (0,1); ``draw`` are uniform numbers of the same shape."""
    above = chance_at_most(actual, mu, dispersion)
    below = chance_at_most(np.ceil(actual) - 1.0, mu, dispersion)
    return np.asarray(below + draw * (above - below))


def level_map(
    transformed: Floats, rate_class: Ints, levels: tuple[float, ...], *, classes: int, own: Floats | None = None
) -> Floats:
    """Level to ask for so that each nominal level is met, [C,P,Q].

    ``transformed`` [N,S,P] with NaN = no trial, ``rate_class`` [N,S,P] the class of each trial, ``own`` [P] in [0,1]
    how far the trials of an interval speak for themselves; the rest is the interval before it.
    """
    nominal = np.asarray(levels)
    intervals = transformed.shape[2]
    out = np.empty((classes, intervals, nominal.size))
    low, high = nominal / STRETCH, 1.0 - (1.0 - nominal) / STRETCH
    for p in range(intervals):
        everyone = _towards(transformed[:, :, p], nominal, logit(nominal), ALL_TRIALS)
        if p and not np.isfinite(transformed[:, :, p]).any():
            out[:, p] = out[:, p - 1]
            continue
        for c in range(classes):
            found = _towards(transformed[:, :, p][rate_class[:, :, p] == c], nominal, everyone, CLASS_TRIALS)
            out[c, p] = np.clip(expit(found), low, high)
            if p and own is not None and own[p] < 1.0:
                out[c, p] = expit(own[p] * logit(out[c, p]) + (1.0 - own[p]) * logit(out[c, p - 1]))
    return np.maximum.accumulate(out, axis=2)


def _towards(values: Floats, nominal: Floats, prior: Floats, prior_trials: float) -> Floats:
    """Empirical quantiles on the logit scale, shrunk to ``prior`` as if it were that many trials."""
    found = values[np.isfinite(values)]
    if found.size == 0:
        return prior
    share = np.minimum(1.0, nominal * (found.size + 1.0) / found.size)
    own = logit(np.clip(np.quantile(found, share), 1e-9, 1.0 - 1e-9))
    return np.asarray((found.size * own + prior_trials * prior) / (found.size + prior_trials))
