"""Plans brought within caps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.reorder import improve
from solvers.replenishment.planning.rows import (
    FAR,
    SLACK,
    GroupRows,
    GroupTerms,
    fits,
    keeps,
    keeps_caps,
    measure_group,
    shared,
    tier_at,
    totals,
)

__all__ = ["cut_down", "first_plan", "moves_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CUTS = 300  # of a plan that passes its caps, each of an eighth of a line


@compiled
def _passed(used: float, most: float) -> float:
    """How far a limit is passed, as a share of itself."""
    return 0.0 if fits(used, most) else (used - most) / max(most, 1e-6)


@compiled
def _eased(caps: Floats, used: Floats, kind: int, cap: int, change: float) -> float:
    """How much less far a cap (-1: none) is passed when its use changes."""
    if cap < 0 or change == 0.0:
        return 0.0
    most = caps[kind, cap]
    return float(_passed(used[kind, cap], most) - _passed(used[kind, cap] + change, most))


@compiled
def moves_of(
    rows: GroupRows,
    terms: GroupTerms,
    packs: Ints,
    use: tuple[Floats, Floats],
    i: int,
    t: int,
    fewer: int,
    moves: Floats,
) -> None:
    """What it costs, and frees, to order ``fewer`` packs of a line: ``moves`` [2,T+1].

    At a later day: they are ordered then, where that row has a line of its own; at T: not at all. Elsewhere nothing is
    freed. ``use`` is what the group uses of caps [2,L] and litres [T].
    """
    stage, filled, litres, room = rows.stage, rows.filled, rows.litres[i], terms.room
    tier_from, tier_cost, tier_value, units = rows.tier_from, rows.tier_cost, rows.tier_value, rows.units[i]
    cap_of, caps, used, there = terms.cap_of, terms.caps, use[0], use[1]
    days, so_far = packs.shape[1], 0
    cost, freed = 0.0, 0.0  # of stock on the days from t to before the day looked at
    own_cost, own_value = 0.0, 0.0
    for day in range(days + 1):
        moves[0, day], moves[1, day] = 0.0, 0.0
    for day in range(days):
        so_far += packs[i, day]
        if so_far > rows.most[i, day]:
            return
        if day < t:
            continue
        if day == t or (packs[i, day] > 0 and rows.fixed[i, day] < 0):
            q = packs[i, day]
            old, new = tier_at(tier_from, i, q), q - fewer if day == t else q + fewer
            to = tier_at(tier_from, i, new)
            value = (new * tier_value[i, to] if new > 0 else 0.0) - q * tier_value[i, old]
            change = (new * tier_cost[i, to] if new > 0 else 0.0) - q * tier_cost[i, old]
            change += terms.value_price[day] * value + terms.unit_price[day] * (new - q) * units
            if day == t:
                own_cost, own_value = change, value
            else:
                moves[0, day], gain = own_cost + change + cost, freed
                if cap_of[0, day] == cap_of[0, t]:
                    gain += _eased(caps, used, 0, cap_of[0, t], own_value + value)
                else:
                    gain += _eased(caps, used, 0, cap_of[0, t], own_value)
                    gain += _eased(caps, used, 0, cap_of[0, day], value)
                if cap_of[1, day] != cap_of[1, t]:
                    gain += _eased(caps, used, 1, cap_of[1, t], -fewer * units)
                    gain += _eased(caps, used, 1, cap_of[1, day], fewer * units)
                moves[1, day] = gain
        cost += stage[i, day, so_far - fewer] - stage[i, day, so_far]
        if room[day] < FAR:
            less = max(filled[i, day] + (so_far - fewer) * litres, 0.0) - max(filled[i, day] + so_far * litres, 0.0)
            freed += _passed(there[day], room[day]) - _passed(there[day] + less, room[day])
    moves[0, days] = own_cost + cost
    moves[1, days] = freed + _eased(caps, used, 0, cap_of[0, t], own_value)
    moves[1, days] += _eased(caps, used, 1, cap_of[1, t], -fewer * units)


@compiled
def _helps(terms: GroupTerms, use: tuple[Floats, Floats], t: int) -> bool:
    """Whether less on a day can help: a cap that it uses is passed, or the room of this day or a later one."""
    for kind in range(2):
        cap = terms.cap_of[kind, t]
        if cap >= 0 and not fits(use[0][kind, cap], terms.caps[kind, cap]):
            return True
    for day in range(t, use[1].shape[0]):
        if not fits(use[1][day], terms.room[day]):
            return True
    return False


@compiled
def _best_cut(rows: GroupRows, terms: GroupTerms, packs: Ints, use: tuple[Floats, Floats]) -> tuple[int, int, int, int]:
    """Packs that, left out or ordered later, free most for what that costs: row, day, the day they go to, how many.

    The day T is none: they are left out; row -1: there are no such packs.
    """
    n, days, _ = rows.stage.shape
    moves, best, cut = np.zeros((2, days + 1)), FAR, (-1, -1, -1, 0)
    for t in range(days):
        if not _helps(terms, use, t):
            continue
        for i in range(n):
            if packs[i, t] == 0 or rows.fixed[i, t] >= 0:
                continue
            fewer = max(packs[i, t] // 8, 1)
            fewer = fewer if packs[i, t] - fewer >= rows.lot[i] else packs[i, t]
            moves_of(rows, terms, packs, use, i, t, fewer, moves)
            for to in range(t + 1, days + 1):
                if moves[1, to] > 1e-9 and moves[0, to] / moves[1, to] < best:
                    best, cut = moves[0, to] / moves[1, to], (i, t, to, fewer)
    return cut


@compiled
def cut_down(rows: GroupRows, terms: GroupTerms, packs: Ints) -> None:
    """Bring the group within its caps, by the cuts that cost least for what they free, as far as it goes.

    What stays below the minimum value afterwards is not ordered.
    """
    n, days, _ = rows.stage.shape
    for _ in range(_CUTS):
        use = shared(rows, terms, packs, n)
        if keeps(terms, use):
            break
        row, day, to, fewer = _best_cut(rows, terms, packs, use)
        if row < 0:
            return
        packs[row, day] -= fewer
        if to < days:
            packs[row, to] += fewer
    value = totals(rows, packs, n)[1]
    for t in range(days):
        if 0.0 < value[t] < terms.minimum_value * (1.0 - SLACK):
            for i in range(n):
                packs[i, t] = max(rows.fixed[i, t], 0)


@compiled
def first_plan(rows: GroupRows, terms: GroupTerms, start: Ints) -> tuple[Ints, float]:
    """The better of ``start`` [n,T], improved, and of ordering only what is given."""
    best = start.copy()
    if not keeps_caps(rows, terms, best):
        cut_down(rows, terms, best)
    cost = measure_group(rows, terms, best)
    if cost < FAR:
        cost = improve(rows, terms, best)
    nothing = np.zeros(start.shape, np.int64)
    for i in range(start.shape[0]):
        for t in range(start.shape[1]):
            nothing[i, t] = max(rows.fixed[i, t], 0)
    plain = measure_group(rows, terms, nothing)
    if plain < cost:
        return nothing, plain
    return best, cost
