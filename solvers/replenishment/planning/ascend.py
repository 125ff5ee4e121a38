"""The bound of a set of order days, raised by prices on minimum values and trucks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.planning.cut import cut_down
from solvers.replenishment.planning.fill import fill_up
from solvers.replenishment.planning.paths import follow, lower_costs
from solvers.replenishment.planning.reorder import improve
from solvers.replenishment.planning.rows import (
    FAR,
    SLACK,
    GroupRows,
    GroupTerms,
    copy_plan,
    keeps_caps,
    measure_group,
    totals,
)

__all__ = ["MANY_TRUCKS", "ascend", "lower_bounds"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MANY_TRUCKS = 1000  # as good as no limit
_PATIENCE = 6  # steps without a better bound until they get shorter
_UNSEEN = int(np.iinfo(np.int64).max)  # fewest packs of no answer


@compiled
def _trucks(terms: GroupTerms, trucks: Ints, dual: Floats, t: int) -> int:
    """Trucks that are cheapest at the dual's price of their room, within ``trucks`` [2,T]."""
    return int(trucks[0, t] if dual[1, t] <= terms.truck_cost else trucks[1, t])


@compiled
def _truck_branching(
    terms: GroupTerms, pattern: int, trucks: Ints, dual: Floats, load: Floats, least: float
) -> tuple[int, int]:
    """Day on which the relaxation saves most on trucks, above ``least``, and the trucks that part it; -1: none."""
    best, day, split = least, -1, 0
    for t in range(load.shape[0]):
        low, high = trucks[0, t], trucks[1, t]
        if (pattern >> t) & 1 == 0 or low >= high:
            continue
        paid = terms.truck_cost * (low - 1.0) + dual[1, t] * max(load[t] - low, 0.0)
        saved = terms.truck_cost * (max(np.ceil(load[t] - 0.02), low) - 1.0) - paid
        if saved > best:
            best, day, split = saved, t, min(max(int(np.floor(load[t] + 0.02)), low), high - 1)
    return day, split


@compiled
def _slopes(
    rows: GroupRows, terms: GroupTerms, pattern: int, trucks: Ints, dual: Floats, packs: Ints, slopes: Floats
) -> tuple[float, bool]:
    """How far each used day misses its minimum, overfills its trucks and passes what ships [3,T].

    Returns the square of the first two, and whether the third matters.
    """
    _, value, load = totals(rows, packs, packs.shape[0])
    square, ships = 0.0, False
    for t in range(slopes.shape[1]):
        for k in range(3):
            slopes[k, t] = 0.0
        if (pattern >> t) & 1 == 0:
            continue
        if terms.minimum_value > 0.0:
            slopes[0, t] = 1.0 - value[t] / terms.minimum_value
        if terms.truck_cost > 0.0:
            slopes[1, t] = load[t] - _trucks(terms, trucks, dual, t)
        if terms.ships[t] < FAR:
            units = 0.0
            for i in range(packs.shape[0]):
                units += packs[i, t] * rows.units[i]
            slopes[2, t] = units / max(terms.ships[t], 1e-9) - 1.0
        for k in range(2):
            if slopes[k, t] > 0.0 or dual[k, t] > 0.0:
                square += slopes[k, t] ** 2
        ships = ships or slopes[2, t] > 0.0 or dual[2, t] > 0.0
    return square, ships


@compiled
def _dual_prices(rows: GroupRows, terms: GroupTerms, base: Floats, dual: Floats, prices: Floats) -> None:
    """Price of a pack [n,T,B] with the dual's prices: of a whole minimum value, of a truck, of all that ships."""
    per_value = 1.0 / terms.minimum_value if terms.minimum_value > 0.0 else 0.0
    for i in range(base.shape[0]):
        for t in range(base.shape[1]):
            for b in range(base.shape[2]):
                on = dual[1, t] * rows.load[i] - dual[0, t] * per_value * rows.tier_value[i, b]
                if terms.ships[t] < FAR:
                    on += dual[2, t] * rows.units[i] / max(terms.ships[t], 1e-9)
                prices[i, t, b] = base[i, t, b] + on


