"""Stages in a row, each supplied by the next, under stochastic service: exact echelon base-stock levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from solvers.replenishment.echelon.serial_curves import first_curve, next_curve
from solvers.replenishment.echelon.serial_demand import NormalDemand, SerialDemand
from solvers.status import Status

__all__ = ["SerialSolution", "SerialSystem", "level_bounds", "level_heuristic", "serial_cost", "solve"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class SerialSystem:
    """N stages; stage 0 serves the customers, stage k is supplied by stage k + 1, the last from outside at once.

    ``lead_time`` [N] from one stage to the next, and ``echelon_holding_cost`` [N] money a unit and unit of time: what
    a unit costs at the stage more than at the one before it (local holding cost less that of the supplying stage).
    ``stockout_cost`` money a unit of backlog and unit of time. ``review_time`` is 0 under continuous review; with
    orders once a period and costs counted at its end, after demand, it is one period. All unmet demand waits.
    """

    lead_time: Floats
    echelon_holding_cost: Floats
    stockout_cost: float
    demand: SerialDemand
    review_time: float = 0.0

    def __post_init__(self) -> None:
        time, cost = np.asarray(self.lead_time, np.float64), np.asarray(self.echelon_holding_cost, np.float64)
        found = []
        if time.ndim != 1 or time.size == 0:
            found.append(f"lead_time: shape {time.shape}: must be [N] with at least one stage")
        if cost.shape != time.shape:
            found.append(f"echelon_holding_cost: shape {cost.shape}: must be that of lead_time, {time.shape}")
        for name, values, least in (("lead_time", time, 0.0), ("echelon_holding_cost", cost, 0.0)):
            wrong = np.flatnonzero(~np.isfinite(values.ravel()) | (values.ravel() < least))
            found += [f"{name}: stage {k}: {values.ravel()[k]:g}: must be zero or more and finite" for k in wrong]
        if cost.size and not found and cost[0] <= 0:
            found.append(f"echelon_holding_cost: stage 0: {cost[0]:g}: must be above zero, or stock there is free")
        if not (np.isfinite(self.stockout_cost) and self.stockout_cost > 0):
            found.append(f"stockout_cost: {self.stockout_cost:g}: must be above zero and finite")
        if not (np.isfinite(self.review_time) and self.review_time >= 0):
            found.append(f"review_time: {self.review_time:g}: must be zero or more and finite")
        if not found and float(time[0]) + self.review_time <= 0 and isinstance(self.demand, NormalDemand):
            found.append("lead_time: stage 0: 0: must be above zero, or review_time must be")
        if found:
            raise ValueError("; ".join(found))
        object.__setattr__(self, "lead_time", np.ascontiguousarray(time))
        object.__setattr__(self, "echelon_holding_cost", np.ascontiguousarray(cost))


@dataclass(frozen=True, eq=False, slots=True)
class SerialSolution:
    """``echelon_base_stock`` [N] units: a stage orders up to it, counting all stock from itself to the customers.

    ``local_base_stock`` [N] is the same policy for stages that see only their own stock and orders. ``cost`` money a
    unit of time: echelon holding of everything on hand and on its way within the system, and stockouts.
    """

    echelon_base_stock: Floats
    local_base_stock: Floats
    cost: float
    status: Status


def solve(system: SerialSystem) -> SerialSolution:
    """Optimal echelon base-stock levels, stage by stage from the customers backwards.

    C_k(y) = E[h_k (y - D_k) + C_{k-1}(min(S_{k-1}, y - D_k))], S_k its least minimiser (Clark and Scarf 1960; Chen and
    Zheng 1994, section 3). Whole units are exact to the rounding of floats; normal demand is integrated on a fine grid,
    to about 1e-6 of the cost.
    """
    levels, cost = _descend(system, None)
    return SerialSolution(levels, _local(levels), cost, Status.OPTIMAL)


def serial_cost(system: SerialSystem, echelon_base_stock: npt.ArrayLike) -> float:
    """Cost a unit of time of any echelon base-stock levels [N]; raises ValueError for levels it cannot hold."""
    levels = np.asarray(echelon_base_stock, np.float64)
    if levels.shape != system.lead_time.shape or not np.isfinite(levels).all():
        raise ValueError(f"echelon_base_stock: {levels}: must be {system.lead_time.size} finite levels")
    if not isinstance(system.demand, NormalDemand) and (levels != np.floor(levels)).any():
        raise ValueError(f"echelon_base_stock: {levels}: must be whole units, as demand is")
    return _descend(system, levels)[1]


def level_bounds(system: SerialSystem) -> tuple[Floats, Floats]:
    """Lower and upper bounds [N] of the optimal levels: newsvendors over the whole lead time down to the customers.

    F_k is the distribution of demand over the lead times of stages 0 to k, h holding, b the stockout cost:
    F_k(S) = (b + sum h_i, i > k) / (b + sum of all h_i) bounds from below, with only h_i, i >= k below the line from
    above (Shang and Song 2003, theorem 1).
    """
    holding, penalty = system.echelon_holding_cost, system.stockout_cost
    after = np.append(np.cumsum(holding[::-1])[::-1][1:], 0.0)
    total = np.cumsum(system.lead_time) + system.review_time
    low = (penalty + after) / (penalty + holding.sum())
    high = (penalty + after) / (penalty + after + holding)
    ends = [
        np.array([_quantile(system.demand, float(t), float(r)) for t, r in zip(total, ratio, strict=True)])
        for ratio in (low, high)
    ]
    return ends[0], ends[1]


def level_heuristic(system: SerialSystem) -> Floats:
    """Levels [N] halfway between the bounds, whole units rounded down (Shang and Song 2003, section 4)."""
    low, high = level_bounds(system)
    middle: Floats = 0.5 * (low + high)
    return middle if isinstance(system.demand, NormalDemand) else np.floor(middle)


def _descend(system: SerialSystem, given: Floats | None) -> tuple[Floats, float]:
    """Levels [N], those given or the best, and the cost of the system under them."""
    curve = first_curve(system, given)
    levels = np.empty(system.lead_time.size)
    for k in range(levels.size):
        if k:
            curve = next_curve(system, k, curve, float(levels[k - 1]))
        levels[k] = curve.least() if given is None else given[k]
    return levels, curve.at(float(levels[-1]))


def _local(levels: Floats) -> Floats:
    """Installation levels: echelon levels that a later stage cannot use are cut first (Chen and Zheng 1994)."""
    useful = np.minimum.accumulate(levels[::-1])[::-1]
    return np.diff(useful, prepend=0.0)


def _quantile(demand: SerialDemand, time: float, ratio: float) -> float:
    if isinstance(demand, NormalDemand):
        return float(demand.mean * time + ndtri(ratio) * demand.sd * np.sqrt(time))
    return float(np.searchsorted(np.cumsum(demand.chances(time)), ratio))
