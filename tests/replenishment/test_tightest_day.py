from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.replenishment.tightest_day import Course, tightest_days


def course(demand: np.ndarray, arrivals: np.ndarray, groups: list[list[int]], offset: int = 0) -> Course:
    cumulative = np.zeros((demand.shape[0], demand.shape[1] + 1))
    cumulative[:, 1:] = np.cumsum(demand, axis=1)
    start = np.cumsum([0, *[len(group) for group in groups]]).astype(np.int64)
    return Course(cumulative, offset, arrivals, np.concatenate(groups).astype(np.int64), start)


def test_the_day_before_goods_come_is_the_tightest() -> None:
    made = course(np.full((1, 20), 2.0), np.eye(1, 20, 9) * 30.0, [[0]])
    days, demand, supply = tightest_days(made, np.array([5.0]), np.array([0]), np.array([15]), np.array([0]))
    assert (days[0], demand[0], supply[0]) == (9, 18.0, 5.0)
    later = tightest_days(made, np.array([5.0]), np.array([0]), np.array([15]), np.array([3]))
    assert (later[0][0], later[1][0], later[2][0]) == (12, 24.0, 5.0)


def test_what_was_lost_before_the_first_day_is_not_asked_for_again() -> None:
    made = course(np.full((1, 20), 2.0), np.zeros((1, 20)), [[0]])
    days, demand, supply = tightest_days(made, np.array([5.0]), np.array([4]), np.array([10]), np.array([0]))
    assert (days[0], demand[0], supply[0]) == (10, 20.0, 5.0 + 3.0)
    assert demand[0] - supply[0] == pytest.approx(2.0 * 6)


def test_no_day_is_left_after_the_last() -> None:
    made = course(np.ones((1, 5)), np.zeros((1, 5)), [[0]], offset=3)
    for first, last, day in ((2, 9, 0), (1, 9, 2), (0, 0, 0)):
        days, _, _ = tightest_days(made, np.ones(1), np.array([first]), np.array([last]), np.array([0]))
        assert days[0] == day


@given(st.integers(0, 2**32 - 1))
def test_against_every_day_by_hand(seed: int) -> None:
    random = np.random.default_rng(seed)
    demand, arrivals = random.uniform(0, 5, (3, 12)), random.uniform(0, 6, (3, 6)) * (random.random((3, 6)) < 0.3)
    groups, offset = [[0, 2], [1]], int(random.integers(0, 3))
    free, late = random.uniform(0, 10, 2), random.integers(0, 3, 2)
    first = random.integers(0, 3, 2)
    last = first + random.integers(1, 8, 2)
    days, asked, supply = tightest_days(course(demand, arrivals, groups, offset), free, first, last, late)
    for k, group in enumerate(groups):
        gaps, lost = {}, 0.0
        for day in range(1, min(int(last[k]), 12 - offset) + 1):
            need = demand[group, offset : offset + day].sum()
            there = free[k] + arrivals[group, : max(day - int(late[k]), 0)].sum()
            if day <= first[k]:
                lost = max(lost, need - there)
            else:
                gaps[day] = (need, there)
        best = max(gaps, key=lambda day: gaps[day][0] - gaps[day][1])
        assert days[k] == best
        assert asked[k] == pytest.approx(gaps[best][0])
        assert supply[k] == pytest.approx(gaps[best][1] + lost)
