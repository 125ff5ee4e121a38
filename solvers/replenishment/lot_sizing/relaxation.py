"""Lagrangian relaxation of capacity: a bound, what capacity is worth, and a first plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.classic.wagner_whitin import wagner_whitin_rows
from solvers.replenishment.lot_sizing.problem import LotSizingProblem

__all__ = ["Relaxation", "relax_capacity"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_STEPS = 300
_FRESH = 0.1  # share of the newest plan in the average
_PATIENCE = 20  # steps without a better bound until steps get shorter
_SHORTER = 0.66
_ABOVE = 1.005  # the target of a step lies at least so far above the best bound


@dataclass(frozen=True, eq=False, slots=True)
class Relaxation:
    """``bound`` on the cost, ``price`` [T] of a unit of capacity, ``setups`` [N,T] of the last plan."""

    bound: float
    price: Floats
    setups: Flags


def relax_capacity(problem: LotSizingProblem) -> Relaxation:
    """Items apart, each by Wagner and Whitin, at prices of capacity that a volume algorithm moves.

    The bound is that of the facility-location model without integrality. Trigeiro, Thomas and McClain (1989), section
    3; Barahona and Anbil (2000), The Volume Algorithm, Mathematical Programming 87.
    """
    price = np.zeros(problem.capacity.size)
    center, setups = price, np.zeros(problem.demand.shape, np.bool_)
    best, target, step, stalled = -np.inf, 0.0, 1.0, 0
    used = np.zeros(problem.capacity.size)
    for number in range(_STEPS):
        quantity, cost = wagner_whitin_rows(
            problem.demand,
            problem.setup_cost + problem.setup_time * price,
            problem.holding_cost,
            problem.unit_cost + problem.unit_time * price,
            problem.initial_stock,
        )
        setups = quantity > 0.0
        busy = (problem.unit_time * quantity + problem.setup_time * setups).sum(axis=0)
        used = busy if number == 0 else (1.0 - _FRESH) * used + _FRESH * busy
        value = float(cost.sum() - price @ problem.capacity)
        stalled = 0 if value > best + 1e-6 * abs(best) else stalled + 1
        if value > best:
            best, center = value, price
        if stalled >= _PATIENCE:
            step, stalled = step * _SHORTER, 0
        target = max(target, best * _ABOVE)
        overload = used - problem.capacity
        length = float(overload @ overload)
        if length == 0.0 or (number == 0 and (overload <= 0.0).all()):
            break  # capacity binds nowhere: the first plan is the best
        price = np.maximum(center + step * (target - value) / length * overload, 0.0)
    return Relaxation(best, center, setups)
