"""Lead times far from the usual: found among many, and never where they are the supplier's way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.lead_time_outliers import FAR_TIMES, OrderLines, far_longer


def lines(*ratio: float, least: float = 1.5, **more: object) -> OrderLines:
    count = len(ratio)
    fields = {
        "ratio": np.array(ratio, np.float64),
        "received": np.ones(count, np.bool_),
        "order": np.arange(count),
        "supplier": np.zeros(count, np.int64),
        "agreed_variance": np.array([0.04]),
        "least": np.full(count, least),
    }
    return OrderLines(**(fields | more))


def test_one_wrong_year_among_usual_lead_times() -> None:
    usual = [0.8, 0.9, 1.0, 1.1, 1.2, 1.6, 2.5]
    assert far_longer(lines(*usual, 92.0)).tolist() == [False] * 7 + [True]
    assert not far_longer(lines(*usual, FAR_TIMES)).any()
    assert not far_longer(lines(*usual, 6.0, least=9.0)).any()  # a few days more than a day agreed


def test_what_happens_in_more_than_a_tenth_of_the_orders_is_the_way_of_the_supplier() -> None:
    assert not far_longer(lines(*[1.0] * 18, 50.0, 60.0, 70.0)).any()
    assert far_longer(lines(*[1.0] * 28, 50.0, 60.0, 70.0)).sum() == 3
    order = np.array([0, 1, 2, 3, 4, 4, 4])  # all lines of an order have its day
    assert far_longer(lines(*[1.0] * 4, 50.0, 50.0, 50.0, order=order)).sum() == 3


def test_wide_spreads_allow_more() -> None:
    wide = [0.3, 0.5, 1.0, 1.6, 2.2, 0.4, 1.9]
    assert not far_longer(lines(*wide, 8.0)).any()
    assert far_longer(lines(*wide, 40.0)).sum() == 1


def test_without_receipts_the_agreed_lead_time_is_the_usual() -> None:
    waiting = lines(0.2, 30.0, received=np.zeros(2, np.bool_))
    assert far_longer(waiting).tolist() == [False, True]
    assert far_longer(lines()).size == 0


@given(st.lists(st.floats(0.01, 5.0), max_size=30), st.floats(1.0, 4.0))
def test_lead_times_within_the_least_difference_are_never_far(ratios: list[float], scale: float) -> None:
    assert not far_longer(lines(*[scale * one for one in ratios], least=20.0)).any()


def test_every_field_at_fault_is_named() -> None:
    good = lines(1.0, 2.0)
    wrong = replace(good, ratio=np.array([np.nan, 1.0]), order=np.zeros(3, np.int64), supplier=np.array([0, 4]))
    with pytest.raises(ValueError, match=r"order has shape.*ratio: must be finite.*supplier: must lie in 0\.\.0"):
        far_longer(wrong)
