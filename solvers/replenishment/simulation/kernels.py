"""The loops of the simulation, compiled. A lane is one replication; all lanes of a SKU go through a day together.

Whole units in int32 lanes, so that results are exact whatever the vector width; the lanes of one SKU (a few dozen kB)
stay in the first caches while its demand streams past. Accumulators are emptied into int64 every ``_CHUNK`` days,
before they can overflow: levels and backlogs are at most ``LARGEST`` units.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = [
    "COUNTS",
    "LARGEST",
    "Rows",
    "Tables",
    "asked_of",
    "draw_all",
    "simulate_given",
    "simulate_tables",
    "tune_given",
    "tune_tables",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Lanes = npt.NDArray[np.int32]
Demand = npt.NDArray[np.uint16]
Bytes = npt.NDArray[np.uint8]

LARGEST = 4_000_000  # units; 64 days of the largest demand on top stay exact in float32 and in int32 sums
COUNTS = 8  # orders, units ordered, stock, backlog, short, days without stock, cycles, cycles with a shortage
_CHUNK = 64
_NET, _POSITION, _FLAG, _FIRST_COUNT = 0, 1, 2, 3
_GOLDEN = 0.6180339887498949


class Rows(NamedTuple):
    """N SKUs as compiled code takes them.

    ``rows`` [N,7]: reorder level, order-up-to level, pack, minimum, review, start, warm-up days. ``leads`` [N,1|T]
    days. ``money`` [N,5]: cost of a unit on hand a day, of a unit waiting a day, of a unit short, of an order, and
    the share that waits. For tuning: ``starts`` [N] (-1: the order-up-to level), ``most`` [N] largest gap between the
    levels (1: base stock).
    """

    rows: Ints
    leads: Ints
    money: Floats
    starts: Ints
    most: Ints


class Tables(NamedTuple):
    """``table`` [N,C,256], ``kind`` [T] and ``place`` [T,R] as in ``DemandTables``."""

    table: Demand
    kind: Ints
    place: Bytes


class _Sku(NamedTuple):
    """One SKU: its demand [T,R], its part of ``Rows``, and work arrays.

    These are lanes [3 + COUNTS,R], pipe [P,R] by day of arrival, counts [COUNTS] and cost [R].
    """

    block: Demand
    row: Ints
    leads: Ints
    money: Floats
    lanes: Lanes
    pipe: Lanes
    counts: Ints
    cost: Floats


@compiled
def _order(position: Lanes, pipe: Lanes, orders: Lanes, units: Lanes, levels: Lanes) -> None:
    """Order up to the level where the position is at or below the reorder level, in whole packs."""
    reorder, up_to, pack, minimum = levels[0], levels[1], levels[2], levels[3]
    if pack == 1:
        for r in range(position.shape[0]):
            q = max(up_to - position[r], minimum) if position[r] <= reorder else np.int32(0)
            pipe[r] += q
            position[r] += q
            orders[r] += np.int32(q > 0)
            units[r] += q
        return
    divisor = np.float32(pack)
    for r in range(position.shape[0]):
        need = max(up_to - position[r], minimum)
        # The quotient of whole numbers whose product of quotient and divisor is below 2^24 never rounds up to a whole.
        packs = np.int32(np.floor(np.float32(need + pack - np.int32(1)) / divisor))
        q = packs * pack if position[r] <= reorder else np.int32(0)
        pipe[r] += q
        position[r] += q
        orders[r] += np.int32(q > 0)
        units[r] += q


@compiled
def _day(  # noqa: PLR0917 -- only slices that are arguments of their own let the loop be vectorised
    demand: Demand, pipe: Lanes, net: Lanes, position: Lanes, flag: Lanes, stock: Lanes, backlog: Lanes, short: Lanes,
    empty: Lanes, cycles: Lanes, short_cycles: Lanes, share: float,
) -> None:  # fmt: skip
    """Receive, serve, count; of what is short a ``share`` waits (whole units, rounded down)."""
    part = np.float32(share)
    for r in range(net.shape[0]):
        arrived = pipe[r]
        pipe[r] = 0
        ended = arrived > 0
        cycles[r] += np.int32(ended)
        short_cycles[r] += flag[r] if ended else np.int32(0)
        still = np.int32(0) if ended else flag[r]
        before = np.int32(net[r] + arrived)
        asked = np.int32(demand[r])
        missing = np.int32(max(asked - max(before, np.int32(0)), np.int32(0)))
        taken = np.int32(asked - missing + np.int32(part * np.float32(missing)))
        after = np.int32(before - taken)
        on_hand = max(after, np.int32(0))
        flag[r] = still | np.int32(missing > 0)
        short[r] += missing
        net[r] = after
        position[r] -= taken
        stock[r] += on_hand
        backlog[r] += on_hand - after
        empty[r] += np.int32(on_hand == 0)


@compiled
def _empty_counts(sku: _Sku) -> bool:
    """Move the lanes' counts to those of the SKU; False when a backlog is beyond all bounds."""
    lanes, money = sku.lanes, sku.money
    for k in range(COUNTS):
        total = 0
        for r in range(lanes.shape[1]):
            total += lanes[_FIRST_COUNT + k, r]
        sku.counts[k] += total
    lowest = 0
    for r in range(lanes.shape[1]):
        kept = money[0] * lanes[5, r] + money[1] * lanes[6, r]
        sku.cost[r] += kept + money[2] * lanes[7, r] + money[3] * lanes[3, r]
        lowest = min(lowest, lanes[_NET, r])
    lanes[_FIRST_COUNT:] = 0
    return lowest >= -LARGEST


