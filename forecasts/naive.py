"""The guard rails: last week again, and the mean of a recent window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.protocol import Floats, History, Outlook

__all__ = ["SeasonalNaive", "WindowAverage"]

WEEK = 7


@dataclass(frozen=True, slots=True)
class SeasonalNaive:
    """Each weekday as it last was known; a weekday never known takes the mean of the others."""

    name: str = "seasonal_naive"

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Mean, shape [N,H]; NaN for a row without any observation."""
        usable = history.in_stock & np.isfinite(history.quantity)
        last = np.full((history.rows, WEEK), np.nan)
        days = history.days
        for ahead in range(WEEK):
            columns = np.arange((days + ahead) % WEEK, days, WEEK)
            if columns.size == 0:
                continue
            known = usable[:, columns]
            newest = columns.size - 1 - np.argmax(known[:, ::-1], axis=1)
            value = history.quantity[np.arange(history.rows), columns[newest]]
            last[:, ahead] = np.where(known.any(axis=1), value, np.nan)
        count = np.isfinite(last).sum(axis=1)
        with np.errstate(invalid="ignore"):
            average = np.where(count > 0, np.nansum(last, axis=1) / np.maximum(count, 1), np.nan)
        week = np.where(np.isfinite(last), last, average[:, None])
        return week[:, np.arange(horizon) % WEEK]


@dataclass(frozen=True, slots=True)
class WindowAverage:
    """Mean of the last ``window`` known days."""

    name: str = "window_average"
    window: int = 56

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; NaN for a row without any observation."""
        usable = history.in_stock & np.isfinite(history.quantity)
        newest_first = np.cumsum(usable[:, ::-1], axis=1)[:, ::-1]
        taken = usable & (newest_first <= self.window)
        count = taken.sum(axis=1)
        total = np.where(taken, history.quantity, 0.0).sum(axis=1)
        level = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return np.repeat(level[:, None], horizon, axis=1)
