from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.demand_curve import units_short
from solvers.replenishment.rebalancing import RebalancingProblem, place_value, solve
from solvers.replenishment.rebalancing_flow import Places
from solvers.status import Status

LEVELS = np.array([0.1, 0.5, 0.9, 0.99])


def value_by_hand(problem: RebalancingProblem, units: tuple[float, ...]) -> float:
    """Money of all moves, term by term; minus infinity where a place gives or takes too much."""
    places, total = problem.places, 0.0
    runs = {int(s) for s, x in zip(problem.shipment, units, strict=True) if x > 0}
    for k in range(places.position.size):
        out = sum(x for x, o in zip(units, problem.origin, strict=True) if o == k)
        back = sum(x for x, d in zip(units, problem.destination, strict=True) if d == k)
        if out > places.available[k] or back > places.room[k]:
            return -np.inf
        before = float(units_short(places.position[k], places.quantile[k], LEVELS))
        after = float(units_short(places.position[k] + back - out, places.quantile[k], LEVELS))
        total += float(places.sold[k] - places.kept[k]) * (before - after) + float(places.kept[k]) * (back - out)
    total -= sum(x * float(c) for x, c in zip(units, problem.unit_cost, strict=True))
    return total - sum(float(problem.shipment_cost[s]) for s in runs)


def random_problem(random: np.random.Generator, *, places: int, lanes: int, dear: bool) -> RebalancingProblem:
    pairs = [(a, b) for a in range(places) for b in range(places) if a != b]
    chosen = random.permutation(len(pairs))[:lanes]
    ends = np.array([pairs[i] for i in chosen])
    kept = random.uniform(0, 3, places)
    pack = float(random.integers(1, 3))
    return RebalancingProblem(
        places=Places(
            levels=LEVELS,
            quantile=np.sort(random.uniform(0, 8, (places, 4)), axis=1),
            position=np.round(random.uniform(-1, 8, places)),
            sold=kept + random.uniform(0, 6, places),
            kept=kept,
            available=np.floor(random.uniform(0, 5, places)),
            room=np.floor(random.uniform(0, 5, places)),
            pack=np.full(places, pack),
        ),
        item=np.zeros(places, np.int64),
        origin=ends[:, 0],
        destination=ends[:, 1],
        unit_cost=random.uniform(0, 1.5, lanes),
        shipment=random.integers(0, 3, lanes),
        shipment_cost=random.uniform(0, 4, 3) if dear else np.zeros(3),
    )


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.integers(1, 5), st.booleans())
def test_no_other_moves_gain_more(seed: int, places: int, lanes: int, dear: bool) -> None:
    random = np.random.default_rng(seed)
    problem = random_problem(random, places=places, lanes=min(lanes, places * (places - 1)), dear=dear)
    solution = solve(problem)
    pack = float(problem.places.pack[0])
    ways = itertools.product(np.arange(0, 4.5, pack), repeat=problem.origin.size)
    best = max(value_by_hand(problem, way) for way in ways)
    assert solution.status is Status.OPTIMAL
    assert solution.gain == pytest.approx(best, abs=1e-7)
    assert value_by_hand(problem, tuple(solution.units)) == pytest.approx(solution.gain, abs=1e-9)
    assert solution.gain <= solution.bound + 1e-9
    assert (solution.units % pack == 0).all()


def two_sites(**changed: object) -> RebalancingProblem:
    parts: dict[str, object] = {
        "levels": LEVELS, "quantile": np.tile([2.0, 5.0, 8.0, 10.0], (2, 1)), "position": np.array([30.0, 0.0]),
        "sold": np.array([10.0, 10.0]), "kept": np.array([6.0, 6.0]), "available": np.array([30.0, 0.0]),
        "room": np.array([np.inf, np.inf]), "pack": np.ones(2),
    } | changed  # fmt: skip
    lanes = {
        "item": np.zeros(2, np.int64), "origin": np.array([0]), "destination": np.array([1]),
        "unit_cost": np.array([0.5]), "shipment": np.array([0]), "shipment_cost": np.array([0.0]),
    }  # fmt: skip
    lanes |= {name: parts.pop(name) for name in list(parts) if name in lanes}
    return RebalancingProblem(places=Places(**parts), **lanes)  # type: ignore[arg-type]


