"""The month comes back from demand drawn with it; dates that differ for reasons of their own are no month."""

from __future__ import annotations

import numpy as np

import forecasts
from forecasts.events import calendar
from forecasts.month import PLACES, month_places
from forecasts.profile import fit_profile

from .made_up import ask, inputs

FIRST = "2022-01-01"


def learnt(quantity, **more):
    history, outlook = inputs(quantity, first_day=FIRST, **more)
    return fit_profile(history, calendar(outlook, history.first_day, history.days)).month


def demand(rows, days, factor, seed=0):
    random = np.random.default_rng(seed)
    mean = np.exp(random.uniform(0.7, 3.0, rows))[:, None] * factor
    return random.negative_binomial(3, 3 / (3 + mean)).astype(np.float64)


def test_the_last_day_has_the_last_place_in_every_month():
    place = month_places(np.datetime64("2024-01-01"), 60)
    assert place[0] == place[31] == 0
    assert place[30] == place[59] == PLACES - 1  # 31 January and 29 February
    assert place[19] == 19
    assert (np.bincount(month_places(np.datetime64("2023-01-01"), 365), minlength=PLACES) >= 7).all()


def test_payday_comes_back():
    days = 900
    place = month_places(np.datetime64(FIRST), days + 28)
    factor = np.where(place == PLACES - 1, 1.5, 1.0)
    found = learnt(demand(60, days, factor[:days]))
    assert found[0, -1] / np.median(found[0]) > 1.35
    assert np.abs(np.delete(found[0], -1) / np.median(found[0]) - 1).max() < 0.08
    history, outlook = inputs(demand(60, days, factor[:days]), first_day=FIRST)
    ahead = forecasts.forecast(history, outlook, ask(60)).mean.sum(axis=0)
    assert ahead[place[days:] == PLACES - 1].min() > 1.2 * np.median(ahead)


def test_shocks_of_single_dates_are_no_month():
    days = 900
    shock = np.exp(np.random.default_rng(1).normal(0, 0.15, days))
    found = learnt(demand(60, days, shock))
    assert np.abs(np.log(found)).max() < 0.06


def test_short_and_empty_histories_have_no_month():
    np.testing.assert_array_equal(learnt(demand(5, 170, np.ones(170))), 1.0)
    np.testing.assert_allclose(learnt(np.zeros((3, 400))), 1.0)
