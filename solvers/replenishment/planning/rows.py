"""One group as compiled code takes it: its rows, its rules, and what a plan costs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled

__all__ = [
    "FAR",
    "SLACK",
    "GroupRows",
    "GroupTerms",
    "copy_line",
    "copy_plan",
    "fits",
    "keeps",
    "keeps_caps",
    "measure_group",
    "order_cost",
    "row_cost",
    "same_line",
    "shared",
    "tier",
    "tier_at",
    "totals",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SLACK = 1e-9  # relative; forgives the rounding of floats alone
FAR = np.inf


class GroupRows(NamedTuple):
    """The n rows of a group.

    ``stage`` [n,T,S+1] cost of stock, ``most`` [n,T] packs so far at the most, ``lot`` [n] packs of the smallest line,
    ``tier_from`` [n,B] packs from which a price holds (ascending, the first 1), ``tier_cost`` [n,B] base currency a
    pack above the cheapest, ``tier_value`` [n,B] value of a pack in the supplier's currency, ``load`` [n] share of a
    truck a pack, ``fixed`` [n,T] packs that are given (-1: free), ``units`` and ``litres`` [n] of a pack, ``filled``
    [n,T] litres of stock without any order once order t has come (negative: demand waits).
    """

    stage: Floats
    most: Ints
    lot: Ints
    tier_from: Ints
    tier_cost: Floats
    tier_value: Floats
    load: Floats
    fixed: Ints
    units: Floats
    litres: Floats
    filled: Floats


class GroupTerms(NamedTuple):
    """What holds for the orders of a group.

    ``order_cost`` of an order whatever it holds, ``truck_cost`` of each truck begun after the first (0: load does not
    matter), ``minimum_value``; ``value_price``, ``unit_price`` [T] on what is shared; ``ships`` [T] units
    that an order can hold at most (inf: any), which is a cap too. Where
    ``capped``, the orders of all days with the same number in ``cap_of`` [2,T] (-1: none) may come to at most ``caps``
    [2,L] in value and in units, and stock to ``room`` [T] litres.
    """

    order_cost: float
    truck_cost: float
    minimum_value: float
    value_price: Floats
    unit_price: Floats
    ships: Floats
    capped: bool
    cap_of: Ints
    caps: Floats
    room: Floats


@compiled
def copy_line(given: Ints, into: Ints) -> None:
    """Copy packs [T]. Numba compiles ``into[:] = given`` many times as long, for the message when shapes differ."""
    for t in range(given.shape[0]):
        into[t] = given[t]


@compiled
def same_line(one: Ints, other: Ints) -> bool:
    """Whether two lines of packs [T] are the same."""
    for t in range(one.shape[0]):
        if one[t] != other[t]:
            return False
    return True


@compiled
def copy_plan(given: Ints, into: Ints) -> None:
    """Copy packs [n,T]."""
    for i in range(given.shape[0]):
        for t in range(given.shape[1]):
            into[i, t] = given[i, t]


@compiled
def tier_at(tier_from: Ints, i: int, packs: int) -> int:
    """Price tier of a row's line of so many packs; ``tier_from`` [n,B]."""
    at = 0
    for b in range(tier_from.shape[1]):
        if tier_from[i, b] <= packs:
            at = b
    return at


@compiled
def tier(rows: GroupRows, i: int, packs: int) -> int:
    """Price tier of a line of so many packs."""
    return tier_at(rows.tier_from, i, packs)


@compiled
def _line_cost(rows: GroupRows, terms: GroupTerms, i: int, t: int, packs: int) -> float:
    """What a line costs apart from the order it is part of."""
    if packs == 0:
        return 0.0
    b = tier(rows, i, packs)
    a_pack: float = rows.tier_cost[i, b] + terms.value_price[t] * rows.tier_value[i, b]
    a_pack += terms.unit_price[t] * rows.units[i]
    return a_pack * packs


@compiled
def row_cost(rows: GroupRows, terms: GroupTerms, i: int, packs: Ints) -> float:
    """What a row's packs [T] cost, apart from the orders they are part of."""
    total, s = 0.0, 0
    for t in range(packs.shape[0]):
        s += packs[t]
        if s > rows.most[i, t]:
            return FAR
        total += rows.stage[i, t, s] + _line_cost(rows, terms, i, t, packs[t])
    return total


