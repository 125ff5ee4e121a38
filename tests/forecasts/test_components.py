"""Parts of demand: they make up the forecast, and say what was put in."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from forecasts.components import LEVEL, MODELS, decompose
from forecasts.methods import METHODS

from .made_up import WEEK, inputs

DAYS, AHEAD = 400, 14
MANY, FEW, CONSTANT, SHORT = range(4)


@functools.cache
def world():
    """A row that always sells and grows by a fifth a year, one that sells now and then, and two that tell nothing."""
    random = np.random.default_rng(12)
    promo, events = np.zeros((4, DAYS + AHEAD)), np.zeros((1, 1, DAYS + AHEAD))
    promo[:2] = random.uniform(size=DAYS + AHEAD) < 0.2
    events[0, 0, 20::45] = events[0, 0, 21::45] = 1.0
    price = np.where(promo > 0, 0.8, 1.0)
    price[:2, ::9] = 0.9
    week = WEEK[(np.arange(DAYS + AHEAD) + 2) % 7] / WEEK.mean()
    growth = 1.2 ** (np.arange(DAYS + AHEAD) / 365)
    mean = week * (1.0 + 0.25 * promo[0]) * price[0] ** -1.5 * (1.0 + 0.8 * events[0, 0])
    quantity = np.full((4, DAYS), 3.0)
    quantity[MANY] = 100.0 * (mean * growth)[:DAYS] * np.exp(0.05 * random.standard_normal(DAYS))
    quantity[FEW] = random.poisson(2.0 * mean[:DAYS])
    quantity[SHORT, :-9] = np.nan
    history, outlook = inputs(quantity, AHEAD, promo=promo, events=events)
    history.price_ratio[:], outlook.price_ratio[:] = price[:, :DAYS], price[:, DAYS:]
    return history, outlook


def offers():
    """Mean factor of promotions and prices."""
    history, _ = world()
    return float(((1.0 + 0.25 * history.promo[MANY]) * history.price_ratio[MANY] ** -1.5).mean())


@functools.cache
def parts(method):
    return decompose(method, *world(), AHEAD)


@pytest.mark.parametrize("method", sorted(MODELS))
def test_parts_make_up_the_forecast(method):
    forecast = METHODS[method].predict(*world(), AHEAD)
    for row in (MANY, FEW):
        found = parts(method)[row]
        assert found.values.shape == (len(found.names), DAYS + AHEAD)
        np.testing.assert_allclose(found.expected[DAYS:], forecast[row], rtol=1e-9)
        whole = found.values.prod(axis=0) if found.multiplies else found.values.sum(axis=0)
        np.testing.assert_allclose(found.expected, np.maximum(whole, 0.0))


@pytest.mark.parametrize("method", sorted(MODELS))
def test_level_trend_and_weekdays_are_those_put_in(method):
    found = parts(method)[MANY]
    now = 100.0 * 1.2 ** ((DAYS - 14) / 365)
    assert found.level == pytest.approx(now, rel=0.06)
    assert found.trend == pytest.approx(now * (1 - 1 / 1.2), rel=0.3)
    truth = np.roll(WEEK / WEEK.mean(), -((DAYS + 2) % 7))
    if method == "prophet":  # it adds up shares of the level without offers, and offers raised the weekdays' share
        truth = 1.0 + (truth - 1.0) * offers() * (1.0 + 0.8 * 2 / 45)
    np.testing.assert_allclose(found.weekday, truth, atol=0.05)
    assert found.days == DAYS
    assert found.part(LEVEL).shape == (DAYS + AHEAD,)
    with pytest.raises(KeyError):
        found.part("moon")


@pytest.mark.parametrize("method", ["sarimax", "ucm"])
@pytest.mark.parametrize("row", [MANY, FEW])
def test_the_intervals_hold_the_effects_put_in(method, row):
    known = parts(method)[row].coefficients
    assert known.log == (row == MANY)
    cut = np.log(0.9)
    for columns, truth in (
        (known.column("price", cut), 0.9**-1.5 - 1),
        (known.column("promotion"), 0.25),
        (known.column("event"), 0.8),
        (known.column("promotion") + known.column("price", np.log(0.8)), 1.25 * 0.8**-1.5 - 1),
    ):
        change = known.change(columns)
        assert change.low < change.share < change.high
        slack = 0.05 if row == MANY else 0.35  # additive shares of a mean that holds the effects itself
        assert change.low - slack < truth < change.high + slack
    assert (known.low < known.value).all()
    np.testing.assert_allclose(known.high - known.value, 1.96 * known.standard_error)


def test_prophet_says_what_it_finds_without_intervals():
    known = parts("prophet")[MANY].coefficients
    assert known.change(known.column("event")).share == pytest.approx(0.8 * offers(), rel=0.1)
    assert np.isnan(known.standard_error).all()
    assert np.isnan(known.change(known.column("event")).low)


@pytest.mark.parametrize("method", sorted(MODELS))
def test_what_parts_add_and_the_usual_price_of_a_promotion(method):
    found = parts(method)[MANY]
    assert found.offer_price == pytest.approx(0.8, abs=0.01)
    event = world()[1].events[0, 0] > 0
    added = found.added("event")
    assert (added[event] > 0.3 * found.part(LEVEL)[event]).all()
    np.testing.assert_allclose(added[~event], 0.0, atol=1e-6)
    both = found.added("price", "promotion")
    assert (both[DAYS:] >= found.added("promotion")[DAYS:] - 1e-9).all()


@pytest.mark.parametrize("method", sorted(MODELS))
def test_rows_that_cannot_be_taken_apart_say_why_and_leave_the_others_alone(method):
    found = parts(method)
    assert found[MANY].fault == found[FEW].fault == ""
    assert "3 units on every known day" in found[CONSTANT].fault
    assert "3 units on every known day" in found[SHORT].fault
    assert found[SHORT].names == ()
    (alone,) = decompose(method, *world(), AHEAD, rows=[FEW])
    np.testing.assert_array_equal(alone.values, found[FEW].values)


def test_a_short_history_has_no_trend_and_an_unknown_method_is_refused():
    random = np.random.default_rng(3)
    history, outlook = inputs(random.poisson(9.0, (1, 60)), AHEAD)
    (found,) = decompose("ucm", history, outlook, AHEAD)
    assert np.isnan(found.trend)
    assert found.level == pytest.approx(9.0, rel=0.2)
    assert np.isnan(found.offer_price)
    with pytest.raises(ValueError, match="'auto_ets' has no components; one of ucm, sarimax, prophet"):
        decompose("auto_ets", history, outlook, AHEAD)
