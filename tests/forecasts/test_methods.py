"""Every model of a library: what it must give where the answer is known, and that one bad row stays alone."""

from __future__ import annotations

import functools
import logging
import warnings

import numpy as np
import pytest

import forecasts
from forecasts import methods
from forecasts.methods import METHODS
from forecasts.row_model import RowModel

from .made_up import WEEK, ask, inputs

LIBRARY = sorted(name for name, model in METHODS.items() if isinstance(model, RowModel))
KNOWS_AHEAD = ("auto_arima", "prophet", "sarimax", "ucm")
DAYS, AHEAD = 168, 21
CONSTANT, NONE, WEEKLY, TENFOLD, GAPS, OFFERS, SHORT = range(7)
OFFER_AHEAD, EVENT_AHEAD = slice(4, 8), slice(12, 19)


@functools.cache
def world():
    """History, outlook and the true mean of the days ahead; rows by the names above."""
    random = np.random.default_rng(5)
    week = WEEK[(np.arange(DAYS + AHEAD) + 2) % 7] / WEEK.mean()
    promo, event = np.zeros(DAYS + AHEAD), np.zeros(DAYS + AHEAD)
    for first in (10, 37, 66, 93, 122, 150, DAYS + OFFER_AHEAD.start):
        promo[first : first + 4] = 1.0
    for first in (21, 77, 133, DAYS + EVENT_AHEAD.start):
        event[first : first + 7] = 1.0
    mean = np.full((7, DAYS + AHEAD), 7.0)
    mean[NONE] = 0.0
    mean[WEEKLY:] = 60.0 * week
    mean[TENFOLD] *= 10.0
    mean[OFFERS] *= (1.0 + 0.5 * promo) * (1.0 + event)
    quantity = mean[:, :DAYS].copy()
    noise = np.exp(0.04 * random.standard_normal(DAYS))
    quantity[WEEKLY:] *= noise
    quantity[GAPS, random.permutation(DAYS)[:16]] = np.nan
    quantity[SHORT, :-10] = np.nan
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[GAPS, 90:104] = False
    quantity[GAPS, 90:104] = 0.0
    promos, events = np.zeros((7, DAYS + AHEAD)), np.zeros((2, 1, DAYS + AHEAD))
    promos[OFFERS], events[1, 0] = promo, event
    group = (np.arange(7) == OFFERS).astype(np.int64)
    history, outlook = inputs(quantity, AHEAD, group=group, in_stock=in_stock, promo=promos, events=events)
    return history, outlook, mean[:, DAYS:]


@functools.cache
def made_by(name):
    history, outlook, _ = world()
    return METHODS[name].attempt(history, outlook, AHEAD)


@pytest.mark.parametrize("name", LIBRARY)
def test_constant_demand_stays_and_none_stays_none(name):
    mean = made_by(name).mean
    np.testing.assert_allclose(mean[CONSTANT], 7.0)
    np.testing.assert_array_equal(mean[NONE], 0.0)


@pytest.mark.parametrize("name", LIBRARY)
def test_a_strong_weekday_pattern_is_reproduced(name):
    np.testing.assert_allclose(made_by(name).mean[WEEKLY], world()[2][WEEKLY], rtol=0.12)


@pytest.mark.parametrize("name", LIBRARY)
def test_ten_times_the_demand_is_ten_times_the_forecast(name):
    mean = made_by(name).mean
    np.testing.assert_allclose(mean[TENFOLD], 10.0 * mean[WEEKLY], rtol=0.01)


@pytest.mark.parametrize("name", LIBRARY)
def test_unknown_and_sold_out_days_are_no_demand_of_zero(name):
    mean = made_by(name).mean
    assert mean[GAPS].mean() == pytest.approx(mean[WEEKLY].mean(), rel=0.05)


@pytest.mark.parametrize("name", LIBRARY)
def test_too_short_a_row_says_so_and_no_other_row_has_a_fault(name):
    made = made_by(name)
    assert np.isnan(made.mean[SHORT]).all()
    assert "10 days of known demand" in made.fault[SHORT]
    assert made.fault[:SHORT] == ("",) * SHORT
    assert np.isfinite(made.mean[:SHORT]).all()
    assert (made.mean[:SHORT] >= 0).all()


@pytest.mark.parametrize("name", KNOWS_AHEAD)
def test_a_planned_promotion_and_an_event_ahead_raise_their_days(name):
    mean, truth = made_by(name).mean[OFFERS], world()[2][OFFERS]
    assert mean[OFFER_AHEAD].sum() == pytest.approx(truth[OFFER_AHEAD].sum(), rel=0.08)
    assert mean[EVENT_AHEAD].sum() == pytest.approx(truth[EVENT_AHEAD].sum(), rel=0.08)
    quiet = np.ones(AHEAD, dtype=bool)
    quiet[OFFER_AHEAD] = quiet[EVENT_AHEAD] = False
    np.testing.assert_allclose(mean[quiet], truth[quiet], rtol=0.1)


