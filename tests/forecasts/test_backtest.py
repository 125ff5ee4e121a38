"""Backtests against forecasts made by hand: from the past only, and the same however the work is shared out."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import fields, replace
from functools import partial

import numpy as np
import pytest

import forecasts
from forecasts.backtest import LEAST_PAST_DAYS, backtest, days_needed, origin_columns, plan_at
from forecasts.empirical import empirical_forecast

from .made_up import ask, inputs, weekly_demand

ROWS, DAYS = 4, 220


def world(seed=5):
    """Demand with a promotion in the future of some origins, sold-out days and a row that starts late."""
    quantity, _ = weekly_demand(ROWS, DAYS, seed=seed)
    quantity[3, :180] = np.nan
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[0, 200] = False
    promo = np.zeros((ROWS, DAYS + 28))
    promo[:, 198:206] = 1.0
    return inputs(quantity, in_stock=in_stock, promo=promo)


def same(one, two):
    for field in fields(one):
        left, right = getattr(one, field.name), getattr(two, field.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
        else:
            assert left == right, field.name


def test_a_shorter_horizon_judges_the_first_days_of_the_same_forecasts():
    history, outlook = world()
    request = ask(ROWS)
    result = backtest(history, outlook, request, 3, 10, horizon=9)
    assert result.origins.tolist() == [191, 201, 211]
    assert (result.protection_days, result.horizon) == ((7,), 9)
    for number, origin in enumerate(result.origins):
        plan = plan_at(history, outlook, int(origin), 28)
        np.testing.assert_array_equal(plan.promo, np.hstack([history.promo, outlook.promo])[:, origin : origin + 28])
        made = forecasts.forecast(history.until(int(origin)), plan, request)
        np.testing.assert_array_equal(result.quantile[:, number], made.quantile[:, :1])
        np.testing.assert_array_equal(result.k[:, number], made.k[:, :1])
        np.testing.assert_array_equal(result.daily_mean[:, number], made.mean[:, :9])
        np.testing.assert_array_equal(result.day_quantile[:, number], made.day_quantile[:, :9])


def test_sold_out_and_unknown_days_did_not_come():
    history, outlook = world()
    result = backtest(history, outlook, ask(ROWS, method="window_average"), 2, 28, horizon=14)
    assert result.origins.tolist() == [178, 206]
    came = result.daily_actual
    assert np.isnan(came[3, 0, :2]).all()
    assert np.isnan(result.actual[3, 0]).all()
    np.testing.assert_array_equal(came[3, 0, 2:], history.quantity[3, 180:192])
    np.testing.assert_array_equal(result.actual[0, 0], np.cumsum(history.quantity[0, 178:192])[[6, 13]])
    late = backtest(history, outlook, ask(ROWS, method="window_average"), 1, 28, horizon=28)
    assert np.isnan(late.daily_actual[0, 0, 200 - 192])
    assert np.isnan(late.actual[0, 0, 1])
    assert np.isfinite(late.actual[0, 0, 0])


@pytest.mark.parametrize("engine", [forecasts.forecast, empirical_forecast])
def test_what_comes_after_an_origin_does_not_change_its_forecast(engine):
    """Demand and stock-outs; that this holds with the global model is tested beside it."""
    history, outlook = world()
    changed = replace(history, quantity=history.quantity.copy(), in_stock=history.in_stock.copy())
    changed.quantity[:, 201:] = 70.0
    changed.in_stock[:, 205:] = False
    one, two = (backtest(past, outlook, ask(ROWS), 4, 9, horizon=7, engine=engine) for past in (history, changed))
    before = one.origins <= 201
    assert before.sum() == 2
    for name in ("mu", "k", "quantile", "daily_mean", "day_quantile"):
        np.testing.assert_array_equal(getattr(one, name)[:, before], getattr(two, name)[:, before])
    assert not np.array_equal(one.mu[:, ~before], two.mu[:, ~before])


def test_a_recipe_learnt_once_forecasts_from_later_origins():
    history, outlook = world()
    request = ask(ROWS)
    recipe = forecasts.fit(history.until(178), plan_at(history, outlook, 178, 28), request)
    result = backtest(history, outlook, request, 2, 14, engine=partial(forecasts.predict, recipe))
    assert result.origins.tolist() == [178, 192]
    made = forecasts.predict(recipe, history.until(192), plan_at(history, outlook, 192, 28), request)
    np.testing.assert_array_equal(result.quantile[:, 1], made.quantile)


class Losing(Executor):
    """Loses some tasks, and in the end takes no more."""

    def __init__(self) -> None:
        self.asked, self.waiting, self.most = 0, 0, 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.asked += 1
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.asked > 6:
            raise BrokenExecutor("no worker left")
        return Late(self, partial(fn, *args, **kwargs), lost=self.asked in (2, 3))


class Late(Future):  # type: ignore[type-arg]
    """Does its work when it is asked for the result."""

    def __init__(self, executor: Losing, work, *, lost: bool) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self.executor, self.work, self.lost = executor, work, lost

    def result(self, timeout=None):  # type: ignore[no-untyped-def]
        self.executor.waiting -= 1
        if self.lost:
            raise CancelledError
        return self.work()


def test_any_executor_gives_the_same_and_lost_tasks_are_done_here():
    history, outlook = world()
    request, seen = ask(ROWS, method="window_average"), []
    plain = backtest(history, outlook, request, 8, 5, horizon=14)
    losing = Losing()
    same(
        plain, backtest(history, outlook, request, 8, 5, horizon=14, executor=losing, in_flight=3, progress=seen.append)
    )
    assert seen == list(range(1, 9))
    assert losing.asked == 8
    assert losing.most == 3
    with ThreadPoolExecutor(2) as two:
        same(plain, backtest(history, outlook, request, 8, 5, horizon=14, executor=two))


def test_an_error_of_a_forecast_is_not_taken_for_a_lost_task():
    history, outlook = world()
    with ThreadPoolExecutor(1) as one, pytest.raises(ValueError, match="unknown"):
        backtest(history, outlook, ask(ROWS, method="magic"), 2, 5, executor=one)


def test_origins_end_at_the_horizon_and_leave_a_past():
    assert origin_columns(100, 10, 3, 20).tolist() == [50, 70, 90]
    assert days_needed(10, 3, 20) == LEAST_PAST_DAYS + 50
    assert origin_columns(LEAST_PAST_DAYS + 50, 10, 3, 20)[0] == LEAST_PAST_DAYS
    with pytest.raises(ValueError, match="need 78 days of history, there are 77"):
        origin_columns(77, 10, 3, 20)
    for origins, step in ((0, 5), (2, 0)):
        with pytest.raises(ValueError, match="origins"):
            origin_columns(300, 10, origins, step)


@pytest.mark.parametrize("horizon", [0, 6, 29])
def test_the_horizon_lies_between_the_shortest_interval_and_the_request(horizon):
    with pytest.raises(ValueError, match=r"between the shortest protection interval, 7 days, and the request's 28"):
        backtest(*world(), ask(ROWS), 1, 7, horizon=horizon)
