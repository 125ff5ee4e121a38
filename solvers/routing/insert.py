"""Cheapest feasible insertion of stops that are on no route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.routing.problem import IntArray, RoutingProblem
from solvers.routing.schedule import schedule, trip_loads_fit

__all__ = ["Day", "insert_left_out"]


@dataclass(frozen=True, slots=True)
class Day:
    """One vehicle's day before its times are set: type and trips, each a tuple of stops."""

    vehicle: int
    trips: tuple[tuple[int, ...], ...]

    @property
    def stops(self) -> int:
        """Stops on all trips."""
        return sum(len(trip) for trip in self.trips)


@dataclass(frozen=True, slots=True)
class _Slots:
    """Places between two neighbours on a day: what a stop put there must respect. Arrays [G] or [G, K]."""

    trip: IntArray
    position: IntArray
    before: IntArray
    after: IntArray
    leave_early: IntArray
    reach_late: IntArray
    peak_before: IntArray
    load_here: IntArray
    peak_after: IntArray


def insert_left_out(problem: RoutingProblem, days: Sequence[Day], left_out: Sequence[int]) -> tuple[Day, ...]:
    """Insert the stops, dearest penalty first, wherever one fits at least cost; repeat until none fits.

    Every place on every day is tried, a further trip where the vehicle may make one, and a vehicle not yet used. A
    stop that is not required goes in only where that costs less than its penalty. Each day given must be feasible.
    """
    made = list(days)
    slots = [_slots(problem, day) for day in made]
    waiting = sorted(left_out, key=lambda s: (-float(problem.penalty[s]), s))
    changed = True
    while changed:
        changed = False
        for stop in list(waiting):
            choice = _best(problem, made, slots, stop)
            if choice is None:
                continue
            index, day = choice
            if index == len(made):
                made.append(day)
                slots.append(_slots(problem, day))
            else:
                made[index], slots[index] = day, _slots(problem, day)
            waiting.remove(stop)
            changed = True
    return tuple(made)


def _best(problem: RoutingProblem, days: Sequence[Day], slots: Sequence[_Slots], stop: int) -> tuple[int, Day] | None:
    limit = float("inf") if problem.required[stop] else float(problem.penalty[stop])
    options = [
        (cost, index, rank, day)
        for index, day in enumerate(days)
        for rank, (cost, day) in enumerate(_on_day(problem, day, slots[index], stop))
    ]
    options += [(cost, len(days), rank, day) for rank, (cost, day) in enumerate(_new_days(problem, days, stop))]
    for cost, index, _rank, day in sorted(options, key=lambda option: option[:3]):
        if cost > limit:
            return None
        if schedule(problem, day.vehicle, day.trips) is not None:
            return index, day
    return None


def _on_day(problem: RoutingProblem, day: Day, slots: _Slots, stop: int) -> Iterator[tuple[float, Day]]:
    """Cost and day of each place at which loads and times let the stop in."""
    kind = problem.vehicles[day.vehicle]
    full = kind.max_stops is not None and day.stops >= kind.max_stops
    if full or not problem.allowed[day.vehicle, stop]:
        return
    for g in np.flatnonzero(_fits(problem, day.vehicle, slots, stop)).tolist():
        trip, position = int(slots.trip[g]), int(slots.position[g])
        cost = _detour(problem, day.vehicle, int(slots.before[g]), stop, int(slots.after[g]))
        stops = day.trips[trip]
        trips = (*day.trips[:trip], (*stops[:position], stop, *stops[position:]), *day.trips[trip + 1 :])
        yield cost, Day(day.vehicle, trips)
    if len(day.trips) < kind.max_trips and trip_loads_fit(problem, day.vehicle, (stop,)):
        cost = _detour(problem, day.vehicle, kind.depot, stop, kind.depot)
        for k in range(len(day.trips) + 1):
            yield cost, Day(day.vehicle, (*day.trips[:k], (stop,), *day.trips[k:]))


def _new_days(problem: RoutingProblem, days: Sequence[Day], stop: int) -> Iterator[tuple[float, Day]]:
    used = Counter(day.vehicle for day in days)
    for vehicle, kind in enumerate(problem.vehicles):
        free = used[vehicle] < kind.count and problem.allowed[vehicle, stop]
        if free and trip_loads_fit(problem, vehicle, (stop,)):
            detour = _detour(problem, vehicle, kind.depot, stop, kind.depot)
            yield kind.fixed_cost + detour, Day(vehicle, ((stop,),))