@compiled
def _branching(
    rows: GroupRows, pattern: int, asked: Ints, fewest: Ints, most: Ints, seen: Floats
) -> tuple[int, int, int]:
    """Line whose packs differ most in value among the dual's answers, and the packs that part them.

    ``fewest`` and ``most`` [n,T] packs seen, ``seen`` [n,T] share of answers with a line. Where the answers agree, the
    line with the widest range within ``asked`` [2,n,T]; -1 when all are settled.
    """
    best, row, day, split = 0.0, -1, -1, 0
    for i in range(seen.shape[0]):
        for t in range(seen.shape[1]):
            if rows.fixed[i, t] >= 0 or fewest[i, t] >= most[i, t]:
                continue
            spread = (most[i, t] - fewest[i, t]) * rows.tier_value[i, 0]
            if fewest[i, t] == 0:
                spread *= 0.1 + 2.0 * min(seen[i, t], 1.0 - seen[i, t])
            if spread > best:
                best, row, day = spread, i, t
                split = 0 if fewest[i, t] == 0 else (fewest[i, t] + most[i, t]) // 2
    if row >= 0:
        return row, day, split
    for i in range(seen.shape[0]):
        for t in range(seen.shape[1]):
            low, high = asked[0, i, t], min(asked[1, i, t], rows.most[i, t])
            if rows.fixed[i, t] >= 0 or (pattern >> t) & 1 == 0 or low >= high:
                continue
            if (high - low) * rows.tier_value[i, 0] > best:
                best, row, day = (high - low) * rows.tier_value[i, 0], i, t
                split = min(max(most[i, t], low), high - 1)
    return row, day, split


@compiled
def _order_term(terms: GroupTerms, trucks: Ints, dual: Floats, t: int) -> float:
    """What the order of a used day adds to the bound."""
    count = _trucks(terms, trucks, dual, t)
    own: float = terms.order_cost + terms.truck_cost * (count - 1.0)
    own += dual[0, t] - dual[1, t] * count - dual[2, t]
    return own


@compiled
def _order_terms(terms: GroupTerms, pattern: int, trucks: Ints, dual: Floats) -> float:
    """What the orders of all used days add to the bound."""
    total = 0.0
    for t in range(trucks.shape[1]):
        if (pattern >> t) & 1 == 1:
            total += _order_term(terms, trucks, dual, t)
    return total


@compiled
def lower_bounds(rows: GroupRows, terms: GroupTerms, base: Floats, dual: Floats) -> Floats:
    """What plans on each set of order days cost at least [2**T], at the prices ``dual`` [3,T]."""
    prices, trucks, days = np.zeros(base.shape), np.ones((2, base.shape[1]), np.int64), base.shape[1]
    for t in range(days):
        trucks[1, t] = MANY_TRUCKS
    _dual_prices(rows, terms, base, dual, prices)
    order_terms = np.zeros(days)
    for t in range(days):
        order_terms[t] = _order_term(terms, trucks, dual, t)
    return lower_costs(rows, prices, order_terms)


@compiled
def _remember(rows: GroupRows, packs: Ints, fewest: Ints, most: Ints, seen: Floats, load: Floats) -> None:
    """Enter one answer of the dual among those seen, and its ``load`` [T]."""
    of_answer = totals(rows, packs, packs.shape[0])[2]
    for t in range(load.shape[0]):
        load[t] += of_answer[t]
    for i in range(packs.shape[0]):
        for t in range(packs.shape[1]):
            seen[i, t] += 1.0 if packs[i, t] > 0 else 0.0
            fewest[i, t], most[i, t] = min(fewest[i, t], packs[i, t]), max(most[i, t], packs[i, t])


@compiled
def _make_plan(rows: GroupRows, terms: GroupTerms, pattern: int, packs: Ints, beat: float) -> tuple[float, bool]:
    """Make the dual's packs [n,T] a plan, in place; its cost, and whether it was good enough to be improved."""
    if not fill_up(rows, terms, packs, pattern):
        return FAR, False
    if not keeps_caps(rows, terms, packs):
        cut_down(rows, terms, packs)
    cost = measure_group(rows, terms, packs)
    if cost == FAR or (beat < FAR and cost >= beat + 0.05 * abs(beat)):
        return cost, False
    return improve(rows, terms, packs), True


@compiled
def _copy_dual(given: Floats, into: Floats) -> None:
    for k in range(given.shape[0]):
        for t in range(given.shape[1]):
            into[k, t] = given[k, t]


@compiled
def _reaches_minimum(slopes: Floats) -> bool:
    """Whether no day misses its minimum value."""
    for t in range(slopes.shape[1]):
        if not slopes[0, t] <= SLACK:
            return False
    return True


@compiled
def _average(seen: Floats, load: Floats, counted: int) -> None:
    """Make the sums over answers of the dual [n,T] and [T] means, in place."""
    for t in range(load.shape[0]):
        load[t] /= max(counted, 1)
        for i in range(seen.shape[0]):
            seen[i, t] /= max(counted, 1)


