"""The dynamic programme over the service times of a tree, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = ["ServiceBounds", "TreeOrder", "least_times"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class TreeOrder(NamedTuple):
    """A forest rooted anyhow: ``order`` [N] with every stage before its parent, ``parent`` [N] (-1 for a root).

    ``upstream`` [N] is 1 where the parent supplies the stage, 0 where the stage supplies its parent.
    """

    order: Ints
    parent: Ints
    upstream: Ints


class ServiceBounds(NamedTuple):
    """Whole service times that are allowed, all [N] and both ends included: outbound and inbound."""

    outbound_low: Ints
    outbound_high: Ints
    inbound_low: Ints
    inbound_high: Ints


class _Stage(NamedTuple):
    processing: int
    weight: float
    out_low: int
    out_high: int
    in_low: int
    in_high: int


@compiled
def _best_inbound(outbound: int, stage: _Stage, upstream: Floats) -> int:
    """The inbound time that is best for an outbound time; -1 where none is allowed."""
    best, least = -1, np.inf
    for inbound in range(max(stage.in_low, outbound - stage.processing), stage.in_high + 1):
        cost = stage.weight * np.sqrt(inbound + stage.processing - outbound) + upstream[inbound]
        if cost < least:
            best, least = inbound, cost
    return best


@compiled
def _best_outbound(inbound: int, stage: _Stage, downstream: Floats) -> int:
    """The outbound time that is best for an inbound time; -1 where none is allowed."""
    best, least = -1, np.inf
    for outbound in range(stage.out_low, min(stage.out_high, inbound + stage.processing) + 1):
        cost = stage.weight * np.sqrt(inbound + stage.processing - outbound) + downstream[outbound]
        if cost < least:
            best, least = outbound, cost
    return best


@compiled
def _by_outbound(value: Floats, upstream: Floats, downstream: Floats, stage: _Stage, roots: Floats) -> None:
    """Cost of the part of the tree behind a stage, for each outbound time; inf where it is not allowed."""
    processing, weight, out_low, out_high, in_low, in_high = stage
    value[:] = np.inf
    falls = np.empty(in_high - in_low + 1, np.int64)  # only where waiting longer makes those before it cheaper
    count = 0
    for inbound in range(in_low + 1, in_high + 1):
        if upstream[inbound] < upstream[inbound - 1]:
            falls[count] = inbound
            count += 1
    first = 0
    for outbound in range(out_low, out_high + 1):
        inbound = max(in_low, outbound - processing)
        if inbound > in_high:
            break
        least = weight * roots[inbound + processing - outbound] + upstream[inbound]
        while first < count and falls[first] <= inbound:
            first += 1
        for j in range(first, count):
            cost = weight * roots[falls[j] + processing - outbound] + upstream[falls[j]]
            least = min(least, cost)
        value[outbound] = least + downstream[outbound]


@compiled
def _by_inbound(value: Floats, upstream: Floats, downstream: Floats, stage: _Stage, roots: Floats) -> None:
    """Cost of the part of the tree behind a stage, for each inbound time; inf where it is not allowed."""
    processing, weight, out_low, out_high, in_low, in_high = stage
    value[:] = np.inf
    rises = np.empty(max(out_high - out_low + 1, 1), np.int64)  # promising less helps only those after it
    count = 0
    for outbound in range(out_low, out_high):
        if downstream[outbound + 1] > downstream[outbound]:
            rises[count] = outbound
            count += 1
    for inbound in range(in_low, in_high + 1):
        outbound = min(out_high, inbound + processing)
        if outbound < out_low:
            continue
        least = weight * roots[inbound + processing - outbound] + downstream[outbound]
        for j in range(count):
            if rises[j] >= outbound:
                break
            cost = weight * roots[inbound + processing - rises[j]] + downstream[rises[j]]
            least = min(least, cost)
        value[inbound] = least + upstream[inbound]


@compiled
def _hand_up(value: Floats, stage: int, tree: TreeOrder, limits: ServiceBounds, into: Floats) -> None:
    """Add to the parent what the stage costs at best for each of the parent's times."""
    least, parent = np.inf, tree.parent[stage]
    if tree.upstream[stage] == 0:  # the stage may promise at most what its parent counts on
        for time in range(limits.inbound_high[parent] + 1):
            if time <= limits.outbound_high[stage]:
                least = min(least, value[time])
            into[time] += least
    else:
        for time in range(limits.outbound_high[parent], limits.inbound_high[stage], -1):
            into[time] = np.inf
        for time in range(limits.inbound_high[stage], -1, -1):
            least = min(least, value[time])
            if time <= limits.outbound_high[parent]:
                into[time] += least


@compiled
def _stage(k: int, limits: ServiceBounds, processing: Ints, weight: Floats) -> _Stage:
    return _Stage(processing[k], weight[k], limits.outbound_low[k], limits.outbound_high[k], limits.inbound_low[k],
                  limits.inbound_high[k])  # fmt: skip


@compiled
def least_times(tree: TreeOrder, limits: ServiceBounds, processing: Ints, weight: Floats) -> tuple[float, Ints, Ints]:
    """Least cost and the outbound and inbound times [N] that have it; cost inf where the bounds allow nothing.

    A stage costs ``weight`` [N] times the root of its net time, inbound + processing - outbound. Graves and Willems
    (2000, section 5; 2003) as improved by Lesnaia (2004) and Humair and Willems (2011): each stage has its own range of
    times, and only times at which a neighbour's cost changes are tried.
    """
    stages = processing.shape[0]
    start = np.zeros(stages + 1, np.int64)
    longest = 0
    for k in range(stages):
        start[k + 1] = start[k] + max(limits.outbound_high[k], limits.inbound_high[k]) + 1
        longest = max(longest, limits.inbound_high[k] + processing[k])
    roots = np.sqrt(np.arange(longest + 1).astype(np.float64))
    value, upstream, downstream = np.zeros(start[-1]), np.zeros(start[-1]), np.zeros(start[-1])
    outbound, inbound = np.zeros(stages, np.int64), np.zeros(stages, np.int64)
    total = 0.0
    for k in tree.order:
        own = slice(start[k], start[k + 1])
        stage = _stage(k, limits, processing, weight)
        parent = tree.parent[k]
        if parent >= 0 and tree.upstream[k] == 1:
            _by_inbound(value[own], upstream[own], downstream[own], stage, roots)
            _hand_up(value[own], k, tree, limits, downstream[start[parent] : start[parent + 1]])
        else:
            _by_outbound(value[own], upstream[own], downstream[own], stage, roots)
            if parent >= 0:
                _hand_up(value[own], k, tree, limits, upstream[start[parent] : start[parent + 1]])
            else:
                total += value[own].min()
    if not np.isfinite(total):
        return np.inf, outbound, inbound
    for place in range(stages - 1, -1, -1):
        k = tree.order[place]
        parent, own = tree.parent[k], slice(start[k], start[k + 1])
        if parent >= 0 and tree.upstream[k] == 1:
            promised = outbound[parent]
            inbound[k] = promised + np.argmin(value[own][promised : limits.inbound_high[k] + 1])
            outbound[k] = _best_outbound(inbound[k], _stage(k, limits, processing, weight), downstream[own])
        else:
            last = limits.outbound_high[k] if parent < 0 else min(limits.outbound_high[k], inbound[parent])
            outbound[k] = np.argmin(value[own][: last + 1])
            inbound[k] = _best_inbound(outbound[k], _stage(k, limits, processing, weight), upstream[own])
    return total, outbound, inbound
