"""Marginal reward of packs: lost margin avoided less holding and waste."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.kernels import each_packs, each_reward
from solvers.replenishment.problem import Curve

__all__ = ["block_rewards", "rewarding_packs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def rewarding_packs(curve: Curve, position: Floats, pack: Floats, minimum: Floats, most: Ints) -> Ints:
    """Packs from ``position`` on, each of positive reward [K]; 0 where not even the smallest lot pays.

    ``minimum`` [K] is the minimum order quantity in units, ``most`` [K] the most packs asked for.
    """
    result: Ints = each_packs(curve, position, pack, minimum, most)
    return result


def block_rewards(curve: Curve, position: Floats, units: Floats) -> Floats:
    """Reward of adding ``units`` [K] to ``position`` [K], in base currency [K]."""
    result: Floats = each_reward(curve, position, units)
    return result
