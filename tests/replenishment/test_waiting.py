"""Service levels where customers wait, against trying all positions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom

from solvers.replenishment.demand_curve import expected_short, interpolate_level
from solvers.replenishment.waiting import levels_where_customers_wait

LEVELS = np.array([0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99])


def made_up(seed: int, *, rows: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantiles of demand until the next receipt and until this one, and service levels."""
    random = np.random.default_rng(seed)
    daily, size = random.uniform(0.02, 6.0, (rows, 1)), random.uniform(0.2, 20.0, (rows, 1))
    lead, review = random.integers(1, 30, (rows, 1)), random.integers(1, 15, (rows, 1))

    def sums(days: np.ndarray) -> np.ndarray:
        mean = daily * days
        found = nbinom.ppf(LEVELS, size * days, size * days / (size * days + mean))
        return np.maximum.accumulate(found + random.uniform(0.0, 0.4, found.shape), axis=1)

    early = sums(lead)
    return np.maximum(sums(lead + review), early), early, random.uniform(0.55, 0.985, rows)


def cost(position: np.ndarray, late: np.ndarray, early: np.ndarray, level: float, lost_share: float) -> np.ndarray:
    """Short and, at the price at which ``level`` is best for lost customers, held in a cycle, at each position."""
    many = position.size
    at_end = expected_short(position, np.tile(late, (many, 1)), LEVELS)
    at_start = (1.0 - lost_share) * expected_short(position, np.tile(early, (many, 1)), LEVELS)
    # E(y - D)+ is y less mean demand, a constant, plus E(D - y)+.
    held = 0.5 * (position + at_end + position + at_start)
    price = 2.0 * (1.0 - level) / (1.0 + level)
    return at_end - at_start + price * held


@settings(max_examples=60, deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.8]))
def test_no_position_nearby_or_above_costs_less(seed: int, lost_share: float) -> None:
    late, early, level = made_up(seed)
    found = levels_where_customers_wait(late, early, LEVELS, level, lost_share=lost_share)
    position = interpolate_level(late, LEVELS, found)
    assert (found <= level).all()
    for i, at in enumerate(position):
        top = late[i, -1]
        nearby = top * np.linspace(-0.003 if found[i] > LEVELS[0] else 0.0, 0.003, 31)
        tried = np.concatenate((np.linspace(at, top, 200), np.clip(at + nearby, 0.0, top)))
        costs = cost(tried, late[i], early[i], float(level[i]), lost_share)
        assert costs.min() >= costs[0] - 1e-9 * (1.0 + top)


def test_by_hand() -> None:
    """Up to ten are asked for in a cycle, evenly; all of them, or half, may be asked for before the order comes."""
    levels, asked = np.array([0.1, 0.5, 0.9]), np.array([0.8])
    late, nothing = np.array([[1.0, 5.0, 9.0]]), np.zeros((1, 3))
    assert levels_where_customers_wait(late, nothing, levels, asked, lost_share=0.0)[0] == pytest.approx(0.8)
    # F(10) of y is y / 10 against .8 F(5) = .16 y up to 4.5, and .8 beyond: they meet at 8.
    assert levels_where_customers_wait(late, late / 2, levels, asked, lost_share=0.0)[0] == pytest.approx(0.8)
    # F of .9 of it is y / 9 up to 8.1: .8 y / 9 is less than y / 10 everywhere, so no unit pays.
    assert levels_where_customers_wait(late, late * 0.9, levels, asked, lost_share=0.0)[0] == pytest.approx(0.0)
    # Where half of them wait, y / 10 = .8 (.5 + y / 18): y = 7.2.
    assert levels_where_customers_wait(late, late * 0.9, levels, asked, lost_share=0.5)[0] == pytest.approx(0.72)
    assert levels_where_customers_wait(late, late * 0.9, levels, asked, lost_share=1.0).tolist() == [0.8]


def test_demand_in_few_large_pieces_gets_less_than_even_demand() -> None:
    """Equal mean and service level: the lumpy row may well have run out before the order comes."""
    even, lumpy = (nbinom.ppf(LEVELS, size * np.array([[14.0], [7.0]]), size / (size + 1.0)) for size in (20.0, 0.05))
    late, early = np.stack((even[0], lumpy[0])), np.stack((even[1], lumpy[1]))
    found = levels_where_customers_wait(late, early, LEVELS, np.full(2, 0.95), lost_share=0.0)
    assert found[0] > 0.935
    assert found[1] < 0.93


def test_rows_of_which_nothing_is_asked_for_and_rows_that_end_before_the_order_comes() -> None:
    late = np.array([[0.0] * 11, LEVELS * 10])
    found = levels_where_customers_wait(late, late, LEVELS, np.full(2, 0.9), lost_share=0.0)
    assert interpolate_level(late, LEVELS, found).max() <= late[1, 0]


@pytest.mark.parametrize(
    ("late", "share", "told"),
    [
        (np.zeros((2, 10)), 0.5, "shapes"),
        (np.zeros((2, 11)), 1.5, "lost_share"),
        (np.zeros((2, 11)), -0.1, "at least 0"),
    ],
)
def test_what_does_not_fit_is_told(late: np.ndarray, share: float, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        levels_where_customers_wait(late, np.zeros((2, 11)), LEVELS, np.full(2, 0.9), lost_share=share)
