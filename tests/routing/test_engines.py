"""Both engines against a complete enumeration on tiny problems, and against the independent check on random ones."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.routing.check import check
from solvers.routing.ortools_engine import solve_ortools
from solvers.routing.pyvrp_engine import money_scale, solve_pyvrp
from solvers.routing.schedule import day_cost, schedule, trip_loads_fit
from solvers.status import Status, WorkLimit

ENGINES = [solve_pyvrp, solve_ortools]


def splits(order, most):
    """Every way to cut an order of stops into consecutive trips."""
    for cuts in range(min(most, len(order))):
        for places in itertools.combinations(range(1, len(order)), cuts):
            yield tuple(order[a:b] for a, b in itertools.pairwise((0, *places, len(order))))


def cheapest_day(problem, vehicle, stops):
    kind = problem.vehicles[vehicle]
    if not problem.allowed[vehicle, list(stops)].all() or len(stops) > (kind.max_stops or len(stops)):
        return float("inf")
    best = float("inf")
    for order in itertools.permutations(stops):
        for trips in splits(order, kind.max_trips):
            if all(trip_loads_fit(problem, vehicle, trip) for trip in trips):
                route = schedule(problem, vehicle, trips)
                best = min(best, day_cost(problem, route)) if route else best
    return best


def cheapest_plan(problem):
    """Cost of the best plan that serves everything, by dynamic programming over sets of stops and vehicles."""
    everything = frozenset(range(problem.stops))
    best = {frozenset(): 0.0}
    for vehicle, kind in enumerate(problem.vehicles):
        cost = {
            frozenset(stops): cheapest_day(problem, vehicle, stops)
            for size in range(1, problem.stops + 1)
            for stops in itertools.combinations(range(problem.stops), size)
        }
        for _ in range(kind.count):
            grown = dict(best)
            for done, paid in best.items():
                for stops, price in cost.items():
                    if not stops & done and price < float("inf"):
                        key = stops | done
                        grown[key] = min(grown.get(key, float("inf")), paid + price)
            best = grown
    return best.get(everything, float("inf"))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("trips", [1, 3])
def test_pyvrp_finds_the_optimum_of_tiny_problems(problem_of, seed, trips):
    problem = problem_of(5, seed=seed, trips=trips, count=1 if trips > 1 else 2)
    if trips > 1:
        problem = replace(problem, vehicles=tuple(replace(v, max_stops=None) for v in problem.vehicles))
    best = cheapest_plan(problem)
    found = solve_pyvrp(problem, WorkLimit(300), seed=seed)
    assert check(problem, found).violations == ()
    if best < float("inf"):
        assert found.status is Status.FEASIBLE
        assert found.cost == pytest.approx(best)
    else:
        assert found.unserved
        assert found.status is Status.INFEASIBLE


@pytest.mark.parametrize("seed", range(6))
def test_ortools_finds_the_optimum_of_tiny_problems(problem_of, seed):
    problem = problem_of(5, seed=seed)
    best = cheapest_plan(problem)
    found = solve_ortools(problem, WorkLimit(300), seed=1)
    assert check(problem, found).violations == ()
    if best < float("inf"):
        assert found.cost == pytest.approx(best)


def test_six_stops_on_one_unlimited_vehicle_are_a_travelling_salesman(problem_of):
    problem = problem_of(6, types=1, count=1, windows=False, pickups=False)
    wide = replace(problem.vehicles[0], capacity=(1000, 1000), max_stops=None, shift_end=100_000, cost_per_hour=0.0)
    problem = replace(problem, vehicles=(wide,))
    tours = ([0, *(1 + s for s in order), 0] for order in itertools.permutations(range(6)))
    best = min(int(problem.distance_m[tour[:-1], tour[1:]].sum()) for tour in tours)
    for engine in ENGINES:
        assert engine(problem, WorkLimit(300), seed=1).cost == pytest.approx(wide.fixed_cost + best)


@given(
    stops=st.integers(0, 12),
    seed=st.integers(0, 10**6),
    trips=st.sampled_from([1, 2, 4]),
    count=st.integers(0, 3),
    release=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_pyvrp_plans_always_pass_the_check(problem_of, stops, seed, trips, count, release):
    problem = problem_of(stops, seed=seed, trips=trips, count=count, release=release)
    solution = solve_pyvrp(problem, WorkLimit(15), seed=seed)
    assert check(problem, solution).violations == ()
    assert (solution.status is Status.FEASIBLE) == (not solution.unserved)


@given(stops=st.integers(0, 8), seed=st.integers(0, 10**6), count=st.integers(0, 2), release=st.booleans())
@settings(max_examples=15, deadline=None)
def test_ortools_plans_always_pass_the_check(problem_of, stops, seed, count, release):
    problem = problem_of(stops, seed=seed, count=count, release=release)
    solution = solve_ortools(problem, WorkLimit(10), seed=1)
    assert check(problem, solution).violations == ()


@pytest.mark.parametrize("engine", ENGINES)
def test_same_seed_same_routes(problem_of, engine):
    problem = problem_of(12, count=4, seed=5)
    assert engine(problem, WorkLimit(40), seed=7) == engine(problem, WorkLimit(40), seed=7)


@pytest.mark.parametrize("engine", ENGINES)
def test_optional_stops_are_served_only_when_their_penalty_pays(problem_of, engine):
    problem = problem_of(4, types=1, windows=False, pickups=False, required=np.zeros(4, bool))
    cheap = engine(replace(problem, penalty=np.full(4, 1.0)), WorkLimit(50), seed=1)
    dear = engine(replace(problem, penalty=np.full(4, 5000.0)), WorkLimit(50), seed=1)
    assert cheap.unserved == (0, 1, 2, 3)
    assert cheap.cost == 4.0
    assert cheap.status is Status.FEASIBLE
    assert dear.unserved == ()


def test_a_second_depot_serves_with_its_own_vehicles(problem_of):
    problem = problem_of(4, types=1, count=1, windows=False)
    at = np.array([0, 1000, 10, 12, 990, 980])
    metres = np.abs(at[:, None] - at)
    vehicles = tuple(replace(problem.vehicles[0], name=f"d{d}", depot=d, shift_end=4000) for d in range(2))
    problem = replace(
        problem, depots=2, distance_m=metres, duration_s=metres[None], vehicles=vehicles, allowed=np.ones((2, 4), bool)
    )
    for engine in ENGINES:
        solution = engine(problem, WorkLimit(100), seed=1)
        assert check(problem, solution).violations == ()
        assert [(r.vehicle, sorted(r.stops)) for r in solution.routes] == [(0, [0, 1]), (1, [2, 3])]


def test_progress_reports_falling_costs_and_the_last_one_is_the_answer(problem_of):
    problem = problem_of(12, count=4, seed=3)
    for engine in ENGINES:
        seen = []
        solution = engine(problem, WorkLimit(60), seed=1, progress=lambda cost, bound, seen=seen: seen.append(cost))
        assert seen == sorted(seen, reverse=True)
        assert solution.cost <= seen[-1] + 1e-6


def test_a_stop_rule_of_ones_own_is_asked(problem_of):
    asked = []

    def stop(steps, incumbent):
        asked.append((steps, incumbent))
        return steps >= 3

    assert solve_pyvrp(problem_of(5), stop, seed=1).iterations == 3
    assert [steps for steps, _ in asked] == [0, 1, 2, 3]


def test_a_day_limit_on_stops_holds_over_several_trips(problem_of):
    problem = problem_of(12, types=1, count=3, windows=False, pickups=False, seed=2)
    small = replace(problem.vehicles[0], capacity=(20, 20), max_trips=6, max_stops=5, shift_end=100_000)
    problem = replace(problem, vehicles=(small,))
    solution = solve_pyvrp(problem, WorkLimit(100), seed=1)
    assert check(problem, solution).violations == ()
    assert max(len(route.stops) for route in solution.routes) <= 5


def test_money_scale_keeps_whole_rates_whole_and_fine_rates_fine(problem_of):
    problem = problem_of(3)
    assert money_scale(problem) == 1.0
    cents = tuple(replace(v, cost_per_km=0.8, cost_per_hour=25.0, overtime_cost_per_hour=0.0) for v in problem.vehicles)
    scale = money_scale(replace(problem, vehicles=cents))
    for rate in (0.8 / 1000, 25 / 3600):
        assert round(rate * scale) / scale == pytest.approx(rate, rel=1e-3)


def test_bad_arrays_are_refused_all_at_once(problem_of):
    problem = problem_of(3)
    with pytest.raises(ValueError, match=r"service_s: shape .*pickup: negative values"):
        replace(problem, service_s=np.zeros(2, np.int64), pickup=problem.pickup - 100)
    with pytest.raises(ValueError, match="end before they begin"):
        replace(problem, window_late=problem.window_early - 1)
    with pytest.raises(ValueError, match="3 capacities for 2 load dimensions"):
        replace(problem, vehicles=(replace(problem.vehicles[0], capacity=(1, 2, 3)), problem.vehicles[1]))
    with pytest.raises(ValueError, match="shift_end"):
        replace(problem.vehicles[0], shift_end=0)
