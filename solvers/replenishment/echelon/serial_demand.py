"""Demand over the lead times of a serial system."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

__all__ = ["DiscreteDemand", "NormalDemand", "PoissonDemand", "SerialDemand"]

Floats = npt.NDArray[np.float64]

_TAIL = 1e-15  # chance beyond which demand is not followed


@dataclass(frozen=True, slots=True)
class PoissonDemand:
    """Customers who come at a rate of ``mean`` units a unit of time, one unit each."""

    mean: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and self.mean > 0):
            raise ValueError(f"mean: {self.mean:g}: must be above zero and finite")

    def chances(self, time: float) -> Floats:
        """Chance of 0, 1, 2 .. units within ``time``."""
        rate = self.mean * time
        if rate == 0:
            return np.ones(1)
        last = int(rate + 12.0 * math.sqrt(rate) + 40.0)
        units = np.arange(last + 1, dtype=np.float64)
        chances: Floats = np.exp(units * math.log(rate) - rate - gammaln(units + 1.0))
        return _trimmed(chances)


@dataclass(frozen=True, eq=False, slots=True)
class DiscreteDemand:
    """Independent whole units each period: ``chance`` [K] of 0, 1, .. K-1 units. Times are whole periods."""

    chance: Floats

    def __post_init__(self) -> None:
        array = np.asarray(self.chance, np.float64)
        if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all() or (array < 0).any():
            raise ValueError(f"chance: {array}: must be [K], each zero or more and finite")
        if abs(float(array.sum()) - 1.0) > 1e-9:
            raise ValueError(f"chance: sum {array.sum():.12g}: must be 1")
        if array[0] >= 1.0 - _TAIL:
            raise ValueError("chance: all on 0: some demand is needed")

    @property
    def mean(self) -> float:
        """Mean units a period."""
        return float(np.arange(self.chance.size) @ self.chance)

    def chances(self, time: float) -> Floats:
        """Chance of 0, 1, 2 .. units within ``time``; raises ValueError for a part of a period."""
        periods = round(time)
        if abs(time - periods) > 1e-9:
            raise ValueError(f"lead_time: {time:g}: must be whole periods for demand given by period")
        total, square = np.ones(1), np.asarray(self.chance, np.float64)
        while periods:
            if periods % 2:
                total = np.convolve(total, square)
            periods //= 2
            if periods:
                square = np.convolve(square, square)
        return _trimmed(total)


@dataclass(frozen=True, slots=True)
class NormalDemand:
    """Demand of ``mean`` and standard deviation ``sd`` a unit of time, independent from one to the next."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        found = []
        if not math.isfinite(self.mean) or self.mean < 0:
            found.append(f"mean: {self.mean:g}: must be zero or more and finite")
        if not (math.isfinite(self.sd) and self.sd > 0):
            found.append(f"sd: {self.sd:g}: must be above zero and finite")
        if found:
            raise ValueError("; ".join(found))


SerialDemand = PoissonDemand | DiscreteDemand | NormalDemand


def _trimmed(chances: Floats) -> Floats:
    """Without the far upper tail; what is left sums to one."""
    beyond = np.cumsum(chances[::-1])[::-1]
    kept = chances[: max(int((beyond > _TAIL).sum()), 1)]
    trimmed: Floats = kept / kept.sum()
    return trimmed
