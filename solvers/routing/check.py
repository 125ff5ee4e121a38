"""Independent check of a routing solution: feasibility and cost from the problem's arrays alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from solvers.routing.problem import RoutingProblem
from solvers.routing.solution import Route, RoutingSolution

__all__ = ["Check", "check"]


@dataclass(frozen=True, slots=True)
class Check:
    """Broken rules in words (none means feasible) and the cost recomputed."""

    violations: tuple[str, ...]
    cost: float
    distance_m: int

    @property
    def feasible(self) -> bool:
        """Whether no rule is broken."""
        return not self.violations


def check(problem: RoutingProblem, solution: RoutingSolution) -> Check:
    """Re-check every rule and the cost; uses nothing of the engines."""
    found = _coverage(problem, solution)
    used = Counter(route.vehicle for route in solution.routes)
    for vehicle, count in sorted(used.items()):
        if not 0 <= vehicle < len(problem.vehicles):
            found.append(f"vehicle type {vehicle} does not exist")
        elif count > problem.vehicles[vehicle].count:
            found.append(f"{problem.vehicles[vehicle].name}: {count} used of {problem.vehicles[vehicle].count}")
    if found:
        return Check(tuple(found), float("inf"), 0)
    cost, metres = sum(float(problem.penalty[s]) for s in solution.unserved), 0
    for number, route in enumerate(solution.routes):
        found += [f"route {number}: {text}" for text in (*_loads(problem, route), *_times(problem, route))]
        length = _metres(problem, route)
        metres += length
        cost += _route_cost(problem, route, length)
    if abs(cost - solution.cost) > 1e-6 * max(1.0, abs(cost)):
        found.append(f"cost {solution.cost} stated, {cost} found")
    return Check(tuple(found), cost, metres)


def _coverage(problem: RoutingProblem, solution: RoutingSolution) -> list[str]:
    seen = Counter(s for route in solution.routes for trip in route.trips for s in trip.stops)
    seen.update(solution.unserved)
    found = [f"stop {s} appears {seen[s]} times" for s in range(problem.stops) if seen[s] != 1]
    found += [f"stop {s} does not exist" for s in sorted(seen) if not 0 <= s < problem.stops]
    found += [
        f"route {number} has an empty trip"
        for number, route in enumerate(solution.routes)
        if not route.trips or any(not trip.stops for trip in route.trips)
    ]
    return found


def _loads(problem: RoutingProblem, route: Route) -> list[str]:
    kind = problem.vehicles[route.vehicle]
    found = [f"stop {s} not allowed for {kind.name}" for s in route.stops if not problem.allowed[route.vehicle, s]]
    if kind.max_stops is not None and len(route.stops) > kind.max_stops:
        found.append(f"{len(route.stops)} stops, at most {kind.max_stops}")
    if len(route.trips) > kind.max_trips:
        found.append(f"{len(route.trips)} trips, at most {kind.max_trips}")
    for trip in route.trips:
        order = list(trip.stops)
        down = problem.demand[order].cumsum(axis=0)
        up = problem.pickup[order].cumsum(axis=0)
        peak = (down[-1] - down + up).max(axis=0)
        for k, limit in enumerate(kind.capacity):
            worst = max(int(peak[k]), int(down[-1, k]))
            if worst > limit:
                found.append(f"load {k}: {worst} on board, capacity {limit}")
    return found


def _times(problem: RoutingProblem, route: Route) -> list[str]:
    kind = problem.vehicles[route.vehicle]
    drive = problem.duration_s[kind.profile]
    found = []
    free = kind.shift_start
    for trip in route.trips:
        if trip.departure < free:
            found.append(f"departs at {trip.departure}, free from {free}")
        clock, place = trip.departure, kind.depot
        for stop, arrival, start, finish in zip(trip.stops, trip.arrival, trip.start, trip.finish, strict=True):
            if trip.departure < problem.release_s[stop]:
                found.append(f"stop {stop} is released at {problem.release_s[stop]}, departure {trip.departure}")
            if arrival != clock + drive[place, problem.location(stop)]:
                found.append(f"stop {stop}: arrival {arrival} does not follow from {clock}")
            if start < arrival or not problem.window_early[stop] <= start <= problem.window_late[stop]:
                found.append(f"stop {stop}: service starts at {start}, outside its window or before arrival")
            if finish != start + problem.service_s[stop]:
                found.append(f"stop {stop}: finish {finish} does not follow from {start}")
            clock, place = finish, problem.location(stop)
        if trip.back != clock + drive[place, kind.depot]:
            found.append(f"return {trip.back} does not follow from {clock}")
        free = trip.back
    if free > kind.latest_return:
        found.append(f"back at {free}, latest {kind.latest_return}")
    return found


def _metres(problem: RoutingProblem, route: Route) -> int:
    depot, total = problem.vehicles[route.vehicle].depot, 0
    for trip in route.trips:
        place = depot
        for stop in trip.stops:
            total += int(problem.distance_m[place, problem.location(stop)])
            place = problem.location(stop)
        total += int(problem.distance_m[place, depot])
    return total


def _route_cost(problem: RoutingProblem, route: Route, metres: int) -> float:
    kind = problem.vehicles[route.vehicle]
    seconds = route.trips[-1].back - route.trips[0].departure
    beyond = max(0, seconds - (kind.shift_end - kind.shift_start))
    return (
        kind.fixed_cost
        + kind.cost_per_km * metres / 1000
        + kind.cost_per_hour * seconds / 3600
        + kind.overtime_cost_per_hour * beyond / 3600
    )
