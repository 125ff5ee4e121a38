"""Marginal reward of packs: lost margin avoided less holding and waste."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import units_short
from solvers.replenishment.problem import Curve

__all__ = ["block_rewards", "lot_packs", "reward_of", "rewarding_packs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@numba.njit(cache=False)
def reward_of(curve: Curve, row: int, position: float, units: float) -> float:
    """Money gained by raising the position of ``row`` by ``units`` now instead of at the next review.

    Units that demand takes before a later order could come earn the margin; the others wait a review longer than
    needed, and those that even the shelf life does not sell are wasted (``Curve.money``). The marginal analysis of
    the newsvendor (Zipkin, Foundations of Inventory Management, 2000, section 9.2) on a block of units.
    """
    levels, quantile, money = curve.levels, curve.quantile[row], curve.money[row]
    sold = units_short(position, quantile, levels) - units_short(position + units, quantile, levels)
    reward: float = money[0] * sold - money[1] * (units - sold)
    if money[2] > 0.0:
        shelf = curve.shelf_quantile[row]
        left = units - units_short(position, shelf, levels) + units_short(position + units, shelf, levels)
        reward -= money[2] * left
    return reward


@numba.njit(cache=False)
def lot_packs(minimum: float, pack: float) -> int:
    """Packs of the smallest lot: the minimum order quantity in whole packs, at least one."""
    return max(1, int(np.ceil(minimum / pack * (1.0 - 1e-13))))


@numba.njit(cache=False)
def _most_packs(curve: Curve, row: int, position: float, pack: float, first_and_most: tuple[int, int]) -> int:
    first, most = first_and_most
    if first > most or reward_of(curve, row, position, first * pack) <= 0.0:
        return 0
    # The reward of the next pack falls with the position, so the last good one is found by doubling and halving.
    good, step, rising = first, 1, True
    while step > 0:
        pays = good + step <= most and reward_of(curve, row, position + (good + step - 1) * pack, pack) > 0.0
        if pays:
            good += step
        rising = rising and pays
        step = step * 2 if rising else step // 2
    return good


@numba.njit(cache=False)
def _rewarding_packs(curve: Curve, position: Floats, pack: Floats, minimum: Floats, most: Ints) -> Ints:
    out = np.zeros(position.shape[0], np.int64)
    for i in range(position.shape[0]):
        out[i] = _most_packs(curve, i, position[i], pack[i], (lot_packs(minimum[i], pack[i]), most[i]))
    return out


def rewarding_packs(curve: Curve, position: Floats, pack: Floats, minimum: Floats, most: Ints) -> Ints:
    """Packs from ``position`` on, each of positive reward [K]; 0 where not even the smallest lot pays.

    ``minimum`` [K] is the minimum order quantity in units, ``most`` [K] the most packs asked for.
    """
    result: Ints = _rewarding_packs(curve, position, pack, minimum, most)
    return result


@numba.njit(cache=False)
def _block_rewards(curve: Curve, position: Floats, units: Floats) -> Floats:
    out = np.zeros(position.shape[0])
    for i in range(position.shape[0]):
        out[i] = reward_of(curve, i, position[i], units[i])
    return out


def block_rewards(curve: Curve, position: Floats, units: Floats) -> Floats:
    """Reward of adding ``units`` [K] to ``position`` [K], in base currency [K]."""
    result: Floats = _block_rewards(curve, position, units)
    return result
