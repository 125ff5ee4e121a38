"""Exponential smoothing and theta by statsmodels; imported only when asked for."""

from __future__ import annotations

import numpy as np

from forecasts.naive import WEEK
from forecasts.protocol import Floats
from forecasts.row_model import Row

__all__ = ["ets", "theta"]


def ets(row: Row) -> Floats:
    """Additive error, damped trend, additive weekly season (Holt-Winters); mean of the days ahead [H]."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    model = ExponentialSmoothing(row.filled, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK)
    return np.asarray(model.fit().forecast(row.horizon))


def theta(row: Row) -> Floats:
    """Theta (Assimakopoulos and Nikolopoulos 2000) on demand without its weekly season; mean of the days ahead [H]."""
    from statsmodels.tsa.forecasting.theta import ThetaModel

    model = ThetaModel(row.filled, period=WEEK, method="additive", use_test=False)
    return np.asarray(model.fit(disp=False).forecast(row.horizon))
