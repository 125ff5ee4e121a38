"""The flow of packs between the places of an item, compiled."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.kernels import units_short

__all__ = ["Places", "each_value", "flows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Places(NamedTuple):
    """K places, each one item at one site; a tuple, so that compiled code takes it whole.

    ``quantile`` [K,Q] of demand, at ``levels`` [Q], until other supply can help the place, ``position`` [K] units that
    serve it; ``sold`` [K] money that a unit brings when it is sold by then, ``kept`` [K] what it is worth when it is
    left over. ``available`` [K] units may leave, ``room`` [K] units may come in, in whole packs of ``pack`` [K] units.
    """

    levels: Floats
    quantile: Floats
    position: Floats
    sold: Floats
    kept: Floats
    available: Floats
    room: Floats
    pack: Floats


@compiled
def _value(places: Places, place: int, change: float) -> float:
    before = units_short(places.position[place], places.quantile[place], places.levels)
    after = units_short(places.position[place] + change, places.quantile[place], places.levels)
    extra: float = places.sold[place] - places.kept[place]
    worth: float = extra * (before - after) + places.kept[place] * change
    return worth


@compiled
def each_value(places: Places, change: Floats) -> Floats:
    """Money that ``change`` [K] units are worth at each place [K]."""
    out = np.zeros(change.shape[0])
    for k in range(change.shape[0]):
        if change[k] != 0.0:
            out[k] = _value(places, k, change[k])
    return out


@compiled
def flows(places: Places, ends: Ints, unit_cost: Floats, bounds: Ints) -> Floats:
    """Units of each lane; lanes are sorted by item, those of an item between ``bounds``."""
    units = np.zeros(ends.shape[0])
    lanes = (ends, unit_cost, units)
    count = places.position.shape[0]
    sent, come = np.zeros(count), np.zeros(count)
    give, take = np.full(count, np.inf), np.full(count, np.inf)  # cost so far of a pack at an origin, a destination
    by_lane, back_lane = np.full(count, -1), np.full(count, -1)
    marks = (give, take, by_lane, back_lane)
    for g in range(bounds.shape[0] - 1):
        while True:
            end = _best_path(places, lanes, (bounds[g], bounds[g + 1]), (sent, come), marks)
            if end < 0:
                break
            pack = places.pack[end]
            come[end] += pack
            place = end
            while True:  # walk back to the origin that gives the pack
                lane = by_lane[place]
                units[lane] += pack
                origin = ends[lane, 0]
                if back_lane[origin] < 0:
                    sent[origin] += pack
                    break
                units[back_lane[origin]] -= pack
                place = ends[back_lane[origin], 1]
    return units


@compiled
def _best_path(
    places: Places,
    lanes: tuple[Ints, Floats, Floats],
    span: tuple[int, int],
    moved: tuple[Floats, Floats],
    marks: tuple[Floats, Floats, Ints, Ints],
) -> int:
    """The destination of the path that gains most with one more pack, -1 where none gains; the way is in ``marks``."""
    ends, unit_cost, units = lanes
    sent, come = moved
    give, take, by_lane, back_lane = marks
    for e in range(span[0], span[1]):
        origin, destination = ends[e, 0], ends[e, 1]
        take[destination], by_lane[destination], back_lane[origin] = np.inf, -1, -1
        give[origin] = np.inf
    for e in range(span[0], span[1]):
        origin = ends[e, 0]
        pack = places.pack[origin]
        if give[origin] == np.inf and sent[origin] + pack <= places.available[origin] * (1.0 + 1e-12):
            now = come[origin] - sent[origin]
            give[origin] = _value(places, origin, now) - _value(places, origin, now - pack)
    changed = True
    while changed:
        changed = False
        for e in range(span[0], span[1]):
            origin, destination = ends[e, 0], ends[e, 1]
            freight = unit_cost[e] * places.pack[origin]
            if give[origin] + freight < take[destination] - 1e-12:
                take[destination], by_lane[destination], changed = give[origin] + freight, e, True
            if units[e] > 0.0 and take[destination] - freight < give[origin] - 1e-12:
                give[origin], back_lane[origin], changed = take[destination] - freight, e, True
    best, most = -1, 1e-9
    for e in range(span[0], span[1]):
        place = ends[e, 1]
        pack = places.pack[place]
        if take[place] < np.inf and come[place] + pack <= places.room[place] * (1.0 + 1e-12):
            now = come[place] - sent[place]
            gain = _value(places, place, now + pack) - _value(places, place, now) - take[place]
            if gain > most:
                best, most = place, gain
    return best
