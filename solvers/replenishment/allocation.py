"""Sharing out what a dc has among the sites it feeds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.kernels import share
from solvers.replenishment.problem import Curve

__all__ = ["share_by_reward", "share_in_proportion"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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
    request: Floats,
    position: Floats,
    group: Ints,
    available: Floats,
    *,
    curve: Curve,
    keep: Curve,
    keep_position: Floats,
) -> Floats:
    """Whole units for each request [K], unit by unit to whoever saves most margin with the next one.

    ``position`` [K] stock position of those who ask and ``curve`` [K] their demand; ``group`` [K] in 0..G-1 is their
    origin with ``available`` [G] units. ``keep`` [G] is the demand of the origin's own customers, who start from
    ``keep_position`` [G] and may keep any number. With equal margins this equalises the chance of
    running out (fair share; Eppen and Schrage 1981). Among equals the first gets the unit.
    """
    groups = available.size
    claimant = np.concatenate((group, np.arange(groups)))
    order = np.argsort(claimant, kind="stable")
    bounds = np.searchsorted(claimant[order], np.arange(groups + 1))
    quantile = np.vstack((curve.quantile, keep.quantile))[order]
    money = np.zeros((claimant.size, 3))
    money[:, 0] = np.concatenate((curve.money[:, 0], keep.money[:, 0]))[order]
    claims = Curve(curve.levels, quantile, quantile, money)
    start = np.concatenate((position, keep_position))[order]
    wanted = np.concatenate((request, np.full(groups, np.inf)))[order]
    granted = np.zeros(claimant.size)
    granted[order] = share(claims, start, wanted, bounds, available)
    return granted[: request.size]
