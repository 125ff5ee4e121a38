"""From an engine's raw days to a solution: repair, insertion of what was left out, times, cost, status."""

from __future__ import annotations

from collections.abc import Sequence

from solvers.routing.insert import Day, insert_left_out
from solvers.routing.problem import RoutingProblem
from solvers.routing.schedule import day_cost, schedule, trip_loads_fit
from solvers.routing.solution import Route, RoutingSolution
from solvers.status import Status

__all__ = ["assemble"]


def assemble(problem: RoutingProblem, days: Sequence[Day], iterations: int) -> RoutingSolution:
    """Build the solution from an engine's days.

    Days that break a rule are taken apart and their stops inserted anew, so that the result is always feasible; then
    every stop left out is tried everywhere once more. Routes are ordered by vehicle type, departure and first stop.
    """
    sound = [day for day in days if day.trips and _is_sound(problem, day)]
    served = {stop for day in sound for trip in day.trips for stop in trip}
    left_out = [stop for stop in range(problem.stops) if stop not in served]
    made = [schedule(problem, day.vehicle, day.trips) for day in insert_left_out(problem, sound, left_out)]
    routes = sorted((route for route in made if route is not None), key=_order)
    missing = tuple(sorted(set(range(problem.stops)) - {stop for route in routes for stop in route.stops}))
    cost = sum(day_cost(problem, route) for route in routes) + sum(float(problem.penalty[s]) for s in missing)
    failed = any(bool(problem.required[s]) for s in missing)
    status = Status.INFEASIBLE if failed else Status.FEASIBLE
    return RoutingSolution(tuple(routes), missing, cost, status, iterations)


def _is_sound(problem: RoutingProblem, day: Day) -> bool:
    kind = problem.vehicles[day.vehicle]
    return (
        all(problem.allowed[day.vehicle, stop] for trip in day.trips for stop in trip)
        and (kind.max_stops is None or day.stops <= kind.max_stops)
        and len(day.trips) <= kind.max_trips
        and all(trip_loads_fit(problem, day.vehicle, trip) for trip in day.trips)
        and schedule(problem, day.vehicle, day.trips) is not None
    )


def _order(route: Route) -> tuple[int, int, int]:
    return route.vehicle, route.trips[0].departure, route.trips[0].stops[0]
