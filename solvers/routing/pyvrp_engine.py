"""Routing by PyVRP (Wouda, Lan and Kool 2024, doi 10.1287/ijoc.2023.0055), its data built from arrays.

Integer units handed over: metres, seconds, load units as in the problem, and money in parts of ``money_scale``.
A limit on stops is one more load dimension. Every stop is optional inside PyVRP, at a penalty that outweighs any
detour when it is required: so a day that cannot be served in full still gets a plan. Where the vehicles are alike, a
search that may leave out nothing comes first.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import IteratedLocalSearch, IteratedLocalSearchCallbacks, IteratedLocalSearchParams

from solvers.routing.assemble import assemble
from solvers.routing.insert import Day
from solvers.routing.problem import NO_WINDOW_END, IntArray, RoutingProblem, VehicleType
from solvers.routing.solution import RoutingSolution
from solvers.status import Progress, Stop

__all__ = ["money_scale", "outweighing_penalty", "problem_data", "solve_pyvrp"]

_STOP_UNITS = 10_000  # load units of one stop, so that one stop too many weighs as much as some kilograms
_FORBIDDEN_S = 2 * NO_WINDOW_END  # driving time to a stop that the vehicle type may not serve
_UPDATE_EVERY = 50  # solutions between two updates of PyVRP's penalties; its own 500 suits long runs only
_FIRST_PENALTY = 0.1  # of serving a stop alone: the price of one mean load or one mean leg too much at the start


def solve_pyvrp(problem: RoutingProblem, stop: Stop, *, seed: int, progress: Progress | None = None) -> RoutingSolution:
    """Solve until ``stop``; its steps are iterations of PyVRP's local search. Same seed, same routes."""
    if not problem.stops or not any(vehicle.count for vehicle in problem.vehicles):
        return assemble(problem, (), 0)
    narrow = _with_trips(problem, spare=0)
    if sum(vehicle.count > 0 for vehicle in problem.vehicles) == 1 and problem.required.all():
        solution = assemble(problem, *_search(narrow, stop, seed, progress, forced=True))
        if not solution.unserved:
            return solution
    solution = assemble(problem, *_search(narrow, stop, seed, progress))
    wide = _with_trips(problem, spare=1)
    if solution.unserved and wide.vehicles != narrow.vehicles:
        second = assemble(problem, *_search(wide, stop, seed, progress))
        solution = min(solution, second, key=lambda s: (int(problem.required[list(s.unserved)].sum()), s.cost))
    return solution


def _with_trips(problem: RoutingProblem, *, spare: int) -> RoutingProblem:
    """The problem as PyVRP can see it: each vehicle's stops limited by trip and not by day.

    The trips of a vehicle with a limit on its day's stops are as many as that many mean stops fill it (rounded), and
    ``spare`` more; the limit is shared among them. Other vehicles go out once when they could carry everything, for
    reloads make PyVRP slower; with ``spare`` they may always reload. Every plan found is one of the original problem.
    """
    many = (problem.release_s > problem.release_s.min()).any() or spare > 0
    mean = np.maximum(problem.demand, problem.pickup).mean(axis=0)
    total = (problem.demand + problem.pickup).sum(axis=0)
    vehicles: list[VehicleType] = []
    for kind in problem.vehicles:
        room = np.maximum(np.array(kind.capacity), 1)
        if kind.max_stops is None:
            trips = kind.max_trips if many or (total > room).any() else 1
        else:
            filled = min(kind.max_stops, problem.stops) * float((mean / room).max())
            trips = min(kind.max_trips, kind.max_stops, max(1, round(filled)) + spare)
        most = None if kind.max_stops is None else kind.max_stops // trips
        vehicles.append(replace(kind, max_trips=trips, max_stops=most))
    return replace(problem, vehicles=tuple(vehicles))


