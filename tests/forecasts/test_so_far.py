"""Sold-out days filled in by what was known before them, against the exact law and against demand that was hidden."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, norm, poisson

from forecasts.so_far import COUNTED, filled_so_far, tail_mean
from forecasts.unconstrained import unconstrained

from .made_up import inputs, weekly_demand


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 60), st.floats(0.05, 60.0), st.floats(0.05, 5.0))
def test_the_mean_of_the_tail_is_that_of_the_negative_binomial(sold, mean, spread):
    law = nbinom(1 / spread, 1 / (1 + spread * mean))
    if law.sf(sold - 1) > 1e-4:
        x = np.arange(sold, int(law.ppf(1 - 1e-13)) + 2)
        exact = (x * law.pmf(x)).sum() / law.pmf(x).sum()
        assert tail_mean(float(sold), mean, spread) == pytest.approx(exact, rel=1e-5)


def test_the_mean_of_the_tail_of_a_poisson_law_and_of_large_counts():
    x = np.arange(7, 100)
    exact = (x * poisson(4.0).pmf(x)).sum() / poisson(4.0).pmf(x).sum()
    assert tail_mean(7.0, 4.0, 0.0) == pytest.approx(exact, rel=1e-9)
    mean, spread = 2 * COUNTED, 0.1
    law = norm(mean, np.sqrt(mean + spread * mean**2))
    exact = law.expect(lambda value: value, lb=700.0) / law.sf(700.0)
    assert tail_mean(700.0, mean, spread) == pytest.approx(exact, rel=2e-3)


def test_demand_all_but_impossible_is_what_was_sold():
    assert tail_mean(400.0, 1.0, 0.05) == 400.0
    assert tail_mean(1e6, 2 * COUNTED, 0.0) == 1e6


def test_a_day_is_filled_by_the_days_before_it_alone():
    quantity, _ = weekly_demand(5, 200, seed=1, low=3.0)
    in_stock = np.random.default_rng(1).random(quantity.shape) > 0.2
    factor = np.ones(quantity.shape)
    other = quantity.copy()
    other[:, 150:] = 40.0
    one, two = (filled_so_far(world, in_stock, factor) for world in (quantity, other))
    np.testing.assert_array_equal(one[:, :150], two[:, :150])
    assert (one[in_stock] == quantity[in_stock]).all()
    hidden = ~in_stock & (quantity > 0)
    assert (one[hidden] >= quantity[hidden]).all()
    assert np.isnan(one[~in_stock & (quantity == 0)]).all()


def test_a_whole_history_with_stock_is_left_alone():
    quantity = np.array([[3.0, np.nan, 0.0]])
    assert filled_so_far(quantity, np.array([[True, False, True]]), np.ones((1, 3))) is quantity


def test_means_of_filled_days_are_those_of_demand():
    demand, mean = weekly_demand(80, 364, seed=2, low=3.0)
    shelf = np.ceil(1.5 * mean)
    sold, in_stock = np.minimum(demand, shelf), demand < shelf
    filled = filled_so_far(sold, in_stock, mean / mean.mean(axis=1, keepdims=True))
    late = slice(60, None)
    assert sold[:, late].sum() / demand[:, late].sum() < 0.93
    assert filled[:, late].sum() / demand[:, late].sum() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_estimates_of_rows_that_always_sell_out_do_not_feed_on_themselves(share):
    quantity = np.random.default_rng(2).poisson(20.0, (50, 400)).astype(np.float64)
    in_stock = np.random.default_rng(3).random(quantity.shape) > share
    filled = filled_so_far(quantity, in_stock, np.ones(quantity.shape))
    assert (filled >= quantity).all()
    assert filled[:, -28:].mean() < 3.2 * 20.0
    history, outlook = inputs(quantity, in_stock=in_stock)
    estimated = unconstrained(history, outlook).demand
    assert (estimated >= quantity).all()
    assert estimated.mean() < 3.2 * 20.0
