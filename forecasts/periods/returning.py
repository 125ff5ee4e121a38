"""Chance that a series which is no longer known comes back, from what became of the gaps of all series.

An empty cell after the last known value is either a gap of the record or the end of the item. How often gaps of that
age ended tells which: the hazard of return by age, as Kaplan and Meier (1958) estimate it. Series that vanish in one
step (a shop that did not report, a cleared range) share one cause, so they count as one, not each for itself.
"""

from __future__ import annotations

import numpy as np

from forecasts.protocol import Floats, Ints

__all__ = ["chance_of_return", "unknown_steps"]


def unknown_steps(quantity: Floats) -> Ints:
    """Steps since the last known one, [N,T], of ``quantity`` [N,T] with NaN where unknown; 0 before the first."""
    known = np.isfinite(quantity)
    step = np.arange(quantity.shape[1])
    last = np.maximum.accumulate(np.where(known, step, -1), axis=1)
    return np.where(last >= 0, step - last, 0).astype(np.int64)


def chance_of_return(quantity: Floats, horizon: int) -> Floats:
    """Chance [N,horizon] that a series is known again by each of the next steps; 1 for one that is known now.

    The hazard at the age of g unknown steps is (R + w) / (M + 1). M counts the pairs of a step in which series
    vanished and a later one, g steps on, with such series left; R adds up the shares of them that came back next. w
    is the same for ages from g / 2 to 2 g, with 1 in place of w: without any evidence nothing is doubted. A step at
    which no series is known is no step.
    """
    told = quantity[:, np.isfinite(quantity).any(axis=0)]
    age = unknown_steps(told)
    if age.size == 0 or not age[:, -1].any():
        return np.ones((quantity.shape[0], horizon))
    longest = 2 * (int(age.max()) + horizon)
    pairs, returned = np.zeros(longest + 1), np.zeros(longest + 1)
    for step in range(age.shape[1] - 1):
        left = np.bincount(age[:, step], minlength=longest + 1)
        back = np.bincount(age[age[:, step + 1] == 0, step], minlength=longest + 1)
        pairs += left > 0
        returned += back / np.maximum(left, 1)
    pairs[0] = returned[0] = 0.0
    ages = np.arange(int(age.max()) + horizon + 1)
    near = [slice(-(-each // 2), 2 * each + 1) for each in ages]
    usual = np.array([(returned[part].sum() + 1.0) / (pairs[part].sum() + 1.0) for part in near])
    stay = 1.0 - (returned[ages] + usual) / (pairs[ages] + 1.0)
    ahead = np.cumprod(stay[age[:, -1:] + np.arange(horizon)], axis=1)
    return np.where(age[:, -1:] > 0, 1.0 - ahead, 1.0)