@compiled
def order_cost(terms: GroupTerms, lines: int, value: float, load: float) -> float:
    """Cost of an order of so many packs; infinite when it is below the minimum value."""
    if lines == 0:
        return 0.0
    if value < terms.minimum_value * (1.0 - SLACK):
        return FAR
    cost = terms.order_cost
    if terms.truck_cost > 0.0:
        cost += terms.truck_cost * max(np.ceil(load * (1.0 - SLACK)) - 1.0, 0.0)
    return cost


@compiled
def totals(rows: GroupRows, packs: Ints, without: int) -> tuple[Ints, Floats, Floats]:
    """Packs, value and load of each order [T], ``without`` one row (n: all)."""
    n, days, _ = rows.stage.shape
    count, value, load = np.zeros(days, np.int64), np.zeros(days), np.zeros(days)
    for t in range(days):
        for i in range(n):
            if i != without and packs[i, t] > 0:
                count[t] += packs[i, t]
                value[t] += packs[i, t] * rows.tier_value[i, tier(rows, i, packs[i, t])]
                load[t] += packs[i, t] * rows.load[i]
    return count, value, load


@compiled
def _litres(rows: GroupRows, i: int, t: int, so_far: int) -> float:
    """Litres that a row's stock fills when order t has come and so many packs were ordered."""
    return float(max(rows.filled[i, t] + so_far * rows.litres[i], 0.0))


@compiled
def shared(rows: GroupRows, terms: GroupTerms, packs: Ints, without: int) -> tuple[Floats, Floats]:
    """Value and units of each cap [2,L], and litres [T], of all rows but one (n: all)."""
    used, litres = np.zeros(terms.caps.shape), np.zeros(terms.room.shape)
    for i in range(packs.shape[0]):
        so_far = 0
        for t in range(packs.shape[1]):
            q = packs[i, t]
            so_far += q
            if i == without:
                continue
            litres[t] += _litres(rows, i, t, so_far)
            if q > 0 and terms.cap_of[0, t] >= 0:
                used[0, terms.cap_of[0, t]] += q * rows.tier_value[i, tier(rows, i, q)]
            if q > 0 and terms.cap_of[1, t] >= 0:
                used[1, terms.cap_of[1, t]] += q * rows.units[i]
    return used, litres


@compiled
def fits(used: float, most: float) -> bool:
    """Whether a limit holds, but for the rounding of floats."""
    return bool(used <= most * (1.0 + SLACK) + SLACK)


@compiled
def keeps(terms: GroupTerms, use: tuple[Floats, Floats]) -> bool:
    """Whether what is used of caps [2,L] and litres [T] is within them."""
    used, litres = use
    for kind in range(2):
        for cap in range(used.shape[1]):
            if not fits(used[kind, cap], terms.caps[kind, cap]):
                return False
    for t in range(litres.shape[0]):
        if not fits(litres[t], terms.room[t]):
            return False
    return True


@compiled
def keeps_caps(rows: GroupRows, terms: GroupTerms, packs: Ints) -> bool:
    """Whether the packs [n,T] keep all caps of the group."""
    if not terms.capped:
        return True
    return keeps(terms, shared(rows, terms, packs, packs.shape[0]))


@compiled
def measure_group(rows: GroupRows, terms: GroupTerms, packs: Ints) -> float:
    """Cost of ``packs`` [n,T] with everything in it; infinite when a rule is broken."""
    n, days, _ = rows.stage.shape
    total = 0.0
    for i in range(n):
        s = 0
        for t in range(days):
            q, fixed = packs[i, t], rows.fixed[i, t]
            s += q
            if s > rows.most[i, t] or (fixed >= 0 and q != fixed) or (fixed < 0 and 0 < q < rows.lot[i]):
                return FAR
            total += rows.stage[i, t, s] + _line_cost(rows, terms, i, t, q)
    if not keeps_caps(rows, terms, packs):
        return FAR
    for t in range(days):
        count, value, load = 0, 0.0, 0.0
        for i in range(n):
            count += packs[i, t]
            value += packs[i, t] * rows.tier_value[i, tier(rows, i, packs[i, t])]
            load += packs[i, t] * rows.load[i]
        total += order_cost(terms, count, value, load)
    return total
