"""The year comes back from demand drawn with it; what is no season is not taken for one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecasts
from forecasts import season
from forecasts.events import calendar
from forecasts.profile import fit_profile
from forecasts.season import Fortnights, fit_season, weeks_of_year
from forecasts.trials import trial_plan

from .made_up import ask, inputs, tried

FIRST = np.datetime64("2022-03-01")


def yearly(days, height=0.8, peak=350):
    """Factor of each day, highest on day ``peak`` of the year."""
    date = FIRST + np.arange(days)
    of_year = (date - date.astype("datetime64[Y]")).astype(int)
    return np.exp(height * np.cos(2 * np.pi * (of_year - peak) / 365.25))


def demand(rows, days, factor, *, seed=0, low=2.0, high=20.0):
    random = np.random.default_rng(seed)
    mean = np.exp(random.uniform(np.log(low), np.log(high), rows))[:, None] * factor
    return random.negative_binomial(3, 3 / (3 + mean)).astype(np.float64)


def learnt(quantity, **more):
    history, outlook = inputs(quantity, first_day=str(FIRST), **more)
    return fit_profile(history, calendar(outlook, history.first_day, history.days))


def test_weeks_count_through_leap_years():
    assert weeks_of_year(np.datetime64("2024-12-29"), 4).tolist() == [51, 52, 52, 0]
    assert weeks_of_year(np.datetime64("2024-02-25"), 6).tolist() == [7, 8, 8, 8, 8, 8]


def test_the_year_comes_back_from_three_of_them():
    days = 1095
    found = learnt(demand(40, days, yearly(days))).season
    true = np.array([yearly(days)[weeks_of_year(FIRST, days) == week].mean() for week in range(53)])
    np.testing.assert_allclose(found.mean(axis=0), true / true.mean(), rtol=0.12)
    np.testing.assert_allclose(found.mean(axis=1), 1.0)


def test_opposite_rows_of_a_group_keep_their_own_year():
    days = 1095
    factor = np.vstack([np.tile(yearly(days, 1.0, peak), (15, 1)) for peak in (15, 197)])
    found = learnt(demand(30, days, factor, low=5.0)).season
    swing = np.log(found[:, 2] / found[:, 28])
    assert (swing[:15] > 1.2).all()
    assert (swing[15:] < -1.2).all()


def test_a_row_that_is_new_takes_the_year_of_its_group():
    days = 1095
    quantity = demand(20, days, yearly(days))
    quantity[-1, :-120] = np.nan
    found = learnt(quantity).season
    np.testing.assert_allclose(found[-1], found[:-1].mean(axis=0), rtol=0.1)


@pytest.mark.parametrize("days", [100, 399])
def test_no_season_without_more_than_a_year(days):
    assert (learnt(demand(5, days, yearly(days))).season == 1.0).all()


def test_in_little_more_than_a_year_growth_is_no_season_but_a_return_is():
    days = 420
    swing = []
    for factor in (np.exp(np.linspace(0.0, 1.0, days)), yearly(days)):
        found = learnt(demand(20, days, factor)).season
        swing.append(np.log(found.max(axis=1) / found.min(axis=1)).mean())
    assert swing[0] < 0.35
    assert 1.2 < swing[1] < 2.0


def test_growth_and_noise_are_not_taken_for_a_season():
    days = 1095
    found = learnt(demand(30, days, np.exp(np.linspace(0, 1.2, days)))).season
    assert np.abs(np.log(found)).max() < 0.2


def test_an_event_of_every_year_stays_an_event():
    days = 1095
    events = np.zeros((1, 1, days + 28))
    for start in (100, 465, 830):
        events[0, 0, start : start + 20] = 1.0
    found = learnt(demand(30, days, 1 + 3 * events[0, 0, :days]), events=events)
    assert found.uplift.mean() == pytest.approx(4.0, rel=0.1)
    assert np.abs(np.log(found.season)).max() < 0.2


def test_sold_out_days_are_missing_not_low():
    days = 1095
    quantity, in_stock = demand(20, days, np.ones(days)), np.ones((20, days), bool)
    for start in (60, 425, 790):
        in_stock[:, start : start + 25] = False
    found = learnt(np.where(in_stock, quantity, 0.0), in_stock=in_stock).season
    assert np.abs(np.log(found)).max() < 0.2


def test_rows_without_demand_or_without_days_are_flat_or_as_the_group():
    quantity = np.vstack([np.zeros((1, 800)), np.full((1, 800), np.nan), demand(3, 800, yearly(800))])
    found = learnt(quantity).season
    assert np.isfinite(found).all()
    assert (found > 0).all()
    np.testing.assert_allclose(learnt(np.zeros((2, 800))).season, 1.0)


@given(unit=st.floats(0.01, 1000.0), seed=st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_the_unit_of_demand_does_not_matter(unit, seed):
    random = np.random.default_rng(seed)
    sold = random.negative_binomial(2, 0.1, (4, 60)).astype(np.float64)
    seen = Fortnights(
        sold=sold,
        usual=np.full(sold.shape, 14.0),
        busy=np.zeros(sold.shape),
        angle=np.arange(60) * 14 * 2 * np.pi / 365.25,
        scale=np.full(4, 2.0),
        span=np.full(4, 840.0),
    )
    other = seen._replace(sold=unit * sold, scale=unit * seen.scale)
    group = np.array([0, 0, 1, 1])
    np.testing.assert_allclose(fit_season(other, group), fit_season(seen, group), rtol=1e-8)


def test_filter_agrees_with_the_joint_gaussian():
    random = np.random.default_rng(3)
    count, wandering = 12, 0.02
    basis = random.normal(size=(count, 6))
    ratio, variance = random.normal(0, 0.2, (1, count)), random.uniform(0.5, 1.0, (1, count))
    variance[0, 4] = np.inf
    prior, spread = random.normal(0, 0.1, (1, 6)), np.diag(random.uniform(0.01, 0.1, 6))
    found = season._filter(ratio, variance, basis, prior=prior, spread=spread, wandering=wandering)
    keep = np.arange(count) != 4
    steps = np.minimum.outer(np.arange(1, count + 1), np.arange(1, count + 1))
    level = season.LEVEL_VARIANCE + wandering * steps
    with np.errstate(invalid="ignore"):
        whole = (level + basis @ spread @ basis.T + np.diag(variance[0]))[np.ix_(keep, keep)]
    gain = np.linalg.solve(whole, basis[keep] @ spread).T
    np.testing.assert_allclose(found.mean[0], prior[0] + gain @ (ratio[0] - basis @ prior[0])[keep], rtol=1e-8)
    np.testing.assert_allclose(found.covariance[0], spread - gain @ basis[keep] @ spread, atol=1e-12)


def test_the_season_of_a_past_origin_does_not_see_what_followed():
    days = 860
    quantity = demand(5, days, yearly(days))
    request = ask(5)
    plan = trial_plan(days, request)
    origin = int(plan.blocks[2][0])
    assert origin > season.LEAST_DAYS
    assert learnt(quantity[:, :origin]).season.std() > 0.05
    other = quantity.copy()
    other[:, origin:] = 9 * other[:, origin:] + 30
    one, two = (tried(*inputs(world, first_day=str(FIRST)), plan) for world in (quantity, other))
    seen = one.origins <= origin
    np.testing.assert_array_equal(one.mu[:, seen], two.mu[:, seen])
    assert not np.array_equal(one.mu[:, ~seen], two.mu[:, ~seen])


def test_long_intervals_out_of_the_peak_are_neither_too_high_nor_too_narrow():
    # 1,040 days end at the height of winter; the level of the last weeks would forecast far too much.
    rows, days, ahead = 60, 1040, 120
    quantity = demand(rows, days + ahead, yearly(days + ahead, 0.9, peak=0), seed=4)
    history, outlook = inputs(quantity[:, :days], ahead, first_day=str(FIRST))
    request = ask(rows, horizon=ahead, protection_days=(42, 90, 120))
    made = forecasts.forecast(history, outlook, request)
    actual = np.cumsum(quantity[:, days:], axis=1)[:, [41, 89, 119]]
    assert np.abs(made.mu.sum(axis=0) / actual.sum(axis=0) - 1.0).max() < 0.1
    covered = (actual[:, :, None] <= made.quantile).mean(axis=0)
    assert (covered[:, 3] >= 0.85).all()
    assert (covered[:, 0] <= 0.3).all()
    short = dataclasses.replace(history, quantity=np.where(np.arange(days) < days - 390, np.nan, history.quantity))
    level_only = forecasts.forecast(short, outlook, request)
    assert level_only.mu[:, 2].sum() > 1.3 * actual[:, 2].sum()