@compiled
def _run(sku: _Sku) -> bool:
    """All days of one SKU; sets its counts and costs. False when a backlog is beyond all bounds."""
    lanes, pipe, row, leads, share = sku.lanes, sku.pipe, sku.row, sku.leads, sku.money[4]
    lanes[:] = 0
    pipe[:] = 0
    sku.counts[:] = 0
    sku.cost[:] = 0.0
    lanes[_NET] += np.int32(row[5])
    lanes[_POSITION] += np.int32(row[5])
    levels = row[:4].astype(np.int32)
    ring, fine = pipe.shape[0], True
    for t in range(sku.block.shape[0]):
        if t == row[6]:
            lanes[_FIRST_COUNT:] = 0
            sku.counts[:] = 0
            sku.cost[:] = 0.0
        elif t % _CHUNK == 0:
            fine = _empty_counts(sku) and fine
        if t % row[4] == 0:
            lead = leads[t if t < leads.shape[0] else leads.shape[0] - 1]
            _order(lanes[_POSITION], pipe[(t + lead) % ring], lanes[3], lanes[4], levels)
        _day(sku.block[t], pipe[t % ring], lanes[0], lanes[1], lanes[2], lanes[5], lanes[6], lanes[7], lanes[8],
             lanes[9], lanes[10], share)  # fmt: skip
    return _empty_counts(sku) and fine


@compiled
def _sku(block: Demand, data: Rows, n: int) -> _Sku:
    longest = 0
    for t in range(data.leads.shape[1]):
        longest = max(longest, data.leads[n, t])
    lanes, pipe = np.zeros((3 + COUNTS, block.shape[1]), np.int32), np.zeros((longest + 1, block.shape[1]), np.int32)
    counts, cost = np.zeros(COUNTS, np.int64), np.zeros(block.shape[1])
    return _Sku(block, data.rows[n].copy(), data.leads[n], data.money[n], lanes, pipe, counts, cost)


@compiled
def _simulate(sku: _Sku, counts: Ints, cost: Floats) -> bool:
    """Fill counts [COUNTS], and mean cost a day and its standard error over the replications [2]."""
    fine = _run(sku)
    counts[:] = sku.counts
    lanes, days = sku.cost.shape[0], sku.block.shape[0] - sku.row[6]
    mean = sku.cost.sum() / lanes
    square = 0.0
    for r in range(lanes):
        square += (sku.cost[r] - mean) ** 2
    cost[0] = mean / days
    cost[1] = np.sqrt(square / (lanes - 1) / lanes) / days if lanes > 1 else 0.0
    return fine


@compiled
def _draw(tables: Tables, n: int, block: Demand) -> None:
    """Demand of one SKU [T,R], looked up."""
    place = tables.place
    for t in range(place.shape[0]):
        values = tables.table[n, tables.kind[t]]
        for r in range(place.shape[1]):
            block[t, r] = values[place[t, r]]


@compiled
def draw_all(tables: Tables) -> Demand:
    """Demand [N,T,R] of the tables."""
    out = np.empty((tables.table.shape[0], tables.place.shape[0], tables.place.shape[1]), np.uint16)
    for n in range(tables.table.shape[0]):
        _draw(tables, n, out[n])
    return out


@compiled
def simulate_given(demand: Demand, data: Rows) -> tuple[Ints, Floats, int]:
    """Counts [N,COUNTS] over all replications, cost a day and its error [N,2], first SKU beyond bounds (-1: none)."""
    counts, cost, broken = np.zeros((demand.shape[0], COUNTS), np.int64), np.zeros((demand.shape[0], 2)), -1
    for n in range(demand.shape[0]):
        fine = _simulate(_sku(demand[n], data, n), counts[n], cost[n])
        broken = n if not fine and broken < 0 else broken
    return counts, cost, broken


@compiled
def simulate_tables(tables: Tables, data: Rows) -> tuple[Ints, Floats, int]:
    """``simulate_given`` on demand that is looked up SKU by SKU, so that it never leaves the cache."""
    count = tables.table.shape[0]
    counts, cost, broken = np.zeros((count, COUNTS), np.int64), np.zeros((count, 2)), -1
    block = np.zeros(tables.place.shape, np.uint16)
    for n in range(count):
        _draw(tables, n, block)
        fine = _simulate(_sku(block, data, n), counts[n], cost[n])
        broken = n if not fine and broken < 0 else broken
    return counts, cost, broken