@compiled
def _move(
    terms: GroupTerms, pattern: int, trucks: Ints, dual: Floats, slopes: Floats, lengths: tuple[float, float, float]
) -> None:
    """One step of the dual; a truck's room is not dearer than a truck where more of them may come.

    ``lengths`` are the step of the prices of minimum values and trucks, of the logarithm of the price of what ships,
    and the first such price. What did not ship in time is missed by each later day: the prices of the days differ by
    orders of magnitude, which steps of one length for all do not reach.
    """
    length, log_step, first = lengths
    for t in range(dual.shape[1]):
        if (pattern >> t) & 1 == 1:
            for k in range(2):
                dual[k, t] = max(dual[k, t] + length * slopes[k, t], 0.0)
            if dual[2, t] > 0.0:
                dual[2, t] *= np.exp(max(min(log_step * slopes[2, t], 1.0), -1.0))
            elif slopes[2, t] > 0.0:
                dual[2, t] = first
            if trucks[1, t] >= MANY_TRUCKS:
                dual[1, t] = min(dual[1, t], terms.truck_cost)


@compiled
def ascend(
    rows: GroupRows,
    terms: GroupTerms,
    pattern: int,
    asked: tuple[Ints, Ints],
    base: Floats,
    dual: Floats,
    best: Ints,
    limits: tuple[float, float, int],
) -> tuple[float, float, tuple[int, int, int]]:
    """Raise the bound of a set of order days by prices on what its rows share; improve ``best`` [n,T] on the way.

    ``base`` [n,T,B] price of a pack, ``dual`` [3,T] prices as in ``_dual_prices``, changed in place; ``limits`` are the
    cost to beat, the share of it that is near enough, and the steps. Subgradient steps of Polyak's length (Held, Wolfe
    and Crowder 1974); prices of what ships move by factors. ``asked`` are fewest and most packs of each line [2,n,T]
    and trucks of each day [2,T]. Returns the bound, the cost of ``best``, and what to branch on: row, day and the packs
    that part them; row -2 parts the day's trucks, row -1 nothing.
    """
    n, days, _ = rows.stage.shape
    beat, near, steps = limits
    lines, trucks = asked
    mean_load = np.zeros(days)
    prices, packs, trial = np.zeros(base.shape), np.zeros((n, days), np.int64), np.zeros((n, days), np.int64)
    slopes = np.zeros((3, days))
    fewest, most = np.full((n, days), _UNSEEN), np.zeros((n, days), np.int64)
    seen, counted = np.zeros((n, days)), 0
    top, top_dual, scale, since, tried = -FAR, dual.copy(), 1.0, 0, 0
    for step in range(steps):
        _dual_prices(rows, terms, base, dual, prices)
        bound = follow(rows, pattern, lines, prices, packs) + _order_terms(terms, pattern, trucks, dual)
        if bound == FAR:
            return FAR, beat, (-1, -1, 0)
        square, ships = _slopes(rows, terms, pattern, trucks, dual, packs, slopes)
        since = 0 if bound > top + 1e-6 * abs(top) else since + 1
        if bound > top:
            top = bound
            _copy_dual(dual, top_dual)
        if 2 * step >= steps or since > 0:
            counted += 1
            _remember(rows, packs, fewest, most, seen, mean_load)
        if beat < FAR and top >= beat - near * abs(beat):
            break
        if tried < 10 and (step % 4 == 0 or _reaches_minimum(slopes) or step == steps - 1):
            copy_plan(packs, trial)
            cost, counts = _make_plan(rows, terms, pattern, trial, beat)
            tried += 1 if counts else 0
            if cost < beat - 1e-9:
                beat = cost
                copy_plan(trial, best)
        if (square < 1e-16 and not ships) or (beat < FAR and top >= beat - near * abs(beat)):
            break
        if since >= _PATIENCE:
            scale, since = scale * 0.7, 0
        goal = beat if beat < FAR else bound + 0.1 * abs(bound)
        length = scale * max(goal - bound, 1e-3 * abs(bound) + 1e-9) / max(square, 1e-16)
        _move(terms, pattern, trucks, dual, slopes, (length, 1.0 / (1.0 + 0.1 * step), 0.02 * abs(goal)))
    _copy_dual(top_dual, dual)
    _average(seen, mean_load, counted)
    if terms.truck_cost > 0.0 and beat < FAR:
        day, split = _truck_branching(terms, pattern, trucks, dual, mean_load, 0.2 * (beat - top))
        if day >= 0:
            return top, beat, (-2, day, split)
    return top, beat, _branching(rows, pattern, lines, fewest, most, seen)
