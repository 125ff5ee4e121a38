"""Empirical quantiles of the last 112 days against figures by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import poisson

from forecasts.empirical import empirical_forecast

from .made_up import LEVELS, ask, inputs, weekly_demand


def test_quantiles_are_those_of_days_and_sums_within_the_window():
    quantity, _ = weekly_demand(3, 200, seed=2)
    made = empirical_forecast(*inputs(quantity), ask(3))
    recent = quantity[:, -112:]
    np.testing.assert_allclose(made.mean, np.repeat(recent.mean(axis=1)[:, None], 28, axis=1))
    np.testing.assert_allclose(made.mu, recent.mean(axis=1)[:, None] * np.array([7, 14]))
    sums = np.array([[row[day : day + 14].sum() for day in range(99)] for row in recent])
    np.testing.assert_allclose(made.quantile[:, 1], np.quantile(sums, LEVELS, axis=1).T)
    np.testing.assert_allclose(made.day_quantile[:, 5], np.quantile(recent, LEVELS, axis=1).T)
    np.testing.assert_allclose(made.k[:, 1], made.mu[:, 1] ** 2 / (sums.var(axis=1) - made.mu[:, 1]))
    assert set(made.model) == {"empirical_112"}


def test_a_sold_out_day_counts_as_a_usual_one_and_at_least_as_what_was_sold():
    quantity = np.full((2, 112), 2.0)
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[:, -1] = False
    quantity[:, -1] = [0.0, 9.0]
    made = empirical_forecast(*inputs(quantity, in_stock=in_stock), ask(2))
    np.testing.assert_allclose(made.mean[:, 0], [2.0, (111 * 2 + 9) / 112])
    assert made.quantile[0, 0].tolist() == [14.0] * 5
    assert made.k[0, 0] == np.inf


def test_long_intervals_scale_sums_of_half_the_window():
    quantity, _ = weekly_demand(2, 112, seed=4)
    made = empirical_forecast(*inputs(quantity, ahead=90), ask(2, horizon=90, protection_days=(56, 90)))
    half = np.array([[row[day : day + 56].sum() for day in range(57)] for row in quantity])
    np.testing.assert_allclose(made.quantile[:, 0], np.quantile(half, LEVELS, axis=1).T)
    np.testing.assert_allclose(made.quantile[:, 1], np.quantile(half, LEVELS, axis=1).T * 90 / 56)


def test_a_row_without_a_known_day_is_a_poisson_of_its_groups_mean():
    quantity, _ = weekly_demand(4, 150, seed=6)
    quantity[1, -112:] = np.nan
    made = empirical_forecast(*inputs(quantity, group=np.array([0, 0, 0, 1])), ask(4))
    usual = quantity[[0, 2], -112:].mean()
    np.testing.assert_allclose(made.mean[1], usual)
    np.testing.assert_array_equal(made.quantile[1, 0], poisson.ppf(LEVELS, 7 * usual))
    assert made.why[1] != made.why[0]
    without = empirical_forecast(*inputs(quantity), replace(ask(4), single_days=False))
    assert without.day_quantile is None
