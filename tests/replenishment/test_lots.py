from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.lots import line_price, line_value, packs_for, packs_within


def one(need: float, minimum: float, pack: float) -> int:
    return int(packs_for(np.array([need]), np.array([minimum]), np.array([pack]))[0])


@pytest.mark.parametrize(
    ("need", "minimum", "pack", "packs"),
    [
        (49_999.932, 50_000.0, 1.0, 50_000),
        (49_999.932, 50_000.0, 25.0, 2_000),
        (49_999.932, 0.0, 50_000.0, 1),
        (15.0, 15.0, 3.0, 5),
        (1.0, 15.0, 3.0, 5),
        (15.000001, 15.0, 3.0, 6),
        (0.1 + 0.2, 0.0, 0.1, 3),
        (1.1, 0.0, 0.1, 11),
        (0.7, 0.7, 0.1, 7),
        (0.0, 15.0, 3.0, 0),
        (0.4, 0.0, 12.0, 1),
        (25.0, 24.0, 12.0, 3),
    ],
)
def test_rounding_traps(need: float, minimum: float, pack: float, packs: int) -> None:
    assert one(need, minimum, pack) == packs


@given(
    st.integers(1, 10**6).map(lambda n: n / 1000),
    st.integers(0, 10**6).map(lambda n: n / 1000),
    st.integers(1, 5000).map(lambda n: n / 100),
)
def test_fewest_packs_that_hold_need_and_minimum(need: float, minimum: float, pack: float) -> None:
    """Against exact arithmetic on the figures as written."""
    exact = max(Fraction(str(need)), Fraction(str(minimum))) / Fraction(str(pack))
    assert one(need, minimum, pack) == max(math.ceil(exact), 1)


def test_limit_rounds_down_and_knows_infinity() -> None:
    limit, pack = np.array([0.0, 11.9, 12.0, -5.0, np.inf, 0.3]), np.array([12.0, 12.0, 12.0, 12.0, 12.0, 0.1])
    assert packs_within(limit, pack).tolist() == [0, 0, 1, 0, np.inf, 3]


def test_price_breaks_apply_to_all_units() -> None:
    start = np.array([[40.0, 100.0], [40.0, 100.0], [40.0, 100.0], [np.inf, np.inf]])
    price = np.array([[76.0, 70.0]] * 3 + [[np.inf, np.inf]])
    quantity, base = np.array([39.0, 40.0, 250.0, 5.0]), np.array([80.0, 80.0, 80.0, 3.0])
    assert line_price(quantity, base, start, price).tolist() == [80.0, 76.0, 70.0, 3.0]
    assert line_value(quantity, base, start, price).tolist() == [3120.0, 3040.0, 17500.0, 15.0]
    assert line_price(quantity, base, start[:, :0], price[:, :0]).tolist() == base.tolist()