def test_units_go_while_the_chance_to_sell_them_pays_their_freight() -> None:
    """Margin 4, freight 0.5: the last unit that goes sells with a chance of more than 1 in 8."""
    units = float(solve(two_sites()).units[0])
    assert units == 8.0
    assert place_value(two_sites().places, np.array([-units, units]))[1] - units * 6.0 == pytest.approx(
        4.0 * 4.97, rel=0.02
    )


def test_nothing_moves_without_gain() -> None:
    assert solve(two_sites(position=np.array([5.0, 5.0]), available=np.array([5.0, 5.0]))).units.tolist() == [0.0]
    assert solve(two_sites(unit_cost=np.array([4.1]))).units.tolist() == [0.0]
    assert solve(two_sites(shipment_cost=np.array([1000.0]))).units.tolist() == [0.0]
    assert solve(two_sites(room=np.zeros(2))).units.tolist() == [0.0]
    assert solve(two_sites(available=np.zeros(2))).units.tolist() == [0.0]


def test_goods_that_are_worth_nothing_at_home_go_further() -> None:
    """Where nobody orders the item any more, what is left over is worth nothing; elsewhere it saves a purchase."""
    dead = two_sites(kept=np.array([0.0, 6.0]), room=np.array([0.0, 12.0]))
    assert solve(dead).units.tolist() == [12.0]


def test_many_dear_shipments_are_dropped_while_that_gains() -> None:
    """Nine origins for one destination: one full shipment gains more than nine small ones; the bound holds."""
    count = 9
    problem = RebalancingProblem(
        places=Places(
            levels=LEVELS, quantile=np.vstack((np.zeros((count, 4)), [[20.0, 50.0, 80.0, 100.0]])),
            position=np.append(np.full(count, 40.0), 0.0), sold=np.full(count + 1, 10.0), kept=np.full(count + 1, 5.0),
            available=np.append(np.full(count, 40.0), 0.0), room=np.full(count + 1, np.inf), pack=np.ones(count + 1),
        ),
        item=np.zeros(count + 1, np.int64), origin=np.arange(count), destination=np.full(count, count),
        unit_cost=0.1 + 0.01 * np.arange(count), shipment=np.arange(count), shipment_cost=np.full(count, 30.0),
    )  # fmt: skip
    solution = solve(problem)
    assert solution.status is Status.FEASIBLE
    assert 0 < solution.gain <= solution.bound
    assert (solution.units > 0).sum() <= 3
    assert value_by_hand(problem, tuple(solution.units)) == pytest.approx(solution.gain)


def test_items_do_not_see_each_other() -> None:
    random = np.random.default_rng(3)
    one, other = (random_problem(random, places=3, lanes=4, dear=False) for _ in range(2))
    both = RebalancingProblem(
        places=Places(LEVELS, *(np.concatenate((a, b)) for a, b in zip(one.places[1:], other.places[1:], strict=True))),
        item=np.repeat([0, 1], 3), origin=np.concatenate((one.origin, other.origin + 3)),
        destination=np.concatenate((one.destination, other.destination + 3)),
        unit_cost=np.concatenate((one.unit_cost, other.unit_cost)),
        shipment=np.concatenate((one.shipment, other.shipment)), shipment_cost=np.zeros(3),
    )  # fmt: skip
    assert solve(both).units.tolist() == [*solve(one).units.tolist(), *solve(other).units.tolist()]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"kept": np.array([6.0, 11.0])}, "kept: place 1: 11: must not exceed sold, 10"),
        ({"pack": np.array([1.0, 0.0])}, "pack: place 1"),
        ({"pack": np.array([1.0, 2.0])}, "same packs"),
        ({"position": np.array([np.nan, 0.0])}, "position: place 0"),
        ({"sold": np.array([1.0])}, r"sold: shape \(1,\)"),
        ({"quantile": np.array([[1.0, 2.0, 1.0, 3.0]] * 2)}, "quantile: must not fall"),
        ({"quantile": np.ones((2, 3))}, r"quantile: shape \(2, 3\)"),
        ({"destination": np.array([0])}, "must not end where it begins"),
        ({"destination": np.array([7])}, "destination: must be in 0 to 1"),
        ({"item": np.array([0, 1])}, "two places of one item"),
        ({"unit_cost": np.array([-1.0])}, "unit_cost: lane 0"),
        ({"shipment_cost": np.array([-1.0])}, "shipment_cost"),
    ],
)
def test_figures_are_checked(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        two_sites(**wrong)
