"""Forecast arrays -> forecast table."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from supplychain.domain import DataSet
from supplychain.domain.sourcing import Sourcing
from supplychain.handover.forecasting import Forecast
from supplychain.plans.forecast_table import EFFECT_COLUMNS, ForecastTable

__all__ = ["forecast_table"]


def forecast_table(
    dataset: DataSet, sourcing: Sourcing, forecast: Forecast, *, effects: pd.DataFrame | None = None
) -> ForecastTable:
    """The forecast by item_id, site_id, date, protection interval and level, in the order of the rows.

    ``effects`` are those of ``forecast_effects``, where they are wanted.
    """
    keys = sourcing.row_keys()
    items = np.array([item for item, _ in keys], dtype=object)
    sites = np.array([site for _, site in keys], dtype=object)
    rows, horizon = forecast.mean.shape
    intervals, levels = len(forecast.protection_days), len(forecast.levels)
    dates = forecast.origin.astype("datetime64[D]") + np.arange(1, horizon + 1)
    ended = [_ended(dataset.items[item].ended, forecast.origin) for item in items]
    models = pd.DataFrame(
        {
            "item_id": items,
            "site_id": sites,
            "category": [dataset.items[item].category for item in items],
            "model": [model if end is None else "ended" for model, end in zip(forecast.model, ended, strict=True)],
            "why": [
                why if end is None else f"its last day on sale was {end}; nothing is expected after it"
                for why, end in zip(forecast.why, ended, strict=True)
            ],
        }
    )
    daily = pd.DataFrame(
        {
            "item_id": np.repeat(items, horizon),
            "site_id": np.repeat(sites, horizon),
            "date": np.tile(dates.astype("datetime64[s]"), rows),
            "mean": forecast.mean.ravel(),
            "variance": forecast.variance.ravel(),
        }
    )
    quantiles = pd.DataFrame(
        {
            "item_id": np.repeat(items, intervals * levels),
            "site_id": np.repeat(sites, intervals * levels),
            "protection_days": np.tile(np.repeat(np.array(forecast.protection_days), levels), rows),
            "expected": np.repeat(forecast.mu.ravel(), levels),
            "size": np.repeat(forecast.k.ravel(), levels),
            "level": np.tile(np.array(forecast.levels), rows * intervals),
            "quantile": forecast.quantile.ravel(),
        }
    )
    coverage = pd.DataFrame(
        {
            "protection_days": np.repeat(np.array(forecast.protection_days), levels),
            "level": np.tile(np.array(forecast.levels), intervals),
            "covered": forecast.coverage.ravel(),
        }
    )
    names = forecast.model_names
    members = pd.DataFrame(
        {
            "item_id": np.repeat(items, len(names)),
            "site_id": np.repeat(sites, len(names)),
            "member": list(names) * rows,
            "weight": forecast.weights.ravel(),
            "miss": forecast.miss.ravel() if forecast.miss.size else np.full(rows * len(names), np.nan),
        }
    )
    nothing = pd.DataFrame(columns=EFFECT_COLUMNS)
    return ForecastTable(models, daily, quantiles, coverage, members, nothing if effects is None else effects)


def _ended(day: date | None, origin: np.datetime64) -> date | None:
    """The last day on sale where it is over, else None."""
    return day if day is not None and np.datetime64(day, "D") <= origin.astype("datetime64[D]") else None
