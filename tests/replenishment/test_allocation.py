from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.allocation import share_by_reward, share_in_proportion
from solvers.replenishment.demand_curve import units_short
from solvers.replenishment.problem import Curve

LEVELS = np.array([0.1, 0.5, 0.9, 0.99])


def curve(quantile: np.ndarray, margin: np.ndarray) -> Curve:
    money = np.column_stack((margin, np.zeros((margin.size, 2))))
    return Curve(LEVELS, quantile, quantile, money)


def lost(quantile: np.ndarray, margin: float, stock: float) -> float:
    return margin * float(units_short(stock, quantile, LEVELS))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_other_sharing_loses_less_margin(seed: int) -> None:
    """Against every way to share out up to eight units among two sites and the dc's own customers."""
    random = np.random.default_rng(seed)
    available = float(random.integers(0, 9))
    quantile = np.sort(random.uniform(0, 8, (3, 4)), axis=1)
    margin, position = random.uniform(0.5, 5, 3), np.floor(random.uniform(0, 4, 3))
    request = np.floor(random.uniform(0, 9, 2))
    granted = share_by_reward(
        request, position[:2], np.zeros(2, np.int64), np.array([available]),
        curve=curve(quantile[:2], margin[:2]), keep=curve(quantile[2:], margin[2:]),
        keep_position=position[2:],
    )  # fmt: skip

    def cost(a: float, b: float) -> float:
        stock = position + np.array([a, b, available - a - b])
        return sum(lost(quantile[i], margin[i], stock[i]) for i in range(3))

    ways = itertools.product(range(int(request[0]) + 1), range(int(request[1]) + 1))
    best = min(cost(a, b) for a, b in ways if a + b <= available)
    assert granted.sum() <= available
    assert (granted <= request).all()
    assert (granted == np.floor(granted)).all()
    assert cost(*granted) <= best + 1e-9


def test_groups_do_not_see_each_other() -> None:
    quantile = np.tile([1.0, 4.0, 8.0, 10.0], (2, 1))
    granted = share_by_reward(
        np.array([5.0, 5.0]), np.zeros(2), np.array([1, 0]), np.array([0.0, 50.0]),
        curve=curve(quantile, np.ones(2)), keep=curve(quantile, np.ones(2)), keep_position=np.zeros(2),
    )  # fmt: skip
    assert granted.tolist() == [5.0, 0.0]


def test_proportion_shares_the_shortage_with_the_origin() -> None:
    granted = share_in_proportion(
        np.array([10.0, 30.0, 7.0]), np.array([0, 0, 1]), np.array([25.0, 100.0]), np.array([10.0, 5.0])
    )
    assert granted.tolist() == [5.0, 15.0, 7.0]
    assert share_in_proportion(np.zeros(1), np.zeros(1, np.int64), np.zeros(1), np.zeros(1)).tolist() == [0.0]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 120), st.floats(0, 40))
def test_proportion_never_gives_more_than_there_is(request: list[int], available: int, reserve: float) -> None:
    asked = np.array(request, float)
    granted = share_in_proportion(
        asked, np.zeros(asked.size, np.int64), np.array([float(available)]), np.array([reserve])
    )
    assert granted.sum() <= available
    assert (granted <= asked).all()
    if asked.sum() + reserve <= available:
        assert granted.tolist() == pytest.approx(asked.tolist())