def test_a_price_cut_ahead_sells_what_past_cuts_sold():
    random = np.random.default_rng(8)
    history, outlook = inputs(np.zeros((1, DAYS)), AHEAD)
    price = np.where(random.uniform(size=(1, DAYS)) < 0.3, random.choice([0.7, 0.8, 0.9], size=(1, DAYS)), 1.0)
    history.quantity[:] = random.poisson(200.0 * price**-2.0)
    history.price_ratio[:] = price
    outlook.price_ratio[:, 5] = 0.8
    for name in ("sarimax", "ucm"):
        mean = METHODS[name].predict(history, outlook, AHEAD)[0]
        assert mean[5] / np.delete(mean, 5).mean() == pytest.approx(0.8**-2.0, rel=0.07), name


def test_croston_is_that_of_statsforecast():
    from statsforecast.models import CrostonClassic

    random = np.random.default_rng(4)
    series = random.poisson(0.25, (3, 200)) * random.integers(1, 6, (3, 200)).astype(np.float64)
    history, outlook = inputs(series)
    made = METHODS["croston"].predict(history, outlook, 5)
    theirs = [CrostonClassic().forecast(y=row, h=5)["mean"] for row in series]
    np.testing.assert_allclose(made, theirs, rtol=1e-9)


def broken(row):
    """Fails in every way that a library can fail in, by the first day of the row."""
    marker = row.quantity[0]
    if marker == 901:
        raise np.linalg.LinAlgError("the matrix\n is singular " + "and " * 60 + "so on")
    answer = {902: np.nan, 903: 1e9, 904: np.inf, 905: -3.0}.get(float(marker), 5.0)
    return np.full(row.horizon - (marker == 906), answer)


def test_a_row_on_which_the_model_fails_falls_back_and_is_named_while_others_stay(monkeypatch):
    quantity = np.random.default_rng(2).poisson(20.0, (7, 120)).astype(np.float64)
    quantity[:, 0] = [900, 901, 902, 903, 904, 905, 906]
    history, outlook = inputs(quantity)
    monkeypatch.setattr(methods, "METHODS", {**METHODS, "ucm": RowModel("ucm", broken, 28)})
    made = forecasts.forecast(history, outlook, ask(7, method="ucm", origins=2))
    assert made.model == ("ucm", "ses", "ses", "ses", "ses", "ucm", "ses")
    np.testing.assert_array_equal(made.mean[0], 5.0)
    np.testing.assert_array_equal(made.mean[5], 0.0)
    ses = METHODS["ses"].predict(history, outlook, 28)
    np.testing.assert_allclose(made.mean[[1, 2, 3, 4, 6]], ses[[1, 2, 3, 4, 6]])
    assert made.why[0].startswith("asked for")
    assert made.why[1].startswith("ucm gave no forecast for this row (LinAlgError: the matrix is singular and and")
    assert made.why[1].endswith("...), ses did")
    assert "(its result is not finite)" in made.why[2]
    assert "100 times the largest demand" in made.why[3]
    assert len(made.why[1]) < 200


def test_a_missing_library_is_no_fault_of_a_row():
    def absent(row):
        raise ImportError("needs the extra")

    history, outlook = inputs(np.arange(60.0)[None])
    with pytest.raises(ImportError, match="extra"):
        RowModel("absent", absent, 7).predict(history, outlook, 7)


def chatty(row):
    """Prints, logs and warns, and asks to show its warnings always, as some libraries do when they are imported."""
    warnings.simplefilter("always")
    warnings.warn("did not converge", UserWarning, stacklevel=1)
    print("iteration 1")  # noqa: T201 - what it must be kept from
    logging.getLogger("cmdstanpy").error("chain 1 done")
    return np.divide(np.ones(row.horizon), 1.0)


def test_what_libraries_say_stays_with_them(capfd):
    history, outlook = inputs(np.arange(60.0)[None])
    before = list(warnings.filters)
    made = RowModel("chatty", chatty, 7).attempt(history, outlook, 7)
    assert made.fault == ("",)
    assert warnings.filters == before
    assert not logging.getLogger("cmdstanpy").disabled
    assert capfd.readouterr() == ("", "")


def test_prophet_says_nothing_and_gives_the_same_again(capfd):
    history, outlook, _ = world()
    row = slice(OFFERS, OFFERS + 1)
    one = forecasts.History(
        **{
            name: getattr(history, name)[row]
            for name in ("quantity", "in_stock", "price_ratio", "promo", "group", "unit_value")
        },
        first_day=history.first_day,
    )
    plan = forecasts.Outlook(outlook.price_ratio[row], outlook.promo[row], outlook.event_names, outlook.events)
    again = METHODS["prophet"].predict(one, plan, AHEAD)
    assert capfd.readouterr() == ("", "")
    np.testing.assert_array_equal(again[0], made_by("prophet").mean[OFFERS])
