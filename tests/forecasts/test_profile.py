"""Weekday, event, price and promotion factors come back from demand drawn with them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from forecasts.censor import fill_gaps
from forecasts.events import calendar, weekdays
from forecasts.profile import Profile, factors, fit_profile, offers_ahead, past_offers

from .made_up import WEEK, inputs, weekly_demand


def test_weekdays_count_through_a_leap_day():
    # 28 February 2024 was a Wednesday.
    assert weekdays(np.datetime64("2024-02-28"), 4).tolist() == [2, 3, 4, 5]


def test_calendar_lists_the_events_of_each_group():
    events = np.zeros((2, 3, 5))
    events[0, 1, 2] = events[0, 2, 2] = 1.0
    events[1, 0, 4] = 0.5
    _, outlook = inputs(np.zeros((2, 3)), 2, group=np.array([0, 1]), events=events)
    days = calendar(outlook, np.datetime64("2024-01-01"), 5)
    found = {
        (g, d): list(zip(days.event[a:b].tolist(), days.value[a:b].tolist(), strict=True))
        for g in range(2)
        for d in range(5)
        for a, b in [days.offset[g, d : d + 2]]
        if b > a
    }
    assert found == {(0, 2): [(1, 1.0), (2, 1.0)], (1, 4): [(0, 0.5)]}
    assert days.busy.sum() == 2


def test_factors_multiply_as_written():
    events = np.zeros((1, 1, 6))
    events[0, 0, 4] = 1.0
    events[0, 0, 5] = 0.5
    history, outlook = inputs(np.zeros((1, 4)), 2, events=events, promo=np.array([[0.0, 1.0, 0, 0, 0, 0]]))
    history = dataclasses.replace(history, price_ratio=np.array([[1.0, 0.8, 1.0, 1.0]]))
    days = calendar(outlook, history.first_day, 6)
    profile = Profile(
        np.full((1, 7), 1.0), np.array([[4.0]]), np.array([-2.0]), np.array([0.3]), np.ones((1, 53)), np.ones((1, 31))
    )
    np.testing.assert_allclose(factors(profile, days, past_offers(history), 0)[0], [1, 0.8**-2 * np.exp(0.3), 1, 1])
    np.testing.assert_allclose(factors(profile, days, offers_ahead(history, outlook), 4)[0], [4.0, 2.0])


def test_profile_finds_weekday_event_and_promotion():
    rows, days = 80, 500
    quantity, mean = weekly_demand(rows, days, seed=2)
    random = np.random.default_rng(2)
    events = np.zeros((1, 2, days + 28))
    for start in (100, 300):
        events[0, 0, start : start + 4] = 1.0
    promo = (random.random((rows, days + 28)) < 0.08).astype(np.float64)
    true = mean * (1 + 2.0 * events[0, 0, :days]) * np.exp(0.6 * promo[:, :days])
    quantity = random.negative_binomial(3, 3 / (3 + true)).astype(np.float64)
    history, outlook = inputs(quantity, events=events, promo=promo)
    profile = fit_profile(history, calendar(outlook, history.first_day, days))
    np.testing.assert_allclose(profile.weekday.mean(axis=0), WEEK / WEEK.mean(), atol=0.06)
    assert profile.uplift[:, 0].mean() == pytest.approx(3.0, rel=0.15)
    np.testing.assert_allclose(profile.uplift[:, 1], 1.0)
    assert profile.promo.mean() == pytest.approx(0.6, abs=0.12)


def test_a_row_with_little_demand_borrows_from_its_group():
    busy, _ = weekly_demand(30, 300, seed=3, low=10, high=20)
    rare = (np.arange(300) == 150).astype(np.float64)
    history, outlook = inputs(np.vstack([busy, rare]))
    profile = fit_profile(history, calendar(outlook, history.first_day, 300))
    np.testing.assert_allclose(profile.weekday[-1], profile.weekday[:-1].mean(axis=0), atol=0.08)


def test_a_gap_takes_its_weekday_and_keeps_the_lower_bound():
    week = np.tile(np.arange(7.0), 10)
    known = np.ones(70, bool)
    known[[30, 31]] = False
    quantity = week.copy()
    quantity[30], quantity[31] = np.nan, 50.0
    filled = fill_gaps(quantity, known)
    assert filled[30] == 30 % 7
    assert filled[31] == 50.0
    np.testing.assert_array_equal(filled[known], week[known])
