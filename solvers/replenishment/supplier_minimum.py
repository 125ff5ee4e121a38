"""Orders below the supplier's minimum value: add the best packs, or wait."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from solvers.replenishment.marginal import lot_packs, reward_of
from solvers.replenishment.problem import Curve, GroupState, OrderProblem

__all__ = ["top_up"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ORDERED, _TOPPED_UP, _WAITING = int(GroupState.ORDERED), int(GroupState.TOPPED_UP), int(GroupState.WAITING)


def top_up(problem: OrderProblem, packs: Ints) -> tuple[Ints, Floats, Ints]:
    """Bring each group's order to its minimum value.

    Packs are added one by one where a pack earns most for its money (``by_reward``) or where cover is shortest. By
    reward, the finished order is placed when it earns more than it costs or an item would run out; by cover it is
    placed whenever the minimum can be reached. Otherwise the group waits for its next order day.

    Returns packs added [K], the value the order would have [G] and ``GroupState`` [G].
    """
    added = np.zeros(packs.size, np.int64)
    value = np.zeros(problem.group_minimum.size)
    state = np.zeros(problem.group_minimum.size, np.int64)
    order = np.argsort(problem.group, kind="stable")
    bounds = np.searchsorted(problem.group[order], np.arange(problem.group_minimum.size + 1))
    for group in range(problem.group_minimum.size):
        rows = order[bounds[group] : bounds[group + 1]]
        if not packs[rows].any():
            continue
        curve = Curve(problem.curve.levels, *(part[rows] for part in problem.curve[1:]))
        extra, value[group], state[group] = _top_up_group(
            _group(problem, rows), packs[rows], float(problem.group_minimum[group]), curve, problem.by_reward
        )
        added[rows] = extra
    return added, value, state


class _Group(NamedTuple):
    """The rows of one group, as compiled code takes them."""

    position: Floats
    pack: Floats
    minimum_quantity: Floats
    top_up_limit: Floats
    unit_price: Floats
    rate: Floats
    daily: Floats
    runs_out: Flags
    break_from: Floats
    break_price: Floats


def _group(problem: OrderProblem, rows: Ints) -> _Group:
    return _Group(*(getattr(problem, name)[rows] for name in _Group._fields))


@numba.njit(cache=False)
def _value(group: _Group, row: int, packs: int) -> float:
    units: float = packs * group.pack[row]
    price: float = group.unit_price[row]
    for b in range(group.break_from.shape[1]):
        if units >= group.break_from[row, b] * (1.0 - 1e-9):
            price = group.break_price[row, b]
    return units * price


@numba.njit(cache=False)
def _step(group: _Group, row: int, packs: int) -> int:
    """Packs of the next step of a line: a whole smallest lot first, then one by one."""
    return 1 if packs > 0 else lot_packs(group.minimum_quantity[row], group.pack[row])


@numba.njit(cache=False)
def _score(group: _Group, row: int, packs: int, curve: Curve, by_reward: bool) -> float:
    """How good the next step of a line is; minus infinity when it may not be taken."""
    step, pack = _step(group, row, packs), group.pack[row]
    if group.daily[row] <= 0.0 or (packs + step) * pack > group.top_up_limit[row] * (1.0 + 1e-9):
        return -np.inf
    start: float = group.position[row] + packs * pack
    cover: float = start / group.daily[row]
    cost: float = max(step * pack * group.unit_price[row] * group.rate[row], 1e-12)
    score: float = reward_of(curve, row, start, step * pack) / cost if by_reward else -cover
    return score


@numba.njit(cache=False)
def _top_up_group(group: _Group, packs: Ints, minimum: float, curve: Curve, by_reward: bool) -> tuple[Ints, float, int]:
    rows = packs.shape[0]
    total = packs.copy()
    values, scores = np.zeros(rows), np.zeros(rows)
    for i in range(rows):
        values[i] = _value(group, i, total[i])
    enough = minimum * (1.0 - 1e-9)
    if values.sum() >= enough:
        return total - packs, values.sum(), _ORDERED
    for i in range(rows):
        scores[i] = _score(group, i, total[i], curve, by_reward)
    while values.sum() < enough:
        best = int(np.argmax(scores))
        if scores[best] == -np.inf:
            return total - packs, values.sum(), _WAITING
        total[best] += _step(group, best, total[best])
        values[best] = _value(group, best, total[best])
        scores[best] = _score(group, best, total[best], curve, by_reward)
    if not by_reward or _worth_it(group, packs, total, curve):
        return total - packs, values.sum(), _TOPPED_UP
    return total - packs, values.sum(), _WAITING


@numba.njit(cache=False)
def _worth_it(group: _Group, packs: Ints, total: Ints, curve: Curve) -> bool:
    """Whether the whole order earns more than it costs, or an item that needs it would run out."""
    reward = 0.0
    for i in range(packs.shape[0]):
        if packs[i] > 0 and group.runs_out[i]:
            return True
        if total[i] > 0:
            reward += reward_of(curve, i, group.position[i], total[i] * group.pack[i])
    return reward > 0.0
