from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from solvers.replenishment.classic import s_s
from solvers.replenishment.classic.s_s import SSPolicy, solve_s_s, solve_s_s_negative_binomial, solve_s_s_poisson

Floats = np.ndarray


def end_costs(mass: Floats, lead: int, holding: float, backorder: float, levels: Floats) -> Floats:
    """Expected cost at the end of the lead time from each level, unit by unit."""
    several = mass
    for _ in range(lead):
        several = np.convolve(several, mass)
    left = levels[:, None] - np.arange(several.size)[None, :]
    return (holding * np.maximum(left, 0) + backorder * np.maximum(-left, 0)) @ several


def chain_cost(mass: Floats, s: int, S: int, fixed: float, cost_at: Floats) -> float:  # noqa: N803 - the field's names
    """Long-run cost a period of one policy: positions after ordering are a Markov chain on s+1 .. S."""
    count = S - s
    move = np.zeros((count, count))
    orders = np.zeros(count)
    for here in range(count):
        for units, chance in enumerate(mass):
            if units <= here:
                move[here, here - units] += chance
            else:
                move[here, count - 1] += chance
                orders[here] += chance
    balance = np.vstack([(move.T - np.eye(count))[:-1], np.ones(count)])
    share = np.linalg.solve(balance, np.concatenate([np.zeros(count - 1), [1.0]]))
    return float(share @ (cost_at + fixed * orders))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Floats, int, float, float, float]:
    weights = draw(st.lists(st.integers(0, 5), min_size=2, max_size=5).filter(lambda w: sum(w[1:]) > 0))
    holding, backorder = draw(st.integers(1, 4)), draw(st.integers(1, 9))
    return np.array(weights) / sum(weights), draw(st.integers(0, 2)), holding, backorder, draw(st.integers(0, 10))


@settings(max_examples=30, deadline=None)
@given(case=cases())
def test_no_pair_of_levels_is_cheaper(case):
    mass, lead, holding, backorder, fixed = case
    levels = np.arange(-24, 25)
    cost_at = dict(zip(levels, end_costs(mass, lead, holding, backorder, levels), strict=True))

    def cost(low: int, high: int) -> float:
        return chain_cost(mass, low, high, fixed, np.array([cost_at[y] for y in range(low + 1, high + 1)]))

    found = solve_s_s(mass, holding_cost=holding, backorder_cost=backorder, fixed_cost=fixed, lead_time_periods=lead)
    best = min(cost(low, high) for low in levels for high in levels if high > low)
    assert float(found.cost) == pytest.approx(best, rel=1e-9)
    assert cost(int(found.reorder_point), int(found.order_up_to)) == pytest.approx(best, rel=1e-9)


def neighbours_are_no_cheaper(
    policy: SSPolicy, mass: Floats, lead: int, holding: float, backorder: float, fixed: float
):
    low, high = int(policy.reorder_point), int(policy.order_up_to)

    def cost(s: int, S: int) -> float:  # noqa: N803 - the field's names
        return chain_cost(mass, s, S, fixed, end_costs(mass, lead, holding, backorder, np.arange(s + 1, S + 1)))

    assert float(policy.cost) == pytest.approx(cost(low, high), rel=1e-9)
    for s in (low - 1, low, low + 1):
        for S in (high - 1, high, high + 1):  # noqa: N806 - the field's names
            if s < S:
                assert float(policy.cost) <= cost(s, S) * (1 + 1e-9)


@pytest.mark.parametrize(
    ("mean", "fixed", "lead"), [(0.03, 9.0, 0), (0.7, 40.0, 2), (4.0, 0.0, 1), (12.0, 300.0, 0), (60.0, 20.0, 1)]
)
def test_poisson_is_the_given_probabilities(mean, fixed, lead):
    mass = stats.poisson.pmf(np.arange(int(mean + 12 * mean**0.5 + 25)), mean)
    policy = solve_s_s_poisson(mean, holding_cost=1, backorder_cost=9, fixed_cost=fixed, lead_time_periods=lead)
    neighbours_are_no_cheaper(policy, mass, lead, 1.0, 9.0, fixed)


@pytest.mark.parametrize(("mean", "shape", "lead"), [(0.2, 0.1, 0), (3.0, 0.8, 1), (10.0, 5.0, 0)])
def test_negative_binomial_is_the_given_probabilities(mean, shape, lead):
    mass = stats.nbinom.pmf(np.arange(300), shape, shape / (mean + shape))
    policy = solve_s_s_negative_binomial(
        mean, shape, holding_cost=1, backorder_cost=19, fixed_cost=30, lead_time_periods=lead
    )
    neighbours_are_no_cheaper(policy, mass, lead, 1.0, 19.0, 30.0)


