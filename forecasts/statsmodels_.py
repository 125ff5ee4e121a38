"""Exponential smoothing by statsmodels, one row at a time; imported only when asked for."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass

import numpy as np

from forecasts.censor import filled
from forecasts.naive import WEEK
from forecasts.protocol import Floats, History, Outlook

__all__ = ["StatsmodelsEts"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StatsmodelsEts:
    """Additive error, damped trend, additive weekly season (Holt-Winters)."""

    name: str = "statsmodels_ets"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row on which the model fails."""
        from statsmodels.tsa.holtwinters import ExponentialSmoothing

        out = np.full((history.rows, horizon), np.nan)
        for row, series in enumerate(filled(history)):
            if series.size < 3 * WEEK:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # convergence remarks: the calibration judges the result
                    model = ExponentialSmoothing(
                        series, trend="add", damped_trend=True, seasonal="add", seasonal_periods=WEEK
                    )
                    out[row] = np.maximum(model.fit().forecast(horizon), 0.0)
            except Exception as error:  # noqa: BLE001 - whatever the library raises, the caller falls back and says so
                logger.info("row %d: statsmodels failed: %s", row, error)
        return out
