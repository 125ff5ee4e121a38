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


def share_by_reward(
    request: Floats, position: Floats, group: Ints, available: Floats, *, curve: Curve, keep: Curve
) -> Floats:
    """Whole units for each request [K], unit by unit to whoever saves most margin with the next one.

    ``position`` [K] stock position of those who ask and ``curve`` [K] their demand; ``group`` [K] in 0..G-1 is their
    origin with ``available`` [G] units. ``keep`` [G] is the demand of the origin's own customers, who start from
    nothing and may keep any number. With equal margins this equalises the chance of running out (fair share; Eppen
    and Schrage 1981). Among equals the first gets the unit.
    """
    groups = available.size
    claimant = np.concatenate((group, np.arange(groups)))
    order = np.argsort(claimant, kind="stable")
    bounds = np.searchsorted(claimant[order], np.arange(groups + 1))
    quantile = np.vstack((curve.quantile, keep.quantile))[order]
    money = np.zeros((claimant.size, 3))
    money[:, 0] = np.concatenate((curve.money[:, 0], keep.money[:, 0]))[order]
    claims = Curve(curve.levels, quantile, quantile, money)
    start = np.concatenate((position, np.zeros(groups)))[order]
    wanted = np.concatenate((request, np.full(groups, np.inf)))[order]
    granted = np.zeros(claimant.size)
    granted[order] = _share(claims, start, wanted, bounds, available)
    return granted[: request.size]


@numba.njit(cache=False)
def _share(claims: Curve, position: Floats, request: Floats, bounds: Ints, available: Floats) -> Floats:
    """Units of each claimant; claimants are sorted by origin, the origin itself (no limit) comes last."""
    given, gain = np.zeros(request.shape[0]), np.zeros(request.shape[0])
    for g in range(available.shape[0]):
        first, end = bounds[g], bounds[g + 1]
        step = max(1.0, np.floor(available[g] / _STEPS))
        for i in range(first, end):
            gain[i] = reward_of(claims, i, position[i], step)
        left = np.floor(available[g] + 1e-9)
        while left >= step:
            best = -1
            for i in range(first, end):
                # The origin keeps nothing that nobody of its own would buy while others still ask.
                wants = given[i] + step <= request[i] + 1e-9 and (i < end - 1 or gain[i] > 0.0)
                if wants and (best < 0 or gain[i] > gain[best]):
                    best = i
            if best < 0:
                break
            given[best] += step
            left -= step
            gain[best] = reward_of(claims, best, position[best] + given[best], step)
    return given
