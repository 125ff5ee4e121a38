"""Better plans of a group, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.paths import RANGES, step, trace
from solvers.replenishment.planning.rows import (
    FAR,
    SLACK,
    GroupRows,
    GroupTerms,
    copy_line,
    measure_group,
    order_cost,
    same_line,
    shared,
    tier,
)

__all__ = ["improve"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MANY_PACKS = 1 << 60
_ROUNDS = 6  # of improvement, each over all rows


@compiled
def _most_packs(left: float, a_pack: float) -> int:
    """Packs that fit into what is left of a cap."""
    if a_pack <= 0.0 or left >= 1e15 * a_pack:
        return MANY_PACKS
    return int(np.floor(max(left, 0.0) / a_pack * (1.0 + SLACK)))


@compiled
def _left_for_day(rows: GroupRows, terms: GroupTerms, used: Floats, packs: Ints, i: int, t: int) -> tuple[float, float]:
    """Value and units that others, and the row's own lines of other days, leave of the caps."""
    value, units = FAR, FAR
    if terms.cap_of[0, t] >= 0:
        value = terms.caps[0, terms.cap_of[0, t]] - used[0, terms.cap_of[0, t]]
    if terms.cap_of[1, t] >= 0:
        units = terms.caps[1, terms.cap_of[1, t]] - used[1, terms.cap_of[1, t]]
    for day in range(packs.shape[0]):
        if day != t and packs[day] > 0:
            if terms.cap_of[0, day] == terms.cap_of[0, t]:
                value -= packs[day] * rows.tier_value[i, tier(rows, i, packs[day])]
            if terms.cap_of[1, day] == terms.cap_of[1, t]:
                units -= packs[day] * rows.units[i]
    return value, units


@compiled
def _order_ranges(
    rows: GroupRows,
    terms: GroupTerms,
    i: int,
    t: int,
    others: tuple[Ints, Floats, Floats],
    left: tuple[float, float],
    ends: Ints,
    money: Floats,
) -> int:
    """Ranges of packs of a row that leave its order whole, with what they add to its cost.

    ``left`` is the value and units that caps leave.
    """
    tiers, fixed, count = rows.tier_from.shape[1], rows.fixed[i, t], 0
    if fixed == 0:
        return 0
    missing = terms.minimum_value * (1.0 - SLACK) - others[1][t]
    for b in range(tiers):
        value = rows.tier_value[i, b]
        first = max(rows.tier_from[i, b], rows.lot[i])
        last = rows.stage.shape[2] if b + 1 == tiers else rows.tier_from[i, b + 1] - 1
        if fixed > 0:
            if not rows.tier_from[i, b] <= fixed <= last:
                continue
            first = last = fixed
        if missing > 0.0:
            if value <= 0.0:
                continue
            first = max(first, int(np.ceil(missing / value)))
        if fixed < 0 and terms.capped:
            last = min(last, _most_packs(left[0], value), _most_packs(left[1], rows.units[i]))
        a_pack = rows.tier_cost[i, b] + terms.value_price[t] * value + terms.unit_price[t] * rows.units[i]
        while first <= last and count < RANGES:
            end, cost = last, terms.order_cost
            if terms.truck_cost > 0.0 and rows.load[i] > 0.0:
                trucks = max(np.ceil((others[2][t] + first * rows.load[i]) * (1.0 - SLACK)), 1.0)
                cost += terms.truck_cost * (trucks - 1.0)
                end = int(np.floor((trucks * (1.0 + SLACK) - others[2][t]) / rows.load[i]))
                end = min(max(end, first), last)
            elif terms.truck_cost > 0.0:
                cost += terms.truck_cost * max(np.ceil(others[2][t] * (1.0 - SLACK)) - 1.0, 0.0)
            ends[0, count], ends[1, count], money[0, count], money[1, count] = first, end, a_pack, cost
            count += 1
            first = end + 1
    return count