def test_published_policies():
    """Zheng and Federgruen (1991), table 1, as listed in the tests of stockpyl: K = 64, h = 1, p = 9."""
    means = [10, 40, 65, 22, 51, 61]
    policy = solve_s_s_poisson(means, holding_cost=1, backorder_cost=9, fixed_cost=64)
    assert policy.reorder_point.tolist() == [6, 33, 56, 16, 43, 52]
    assert policy.order_up_to.tolist() == [40, 87, 75, 68, 110, 131]
    assert policy.cost.tolist() == pytest.approx([35.022, 64.512, 78.518, 51.632, 71.611, 77.929], abs=6e-4)


def test_textbook_example():
    """Snyder and Shen, example 4.7."""
    policy = solve_s_s_poisson(6, holding_cost=1, backorder_cost=4, fixed_cost=5)
    assert (int(policy.reorder_point), int(policy.order_up_to)) == (4, 10)
    assert float(policy.cost) == pytest.approx(8.034111561471644, rel=1e-9)


@pytest.mark.parametrize("mean", [0.5, 3.0, 500.0, 4000.0])
def test_without_fixed_cost_it_is_a_base_stock(mean):
    policy = solve_s_s_poisson(mean, holding_cost=1, backorder_cost=9, fixed_cost=0, lead_time_periods=2)
    level = int(stats.poisson.ppf(0.9, 3 * mean))
    assert (int(policy.reorder_point), int(policy.order_up_to)) == (level - 1, level)


def test_a_huge_fixed_cost_orders_almost_the_economic_quantity():
    """Zheng (1992), Management Science 38: the cost is at least that of steady demand, and not far from it."""
    policy = solve_s_s_poisson(500, holding_cost=1, backorder_cost=9, fixed_cost=1e6)
    steady = (2 * 1e6 * 500 * 0.9) ** 0.5
    assert steady * 0.999 <= float(policy.cost) <= steady * 1.01
    assert int(policy.order_up_to - policy.reorder_point) == pytest.approx((2 * 1e6 * 500 / 0.9) ** 0.5, rel=0.02)


def test_cheap_backorders_wait_until_many_are_short():
    policy = solve_s_s_poisson(3, holding_cost=5, backorder_cost=0.01, fixed_cost=50)
    assert int(policy.reorder_point) < -100
    assert int(policy.order_up_to) <= 2


def test_no_demand_orders_nothing():
    policy = solve_s_s_poisson([0.0, 1e-9], holding_cost=1, backorder_cost=9, fixed_cost=64)
    assert policy.reorder_point.tolist() == [-1, -1]
    assert policy.order_up_to.tolist() == [0, 0]
    assert policy.cost.tolist() == pytest.approx([0.0, 73e-9])
    assert float(solve_s_s([1.0, 0.0], holding_cost=1, backorder_cost=9, fixed_cost=64).cost) == 0.0


def test_items_of_a_batch_are_those_alone():
    means, fixed, lead = [3.0, 40.0, 0.4], [5.0, 0.0, 80.0], [0, 3, 1]
    together = solve_s_s_poisson(means, holding_cost=1, backorder_cost=9, fixed_cost=fixed, lead_time_periods=lead)
    for n in range(3):
        alone = solve_s_s_poisson(
            means[n], holding_cost=1, backorder_cost=9, fixed_cost=fixed[n], lead_time_periods=lead[n]
        )
        assert (int(alone.reorder_point), float(alone.cost)) == (together.reorder_point[n], together.cost[n])


def test_all_that_is_wrong_is_told():
    with pytest.raises(ValueError, match=r"\(s,S\)") as told:
        solve_s_s_poisson(-1.0, holding_cost=0, backorder_cost=np.nan, fixed_cost=[1, 2], lead_time_periods=[0, 0.5, 1])
    text = str(told.value)
    for part in ("mean: must", "holding_cost: must", "backorder_cost: must", "whole periods", "lengths differ"):
        assert part in text
    with pytest.raises(ValueError, match=r"row 1 adds up to 0\.5"):
        solve_s_s([[0.5, 0.5], [0.5, 0.0]], holding_cost=1, backorder_cost=1, fixed_cost=1)
    with pytest.raises(ValueError, match=r"probability: must be finite"):
        solve_s_s([0.5, np.nan], holding_cost=1, backorder_cost=1, fixed_cost=1)
    with pytest.raises(ValueError, match=r"probability: shape"):
        solve_s_s([], holding_cost=1, backorder_cost=1, fixed_cost=1)
    with pytest.raises(ValueError, match=r"shape: must"):
        solve_s_s_negative_binomial(1, 0, holding_cost=1, backorder_cost=1, fixed_cost=1)
    with pytest.raises(ValueError, match="larger units"):
        solve_s_s_poisson(1e9, holding_cost=1e-6, backorder_cost=1, fixed_cost=1e9)


def test_the_published_example_of_its_page():
    assert doctest.testmod(s_s) == (0, 2)
