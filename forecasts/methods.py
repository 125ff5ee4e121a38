"""The single models by name, and the fixed order in which a row falls back when its model fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from forecasts import statsforecast_, statsmodels_
from forecasts.intermittent import Adida, Croston, CrostonSba, Imapa, Tsb
from forecasts.naive import WEEK, SeasonalNaive, WindowAverage
from forecasts.prophet_ import load_prophet, prophet
from forecasts.protocol import Floats, Forecaster, History, Outlook
from forecasts.row_model import Attempt, RowModel
from forecasts.smoothing import Ses
from forecasts.state_space import sarimax, ucm

__all__ = ["AUTO", "COMBINED", "METHODS", "Served", "predict_mean", "predict_served"]

AUTO = "auto"
"""The combination, corrected by the global model where there are rows and days enough to learn from."""

COMBINED = (AUTO, "combination")
"""``combination`` leaves the global model out; every other name forces one model."""

TWO_WEEKS, THREE_WEEKS, FOUR_WEEKS = 2 * WEEK, 3 * WEEK, 4 * WEEK
"""Known days without which a weekly season cannot be told; with more parameters it takes more."""

METHODS: Mapping[str, Forecaster] = MappingProxyType(
    {
        model.name: model
        for model in (
            SeasonalNaive(),
            WindowAverage(),
            Ses(),
            Adida(),
            Imapa(),
            Croston(),
            CrostonSba(),
            Tsb(),
            RowModel("auto_ets", statsforecast_.auto_ets, TWO_WEEKS),
            RowModel("holt_winters", statsforecast_.holt_winters, THREE_WEEKS),
            RowModel("auto_ces", statsforecast_.auto_ces, THREE_WEEKS),
            RowModel("dynamic_optimized_theta", statsforecast_.dynamic_optimized_theta, TWO_WEEKS),
            RowModel("mstl", statsforecast_.mstl, THREE_WEEKS),
            RowModel("auto_arima", statsforecast_.auto_arima, FOUR_WEEKS),
            RowModel("statsmodels_ets", statsmodels_.ets, THREE_WEEKS),
            RowModel("statsmodels_theta", statsmodels_.theta, TWO_WEEKS),
            RowModel("ucm", ucm, FOUR_WEEKS),
            RowModel("sarimax", sarimax, FOUR_WEEKS),
            RowModel("prophet", prophet, FOUR_WEEKS, load_prophet),
        )
    }
)
FALLBACK = ("ses", "window_average")


@dataclass(frozen=True, slots=True)
class Served:
    """``mean`` [N,H], the ``model`` [N] that served each row, and the ``fault`` [N] of the one that was asked for.

    A fault is empty where that model did serve, or said nothing of why it did not.
    """

    mean: Floats
    model: tuple[str, ...]
    fault: tuple[str, ...]

    def why(self, method: str, reasons: tuple[str, ...]) -> tuple[str, ...]:
        """``reasons`` [N] for ``method``; of a row that another model served, that it did and why."""
        found = []
        for model, fault, reason in zip(self.model, self.fault, reasons, strict=True):
            because = f" ({fault})" if fault else ""
            failed = f"{method} gave no forecast for this row{because}, {model} did"
            found.append(reason if model == method else failed)
        return tuple(found)


def predict_served(method: str, history: History, outlook: Outlook, horizon: int, group_level: Floats) -> Served:
    """Mean by one model; rows on which it fails fall back down the fixed list, each by itself."""
    made = _attempt(METHODS[method], history, outlook, horizon)
    mean = made.mean
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
    return Served(np.maximum(mean, 0.0), tuple(str(name) for name in served), made.fault)


def predict_mean(
    method: str, history: History, outlook: Outlook, horizon: int, group_level: Floats
) -> tuple[Floats, tuple[str, ...]]:
    """Mean [N,H] by one model and the name of the model that served each row; see ``predict_served``."""
    served = predict_served(method, history, outlook, horizon, group_level)
    return served.mean, served.model


def _attempt(model: Forecaster, history: History, outlook: Outlook, horizon: int) -> Attempt:
    if isinstance(model, RowModel):
        return model.attempt(history, outlook, horizon)
    return Attempt(model.predict(history, outlook, horizon), ("",) * history.rows)
