"""Routing by OR-Tools: the same problem, one trip a vehicle.

A plan of single trips is also a plan where several are allowed, though it may need more vehicles. Loads follow
Savelsbergh and Sol's one-to-many-to-one model: what is on board at the start equals what is delivered on the route.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from solvers.routing.assemble import assemble
from solvers.routing.insert import Day
from solvers.routing.problem import RoutingProblem
from solvers.routing.pyvrp_engine import money_scale, outweighing_penalty
from solvers.routing.solution import RoutingSolution
from solvers.status import Progress, Stop

__all__ = ["solve_ortools"]

_CALLS_PER_STEP = 1_000  # checks of OR-Tools' limit that count as one step when no better solution turns up


def solve_ortools(
    problem: RoutingProblem, stop: Stop, *, seed: int, progress: Progress | None = None
) -> RoutingSolution:
    """Solve by guided local search until ``stop``; its steps are solutions met. Same seed, same routes."""
    fleet = [v for v, kind in enumerate(problem.vehicles) for _ in range(min(kind.count, problem.stops))]
    if not fleet:
        return assemble(problem, (), 0)
    depots = [problem.vehicles[v].depot for v in fleet]
    manager = pywrapcp.RoutingIndexManager(problem.depots + problem.stops, len(fleet), depots, depots)
    routing = pywrapcp.RoutingModel(manager)
    scale = money_scale(problem)
    _add_costs(problem, manager, routing, fleet, scale)
    _add_times(problem, manager, routing, fleet, scale)
    _add_loads(problem, manager, routing, fleet)
    _add_stops(problem, manager, routing, fleet, scale)
    steps = _add_limit(routing, stop, progress, scale)
    routing.solver().ReSeed(seed % 2**31)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    found = routing.SolveWithParameters(parameters)
    days = _days(problem, manager, routing, fleet, found) if found is not None else []
    return assemble(problem, days, steps())


def _add_costs(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int], scale: float) -> None:
    by_type: dict[int, int] = {}
    for number, v in enumerate(fleet):
        kind = problem.vehicles[v]
        if v not in by_type:
            cost = np.rint(problem.distance_m * (kind.cost_per_km / 1000 * scale)).astype(np.int64)
            by_type[v] = routing.RegisterTransitMatrix(cost.tolist())
        routing.SetArcCostEvaluatorOfVehicle(by_type[v], number)
        routing.SetFixedCostOfVehicle(round(kind.fixed_cost * scale), number)


def _add_times(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int], scale: float) -> None:
    service = np.concatenate([np.zeros(problem.depots, dtype=np.int64), problem.service_s])
    transits = [routing.RegisterTransitMatrix((matrix + service[:, None]).tolist()) for matrix in problem.duration_s]
    horizon = max(kind.latest_return for kind in problem.vehicles)
    evaluators = [transits[problem.vehicles[v].profile] for v in fleet]
    routing.AddDimensionWithVehicleTransits(evaluators, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for s in range(problem.stops):
        index = manager.NodeToIndex(problem.location(s))
        time.CumulVar(index).SetRange(int(problem.window_early[s]), min(horizon, int(problem.window_late[s])))
    for number, v in enumerate(fleet):
        kind = problem.vehicles[v]
        for end in (routing.Start(number), routing.End(number)):
            time.CumulVar(end).SetRange(kind.shift_start, kind.latest_return)
        time.SetSpanCostCoefficientForVehicle(round(kind.cost_per_hour / 3600 * scale), number)
        overtime = round(kind.overtime_cost_per_hour / 3600 * scale)
        if kind.max_overtime and overtime:
            time.SetSoftSpanUpperBoundForVehicle(pywrapcp.BoundCost(kind.shift_length, overtime), number)
        routing.AddVariableMinimizedByFinalizer(time.CumulVar(routing.End(number)))
        routing.AddVariableMaximizedByFinalizer(time.CumulVar(routing.Start(number)))
    _add_releases(problem, manager, routing, fleet, time)


def _add_releases(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int], time: Any) -> None:
    """A vehicle leaves no earlier than the release of each of its stops."""
    solver = routing.solver()
    for s in np.flatnonzero(problem.release_s).tolist():
        index = manager.NodeToIndex(problem.location(s))
        starts = [time.CumulVar(routing.Start(number)) for number in range(len(fleet))]
        for number, start in enumerate(starts):
            here = routing.VehicleVar(index) == number
            solver.Add(start >= here * int(problem.release_s[s]))


def _add_loads(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int]) -> None:
    solver = routing.solver()
    for k in range(problem.demand.shape[1]):
        room = [problem.vehicles[v].capacity[k] for v in fleet]
        down = _unary(problem, manager, routing, problem.demand[:, k].tolist())
        routing.AddDimensionWithVehicleCapacity(down, 0, room, True, f"delivered {k}")
        change = _unary(problem, manager, routing, (problem.pickup[:, k] - problem.demand[:, k]).tolist())
        routing.AddDimensionWithVehicleCapacity(change, 0, room, False, f"on board {k}")
        delivered, board = routing.GetDimensionOrDie(f"delivered {k}"), routing.GetDimensionOrDie(f"on board {k}")
        for number in range(len(fleet)):
            total = delivered.CumulVar(routing.End(number))
            solver.Add(board.CumulVar(routing.Start(number)) == total)


def _unary(problem: RoutingProblem, manager: Any, routing: Any, values: list[int]) -> int:
    index: int = routing.RegisterUnaryTransitVector([*([0] * problem.depots), *values])
    return index


def _add_stops(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int], scale: float) -> None:
    if any(kind.max_stops is not None for kind in problem.vehicles):
        most = [problem.vehicles[v].max_stops or problem.stops for v in fleet]
        one = _unary(problem, manager, routing, [1] * problem.stops)
        routing.AddDimensionWithVehicleCapacity(one, 0, most, True, "stops")
    base = outweighing_penalty(problem)
    for s in range(problem.stops):
        index = manager.NodeToIndex(problem.location(s))
        penalty = problem.penalty[s] + (base if problem.required[s] else 0.0)
        routing.AddDisjunction([index], round(float(penalty) * scale))
        if not problem.allowed[:, s].all():
            may = [number for number, v in enumerate(fleet) if problem.allowed[v, s]]
            routing.VehicleVar(index).SetValues([-1, *may])


def _add_limit(routing: Any, stop: Stop, progress: Progress | None, scale: float) -> Callable[[], int]:
    """Stop the search by our protocol; returns a function that tells how many steps were made."""
    state = {"solutions": 0, "calls": 0, "best": float("inf")}

    def on_solution() -> None:
        state["solutions"] += 1
        cost = routing.CostVar().Value() / scale
        if cost < state["best"]:
            state["best"] = cost
            if progress is not None:
                progress(cost, None)

    def steps() -> int:
        return int(state["solutions"] + state["calls"] // _CALLS_PER_STEP)

    def over() -> bool:
        state["calls"] += 1
        best = state["best"]
        return stop(steps(), best if best < float("inf") else None)

    routing.AddAtSolutionCallback(on_solution)
    routing.AddSearchMonitor(routing.solver().CustomLimit(over))
    return steps


def _days(problem: RoutingProblem, manager: Any, routing: Any, fleet: list[int], found: Any) -> list[Day]:
    days = []
    for number, v in enumerate(fleet):
        index, stops = routing.Start(number), []
        while not routing.IsEnd(index):
            node = manager.IndexToNode(index)
            if node >= problem.depots:
                stops.append(node - problem.depots)
            index = found.Value(routing.NextVar(index))
        if stops:
            days.append(Day(v, (tuple(stops),)))
    return days
