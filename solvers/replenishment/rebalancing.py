"""Moving stock between sites: from where it is worth little to where it would be missing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from solvers.replenishment.rebalancing_flow import Places, each_value, flows
from solvers.status import Status

__all__ = ["Places", "RebalancingProblem", "RebalancingSolution", "place_value", "solve"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MOST_COMBINATIONS = 64  # sets of shipments with a fixed cost that are all tried; above, they are dropped one by one
_ENOUGH = 1e-9  # money; a further unit must gain more


@dataclass(frozen=True, eq=False, slots=True)
class RebalancingProblem:
    """``places`` and L lanes between places of the same item.

    ``item`` [K] of each place, 0..G-1; ``origin``, ``destination`` [L] places; ``unit_cost`` [L] money to bring a unit
    over, ``shipment`` [L] in 0..S-1 the vehicle it would ride with and ``shipment_cost`` [S] what that costs once.
    """

    places: Places
    item: Ints
    origin: Ints
    destination: Ints
    unit_cost: Floats
    shipment: Ints
    shipment_cost: Floats

    def __post_init__(self) -> None:
        places, found = self.places, []
        count, lanes = places.position.size, self.origin.size
        per_place = {name: getattr(places, name) for name in Places._fields if name not in {"levels", "quantile"}}
        for name, values in (*per_place.items(), ("item", self.item)):
            if values.shape != (count,):
                found.append(f"{name}: shape {values.shape}: must be ({count},)")
            elif np.isnan(values).any() or (name in {"sold", "kept", "position"} and not np.isfinite(values).all()):
                found.append(f"{name}: place {int(np.flatnonzero(~np.isfinite(values))[0])}: must be a finite number")
        if places.quantile.shape != (count, places.levels.size):
            found.append(f"quantile: shape {places.quantile.shape}: must be ({count}, {places.levels.size})")
        for name, values, least in (
            ("destination", self.destination, 0),
            ("unit_cost", self.unit_cost, 0),
            ("shipment", self.shipment, 0),
        ):
            if values.shape != (lanes,):
                found.append(f"{name}: shape {values.shape}: must be ({lanes},)")
            elif lanes and not (values >= least).all():
                found.append(f"{name}: lane {int(np.flatnonzero(~(values >= least))[0])}: must be zero or more")
        if not found:
            found += self._wrong_figures()
        if found:
            raise ValueError("; ".join(found))

    def _wrong_figures(self) -> list[str]:
        places, found = self.places, []
        if (places.sold < places.kept).any():
            at = int(np.flatnonzero(places.sold < places.kept)[0])
            found.append(f"kept: place {at}: {places.kept[at]:g}: must not exceed sold, {places.sold[at]:g}")
        if (places.pack <= 0).any():
            found.append(f"pack: place {int(np.flatnonzero(places.pack <= 0)[0])}: must be above zero")
        if (np.diff(places.quantile, axis=1) < 0).any():
            found.append("quantile: must not fall from one level to the next")
        if not (self.shipment_cost >= 0).all():
            found.append("shipment_cost: must be zero or more")
        for name, ends, count in (
            ("origin", self.origin, places.position.size),
            ("destination", self.destination, places.position.size),
            ("shipment", self.shipment, self.shipment_cost.size),
        ):
            if ends.size and not (ends.min() >= 0 and ends.max() < count):
                found.append(f"{name}: must be in 0 to {count - 1}")
        if not found and (self.item[self.origin] != self.item[self.destination]).any():
            found.append("destination: a lane must join two places of one item")
        if not found and (self.origin == self.destination).any():
            found.append("destination: a lane must not end where it begins")
        if not found and (places.pack[self.origin] != places.pack[self.destination]).any():
            found.append("pack: both ends of a lane must count in the same packs")
        return found


@dataclass(frozen=True, eq=False, slots=True)
class RebalancingSolution:
    """``units`` [L] on each lane, whole packs. ``gain`` money: value at destinations less origins and freight.

    ``bound`` is the gain if shipments cost nothing: no other moves gain more.
    """

    units: Floats
    gain: float
    bound: float
    status: Status


def solve(problem: RebalancingProblem) -> RebalancingSolution:
    """Moves of the largest gain.

    Without costs of whole shipments the items are apart, and each is a flow of least cost with one concave value a
    place: packs go one by one along the best path, which may take a lane back (successive shortest paths; Ahuja,
    Magnanti and Orlin, Network Flows, 1993, section 14.4), so the result is optimal. Shipments with a cost of their own
    are tried in every combination where there are few, else dropped one by one while that gains: FEASIBLE with the
    bound.
    """
    by_item = np.argsort(problem.item[problem.origin], kind="stable")
    units = _moves(problem, by_item, np.ones(problem.shipment_cost.size, np.bool_))
    bound = _gain(problem, units, np.zeros_like(problem.shipment_cost))
    dear = problem.shipment_cost > 0
    if not dear[problem.shipment[units > 0]].any():
        return RebalancingSolution(units, bound, bound, Status.OPTIMAL)
    proven = True
    for lanes in _apart(problem):
        used = problem.shipment[lanes[units[lanes] > 0]]
        if dear[used].any():
            group = np.unique(problem.shipment[lanes])
            few = 2 ** int(dear[group].sum()) <= _MOST_COMBINATIONS
            search = _best_combination if few else _dropped
            units[lanes] = search(problem, by_item[np.isin(by_item, lanes)], group)[lanes]
            proven = proven and few
    gain = _gain(problem, units, problem.shipment_cost)
    return RebalancingSolution(units, gain, bound, Status.OPTIMAL if proven else Status.FEASIBLE)


def place_value(places: Places, change: Floats) -> Floats:
    """Money that ``change`` [K] units more (or, negative, less) are worth at each place [K]."""
    value: Floats = each_value(places, change)
    return value


def _apart(problem: RebalancingProblem) -> list[Ints]:
    """Lanes in groups that share neither an item nor a shipment: no group changes what is best for another."""
    shipments = problem.shipment_cost.size
    item = shipments + problem.item[problem.origin]
    size = int(item.max()) + 1
    links = coo_array((np.ones(item.size), (problem.shipment, item)), shape=(size, size))
    label = connected_components(links, directed=False)[1][item]
    return [np.flatnonzero(label == one) for one in np.unique(label)]


def _best_combination(problem: RebalancingProblem, by_item: Ints, shipments: Ints) -> Floats:
    """Units [L] of the best set among ``shipments``; ``by_item`` are the lanes that may be used."""
    dear = shipments[problem.shipment_cost[shipments] > 0]
    best, most = np.zeros(problem.origin.size), 0.0
    for kept in itertools.product((False, True), repeat=dear.size):
        runs = np.ones(problem.shipment_cost.size, np.bool_)
        runs[dear] = kept
        units = _moves(problem, by_item, runs)
        gain = _gain(problem, units, problem.shipment_cost)
        if gain > most + _ENOUGH:
            best, most = units, gain
    return best


def _dropped(problem: RebalancingProblem, by_item: Ints, shipments: Ints) -> Floats:
    """Leave out the shipment without which the gain is largest, while that helps."""
    runs = np.ones(problem.shipment_cost.size, np.bool_)
    best = _moves(problem, by_item, runs)
    most = _gain(problem, best, problem.shipment_cost)
    while True:
        tries = []
        for one in np.intersect1d(shipments, problem.shipment[best > 0]):
            if problem.shipment_cost[one] > 0:
                fewer = runs.copy()
                fewer[one] = False
                other = _moves(problem, by_item, fewer)
                tries.append((_gain(problem, other, problem.shipment_cost), int(one), other))
        if not tries or max(tries, key=lambda one: one[0])[0] <= most + _ENOUGH:
            return best if most > 0 else np.zeros_like(best)
        most, dropped, best = max(tries, key=lambda one: one[0])
        runs[dropped] = False


def _moves(problem: RebalancingProblem, by_item: Ints, runs: Flags) -> Floats:
    """Units [L] when only some shipments run, which then cost nothing."""
    lanes = by_item[runs[problem.shipment[by_item]]]
    units = np.zeros(problem.origin.size)
    if lanes.size:
        item = problem.item[problem.origin[lanes]]
        bounds = np.append(np.flatnonzero(np.diff(item, prepend=item[0] - 1)), lanes.size).astype(np.int64)
        ends = np.ascontiguousarray(np.column_stack((problem.origin[lanes], problem.destination[lanes])))
        units[lanes] = flows(problem.places, ends, np.ascontiguousarray(problem.unit_cost[lanes]), bounds)
    return units


def _gain(problem: RebalancingProblem, units: Floats, shipment_cost: Floats) -> float:
    count = problem.places.position.size
    change = np.bincount(problem.destination, weights=units, minlength=count).astype(np.float64)
    change -= np.bincount(problem.origin, weights=units, minlength=count)
    runs = np.bincount(problem.shipment, weights=units, minlength=shipment_cost.size) > 0
    value = float(each_value(problem.places, change).sum())
    return value - float(problem.unit_cost @ units) - float(shipment_cost[runs].sum())