def _search(
    problem: RoutingProblem, stop: Stop, seed: int, progress: Progress | None, *, forced: bool = False
) -> tuple[list[Day], int]:
    """PyVRP's best days for a problem whose limits on stops hold for each trip, and its iterations.

    ``forced``: no stop may be left out, PyVRP's own penalties. Three times as fast, and the better choice for alike
    vehicles; with a mixed fleet it sticks to a poor choice of vehicles more often (measured on made-up counties).
    """
    scale = money_scale(problem)
    data, types = problem_data(problem, scale, forced=forced)
    penalty = pyvrp.PenaltyParams() if forced else _Penalties.for_problem(problem, scale)
    search = IteratedLocalSearchParams(callbacks=_Callbacks(progress, scale))
    params = pyvrp.SolveParams(penalty=penalty, ils=search)
    asked = _Asked(stop, scale)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)  # infeasible days are repaired in assemble
        result = pyvrp.solve(data, asked, seed=seed, collect_stats=False, display=False, params=params)
    return _days(result.best, types), int(result.num_iterations)


class _Penalties(pyvrp.PenaltyParams):
    """PyVRP's penalties for broken limits, starting below what a stop is worth.

    PyVRP starts in the middle of its range; there a stop is sooner left out than squeezed in, and the search cannot
    pass through plans that are a little too full. (Measured on 56 tiny problems: 3 not solved then, none so.)
    """

    first: tuple[list[float], float, float] = ([], 1.0, 1.0)

    @classmethod
    def for_problem(cls, problem: RoutingProblem, scale: float) -> _Penalties:
        made = cls(
            solutions_between_updates=_UPDATE_EVERY, min_penalty=0.01, max_penalty=100_000.0 * max(1.0, scale**0.5)
        )
        worth = _FIRST_PENALTY * outweighing_penalty(problem) * scale
        loads = np.maximum(problem.demand, problem.pickup).mean(axis=0).tolist()
        if any(v.max_stops is not None for v in problem.vehicles):
            loads.append(_STOP_UNITS)
        leg = float(_usable(problem.duration_s).mean())
        made.first = ([worth / max(1.0, load) for load in loads], worth / max(1.0, leg), 1.0)
        return made

    def midpoint_penalties(self, data: pyvrp.ProblemData) -> tuple[list[float], float, float]:
        """Where to start; the name is PyVRP's."""
        return self.first


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

    def on_start(self, ils: IteratedLocalSearch) -> None:
        self.on_best(ils.initial_solution)

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
    far = float(_usable(problem.distance_m).max()) * 2 / 1000
    hours = (float(_usable(problem.duration_s).max()) * 2 + float(problem.service_s.max())) / 3600
    return 1.0 + max(
        v.fixed_cost + far * v.cost_per_km + hours * (v.cost_per_hour + v.overtime_cost_per_hour)
        for v in problem.vehicles
    )


def _usable(legs: IntArray) -> npt.NDArray[np.float64]:
    """Legs that are not marked as forbidden by a length beyond any horizon."""
    return legs[legs < NO_WINDOW_END].astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Profiles:
    durations: list[IntArray]
    of_vehicle: list[int]


def problem_data(problem: RoutingProblem, scale: float, *, forced: bool = False) -> tuple[pyvrp.ProblemData, list[int]]:
    """PyVRP's data, and the vehicle type of ours behind each of its types; ``forced``: no stop may be left out."""
    profiles = _profiles(problem)
    count_stops = any(v.max_stops is not None for v in problem.vehicles)
    types = [v for v, vehicle in enumerate(problem.vehicles) if vehicle.count]
    distances: list[Any] = [problem.distance_m] * len(profiles.durations)
    durations: list[Any] = list(profiles.durations)
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0)] * (problem.depots + problem.stops),
        clients=_clients(problem, scale, count_stops=count_stops, forced=forced),
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


def _clients(problem: RoutingProblem, scale: float, *, count_stops: bool, forced: bool) -> list[pyvrp.Client]:
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
        pyvrp.Client(problem.depots + s, demand + extra, pickup + nothing, service, early, late, release, value, forced)
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


def _days(best: pyvrp.Solution, types: list[int]) -> list[Day]:
    days = []
    for route in best.routes():
        trips: dict[int, list[int]] = {}
        for activity in route.schedule():
            if activity.is_client():
                trips.setdefault(activity.trip, []).append(activity.idx)
        days.append(Day(types[route.vehicle_type()], tuple(tuple(trips[t]) for t in sorted(trips))))
    return days
