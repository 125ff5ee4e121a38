"""Sharing out what a dc has among the sites it feeds."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from solvers.replenishment.marginal import reward_of
from solvers.replenishment.problem import Curve

__all__ = ["share_by_reward", "share_in_proportion"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEPS = 20000  # units are given one by one up to this many, in larger handfuls beyond


def share_in_proportion(request: Floats, group: Ints, available: Floats, reserve: Floats) -> Floats:
    """Whole units for each request [K] when all of a group get the same share of what they ask.

    ``group`` [K] in 0..G-1, ``available`` [G] units, ``reserve`` [G] what the origin wants to keep for its own
    customers; it shares in a shortage alike.
    """
    asked = np.bincount(group, weights=request, minlength=available.size) + reserve
    share = np.where(asked > available, available / np.maximum(asked, 1e-12), 1.0)
    granted: Floats = np.floor(request * share[group] + 1e-9)
    return granted


def share_by_reward(request: Floats, position: Floats, available: float, *, curve: Curve, keep: Curve) -> Floats:
    """Whole units for each request [K], unit by unit to whoever saves most margin with the next one.

    ``position`` [K] stock position of those who ask, ``curve`` [K] their demand; ``keep`` [1] the demand of the
    origin's own customers, who start from nothing and may keep any number. With equal margins this equalises the
    chance of running out (fair share; Eppen and Schrage 1981). Among equals the first gets the unit.
    """
    quantile = np.vstack((curve.quantile, keep.quantile))
    money = np.zeros((quantile.shape[0], 3))
    money[:, 0] = np.append(curve.money[:, 0], keep.money[:, 0])
    claims = Curve(curve.levels, quantile, quantile, money)
    granted: Floats = _share(claims, np.append(position, 0.0), request, available)
    return granted


@numba.njit(cache=False)
def _share(claims: Curve, position: Floats, request: Floats, available: float) -> Floats:
    """Requests [K] of all claimants [K+1] but the last, which is the origin itself."""
    count = request.shape[0]
    given, gains = np.zeros(count + 1), np.zeros(count + 1)
    step = max(1.0, np.floor(available / _STEPS))
    for i in range(count + 1):
        gains[i] = reward_of(claims, i, position[i], step)
    left = np.floor(available + 1e-9)
    while left >= step:
        best = -1
        for i in range(count + 1):
            wants = given[i] + step <= request[i] + 1e-9 if i < count else gains[i] > 0.0
            if wants and (best < 0 or gains[i] > gains[best]):
                best = i
        if best < 0:
            break
        given[best] += step
        left -= step
        gains[best] = reward_of(claims, best, position[best] + given[best], step)
    return given[:count]
