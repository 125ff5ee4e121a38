from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasts.own_error import MOST, blended, fit_own_error, nothing_tried


def by_hand(quantity: np.ndarray, factor: np.ndarray, alpha: float, length: int) -> list[float]:
    """Squared errors of one row in plain Python: smoothing known up to each day, against the days after it."""
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
        errors.append((error * known.sum() / exposure) ** 2)
    return errors


@settings(max_examples=25, deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0.02, 0.5))
def test_errors_are_those_of_smoothing_by_hand(seed: int, length: int, alpha: float) -> None:
    random = np.random.default_rng(seed)
    quantity = random.poisson(3.0, (1, 60)).astype(np.float64)
    quantity[0, random.random(60) < 0.1] = np.nan
    factor = random.uniform(0.5, 2.0, (1, 60))
    found = fit_own_error(quantity, factor, np.array([alpha]), (length,))
    errors = by_hand(quantity[0], factor[0], alpha, length)
    told = len(errors) / length
    assert found.square[0, 0] == pytest.approx(max(np.mean(errors), 0.05**2))
    assert found.weight[0, 0] == pytest.approx(MOST * told / (told + 2.0))


def test_nothing_known_leaves_the_class_alone() -> None:
    unknown = fit_own_error(np.full((2, 40), np.nan), np.ones((2, 40)), np.full(2, 0.1), (7, 60))
    assert (unknown.weight == 0).all()
    assert np.isfinite(unknown.square).all()
    short = fit_own_error(np.ones((1, 40)), np.ones((1, 40)), np.full(1, 0.1), (7, 60))
    assert short.weight[0, 0] > 0
    assert short.weight[0, 1] == 0
    none = nothing_tried(3, 2)
    mu, dispersion = np.full((3, 2), 7.0), np.full((3, 2), 0.3)
    assert blended(mu, dispersion, none.square, none.weight) == pytest.approx(dispersion)


@settings(max_examples=50, deadline=None)
@given(st.floats(0.01, 1e4), st.floats(0, 10), st.floats(1e-3, 1e8), st.floats(0, 0.5))
def test_variance_lies_between_the_two(mu: float, dispersion: float, square: float, weight: float) -> None:
    found = float(blended(np.array(mu), np.array(dispersion), np.array(square), np.array(weight)))
    variance, model = mu + found * mu**2, mu + dispersion * mu**2
    assert 0 <= found <= 20
    low, high = sorted((model, square))
    assert variance >= min(low, model) * (1 - 1e-9)
    assert found in (0.0, 20.0) or low * (1 - 1e-9) <= variance <= high * (1 + 1e-9)


def test_more_erratic_rows_are_more_spread() -> None:
    random = np.random.default_rng(3)
    steady = np.full((1, 300), 5.0)
    wild = np.where(random.random((1, 300)) < 0.1, 50.0, 0.0)
    found = fit_own_error(np.vstack((steady, wild)), np.ones((2, 300)), np.full(2, 0.1), (7, 14))
    assert (found.square[1] > 100 * found.square[0]).all()
