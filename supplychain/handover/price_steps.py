"""The price break of each line that is taken, or else comes nearest to paying."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.price_breaks import BreakOffers
from solvers.replenishment.problem import OrderProblem

__all__ = ["PriceSteps"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PriceSteps:
    """Of K rows: ``packs`` [K] added for a break; of the break that is told (NaN: none) what follows.

    ``from_units`` and ``price`` (supplier's currency) of it, ``units`` more that reach it, what it ``saves`` and
    ``costs`` in base currency, and the ``verdict``: taken, or why not (empty: there is no break to tell).
    """

    packs: Ints
    from_units: Floats
    price: Floats
    units: Floats
    saves: Floats
    costs: Floats
    verdict: npt.NDArray[Any]

    @classmethod
    def of(
        cls, problem: OrderProblem, offers: BreakOffers, taken: npt.NDArray[np.bool_], verdict: npt.NDArray[Any]
    ) -> PriceSteps:
        """Of each row the offer that is ``taken`` [M], else the one of the largest gain."""
        rows = problem.pack.size
        order = np.lexsort((-offers.gain, ~taken, offers.row))
        row, first = np.unique(offers.row[order], return_index=True)
        at = order[first]
        tier, more = offers.tier[at], offers.packs[at]
        numbers = (
            problem.break_from[row, tier], problem.break_price[row, tier], more * problem.pack[row], offers.saves[at],
            offers.costs[at],
        )  # fmt: skip
        cells = np.full((len(numbers), rows), np.nan)
        cells[:, row] = numbers
        packs, words = np.zeros(rows, np.int64), np.full(rows, "", object)
        packs[row] = np.where(taken[at], more, 0)
        words[row] = verdict[at]
        start, price, units, saves, costs = cells
        return cls(packs, start, price, units, saves, costs, words)
