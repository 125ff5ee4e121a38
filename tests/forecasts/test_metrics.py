"""Measures against hand-made figures, and the backtest against forecasts made by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

import forecasts
from forecasts import metrics
from forecasts.backtest import backtest
from forecasts.trials import outlook_at

from .made_up import ask, inputs, weekly_demand


def test_rmsse_by_hand():
    history = np.array([[0.0, 2.0, 4.0, 4.0]])
    # From the first demand on: differences 2 and 0, mean square 2; errors 1 and 3, mean square 5.
    assert metrics.rmsse(np.array([[5.0, 1.0]]), np.array([[4.0, 4.0]]), history)[0] == pytest.approx(np.sqrt(5 / 2))


def test_wrmsse_weighs_by_money_and_leaves_out_rows_without_scale():
    history = np.array([[1.0, 3.0], [1.0, 2.0], [5.0, 5.0]])
    actual, mean = np.array([[2.0], [2.0], [9.0]]), np.array([[0.0], [1.0], [0.0]])
    assert metrics.wrmsse(actual, mean, history, np.array([3.0, 1.0, 7.0])) == pytest.approx((3 * 1 + 1 * 1) / 4)


def test_wape_and_bias_skip_unknown_days():
    actual, mean = np.array([[4.0, 6.0, np.nan]]), np.array([[5.0, 3.0, 9.0]])
    assert metrics.wape(actual, mean) == pytest.approx(0.4)
    assert metrics.bias(actual, mean) == pytest.approx(-0.2)


def test_pinball_by_hand():
    loss = metrics.pinball(np.array([10.0, 2.0]), np.array([[4.0], [4.0]]), np.array([0.9]))
    np.testing.assert_allclose(loss[:, 0], [5.4, 0.2])
    scaled = metrics.scaled_pinball(
        np.array([10.0, np.nan]), np.array([[4.0], [4.0]]), np.array([0.9]), np.array([2.0, 2.0])
    )
    assert scaled == pytest.approx(2.7)


def test_coverage_counts_known_cells():
    quantile = np.array([[1.0, 5.0], [1.0, 5.0], [1.0, 5.0]])
    np.testing.assert_allclose(metrics.coverage(np.array([1.0, 3.0, np.nan]), quantile), [0.5, 1.0])
    assert np.isnan(metrics.coverage(np.array([np.nan] * 3), quantile)).all()


def test_pit_lies_between_the_steps_of_the_distribution():
    pit = metrics.randomised_pit(np.array([0.0]), np.array([2.0]), np.array([np.inf]), np.array([0.5]))
    assert pit[0] == pytest.approx(0.5 * np.exp(-2.0))


def test_rmspe_leaves_out_days_without_demand():
    actual, mean = np.array([[10.0, 0.0, 4.0, np.nan]]), np.array([[8.0, 3.0, 5.0, 1.0]])
    assert metrics.rmspe(actual, mean) == pytest.approx(np.sqrt((0.2**2 + 0.25**2) / 2))


def test_smape_and_mase_by_hand():
    actual, mean = np.array([[10.0, 30.0], [0.0, np.nan]]), np.array([[30.0, 30.0], [0.0, 5.0]])
    np.testing.assert_allclose(metrics.smape(actual, mean), [50.0, 0.0])
    # Lag 2 within the history: differences 4 and 6, mean 5; errors 20 and 0, mean 10. The flat row has no scale.
    history = np.array([[np.nan, 1.0, 2.0, 5.0, 8.0], [3.0, 3.0, 3.0, 3.0, 3.0]])
    scaled = metrics.mase(actual, mean, history, 2)
    assert scaled[0] == pytest.approx(2.0)
    assert np.isnan(scaled[1])


def test_owa_is_one_for_naive2_and_weighs_both_errors_alike():
    history, actual = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[10.0, 10.0]])
    naive2, mean = np.array([[30.0, 30.0]]), np.array([[15.0, 15.0]])
    assert metrics.owa(actual, naive2, naive2, history, 1) == pytest.approx(1.0)
    # sMAPE 40 over 100, MASE 5 over 20.
    assert metrics.owa(actual, mean, naive2, history, 1) == pytest.approx((0.4 + 0.25) / 2)


def test_pit_of_quantiles_is_uniform_for_counts_and_shows_a_narrow_forecast():
    levels = np.array([*(percent / 100 for percent in range(1, 100))])
    random = np.random.default_rng(3)
    demand = random.poisson(1.3, 20_000).astype(np.float64)
    right = np.broadcast_to(poisson.ppf(levels, 1.3), (demand.size, levels.size))
    pit = metrics.pit_of_quantiles(demand, right, levels, random.uniform(size=demand.size))
    for level in (0.5, 0.8, 0.95):
        assert np.mean(pit <= level) == pytest.approx(level, abs=0.012)
    # Plain coverage of a count stays above its level.
    assert metrics.coverage(demand, right[:, [49]])[0] > 0.6
    narrow = np.broadcast_to(poisson.ppf(levels, 0.8), right.shape)
    assert np.mean(metrics.pit_of_quantiles(demand, narrow, levels, random.uniform(size=demand.size)) <= 0.95) < 0.9


def test_pit_of_quantiles_by_hand():
    levels, quantile = np.array([0.25, 0.5, 0.75]), np.array([[1.0, 2.0, 2.0]] * 4)
    found = metrics.pit_of_quantiles(np.array([2.0, 0.0, 5.0, np.nan]), quantile, levels, np.full(4, 0.5))
    # At 2 the chance jumps from between .25 and .5 to between .75 and 1; half of that way up.
    np.testing.assert_allclose(found, [(0.375 + 0.875) / 2, 0.125, 0.875, np.nan])


def test_backtest_equals_forecasts_made_by_hand():
    quantity, _ = weekly_demand(5, 260, seed=16)
    quantity[0, 235] = np.nan
    history, outlook = inputs(quantity)
    request = ask(5)
    result = backtest(history, outlook, request, 2, 20)
    assert result.origins.tolist() == [212, 232]
    past, plan = history.until(212), outlook_at(history, outlook, 212)
    plan = forecasts.Outlook(plan.price_ratio[:, :28], plan.promo[:, :28], plan.event_names, plan.events)
    made = forecasts.forecast(past, plan, request)
    np.testing.assert_array_equal(result.quantile[:, 0], made.quantile)
    np.testing.assert_allclose(result.actual[1:, 0, 1], quantity[1:, 212:226].sum(axis=1))
    assert np.isnan(result.actual[0, 1, 0])
    assert result.pinball().shape == (5, 2, 2, 5)
    assert result.coverage().shape == (2, 5)


def test_backtest_says_how_much_history_it_needs():
    with pytest.raises(ValueError, match="there are 60"):
        backtest(*inputs(np.ones((1, 60))), ask(1), 3, 20)
