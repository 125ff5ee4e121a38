"""What the forecast would have said some weeks ago, beside what came."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from forecasts.backtest import LEAST_PAST_DAYS, backtest, origin_columns, plan_at
from supplychain.handover.forecasting import ForecastInputs, fit, predict
from supplychain.plans.forecast_table import PAST_COLUMNS

__all__ = ["forecast_past"]

ORIGINS, STEP_DAYS = 3, 28
MOST_ROW_DAYS = 5_000_000
"""Rows times days above which a run is not burdened with it: what it costs is one more fit."""


def forecast_past(keys: Sequence[tuple[str, str]], inputs: ForecastInputs) -> pd.DataFrame:
    """Forecasts of the rows ``keys`` [N] at the last origins, four weeks apart, with ``PAST_COLUMNS``.

    The model is learnt once, from the days before the first origin, and reads its levels again at each later one, as
    a forecast does between two fits. Nothing of the days that it is held against was known to it.
    """
    history, request = inputs.history, inputs.request
    horizon = min(STEP_DAYS, request.horizon)
    origins = min(ORIGINS, (history.days - LEAST_PAST_DAYS - horizon) // STEP_DAYS + 1)
    if origins < 1 or history.rows * history.days > MOST_ROW_DAYS:
        return _typed(pd.DataFrame(columns=PAST_COLUMNS))
    first = int(origin_columns(history.days, horizon, origins, STEP_DAYS)[0])
    recipe = fit(
        history.until(first), plan_at(history, inputs.outlook, first, request.horizon), request, traits=inputs.traits
    )
    engine = partial(predict, recipe)
    test = backtest(history, inputs.outlook, request, origins, STEP_DAYS, horizon=horizon, engine=engine)
    start = history.first_day.astype("datetime64[D]")
    each = origins * horizon
    dates = start + (test.origins[:, None] + np.arange(horizon)).ravel()
    return _typed(
        pd.DataFrame(
            {
                "item_id": np.repeat(np.array([item for item, _ in keys], dtype=object), each),
                "site_id": np.repeat(np.array([site for _, site in keys], dtype=object), each),
                "origin": np.tile(np.repeat(start + test.origins - 1, horizon), len(keys)),
                "date": np.tile(dates, len(keys)),
                "mean": test.daily_mean.ravel(),
                "actual": test.daily_actual.ravel(),
            }
        )
    )


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    days = dict.fromkeys(("origin", "date"), "datetime64[s]")
    return frame.astype({**days, "mean": "float64", "actual": "float64"})
