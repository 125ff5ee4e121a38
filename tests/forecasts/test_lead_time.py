"""Quantiles of sums, their dispersion and their calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from forecasts.calibrate import level_map, transform
from forecasts.lead_time import distribution, fit_dispersion, interval_quantiles, sizes

CHANCE = np.array([0.1, 0.5, 0.9, 0.99])


@given(mu=st.floats(0.01, 280.0), dispersion=st.floats(0.0, 5.0))
@settings(max_examples=150, deadline=None)
def test_quantiles_match_scipy(mu, dispersion):
    ours = interval_quantiles(np.array([[mu]]), np.array([[dispersion]]), CHANCE[None, None])[0, 0]
    law = stats.poisson(mu) if dispersion <= 1e-6 else stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mu))
    # At a jump of the distribution, rounding may put the sum on either side.
    assert (law.cdf(ours) >= CHANCE - 1e-9).all()
    assert (law.cdf(ours - 1) <= CHANCE + 1e-9).all()


@pytest.mark.parametrize(("mu", "dispersion"), [(500.0, 0.05), (2000.0, 0.4), (50000.0, 0.0), (30000.0, 0.7)])
def test_large_sums_are_within_two_percent_of_scipy(mu, dispersion):
    ours = interval_quantiles(np.array([[mu]]), np.array([[dispersion]]), CHANCE[None, None])[0, 0]
    law = stats.poisson(mu) if dispersion == 0 else stats.nbinom(1 / dispersion, 1 / (1 + dispersion * mu))
    np.testing.assert_allclose(ours, law.ppf(CHANCE), rtol=0.02)


def test_no_demand_has_zero_quantiles():
    assert (interval_quantiles(np.zeros((1, 1)), np.ones((1, 1)), CHANCE[None, None]) == 0).all()


def test_distribution_matches_scipy():
    value = np.array([-1.0, 0.0, 3.0, 3.5, 40.0])
    np.testing.assert_allclose(distribution(value, np.full(5, 4.0), np.full(5, 0.5)), stats.nbinom(2, 1 / 3).cdf(value))
    np.testing.assert_allclose(distribution(value, np.full(5, 4.0), np.zeros(5)), stats.poisson(4).cdf(value))


@pytest.mark.parametrize("size", [0.7, 3.0, 20.0])
def test_dispersion_recovers_the_size_it_was_drawn_with(size):
    random = np.random.default_rng(5)
    mu = np.exp(random.uniform(1, 4, (300, 1, 1))) * np.ones((300, 20, 1))
    actual = random.negative_binomial(size, size / (size + mu)).astype(np.float64)
    found = fit_dispersion(mu, actual, np.zeros(300, dtype=np.int64))
    assert np.median(sizes(found.row)) == pytest.approx(size, rel=0.2)


def test_dispersion_of_a_trial_does_not_know_that_trial():
    mu, actual = np.full((4, 6, 1), 10.0), np.full((4, 6, 1), 10.0)
    actual[0, 2, 0] = 80.0
    found = fit_dispersion(mu, actual, np.zeros(4, dtype=np.int64))
    assert found.without[0, 2, 0] < found.without[0, 3, 0]
    assert found.row[0, 0] > found.row[1, 0]


def test_one_bulk_order_does_not_widen_the_row_for_good():
    random = np.random.default_rng(8)
    mu = np.full((50, 24, 1), 10.0)
    actual = random.negative_binomial(4, 4 / 14, mu.shape).astype(np.float64)
    before = fit_dispersion(mu, actual, np.zeros(50, dtype=np.int64)).row[0, 0]
    actual[0, 5, 0] = 5000.0
    assert fit_dispersion(mu, actual, np.zeros(50, dtype=np.int64)).row[0, 0] < 2 * before


def test_dispersion_ignores_missing_trials():
    mu, actual = np.full((2, 6, 1), 10.0), np.full((2, 6, 1), 14.0)
    actual[0, 3:] = np.nan
    assert np.isfinite(fit_dispersion(mu, actual, np.zeros(2, dtype=np.int64)).row).all()


def test_transform_of_the_right_law_is_uniform():
    random = np.random.default_rng(6)
    actual = random.negative_binomial(2, 2 / 5, 20000).astype(np.float64)
    u = transform(actual, np.full(20000, 3.0), np.full(20000, 0.5), random.uniform(size=20000))
    assert stats.kstest(u, "uniform").pvalue > 0.01


def test_level_map_restores_coverage_of_a_wrong_law():
    random = np.random.default_rng(7)
    mu = np.full((400, 10, 1), 20.0)
    actual = random.negative_binomial(2, 2 / 22, mu.shape).astype(np.float64)
    wrong = np.full(mu.shape, 0.2)
    u = transform(actual, mu, wrong, random.uniform(size=mu.shape))
    chance = level_map(u, np.zeros(u.shape, dtype=np.int64), (0.5, 0.9, 0.95), classes=1)
    assert (np.diff(chance, axis=2) >= 0).all()
    wide = np.repeat(np.repeat(chance, 400, axis=0), 10, axis=1)
    quantile = interval_quantiles(mu[:, :, 0], wrong[:, :, 0], wide)
    before = interval_quantiles(mu[:, :, 0], wrong[:, :, 0], np.broadcast_to([0.5, 0.9, 0.95], wide.shape))
    covered = (actual <= quantile).mean(axis=(0, 1))
    assert (actual <= before).mean(axis=(0, 1))[2] < 0.91
    np.testing.assert_allclose(covered, [0.5, 0.9, 0.95], atol=0.03)


def test_level_map_without_trials_is_the_nominal_level():
    chance = level_map(np.full((3, 2, 2), np.nan), np.zeros((3, 2, 2), dtype=np.int64), (0.5, 0.95), classes=1)
    np.testing.assert_allclose(chance, np.broadcast_to([0.5, 0.95], chance.shape))


def test_an_interval_whose_trials_say_little_is_spread_as_the_one_before_it():
    random = np.random.default_rng(9)
    mu = np.full((200, 12, 3), 10.0)
    actual = np.stack([random.negative_binomial(4, 4 / 14, mu.shape[:2])] * 3, axis=2).astype(np.float64)
    actual[:, :, 1] = random.negative_binomial(0.2, 0.2 / 10.2, mu.shape[:2])
    actual[:, :, 2] = np.nan
    rows = np.zeros(200, dtype=np.int64)
    alone = fit_dispersion(mu, actual, rows).row.mean(axis=0)
    leaning = fit_dispersion(mu, actual, rows, np.array([1.0, 0.2, 0.0])).row.mean(axis=0)
    assert leaning[0] == alone[0]
    assert leaning[0] < leaning[1] < alone[1]
    assert alone[2] == 0.0
    assert leaning[2] > leaning[0]
    u = transform(actual, mu, np.full(mu.shape, 0.25), random.uniform(size=mu.shape))
    none = np.zeros(mu.shape, dtype=np.int64)
    chance = level_map(u, none, (0.5, 0.9), classes=1, own=np.array([1.0, 0.0, 0.0]))[0]
    np.testing.assert_allclose(chance[1:], np.broadcast_to(chance[0], (2, 2)), atol=1e-12)
