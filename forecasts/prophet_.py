"""Prophet, one row at a time; an extra that is imported only when asked for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecasts.censor import usable_days
from forecasts.protocol import Floats, History, Outlook

__all__ = ["Prophet"]

SHORTEST = 28


@dataclass(frozen=True, slots=True)
class Prophet:
    """Trend, weekly and yearly season, and the outlook's events as regressors (Taylor and Letham 2018)."""

    name: str = "prophet"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row on which the model fails. Raises ImportError without the extra."""
        try:
            from prophet import Prophet as Model
        except ImportError as error:
            raise ImportError(
                "forecast.method prophet needs the extra: pip install 'supplychain-toolkit[prophet]'"
            ) from error
        logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
        dates = pd.date_range(pd.Timestamp(history.first_day), periods=history.days + horizon, freq="D")
        usable = usable_days(history)
        out = np.full((history.rows, horizon), np.nan)
        for row in range(history.rows):
            if usable[row].sum() >= SHORTEST:
                frame = _frame(history, outlook, row, dates)
                out[row] = _one(Model, frame, usable[row], outlook.event_names)
        return out


def _frame(history: History, outlook: Outlook, row: int, dates: pd.DatetimeIndex) -> pd.DataFrame:
    frame = pd.DataFrame({"ds": dates})
    frame["y"] = np.nan
    frame.loc[: history.days - 1, "y"] = history.quantity[row]
    events = outlook.events[history.group[row]]
    for number, name in enumerate(outlook.event_names):
        frame[name] = events[number, : len(dates)]
    frame["price_ratio"] = np.concatenate([history.price_ratio[row], outlook.price_ratio[row]])[: len(dates)]
    frame["promo"] = np.concatenate([history.promo[row], outlook.promo[row]])[: len(dates)]
    return frame


def _one(model_class: Any, frame: pd.DataFrame, known: Any, event_names: tuple[str, ...]) -> Floats | float:
    past = frame.iloc[: known.size][known]
    # uncertainty_samples=0: its intervals would draw from the global generator.
    model = model_class(uncertainty_samples=0, daily_seasonality=False)
    for name in (*event_names, "price_ratio", "promo"):
        if past[name].nunique() > 1:
            model.add_regressor(name)
    try:
        model.fit(past)
        ahead = model.predict(frame.iloc[known.size :])
    except Exception:  # noqa: BLE001 - whatever the library raises for a series, the caller falls back and says so
        return float("nan")
    return np.asarray(np.maximum(ahead["yhat"].to_numpy(dtype=np.float64), 0.0))
