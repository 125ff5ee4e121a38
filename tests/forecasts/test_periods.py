"""Series by month, week and hour: what must hold of any forecast, and that known structure is found."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.periods import forecast_periods
from forecasts.periods.counts import smooth_counts
from forecasts.periods.lagged import lagged, lags_of
from forecasts.periods.lessons import level_of, sample_lessons, table_of
from forecasts.periods.season import seasonal_factors

LEVELS = (0.05, 0.5, 0.9, 0.99)


def monthly(rows=6, steps=60, seed=3):
    random = np.random.default_rng(seed)
    season = 1.0 + 0.3 * np.sin(np.arange(steps) * 2 * np.pi / 12)
    level = random.uniform(50, 500, size=(rows, 1)) * (1.0 + 0.004 * np.arange(steps))
    return level * season * np.exp(random.normal(0.0, 0.05, size=(rows, steps)))


def counts(rows=300, steps=40, seed=4):
    random = np.random.default_rng(seed)
    rate = random.gamma(1.0, 1.0, size=(rows, 1)) * np.ones((1, steps))
    return random.negative_binomial(2.0, 2.0 / (2.0 + rate)).astype(np.float64)


@pytest.mark.parametrize("quantity", [monthly(), counts()])
def test_quantiles_ascend_and_are_never_negative(quantity):
    made = forecast_periods(quantity, horizon=6, season=12, levels=LEVELS)
    assert made.quantile is not None
    assert made.mean.shape == (len(quantity), 6)
    assert made.quantile.shape == (len(quantity), 6, 4)
    assert np.all(np.isfinite(made.mean))
    assert np.all(np.diff(made.quantile, axis=2) >= 0)
    assert made.mean.min() >= 0
    assert made.quantile.min() >= 0
    assert np.allclose(made.weight.sum(axis=1), 1.0)


def test_a_multiple_of_the_series_has_a_multiple_of_the_forecast():
    quantity = monthly()
    once, again = (forecast_periods(each, horizon=6, season=12, levels=LEVELS) for each in (quantity, 1024 * quantity))
    assert np.allclose(1024 * once.mean, again.mean, rtol=1e-9)
    assert np.allclose(1024 * once.quantile, again.quantile, rtol=1e-9)


@pytest.mark.parametrize("season", [1, 12, (4, 12)])
def test_a_constant_stays_what_it_is(season):
    made = forecast_periods([np.full(60, 7.0)], horizon=5, season=season, levels=LEVELS)
    assert np.allclose(made.mean, 7.0)


def test_nothing_sold_is_nothing_expected():
    made = forecast_periods(np.zeros((3, 30)), horizon=4, season=12, levels=LEVELS)
    assert np.all(made.mean == 0)
    assert np.all(made.quantile == 0)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 13, 25])
def test_short_series_are_forecast_within_their_reach(size):
    series = monthly(1, size)[0]
    made = forecast_periods([series, np.full(40, np.nan)], horizon=8, season=12, levels=LEVELS)
    assert np.all(np.isfinite(made.mean))
    assert made.mean[0].min() >= 0
    assert made.mean[0].max() <= series.max() + 3 * np.ptp(series) + 1e-9
    assert np.all(made.mean[1] == 0)
    assert made.why[1] == "nothing known"


def test_gaps_do_little_to_the_forecast():
    quantity = monthly()
    holed = quantity.copy()
    holed[:, [20, 33, 34]] = np.nan
    whole, made = (forecast_periods(each, horizon=6, season=12).mean for each in (quantity, holed))
    assert np.all(np.isfinite(made))
    assert np.abs(made / whole - 1.0).max() < 0.1


@pytest.mark.parametrize("quantity", [monthly(), counts(500)])
def test_the_same_seed_gives_the_same_forecast(quantity):
    one, two = (forecast_periods(quantity, horizon=4, season=12, levels=LEVELS, seed=5) for _ in range(2))
    assert np.array_equal(one.mean, two.mean)
    assert np.array_equal(one.quantile, two.quantile)


def test_lessons_of_the_past_read_nothing_of_later_steps():
    quantity = counts(50)
    changed = quantity.copy()
    changed[:, 30:] *= 100.0
    row, step = np.divmod(np.arange(50 * 6), 6)
    tables = [table_of(each[:, :30], level_of(each[:, :30]), row, step, 12) for each in (quantity, changed)]
    assert np.array_equal(*tables, equal_nan=True)
    lessons = [sample_lessons(each, 12, 6, most=10**9, seed=1) for each in (quantity, changed)]
    before = lessons[0].at < 30
    assert 0 < before.sum() < before.size
    for one, two in zip(*lessons, strict=True):
        assert np.array_equal(one[before], two[before], equal_nan=True)
    assert not np.array_equal(lessons[0].actual, lessons[1].actual)


def test_season_and_growth_are_followed():
    quantity = monthly(8, 96)
    made = forecast_periods(quantity[:, :84], horizon=12, season=12)
    naive = quantity[:, 72:84]
    ours = np.abs(made.mean - quantity[:, 84:]).mean()
    assert ours < 0.75 * np.abs(naive - quantity[:, 84:]).mean()
    assert ours < 0.055 * quantity[:, 84:].mean()  # the noise alone is 0.04


def test_two_seasons_are_told_apart():
    random = np.random.default_rng(6)
    hour = np.arange(24 * 7 * 6)
    mean = 100 + 40 * np.sin(hour * 2 * np.pi / 24) + np.where(hour // 24 % 7 >= 5, -30, 0)
    y = mean + random.normal(0, 2, hour.size)
    made = forecast_periods([y[:-48]], horizon=48, season=(24, 168)).mean[0]
    assert np.abs(made - mean[-48:]).mean() < 5.0


def test_negative_values_may_be_forecast_negative():
    series = np.random.default_rng(7).normal(-50.0, 5.0, 60)
    made = forecast_periods([series], horizon=3, season=1, levels=LEVELS)
    assert np.all(made.mean < -30)
    assert np.all(made.quantile[0, :, 0] < made.quantile[0, :, -1])


def test_quantiles_cover_what_comes():
    quantity = monthly(150, 78, seed=8)
    shares = []
    for steps in (66, 72):  # at a low and at a high of the year: errors are in proportion to the level
        made = forecast_periods(quantity[:, :steps], horizon=6, season=12, levels=(0.1, 0.5, 0.9))
        shares.append((quantity[:, steps : steps + 6, None] <= made.quantile).mean(axis=(0, 1)))
    assert np.abs(np.array(shares) - [0.1, 0.5, 0.9]).max() < 0.08  # two standard errors of 150 series


def test_quantiles_of_counts_cover_what_comes():
    quantity = counts(800, 48, seed=9)
    made = forecast_periods(quantity[:, :42], horizon=6, season=12, levels=(0.8, 0.95))
    share = (quantity[:, 42:, None] <= made.quantile).mean(axis=(0, 1))
    assert np.all(share >= [0.79, 0.94])
    assert made.model_names == ("global_model", "multiple_aggregation")
    error = np.abs(made.mean - quantity[:, 42:]).mean()
    assert error < 1.03 * np.abs(smooth_counts(quantity[:, :42])[:, None] - quantity[:, 42:]).mean()


def test_few_counts_are_smoothed_alone():
    quantity = counts(10)
    made = forecast_periods(quantity, horizon=3, season=12)
    assert made.model_names == ("multiple_aggregation",)
    assert np.allclose(made.mean, smooth_counts(quantity)[:, None])


def test_counts_are_smoothed_where_lightgbm_cannot_be_loaded(monkeypatch):
    quantity = counts(500)
    monkeypatch.setattr("forecasts.periods.counts.available", lambda: False)
    made = forecast_periods(quantity, horizon=3, season=12, levels=LEVELS)
    assert made.model_names == ("multiple_aggregation",)
    assert np.allclose(made.mean, smooth_counts(quantity)[:, None])


def test_seasonal_factors_of_noise_shrink():
    random = np.random.default_rng(10)
    noise = np.exp(random.normal(0.0, 0.2, 60))
    wave = np.exp(0.5 * np.sin(np.arange(60) * 2 * np.pi / 12))
    assert np.ptp(seasonal_factors(noise, 12)) < 0.25
    assert np.allclose(seasonal_factors(wave, 12), wave[:12] / wave[:12].mean(), rtol=0.02)


def test_an_autoregression_finds_its_own_rule():
    y = [1.0, 2.0, 0.5, 3.0]
    for _ in range(80):
        y.append(0.6 * y[-1] - 0.5 * y[-4] + 1.0 + 1e-3 * np.sin(17.0 * len(y) ** 2))
    ahead = lagged(np.array(y[:-1]), (1, 2, 3, 4), 1)
    assert ahead == pytest.approx(y[-1:], abs=0.02)
    assert lagged(np.ones(8), lags_of((12,)), 3) is None
    assert lags_of((24, 168)) == (1, 2, 3, 4, 23, 24, 25, 48, 72, 96, 120, 144, 167, 168, 169, 336)


def test_arguments_out_of_range_are_all_named():
    with pytest.raises(ValueError, match=r"horizon: 0.*season: \(0,\).*levels.*infinite"):
        forecast_periods([np.array([1.0, np.inf])], horizon=0, season=0, levels=(0.9, 0.5))


def test_no_series_no_forecast():
    assert forecast_periods([], horizon=3, season=12, levels=LEVELS).quantile.shape == (0, 3, 4)


def test_steps_before_an_item_is_on_sale_are_not_taken_for_its_demand():
    random = np.random.default_rng(3)
    launched = random.poisson(20.0, (200, 60)).astype(np.float64)
    launched[np.arange(60) < random.integers(6, 36, 200)[:, None]] = 0.0
    made = forecast_periods(launched, horizon=6, season=12, levels=(0.5, 0.95))
    assert np.median(made.quantile[:, :, 1]) < 32  # poisson.ppf(0.95, 20) is 28


def test_steps_before_the_first_demand_of_a_rare_part_are_part_of_its_rate():
    random = np.random.default_rng(4)
    rare = np.where(random.random((400, 60)) < 0.06, random.geometric(0.3, (400, 60)), 0).astype(np.float64)
    come = rare[:, -12:]
    made = forecast_periods(rare[:, :-12], horizon=12, season=12, levels=(0.5, 0.9, 0.95, 0.99))
    shares = (come[:, :, None] <= made.quantile).mean(axis=(0, 1))
    assert (shares >= np.array([0.5, 0.9, 0.95, 0.99]) - 0.01).all()
    assert (shares[1:] <= np.array([0.965, 0.985, 0.999])).all()


@pytest.mark.parametrize(("steps", "horizon"), [(60, 12), (60, 24), (60, 36), (36, 24), (24, 12), (18, 12), (12, 6)])
def test_one_series_is_never_certain_of_what_it_cannot_know(steps, horizon):
    random = np.random.default_rng(5)
    quantity = 100.0 * (1 + 0.3 * np.sin(np.arange(steps) * 2 * np.pi / 12)) + random.normal(0.0, 5.0, (20, steps))
    widths = [
        np.subtract(*forecast_periods(y[None], horizon=horizon, season=12, levels=(0.1, 0.9)).quantile[0].T[::-1])
        for y in quantity
    ]
    usual = np.median(widths, axis=0)
    assert usual.min() > 8.0  # noise alone is 12.8 wide
    assert usual.max() < 200.0


def test_one_value_is_a_guess_and_says_so():
    made = forecast_periods([[5.0]], horizon=3, season=12, levels=(0.1, 0.5, 0.9))
    assert (np.diff(made.quantile, axis=2) > 1.0).all()
    assert "too short to be tried" in made.why[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"series": np.ones(60)}, "one series is given as"),
        ({"series": [["a", "b"]]}, "numbers are needed"),
        ({"season": (24, 12)}, "the shorter first"),
        ({"season": 1.5}, "season"),
        ({"seed": -1}, "seed: -1"),
        ({"horizon": 3.0}, "horizon: 3.0"),
    ],
)
def test_traps_are_named(change, message):
    asked = {"series": np.ones((2, 60)), "horizon": 3, "season": 12} | change
    with pytest.raises(ValueError, match=message):
        forecast_periods(asked.pop("series"), **asked)
