"""Demand known by observations or by a list of probabilities.

Source: Zipkin, Foundations of Inventory Management (2000), section C.2; the newsvendor on observations is the sample
average approximation of Levi, Roundy and Shmoys, Mathematics of Operations Research 32 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from solvers.replenishment.classic.arguments import Floats, raise_faults

__all__ = ["EmpiricalDemand"]

_SLACK: Final = 1e-12  # sums of shares such as 0.25 + 0.05 + 0.45 miss the level 0.75 by rounding


@dataclass(frozen=True, slots=True)
class EmpiricalDemand:
    """Demand that takes the values ``value`` [N,M] with the shares ``share`` [N,M]; values ascend, shares add up to 1.

    Made from observations [M] or [N,M] in any order and their weights of the same shape (none: equal). ValueError when
    the shapes differ, values are not finite, weights are negative or all zero.
    """

    value: Floats
    share: Floats

    def __init__(self, value: npt.ArrayLike, weight: npt.ArrayLike | None = None) -> None:
        values = np.atleast_2d(np.asarray(value, dtype=np.float64))
        weights = np.ones(values.shape) if weight is None else np.atleast_2d(np.asarray(weight, dtype=np.float64))
        faults = []
        if values.ndim != 2 or values.size == 0 or values.shape != weights.shape:
            faults.append(f"value {values.shape} and weight {weights.shape} must be tables [N,M] of the same shape")
        else:
            if not np.isfinite(values).all():
                faults.append("value must be finite numbers")
            if not (np.isfinite(weights).all() and (weights >= 0.0).all() and (weights.sum(axis=1) > 0.0).all()):
                faults.append("weight must be finite, zero or more, and not all zero for an item")
        raise_faults(faults)
        order = np.argsort(values, axis=1, kind="stable")
        object.__setattr__(self, "value", np.take_along_axis(values, order, axis=1))
        total = weights.sum(axis=1, keepdims=True)
        object.__setattr__(self, "share", np.take_along_axis(weights, order, axis=1) / total)

    @property
    def mean(self) -> Floats:
        """E[D] [N]."""
        mean: Floats = (self.value * self.share).sum(axis=1)
        return mean

    @property
    def whole(self) -> bool:
        """Whether demand comes in whole units."""
        return bool((self.value == np.round(self.value)).all())

    def tail(self, stock: Floats) -> Floats:
        """P(D > stock) [N]."""
        tail: Floats = np.where(self.value > np.atleast_1d(stock)[:, None], self.share, 0.0).sum(axis=1)
        return tail

    def short(self, stock: Floats) -> Floats:
        """E[(D - stock)^+] [N]."""
        short: Floats = (np.maximum(self.value - np.atleast_1d(stock)[:, None], 0.0) * self.share).sum(axis=1)
        return short

    def quantile(self, level: Floats) -> Floats:
        """Smallest value [N] that covers demand with probability ``level``."""
        reached = np.cumsum(self.share, axis=1) >= np.atleast_1d(level)[:, None] - _SLACK
        first = np.argmax(reached, axis=1)
        values = np.broadcast_to(self.value, (first.size, self.value.shape[1]))
        stock: Floats = values[np.arange(first.size), first]
        return stock
