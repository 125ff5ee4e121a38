"""Sums of weeks and months: no look ahead, known laws are found, arguments are checked."""

from __future__ import annotations

import numpy as np
import pytest

from forecasts.periods import SumForecast, forecast_sums

LEVELS = (0.5, 0.8, 0.95)


def counts(rows: int = 200, steps: int = 48, seed: int = 5) -> np.ndarray:
    random = np.random.default_rng(seed)
    rate = random.gamma(2.0, 4.0, (rows, 1)) * np.ones((1, steps))
    return random.negative_binomial(2.0, 2.0 / (2.0 + rate)).astype(np.float64)


def told(quantity: np.ndarray, *, first: int = 30, horizon: int = 3, factor: float = 1.0) -> dict[int, np.ndarray]:
    """Means of all that is known, as if ``forecast_periods`` had said them, times a factor."""
    return {
        origin: factor * np.repeat(np.nanmean(quantity[:, : origin + 1], axis=1)[:, None], horizon, axis=1)
        for origin in range(first, quantity.shape[1])
    }


def made(quantity: np.ndarray, means: dict[int, np.ndarray] | None = None) -> SumForecast:
    means = told(quantity) if means is None else means
    return forecast_sums(quantity, means, intervals=(2, 3), levels=LEVELS)


def test_sums_of_steady_counts_are_covered_as_asked() -> None:
    quantity = counts(steps=51)
    found = made(quantity[:, :48])
    came = np.stack([quantity[:, 48:50].sum(axis=1), quantity[:, 48:51].sum(axis=1)], axis=1)
    share = (came[:, :, None] <= found.quantile).mean(axis=(0, 1))
    assert np.abs(share - LEVELS).max() < 0.06
    assert (np.diff(found.quantile, axis=2) >= 0).all()
    assert (np.diff(found.quantile, axis=1) >= 0).all()
    assert found.mu.sum() == pytest.approx(came.sum(), rel=0.1)


def test_the_mean_is_drawn_to_what_sells() -> None:
    """A forecast of half of what comes; smoothing, and the usual level, pull the sums up."""
    quantity = counts()
    right, half = made(quantity).mu.sum(), made(quantity, told(quantity, factor=0.5)).mu.sum()
    assert 0.7 * right < half < 0.85 * right


def test_the_usual_level_counts_only_where_it_helped() -> None:
    steady = counts(rows=60)
    shift = steady.copy()
    shift[:, 24:] *= 4.0
    recent = {origin: np.repeat(shift[:, max(0, origin - 5) : origin + 1].mean(axis=1)[:, None], 3, axis=1)
              for origin in range(30, 48)}  # fmt: skip
    found = forecast_sums(shift, recent, intervals=(2, 3), levels=LEVELS).mu[:, 1].sum()
    assert found > 0.9 * 3 * shift[:, 36:].mean(axis=1).sum()


def test_without_past_forecasts_it_forecasts_still() -> None:
    quantity = counts(rows=20)
    found = made(quantity, {47: told(quantity)[47]})
    assert np.isfinite(found.quantile).all()
    assert (found.quantile[:, :, -1] > found.mu).all()


def test_a_series_that_is_no_longer_known_counts_as_far_as_it_comes_back() -> None:
    quantity = counts(rows=80)
    quantity[:20, 36:] = np.nan
    means = {origin: np.nan_to_num(mean) for origin, mean in told(quantity).items()}
    means[47][:20] = 0.0
    found = made(quantity, means).mu
    assert found[:20].sum() < 0.2 * found[20:40].sum()


def test_unfit_arguments_are_told_together() -> None:
    quantity = counts(rows=4)
    with pytest.raises(ValueError, match="below zero"):
        made(-quantity, told(quantity))
    with pytest.raises(ValueError, match=r"intervals: \(3, 2\).*levels: \(0.9, 0.5\)"):
        forecast_sums(quantity, told(quantity), intervals=(3, 2), levels=(0.9, 0.5))
    with pytest.raises(ValueError, match="none of step 47"):
        made(quantity, {40: told(quantity)[40]})
    with pytest.raises(ValueError, match=r"of step 47 \(3, 3\), must be \(4, 3 or more\)"):
        made(quantity, {47: np.ones((3, 3))})
    with pytest.raises(ValueError, match="season: 0"):
        forecast_sums(quantity, told(quantity), intervals=(2, 3), levels=LEVELS, season=0)
    with pytest.raises(ValueError, match="one row and step"):
        made(np.zeros((0, 5)), {})
