"""Scores of backtests by hand; parts add up; scales know nothing of what came."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import nbinom

from forecasts import metrics
from forecasts.backtest import Backtest, backtest
from forecasts.scores import LOSSES, figures, losses, reached, yardstick

from .made_up import ask, inputs, weekly_demand

LEVELS = (0.1, 0.5, 0.9)


@pytest.fixture(scope="module")
def tried():
    quantity, _ = weekly_demand(6, 260, seed=11)
    quantity[5, :] = 0.0  # never sold: no scale
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[1, 236:240] = False
    history, outlook = inputs(quantity, in_stock=in_stock)
    history = replace(history, unit_value=np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    test = backtest(history, outlook, ask(6, method="seasonal_naive"), 3, 14, horizon=14)
    known = yardstick(history, test)
    return history, test, known, losses(test, known, seed=1)


def test_figures_are_those_of_the_metrics_origin_by_origin(tried):
    history, test, known, found = tried
    every = np.ones(found.rmsse.shape, dtype=bool)
    got = figures(found, known, every)
    wrmsse, rmsse, mase, pinball = [], [], [], []
    for number, origin in enumerate(test.origins):
        actual, mean = test.daily_actual[:, number], test.daily_mean[:, number]
        past = np.where(history.in_stock, history.quantity, np.nan)[:, :origin]
        money = history.unit_value * history.quantity[:, origin - 28 : origin].sum(axis=1)
        wrmsse.append(metrics.wrmsse(actual, mean, past, money))
        rmsse.append(metrics.rmsse(actual, mean, past))
        mase.append(metrics.mase(actual, mean, past, 7))
        for p, days in enumerate(test.protection_days):
            loss = metrics.pinball(test.actual[:, number, p], test.quantile[:, number, p], np.array(test.levels))
            pinball.append(loss.mean(axis=1) / metrics.sum_scale(past, days))
    assert got["wrmsse"].value == pytest.approx(np.mean(wrmsse))
    assert got["rmsse"].value == pytest.approx(np.nanmean(rmsse))
    assert got["mase"].value == pytest.approx(np.nanmean(mase))
    assert got["scaled_pinball"].value == pytest.approx(np.nanmean(pinball))
    assert got["wape"].value == pytest.approx(metrics.wape(test.daily_actual, test.daily_mean))
    assert got["bias"].value == pytest.approx(metrics.bias(test.daily_actual, test.daily_mean))
    assert got["rmsse"].n == 15  # five rows that sold, three origins
    assert got["wape"].n == 18
    assert (
        got["scaled_pinball"].n == np.isfinite(np.array(pinball)).sum() == 5 * 6 - 2
    )  # two intervals have sold-out days


def test_parts_of_any_split_add_up_to_the_whole(tried):
    _, _, known, found = tried
    shape = found.rmsse.shape
    whole = figures(found, known, np.ones(shape, dtype=bool))
    split = np.random.default_rng(3).integers(0, 4, shape)
    parts = [figures(found, known, split == part) for part in range(5)]
    assert parts[4]["wape"].n == 0
    assert np.isnan(parts[4]["wrmsse"].value)
    for name, figure in whole.items():
        some = [part[name] for part in parts if part[name].n]
        assert sum(part.n for part in some) == figure.n
        assert sum(part.weight for part in some) == pytest.approx(figure.weight)
        assert sum(part.weight * part.value for part in some) == pytest.approx(figure.weight * figure.value), name
    assert whole["wrmsse"].weight == pytest.approx(1.0)
    assert set(whole) == {*LOSSES, "bias"}


def test_scales_weights_and_kinds_know_the_past_only(tried):
    history, test, known, _ = tried
    later = replace(history, quantity=history.quantity.copy())
    later.quantity[:, test.origins[-1] :] = 99.0
    again = yardstick(later, test)
    for name in ("square", "seasonal", "sums", "money"):
        np.testing.assert_array_equal(getattr(known, name), getattr(again, name))
    np.testing.assert_array_equal(known.traits[-1].rate, again.traits[-1].rate)


def counts(rows, rate, size, *, asked=None, seed=0):
    """One day whose quantiles are those of a negative binomial of mean ``asked``; the demand has mean ``rate``."""
    random = np.random.default_rng(seed)
    chance = size / (size + (rate if asked is None else asked))
    quantile = np.broadcast_to(nbinom.ppf(LEVELS, size, chance), (rows, 1, 1, 3))
    actual = random.negative_binomial(size, size / (size + rate), (rows, 1, 1)).astype(np.float64)
    mu = np.full((rows, 1, 1), rate if asked is None else asked)
    k = np.full((rows, 1, 1), float(size))
    return Backtest(np.array([50]), (1,), LEVELS, actual, mu, k, quantile, actual, mu)


@pytest.mark.parametrize("rate", [0.1, 0.6, 4.0, 60.0])
def test_right_quantiles_are_reached_also_by_counts(rate):
    rows = 40_000
    test = counts(rows, rate, 1.5)
    history, _ = inputs(np.tile([0.0, 1.0], (rows, 40)))
    shares = reached(losses(test, yardstick(history, test), seed=2), LEVELS)
    np.testing.assert_allclose(shares.transformed[0], LEVELS, atol=0.01)
    assert (shares.covered[0] >= np.array(LEVELS) - 0.01).all()
    assert shares.n.tolist() == [rows]


def test_quantiles_too_low_are_reached_too_seldom():
    test = counts(20_000, 6.0, 1.5, asked=3.0)
    history, _ = inputs(np.tile([0.0, 1.0], (20_000, 40)))
    shares = reached(losses(test, yardstick(history, test), seed=2), LEVELS)
    assert shares.transformed[0, 2] < 0.8
    assert (shares.transformed <= shares.covered + 1e-12).all()


def test_without_a_known_sum_there_is_no_coverage(tried):
    _, test, known, _ = tried
    empty = replace(test, actual=np.full_like(test.actual, np.nan))
    found = losses(empty, known, seed=1)
    assert np.isnan(reached(found, test.levels).transformed).all()
    assert figures(found, known, np.ones(found.rmsse.shape, dtype=bool))["scaled_pinball"].n == 0
