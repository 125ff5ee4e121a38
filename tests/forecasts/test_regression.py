"""Regression with structured errors against statsmodels' own answers and against known effects."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.regression import fit_regression, innovations
from forecasts.regressors import EVENT, PRICE, PROMOTION, WEEKDAY, Regressors, regressors_of, with_weekdays
from forecasts.row_model import quiet, row_of
from forecasts.state_space import fit_sarimax, fit_ucm

from .made_up import inputs

DAYS, AHEAD = 200, 14


def components_model(series):
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    return UnobservedComponents(series, level="llevel", seasonal=7)


def arima_model(series):
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    return SARIMAX(series, order=(1, 1, 1))


@pytest.fixture(scope="module")
def demand():
    """Demand that is sometimes 0, so effects add, with an event that adds .6 of the mean and a few unknown days."""
    random = np.random.default_rng(6)
    event = (random.uniform(size=DAYS + AHEAD) < 0.15).astype(np.float64)
    level = 1.0 + np.cumsum(0.02 * random.standard_normal(DAYS))
    series = 30.0 * (level + 0.6 * event[:DAYS] + 0.15 * random.standard_normal(DAYS))
    series[[3, 50, 51, 52, 120]] = np.nan
    series[7] = 0.0
    return series, Regressors((EVENT,), ("fair",), event[:, None])


@pytest.mark.parametrize("build", [components_model, arima_model])
def test_innovations_are_those_of_statsmodels(build, demand):
    series, _ = demand
    known = np.isfinite(series)
    with quiet():
        fitted = build(series / 30.0).fit(disp=0, maxiter=20)
    white = innovations(fitted, np.column_stack([np.ones(DAYS), series / 30.0]), known)
    theirs = fitted.filter_results.standardized_forecasts_error[0]
    np.testing.assert_allclose(white[known, 1], theirs[known], atol=1e-8)
    assert (white[~known] == 0).all()


@pytest.mark.parametrize("build", [components_model, arima_model])
def test_coefficients_are_those_of_the_likelihood_with_all_parameters_at_once(build, demand):
    series, regressors = demand
    with quiet():
        found = fit_regression(build, series, regressors)
        if build is arima_model:
            from statsmodels.tsa.statespace.sarimax import SARIMAX

            whole = SARIMAX(series / found.scale, exog=regressors.values[:DAYS], order=(1, 1, 1)).fit(disp=0)
            value, error = whole.params[0], whole.bse[0]
        else:
            from statsmodels.tsa.statespace.structural import UnobservedComponents

            model = UnobservedComponents(
                series / found.scale, level="llevel", seasonal=7, exog=regressors.values[:DAYS]
            )
            whole = model.fit(disp=0)
            value, error = whole.params[-1], whole.bse[-1]
    assert not found.log
    assert found.coefficient[0] == pytest.approx(value, abs=0.15 * error)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(error, rel=0.15)
    assert abs(found.coefficient[0] - 0.6 * 30.0 / found.scale) < 3 * error


def test_without_columns_it_is_the_model_alone(demand):
    series, _ = demand
    nothing = Regressors((), (), np.zeros((DAYS + AHEAD, 0)))
    with quiet():
        found = fit_regression(components_model, series, nothing)
        alone = components_model(series / found.scale).fit(disp=0)
    np.testing.assert_allclose(found.mean[DAYS:], found.scale * alone.forecast(AHEAD), rtol=0.01)


def test_logarithms_lose_nothing_of_the_mean():
    random = np.random.default_rng(9)
    history, outlook = inputs(80.0 * np.exp(0.6 * random.standard_normal((1, DAYS))), AHEAD)
    for fit in (fit_ucm, fit_sarimax):
        with quiet():
            found = fit(row_of(history, outlook, 0, AHEAD))
        assert found.log
        assert found.lift == pytest.approx(np.exp(0.6**2 / 2), rel=0.1)
        assert found.mean[DAYS:].mean() == pytest.approx(history.quantity.mean(), rel=0.12)


def test_an_event_seen_once_is_drawn_to_no_effect_and_one_seen_often_is_not():
    random = np.random.default_rng(10)
    events = np.zeros((1, 2, DAYS + AHEAD))
    events[0, 0, 100] = 1.0
    events[0, 1, 5::8] = 1.0
    quantity = random.poisson(4.0 * (1.0 + 2.0 * events[0].sum(axis=0)[:DAYS]))[None].astype(np.float64)
    quantity[0, 100] = 60.0
    history, outlook = inputs(quantity, AHEAD, events=events)
    with quiet():
        found = fit_ucm(row_of(history, outlook, 0, AHEAD))
    share = quantity[0].mean() / 4.0
    assert found.coefficient[1] * share == pytest.approx(2.0, rel=0.2)
    assert 0 < found.coefficient[0] * share < 0.9 * (60.0 / 4.0 - 1.0)


def test_columns_that_never_changed_or_say_the_same_are_left_out():
    events = np.zeros((1, 4, DAYS + AHEAD))
    events[0, 0] = 1.0
    events[0, 1, 20:25] = events[0, 2, 20:25] = 1.0
    events[0, 2, DAYS + 2] = 1.0  # the twins part only ahead
    events[0, 3, DAYS:] = 1.0  # never seen
    promo = np.zeros((1, DAYS + AHEAD))
    promo[0, 40:50] = 1.0
    history, outlook = inputs(np.ones((1, DAYS)), AHEAD, promo=promo, events=events)
    found = regressors_of(row_of(history, outlook, 0, AHEAD))
    assert found.kind == (PROMOTION, EVENT)
    assert found.name == ("promotion", "event_1")
    assert found.values.shape == (DAYS + AHEAD, 2)
    history.price_ratio[0, 60] = 0.5
    found = regressors_of(row_of(history, outlook, 0, AHEAD))
    assert found.kind == (PRICE, PROMOTION, EVENT)
    assert found.values[60, 0] == pytest.approx(np.log(0.5))
    history.in_stock[0, 60] = False  # the day of the cut tells nothing
    assert PRICE not in regressors_of(row_of(history, outlook, 0, AHEAD)).kind


def test_weekday_columns_sum_to_none_over_a_week():
    history, outlook = inputs(np.ones((1, DAYS)), AHEAD, first_day="2024-01-01")  # a Monday
    row = row_of(history, outlook, 0, AHEAD)
    found = with_weekdays(regressors_of(row), row.first_day)
    assert found.kind == (WEEKDAY,) * 6
    np.testing.assert_array_equal(found.values[:7].sum(axis=0), 0.0)
    np.testing.assert_array_equal(found.values[0], [1, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(found.values[6], -1.0)
