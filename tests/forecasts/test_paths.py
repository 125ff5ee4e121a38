"""Sample paths agree with the forecast they are drawn from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import forecasts
from forecasts.paths import sample_paths

from .made_up import LEVELS, ask, inputs, weekly_demand

COUNT = 20_000
ENDS = (3, 7, 14, 28)


def made(mean, day, interval, ends=ENDS):
    """A forecast with overdispersion ``day`` of days and ``interval`` [P] of sums, by the textbook's law."""
    mean = np.atleast_2d(np.asarray(mean, dtype=float))
    rows = mean.shape[0]
    mu = np.cumsum(mean, axis=1)[:, np.array(ends) - 1]
    with np.errstate(divide="ignore"):
        k = 1.0 / np.tile(np.asarray(interval, dtype=float), (rows, 1))
    return forecasts.Forecast(
        origin=np.datetime64("2026-01-01"),
        mean=mean,
        variance=mean + day * mean**2,
        protection_days=tuple(ends),
        levels=LEVELS,
        mu=mu,
        k=k,
        quantile=np.zeros((rows, len(ends), len(LEVELS))),
        coverage=np.zeros((len(ends), len(LEVELS))),
        model=("made",) * rows,
        why=("",) * rows,
    )


def week(level, horizon=28):
    return level * np.resize([0.6, 0.7, 0.8, 1.0, 1.3, 1.6, 1.0], horizon)


@pytest.mark.parametrize("level", [0.2, 3.0, 60.0])
@pytest.mark.parametrize(
    ("day", "interval"),
    [
        (0.6, (0.4, 0.3, 0.25, 0.22)),
        (0.6, (0.25, 0.11, 0.05, 0.028)),  # days almost independent
        (0.3, (0.3, 0.3, 0.3, 0.3)),  # one unknown level for all days
        (0.2, (0.25, 0.3, 0.4, 0.5)),  # farther off is less certain: days must spread more
        (0.8, (0.1, 0.08, 0.07, 0.07)),  # sums more certain than independent days: days must spread less
        (0.0, (0.0, 0.0, 0.0, 0.0)),
    ],
)
def test_means_and_spread_of_sums_are_those_of_the_forecast(level, day, interval):
    forecast = made(week(level), day, interval)
    paths = sample_paths(forecast, COUNT, seed=3)
    assert paths.shape == (COUNT, 1, 28)
    assert paths.min() >= 0
    np.testing.assert_allclose(
        paths.mean(axis=0), forecast.mean, rtol=0.02, atol=4.5 * np.sqrt(week(level).max() / COUNT)
    )
    for p, end in enumerate(ENDS):
        sums = paths[:, 0, :end].sum(axis=1)
        mu, c = forecast.mu[0, p], interval[p]
        assert sums.mean() == pytest.approx(mu, rel=0.03)
        assert sums.var() == pytest.approx(mu + c * mu**2, rel=0.1)


def test_days_keep_their_negative_binomial_where_the_sums_allow_it():
    forecast = made(week(5.0), 0.5, (0.35, 0.25, 0.2, 0.15))
    paths = sample_paths(forecast, COUNT, seed=4)
    for day in range(28):
        mean = forecast.mean[0, day]
        law = stats.nbinom(2.0, 2.0 / (2.0 + mean))
        seen = np.bincount(paths[:, 0, day], minlength=200)[:30] / COUNT
        assert np.abs(seen - law.pmf(np.arange(30))).max() < 0.015


def test_quantiles_of_sums_are_those_of_a_fitted_forecast():
    quantity, _ = weekly_demand(8, 500, seed=9, low=1.0)
    history, outlook = inputs(quantity)
    forecast = forecasts.forecast(history, outlook, ask(8))
    paths = sample_paths(forecast, 4000, seed=5)
    for p, end in enumerate(forecast.protection_days):
        sums = paths[:, :, :end].sum(axis=2)
        law = stats.nbinom(forecast.k[:, p], forecast.k[:, p] / (forecast.k[:, p] + forecast.mu[:, p]))
        for level in LEVELS:
            at = law.ppf(level)
            share = (sums <= at).mean(axis=0)
            # the sum of the days is only nearly negative binomial: two points beside four standard errors
            assert (np.abs(share - law.cdf(at)) < 0.02 + 4 * np.sqrt(level * (1 - level) / 4000)).all()


def test_rows_are_independent_of_each_other():
    forecast = made(np.tile(week(4.0), (2, 1)), 0.5, (0.4, 0.3, 0.3, 0.3))
    sums = sample_paths(forecast, COUNT, seed=6).sum(axis=2)
    assert abs(np.corrcoef(sums.T)[0, 1]) < 0.03


def test_a_row_has_the_same_paths_alone_or_among_others():
    forecast = made(np.array([week(1.0), week(4.0), week(9.0)]), 0.5, (0.4, 0.3, 0.3, 0.3))
    everyone = sample_paths(forecast, 50, seed=7)
    assert np.array_equal(sample_paths(forecast, 50, seed=7, rows=[2, 0]), everyone[:, [2, 0]])
    assert not np.array_equal(sample_paths(forecast, 50, seed=8), everyone)


def test_no_demand_stays_none():
    assert sample_paths(made(np.zeros((1, 28)), 0.5, (0.4, 0.3, 0.3, 0.3)), 20, seed=1).sum() == 0


def test_days_after_the_last_interval_go_on():
    forecast = made(week(4.0, 60), 0.5, (0.4, 0.3, 0.25, 0.2))
    paths = sample_paths(forecast, COUNT, seed=2)
    np.testing.assert_allclose(paths.mean(axis=0), forecast.mean, rtol=0.04)


@pytest.mark.parametrize(("count", "rows"), [(0, None), (5, [1]), (5, [-1])])
def test_what_cannot_be_asked_for_is_refused(count, rows):
    with pytest.raises(ValueError, match="asked for"):
        sample_paths(made(week(1.0), 0.5, (0.4, 0.3, 0.3, 0.3)), count, seed=1, rows=rows)
