"""The guard against level shifts: found where there is one, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

import forecasts
from forecasts.level_shift import shifts

from .made_up import ask, inputs


def demand(rate, seed, *, days=200, size=3.0):
    mean = np.broadcast_to(rate, (200, days))
    return np.random.default_rng(seed).negative_binomial(size, size / (size + mean)).astype(np.float64)


def shifted(times, back, level=6.0, days=200):
    rate = np.full((1, days), level)
    rate[:, days - back :] *= times
    return rate


@pytest.mark.parametrize(("times", "back"), [(3.0, 14), (3.0, 28), (3.0, 56), (1 / 4, 28), (1 / 4, 56)])
def test_a_shift_is_found_with_its_day_and_size(times, back):
    found = shifts(demand(shifted(times, back), 1), np.ones((200, 200)))
    sure = found.certainty > 0.5
    assert sure.mean() > 0.8
    assert np.median(found.ratio[sure]) == pytest.approx(times, rel=0.3)  # drawn to the level before
    assert np.median(found.days[sure]) <= 1.5 * back


@pytest.mark.parametrize("rate", [0.1, 1.0, 6.0, 40.0])
def test_what_chance_does_is_no_shift(rate):
    assert (shifts(demand(rate, 2), np.ones((200, 200))).certainty > 0).mean() < 0.05
    lumpy = np.where(np.random.default_rng(3).random((200, 200)) < 0.05, demand(20 * rate, 4, size=1.0), 0.0)
    assert shifts(lumpy, np.ones((200, 200))).certainty.mean() < 0.05


def test_one_bulk_order_is_no_shift():
    quantity = demand(3.0, 5)
    calm = shifts(quantity, np.ones((200, 200))).certainty
    quantity[:, -5] += 500.0
    found = shifts(quantity, np.ones((200, 200))).certainty
    assert (found > calm).mean() < 0.1


def test_a_season_and_an_offer_that_were_expected_are_no_shift():
    factor = shifted(4.0, 21, level=1.0)
    found = shifts(demand(6.0 * factor, 6), np.broadcast_to(factor, (200, 200)))
    assert (found.certainty > 0).mean() < 0.05


def test_unknown_days_and_short_histories_tell_of_no_shift():
    quantity = demand(shifted(3.0, 28), 7)
    gaps = quantity.copy()
    gaps[:, -28::2] = np.nan
    assert (shifts(gaps, np.ones((200, 200))).certainty > 0.5).mean() > 0.6
    assert (shifts(quantity[:, -30:], np.ones((200, 30))).certainty == 0).all()
    assert (shifts(np.full((3, 90), np.nan), np.ones((3, 90))).certainty == 0).all()
    assert (shifts(np.zeros((3, 90)), np.ones((3, 90))).certainty == 0).all()


def test_scale_changes_nothing():
    quantity = 40.0 * demand(shifted(3.0, 21), 8)  # counts this large are as good as continuous
    one, ten = shifts(quantity, np.ones((200, 200))), shifts(10 * quantity, np.ones((200, 200)))
    np.testing.assert_array_equal(one.days, ten.days)
    np.testing.assert_allclose(one.ratio, ten.ratio)


@pytest.mark.parametrize(("times", "low", "high"), [(3.0, 0.7, 1.2), (1 / 4, 0.8, 2.2)])
def test_the_forecast_follows_a_shift_and_says_so(times, low, high):
    quantity = demand(6.0, 9, days=300)
    moved = demand(6.0 * times, 10, days=21)
    quantity[:10, -21:] = moved[:10]
    history, outlook = inputs(quantity)
    made = forecasts.forecast(history, outlook, ask(200))
    ratio = made.mean[:10].mean(axis=1) / (6.0 * times)
    assert low < ratio.mean() < high
    assert sum("level shift: the last" in why for why in made.why[:10]) >= 8
    assert sum("level shift" in why for why in made.why[10:]) <= 10
    assert made.mean[10:].mean() == pytest.approx(6.0, rel=0.06)
