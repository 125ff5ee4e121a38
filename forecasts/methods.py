"""The single models by name, and the fixed order in which a row falls back when its model fails."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from forecasts.intermittent import Adida, CrostonSba, Imapa, Tsb
from forecasts.naive import SeasonalNaive, WindowAverage
from forecasts.prophet_ import Prophet
from forecasts.protocol import Floats, Forecaster, History, Outlook
from forecasts.smoothing import Ses
from forecasts.statsforecast_ import AutoEts, DynamicOptimizedTheta
from forecasts.statsmodels_ import StatsmodelsEts

__all__ = ["AUTO", "COMBINED", "METHODS", "predict_mean"]

AUTO = "auto"
"""The combination, corrected by the global model where there are rows and days enough to learn from."""

COMBINED = (AUTO, "combination")
"""``combination`` leaves the global model out; every other name forces one model."""

METHODS: Mapping[str, Forecaster] = MappingProxyType(
    {
        model.name: model
        for model in (
            SeasonalNaive(),
            WindowAverage(),
            Ses(),
            Adida(),
            Imapa(),
            CrostonSba(),
            Tsb(),
            AutoEts(),
            DynamicOptimizedTheta(),
            StatsmodelsEts(),
            Prophet(),
        )
    }
)
FALLBACK = ("ses", "window_average")


def predict_mean(
    method: str, history: History, outlook: Outlook, horizon: int, group_level: Floats
) -> tuple[Floats, tuple[str, ...]]:
    """Mean [N,H] by one model and the name of the model that served each row; falls back where it gives NaN."""
    mean = METHODS[method].predict(history, outlook, horizon)
    served = np.full(history.rows, method, dtype=object)
    for name in FALLBACK:
        failed = np.asarray(~np.isfinite(mean).all(axis=1))
        if not failed.any():
            break
        other = METHODS[name].predict(history, outlook, horizon)
        mean = np.where(failed[:, None], other, mean)
        served[failed] = name
    failed = np.asarray(~np.isfinite(mean).all(axis=1))
    mean = np.where(failed[:, None], group_level[:, None], mean)
    served[failed] = "group_level"
    return np.maximum(mean, 0.0), tuple(str(name) for name in served)
