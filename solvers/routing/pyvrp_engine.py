"""Routing by PyVRP (Wouda, Lan and Kool 2024, doi 10.1287/ijoc.2023.0055), its data built from arrays.

Integer units handed over: metres, seconds, load units as in the problem, and money in parts of ``_Scale.money``.
A limit on stops is one more load dimension. Every stop is optional inside PyVRP, at a penalty that outweighs any
detour when it is required: so a day that cannot be served in full still gets a plan.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import IteratedLocalSearchCallbacks, IteratedLocalSearchParams

from solvers.routing.assemble import assemble
from solvers.routing.insert import Day
from solvers.routing.problem import IntArray, RoutingProblem, VehicleType
from solvers.routing.solution import RoutingSolution
from solvers.status import Progress, Stop

__all__ = ["money_scale", "outweighing_penalty", "problem_data", "solve_pyvrp"]

_STOP_UNITS = 10_000  # load units of one stop, so that one stop too many weighs as much as some kilograms
_FORBIDDEN_S = 10 * 86_400  # driving time to a stop that the vehicle type may not serve
_UPDATE_EVERY = 50  # solutions between two updates of PyVRP's penalties; its own 500 suits long runs only


def solve_pyvrp(problem: RoutingProblem, stop: Stop, *, seed: int, progress: Progress | None = None) -> RoutingSolution:
    """Solve until ``stop``; its steps are iterations of PyVRP's local search. Same seed, same routes."""
    if not problem.stops or not any(vehicle.count for vehicle in problem.vehicles):
        return assemble(problem, (), iterations=0)
    searched = _without_useless_reloads(problem)
    days, iterations = _search(searched, stop, seed, progress)
    if any(_too_many_stops(searched, day) for day in days):
        # The limit on a day's stops broke over several trips, which PyVRP cannot see: search again with one trip.
        single = tuple(v if v.max_stops is None else replace(v, max_trips=1) for v in searched.vehicles)
        days, iterations = _search(replace(searched, vehicles=single), stop, seed, progress)
    return assemble(problem, days, iterations=iterations)


def _too_many_stops(problem: RoutingProblem, day: Day) -> bool:
    most = problem.vehicles[day.vehicle].max_stops
    return most is not None and day.stops > most and len(day.trips) > 1


def _search(problem: RoutingProblem, stop: Stop, seed: int, progress: Progress | None) -> tuple[list[Day], int]:
    scale = money_scale(problem)
    data, types = problem_data(problem, scale)
    top = max(1.0, *(c for v in data.vehicle_types() for c in (v.unit_distance_cost, v.unit_duration_cost)))
    penalty = pyvrp.PenaltyParams(solutions_between_updates=_UPDATE_EVERY, max_penalty=max(100_000.0, 100.0 * top))
    search = IteratedLocalSearchParams(callbacks=_Callbacks(progress, scale))
    params = pyvrp.SolveParams(penalty=penalty, ils=search)
    asked = _Asked(stop, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # infeasible routes are repaired in assemble
        result = pyvrp.solve(data, asked, seed=seed, collect_stats=False, display=False, params=params)
    return _days(result.best, types), int(result.num_iterations)


class _Asked:
    """PyVRP's stopping criterion, in terms of ours."""

    def __init__(self, stop: Stop, scale: float) -> None:
        self._stop, self._scale, self._steps = stop, scale, 0

    def __call__(self, best_cost: int) -> bool:
        known = best_cost < np.iinfo(np.int64).max
        answer = self._stop(self._steps, best_cost / self._scale if known else None)
        self._steps += 1
        return answer


class _Callbacks(IteratedLocalSearchCallbacks):
    def __init__(self, progress: Progress | None, scale: float) -> None:
        self._progress, self._scale = progress, scale

    def on_best(self, best: pyvrp.Solution) -> None:
        if self._progress is not None and best.is_feasible():
            cost = best.distance_cost() + best.duration_cost() + best.fixed_vehicle_cost() + best.uncollected_prizes()
            self._progress(cost / self._scale, None)


def money_scale(problem: RoutingProblem) -> float:
    """Integer money units in one unit of money.

    The smallest power of ten at which every cost of a metre and of a second is a whole number, but no finer than
    1,000 units for the dearest of them: PyVRP's penalties assume costs of that order.
    """
    rates = [
        rate
        for v in problem.vehicles
        for rate in (v.cost_per_km / 1000, v.cost_per_hour / 3600, v.overtime_cost_per_hour / 3600)
        if rate > 0
    ]
    if not rates:
        return 1.0
    finest = max(0, int(np.floor(np.log10(1000 / max(rates)))))
    for power in range(finest + 1):
        if all(abs(rate * 10**power - round(rate * 10**power)) < 1e-9 * rate * 10**power for rate in rates):
            return float(10**power)
    return float(10**finest)


def outweighing_penalty(problem: RoutingProblem) -> float:
    """A penalty above the cost of fetching any stop on its own."""
    if not problem.vehicles or not problem.stops:
        return 0.0
    far = float(problem.distance_m.max()) * 2 / 1000
    hours = (float(problem.duration_s.max()) * 2 + float(problem.service_s.max())) / 3600
    return 1.0 + max(
        v.fixed_cost + far * v.cost_per_km + hours * (v.cost_per_hour + v.overtime_cost_per_hour)
        for v in problem.vehicles
    )


@dataclass(frozen=True, slots=True)
class _Profiles:
    durations: list[IntArray]
    of_vehicle: list[int]


def problem_data(problem: RoutingProblem, scale: float) -> tuple[pyvrp.ProblemData, list[int]]:
    """PyVRP's data, and the vehicle type of ours behind each of its vehicle types."""
    profiles = _profiles(problem)
    count_stops = any(v.max_stops is not None for v in problem.vehicles)
    types = [v for v, vehicle in enumerate(problem.vehicles) if vehicle.count]
    distances: list[Any] = [problem.distance_m] * len(profiles.durations)
    durations: list[Any] = list(profiles.durations)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * (problem.depots + problem.stops),
        clients=_clients(problem, scale, count_stops),
        depots=[pyvrp.Depot(d) for d in range(problem.depots)],
        vehicle_types=[
            _vehicle(problem, problem.vehicles[v], profiles.of_vehicle[v], scale, count_stops) for v in types
        ],
        distance_matrices=distances,
        duration_matrices=durations,
    )
    return data, types


