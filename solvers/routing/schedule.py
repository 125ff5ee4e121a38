"""Times of a vehicle's day for a given order of stops.

The vehicle leaves as late as it can without coming back later than the earliest possible return: the least work
for the order (Savelsbergh 1992, "The vehicle routing problem with time windows: minimizing route duration").
"""

from __future__ import annotations

from collections.abc import Sequence

from solvers.routing.problem import RoutingProblem
from solvers.routing.solution import Route, Trip

__all__ = ["day_cost", "schedule", "trip_loads_fit"]


def schedule(problem: RoutingProblem, vehicle: int, trips: Sequence[Sequence[int]]) -> Route | None:
    """Times of the trips (lists of stops) on one day of a vehicle type, or None when the times cannot be kept."""
    kind = problem.vehicles[vehicle]
    duration = problem.duration_s[kind.profile]
    clock = kind.shift_start
    for stops in trips:
        clock = max(clock, *(int(problem.release_s[s]) for s in stops))
        place = kind.depot
        for stop in stops:
            here = problem.depots + stop
            clock = max(clock + int(duration[place, here]), int(problem.window_early[stop]))
            if clock > problem.window_late[stop]:
                return None
            clock += int(problem.service_s[stop])
            place = here
        clock += int(duration[place, kind.depot])
    if clock > kind.latest_return:
        return None
    return Route(vehicle, _times(problem, vehicle, trips, _latest_departure(problem, vehicle, trips, clock)))


def _latest_departure(problem: RoutingProblem, vehicle: int, trips: Sequence[Sequence[int]], back: int) -> int:
    """Latest departure of the first trip with which the last one is still back at ``back``."""
    kind = problem.vehicles[vehicle]
    duration = problem.duration_s[kind.profile]
    clock = back
    for stops in reversed(trips):
        place = kind.depot
        for stop in reversed(stops):
            here = problem.depots + stop
            clock -= int(duration[here, place]) + int(problem.service_s[stop])
            clock = min(clock, int(problem.window_late[stop]))
            place = here
        clock -= int(duration[kind.depot, place])
    return clock


def _times(problem: RoutingProblem, vehicle: int, trips: Sequence[Sequence[int]], departure: int) -> tuple[Trip, ...]:
    kind = problem.vehicles[vehicle]
    duration = problem.duration_s[kind.profile]
    clock, made = departure, []
    for stops in trips:
        leave = clock = max(clock, *(int(problem.release_s[s]) for s in stops))
        place, arrival, start, finish = kind.depot, [], [], []
        for stop in stops:
            here = problem.depots + stop
            arrival.append(clock + int(duration[place, here]))
            start.append(max(arrival[-1], int(problem.window_early[stop])))
            clock = start[-1] + int(problem.service_s[stop])
            finish.append(clock)
            place = here
        clock += int(duration[place, kind.depot])
        made.append(Trip(tuple(stops), leave, tuple(arrival), tuple(start), tuple(finish), clock))
    return tuple(made)


def trip_loads_fit(problem: RoutingProblem, vehicle: int, stops: Sequence[int]) -> bool:
    """Whether the load never exceeds a capacity: deliveries leave with the vehicle, pickups come on board."""
    capacity = problem.vehicles[vehicle].capacity
    for k, limit in enumerate(capacity):
        load = int(problem.demand[list(stops), k].sum())
        if load > limit:
            return False
        for stop in stops:
            load += int(problem.pickup[stop, k]) - int(problem.demand[stop, k])
            if load > limit:
                return False
    return True


def day_cost(problem: RoutingProblem, route: Route) -> float:
    """Money that the route costs: fixed, distance, work and overtime."""
    kind = problem.vehicles[route.vehicle]
    metres = 0
    for trip in route.trips:
        places = [kind.depot, *(problem.depots + s for s in trip.stops), kind.depot]
        metres += int(problem.distance_m[places[:-1], places[1:]].sum())
    work = route.trips[-1].back - route.trips[0].departure
    overtime = max(0, work - kind.shift_length)
    hours = work / 3600 * kind.cost_per_hour + overtime / 3600 * kind.overtime_cost_per_hour
    return kind.fixed_cost + metres / 1000 * kind.cost_per_km + hours
