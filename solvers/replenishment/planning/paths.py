"""Each row's cheapest path over order days and packs so far, at given prices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.rows import FAR, GroupRows, GroupTerms

__all__ = ["RANGES", "follow", "lower_costs", "pack_prices", "step", "trace"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RANGES = 24  # of packs of a line: price tiers times trucks


@compiled
def step(
    before: Floats,
    after: Floats,
    taken: Ints,
    work: Ints,
    stage: Floats,
    most: int,
    none: float,
    count: int,
    ends: Ints,
    money: Floats,
) -> None:
    """One order day of a row: cheapest way to each number of packs, ``after`` [S+1], by ``taken`` [S+1] packs.

    Ordering nothing costs ``none``. ``count`` ranges of packs cost each ``money`` [2,count] a pack and in all, from
    their first to their last pack, ``ends`` [2,count].
    """
    size = min(after.shape[0], most + 1)
    for s in range(size):
        after[s], taken[s] = before[s] + none, 0
    for b in range(count):
        first, last, a_pack, fixed = ends[0, b], ends[1, b], money[0, b], money[1, b]
        if last >= size - 1:
            # No upper end: the cheapest start is the cheapest one so far.
            best, start = FAR, 0
            for s in range(first, size):
                cost = before[s - first] - a_pack * (s - first)
                if cost <= best:
                    best, start = cost, s - first
                total = best + a_pack * s + fixed
                if total < after[s] - 1e-12:
                    after[s], taken[s] = total, s - start
            continue
        # Cheapest start within a window of packs, kept as a queue of rising costs.
        head, tail = 0, 0
        for s in range(first, size):
            new = s - first
            cost = before[new] - a_pack * new
            while tail > head and before[work[tail - 1]] - a_pack * work[tail - 1] >= cost:
                tail -= 1
            work[tail] = new
            tail += 1
            while work[head] < s - last:
                head += 1
            total = before[work[head]] - a_pack * work[head] + a_pack * s + fixed
            if total < after[s] - 1e-12:
                after[s], taken[s] = total, s - work[head]
    for s in range(size):
        after[s] += stage[s]
    for s in range(size, after.shape[0]):
        after[s] = FAR


@compiled
def _cheapest(value: Floats) -> int:
    """First of the cheapest."""
    best = 0
    for s in range(value.shape[0]):
        if value[s] < value[best]:
            best = s
    return best


@compiled
def _tier_ranges(
    rows: GroupRows, i: int, t: int, asked: tuple[int, int], price: Floats, ends: Ints, money: Floats
) -> int:
    """Ranges of packs of a row, within ``asked``, whose lines cost ``price`` [B] a pack; returns how many there are."""
    tiers, fixed, count = rows.tier_from.shape[1], rows.fixed[i, t], 0
    if fixed == 0:
        return 0
    for b in range(tiers):
        first = max(rows.tier_from[i, b], rows.lot[i])
        last = rows.stage.shape[2] if b + 1 == tiers else rows.tier_from[i, b + 1] - 1
        if fixed > 0:
            if not rows.tier_from[i, b] <= fixed <= last:
                continue
            first = last = fixed
        else:
            first, last = max(first, asked[0]), min(last, asked[1])
        if first <= last:
            ends[0, count], ends[1, count], money[0, count], money[1, count] = first, last, price[b], 0.0
            count += 1
    return count


@compiled
def step_back(
    after: Floats,
    before: Floats,
    work: Ints,
    stage: Floats,
    most: int,
    none: float,
    count: int,
    ends: Ints,
    money: Floats,
) -> None:
    """One order day of a row seen from its end: cheapest way on from each number of packs, ``before`` [S+1].

    ``after`` [S+1] is the cheapest way on from the day's end, and the rest as in ``step``.
    """
    size = min(before.shape[0], most + 1)
    for s in range(before.shape[0]):
        before[s] = after[s] + stage[s] + none if s < size else FAR
    for b in range(count):
        first, last, a_pack, fixed = ends[0, b], ends[1, b], money[0, b], money[1, b]
        # Cheapest end within a window of packs, kept as a queue of rising costs.
        head, tail = 0, 0
        for s in range(size - 1 - first, -1, -1):
            end = s + first
            cost = after[end] + stage[end] + a_pack * end
            while tail > head and after[work[tail - 1]] + stage[work[tail - 1]] + a_pack * work[tail - 1] >= cost:
                tail -= 1
            work[tail] = end
            tail += 1
            while work[head] - s > last:
                head += 1
            best = after[work[head]] + stage[work[head]] + a_pack * work[head]
            before[s] = min(before[s], best - a_pack * s + fixed)


@compiled
def _ways(rows: GroupRows, prices: Floats, i: int, days: tuple[int, int], back: bool) -> Floats:
    """Cheapest ways of a row through the days from ``days[0]`` to before ``days[1]``, for each set of them [2**d,S+1].

    Bit k of the set: the k-th of these days is used. From no packs to each number of them; ``back``: from each number
    to the end of the days. A tree over the days, so that sets share their beginnings (``back``: their ends).
    """
    own, depth = rows.most[i, rows.stage.shape[1] - 1] + 1, days[1] - days[0]
    taken, work = np.zeros(own, np.int64), np.zeros(own, np.int64)
    ends, money = np.zeros((2, RANGES), np.int64), np.zeros((2, RANGES))
    ways, value = np.zeros((1 << depth, own)), np.full((depth + 1, own), FAR)
    for s in range(own):
        if back or s == 0:
            value[0, s] = 0.0
    done = 0
    for pattern in range(1 << depth):
        # The day met last is the lowest bit here: days met before the first that changed keep their values.
        key = 0
        for k in range(depth):
            used = (pattern >> (depth - 1 - k)) & 1 == 1
            if used:
                key |= 1 << (depth - 1 - k if back else k)
            if k < done:
                continue
            t = days[1] - 1 - k if back else days[0] + k
            count = _tier_ranges(rows, i, t, (rows.lot[i], own if used else 0), prices[i, t], ends, money)
            none, most, stage = FAR if rows.fixed[i, t] > 0 else 0.0, rows.most[i, t], rows.stage[i, t]
            if back:
                step_back(value[k], value[k + 1], work, stage, most, none, count, ends, money)
            else:
                step(value[k], value[k + 1], taken, work, stage, most, none, count, ends, money)
        for s in range(own):
            ways[key, s] = value[depth, s]
        changed, high = pattern ^ (pattern + 1), 0
        while changed > 1:
            changed >>= 1
            high += 1
        done = max(depth - 1 - high, 0)
    return ways


@compiled
def _pattern_costs(rows: GroupRows, prices: Floats) -> Floats:
    """Cost of all rows for each set of order days [2**T] (bit t: day t is used), without minimum value and trucks.

    ``prices`` [n,T,B] a pack. Ways through the first half of the days meet ways through the second half.
    """
    days = rows.stage.shape[1]
    half = days // 2
    total = np.zeros(1 << days)
    for i in range(rows.stage.shape[0]):
        to, on = _ways(rows, prices, i, (0, half), False), _ways(rows, prices, i, (half, days), True)
        for late in range(on.shape[0]):
            for early in range(to.shape[0]):
                best = FAR
                for s in range(to.shape[1]):
                    best = min(best, to[early, s] + on[late, s])
                total[early | (late << half)] += best
    return total


@compiled
def trace(value: Floats, taken: Ints, packs: Ints) -> float:
    """Cheapest end of a row's path; fills ``packs`` [T] unless there is none."""
    days = packs.shape[0]
    s = _cheapest(value[days])
    cost: float = value[days, s]
    if cost < FAR:
        for t in range(days - 1, -1, -1):
            packs[t] = taken[t, s]
            s -= taken[t, s]
    return cost


