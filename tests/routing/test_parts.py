"""The parts under the engines: times, loads, insertion, reasons, the check."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.routing.assemble import assemble
from solvers.routing.check import check
from solvers.routing.insert import Day, insert_left_out
from solvers.routing.pyvrp_engine import solve_pyvrp
from solvers.routing.reasons import binding_constraints
from solvers.routing.schedule import schedule, trip_loads_fit
from solvers.status import Status, WorkLimit


def drive(problem, vehicle, trips, departure):
    """Return of the last trip after leaving at ``departure``, or None: the plainest simulation there is."""
    kind, clock = problem.vehicles[vehicle], departure
    for stops in trips:
        clock = max([clock, *(int(problem.release_s[s]) for s in stops)])
        place = 0
        for stop in stops:
            clock += int(problem.duration_s[kind.profile, place, 1 + stop])
            clock = max(clock, int(problem.window_early[stop]))
            if clock > problem.window_late[stop]:
                return None
            clock += int(problem.service_s[stop])
            place = 1 + stop
        clock += int(problem.duration_s[kind.profile, place, 0])
    return clock if clock <= kind.latest_return else None


@given(stops=st.integers(1, 5), seed=st.integers(0, 10**6), vehicle=st.integers(0, 1), cut=st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_schedule_finds_the_least_work_of_all_departures(problem_of, stops, seed, vehicle, cut):
    problem = problem_of(stops, seed=seed, trips=2)
    order = tuple(range(stops))
    trips = tuple(trip for trip in (order[:cut], order[cut:]) if trip)
    kind = problem.vehicles[vehicle]
    works = [
        back - leave
        for leave in range(kind.shift_start, kind.latest_return + 1)
        if (back := drive(problem, vehicle, trips, leave)) is not None
    ]
    route = schedule(problem, vehicle, trips)
    assert (route is None) == (not works)
    if route is not None:
        assert route.trips[-1].back - route.trips[0].departure == min(works)
        assert drive(problem, vehicle, trips, route.trips[0].departure) == route.trips[-1].back


def test_loads_go_down_and_up_on_one_tour(problem_of):
    problem = problem_of(3, types=1, windows=False)
    demand = np.array([[12, 1], [0, 0], [8, 1]])
    pickup = np.array([[0, 0], [12, 1], [0, 0]])
    problem = replace(problem, demand=demand, pickup=pickup)
    assert trip_loads_fit(problem, 0, (0, 1, 2))
    assert trip_loads_fit(problem, 0, (0, 2, 1))
    assert not trip_loads_fit(problem, 0, (1, 0, 2))
    assert not trip_loads_fit(problem, 0, (2, 1, 0))


@given(stops=st.integers(1, 7), seed=st.integers(0, 10**6), trips=st.integers(1, 3), release=st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_insertion_leaves_out_fits_nowhere(problem_of, stops, seed, trips, release):
    problem = problem_of(stops, seed=seed, count=1, trips=trips, release=release)
    days = insert_left_out(problem, (), range(stops))
    placed = {stop for day in days for trip in day.trips for stop in trip}
    for stop in set(range(stops)) - placed:
        for day in (*days, *(Day(v, ()) for v in range(2) if all(d.vehicle != v for d in days))):
            for changed in with_stop(day, stop, problem.vehicles[day.vehicle].max_trips):
                assert not sound(problem, changed)
    assert all(sound(problem, day) for day in days)


def with_stop(day, stop, max_trips):
    for t, trip in enumerate(day.trips):
        for i in range(len(trip) + 1):
            yield Day(day.vehicle, (*day.trips[:t], (*trip[:i], stop, *trip[i:]), *day.trips[t + 1 :]))
    if len(day.trips) < max_trips:
        for t in range(len(day.trips) + 1):
            yield Day(day.vehicle, (*day.trips[:t], (stop,), *day.trips[t:]))


def sound(problem, day):
    kind = problem.vehicles[day.vehicle]
    return (
        all(problem.allowed[day.vehicle, s] for trip in day.trips for s in trip)
        and day.stops <= (kind.max_stops or day.stops)
        and all(trip_loads_fit(problem, day.vehicle, trip) for trip in day.trips)
        and schedule(problem, day.vehicle, day.trips) is not None
    )


def test_days_that_break_rules_are_taken_apart_and_built_anew(problem_of):
    problem = problem_of(5, seed=2, windows=False)
    broken = Day(0, ((0, 1, 2, 3, 4),))
    assert not sound(problem, broken)
    solution = assemble(problem, [broken], 0)
    assert check(problem, solution).violations == ()
    assert len(solution.unserved) < 5


BLOCKS = {
    ("load_0",): {"demand": [[90, 1]]},
    ("load_1",): {"demand": [[1, 90]]},
    ("load_0", "load_1"): {"demand": [[90, 90]]},
    ("tier",): {"allowed": [[False], [False]]},
    ("window",): {"window_late": [9]},
    ("shift",): {"service_s": [5000]},
    ("fleet",): {},
    ("load_0", "tier", "shift", "fleet"): {"demand": [[90, 1]], "allowed": [[False], [False]], "service_s": [5000]},
    None: {},
}


@pytest.mark.parametrize("wanted", BLOCKS)
def test_binding_constraints_are_named(problem_of, wanted):
    arrays = {name: np.array(value) for name, value in BLOCKS[wanted].items()}
    plain = {"demand": np.array([[5, 5]]), "pickup": np.array([[0, 0]]), "allowed": np.ones((2, 1), bool)}
    problem = problem_of(1, windows=False, count=0 if wanted and "fleet" in wanted else 2, **(plain | arrays))
    reason = binding_constraints(problem, 0)
    assert (reason.constraints if reason else None) == wanted


@given(seed=st.integers(0, 10**6), count=st.integers(0, 1), factor=st.integers(1, 8), late=st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_relaxing_the_named_constraints_and_nothing_less_lets_the_stop_fit(problem_of, seed, count, factor, late):
    problem = problem_of(1, seed=seed, count=count, pickups=False)
    problem = replace(
        problem,
        demand=problem.demand * factor,
        service_s=problem.service_s * factor * 12,
        window_early=np.array([0]),
        window_late=np.array([1000 + late]),
        vehicles=tuple(replace(v, shift_start=1010, shift_end=1310) for v in problem.vehicles),
    )
    reason = binding_constraints(problem, 0)
    if reason is None:
        assert served(problem)
        return
    assert served(relaxed(problem, reason.constraints))
    for size in range(len(reason.constraints)):
        for fewer in itertools.combinations(reason.constraints, size):
            assert not served(relaxed(problem, fewer))


def served(problem):
    return solve_pyvrp(problem, WorkLimit(5), seed=1).unserved == ()


def relaxed(problem, names):
    vehicles = []
    for kind in problem.vehicles:
        room = tuple(10**6 if f"load_{k}" in names else limit for k, limit in enumerate(kind.capacity))
        changes = {"capacity": room, "count": 1 if "fleet" in names else kind.count}
        if "shift" in names:
            changes |= {"shift_start": 0, "shift_end": 10**6}
        vehicles.append(replace(kind, **changes))
    problem = replace(problem, vehicles=tuple(vehicles))
    if "tier" in names:
        problem = replace(problem, allowed=np.ones_like(problem.allowed))
    if "window" in names:
        problem = replace(problem, window_late=np.array([10**6]))
    return problem


def moved(solution, **changes):
    route = solution.routes[0]
    trip = replace(route.trips[0], **{name: change(getattr(route.trips[0], name)) for name, change in changes.items()})
    return replace(solution, routes=(replace(route, trips=(trip, *route.trips[1:])), *solution.routes[1:]))


CORRUPTIONS = {
    "a stop forgotten": lambda s: moved(s, stops=lambda x: x[1:], arrival=lambda x: x[1:], start=lambda x: x[1:],
                                        finish=lambda x: x[1:]),
    "a stop unknown": lambda s: replace(s, unserved=(*s.unserved, 99)),
    "a stop twice": lambda s: replace(s, unserved=(*s.unserved, s.routes[0].stops[0])),
    "cost too low": lambda s: replace(s, cost=s.cost - 1),
    "too many vehicles": lambda s: replace(s, routes=s.routes * 3),
    "an unknown type": lambda s: replace(s, routes=(replace(s.routes[0], vehicle=7), *s.routes[1:])),
    "another type": lambda s: replace(s, routes=(replace(s.routes[0], vehicle=1), *s.routes[1:])),
    "an early departure": lambda s: moved(s, departure=lambda x: x - 400),
    "an early arrival": lambda s: moved(s, arrival=lambda x: (x[0] - 1, *x[1:])),
    "a start before arrival": lambda s: moved(s, start=lambda x: (x[0] - 400, *x[1:])),
    "a short service": lambda s: moved(s, finish=lambda x: (*x[:-1], x[-1] - 1)),
    "an early return": lambda s: moved(s, back=lambda x: x - 1),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_check_catches_corruptions(problem_of, name):
    problem = problem_of(5, seed=3, count=2)
    solution = solve_pyvrp(problem, WorkLimit(50), seed=1)
    assert solution.status is Status.FEASIBLE
    assert solution.routes[0].vehicle == 0
    assert check(problem, solution).feasible
    assert not check(problem, CORRUPTIONS[name](solution)).feasible


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_the_check_catches_a_shuffled_trip(problem_of, seed):
    problem = problem_of(6, seed=seed, types=1, count=2)
    solution = solve_pyvrp(problem, WorkLimit(10), seed=1)
    assume(solution.routes and len(solution.routes[0].trips[0].stops) > 1)
    trip = solution.routes[0].trips[0]
    legs = [problem.duration_s[0, a, b] for a, b in itertools.pairwise((0, *(1 + s for s in trip.stops), 0))]
    back = [problem.duration_s[0, a, b] for a, b in itertools.pairwise((0, *(1 + s for s in trip.stops[::-1]), 0))]
    assume(legs != back)
    assert not check(problem, moved(solution, stops=lambda stops: stops[::-1])).feasible
