"""Series that are no longer known: what became of earlier gaps says how far they are still expected."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from forecasts.lead_time import LARGEST
from forecasts.periods import forecast_periods
from forecasts.periods.count_spread import mixed_with_nothing
from forecasts.periods.returning import chance_of_return, unknown_steps

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 14))
PANELS = arrays.arrays(np.float64, SHAPES, elements=st.sampled_from([2.0, np.nan]))


def counts(rows=200, steps=40, seed=4):
    random = np.random.default_rng(seed)
    rate = random.gamma(1.0, 1.0, size=(rows, 1)) * np.ones((1, steps))
    return random.negative_binomial(2.0, 2.0 / (2.0 + rate)).astype(np.float64)


def gap_of(values, step):
    """Steps unknown up to and with ``step``, 0 before the first known one, by looking back one by one."""
    gap = 0
    while gap <= step and np.isnan(values[step - gap]):
        gap += 1
    return 0 if gap > step else gap


def hazard(panel, age):
    """Hazard of return at an age, by the definition: pairs of the step of vanishing and a later one."""
    pairs = {}
    for values in panel:
        for step in range(panel.shape[1] - 1):
            gap = gap_of(values, step)
            if gap and age / 2 <= gap <= 2 * age:
                pairs.setdefault((step - gap, step), []).append(not np.isnan(values[step + 1]))
    near = [np.mean(back) for back in pairs.values()]
    own = [np.mean(back) for (vanished, step), back in pairs.items() if step - vanished == age]
    return (sum(own) + (sum(near) + 1) / (len(near) + 1)) / (len(own) + 1)


@settings(max_examples=150, deadline=None)
@given(panel=PANELS, horizon=st.integers(1, 4))
def test_the_chance_is_that_of_the_definition(panel, horizon):
    told = panel[:, np.isfinite(panel).any(axis=0)]
    found = chance_of_return(panel, horizon)
    assert found.shape == (len(panel), horizon)
    for values, chances in zip(told, found, strict=True):
        gap = gap_of(values, values.size - 1) if values.size else 0
        stay = 1.0
        for ahead in range(horizon):
            stay *= 1.0 - hazard(told, gap + ahead) if gap else 0.0
            assert chances[ahead] == pytest.approx(1.0 - stay)
    assert np.all(np.diff(found, axis=1) >= -1e-12)
    assert np.all((found > 0.0) & (found <= 1.0))


@given(panel=PANELS)
def test_unknown_steps_are_counted_from_the_last_known_one(panel):
    expected = [[gap_of(values, step) for step in range(values.size)] for values in panel]
    assert np.array_equal(unknown_steps(panel), expected)


def test_without_gaps_at_the_end_nothing_is_doubted():
    quantity = counts(20)
    quantity[3, 10:15] = np.nan
    quantity[5, :20] = np.nan
    assert np.all(chance_of_return(quantity, 6) == 1.0)


def test_steps_that_nobody_reported_are_no_steps():
    quantity = np.pad(counts(20), ((0, 0), (0, 3)), constant_values=np.nan)
    assert np.all(chance_of_return(quantity, 6) == 1.0)


def test_what_vanished_together_counts_once():
    one, many = counts(60), counts(60)
    one[:1, 30:] = many[:30, 30:] = np.nan
    assert np.array_equal(chance_of_return(one, 4)[0], chance_of_return(many, 4)[0])


def test_gaps_that_ended_before_are_expected_to_end_again():
    """Every series is off sale for a quarter a year, as seasonal ranges are; another set never comes back."""
    seasonal, ended = counts(60, 48), counts(60, 48)
    for row in range(60):
        for start in range(row % 12, 48, 12):
            seasonal[row, start : start + 3] = np.nan
        ended[row, 8 + row % 36 :] = np.nan
    off = np.isnan(seasonal[:, -1])
    assert chance_of_return(seasonal, 3)[off, -1].min() > 0.8
    long_gone = np.isnan(ended[:, -20:]).all(axis=1)
    assert chance_of_return(ended, 3)[long_gone].max() < 0.03


@settings(max_examples=60, deadline=None)
@given(mean=st.floats(0.1, 20.0), c=st.floats(0.0, 3.0), chance=st.floats(0.25, 1.0))
def test_a_mixture_with_nothing_has_the_variance_of_the_law_of_total_variance(mean, c, chance):
    found = mixed_with_nothing(np.array(c), np.array(chance))
    whole = chance * mean
    inner, between = chance * (mean + c * mean**2), chance * (1.0 - chance) * mean**2
    assert found < LARGEST
    assert whole + found * whole**2 == pytest.approx(inner + between)


@pytest.mark.parametrize("rows", [12, 300])
def test_little_is_expected_of_series_that_are_long_unknown(rows):
    """By smoothing alone (few rows) and with the global model: little is expected, and nothing at the median."""
    quantity = counts(rows)
    quantity[:4, 15:] = np.nan
    made = forecast_periods(quantity, horizon=3, season=12, levels=(0.5, 0.9, 0.99))
    cut = forecast_periods(quantity[:, :15], horizon=3, season=12)
    chance = chance_of_return(quantity, 3)
    assert made.quantile is not None
    assert np.all(made.mean[:4] < 0.3 * np.maximum(cut.mean[:4], 0.5))
    assert np.all(chance[:4] < 0.25)
    assert np.all(np.diff(made.quantile, axis=2) >= 0)
    assert np.all(made.quantile[:4, :, 0] == 0)
    assert "not known for 25 steps" in made.why[0]
    assert "not known" not in made.why[5]
