from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.own_error import OwnError, nothing_tried
from forecasts.periods.fading_error import ALPHAS, HALF_LIFE, MOST, PRIOR_INTERVALS, blended, fading_errors_at


def fading_errors(
    quantity: np.ndarray, factor: np.ndarray, lengths: tuple[int, ...], *, alphas: tuple[float, ...] = ALPHAS
) -> OwnError:
    """Errors known at the end, as [N,P]."""
    found = fading_errors_at(quantity, factor, lengths, np.array([quantity.shape[1]]), alphas=alphas)
    return OwnError(found.square[:, 0], found.weight[:, 0])


def by_hand(quantity: np.ndarray, factor: np.ndarray, alpha: float, length: int) -> list[tuple[float, float]]:
    """What each error of one row counts for, and its square, in plain Python: smoothing against the days after it."""
    errors = []
    for day in range(quantity.size):
        seen = np.isfinite(quantity[: day + 1])
        end = day + 1 + length
        if seen.sum() < max(8, length) or end > quantity.size:
            continue
        age = np.cumsum(seen[::-1])[::-1][seen] - 1
        weight = (1 - alpha) ** age
        level = (weight * quantity[: day + 1][seen]).sum() / (weight * factor[: day + 1][seen]).sum()
        known = np.isfinite(quantity[day + 1 : end])
        if known.sum() < 0.7 * length:
            continue
        exposure = factor[day + 1 : end][known].sum()
        error = quantity[day + 1 : end][known].sum() - level * exposure
        errors.append((0.5 ** ((quantity.size - end) / HALF_LIFE), (error * known.sum() / exposure) ** 2))
    return errors


@settings(max_examples=25, deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0.02, 0.5))
def test_errors_are_those_of_smoothing_by_hand(seed: int, length: int, alpha: float) -> None:
    random = np.random.default_rng(seed)
    quantity = random.poisson(3.0, (1, 60)).astype(np.float64)
    quantity[0, random.random(60) < 0.1] = np.nan
    factor = random.uniform(0.5, 2.0, (1, 60))
    found = fading_errors(quantity, factor, (length,), alphas=(alpha,))
    counts, errors = np.array(by_hand(quantity[0], factor[0], alpha, length)).T
    told = counts.sum() / length
    assert found.square[0, 0] == pytest.approx(max(np.average(errors, weights=counts), 0.05**2))
    assert found.weight[0, 0] == pytest.approx(MOST * told / (told + PRIOR_INTERVALS))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_errors_before_a_past_day_know_nothing_after_it(seed: int) -> None:
    random = np.random.default_rng(seed)
    quantity, factor = random.poisson(2.0, (3, 50)).astype(np.float64), random.uniform(0.5, 2.0, (3, 50))
    stops = np.array([20, 35, 50])
    found = fading_errors_at(quantity, factor, (3, 7), stops)
    for number, stop in enumerate(stops):
        alone = fading_errors(quantity[:, :stop], factor[:, :stop], (3, 7))
        np.testing.assert_allclose(found.square[:, number], alone.square)
        np.testing.assert_allclose(found.weight[:, number], alone.weight)


def test_the_smoothing_of_least_error_counts() -> None:
    quantity = np.random.default_rng(1).poisson(4.0, (5, 90)).astype(np.float64)
    each = [fading_errors(quantity, np.ones((5, 90)), (7,), alphas=(alpha,)).square for alpha in (0.05, 0.3)]
    both = fading_errors(quantity, np.ones((5, 90)), (7,), alphas=(0.05, 0.3)).square
    np.testing.assert_allclose(both, np.minimum(*each))


def test_nothing_known_leaves_the_class_alone() -> None:
    unknown = fading_errors(np.full((2, 40), np.nan), np.ones((2, 40)), (7, 60))
    assert (unknown.weight == 0).all()
    assert np.isfinite(unknown.square).all()
    short = fading_errors(np.ones((1, 40)), np.ones((1, 40)), (7, 60))
    assert short.weight[0, 0] > 0
    assert short.weight[0, 1] == 0
    none = nothing_tried(3, 2)
    mu, dispersion = np.full((3, 2), 7.0), np.full((3, 2), 0.3)
    assert blended(mu, dispersion, none.square, none.weight) == pytest.approx(dispersion)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 1e4), st.floats(0, 10), st.floats(1e-3, 1e8), st.floats(0, 0.5))
def test_variance_lies_between_the_two(mu: float, dispersion: float, square: float, weight: float) -> None:
    found = float(blended(*(np.array([each]) for each in (mu, dispersion, square, weight)))[0])
    variance, model = mu + found * mu**2, mu + dispersion * mu**2
    assert 0 <= found <= 20
    low, high = sorted((model, square))
    assert variance >= min(low, model) * (1 - 1e-9)
    assert found in (0.0, 20.0) or low * (1 - 1e-9) <= variance <= high * (1 + 1e-9)


def test_more_erratic_rows_are_more_spread() -> None:
    random = np.random.default_rng(3)
    steady = np.full((1, 300), 5.0)
    wild = np.where(random.random((1, 300)) < 0.1, 50.0, 0.0)
    found = fading_errors(np.vstack((steady, wild)), np.ones((2, 300)), (7, 14))
    assert (found.square[1] > 100 * found.square[0]).all()
