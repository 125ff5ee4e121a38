"""Orders below the supplier's minimum value: add the best packs, or wait."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.replenishment.kernels import OrderRows, top_up
from solvers.replenishment.lots import line_value
from solvers.replenishment.problem import Curve, GroupState, OrderProblem

__all__ = ["bring_to_minimum"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ORDERED = int(GroupState.ORDERED)


def bring_to_minimum(problem: OrderProblem, packs: Ints) -> tuple[Ints, Floats, Ints]:
    """Bring each group's order to its minimum value.

    Packs are added one by one where a pack earns most for its money (``by_reward``; what sells only after a
    later order could have come pays for its whole wait) or where cover is shortest. By reward, packs that the minimum
    does not need once a larger one has been added are taken off again, the dearest first, and the finished order is
    placed when it earns more than it costs or an item would run out; by cover it is placed whenever the minimum can be
    reached. Otherwise the group waits for its next order day.

    Returns packs added [K], the order's value [G] (what was wanted, where it waits) and ``GroupState`` [G].
    """
    groups = problem.group_minimum.size
    lines = line_value(packs * problem.pack, problem.unit_price, problem.break_from, problem.break_price)
    value = np.bincount(problem.group, weights=lines, minlength=groups).astype(np.float64)
    ordered = np.bincount(problem.group, weights=packs, minlength=groups) > 0
    if not (ordered & (value < problem.group_minimum * (1.0 - 1e-9))).any():
        return np.zeros_like(packs), value, np.where(ordered, _ORDERED, 0).astype(np.int64)
    order = np.argsort(problem.group, kind="stable")
    bounds = np.searchsorted(problem.group[order], np.arange(groups + 1))
    curve = Curve(problem.curve.levels, *(part[order] for part in problem.curve[1:]))
    rows = OrderRows(*(np.ascontiguousarray(getattr(problem, name)[order]) for name in OrderRows._fields))
    total, value, state = top_up(rows, packs[order], (bounds, problem.group_minimum), curve, problem.by_reward)
    added = np.zeros(packs.size, np.int64)
    added[order] = total - packs[order]
    return added, value, state
