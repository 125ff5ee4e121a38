"""Expected cost of a serial system's stages as curves over their echelon position."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.fft import irfft, next_fast_len, rfft
from scipy.special import ndtr

from solvers.replenishment.echelon.serial_demand import NormalDemand

if TYPE_CHECKING:
    from solvers.replenishment.echelon.serial_system import SerialSystem

__all__ = ["CostCurve", "first_curve", "next_curve"]

Floats = npt.NDArray[np.float64]

_TAIL_SD = 9.0  # standard deviations of each lead time's demand that are followed
_STEPS_PER_SD = 100  # of the shortest lead time's demand
_MOST_POINTS = 4_000_000


@dataclass(frozen=True, eq=False, slots=True)
class CostCurve:
    """``value`` [Y] at ``start``, ``start + step`` ..; straight with slope ``low`` before and ``high`` behind.

    ``whole`` curves are known at whole units only.
    """

    value: Floats
    start: float
    step: float
    low: float
    high: float
    whole: bool

    def at(self, position: float) -> float:
        """Cost at one position; between points by the cubic through four of them."""
        return float(self.each(np.array([position]))[0])

    def each(self, position: Floats) -> Floats:
        """Cost at each position [K]."""
        place = (position - self.start) / self.step
        last = self.value.size - 1
        if self.whole:
            cost = self.value[np.clip(np.round(place).astype(np.int64), 0, last)]
        else:
            cost = self._cubic(np.clip(place, 0.0, float(last)))
        under, over = np.minimum(place, 0.0) * self.step, np.maximum(place - last, 0.0) * self.step
        result: Floats = cost + self.low * under + self.high * over
        return result

    def _cubic(self, place: Floats) -> Floats:
        first = np.clip(np.floor(place).astype(np.int64) - 1, 0, self.value.size - 4)
        t = place - first
        weights = (
            -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0,
            t * (t - 2.0) * (t - 3.0) / 2.0,
            -t * (t - 1.0) * (t - 3.0) / 2.0,
            t * (t - 1.0) * (t - 2.0) / 6.0,
        )
        result: Floats = np.sum([w * self.value[first + k] for k, w in enumerate(weights)], axis=0)
        return result

    def least(self) -> float:
        """The least position of least cost; between points where the slope vanishes."""
        best = int(self.value.argmin())
        if self.whole or not 2 <= best <= self.value.size - 3:
            return self.start + best * self.step
        a, b, c, d, e = self.value[best - 2 : best + 3]
        slope, bend = (a - 8.0 * b + 8.0 * d - e) / 12.0, (-a + 16.0 * b - 30.0 * c + 16.0 * d - e) / 12.0
        third, fourth = (-a + 2.0 * b - 2.0 * d + e) / 2.0, a - 4.0 * b + 6.0 * c - 4.0 * d + e
        if bend <= 0:
            return self.start + best * self.step
        offset = 0.0
        for _ in range(8):  # Newton on the slope of the quartic through five points
            gap = slope + bend * offset + third * offset**2 / 2.0 + fourth * offset**3 / 6.0
            offset -= gap / (bend + third * offset + fourth * offset**2 / 2.0)
        return self.start + (best + min(max(offset, -1.0), 1.0)) * self.step


def first_curve(system: SerialSystem, levels: Floats | None) -> CostCurve:
    """Cost of the stage that serves the customers; its grid has room for all further stages and ``levels`` [N]."""
    time = float(system.lead_time[0]) + system.review_time
    if isinstance(system.demand, NormalDemand):
        return _first_normal(system, system.demand, time, levels)
    holding, penalty = float(system.echelon_holding_cost[0]), _penalty(system)
    chances = system.demand.chances(time)
    reach = chances.size + sum(system.demand.chances(float(t)).size for t in system.lead_time[1:])
    first = 0 if levels is None else int(min(levels.min(), 0.0))
    last = reach if levels is None else int(max(levels.max(), reach))
    _check_size(last - first)
    stock = np.arange(first - chances.size + 1, last + 1, dtype=np.float64)
    value = _convolved(holding * stock + penalty * np.maximum(-stock, 0.0), chances)
    return CostCurve(value, float(first), 1.0, holding - penalty, holding, whole=True)


def next_curve(system: SerialSystem, stage: int, before: CostCurve, level: float) -> CostCurve:
    """Cost of ``stage`` and all before it, whose curve is ``before`` and whose level is ``level``."""
    holding, time = float(system.echelon_holding_cost[stage]), float(system.lead_time[stage])
    mean = system.demand.mean * time
    # Holding counts what is left at the same moment at all stages: after review and demand of that period.
    later = holding * system.demand.mean * system.review_time
    points = before.value.size
    if isinstance(system.demand, NormalDemand):
        spread = system.demand.sd * math.sqrt(time)
        room = math.ceil(_TAIL_SD * spread / before.step) if spread > 0 else 0
        offset = np.arange(-room, room + 1) * before.step
        chances = np.exp(-0.5 * (offset / spread) ** 2) if room else np.ones(1)
        chances /= chances.sum()
        stock = before.start + np.arange(-room, points + room) * before.step
        start = before.start + mean  # the curve's own grid moves with mean demand, so that the rest is symmetric
    else:
        chances = system.demand.chances(time)
        stock = before.start + np.arange(1 - chances.size, points)
        start = before.start
    cost = holding * stock + before.each(np.minimum(stock, level))
    return CostCurve(_convolved(cost, chances) - later, start, before.step, holding + before.low, holding, before.whole)


def _first_normal(system: SerialSystem, demand: NormalDemand, time: float, levels: Floats | None) -> CostCurve:
    times = np.append(time, system.lead_time[1:])
    spread = demand.sd * np.sqrt(times[times > 0])
    step, reach = float(spread.min()) / _STEPS_PER_SD, _TAIL_SD * float(spread.sum())
    if levels is not None:
        reach += float(np.abs(levels - demand.mean * np.cumsum(times)).max())
    points = math.ceil(reach / step)
    _check_size(2 * points)
    over = np.arange(-points, points + 1) * step  # stock above mean demand
    sd = demand.sd * math.sqrt(time)
    z = over / sd
    short = sd * np.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi) - over * ndtr(-z)
    holding, penalty = float(system.echelon_holding_cost[0]), _penalty(system)
    value = holding * over + penalty * short
    start = demand.mean * time - points * step
    return CostCurve(value, start, step, holding - penalty, holding, whole=False)


def _penalty(system: SerialSystem) -> float:
    """Cost of a unit of backlog: it is missing from the echelon stock of every stage as well."""
    return float(system.stockout_cost + system.echelon_holding_cost.sum())


def _convolved(cost: Floats, chances: Floats) -> Floats:
    """Expected cost after demand; the first chances.size - 1 points are used up."""
    if cost.size * chances.size <= 1_000_000:
        result: Floats = np.convolve(cost, chances, mode="valid")
        return result
    level = float(cost.min())  # small figures lose least in the transform
    size = next_fast_len(cost.size, real=True)
    product = rfft(cost - level, size) * rfft(chances, size)
    transformed: Floats = irfft(product, size)[chances.size - 1 : cost.size] + level
    return transformed


def _check_size(points: int) -> None:
    if points > _MOST_POINTS:
        rule = f"at most {_MOST_POINTS:,}: use a larger unit of demand, or lead times that differ less"
        raise ValueError(f"demand: {points:,} points of the cost curve: {rule}")
