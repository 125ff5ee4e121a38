"""A forecast as tables that people and programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

__all__ = [
    "EFFECT_COLUMNS",
    "LEVEL_COLUMNS",
    "LOST_COLUMNS",
    "MEMBER_COLUMNS",
    "OVERRIDE_COLUMNS",
    "PAST_COLUMNS",
    "ForecastTable",
]

MEMBER_COLUMNS = ["item_id", "site_id", "member", "weight", "miss"]
EFFECT_COLUMNS = ["item_id", "site_id", "kind", "name", "first", "last", "factor"]
LEVEL_COLUMNS = ["of", "name", "protection_days", "expected", "direct", "level", "quantile"]
LOST_COLUMNS = ["item_id", "site_id", "days", "sold_out_days", "lost_units", "lost_margin"]
PAST_COLUMNS = ["item_id", "site_id", "origin", "date", "mean", "actual"]
OVERRIDE_COLUMNS = ["item_id", "site_id", "date", "who", "why", "model", "overridden", "actual"]


@dataclass(frozen=True)
class ForecastTable:
    """Forecast of every (item, stocking site) from one evening.

    ``models``: item_id, site_id, category, model, why. ``daily``: item_id, site_id, date, mean, variance (units a
    day). ``quantiles``: item_id, site_id, protection_days, expected, size (negative binomial k, infinite is Poisson),
    level, quantile: demand over the protection interval that starts tomorrow. ``coverage``: protection_days, level,
    covered: the share of past origins at or below the quantile. ``members``: ``MEMBER_COLUMNS``: weight of each member
    of a row's combination and its absolute error over past origins as a share of demand. ``effects``:
    ``EFFECT_COLUMNS``: what events, promotions and the planner's changes make of daily demand from first to last
    day (a factor; of planner's units a day, units). ``lost``: ``LOST_COLUMNS``: on how many of the last ``days`` a row
    was sold out, the units estimated to be lost by it, and their price less unit cost (base currency).
    ``levels``: ``LEVEL_COLUMNS``: demand of the nation, each region (of the stocking site) and category (``of`` says
    which) over protection intervals: ``expected`` is the sum of the rows, ``direct`` what the sum's own history says;
    the quantiles belong to it.
    ``overrides``: ``OVERRIDE_COLUMNS``: each overridden day ahead with the mean of the model alone and after the
    override, each one past with the demand known by now (units).
    ``past``: ``PAST_COLUMNS``: what the model alone would have said at origins (last days known) some weeks ago for the
    days after each, learnt from the days before the first of them, and what came: none where the row was sold out or
    nothing is recorded. Empty where the history is too short to try, or too large for every run.
    """

    models: pd.DataFrame
    daily: pd.DataFrame
    quantiles: pd.DataFrame
    coverage: pd.DataFrame
    members: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=MEMBER_COLUMNS))
    effects: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=EFFECT_COLUMNS))
    lost: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LOST_COLUMNS))
    levels: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=LEVEL_COLUMNS))
    overrides: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=OVERRIDE_COLUMNS))
    past: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PAST_COLUMNS))

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which a run keeps them."""
        return {
            "forecast_models": self.models,
            "forecast": self.daily,
            "forecast_quantiles": self.quantiles,
            "forecast_coverage": self.coverage,
            "forecast_members": self.members,
            "forecast_effects": self.effects,
            "lost_sales_past": self.lost,
            "forecast_levels": self.levels,
            "forecast_overrides": self.overrides,
            "forecast_past": self.past,
        }

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> ForecastTable:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(
            models=tables["forecast_models"],
            daily=tables["forecast"],
            quantiles=tables["forecast_quantiles"],
            coverage=tables["forecast_coverage"],
            members=tables["forecast_members"],
            effects=tables["forecast_effects"],
            lost=tables["lost_sales_past"],
            levels=tables["forecast_levels"],
            overrides=tables["forecast_overrides"],
            past=tables["forecast_past"],
        )
