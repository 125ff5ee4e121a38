"""Quantiles of counts: negative binomials whose spread is learnt from past origins, and then calibrated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.calibrate import level_map, transform
from forecasts.lead_time import fit_dispersion, interval_quantiles
from forecasts.protocol import Floats

__all__ = ["CountTrials", "count_quantiles"]

CLASS_BOUNDS = np.array([0.25, 1.0, 5.0, 25.0])
"""Means, in units a step, between which series share a spread."""


BLOCK = 2_000
"""Series whose quantiles are computed at a time, so that memory holds little besides the result."""


class CountTrials(NamedTuple):
    """Means ``mu`` and what came, ``actual``, of S steps after past origins, [N,S]; NaN where nothing is known."""

    mu: Floats
    actual: Floats


def count_quantiles(trials: CountTrials, mean: Floats, levels: tuple[float, ...], *, seed: int) -> Floats:
    """Quantiles [N,H,Q] about ``mean`` [N,H].

    A series has one overdispersion for all its steps, so that its few trials are not divided among them.
    """
    mu, actual = trials.mu[:, :, None], trials.actual[:, :, None]
    dispersion = fit_dispersion(mu, actual, np.searchsorted(CLASS_BOUNDS, mean.mean(axis=1)).astype(np.int64))
    draw = np.random.default_rng(seed).uniform(size=mu.shape)
    known = np.isfinite(actual) & (mu > 0)
    without = dispersion.without
    transformed = np.where(known, transform(actual, np.where(known, mu, 1.0), without, draw), np.nan)
    trial_class = np.searchsorted(CLASS_BOUNDS, mu).astype(np.int64)
    asked = level_map(transformed, trial_class, _careful(levels, mean.shape[0]), classes=CLASS_BOUNDS.size + 1)[:, 0]
    spread = np.repeat(dispersion.row, mean.shape[1], axis=1)
    out = np.empty((*mean.shape, len(levels)))
    for first in range(0, mean.shape[0], BLOCK):
        rows = slice(first, first + BLOCK)
        chance = asked[np.searchsorted(CLASS_BOUNDS, mean[rows])]
        np.maximum.accumulate(interval_quantiles(mean[rows], spread[rows], chance), axis=2, out=out[rows])
    return out


def _careful(levels: tuple[float, ...], rows: int) -> tuple[float, ...]:
    """Upper levels raised by up to one standard error of the share of ``rows`` series that a calibration shows."""
    level = np.asarray(levels)
    error = np.sqrt(level * (1.0 - level) / rows) * np.clip(2.0 * level - 1.0, 0.0, 1.0)
    return tuple(np.minimum(level + error, (1.0 + level) / 2).tolist())
