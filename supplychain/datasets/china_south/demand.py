"""The synthetic demand that customers really have; what they could buy comes out of ``company``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.calendar import PromotionPlan
from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.sources import Days, parameter

__all__ = ["draw_demand", "item_level", "zone_share"]

Floats = npt.NDArray[np.float64]


def zone_share(catalogue: Catalogue, census: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Share [I,Z] of each zone in an item's demand: people x tier index x category's tier x local taste."""
    tiers = census["tier"].to_numpy()
    index = np.array([parameter(f"tier_index_{tier}") for tier in tiers])
    people = census["represents_population"].to_numpy() * index
    by_tier = np.stack([catalogue.category[tier].to_numpy() for tier in tiers], axis=1)
    regions, region = np.unique(census["province"].to_numpy(), return_inverse=True)
    taste = np.exp(parameter("taste_sigma") * rng.standard_normal((catalogue.count, regions.size)))
    weight = people[None, :] * by_tier * taste[:, region]
    share: Floats = weight / weight.sum(axis=1, keepdims=True)
    return share


def item_level(
    catalogue: Catalogue, days: Days, promotions: PromotionPlan, *, events: Floats, rng: np.random.Generator
) -> Floats:
    """Expected units [I,D] of each item over all zones."""
    count = days.count
    year = (np.arange(count) - days.history) / 365.25
    trend = np.exp(parameter("trend_sigma") * rng.standard_normal(catalogue.count)[:, None] * year)
    weekday = catalogue.category[["mon", "tue", "wed", "thu", "fri", "sat", "sun"]].to_numpy()[:, days.weekday - 1]
    level = catalogue.units[:, None] * trend * weekday * events * _season(catalogue, days)
    elasticity = catalogue.category["elasticity"].to_numpy()[:, None]
    ratio = promotions.price / catalogue.price[:, None]
    level = level * np.where(np.isfinite(ratio), np.where(np.isfinite(ratio), ratio, 1.0) ** -elasticity, 1.0)
    full: Floats = level * _life(catalogue, days) * _noise(catalogue.count, count, rng)
    return full


def _season(catalogue: Catalogue, days: Days) -> Floats:
    general, in_summer, in_winter = (
        np.cos(2 * np.pi * (days.day_of_year - parameter(f"{peak}_peak_day")) / 365.25)
        for peak in ("general", "summer", "winter")
    )
    season = catalogue.table["season"].to_numpy()
    summer = np.where(season == "summer", parameter("season_summer"), 0.0)[:, None]
    winter = np.where(season == "winter", parameter("season_winter"), 0.0)[:, None]
    slow = catalogue.category["season_amplitude"].to_numpy()[:, None]
    logs = slow * general + summer * in_summer
    factor: Floats = np.exp(logs + winter * in_winter)
    return np.asarray(factor / factor[:, -365:].mean(axis=1, keepdims=True))


def _life(catalogue: Catalogue, days: Days) -> Floats:
    """Ramp after the introduction, decline before the end, zero outside."""
    day = np.arange(days.count)[None, :]
    first, last = catalogue.first[:, None], catalogue.last[:, None]
    rising = np.clip((day - first + 1) / parameter("ramp_days"), parameter("ramp_from"), 1.0)
    ramp = np.where(first >= 0, rising, 1.0)
    decline = np.clip((last - day + 1) / parameter("decline_days"), parameter("decline_to"), 1.0)
    life: Floats = ramp * decline * ((day >= first) & (day <= last))
    return life


def _noise(items: int, count: int, rng: np.random.Generator) -> Floats:
    """Weekly autoregressive level and a daily shock, mean about one."""
    weeks = count // 7 + 1
    memory = parameter("level_noise_memory")
    level = np.zeros((items, weeks))
    draw = parameter("level_noise_sigma") * rng.standard_normal((items, weeks))
    for week in range(1, weeks):
        level[:, week] = memory * level[:, week - 1] + draw[:, week]
    daily = parameter("day_noise_sigma") * rng.standard_normal((items, count))
    return np.exp(np.repeat(level, 7, axis=1)[:, :count] + daily)


def draw_demand(
    catalogue: Catalogue,
    census: pd.DataFrame,
    days: Days,
    *,
    level: Floats,
    share: Floats,
    rng: np.random.Generator,
) -> Iterator[npt.NDArray[np.int16]]:
    """Yield units [Z,D] item by item: gamma-Poisson order lines, each of one or more units."""
    year = (np.arange(days.count) - days.history) / 365.25
    outer = census["tier"].isin(["county_town", "rural"]).to_numpy()
    growth = np.where(outer[:, None], np.exp(parameter("rural_trend") * (year - 1.0))[None, :], 1.0)
    for item in range(catalogue.count):
        row = catalogue.category.iloc[item]
        mean = level[item][None, :] * share[item][:, None] * growth
        lines_mean = mean / row["line_units"]
        shape = row["dispersion"]
        lines = rng.poisson(lines_mean * rng.gamma(shape, 1.0 / shape, size=mean.shape))
        some = lines > 0
        units = lines.copy()
        units[some] += rng.negative_binomial(lines[some], 1.0 / row["line_units"])
        yield units.astype(np.int16)
