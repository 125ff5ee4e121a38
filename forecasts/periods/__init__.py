"""Forecasts of regular series by month, week or hour: arrays in, arrays out."""

from forecasts.periods.forecast import PeriodForecast, forecast_periods
from forecasts.periods.sums import SumForecast, forecast_sums

__all__ = ["PeriodForecast", "SumForecast", "forecast_periods", "forecast_sums"]
