"""Two regressions with structured errors by statsmodels: unobserved components, and seasonal ARIMA."""

from __future__ import annotations

from typing import Any

from forecasts.naive import WEEK
from forecasts.protocol import Floats
from forecasts.regression import Regression, fit_regression
from forecasts.regressors import regressors_of, with_weekdays
from forecasts.row_model import Row

__all__ = ["ORDER", "fit_sarimax", "fit_ucm", "sarimax", "ucm"]

ORDER = (1, 1, 1)
"""Of the errors: differenced once, so that the level may move, with one autoregressive and one moving average term."""


def fit_ucm(row: Row) -> Regression:
    """A level that walks at random, a weekly season that may change, and what is known ahead (Harvey 1989)."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    def build(series: Floats) -> Any:
        return UnobservedComponents(series, level="llevel", seasonal=WEEK)

    return fit_regression(build, row.quantity, regressors_of(row))


def fit_sarimax(row: Row) -> Regression:
    """What is known ahead and six weekday terms, with ARIMA errors of ``ORDER`` (Box and Jenkins 1970)."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    def build(series: Floats) -> Any:
        return SARIMAX(series, order=ORDER)

    return fit_regression(build, row.quantity, with_weekdays(regressors_of(row), row.first_day))


def ucm(row: Row) -> Floats:
    """Mean of the days ahead [H] by unobserved components."""
    return fit_ucm(row).mean[row.days :]


def sarimax(row: Row) -> Floats:
    """Mean of the days ahead [H] by a regression with ARIMA errors."""
    return fit_sarimax(row).mean[row.days :]