def _profiles(problem: RoutingProblem) -> _Profiles:
    """One duration matrix for each pair of speed profile and set of forbidden stops."""
    known: dict[tuple[int, bytes], int] = {}
    durations: list[IntArray] = []
    of_vehicle = []
    for v, vehicle in enumerate(problem.vehicles):
        forbidden = ~problem.allowed[v]
        key = (vehicle.profile, forbidden.tobytes())
        if key not in known:
            known[key] = len(durations)
            matrix = problem.duration_s[vehicle.profile]
            if forbidden.any():
                matrix = matrix.copy()
                rows = problem.depots + np.flatnonzero(forbidden)
                matrix[:, rows] = matrix[rows, :] = _FORBIDDEN_S
                matrix[rows, rows] = 0
            durations.append(matrix)
        of_vehicle.append(known[key])
    return _Profiles(durations, of_vehicle)


def _clients(problem: RoutingProblem, scale: float, count_stops: bool) -> list[pyvrp.Client]:
    extra, nothing = ([_STOP_UNITS], [0]) if count_stops else ([], [])
    base = outweighing_penalty(problem)
    prize = np.rint((problem.penalty + np.where(problem.required, base, 0.0)) * scale).astype(np.int64)
    rows = zip(
        problem.demand.tolist(),
        problem.pickup.tolist(),
        problem.service_s.tolist(),
        problem.window_early.tolist(),
        problem.window_late.tolist(),
        problem.release_s.tolist(),
        prize.tolist(),
        strict=True,
    )
    return [
        pyvrp.Client(problem.depots + s, demand + extra, pickup + nothing, service, early, late, release, value, False)
        for s, (demand, pickup, service, early, late, release, value) in enumerate(rows)
    ]


def _vehicle(
    problem: RoutingProblem, kind: VehicleType, profile: int, scale: float, count_stops: bool
) -> pyvrp.VehicleType:
    most = problem.stops if kind.max_stops is None else min(kind.max_stops, problem.stops)
    return pyvrp.VehicleType(
        num_available=kind.count,
        capacity=[*kind.capacity, *([most * _STOP_UNITS] if count_stops else [])],
        start_depot=kind.depot,
        end_depot=kind.depot,
        fixed_cost=round(kind.fixed_cost * scale),
        tw_early=kind.shift_start,
        tw_late=kind.latest_return,
        shift_duration=kind.shift_length,
        unit_distance_cost=round(kind.cost_per_km / 1000 * scale),
        unit_duration_cost=round(kind.cost_per_hour / 3600 * scale),
        profile=profile,
        reload_depots=[kind.depot] if kind.max_trips > 1 else [],
        max_reloads=kind.max_trips - 1,
        max_overtime=kind.max_overtime,
        unit_overtime_cost=round(kind.overtime_cost_per_hour / 3600 * scale),
        name=kind.name,
    )


def _without_useless_reloads(problem: RoutingProblem) -> RoutingProblem:
    """The problem with single trips for vehicles whose limit on stops binds before their capacity does.

    Judged by average stops where there is a limit on stops, and by all stops where there is none. It only narrows
    PyVRP's search, which reloads make slower; stops left out are tried on further trips afterwards.
    """
    if (problem.release_s > problem.release_s.min()).any():
        return problem
    load = np.maximum(problem.demand.sum(axis=0), problem.pickup.sum(axis=0))
    vehicles = []
    for kind in problem.vehicles:
        share = 1.0 if kind.max_stops is None else min(1.0, kind.max_stops / problem.stops)
        fits = (load * share <= np.array(kind.capacity)).all()
        vehicles.append(replace(kind, max_trips=1) if fits else kind)
    return replace(problem, vehicles=tuple(vehicles))


def _days(best: pyvrp.Solution, types: list[int]) -> list[Day]:
    days = []
    for route in best.routes():
        trips: dict[int, list[int]] = {}
        for activity in route.schedule():
            if activity.is_client():
                trips.setdefault(activity.trip, []).append(activity.idx)
        days.append(Day(types[route.vehicle_type()], tuple(tuple(trips[t]) for t in sorted(trips))))
    return days
