"""The global model corrects what single rows cannot know, from the past alone, and only where there is enough of it."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

import forecasts
from forecasts import batches
from forecasts.backtest import backtest
from forecasts.global_gbm import correct, fit_mean_models, fit_spread_models
from forecasts.spread import Spread
from forecasts.trees import read_forest, sum_trees
from forecasts.windows import FEATURES

from .made_up import ask, inputs, weekly_demand

ROWS, DAYS = 150, 840


def ending_demand(seed=3):
    """Steady sellers of which a third stops for good some day: a long silence means the end, as others teach."""
    random = np.random.default_rng(seed)
    quantity = random.poisson(2.0, (ROWS, DAYS)).astype(np.float64)
    ends = random.integers(60, DAYS - 14, ROWS)
    for row in range(0, ROWS, 3):
        quantity[row, ends[row] :] = 0.0
    return quantity


def test_rows_teach_one_another_what_a_silence_means() -> None:
    quantity = ending_demand()
    stopped = quantity[:, -14:].sum(axis=1) == 0
    without = forecasts.forecast(*inputs(quantity), ask(ROWS, method="combination"))
    boosted = forecasts.forecast(*inputs(quantity), ask(ROWS))
    assert stopped.sum() > 10
    assert boosted.mu[stopped, 1].sum() < 0.7 * without.mu[stopped, 1].sum()
    going = ~stopped
    assert boosted.mu[going, 1].mean() == pytest.approx(28.0, rel=0.05)


def test_sums_and_days_agree() -> None:
    made = forecasts.forecast(*inputs(ending_demand()), ask(ROWS, protection_days=(3, 7, 14, 28)))
    ends = np.array(made.protection_days) - 1
    np.testing.assert_allclose(np.cumsum(made.mean, axis=1)[:, ends], made.mu, rtol=1e-9)
    assert np.all(np.diff(made.quantile, axis=1) >= 0)
    assert np.all(np.diff(made.quantile, axis=2) >= 0)
    assert np.all(made.quantile >= 0)


def test_weights_of_members_and_the_global_model_sum_to_one() -> None:
    made = forecasts.forecast(*inputs(ending_demand()), ask(ROWS))
    assert made.model_names[-1] == "global_gbm"
    np.testing.assert_allclose(made.weights.sum(axis=1), 1.0)
    assert made.weights.shape == made.miss.shape == (ROWS, len(made.model_names))
    assert "model of all rows" in made.why[1]


def test_few_rows_learn_nothing_from_each_other() -> None:
    made = forecasts.forecast(*inputs(ending_demand()[:3]), ask(3))
    assert "global_gbm" not in made.model_names


def test_the_future_changes_no_earlier_forecast() -> None:
    quantity, _ = weekly_demand(ROWS, DAYS)
    other = quantity.copy()
    other[:, DAYS - 28 :] = 50.0
    request = ask(ROWS, horizon=14)
    one, two = (backtest(*inputs(world, ahead=14), request, origins=2, step=21) for world in (quantity, other))
    assert one.origins[-1] == DAYS - 14
    before = one.origins <= DAYS - 28
    assert before.sum() == 1
    for name in ("mu", "k", "quantile", "daily_mean"):
        np.testing.assert_array_equal(getattr(one, name)[:, before], getattr(two, name)[:, before])
    assert not np.array_equal(one.mu[:, ~before], two.mu[:, ~before])


def test_same_seed_same_forecast_and_a_recipe_survives_its_file() -> None:
    history, outlook = inputs(ending_demand())
    request = ask(ROWS)
    recipe = forecasts.fit(history, outlook, request)
    again = forecasts.Recipe.from_arrays(forecasts.fit(history, outlook, request).to_arrays())
    assert recipe.boost_mean == again.boost_mean != ""
    one, two = (forecasts.predict(part, history, outlook, request) for part in (recipe, again))
    np.testing.assert_array_equal(one.quantile, two.quantile)


def test_tiled_rows_are_forecast_as_the_row_itself() -> None:
    history, outlook = inputs(ending_demand())
    request = dataclasses.replace(ask(ROWS), single_days=False)
    recipe = forecasts.fit(history, outlook, request)
    one = forecasts.predict(recipe, history, outlook, request)
    twice = inputs(np.tile(history.quantity, (2, 1)))
    both = forecasts.predict(recipe.tile(2), *twice, dataclasses.replace(ask(2 * ROWS), single_days=False))
    np.testing.assert_array_equal(both.quantile, np.tile(one.quantile, (2, 1, 1)))


def test_models_learn_a_mean_and_a_spread() -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(8000, len(FEATURES))).astype(np.float32)
    features[:, FEATURES.index("group")] = 0
    high = features[:, 0] > 0
    actual = random.poisson(np.where(high, 8.0, 2.0)).astype(np.float64)
    (text,) = fit_mean_models(features, actual, np.full(8000, 4.0), seed=1, folds=[])
    factor = correct(text, features)
    assert factor[high].mean() == pytest.approx(2.0, rel=0.05)
    assert factor[~high].mean() == pytest.approx(0.5, rel=0.05)
    square = random.chisquare(1, 8000) * np.where(high, 9.0, 1.0)
    (text,) = fit_spread_models(features, square, np.full(8000, 3.0), seed=1, folds=[])
    wide = correct(text, features)
    assert wide[high].mean() / wide[~high].mean() > 5.0


def test_trees_are_followed_as_lightgbm_follows_them() -> None:
    random = np.random.default_rng(5)
    features = random.normal(size=(6000, len(FEATURES))).astype(np.float32)
    features[random.random(features.shape) < 0.1] = np.nan
    features[:, 7] = 1.0
    actual = random.poisson(np.exp(np.nan_to_num(features[:, 0]))).astype(np.float64)
    (text,) = fit_mean_models(features, actual, np.full(6000, 1.0), seed=1, folds=[])
    other = random.normal(size=(500, len(FEATURES))).astype(np.float32)
    other[random.random(other.shape) < 0.2] = np.nan
    raw = lightgbm.Booster(model_str=text).predict(other, raw_score=True)
    np.testing.assert_allclose(sum_trees(read_forest(text), other), raw, rtol=1e-12)


def test_a_year_is_too_short_to_learn_across_rows() -> None:
    made = forecasts.forecast(*inputs(ending_demand()[:, -380:]), ask(ROWS))
    assert "global_gbm" not in made.model_names


def test_a_model_that_foretells_no_better_is_not_used(monkeypatch) -> None:
    history, outlook = inputs(ending_demand())
    plain = forecasts.forecast(history, outlook, ask(ROWS, method="combination"))
    monkeypatch.setattr(Spread, "loss_over", lambda self, other, judged: 1.0)
    made = forecasts.forecast(history, outlook, ask(ROWS))
    assert "global_gbm" not in made.model_names
    np.testing.assert_array_equal(made.quantile, plain.quantile)


def test_losses_are_compared_row_by_row() -> None:
    losses = np.array([[[1.0], [2.0]], [[40.0], [np.nan]], [[0.0], [0.0]]])
    judged = np.ones((3, 2, 2), dtype=bool)
    nothing = np.zeros((3, 2))
    one, half = (
        Spread(nothing, nothing, nothing, part) for part in (losses, losses * np.array([[[0.5]], [[2.0]], [[1.0]]]))
    )
    assert half.loss_over(one, judged) == pytest.approx((0.5**2 * 2.0) ** (1 / 3))
    assert one.loss_over(one, judged & False) == 1.0


def test_parts_in_threads_give_the_same_recipe() -> None:
    history, outlook = inputs(ending_demand())
    request = ask(ROWS)
    alone = forecasts.fit(history, outlook, request).to_arrays()
    with ThreadPoolExecutor(2) as executor:
        beside = forecasts.fit(history, outlook, request, executor=executor).to_arrays()
    assert alone.keys() == beside.keys()
    for name, array in alone.items():
        np.testing.assert_array_equal(array, beside[name], err_msg=name)


def test_batches_change_nothing(monkeypatch) -> None:
    history, outlook = inputs(ending_demand())
    one = forecasts.forecast(history, outlook, ask(ROWS))
    monkeypatch.setattr(batches, "MOST_CELLS", 40 * DAYS)
    many = forecasts.forecast(history, outlook, ask(ROWS))
    assert one.model_names == many.model_names
    np.testing.assert_array_equal(one.quantile, many.quantile)


@pytest.mark.parametrize("days", [545, 560, 600, 640])
def test_histories_of_which_few_origins_can_be_judged_are_forecast(days) -> None:
    quantity = np.random.default_rng(0).poisson(20, (50, days)).astype(np.float64)
    made = forecasts.forecast(*inputs(quantity), ask(50))
    assert np.isfinite(made.quantile).all()
    assert made.mean.mean() == pytest.approx(20.0, rel=0.05)
