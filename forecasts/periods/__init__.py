"""Forecasts of regular series by month, week or hour: arrays in, arrays out."""

from forecasts.periods.forecast import PeriodForecast, forecast_periods

__all__ = ["PeriodForecast", "forecast_periods"]