@compiled
def _reorder_row(
    rows: GroupRows, terms: GroupTerms, all_packs: Ints, i: int, others: tuple[Ints, Floats, Floats]
) -> float:
    """Best packs of one row while the others keep theirs; fills its ``all_packs`` [n,T] and returns its cost.

    ``others`` [T]: packs, value and load of the other rows; an order below its minimum is made whole or infinitely
    dear. Exact, but for caps that several days share: the row's other days count as they are.
    """
    days, own = rows.stage.shape[1], rows.most[i, rows.stage.shape[1] - 1] + 1
    used, litres = np.zeros(terms.caps.shape), np.zeros(days)
    if terms.capped:
        used, litres = shared(rows, terms, all_packs, i)
    packs = all_packs[i]
    value, taken = np.full((days + 1, own), FAR), np.zeros((days, own), np.int64)
    work = np.zeros(own, np.int64)
    ends, money = np.zeros((2, RANGES), np.int64), np.zeros((2, RANGES))
    value[0, 0] = 0.0
    for t in range(days):
        none = FAR if rows.fixed[i, t] > 0 else order_cost(terms, others[0][t], others[1][t], others[2][t])
        most, left = rows.most[i, t], (FAR, FAR)
        if terms.capped:
            left = _left_for_day(rows, terms, used, packs, i, t)
            if rows.litres[i] > 0.0:
                most = min(most, max(_most_packs(terms.room[t] - litres[t] - rows.filled[i, t], rows.litres[i]), 0))
        count = _order_ranges(rows, terms, i, t, others, left, ends, money)
        step(value[t], value[t + 1], taken[t], work, rows.stage[i, t], most, none, count, ends, money)
    return trace(value, taken, packs)


@compiled
def _enter(rows: GroupRows, packs: Ints, i: int, lines: Floats) -> None:
    """Enter the value and the load of a row's lines into ``lines`` [2,n,T]."""
    for t in range(packs.shape[1]):
        lines[0, i, t] = packs[i, t] * rows.tier_value[i, tier(rows, i, packs[i, t])]
        lines[1, i, t] = packs[i, t] * rows.load[i]


@compiled
def _others(packs: Ints, lines: Floats, without: int, others: tuple[Ints, Floats, Floats]) -> None:
    """Packs, value and load of each order but for one row's lines, into ``others`` [T]."""
    count, value, load = others
    for t in range(packs.shape[1]):
        count[t], value[t], load[t] = 0, 0.0, 0.0
    for i in range(packs.shape[0]):
        if i == without:
            continue
        for t in range(packs.shape[1]):
            count[t] += packs[i, t]
            value[t] += lines[0, i, t]
            load[t] += lines[1, i, t]


@compiled
def improve(rows: GroupRows, terms: GroupTerms, packs: Ints) -> float:
    """Reorder row by row while the others keep theirs, until nothing gets cheaper; returns the group's cost."""
    n, days = packs.shape
    cost, trial, settled = measure_group(rows, terms, packs), packs.copy(), 0
    lines, others = np.zeros((2, n, days)), (np.zeros(days, np.int64), np.zeros(days), np.zeros(days))
    for i in range(n):
        _enter(rows, packs, i, lines)
    for _ in range(_ROUNDS):
        before = cost
        for i in range(n):
            # Beside the same lines as before, a row would come to the same packs.
            if settled == n:
                return cost
            settled += 1
            _others(packs, lines, i, others)
            if _reorder_row(rows, terms, trial, i, others) < FAR and not same_line(trial[i], packs[i]):
                found = measure_group(rows, terms, trial)
                if found < cost - 1e-9:
                    cost, settled = found, 1
                    copy_line(trial[i], packs[i])
                    _enter(rows, packs, i, lines)
            copy_line(packs[i], trial[i])
        if cost > before - max(1e-9, 1e-7 * abs(before)):
            break
    return cost
