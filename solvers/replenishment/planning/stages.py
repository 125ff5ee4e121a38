"""What stock costs each row and order day, by packs ordered so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.kernels import units_short

__all__ = ["make_stages"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def make_stages(
    position: Floats, pack: Floats, levels: Floats, quantile: Floats, shelf: Floats, money: Floats, most: Ints
) -> Floats:
    """Cost of each row, order day and number of packs so far [n,T,S+1], base currency.

    ``quantile`` [n,T,Q] of demand until the order after t could come, ``shelf`` [n,T,Q] until what comes with order t
    expires; ``money`` [n,T,4]: a unit short, a unit left over, a unit expired, and a squared unit left over (what is
    left after the last order sells only bit by bit).
    """
    rows, days = most.shape
    largest = 0
    for i in range(rows):
        for t in range(days):
            largest = max(largest, most[i, t])
    out = np.zeros((rows, days, largest + 1))
    for i in range(rows):
        for t in range(days):
            everything = units_short(0.0, quantile[i, t], levels)
            until_expiry = units_short(0.0, shelf[i, t], levels) if money[i, t, 2] > 0.0 else 0.0
            for s in range(most[i, t] + 1):
                here = position[i] + s * pack[i]
                short = units_short(here, quantile[i, t], levels)
                left = max(here, 0.0) - everything + short if here > 0.0 else 0.0
                cost = money[i, t, 0] * short + money[i, t, 1] * left + money[i, t, 3] * left * left
                if money[i, t, 2] > 0.0 and here > 0.0:
                    cost += money[i, t, 2] * (here - until_expiry + units_short(here, shelf[i, t], levels))
                out[i, t, s] = cost
    return out
