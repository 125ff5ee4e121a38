from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from solvers.replenishment.demand_curve import expected_short, interpolate_level, units_short
from solvers.replenishment.marginal import block_rewards, rewarding_packs
from solvers.replenishment.policies import cover_levels, safety_stock
from solvers.replenishment.problem import Curve

LEVELS = np.array([0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99])
quantiles = st.lists(st.floats(0, 500), min_size=7, max_size=7).map(lambda q: np.sort(np.array(q)))


def test_loss_of_a_normal_demand_matches_the_textbook() -> None:
    """E[(D-x)^+] = sd * (phi(z) - z * (1 - Phi(z))); Silver, Pyke and Thomas 2017, appendix B."""
    levels = np.linspace(0.0005, 0.9995, 2000)
    quantile = norm.ppf(levels, 100.0, 20.0)
    for z in (-1.0, 0.0, 1.0, 2.0):
        right = 20.0 * (norm.pdf(z) - z * norm.sf(z))
        assert units_short(100.0 + 20.0 * z, quantile, levels) == pytest.approx(right, abs=0.02)


@settings(max_examples=40, deadline=None)  # the first call compiles
@given(quantiles, st.floats(-50, 600))
def test_loss_is_the_integral_of_the_quantile_function(quantile: np.ndarray, position: float) -> None:
    grid = (np.arange(20_000) + 0.5) / 20_000
    curve = np.interp(grid, np.r_[0.0, LEVELS], np.r_[0.0, quantile])
    assert units_short(position, quantile, LEVELS) == pytest.approx(np.maximum(curve - position, 0).mean(), abs=0.02)


@settings(max_examples=40, deadline=None)  # the first call compiles
@given(quantiles, st.lists(st.floats(0, 600), min_size=3, max_size=3))
def test_loss_falls_and_is_convex(quantile: np.ndarray, positions: list[float]) -> None:
    a, b = sorted(positions)[0], sorted(positions)[2]
    position = np.array([a, (a + b) / 2, b])
    low, middle, high = expected_short(position, np.tile(quantile, (3, 1)), LEVELS)
    assert low >= middle - 1e-9
    assert middle >= high - 1e-9
    assert middle <= (low + high) / 2 + 1e-9
    assert expected_short(quantile[-1:], quantile[None, :], LEVELS)[0] == pytest.approx(0.0, abs=1e-9)


def test_level_between_and_outside_the_given_ones() -> None:
    quantile = np.array([[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0]] * 3)
    found = interpolate_level(quantile, LEVELS, np.array([0.85, 0.999, 0.01]))
    assert found.tolist() == pytest.approx([25.0, 60.0, 0.0])
    assert interpolate_level(quantile[:, :1], LEVELS[:1], np.array([0.5, 0.1, 0.9])).tolist() == [0.0, 0.0, 0.0]


def curve(quantile: np.ndarray, margin: float, holding: float, waste: float = 0.0) -> Curve:
    shape = quantile[None, :]
    return Curve(LEVELS, shape, 1.5 * shape, np.array([[margin, holding, waste]]))


@settings(max_examples=40, deadline=None)  # the first call compiles
@given(quantiles, st.floats(0, 400), st.floats(0.5, 30), st.floats(0, 60), st.floats(0.01, 2.0), st.floats(0, 3.0))
def test_packs_are_the_best_of_all_counts(
    quantile: np.ndarray, position: float, pack: float, minimum: float, holding: float, waste: float
) -> None:
    """Against trying every count: none earns more than the chosen one by more than rounding."""
    one = curve(quantile, 10.0, holding, waste)
    packs = int(rewarding_packs(one, np.array([position]), np.array([pack]), np.array([minimum]), np.array([2000]))[0])
    first = max(1, int(np.ceil(minimum / pack * (1 - 1e-13))))
    counts = [0, *range(first, 1400)]
    earned = [float(block_rewards(one, np.array([position]), np.array([n * pack]))[0]) for n in counts]
    chosen = float(block_rewards(one, np.array([position]), np.array([packs * pack]))[0])
    # The smallest lot is taken when it earns by itself, even where a part of it does not.
    assert chosen >= max(earned) - 1e-6
    assert packs == 0 or packs >= first


def test_most_packs_and_no_margin() -> None:
    quantile = np.linspace(10, 100, 7)
    packs = rewarding_packs(curve(quantile, 5.0, 0.1), np.zeros(1), np.ones(1), np.zeros(1), np.array([7]))
    assert packs.tolist() == [7]
    nothing = rewarding_packs(curve(quantile, 0.0, 0.1), np.zeros(1), np.ones(1), np.zeros(1), np.array([700]))
    assert nothing.tolist() == [0]


def test_reward_by_hand() -> None:
    """Demand is 10 for certain: 8 units cover a gap of 4 and leave 4 too many."""
    certain = np.full(7, 10.0)
    levels_to_ten = curve(certain, 5.0, 0.5)
    earned = float(block_rewards(levels_to_ten, np.array([10.0]), np.array([8.0]))[0])
    assert earned == pytest.approx(-4.0)
    spoiled = curve(certain, 5.0, 0.5, 2.0)._replace(shelf_quantile=np.full((1, 7), 10.0))
    assert float(block_rewards(spoiled, np.array([10.0]), np.array([8.0]))[0]) == pytest.approx(-20.0)


def test_textbook_levels() -> None:
    low, high = cover_levels(np.array([2.0, 0.0]), np.array([10.0, 10.0]), np.array([25.0, 25.0]))
    assert low.tolist() == [20.0, 0.0]
    assert high.tolist() == [50.0, 0.0]
    stock = safety_stock(np.array([0.95]), np.array([900.0]), np.array([20.0]), np.array([2.0]))
    assert stock[0] == pytest.approx(1.6448536 * 50.0)
