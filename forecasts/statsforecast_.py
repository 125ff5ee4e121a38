"""Nixtla's statsforecast models, one row at a time; imported only when asked for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecasts.censor import filled
from forecasts.naive import WEEK
from forecasts.protocol import Floats, History, Outlook

__all__ = ["AutoEts", "DynamicOptimizedTheta"]

logger = logging.getLogger(__name__)

SHORTEST = 2 * WEEK
"""Observations below which a weekly season cannot be told."""


def _forecast_rows(model: Any, history: History, horizon: int) -> Floats:
    out = np.full((history.rows, horizon), np.nan)
    for row, series in enumerate(filled(history)):
        if series.size < SHORTEST:
            continue
        try:
            out[row] = np.maximum(model.forecast(y=series, h=horizon)["mean"], 0.0)
        except Exception as error:  # noqa: BLE001 - whatever the library raises, the caller falls back and says so
            logger.info("row %d: %s failed: %s", row, type(model).__name__, error)
    return out


@dataclass(frozen=True, slots=True)
class AutoEts:
    """Exponential smoothing state space model chosen by AICc, weekly season."""

    name: str = "auto_ets"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row on which the model fails."""
        from statsforecast.models import AutoETS

        return _forecast_rows(AutoETS(season_length=WEEK), history, horizon)


@dataclass(frozen=True, slots=True)
class DynamicOptimizedTheta:
    """Dynamic optimised theta model (Fiorucci et al. 2016), weekly season."""

    name: str = "dynamic_optimized_theta"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row on which the model fails."""
        from statsforecast.models import DynamicOptimizedTheta as Model

        return _forecast_rows(Model(season_length=WEEK), history, horizon)
