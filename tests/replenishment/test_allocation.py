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


def shared(request: list[float], available: float, *, own: list[float], start: float = 0.0) -> list[float]:
    """Units given to requests of equal margin and demand; the origin's own customers have the quantiles ``own``."""
    quantile = np.tile([10.0, 40.0, 80.0, 100.0], (len(request), 1))
    granted = share_by_reward(
        np.array(request), np.zeros(len(request)), np.zeros(len(request), np.int64), np.array([available]),
        curve=curve(quantile, np.ones(len(request))), keep=curve(np.array([own]), np.ones(1)),
        keep_position=np.array([start]),
    )  # fmt: skip
    result: list[float] = granted.tolist()
    return result


def test_what_nobody_at_home_buys_is_sent_even_where_it_saves_nothing() -> None:
    assert shared([150.0, 150.0], 300.0, own=[0.0] * 4) == [150.0, 150.0]
    assert shared([30.0, 30.0], 60.0, own=[10.0, 40.0, 80.0, 100.0], start=500.0) == [30.0, 30.0]


def test_nothing_comes_from_nothing_and_parts_of_a_unit_stay() -> None:
    assert shared([5.0, 5.0], 0.0, own=[0.0] * 4) == [0.0, 0.0]
    assert shared([0.0, 0.0], 9.0, own=[0.0] * 4) == [0.0, 0.0]
    assert shared([5.0, 0.0], 3.7, own=[0.0] * 4) == [3.0, 0.0]
    assert shared([2.0, 2.0], 1.0, own=[0.0] * 4) == [1.0, 0.0]  # among equals the first gets the unit


def test_customers_who_already_wait_come_first() -> None:
    """A position below zero: the next unit surely saves its margin."""
    assert shared([60.0], 30.0, own=[10.0, 40.0, 80.0, 100.0], start=-25.0)[0] <= 5.0


@pytest.mark.parametrize("available", [19_999.0, 60_001.0, 250_003.0])
def test_small_requests_are_met_in_full_from_large_stocks(available: float) -> None:
    """Large stocks are shared in handfuls; a request or a rest that fills none must not go without."""
    large = available - 4.0
    granted = shared([1.0, 3.0, large], available, own=[0.0] * 4)
    assert granted == [1.0, 3.0, large]


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
