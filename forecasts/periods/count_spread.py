"""Quantiles of counts: negative binomials as overdispersed as each series was, calibrated on past origins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from forecasts.calibrate import level_map, transform
from forecasts.lead_time import LARGEST, interval_quantiles
from forecasts.metrics import pinball, sum_scale
from forecasts.periods.lessons import begun
from forecasts.protocol import Floats, Ints

__all__ = ["CountTrials", "count_quantiles", "mixed_with_nothing"]

CLASS_BOUNDS = np.array([0.25, 1.0, 5.0, 25.0])
"""Means, in units a step, between which series share a spread."""
PRIOR_STEPS = 40.0
"""Steps of a series that the overdispersion of its class counts for."""
LEAST_MEAN = 0.1
"""Units a step below which a series counts for less in its class."""
SHARE_OF_CALIBRATION = 0.5
"""Trials of all series fall on the same few steps and share what happened then: half of what they show is believed."""
JUDGED = np.array([0.5, 0.8, 0.9, 0.95, 0.99])
"""Levels by whose loss on the trials a spread is picked."""
BLOCK = 2_000
"""Series whose quantiles are computed at a time, so that memory holds little besides the result."""


class CountTrials(NamedTuple):
    """Means ``mu`` and what came, ``actual``, of S steps after past origins, [N,S]; NaN where nothing is known.

    ``first`` is the first of these steps: what came before it was known to all trials.
    """

    mu: Floats
    actual: Floats
    first: int


def count_quantiles(
    trials: CountTrials, quantity: Floats, mean: Floats, levels: tuple[float, ...], *, chance: Floats, seed: int
) -> Floats:
    """Quantiles [N,H,Q] about ``mean`` [N,H] after ``quantity`` [N,T] (NaN = unknown).

    With the ``chance`` [N,H] there is demand as usual, else none: ``mean`` is that of both, and so is the variance.

    A series has one overdispersion, that of its own history. Whether empty steps before the first demand are part of
    that history (a part that nobody needed yet, or an item not yet on sale) is judged on the trials.
    """
    before, first = quantity[:, : trials.first], _class_of(_row_mean(trials.mu))
    known = np.isfinite(trials.actual) & (trials.mu > 0)
    mu = np.where(known, trials.mu, 1.0)
    ways = [_overdispersion(before, first, from_first_demand=way) for way in (True, False)]
    losses = [_loss(mu, np.where(known, trials.actual, np.nan), way, before) for way in ways]
    from_first_demand = not losses[1] < losses[0]
    spread = _overdispersion(quantity, _class_of(mean.mean(axis=1)), from_first_demand=from_first_demand)
    past = np.repeat(ways[0 if from_first_demand else 1][:, None], mu.shape[1], axis=1)
    draw = np.random.default_rng(seed).uniform(size=mu.shape)
    transformed = np.where(known, transform(trials.actual, mu, past, draw), np.nan)
    asked = _asked(transformed, _class_of(trials.mu), levels)
    out = np.empty((*mean.shape, len(levels)))
    for start in range(0, mean.shape[0], BLOCK):
        rows = slice(start, start + BLOCK)
        about = mixed_with_nothing(spread[rows, None], chance[rows])
        made = interval_quantiles(mean[rows], about, asked[_class_of(mean[rows])])
        np.maximum.accumulate(made, axis=2, out=out[rows])
    return out


def mixed_with_nothing(overdispersion: Floats, chance: Floats) -> Floats:
    """Overdispersion of a count that is nothing but with the ``chance`` (above 0), about the mean of both.

    With mean m and variance m + c m^2 when there is demand, the mixture has mean p m and second moment
    p (m + (1 + c) m^2), so its overdispersion is (1 + c) / p - 1.
    """
    return np.asarray(np.clip((1.0 + overdispersion) / chance - 1.0, 0.0, LARGEST))


def _overdispersion(quantity: Floats, row_class: Ints, *, from_first_demand: bool) -> Floats:
    """Overdispersion [N] about the mean of the history, by moments, shrunk to that of the class."""
    kept = np.isfinite(quantity)
    if from_first_demand:
        kept &= begun(quantity)
    steps = kept.sum(axis=1)
    values = np.where(kept, quantity, 0.0)
    usual = np.maximum(values.sum(axis=1) / np.maximum(steps, 1), 1e-9)
    square = np.where(kept, (values - usual[:, None]) ** 2, 0.0).sum(axis=1)
    above, below = square - steps * usual, steps * usual**2
    weight = 1.0 / np.maximum(usual, LEAST_MEAN) ** 2
    classes = CLASS_BOUNDS.size + 1
    total, base = (np.bincount(row_class, weight * each, minlength=classes) for each in (above, below))
    everyone = total.sum() / max(float(base.sum()), 1e-12)
    of_class = np.where(base > 0, total / np.where(base > 0, base, 1.0), everyone)[row_class]
    prior = PRIOR_STEPS * usual**2
    return np.asarray(np.clip((above + prior * of_class) / (below + prior), 0.0, LARGEST))


def _loss(mu: Floats, actual: Floats, overdispersion: Floats, before: Floats) -> float:
    """Pinball loss over the usual change of a series, mean of trials and levels; NaN without any."""
    spread = np.repeat(overdispersion[:, None], mu.shape[1], axis=1)
    made = interval_quantiles(mu, spread, np.broadcast_to(JUDGED, (*mu.shape, JUDGED.size)))
    loss = pinball(actual, made, JUDGED).mean(axis=2) / sum_scale(before, 1)[:, None]
    return float(loss[np.isfinite(loss)].mean()) if np.isfinite(loss).any() else np.nan


def _asked(transformed: Floats, trial_class: Ints, levels: tuple[float, ...]) -> Floats:
    """Levels [C,Q] to ask for, halfway between the nominal ones and those that the trials [N,S] call for."""
    called = level_map(transformed[:, :, None], trial_class[:, :, None], levels, classes=CLASS_BOUNDS.size + 1)[:, 0]
    return np.asarray(expit(SHARE_OF_CALIBRATION * logit(called) + (1.0 - SHARE_OF_CALIBRATION) * logit(levels)))


def _class_of(mean: Floats) -> Ints:
    return np.searchsorted(CLASS_BOUNDS, mean).astype(np.int64)


def _row_mean(values: Floats) -> Floats:
    count = np.isfinite(values).sum(axis=1)
    return np.asarray(np.nansum(values, axis=1) / np.maximum(count, 1))
