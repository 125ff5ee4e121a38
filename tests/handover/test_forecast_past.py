"""Forecasts some weeks ago: learnt from the days before them, and only where a run can afford it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forecasts.backtest import plan_at
from supplychain.handover import forecast_past as module
from supplychain.handover.forecast_past import forecast_past
from supplychain.handover.forecasting import ForecastInputs, fit, predict
from supplychain.plans.forecast_table import PAST_COLUMNS
from supplychain.reports.past_errors import past_errors
from tests.forecasts.made_up import ask, inputs, weekly_demand

KEYS = [("a", "X"), ("b", "X"), ("a", "Y")]


def asked(days: int, **more: object) -> ForecastInputs:
    quantity, _ = weekly_demand(3, days, seed=8)
    quantity[1, -5] = np.nan
    history, outlook = inputs(quantity)
    return ForecastInputs(history, outlook, replace(ask(3, method="window_average"), **more))


def test_one_model_of_the_days_before_forecasts_all_windows():
    given = asked(200)
    table = forecast_past(KEYS, given)
    assert list(table.columns) == PAST_COLUMNS
    assert len(table) == 3 * 3 * 28
    history, outlook, request = given.history, given.outlook, given.request
    recipe = fit(history.until(116), plan_at(history, outlook, 116, 28), request)
    own = table[table["item_id"].eq("b")]
    origins = sorted(own["origin"].unique())
    assert [str(day)[:10] for day in origins] == ["2023-06-24", "2023-07-22", "2023-08-19"]
    for number, origin in enumerate((116, 144, 172)):
        made = predict(recipe, history.until(origin), plan_at(history, outlook, origin, 28), request)
        window = own[own["origin"].eq(origins[number])]
        np.testing.assert_array_equal(window["mean"], made.mean[1])
        np.testing.assert_array_equal(window["actual"], history.quantity[1, origin : origin + 28])
        assert window["date"].iloc[0] == origins[number] + pd.Timedelta(days=1)


@pytest.mark.parametrize(("days", "windows"), [(55, 0), (56, 1), (84, 2), (400, 3)])
def test_as_many_windows_as_the_history_has(days: int, windows: int):
    table = forecast_past(KEYS, asked(days))
    assert table["origin"].nunique() == windows
    assert list(table.columns) == PAST_COLUMNS
    assert table["date"].dtype == table["origin"].dtype == "datetime64[s]"


def test_large_runs_are_not_burdened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_ROW_DAYS", 3 * 200 - 1)
    assert forecast_past(KEYS, asked(200)).empty


def test_errors_leave_out_unknown_days():
    past = forecast_past(KEYS, asked(200))
    own = past[past["item_id"].eq("b")]
    lines = past_errors(own)
    assert lines["known_days"].tolist() == [28, 28, 27]
    last = own[own["origin"].eq(own["origin"].max())].dropna(subset=["actual"])
    assert lines["came"].iloc[2] == pytest.approx(last["actual"].sum())
    assert lines["expected"].iloc[2] == pytest.approx(last["mean"].sum())
    np.testing.assert_allclose(lines["error"], lines["expected"] - lines["came"])
    np.testing.assert_allclose(lines["error_share"], lines["error"] / lines["came"])
    nothing = past_errors(own.assign(actual=np.nan))
    assert nothing["came"].tolist() == [0.0, 0.0, 0.0]
    assert nothing["error_share"].isna().all()
    assert past_errors(own.head(0)).empty
