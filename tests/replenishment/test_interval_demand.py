from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.handover.interval_demand import IntervalDemand, pooled
from tests.replenishment.small_world import AS_OF, LEVELS, forecast

DAILY = np.array([0.5, 6.0, 0.0])


def test_at_a_protection_interval_it_is_the_forecast_itself() -> None:
    made = forecast(DAILY)
    view = IntervalDemand.seen_on(made, AS_OF)
    days = np.array([14, 14, 14])
    mean = view.mean(days)
    assert mean.tolist() == pytest.approx((14 * DAILY).tolist())
    assert (mean[:, None] + view.deviation(days, mean)).ravel().tolist() == pytest.approx(
        made.quantile[:, 2].ravel().tolist()
    )
    assert view.variance(days).tolist() == pytest.approx((14 * DAILY).tolist())


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(0, 90))
def test_means_against_adding_days(days: int, offset: int) -> None:
    random = np.random.default_rng(days * 61 + offset)
    made = replace(forecast(DAILY, horizon=70), mean=random.uniform(0, 5, (3, 70)))
    view = IntervalDemand.seen_on(made, AS_OF + timedelta(days=offset))
    tail = made.mean[:, -28:].mean(axis=1)
    right = [sum(made.mean[i, t] if t < 70 else tail[i] for t in range(offset, offset + days)) for i in range(3)]
    assert view.mean(np.full(3, days)).tolist() == pytest.approx(right)
    each = [view.mean(np.full(3, day)) for day in range(1, days + 1)]
    assert view.by_day(days).T.tolist() == [pytest.approx(one.tolist()) for one in each]


def test_spread_between_and_beyond_the_intervals() -> None:
    made = forecast(DAILY)
    view = IntervalDemand.seen_on(made, AS_OF)

    def spread(days: int) -> np.ndarray:
        asked = np.full(3, days)
        return view.deviation(asked, view.mean(asked))

    lower, upper = spread(14), spread(28)
    assert np.allclose(spread(21), (lower + upper) / 2)
    assert np.allclose(spread(224), 2 * spread(56))  # the square root of time
    assert np.allclose(spread(1), spread(3) / np.sqrt(3))


def test_an_event_widens_the_spread_within_limits() -> None:
    made = forecast(DAILY)
    view = IntervalDemand.seen_on(made, AS_OF)
    days = np.full(3, 14)
    usual = view.deviation(days, view.mean(days))
    assert np.allclose(view.deviation(days, 2 * view.mean(days)), 2 * usual)
    assert np.allclose(view.deviation(days, 100 * view.mean(days)), 4 * usual)


def test_before_the_origin_is_refused() -> None:
    with pytest.raises(ValueError, match="before the forecast's origin"):
        IntervalDemand.seen_on(forecast(DAILY), AS_OF - timedelta(days=1))


def test_pooling_adds_squares_and_keeps_signs() -> None:
    own = np.array([[-3.0, 4.0], [0.0, 1.0]])
    total = pooled(own, np.array([[-4.0, 3.0]]), np.array([0]))
    assert total.tolist() == [[-5.0, 5.0], [0.0, 1.0]]


def test_levels_give_normal_scores() -> None:
    scores = IntervalDemand.seen_on(forecast(DAILY), AS_OF).normal_scores()
    assert scores[LEVELS.index(0.5)] == pytest.approx(0.0)
    assert scores[LEVELS.index(0.95)] == pytest.approx(1.6448536)
