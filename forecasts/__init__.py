"""Demand forecasts: arrays in, forecast arrays out. Knows nothing of supply chains."""

from forecasts.learning import fit
from forecasts.prediction import forecast, predict
from forecasts.protocol import Forecast, Forecaster, History, Outlook, Request
from forecasts.recipe import Recipe

__all__ = ["Forecast", "Forecaster", "History", "Outlook", "Recipe", "Request", "fit", "forecast", "predict"]
