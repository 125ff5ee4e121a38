"""The exact placement engine against brute force, and its reasons when nothing is feasible."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from solvers.placement import CoverageRule, PlacementProblem, check_solution, solve_exact, write_placement
from solvers.status import Status


def transport(problem: PlacementProblem, is_open: np.ndarray) -> float:
    """Least serving cost from open sites by scipy, inf when they cannot serve."""
    sites, zones = np.nonzero(problem.allowed & is_open[:, None])
    if not len(sites):
        return np.inf
    serve = (zones[None, :] == np.arange(problem.n_zones)[:, None]).astype(float)
    rows, limits = [], []
    for site in np.flatnonzero(is_open & np.isfinite(problem.capacity)):
        rows.append(np.where(sites == site, problem.demand[zones], 0.0))
        limits.append(problem.capacity[site])
    for rule in problem.coverage:
        inside = (problem.tier[zones] == rule.tier) & (problem.days[sites, zones] <= rule.target_days)
        rows.append(np.where(inside, -problem.demand[zones], 0.0))
        limits.append(-rule.minimal_share * problem.demand[problem.tier == rule.tier].sum())
    result = linprog(
        problem.unit_cost[sites, zones] * problem.demand[zones],
        A_ub=np.array(rows) if rows else None,
        b_ub=np.array(limits) if rows else None,
        A_eq=serve,
        b_eq=np.ones(problem.n_zones),
        bounds=(0, 1),
    )
    return float(result.fun) if result.status == 0 else np.inf


def brute_force(problem: PlacementProblem) -> float:
    """Least cost over all sets of open sites."""
    best = np.inf
    for chosen in itertools.product([False, True], repeat=problem.n_sites):
        is_open = np.array(chosen)
        count = is_open.sum()
        if (problem.must_open & ~is_open).any() or (problem.must_close & is_open).any():
            continue
        if problem.open_at_most is not None and count > problem.open_at_most:
            continue
        if problem.open_at_least is not None and count < problem.open_at_least:
            continue
        if len(set(problem.place[is_open])) < count:
            continue
        best = min(best, problem.fixed_cost[is_open].sum() + transport(problem, is_open))
    return best


def brute_force_single_source(problem: PlacementProblem) -> float:
    best = np.inf
    for giving in itertools.product(range(problem.n_sites), repeat=problem.n_zones):
        site, zones = np.array(giving), np.arange(problem.n_zones)
        units = np.bincount(site, problem.demand, minlength=problem.n_sites)
        if (units > problem.capacity).any() or not problem.allowed[site, zones].all():
            continue
        opened = np.unique(site)
        cost = problem.fixed_cost[opened].sum() + (problem.unit_cost[site, zones] * problem.demand).sum()
        best = min(best, cost)
    return best


def random_problem(seed: int, *, sites: int = 5, zones: int = 7, tight: bool = True) -> PlacementProblem:
    generator = np.random.default_rng(seed)
    demand = generator.integers(0, 30, zones).astype(float)
    share = generator.uniform(0.3, 1.2, sites) if tight else np.full(sites, np.inf)
    days = generator.integers(1, 6, (sites, zones)).astype(float)
    return PlacementProblem.of(
        fixed_cost=generator.integers(0, 400, sites),
        demand=demand,
        unit_cost=generator.integers(1, 40, (sites, zones)),
        capacity=np.round(share * demand.sum()),
        days=days,
        allowed=generator.random((sites, zones)) < 0.85,
        tier=np.arange(zones) % 2,
        coverage=(CoverageRule(0, "rural", 2.0, float(generator.choice([0.0, 0.5, 0.8]))),),
        open_at_most=int(generator.integers(2, sites + 1)),
        open_at_least=int(generator.integers(0, 3)),
        must_open=np.arange(sites) == generator.integers(0, 3 * sites),
        must_close=np.arange(sites)[::-1] == generator.integers(sites, 4 * sites),
        place=np.minimum(np.arange(sites), sites - 1 - (seed % 2)),
    )


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), tight=st.booleans())
def test_equals_brute_force(seed: int, tight: bool) -> None:
    problem = random_problem(seed, tight=tight)
    truth, solution = brute_force(problem), solve_exact(problem)
    if np.isinf(truth):
        assert solution.status is Status.INFEASIBLE
        assert solution.reasons
        assert not solution.found
    else:
        assert solution.status is Status.OPTIMAL
        assert solution.cost == pytest.approx(truth, rel=1e-6, abs=1e-6)
        assert solution.bound <= truth + 1e-6 * max(1.0, truth)
        assert check_solution(problem, solution) == []


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_highs_and_pulp_agree(seed: int) -> None:
    problem = random_problem(seed)
    left, right = solve_exact(problem), solve_exact(problem, engine="pulp")
    assert left.status == right.status
    if left.found:
        assert right.cost == pytest.approx(left.cost, rel=1e-6, abs=1e-6)
        assert check_solution(problem, right) == []


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_single_source_equals_brute_force(seed: int) -> None:
    plain = random_problem(seed, sites=3, zones=6)
    problem = PlacementProblem.of(
        fixed_cost=plain.fixed_cost,
        demand=plain.demand,
        unit_cost=plain.unit_cost,
        capacity=plain.capacity,
        allowed=plain.allowed,
        single_source=True,
    )
    truth, solution = brute_force_single_source(problem), solve_exact(problem)
    assert solution.found == np.isfinite(truth)
    if solution.found:
        assert solution.cost == pytest.approx(truth, rel=1e-6, abs=1e-6)
        assert check_solution(problem, solution) == []


def test_strong_rows_added_when_broken_give_the_same_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = random_problem(11, sites=6, zones=30, tight=True)
    full = solve_exact(problem)
    monkeypatch.setattr("solvers.placement.exact._ALL_STRONG_ROWS", 0)
    few = solve_exact(problem)
    assert few.cost == pytest.approx(full.cost)
    assert few.rows < full.rows


def test_p_median_on_a_line() -> None:
    """Places 0, 1, 2, 10, 11, 12: two medians stand at 1 and 11, cost 4."""
    place = np.array([0.0, 1, 2, 10, 11, 12])
    problem = PlacementProblem.of(
        fixed_cost=np.zeros(6),
        demand=np.ones(6),
        unit_cost=np.abs(place[:, None] - place[None, :]),
        open_at_most=2,
        open_at_least=2,
    )
    solution = solve_exact(problem)
    assert solution.cost == pytest.approx(4.0)
    assert list(np.flatnonzero(solution.is_open)) == [1, 4]


def two_sites(share: float = 0.0, **changes: object) -> PlacementProblem:
    """A cheap far site and a dear near one; only the near one delivers to the rural zone within 2 days."""
    figures: dict = {
        "fixed_cost": [100.0, 1000.0],
        "demand": [10.0, 20.0],
        "unit_cost": [[1.0, 1.0], [1.0, 1.0]],
        "days": [[2.0, 5.0], [1.0, 2.0]],
        "tier": [0, 1],
        "site_names": ("far", "near"),
        "zone_names": ("town", "village"),
        "coverage": (CoverageRule(1, "rural", 2.0, share),),
    }
    return PlacementProblem.of(**(figures | changes))


def test_coverage_binds() -> None:
    loose, strict = solve_exact(two_sites(0.0)), solve_exact(two_sites(0.5))
    assert list(loose.is_open) == [True, False]
    assert strict.is_open[1]
    assert strict.cost == pytest.approx(1030.0)


def test_target_day_itself_counts_as_covered() -> None:
    assert solve_exact(two_sites(1.0)).found
    assert not solve_exact(two_sites(1.0, days=[[2.0, 5.0], [1.0, 2.0 + 1e-6]])).found


def test_infeasible_coverage_is_named_with_its_shortfall() -> None:
    solution = solve_exact(two_sites(0.75, must_close=[False, True]))
    assert solution.status is Status.INFEASIBLE
    assert [(r.rule, r.unit) for r in solution.reasons] == [("coverage", "units")]
    assert solution.reasons[0].record.startswith("rural within 2 days")
    assert solution.reasons[0].amount == pytest.approx(15.0)


def test_missing_room_is_named() -> None:
    solution = solve_exact(two_sites(0.0, capacity=[5.0, 15.0]))
    assert {r.rule for r in solution.reasons} == {"capacity"}
    assert sum(r.amount for r in solution.reasons) == pytest.approx(10.0)
    assert "short by" in str(solution.reasons[0])


def test_zone_that_nobody_may_serve_is_named() -> None:
    solution = solve_exact(two_sites(0.0, unit_cost=[[1.0, np.inf], [1.0, np.inf]]))
    assert [(r.rule, r.record) for r in solution.reasons] == [("zone", "village")]
    assert solution.reasons[0].amount == pytest.approx(20.0)


def test_counts_that_cannot_hold_are_named() -> None:
    assert [r.rule for r in solve_exact(two_sites(open_at_least=3)).reasons] == ["open_at_least"]
    both = solve_exact(two_sites(open_at_most=1, must_open=[True, True]))
    assert {r.rule for r in both.reasons} <= {"open_at_most", "must_open"}
    assert both.reasons


def test_zone_without_demand_needs_an_open_site_too() -> None:
    problem = two_sites(demand=[0.0, 0.0], allowed=[[True, False], [False, True]])
    solution = solve_exact(problem)
    assert solution.is_open.all()
    assert check_solution(problem, solution) == []


def test_nothing_to_serve() -> None:
    problem = PlacementProblem.of(fixed_cost=[3.0, 4.0], demand=[], unit_cost=np.zeros((2, 0)), open_at_least=1)
    solution = solve_exact(problem)
    assert solution.cost == pytest.approx(3.0)
    assert check_solution(problem, solution) == []


def test_large_figures_keep_capacities() -> None:
    problem = random_problem(5, sites=6, zones=20)
    large = replace(problem, demand=problem.demand * 1e6, capacity=problem.capacity * 1e6)
    solution = solve_exact(large)
    assert solution.found
    assert check_solution(large, solution) == []


def test_same_input_same_output_and_start_is_accepted() -> None:
    problem = random_problem(3, sites=6, zones=20)
    first, second = solve_exact(problem, seed=4), solve_exact(problem, seed=4)
    np.testing.assert_array_equal(first.arc_share, second.arc_share)
    np.testing.assert_array_equal(first.is_open, second.is_open)
    started = solve_exact(problem, start=first.is_open)
    assert started.cost == pytest.approx(first.cost)


def test_written_model_has_names_and_the_same_optimum(tmp_path: Path) -> None:
    problem = two_sites(0.5)
    write_placement(problem, tmp_path / "place.lp")
    text = (tmp_path / "place.lp").read_text()
    assert "open_near" in text
    assert "serve_village_from_near" in text
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.readModel(str(tmp_path / "place.lp"))
    highs.run()
    assert highs.getObjectiveValue() == pytest.approx(1030.0)


def test_all_faults_of_a_problem_are_told() -> None:
    with pytest.raises(ValueError, match=r"capacity: shape \(1,\).*tier: shape"):
        two_sites(capacity=[1.0], tier=[0])
    with pytest.raises(ValueError, match=r"fixed_cost.*capacity.*demand.*unit_cost.*open_at_most.*far: must open"):
        two_sites(
            fixed_cost=[np.nan, 1.0],
            capacity=[-1.0, 1.0],
            demand=[-1.0, 1.0],
            unit_cost=[[np.nan, 1.0], [1.0, 1.0]],
            open_at_most=-1,
            must_open=[True, False],
            must_close=[True, False],
        )
    with pytest.raises(ValueError, match=r"coverage of rural: share 1\.5"):
        two_sites(1.5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"arc_share": np.array([0.5, 1.0])}, "shares sum"),
        ({"arc_site": np.array([0, 0])}, "closed"),
        ({"is_open": np.array([True, True])}, "cost"),
        ({"cost": 5.0}, "cost"),
        ({"bound": 1e9}, "bound"),
        ({"gap": 0.5}, "gap"),
    ],
)
def test_check_finds_what_is_wrong(change: dict, text: str) -> None:
    problem = two_sites(1.0, must_close=[True, False])
    solution = solve_exact(problem)
    assert check_solution(problem, solution) == []
    assert any(text in fault for fault in check_solution(problem, replace(solution, **change)))


def test_check_finds_broken_rules() -> None:
    solution = solve_exact(two_sites(0.0))
    for change, text in (
        ({"capacity": [29.0, 99.0]}, "capacity 29"),
        ({"must_close": [True, False]}, "forced"),
        ({"open_at_least": 2}, "at least 2"),
        ({"open_at_most": 0}, "at most 0"),
        ({"allowed": [[True, False], [True, True]]}, "not allowed"),
        ({"coverage": (CoverageRule(1, "rural", 2.0, 0.1),)}, "coverage rural"),
    ):
        assert any(text in fault for fault in check_solution(two_sites(**change), solution)), text