@compiled
def _levels_cost(sku: _Sku, levels: Ints) -> float:
    """Cost of all replications at ``levels``: reorder level, gap to the order-up-to level, start (-1: that level)."""
    sku.row[0], sku.row[1] = levels[0], levels[0] + levels[1]
    sku.row[5] = levels[2] if levels[2] >= 0 else max(sku.row[1], 0)
    return sku.cost.sum() if _run(sku) else np.inf


@compiled
def _best_reorder(sku: _Sku, levels: Ints, low: int, high: int) -> float:
    """Lowest cost over the reorder levels low..high at a gap, by golden section; ``levels`` is set to it."""
    left_cost, right_cost = -1.0, -1.0
    left, right = high - int((high - low) * _GOLDEN), low + int((high - low) * _GOLDEN)
    while high - low > 3 and left < right:
        if left_cost < 0.0:
            levels[0] = left
            left_cost = _levels_cost(sku, levels)
        if right_cost < 0.0:
            levels[0] = right
            right_cost = _levels_cost(sku, levels)
        if left_cost <= right_cost:
            high, right, right_cost = right, left, left_cost
            left, left_cost = high - int((high - low) * _GOLDEN), -1.0
        else:
            low, left, left_cost = left, right, right_cost
            right, right_cost = low + int((high - low) * _GOLDEN), -1.0
    best, best_cost = low, np.inf
    for reorder in range(low, high + 1):
        levels[0] = reorder
        cost = _levels_cost(sku, levels)
        if cost < best_cost:
            best, best_cost = reorder, cost
    levels[0] = best
    return best_cost


@compiled
def _gap_cost(sku: _Sku, levels: Ints, window: int) -> float:
    """Lowest cost at a gap: first around the reorder level of the gap before, everywhere when that ends at a side."""
    width = max(4, window // 8)
    low, high = max(levels[0] - width, -window), min(levels[0] + width, window)
    cost = _best_reorder(sku, levels, low, high)
    if (levels[0] == low and low > -window) or (levels[0] == high and high < window):
        cost = _best_reorder(sku, levels, -window, window)
    return cost


@compiled
def _tune(sku: _Sku, start: int, most: int) -> None:
    """Set the levels of the SKU to the best; gaps up to ``most`` (1: base stock)."""
    window = _largest_window(sku.block, sku.pipe.shape[0] - 1 + sku.row[4])
    levels = np.array([0, 1, start])
    best_cost = _best_reorder(sku, levels, -1 if most == 1 else -window, window)
    best = levels.copy()
    low, high = 1, most
    left, right = high - int((high - low) * _GOLDEN), low + int((high - low) * _GOLDEN)
    while high - low > 3 and left < right:
        side_cost = np.zeros(2)
        for side in range(2):
            levels[0], levels[1] = best[0], right if side else left
            side_cost[side] = _gap_cost(sku, levels, window)
            if side_cost[side] < best_cost:
                best[:], best_cost = levels, side_cost[side]
        low, high = (low, right) if side_cost[0] <= side_cost[1] else (left, high)
        left, right = high - int((high - low) * _GOLDEN), low + int((high - low) * _GOLDEN)
    for gap in range(max(low, 2), high + 1):
        levels[0], levels[1] = best[0], gap
        cost = _gap_cost(sku, levels, window)
        if cost < best_cost:
            best[:], best_cost = levels, cost
    _levels_cost(sku, best)


@compiled
def tune_given(demand: Demand, data: Rows) -> Ints:
    """Best reorder and order-up-to level [N,2] on given demand."""
    out = np.zeros((demand.shape[0], 2), np.int64)
    for n in range(demand.shape[0]):
        sku = _sku(demand[n], data, n)
        _tune(sku, data.starts[n], data.most[n])
        out[n] = sku.row[:2]
    return out


@compiled
def tune_tables(tables: Tables, data: Rows) -> Ints:
    """``tune_given`` on demand that is looked up SKU by SKU."""
    out = np.zeros((tables.table.shape[0], 2), np.int64)
    block = np.zeros(tables.place.shape, np.uint16)
    for n in range(tables.table.shape[0]):
        _draw(tables, n, block)
        sku = _sku(block, data, n)
        _tune(sku, data.starts[n], data.most[n])
        out[n] = sku.row[:2]
    return out


@compiled
def _largest_window(block: Demand, days: int) -> int:
    """Largest demand of any ``days`` consecutive days in any replication."""
    largest = 0
    total = np.zeros(block.shape[1], np.int64)
    for t in range(block.shape[0]):
        for r in range(block.shape[1]):
            total[r] += block[t, r]
            if t >= days:
                total[r] -= block[t - days, r]
            largest = max(largest, total[r])
    return largest


@compiled
def asked_of(demand: Demand, first_day: int) -> Ints:
    """Units asked for from ``first_day`` on, over all replications [N]."""
    out = np.zeros(demand.shape[0], np.int64)
    for n in range(demand.shape[0]):
        flat = demand[n, first_day:].reshape(-1)
        total = 0
        for i in range(flat.shape[0]):
            total += flat[i]
        out[n] = total
    return out
