from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, poisson

from solvers.replenishment.echelon.serial_demand import DiscreteDemand, NormalDemand, PoissonDemand, SerialDemand
from solvers.replenishment.echelon.serial_system import (
    SerialSystem,
    level_bounds,
    level_heuristic,
    serial_cost,
    solve,
)


def system(
    lead_time: list[float], holding: list[float], penalty: float, demand: SerialDemand, review: float = 0.0
) -> SerialSystem:
    return SerialSystem(np.array(lead_time), np.array(holding), penalty, demand, review)


def test_published_poisson_system() -> None:
    """Shang and Song (2003), table 1, row 1."""
    row = system([0.25] * 4, [0.25] * 4, 9.0, PoissonDemand(16.0))
    solution = solve(row)
    assert solution.echelon_base_stock.tolist() == [8, 13, 18, 22]
    assert solution.local_base_stock.tolist() == [8, 5, 5, 4]
    assert solution.cost == pytest.approx(12.688, abs=5e-4)
    assert level_heuristic(row).tolist() == [8, 13, 18, 22]


def test_published_normal_system() -> None:
    """Snyder and Shen, example 6.1: levels 6.49, 12.02, 22.71 and cost 47.65."""
    row = system([1, 1, 2], [3, 2, 2], 37.12, NormalDemand(5.0, 1.0))
    solution = solve(row)
    assert solution.echelon_base_stock.tolist() == pytest.approx([6.49, 12.02, 22.71], abs=5e-3)
    assert solution.cost == pytest.approx(47.65, abs=0.015)
    assert serial_cost(row, solution.echelon_base_stock) == pytest.approx(solution.cost, rel=1e-9)


def lived_cost(row: SerialSystem, levels: tuple[int, ...], chance: np.ndarray) -> float:
    """Expected cost a period, by living through every course of demand: goods, orders and backlog, no formulas."""
    lead = [int(t) for t in row.lead_time]
    last = len(lead) - 1
    local = np.cumsum(row.echelon_holding_cost[::-1])[::-1]
    filling, length = 2 * sum(lead) + 3, sum(lead) + 1
    total = 0.0
    for course in itertools.product(range(chance.size), repeat=length):
        on_hand, backlog = [0] * (last + 1), 0
        on_the_way = [[0] * (filling + length + max(lead) + 1) for _ in lead]
        for t, demand in enumerate((9, *[0] * (filling - 1), *course)):
            for k in range(last, -1, -1):
                below = sum(on_hand[: k + 1]) + sum(sum(on_the_way[i][t:]) for i in range(k + 1)) - backlog
                wanted = max(levels[k] - below, 0)
                sent = wanted if k == last else min(wanted, on_hand[k + 1])
                if k < last:
                    on_hand[k + 1] -= sent
                on_the_way[k][t + lead[k]] += sent
                on_hand[k] += on_the_way[k][t]
                on_the_way[k][t] = 0
            served = min(on_hand[0], backlog + demand)
            on_hand[0] -= served
            backlog += demand - served
        cost = row.stockout_cost * backlog
        for k in range(last + 1):
            moving = sum(on_the_way[k - 1]) if k else 0
            cost += float(local[k]) * (on_hand[k] + moving)
        total += cost * math.prod(float(chance[d]) for d in course)
    return total


def random_periods(random: np.random.Generator, lead: list[int]) -> tuple[SerialSystem, np.ndarray]:
    chance = random.dirichlet(np.ones(3))
    row = system([float(t) for t in lead], random.uniform(0.2, 2, len(lead)).tolist(), float(random.uniform(1, 20)),
                 DiscreteDemand(chance), 1.0)  # fmt: skip
    return row, chance


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([[1], [0, 1], [1, 1], [2, 1], [0, 0, 1], [1, 0, 1]]))
def test_cost_is_that_of_living_through_every_course_of_demand(seed: int, lead: list[int]) -> None:
    random = np.random.default_rng(seed)
    row, chance = random_periods(random, lead)
    levels = tuple(int(s) for s in random.integers(-1, 8, len(lead)))
    assert serial_cost(row, levels) == pytest.approx(lived_cost(row, levels, chance), rel=1e-9, abs=1e-9)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_other_levels_cost_less(seed: int) -> None:
    row, chance = random_periods(np.random.default_rng(seed), [1, 1])
    solution = solve(row)
    costs = {levels: lived_cost(row, levels, chance) for levels in itertools.product(range(5), range(7))}
    assert solution.cost == pytest.approx(min(costs.values()), rel=1e-9)
    low, high = level_bounds(row)
    assert (low <= solution.echelon_base_stock).all()
    assert (solution.echelon_base_stock <= high).all()


