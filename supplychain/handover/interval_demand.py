"""Demand of intervals that start tomorrow, from a forecast that may be some days old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from forecasts.protocol import Forecast

__all__ = ["IntervalDemand", "pooled"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TAIL_DAYS = 28  # whole weeks: what lies beyond the horizon goes on like the forecast's last four weeks
_RATIO_LIMITS = (0.25, 4.0)  # a spread is carried over to a busier or quieter interval only within these


@dataclass(frozen=True)
class IntervalDemand:
    """A forecast seen ``offset`` days after its origin; cumulated means [N,H+1]."""

    forecast: Forecast
    offset: int
    cumulative: Floats

    @classmethod
    def seen_on(cls, forecast: Forecast, as_of: date | np.datetime64) -> IntervalDemand:
        """Look at ``forecast`` on the evening of ``as_of``; raises ValueError before its origin."""
        today = as_of.astype("datetime64[D]") if isinstance(as_of, np.datetime64) else np.datetime64(as_of, "D")
        offset = int((today - forecast.origin.astype("datetime64[D]")).astype(int))
        if offset < 0:
            raise ValueError(f"as_of {today}: before the forecast's origin {forecast.origin}")
        return cls(forecast, offset, _cumulated(forecast.mean))

    def mean(self, days: Ints) -> Floats:
        """Mean demand of the next ``days`` [N] days [N]."""
        return _window(self.cumulative, self.offset, days)

    def by_day(self, days: int) -> Floats:
        """Cumulated mean demand of the next 1 to ``days`` days [N,D]; beyond the last, the tail's average a day."""
        horizon, ahead = self.cumulative.shape[1] - 1, self.offset + np.arange(1, days + 1)
        end = np.minimum(ahead, horizon)
        total: Floats = self.cumulative[:, end] - self.cumulative[:, [min(self.offset, horizon)]]
        beyond = ahead - np.maximum(end, self.offset)
        return total + beyond * _tail_daily(self.cumulative)[:, None] if (beyond > 0).any() else total

    def variance(self, days: Ints) -> Floats:
        """Variance of the next ``days`` [N] days, days taken as independent [N]."""
        return _window(self._cumulative_variance, self.offset, days)

    @cached_property
    def _cumulative_variance(self) -> Floats:
        return _cumulated(self.forecast.variance)

    def deviation(self, days: Ints, mean: Floats) -> Floats:
        """Calibrated quantiles less the mean of the next ``days`` [N] days [N,Q].

        Between protection intervals the quantiles and mu are interpolated; outside, the spread grows with the square
        root of time. It is scaled with ``mean`` [N] over mu, so that a coming event widens it.
        """
        grid = np.asarray(self.forecast.protection_days, np.float64)
        spread = self.forecast.quantile - self.forecast.mu[:, :, None]
        rows = np.arange(days.size)
        inside = np.clip(days.astype(np.float64), grid[0], grid[-1])
        upper = np.minimum(np.searchsorted(grid, inside), grid.size - 1)
        lower = np.maximum(upper - 1, 0)
        width = np.where(upper > lower, grid[upper] - grid[lower], 1.0)
        share = np.where(upper > lower, (inside - grid[lower]) / width, 1.0)
        below, above = spread[rows, lower], spread[rows, upper]
        mu = (1.0 - share) * self.forecast.mu[rows, lower] + share * self.forecast.mu[rows, upper]
        growth = days / np.maximum(inside, 1e-9)
        ratio = np.where(mu * growth > 1e-9, mean / np.maximum(mu * growth, 1e-9), 1.0)
        factor = np.sqrt(growth) * np.clip(ratio, *_RATIO_LIMITS)
        deviation: Floats = (below + share[:, None] * (above - below)) * factor[:, None]
        return deviation

    def normal_scores(self) -> Floats:
        """Standard normal quantiles of the forecast's levels [Q]."""
        scores: Floats = ndtri(np.asarray(self.forecast.levels, np.float64))
        return scores


def pooled(own: Floats, children: Floats, parent: Ints) -> Floats:
    """Spread of sums of independent demands [N,Q]: squares add, signs kept.

    ``children`` [K,Q] are added to the rows ``parent`` [K] of ``own`` [N,Q].
    """
    square = np.sign(own) * own**2
    np.add.at(square, parent, np.sign(children) * children**2)
    result: Floats = np.sign(square) * np.sqrt(np.abs(square))
    return result


def _cumulated(values: Floats) -> Floats:
    cumulative = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=cumulative[:, 1:])
    return cumulative


def _window(cumulative: Floats, offset: int, days: Ints) -> Floats:
    """Sum over the columns offset .. offset + days - 1 of each row; beyond the last, the tail's average a day."""
    horizon = cumulative.shape[1] - 1
    rows = np.arange(days.size)
    start = min(offset, horizon)
    end = np.minimum(offset + days, horizon)
    total = cumulative[rows, end] - cumulative[rows, start]
    beyond = offset + days - np.maximum(end, offset)
    if (beyond > 0).any():
        total = total + beyond * _tail_daily(cumulative)
    result: Floats = total
    return result


def _tail_daily(cumulative: Floats) -> Floats:
    """Mean demand a day of the forecast's last weeks [N]."""
    horizon = cumulative.shape[1] - 1
    tail = min(_TAIL_DAYS, horizon)
    daily: Floats = (cumulative[:, horizon] - cumulative[:, horizon - tail]) / tail
    return daily
