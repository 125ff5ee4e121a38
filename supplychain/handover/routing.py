"""Route the day's deliveries: one task a depot, the same plan for any number of workers."""

from __future__ import annotations

from concurrent.futures import Executor
from zlib import crc32

import numpy as np

from solvers.routing.ortools_engine import solve_ortools
from solvers.routing.problem import RoutingProblem
from solvers.routing.pyvrp_engine import solve_pyvrp
from solvers.routing.solution import RoutingSolution
from solvers.status import WorkLimit
from supplychain.domain import DataSet
from supplychain.errors import Problem, ScenarioError
from supplychain.handover.routing_plan import route_plan
from supplychain.handover.routing_problem import DepotDay, depot_day, routing_problem
from supplychain.handover.unserved import cannot_go, fleet_is_short
from supplychain.plans.route_plan import RoutePlan, routed_depots
from supplychain.scenario.settings import Settings

__all__ = ["route_all"]


def route_all(dataset: DataSet, settings: Settings, *, executor: Executor | None = None) -> RoutePlan:
    """Routes of every depot that ``settings.route.depots`` names, or of all with deliveries.

    Every delivery is on a route or in ``unserved``. Raises ScenarioError for a depot that does not exist.
    """
    depots = routed_depots(dataset, settings.route.depots)
    _refuse_unknown(dataset, depots)
    days = [depot_day(dataset, depot, settings.route) for depot in depots]
    seeds = [_seed(settings.seed, depot) for depot in depots]
    if executor is None:
        plans = [_route_day(day, seed) for day, seed in zip(days, seeds, strict=True)]
    else:
        tasks = [executor.submit(_route_day, day, seed) for day, seed in zip(days, seeds, strict=True)]
        plans = [task.result() for task in tasks]
    return RoutePlan.join(plans)


def _route_day(day: DepotDay, seed: int) -> RoutePlan:
    rows = cannot_go(day)
    chosen = [i for i in range(len(day.deliveries)) if i not in rows]
    problem = routing_problem(day, chosen)
    solution = _solve(problem, day, seed)
    served = sum(len(route.stops) for route in solution.routes)
    for stop in solution.unserved:
        rows[chosen[stop]] = fleet_is_short(day, chosen[stop], served=served, vehicles_used=len(solution.routes))
    return route_plan(day, problem, solution, chosen, list(rows.values()))


def _solve(problem: RoutingProblem, day: DepotDay, seed: int) -> RoutingSolution:
    solve = solve_ortools if day.settings.engine == "ortools" else solve_pyvrp
    return solve(problem, WorkLimit(day.settings.iterations), seed=seed)


def _seed(seed: int, depot_id: str) -> int:
    """A depot's own seed: it does not change when other depots come or go."""
    return int(np.random.SeedSequence([seed, crc32(depot_id.encode())]).generate_state(1)[0])


def _refuse_unknown(dataset: DataSet, depots: tuple[str, ...]) -> None:
    problems = [
        Problem("settings", "route", "depots", depot, "is no site of the data set", "name a site with deliveries")
        for depot in depots
        if depot not in dataset.sites
    ]
    if problems:
        raise ScenarioError("Unknown depots:", problems)