def test_poisson_cost_is_that_of_a_long_simulation() -> None:
    """Each customer sets off an order at every stage; his unit was ordered as many orders ago as the stage stocks."""
    row, local = system([0.5, 1.0, 0.25], [2.0, 1.0, 0.5], 12.0, PoissonDemand(4.0)), [4, 5, 2]
    customers, rate = 600_000, 4.0
    comes = np.cumsum(np.random.default_rng(5).exponential(1 / rate, customers))
    holding = np.cumsum(row.echelon_holding_cost[::-1])[::-1]
    sent, cost = comes, 0.0
    for k in (2, 1, 0):
        arrives = np.concatenate((np.full(local[k], -np.inf), (sent + row.lead_time[k])[: customers - local[k]]))
        leaves = np.maximum(comes, arrives)
        cost += holding[k] * rate * float((leaves - arrives)[100:].mean())
        if k < 2:
            cost += holding[k + 1] * rate * float(row.lead_time[k])
        sent = leaves
    cost += row.stockout_cost * rate * float((sent - comes)[100:].mean())
    assert serial_cost(row, np.cumsum(local)) == pytest.approx(cost, rel=0.01)


@given(st.floats(0.5, 30), st.floats(0.1, 3), st.floats(0.5, 40))
def test_one_stage_is_a_newsvendor(mean: float, holding: float, penalty: float) -> None:
    solution = solve(system([1.0], [holding], penalty, PoissonDemand(mean)))
    level = float(poisson.ppf(penalty / (penalty + holding), mean))
    units = np.arange(400)
    cost = float(
        (holding * np.maximum(level - units, 0) + penalty * np.maximum(units - level, 0)) @ poisson.pmf(units, mean)
    )
    assert solution.cost == pytest.approx(cost, rel=1e-9)
    spread = solve(system([1.0], [holding], penalty, NormalDemand(mean, 2.0)))
    z = float(norm.ppf(penalty / (penalty + holding)))
    assert spread.echelon_base_stock[0] == pytest.approx(mean + 2.0 * z, abs=1e-5)
    assert spread.cost == pytest.approx((holding + penalty) * 2.0 * float(norm.pdf(z)), rel=1e-6)


def test_many_units_are_as_normal_as_they_should_be() -> None:
    """The levels of a large Poisson demand approach those of the normal with the same mean and variance."""
    parts: tuple[list[float], list[float], float] = ([1.0, 2.0, 1.0], [1.0, 1.0, 1.0], 20.0)
    whole = solve(system(*parts, PoissonDemand(20_000.0)))
    smooth = solve(system(*parts, NormalDemand(20_000.0, math.sqrt(20_000.0))))
    assert whole.echelon_base_stock == pytest.approx(smooth.echelon_base_stock, rel=1e-4)
    assert whole.cost == pytest.approx(smooth.cost, rel=1e-4)


def test_levels_bracket_the_optimum_and_a_stage_without_way_changes_nothing() -> None:
    row = system([1, 1, 2], [3, 2, 2], 37.12, NormalDemand(5.0, 1.0))
    low, high = level_bounds(row)
    best = solve(row).echelon_base_stock
    assert (low <= best + 1e-6).all()
    assert (best <= high + 1e-6).all()
    assert serial_cost(row, level_heuristic(row)) <= 1.01 * solve(row).cost
    longer = system([1, 0, 1, 2], [3, 0, 2, 2], 37.12, NormalDemand(5.0, 1.0))
    assert solve(longer).cost == pytest.approx(solve(row).cost, rel=1e-6)


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="lead_time: stage 1: -1") as told:
        system([1.0, -1.0], [1.0, np.nan], 0.0, PoissonDemand(2.0), -1.0)
    for part in ("echelon_holding_cost: stage 1: nan", "stockout_cost: 0", "review_time: -1"):
        assert part in str(told.value)
    with pytest.raises(ValueError, match="must be that of lead_time"):
        system([1.0, 1.0], [1.0], 1.0, PoissonDemand(2.0))
    with pytest.raises(ValueError, match="echelon_holding_cost: stage 0: 0: must be above zero"):
        system([1.0], [0.0], 1.0, PoissonDemand(2.0))
    with pytest.raises(ValueError, match="lead_time: stage 0: 0: must be above zero, or review_time"):
        system([0.0], [1.0], 1.0, NormalDemand(2.0, 1.0))
    with pytest.raises(ValueError, match="whole periods"):
        solve(system([0.5], [1.0], 1.0, DiscreteDemand(np.array([0.5, 0.5]))))
    row = system([1.0, 1.0], [1.0, 1.0], 1.0, PoissonDemand(2.0))
    with pytest.raises(ValueError, match="must be whole units"):
        serial_cost(row, [1.5, 2.0])
    with pytest.raises(ValueError, match="must be 2 finite levels"):
        serial_cost(row, [1.0])
    with pytest.raises(ValueError, match=r"demand: .* points"):
        solve(system([1.0, 1e-12], [1.0, 1.0], 1.0, NormalDemand(2.0, 1.0)))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: PoissonDemand(0.0), "mean: 0"),
        (lambda: NormalDemand(-1.0, 0.0), "mean: -1.*sd: 0"),
        (lambda: DiscreteDemand(np.array([0.5, 0.4])), "sum 0.9"),
        (lambda: DiscreteDemand(np.array([1.5, -0.5])), "zero or more"),
        (lambda: DiscreteDemand(np.array([1.0])), "all on 0"),
    ],
)
def test_demand_is_checked(wrong: object, told: str) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError, match=told):
        wrong()
