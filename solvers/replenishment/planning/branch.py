"""One group's plan by branch and bound: sets of order days first, then whether single lines are ordered."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.ascend import MANY_TRUCKS, ascend, lower_bounds
from solvers.replenishment.planning.cut import first_plan
from solvers.replenishment.planning.paths import pack_prices
from solvers.replenishment.planning.rows import GroupRows, GroupTerms

__all__ = ["Effort", "GroupPlan", "solve_group"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


_NOTHING, _TRUCKS = -1, -2  # rows that ``ascend`` names when it has no line to branch on


class Effort(NamedTuple):
    """How hard a group is looked at.

    ``nodes`` of the tree (0: ``start`` is improved row by row, without a bound), ``near`` the share of the cost at
    which it may stop, ``steps`` of a dual at the top of the tree and ``steps_below``; ``raises`` of the bounds of all
    sets of order days, by the prices found for one of them.
    """

    nodes: int = 200
    near: float = 0.001
    steps: int = 40
    steps_below: int = 16
    raises: int = 8


class GroupPlan(NamedTuple):
    """``packs`` [n,T], their ``cost``, the ``bound`` proven for any plan, and the nodes looked at."""

    packs: Ints
    cost: float
    bound: float
    nodes: int


class _Node(NamedTuple):
    bound: float
    number: int
    pattern: int
    lines: Ints
    trucks: Ints
    dual: Floats
    depth: int


def solve_group(rows: GroupRows, terms: GroupTerms, start: Ints, effort: Effort) -> GroupPlan:
    """Cheapest packs of one group; ``start`` [n,T] is a first plan, which need not hold.

    Every node relaxes minimum values and trucks by prices, so that its rows part; its bound is their sum (Lagrangian
    relaxation: Geoffrion 1974; Fisher 1981). The plan is feasible whenever one is: minimum values are reached or
    nothing is ordered that day. Without any (fixed packs below a minimum value) the cost is inf.
    """
    best, cost = first_plan(rows, terms, start)
    if effort.nodes == 0:
        return GroupPlan(best, float(cost), -np.inf, 0)
    base = pack_prices(rows, terms)
    flat = np.zeros((3, start.shape[1]))
    lower = lower_bounds(rows, terms, base, flat)
    free = np.stack((np.zeros_like(start), np.full_like(start, rows.stage.shape[2])))
    trucks = np.repeat(np.array([[1], [MANY_TRUCKS]]), start.shape[1], axis=1)
    waiting, heap = lower, list[_Node]()  # sets of order days nobody has looked at; parts of the others
    nodes, number, closed, warm, raised = 0, 0, np.inf, flat.copy(), 0
    while _open(_least(waiting, heap), cost, effort.near) and nodes < effort.nodes:
        node = _next(waiting, heap, np.isfinite(cost))
        if node is None:
            pattern = int(np.argmin(waiting))
            node = _Node(float(waiting[pattern]), number, pattern, free, trucks, warm, 0)
            waiting[pattern] = np.inf
        dual = node.dual.copy()
        limits = (cost, effort.near, effort.steps if node.depth == 0 else effort.steps_below)
        asked = (node.lines, node.trucks)
        top, cost, (i, t, split) = ascend(rows, terms, node.pattern, asked, base, dual, best, limits)
        nodes += 1
        top = max(float(top), node.bound)
        if node.depth == 0 and raised < effort.raises:
            used = (node.pattern >> np.arange(dual.shape[1])) & 1 == 1
            if np.any(dual[:, used] != warm[:, used]):
                warm[:, used] = dual[:, used]
                higher = lower_bounds(rows, terms, base, warm)
                np.maximum(waiting, higher, out=waiting)
                heap[:] = [part._replace(bound=max(part.bound, float(higher[part.pattern]))) for part in heap]
                heapq.heapify(heap)
                raised += 1
        if not _open(top, cost, effort.near) or i == _NOTHING:
            closed = min(closed, top)
            continue
        for side in (0, 1):
            lines, split_trucks = node.lines.copy(), node.trucks.copy()
            part = split_trucks if i == _TRUCKS else lines[:, i]
            part[side, t] = split + 1 if side == 0 else split
            heapq.heappush(heap, _Node(top, number, node.pattern, lines, split_trucks, dual, node.depth + 1))
            number += 1
    bound = min(closed, _least(waiting, heap), cost)
    return GroupPlan(best, float(cost), float(bound), nodes)


def _least(waiting: Floats, heap: list[_Node]) -> float:
    """Least bound of all that is open."""
    return min(float(waiting.min()), heap[0].bound if heap else np.inf)


def _next(waiting: Floats, heap: list[_Node], found: bool) -> _Node | None:
    """Take the part of a set of order days that is next; none: the next set is.

    Until a plan is ``found`` every set of days is tried before one is looked at more closely.
    """
    least = float(waiting.min())
    if not heap or least <= heap[0].bound or (not found and least < np.inf):
        return None
    return (
        heapq.heappop(heap)
        if found
        else _take(heap, min(range(len(heap)), key=lambda k: (heap[k].depth, heap[k].bound)))
    )


def _take(heap: list[_Node], place: int) -> _Node:
    node = heap[place]
    heap[place] = heap[-1]
    heap.pop()
    heapq.heapify(heap)
    return node


def _open(bound: float, cost: float, near: float) -> bool:
    """Whether a plan that is cheaper by more than the share ``near`` may still be found."""
    return bound < cost - near * abs(cost) if np.isfinite(cost) else bound < cost
