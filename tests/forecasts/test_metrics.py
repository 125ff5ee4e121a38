"""Measures against hand-made figures, and the backtest against forecasts made by hand."""

from __future__ import annotations

import numpy as np
import pytest

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