def _detour(problem: RoutingProblem, vehicle: int, before: int, stop: int, after: int) -> float:
    kind, here = problem.vehicles[vehicle], problem.location(stop)
    direct = before == after == kind.depot
    metres = problem.distance_m[before, here] + problem.distance_m[here, after]
    drive = problem.duration_s[kind.profile]
    seconds = drive[before, here] + drive[here, after] + problem.service_s[stop]
    if not direct:
        metres -= problem.distance_m[before, after]
        seconds -= drive[before, after]
    return float(metres) / 1000 * kind.cost_per_km + float(seconds) / 3600 * kind.cost_per_hour


def _fits(problem: RoutingProblem, vehicle: int, slots: _Slots, stop: int) -> npt.NDArray[np.bool_]:
    kind, here = problem.vehicles[vehicle], problem.location(stop)
    drive, capacity = problem.duration_s[kind.profile], np.array(kind.capacity, dtype=np.int64)
    start = np.maximum(slots.leave_early + drive[slots.before, here], problem.window_early[stop])
    reach = start + problem.service_s[stop] + drive[here, slots.after]
    demand, pickup = problem.demand[stop], problem.pickup[stop]
    good: npt.NDArray[np.bool_] = (start <= problem.window_late[stop]) & (reach <= slots.reach_late)
    good &= (slots.peak_before + demand <= capacity).all(axis=1)
    good &= (slots.load_here + pickup <= capacity).all(axis=1)
    good &= (slots.peak_after + pickup <= capacity).all(axis=1)
    return good


def _slots(problem: RoutingProblem, day: Day) -> _Slots:
    """Times and loads around each gap of a feasible day, forwards and backwards."""
    kind = problem.vehicles[day.vehicle]
    leave, reach = _earliest(problem, day), _latest(problem, day)
    trip, position, before, after = [], [], [], []
    peak_before, load_here, peak_after = [], [], []
    for t, stops in enumerate(day.trips):
        places = [kind.depot, *(problem.location(s) for s in stops), kind.depot]
        trip += [t] * (len(stops) + 1)
        position += list(range(len(stops) + 1))
        before += places[:-1]
        after += places[1:]
        order = list(stops)
        total = problem.demand[order].sum(axis=0)
        steps = np.cumsum(problem.pickup[order] - problem.demand[order], axis=0)
        load = total + np.vstack([np.zeros_like(total), steps])
        load_here.append(load)
        peak_before.append(np.maximum.accumulate(load, axis=0))
        peak_after.append(np.maximum.accumulate(load[::-1], axis=0)[::-1])
    ints = [np.array(x, dtype=np.int64) for x in (trip, position, before, after, leave, reach)]
    loads = [np.vstack(x) for x in (peak_before, load_here, peak_after)]
    return _Slots(ints[0], ints[1], ints[2], ints[3], ints[4], ints[5], loads[0], loads[1], loads[2])


def _earliest(problem: RoutingProblem, day: Day) -> list[int]:
    """Earliest time at which the vehicle leaves the place before each gap."""
    kind = problem.vehicles[day.vehicle]
    drive, clock, leave = problem.duration_s[kind.profile], kind.shift_start, []
    for stops in day.trips:
        clock = max(clock, *(int(problem.release_s[s]) for s in stops))
        leave.append(clock)
        place = kind.depot
        for stop in stops:
            here = problem.location(stop)
            clock = max(clock + int(drive[place, here]), int(problem.window_early[stop]))
            clock += int(problem.service_s[stop])
            leave.append(clock)
            place = here
        clock += int(drive[place, kind.depot])
    return leave


def _latest(problem: RoutingProblem, day: Day) -> list[int]:
    """Latest time at which the vehicle may reach the place after each gap."""
    kind = problem.vehicles[day.vehicle]
    drive, clock, reach = problem.duration_s[kind.profile], kind.latest_return, []
    for stops in reversed(day.trips):
        reach.append(clock)
        place = kind.depot
        for stop in reversed(stops):
            here = problem.location(stop)
            clock -= int(drive[here, place]) + int(problem.service_s[stop])
            clock = min(clock, int(problem.window_late[stop]))
            reach.append(clock)
            place = here
        clock -= int(drive[kind.depot, place])
    return reach[::-1]
