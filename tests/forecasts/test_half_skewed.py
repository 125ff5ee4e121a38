"""The law of sums: its moments, its inverse, and the Poisson law as the case without overdispersion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasts.half_skewed import chance_at_most, quantiles

CHANCE = np.array([0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99])


@pytest.mark.parametrize("mu", [0.5, 1.0, 4.0, 30.0, 400.0])
def test_without_overdispersion_it_is_nearly_poisson(mu: float) -> None:
    value = np.arange(0.0, np.ceil(mu + 6 * np.sqrt(mu)))
    found = chance_at_most(value, np.full(value.size, mu), np.zeros(value.size))
    assert np.abs(found - stats.poisson(mu).cdf(value)).max() < 0.02
    units = quantiles(np.array([[mu]]), np.zeros((1, 1)), CHANCE[None, None])[0, 0]
    assert np.abs(units - stats.poisson(mu).ppf(CHANCE)).max() <= 1


@pytest.mark.parametrize(("mu", "dispersion"), [(50.0, 0.1), (200.0, 0.3), (1000.0, 0.25)])
def test_mean_deviation_and_skewness(mu: float, dispersion: float) -> None:
    chance = (np.arange(200_000) + 0.5) / 200_000
    units = quantiles(np.array([[mu]]), np.array([[dispersion]]), chance[None, None], whole=False)[0, 0]
    variation = np.sqrt(1 / mu + dispersion)
    assert units.mean() == pytest.approx(mu, rel=0.02)
    assert units.std() / mu == pytest.approx(variation, rel=0.03)
    assert stats.skew(units) == pytest.approx(variation, abs=0.15)


@settings(max_examples=100, deadline=None)
@given(st.floats(0.01, 1e4), st.floats(0, 20), st.floats(0.01, 0.999))
def test_the_quantile_is_the_least_count_of_that_chance(mu: float, dispersion: float, level: float) -> None:
    mean, spread = np.array([mu]), np.array([dispersion])
    units = quantiles(mean, spread, np.array([[level]]))[:, 0]
    assert units[0] == np.rint(units[0])
    assert chance_at_most(units, mean, spread)[0] >= level - 1e-9
    if units[0] > 0:
        assert chance_at_most(units - 1, mean, spread)[0] <= level + 1e-9


def test_nothing_is_below_zero_and_unknown_stays_unknown() -> None:
    found = chance_at_most(np.array([-1.0, np.nan, 0.0]), np.full(3, 2.0), np.full(3, 0.5))
    assert found[0] == 0
    assert np.isnan(found[1])
    assert 0 < found[2] < 1
    assert (quantiles(np.zeros((1, 1)), np.ones((1, 1)), CHANCE[None, None]) == 0).all()


def test_far_quantiles_are_below_those_of_the_negative_binomial() -> None:
    mu, dispersion = 10.0, 1.0
    ours = quantiles(np.array([[mu]]), np.array([[dispersion]]), np.array([[[0.5, 0.99]]]))[0, 0]
    theirs = stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mu)).ppf([0.5, 0.99])
    assert ours[0] > theirs[0]
    assert ours[1] < theirs[1]
