"""The loops of replenishment, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.problem import Curve, GroupState

__all__ = [
    "OrderRows",
    "each_packs",
    "each_reward",
    "each_short",
    "group_totals",
    "lot_packs",
    "reward_of",
    "share",
    "targets_at",
    "top_up",
    "units_short",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_ORDERED, _TOPPED_UP, _WAITING = int(GroupState.ORDERED), int(GroupState.TOPPED_UP), int(GroupState.WAITING)
_STEPS = 20000  # units are given one by one up to this many, in larger handfuls beyond


class OrderRows(NamedTuple):
    """Rows of an ordering problem, sorted by group, as compiled code takes them; fields as in ``OrderProblem``."""

    position: Floats
    pack: Floats
    minimum_quantity: Floats
    top_up_limit: Floats
    unit_price: Floats
    rate: Floats
    daily: Floats
    days: Floats
    holding: Floats
    runs_out: Flags
    break_from: Floats
    break_price: Floats


@compiled
def units_short(position: float, quantile: Floats, levels: Floats) -> float:
    """Expected units of demand above ``position``: E[(D - x)^+].

    ``quantile`` [Q] ascending at ``levels`` [Q] ascending. The quantile function is straight between the levels, from
    zero up to the lowest, and flat above the highest: what lies beyond the last calibrated quantile is not known, so
    no stock is justified by it. The integral of (Q(u) - x)^+ over u is then exact. This is the first-order loss
    function (Zipkin, Foundations of Inventory Management, 2000, section C.2) of a distribution known by quantiles.
    """
    short: float = (1.0 - levels[-1]) * max(quantile[-1] - position, 0.0)
    level_before, low = 0.0, 0.0
    for j in range(levels.shape[0]):
        high, width = quantile[j], levels[j] - level_before
        if position <= low:
            short += width * (0.5 * (low + high) - position)
        elif position < high:
            short += width * (high - position) ** 2 / (2.0 * (high - low))
        level_before, low = levels[j], high
    return short


@compiled
def reward_of(curve: Curve, row: int, position: float, units: float) -> float:
    """Money gained by raising the position of ``row`` by ``units`` now instead of at the next review.

    Units that demand takes before a later order could come earn the margin; the others wait a review longer than
    needed, and those that even the shelf life does not sell are wasted (``Curve.money``). The marginal analysis of
    the newsvendor (Zipkin, Foundations of Inventory Management, 2000, section 9.2) on a block of units.
    """
    levels, quantile, money = curve.levels, curve.quantile[row], curve.money[row]
    sold = units_short(position, quantile, levels) - units_short(position + units, quantile, levels)
    reward: float = money[0] * sold - money[1] * (units - sold)
    if money[2] > 0.0:
        shelf = curve.shelf_quantile[row]
        left = units - units_short(position, shelf, levels) + units_short(position + units, shelf, levels)
        reward -= money[2] * left
    return reward


@compiled
def lot_packs(minimum: float, pack: float) -> int:
    """Packs of the smallest lot: the minimum order quantity in whole packs, at least one."""
    return max(1, int(np.ceil(minimum / pack * (1.0 - 1e-13))))


@compiled
def each_short(position: Floats, quantile: Floats, levels: Floats) -> Floats:
    """``units_short`` of each row [N]."""
    out = np.empty(position.shape[0])
    for i in range(position.shape[0]):
        out[i] = units_short(position[i], quantile[i], levels)
    return out


@compiled
def each_reward(curve: Curve, position: Floats, units: Floats) -> Floats:
    """``reward_of`` each row [K]."""
    out = np.empty(position.shape[0])
    for i in range(position.shape[0]):
        out[i] = reward_of(curve, i, position[i], units[i])
    return out


@compiled
def each_packs(curve: Curve, position: Floats, pack: Floats, minimum: Floats, most: Ints) -> Ints:
    """Packs from ``position`` on, each of positive reward [K]; 0 where not even the smallest lot pays."""
    out = np.zeros(position.shape[0], np.int64)
    for i in range(position.shape[0]):
        first = lot_packs(minimum[i], pack[i])
        if first > most[i] or reward_of(curve, i, position[i], first * pack[i]) <= 0.0:
            continue
        # The reward of the next pack falls with the position, so the last good one is found by doubling and halving.
        good, step, rising = first, 1, True
        while step > 0:
            start = position[i] + (good + step - 1) * pack[i]
            pays = good + step <= most[i] and reward_of(curve, i, start, pack[i]) > 0.0
            if pays:
                good += step
            rising = rising and pays
            step = step * 2 if rising else step // 2
        out[i] = good
    return out


@compiled
def _value(rows: OrderRows, row: int, packs: int) -> float:
    units: float = packs * rows.pack[row]
    price: float = rows.unit_price[row]
    for b in range(rows.break_from.shape[1]):
        if units >= rows.break_from[row, b] * (1.0 - 1e-9):
            price = rows.break_price[row, b]
    return units * price


@compiled
def _step(rows: OrderRows, row: int, packs: int) -> int:
    """Packs of the next step of a line: a whole smallest lot first, then one by one."""
    return 1 if packs > 0 else lot_packs(rows.minimum_quantity[row], rows.pack[row])


@compiled
def _score(rows: OrderRows, row: int, packs: int, curve: Curve, by_reward: bool) -> float:
    """How good the next step of a line is; minus infinity when it may not be taken."""
    step, pack = _step(rows, row, packs), rows.pack[row]
    if rows.daily[row] <= 0.0 or (packs + step) * pack > rows.top_up_limit[row] * (1.0 + 1e-9):
        return -np.inf
    start: float = rows.position[row] + packs * pack
    cover: float = start / rows.daily[row]
    if not by_reward:
        return -cover
    # A unit that demand reaches only after the next order could have come lies idle all that time, not one review.
    idle: float = max(0.0, cover + 0.5 * step * pack / rows.daily[row] - rows.days[row])
    reward: float = reward_of(curve, row, start, step * pack) - rows.holding[row] * idle * step * pack
    cost: float = max(step * pack * rows.unit_price[row] * rows.rate[row], 1e-12)
    return reward / cost


@compiled
def top_up(
    rows: OrderRows, packs: Ints, groups: tuple[Ints, Floats], curve: Curve, by_reward: bool
) -> tuple[Ints, Floats, Ints]:
    """Total packs [K], value [G] and state [G] of the groups between bounds [G+1] with their minimum value [G]."""
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
        if state[g] == _TOPPED_UP and by_reward:
            _take_off(rows, (packs, total), line, curve, (first, end, enough))
        if state[g] == _TOPPED_UP and by_reward and not _worth_it(rows, packs, total, curve, (first, end)):
            state[g] = _WAITING
        for i in range(first, end):
            value[g] += _value(rows, i, packs[i] if state[g] == _WAITING else total[i])
    return total, value, state


@compiled
def _step_down(rows: OrderRows, row: int, packs: int, needed: int) -> int:
    """Packs of a line one step below ``packs``: where none is needed, nothing is left of a smallest lot."""
    less = packs - 1
    smallest = lot_packs(rows.minimum_quantity[row], rows.pack[row])
    return 0 if needed == 0 and less < smallest else less


@compiled
def _take_off(
    rows: OrderRows, packs: tuple[Ints, Ints], line: Floats, curve: Curve, bounds: tuple[int, int, float]
) -> None:
    """Take added packs off again that the minimum does not need, the dearest first: a large last one may spare some.

    ``packs``: those that are needed, and in all. Changes the latter and ``line``, their value, of the rows between the
    first two ``bounds``; the third is the minimum value.
    """
    (needed, total), (first, end, enough) = packs, bounds
    best = first
    while best >= 0:
        best, most = -1, 0.0
        value = line[first:end].sum()
        for i in range(first, end):
            if total[i] <= needed[i]:
                continue
            less = _step_down(rows, i, total[i], needed[i])
            if value - line[i] + _value(rows, i, less) < enough:
                continue
            units = (total[i] - less) * rows.pack[i]
            saved: float = -_score(rows, i, less, curve, True) * max(units * rows.unit_price[i] * rows.rate[i], 1e-12)
            if saved > most:
                best, most = i, saved
        if best >= 0:
            total[best] = _step_down(rows, best, total[best], needed[best])
            line[best] = _value(rows, best, total[best])


@compiled
def _worth_it(rows: OrderRows, packs: Ints, total: Ints, curve: Curve, bounds: tuple[int, int]) -> bool:
    """Whether the whole order earns more than it costs, or an item that needs it would run out."""
    reward = 0.0
    for i in range(bounds[0], bounds[1]):
        if packs[i] > 0 and rows.runs_out[i]:
            return True
        if total[i] > 0:
            reward += reward_of(curve, i, rows.position[i], total[i] * rows.pack[i])
    return reward > 0.0


@compiled
def share(claims: Curve, position: Floats, request: Floats, bounds: Ints, available: Floats) -> Floats:
    """Units of each claimant; claimants are sorted by origin, the origin itself (no limit) comes last."""
    given, gain = np.zeros(request.shape[0]), np.zeros(request.shape[0])
    for g in range(available.shape[0]):
        first, end = bounds[g], bounds[g + 1]
        left = np.floor(available[g] + 1e-9)
        handful = max(1.0, np.floor(available[g] / _STEPS))
        # What does not fill a handful, of the stock or of a request, is given unit by unit.
        for step in (handful, 1.0):
            for i in range(first, end):
                gain[i] = reward_of(claims, i, position[i] + given[i], step)
            while left >= step:
                best = end  # none
                for i in range(first, end):
                    # The origin keeps nothing that nobody of its own would buy while others still ask.
                    wants = given[i] + step <= request[i] + 1e-9 and (i < end - 1 or gain[i] > 0.0)
                    if wants and (best == end or gain[i] > gain[best]):
                        best = i
                if best == end:
                    break
                given[best] += step
                left -= step
                gain[best] = reward_of(claims, best, position[best] + given[best], step)
    return given


@compiled
def targets_at(quantile: Floats, levels: Floats, odds: Floats) -> Floats:
    """Order-up-to level of each row [N] that demand exceeds with these odds [N], on the curve of ``units_short``."""
    out = np.empty(odds.shape[0])
    for i in range(odds.shape[0]):
        level, before, low = 1.0 / (1.0 + odds[i]), 0.0, 0.0
        out[i] = quantile[i, -1]
        for j in range(levels.shape[0]):
            if level < levels[j]:
                out[i] = low + (quantile[i, j] - low) * (level - before) / (levels[j] - before)
                break
            before, low = levels[j], quantile[i, j]
    return out


@compiled
def group_totals(
    target: Floats, quantile: Floats, levels: Floats, terms: tuple[Floats, Floats, Floats, Floats], group: Ints
) -> tuple[Floats, Floats]:
    """Value of stock left at the end of a cycle and worth short a year, by group [G], at ``target`` [N].

    ``terms``: unit cost, worth of a unit, demand of a cycle and cycles a year, [N] each; G is the largest group + 1.
    """
    cost, worth, cycle_demand, cycles = terms
    stock, short = np.zeros(group.max() + 1), np.zeros(group.max() + 1)
    for i in range(target.shape[0]):
        above = units_short(target[i], quantile[i], levels)
        stock[group[i]] += cost[i] * (target[i] - units_short(0.0, quantile[i], levels) + above)
        short[group[i]] += worth[i] * min(above, cycle_demand[i]) * cycles[i]
    return stock, short
