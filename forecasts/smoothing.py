"""Simple exponential smoothing of demand over expected exposure.

``total`` is demand and ``exposure`` the seasonal factor of the same days; their smoothed sums' ratio is the level per
unit of factor. With a constant exposure of 1 this is textbook SES started at the first observation (Brown 1959;
Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 8.1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.protocol import Floats, History, Outlook

__all__ = ["Ses", "golden_alpha", "observed_series", "smoothed"]

GOLDEN = 0.6180339887498949
TOLERANCE = 1e-4


@compiled
def smoothed(total: Floats, exposure: Floats, alpha: float) -> float:
    """Level after the last observation."""
    share = total[0] / alpha
    weight = exposure[0] / alpha
    for i in range(1, total.size):
        share = (1.0 - alpha) * share + total[i]
        weight = (1.0 - alpha) * weight + exposure[i]
    return share / weight if weight > 0.0 else 0.0


@compiled
def squared_error(total: Floats, exposure: Floats, alpha: float) -> float:
    """Sum of squared one-step errors."""
    share = total[0] / alpha
    weight = exposure[0] / alpha
    loss = 0.0
    for i in range(1, total.size):
        level = share / weight if weight > 0.0 else 0.0
        error = total[i] - level * exposure[i]
        loss += error * error
        share = (1.0 - alpha) * share + total[i]
        weight = (1.0 - alpha) * weight + exposure[i]
    return loss


@compiled
def golden_alpha(total: Floats, exposure: Floats, low: float, high: float) -> float:
    """Smoothing weight with the least one-step squared error in [low, high], by golden section."""
    left = high - GOLDEN * (high - low)
    right = low + GOLDEN * (high - low)
    loss_left = squared_error(total, exposure, left)
    loss_right = squared_error(total, exposure, right)
    while high - low > TOLERANCE:
        if loss_left <= loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - GOLDEN * (high - low)
            loss_left = squared_error(total, exposure, left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + GOLDEN * (high - low)
            loss_right = squared_error(total, exposure, right)
    return 0.5 * (low + high)


def observed_series(history: History) -> list[Floats]:
    """Each row's known and uncensored demand in order of time; days that are neither are left out."""
    usable = history.in_stock & np.isfinite(history.quantity)
    return [packed(row[mask]) for row, mask in zip(history.quantity, usable, strict=True)]


@dataclass(frozen=True, slots=True)
class Ses:
    """Simple exponential smoothing; the weight of each row is fitted within the bounds."""

    name: str = "ses"
    low: float = 0.01
    high: float = 0.99

    def predict(self, history: History, outlook: Outlook, horizon: int) -> Floats:
        """Flat mean, shape [N,H]; a row without any observation is NaN."""
        level = np.full(history.rows, np.nan)
        for row, series in enumerate(observed_series(history)):
            if series.size:
                ones = np.ones_like(series)
                level[row] = smoothed(series, ones, golden_alpha(series, ones, self.low, self.high))
        return np.repeat(level[:, None], horizon, axis=1)
