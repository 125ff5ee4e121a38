"""Events and price promotions on the day axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.items import Catalogue
from supplychain.datasets.china_south.sources import AS_OF, Days, parameter, read_source

__all__ = ["PromotionPlan", "build_events", "build_promotions", "event_factor"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PromotionPlan:
    """Price promotions: ``price`` [I,D] is NaN on ordinary days; ``table`` lists those known on as_of."""

    price: Floats
    table: pd.DataFrame


def build_events() -> pd.DataFrame:
    """The events table (all categories, China)."""
    calendar = read_source("calendar")
    calendar["country"] = "CN"
    return calendar[["name", "country", "from", "to", "phase"]].sort_values(["from", "name"], ignore_index=True)


def event_factor(catalogue: Catalogue, days: Days, rng: np.random.Generator) -> Floats:
    """Factor [I,D] of events on demand: category strength, spread by item, event and year."""
    calendar = read_source("calendar")
    factor = np.ones((catalogue.count, days.count))
    strength: dict[tuple[str, str], Floats] = {}
    gift = (catalogue.table["season"] == "gift").to_numpy()
    for row in calendar.itertuples(index=False):
        kind = "mega" if row.kind == "minor" else row.kind
        key = (row.name, row.to[:4])
        if key not in strength:
            strength[key] = np.exp(parameter("event_sigma") * rng.standard_normal(catalogue.count))
        logs = np.log(catalogue.category[f"{kind}_{row.phase}"].to_numpy()) * strength[key]
        if row.kind == "minor":
            logs = logs * parameter("minor_event_share")
        if row.kind == "spring" and row.phase == "presale":
            logs = logs + np.where(gift, parameter("season_gift"), 0.0)
        begin, end = max(days.index(row[2]), 0), min(days.index(row.to) + 1, days.count)
        if begin < end:
            factor[:, begin:end] *= np.exp(logs)[:, None]
    return factor


def build_promotions(catalogue: Catalogue, days: Days, rng: np.random.Generator) -> PromotionPlan:
    """Draw price promotions of 10 to 20 days, several a year an item, and those of 618 and 11.11."""
    price = np.full((catalogue.count, days.count), np.nan)
    rows: list[tuple[str, str, str, float]] = []
    for item in range(catalogue.count):
        for begin, end in _periods(catalogue, item, days, rng):
            depth = rng.uniform(parameter("promotion_depth_low"), parameter("promotion_depth_high"))
            known = rng.random() < parameter("known_promotion_share")
            if np.isfinite(price[item, begin : end + 1]).any():
                continue
            value = round(float(catalogue.price[item]) * (1 - depth), 1)
            price[item, begin : end + 1] = value
            if known and days.date[end] > AS_OF:
                first, last = (str(days.date[d]) for d in (begin, end))
                rows.append((catalogue.table["item_id"].iloc[item], first, last, value))
    table = pd.DataFrame(rows, columns=["item_id", "from", "to", "price"])
    return PromotionPlan(price=price, table=table.sort_values(["item_id", "from"], ignore_index=True))


def _periods(catalogue: Catalogue, item: int, days: Days, rng: np.random.Generator) -> list[tuple[int, int]]:
    """First and last day of the item's promotions, mega events first, inside its life."""
    periods = []
    for row in read_source("calendar").query("kind == 'mega' and phase == 'peak'").groupby("name", sort=True):
        for year in sorted(set(row[1]["from"].str[:4])):
            part = row[1][row[1]["from"].str[:4] == year]
            if rng.random() < parameter("mega_promotion_share"):
                periods.append((days.index(part["from"].min()), days.index(part["to"].max())))
    years = days.count / 365.25
    for _ in range(rng.poisson(catalogue.category["promotions_per_year"].iloc[item] * years)):
        begin = int(rng.integers(0, days.count))
        low, high = int(parameter("promotion_days_low")), int(parameter("promotion_days_high"))
        periods.append((begin, begin + int(rng.integers(low, high + 1)) - 1))
    first, last = max(int(catalogue.first[item]), 0), min(int(catalogue.last[item]), days.count - 1)
    return [(max(b, first), min(e, last)) for b, e in periods if max(b, first) <= min(e, last)]
