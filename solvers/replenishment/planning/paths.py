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
def _pattern_costs(rows: GroupRows, prices: Floats) -> Floats:
    """Cost of all rows for each set of order days [2**T] (bit t: day t is used), without minimum value and trucks.

    ``prices`` [n,T,B] a pack. A tree over the days, so that sets share their beginnings.
    """
    n, days, size = rows.stage.shape
    total = np.zeros(1 << days)
    taken, work = np.zeros(size, np.int64), np.zeros(size, np.int64)
    ends, money = np.zeros((2, RANGES), np.int64), np.zeros((2, RANGES))
    for i in range(n):
        own = rows.most[i, days - 1] + 1
        value = np.full((days + 1, own), FAR)
        value[0, 0] = 0.0
        done = 0
        for pattern in range(1 << days):
            # The last day is the lowest bit here: days before the first that changed keep their values.
            for t in range(done, days):
                used = (pattern >> (days - 1 - t)) & 1 == 1
                count = _tier_ranges(rows, i, t, (rows.lot[i], own if used else 0), prices[i, t], ends, money)
                none = FAR if rows.fixed[i, t] > 0 else 0.0
                step(value[t], value[t + 1], taken, work, rows.stage[i, t], rows.most[i, t], none, count, ends, money)
            key = 0
            for t in range(days):
                if (pattern >> (days - 1 - t)) & 1 == 1:
                    key |= 1 << t
            total[key] += value[days, _cheapest(value[days])]
            changed, high = pattern ^ (pattern + 1), 0
            while changed > 1:
                changed >>= 1
                high += 1
            done = max(days - 1 - high, 0)
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