@compiled
def follow(rows: GroupRows, pattern: int, asked: Ints, prices: Floats, packs: Ints) -> float:
    """Cheapest cost of all rows at the prices [n,T,B]; fills ``packs`` [n,T].

    ``asked`` [2,n,T] fewest and most packs of each line; 0 packs are no line.
    """
    n, days, size = rows.stage.shape
    work = np.zeros(size, np.int64)
    ends, money = np.zeros((2, RANGES), np.int64), np.zeros((2, RANGES))
    total = 0.0
    for i in range(n):
        own = rows.most[i, days - 1] + 1
        value, taken = np.full((days + 1, own), FAR), np.zeros((days, own), np.int64)
        value[0, 0] = 0.0
        for t in range(days):
            used = (pattern >> t) & 1 == 1
            inside = (asked[0, i, t], asked[1, i, t] if used else 0)
            count = _tier_ranges(rows, i, t, inside, prices[i, t], ends, money)
            none = FAR if rows.fixed[i, t] > 0 or asked[0, i, t] > 0 else 0.0
            step(value[t], value[t + 1], taken[t], work, rows.stage[i, t], rows.most[i, t], none, count, ends, money)
        total += trace(value, taken, packs[i])
    return total


@compiled
def pack_prices(rows: GroupRows, terms: GroupTerms) -> Floats:
    """What a pack costs in each tier [n,T,B]: above the cheapest price, and what it uses of shared limits."""
    n, days, _ = rows.stage.shape
    base = np.zeros((n, days, rows.tier_from.shape[1]))
    for i in range(n):
        for t in range(days):
            for b in range(base.shape[2]):
                base[i, t, b] = rows.tier_cost[i, b] + terms.value_price[t] * rows.tier_value[i, b]
                base[i, t, b] += terms.unit_price[t] * rows.units[i]
    return base


@compiled
def lower_costs(rows: GroupRows, prices: Floats, order_terms: Floats) -> Floats:
    """What plans on each set of order days cost at least [2**T] (bit t: day t is used).

    ``prices`` [n,T,B] a pack, ``order_terms`` [T] what an order of each day adds.
    """
    lower = _pattern_costs(rows, prices)
    for pattern in range(lower.shape[0]):
        for t in range(rows.stage.shape[1]):
            if (pattern >> t) & 1 == 1:
                lower[pattern] += order_terms[t]
                continue
            for i in range(rows.fixed.shape[0]):
                if rows.fixed[i, t] > 0:
                    lower[pattern] = FAR
    return lower
