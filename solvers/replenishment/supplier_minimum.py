"""Orders below the supplier's minimum value: add the best packs, or wait."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value
from solvers.replenishment.marginal import lot_packs, reward_of
from solvers.replenishment.problem import Curve, GroupState, OrderProblem

__all__ = ["bring_to_minimum"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ORDERED, _TOPPED_UP, _WAITING = int(GroupState.ORDERED), int(GroupState.TOPPED_UP), int(GroupState.WAITING)


def bring_to_minimum(problem: OrderProblem, packs: Ints) -> tuple[Ints, Floats, Ints]:
    """Bring each group's order to its minimum value.

    Packs are added one by one where a pack earns most for its money (``by_reward``) or where cover is shortest. By
    reward, the finished order is placed when it earns more than it costs or an item would run out; by cover it is
    placed whenever the minimum can be reached. Otherwise the group waits for its next order day.

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
    rows = _Rows(*(np.ascontiguousarray(getattr(problem, name)[order]) for name in _Rows._fields))
    total, value, state = _top_up_all(rows, packs[order], (bounds, problem.group_minimum), curve, problem.by_reward)
    added = np.zeros(packs.size, np.int64)
    added[order] = total - packs[order]
    return added, value, state


class _Rows(NamedTuple):
    """The rows, sorted by group, as compiled code takes them."""

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


@numba.njit(cache=False)
def _value(rows: _Rows, row: int, packs: int) -> float:
    units: float = packs * rows.pack[row]
    price: float = rows.unit_price[row]
    for b in range(rows.break_from.shape[1]):
        if units >= rows.break_from[row, b] * (1.0 - 1e-9):
            price = rows.break_price[row, b]
    return units * price


@numba.njit(cache=False)
def _step(rows: _Rows, row: int, packs: int) -> int:
    """Packs of the next step of a line: a whole smallest lot first, then one by one."""
    return 1 if packs > 0 else lot_packs(rows.minimum_quantity[row], rows.pack[row])


@numba.njit(cache=False)
def _score(rows: _Rows, row: int, packs: int, curve: Curve, by_reward: bool) -> float:
    """How good the next step of a line is; minus infinity when it may not be taken."""
    step, pack = _step(rows, row, packs), rows.pack[row]
    if rows.daily[row] <= 0.0 or (packs + step) * pack > rows.top_up_limit[row] * (1.0 + 1e-9):
        return -np.inf
    start: float = rows.position[row] + packs * pack
    cover: float = start / rows.daily[row]
    cost: float = max(step * pack * rows.unit_price[row] * rows.rate[row], 1e-12)
    score: float = reward_of(curve, row, start, step * pack) / cost if by_reward else -cover
    return score


@numba.njit(cache=False)
def _top_up_all(
    rows: _Rows, packs: Ints, groups: tuple[Ints, Floats], curve: Curve, by_reward: bool
) -> tuple[Ints, Floats, Ints]:
    """Total packs [K], value [G] and state [G] of the groups between ``bounds`` [G+1] with their ``minimum`` [G]."""
    bounds, minimum = groups
    total = packs.copy()
    line, score = np.zeros(packs.shape[0]), np.zeros(packs.shape[0])
    value, state = np.zeros(minimum.shape[0]), np.zeros(minimum.shape[0], np.int64)
    for g in range(minimum.shape[0]):
        first, end = bounds[g], bounds[g + 1]
        if packs[first:end].sum() == 0:
            continue
        for i in range(first, end):
            line[i] = _value(rows, i, total[i])
        state[g] = _ORDERED
        enough = minimum[g] * (1.0 - 1e-9)
        if line[first:end].sum() < enough:
            for i in range(first, end):
                score[i] = _score(rows, i, total[i], curve, by_reward)
        while state[g] != _WAITING and line[first:end].sum() < enough:
            best = first + np.argmax(score[first:end])
            if score[best] == -np.inf:
                state[g] = _WAITING
            else:
                state[g] = _TOPPED_UP
                total[best] += _step(rows, best, total[best])
                line[best] = _value(rows, best, total[best])
                score[best] = _score(rows, best, total[best], curve, by_reward)
        if state[g] == _TOPPED_UP and by_reward and not _worth_it(rows, packs, total, curve, (first, end)):
            state[g] = _WAITING
        for i in range(first, end):
            value[g] += _value(rows, i, packs[i] if state[g] == _WAITING else total[i])
    return total, value, state


@numba.njit(cache=False)
def _worth_it(rows: _Rows, packs: Ints, total: Ints, curve: Curve, bounds: tuple[int, int]) -> bool:
    """Whether the whole order earns more than it costs, or an item that needs it would run out."""
    reward = 0.0
    for i in range(bounds[0], bounds[1]):
        if packs[i] > 0 and rows.runs_out[i]:
            return True
        if total[i] > 0:
            reward += reward_of(curve, i, rows.position[i], total[i] * rows.pack[i])
    return reward > 0.0
