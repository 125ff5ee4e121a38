"""Prophet, one row at a time; an extra that is imported only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecasts.protocol import Floats
from forecasts.regressors import Regressors, regressors_of
from forecasts.row_model import Row

__all__ = ["ProphetFit", "fit_prophet", "load_prophet", "prophet"]

SEED = 1
"""Of Stan; the search for the best fit starts from fixed values all the same."""


@dataclass(frozen=True, slots=True)
class ProphetFit:
    """A fitted row: prophet's own table of components over T+H days; coefficients [K] of the regressors.

    Where ``multiplies``, season and regressors are shares of the trend, else units a day.
    """

    regressors: Regressors
    coefficient: Floats
    table: pd.DataFrame
    multiplies: bool


def fit_prophet(row: Row) -> ProphetFit:
    """Trend, weekly and yearly season, price, promotion and events (Taylor and Letham 2018).

    Effects multiply the trend where every known day sold something, else they add to it. Raises ImportError without
    the extra.
    """
    model_class = load_prophet()
    regressors = regressors_of(row)
    multiplies = bool((row.quantity[row.known] > 0).all())
    dates = pd.date_range(pd.Timestamp(row.first_day), periods=row.days + row.horizon, freq="D")
    columns = [f"regressor_{k}" for k in range(len(regressors.name))]  # an event may be called like a part of prophet
    frame = pd.DataFrame(regressors.values, columns=columns, index=dates).rename_axis("ds").reset_index()
    past = frame.iloc[: row.days].assign(y=row.quantity)[row.known]
    # uncertainty_samples=0: its intervals would draw from the global generator.
    mode = "multiplicative" if multiplies else "additive"
    model = model_class(uncertainty_samples=0, daily_seasonality=False, seasonality_mode=mode)
    for column in columns:
        model.add_regressor(column, standardize=False)
    model.fit(past, seed=SEED)
    return ProphetFit(regressors, _coefficients(model, columns), model.predict(frame), multiplies)


def prophet(row: Row) -> Floats:
    """Mean of the days ahead [H]. Raises ImportError without the extra."""
    return np.asarray(fit_prophet(row).table["yhat"].to_numpy(dtype=np.float64)[row.days :])


def load_prophet() -> Any:
    """The class of the library; raises ImportError that says what to install."""
    try:
        from prophet import Prophet
    except ImportError as error:
        raise ImportError(
            "forecast.method prophet needs the extra: pip install 'supplychain-toolkit[prophet]'"
        ) from error
    return Prophet


def _coefficients(model: Any, columns: list[str]) -> Floats:
    """Coefficients [K] of the regressors, in shares of the trend or in units a day."""
    if not columns:
        return np.zeros(0)
    from prophet.utilities import regressor_coefficients

    table = regressor_coefficients(model).set_index("regressor")
    return np.asarray(table.loc[columns, "coef"].to_numpy(dtype=np.float64))
