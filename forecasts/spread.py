"""How far demand lies from its forecast, learnt on trials: overdispersion by row, levels recalibrated by class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.calibrate import level_map, transform
from forecasts.lead_time import fit_dispersion, interval_quantiles, widened
from forecasts.metrics import coverage, pinball
from forecasts.own_error import OwnError, blended
from forecasts.protocol import Flags, Floats, Ints, Request
from forecasts.select import RATE_CLASSES, rate_classes
from forecasts.trials import Trials

__all__ = ["Spread", "fit_spread"]


PRIOR_INTERVALS = 4.0
"""Intervals that do not overlap, of the trials of a length, for which the next shorter length counts. Trials that
overlap, and all rows at once, share what happened then: a year tells little of three months, half a year nothing."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Of N rows, C rate classes, one day and P intervals, Q levels.

    ``dispersion`` [N,1+P] is 1/k before rows' own errors count, ``chance`` [C,1+P,Q] the recalibrated levels,
    ``coverage`` [P,Q] the share of trials at or below the quantile. ``losses`` [N,S,P] is the pinball loss of each
    trial, mean over the levels, NaN = none.
    """

    dispersion: Floats
    chance: Floats
    coverage: Floats
    losses: Floats

    def loss_over(self, other: Spread, judged: Flags) -> float:
        """Loss over that of ``other`` on the trials ``judged`` [N,S,1+P]: the geometric mean of the rows' ratios.

        So neither large rows nor one surprise decide. 1 where there is nothing to compare.
        """
        kept = judged[:, :, 1:] & np.isfinite(self.losses) & np.isfinite(other.losses)
        mine, theirs = (np.where(kept, spread.losses, 0.0).sum(axis=(1, 2)) for spread in (self, other))
        count = kept.sum(axis=(1, 2))
        told = (mine > 0) & (theirs > 0)
        if not told.any():
            return 1.0
        return float(np.exp(np.average(np.log(mine[told] / theirs[told]), weights=count[told])))


def fit_spread(
    mu: Floats, wide: Floats, trials: Trials, row_class: Ints, request: Request, *, error: OwnError
) -> Spread:
    """Spread of means ``mu`` [N,S,1+P] on their ``trials``; ``wide`` [N,S,1+P] multiplies the variance of each."""
    actual = trials.actual
    rows, origins, intervals = actual.shape
    nominal = np.asarray(request.levels)
    if origins == 0:
        chance = np.tile(nominal, (RATE_CLASSES, intervals, 1))
        nothing = np.full((intervals - 1, nominal.size), np.nan)
        return Spread(np.full((rows, intervals), 0.5), chance, nothing, np.zeros((rows, 0, intervals - 1)))
    own = _own(trials, request.protection_days)
    dispersion = fit_dispersion(mu, actual, row_class, own)
    without = widened(mu, dispersion.without, wide)
    square = error.square[:, None] * trials.usual[:, :, 1:] ** 2
    without[:, :, 1:] = blended(mu[:, :, 1:], without[:, :, 1:], square, error.weight[:, None])
    draw = np.random.default_rng(request.seed).uniform(size=actual.shape)
    rate_class = rate_classes(mu / np.array([1, *request.protection_days]))
    shown = transform(actual, mu, without, draw)
    chance = level_map(shown, rate_class, request.levels, classes=RATE_CLASSES, own=own)
    met, losses = np.empty((intervals - 1, nominal.size)), np.empty((rows, origins, intervals - 1))
    for p in range(1, intervals):
        quantile = interval_quantiles(np.nan_to_num(mu[:, :, p]), without[:, :, p], chance[rate_class[:, :, p], p])
        met[p - 1] = coverage(actual[:, :, p], quantile)
        losses[:, :, p - 1] = pinball(actual[:, :, p], quantile, nominal).mean(axis=-1)
    return Spread(dispersion.row, chance, met, losses)


def _own(trials: Trials, protection_days: tuple[int, ...]) -> Floats:
    """How far trials of a day and of each interval speak for themselves [1+P], by those that do not overlap.

    A day, and the shortest interval after it, have nothing shorter to lean on.
    """
    own = np.ones(1 + len(protection_days))
    for p, days in enumerate(protection_days, start=1):
        told = trials.origins[np.isfinite(trials.actual[:, :, p]).any(axis=0)]
        apart = 1.0 + (told.max() - told.min()) / days if told.size else 0.0
        if p > 1 or not told.size:
            own[p] = apart / (apart + PRIOR_INTERVALS)
    return own
