"""A forecast as tables that people and programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

__all__ = ["ForecastTable"]


@dataclass(frozen=True)
class ForecastTable:
    """Forecast of every (item, stocking site) from one evening.

    ``models``: item_id, site_id, category, model, why. ``daily``: item_id, site_id, date, mean, variance (units a
    day). ``quantiles``: item_id, site_id, protection_days, expected, size (negative binomial k, infinite is Poisson),
    level, quantile: demand over the protection interval that starts tomorrow. ``coverage``: protection_days, level,
    covered: the share of past origins at or below the quantile.
    """

    models: pd.DataFrame
    daily: pd.DataFrame
    quantiles: pd.DataFrame
    coverage: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {
            "forecast_models": self.models,
            "forecast": self.daily,
            "forecast_quantiles": self.quantiles,
            "forecast_coverage": self.coverage,
        }

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> ForecastTable:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(
            models=tables["forecast_models"],
            daily=tables["forecast"],
            quantiles=tables["forecast_quantiles"],
            coverage=tables["forecast_coverage"],
        )
