"""More places than the census table has: further Chinese towns of GeoNames, whose rural halves are assumptions."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from supplychain.datasets.china_south.lanes import inner_km
from supplychain.datasets.china_south.places import geonames_cities, read_census
from supplychain.datasets.china_south.sources import parameter, read_source
from supplychain.errors import UsageError
from supplychain.tables.lane_rule import great_circle_matrix

__all__ = ["wider_census"]

_DC_SEATS = ("1796236", "1809858")
"""Shanghai and Guangzhou, from which remoteness is measured."""
_ASSUMED = {
    "C": "tier|area_km2|density_per_km2",
    "T": "tier|area_km2|density_per_km2",
    "R": "tier|remote|population|area_km2|density_per_km2",
}


def wider_census(places: int) -> pd.DataFrame:
    """The census table and further places by falling population (GeoNames), ``places`` in all.

    Every node stands for its own people alone. A place inside the disc of another one's area is a part of that one and
    left out. A further place is a city, or a county town with a rural half; areas are those of the median node of the
    tier, a rural half has the census's mean ratio of rural to town people, and ``assumed`` names these columns of the
    sites table. Raises UsageError for a number of places that cannot be had.
    """
    census = read_census()
    base = census["geonameid"].nunique()
    towns = _further_towns(census)
    if not base < places <= base + len(towns):
        raise UsageError(f"--places {places}: must be from {base + 1} to {base + len(towns)}")
    rows = [row for rank, town in enumerate(towns[: places - base], start=1) for row in _nodes(rank, town, census)]
    wider = pd.concat([census.assign(assumed=""), pd.DataFrame(rows)], ignore_index=True)
    return wider.assign(represents_population=wider["population"])


def _further_towns(census: pd.DataFrame) -> list[dict[str, object]]:
    """Places of GeoNames by falling population that lie in nobody's disc, with tier, area and province."""
    cities = geonames_cities()
    province = dict(read_source("provinces").to_numpy())
    area = census.groupby("tier")["area_km2"].median()
    seats = census.drop_duplicates("geonameid")
    discs = [
        (float(cities[key]["latitude"]), float(cities[key]["longitude"]), math.sqrt(square / math.pi))
        for key, square in zip(seats["geonameid"], seats["area_km2"], strict=True)
    ]
    found = []
    chinese = [(key, city) for key, city in cities.items() if city["countrycode"] == "CN" and city["population"] > 0]
    for key, city in sorted(chinese, key=lambda one: (-one[1]["population"], one[0])):
        lat, lon, radius = np.array(discs).T
        point = np.array([float(city["latitude"])]), np.array([float(city["longitude"])])
        if (great_circle_matrix(*point, lat, lon)[0] < radius).any():
            continue
        tier = "city" if city["population"] >= parameter("wider_city_people") else "county_town"
        discs.append((float(point[0][0]), float(point[1][0]), math.sqrt(area[tier] / math.pi)))
        found.append(
            {
                "geonameid": key,
                "name": city["name"],
                "tier": tier,
                "province": province[city["admin1code"]],
                "population": float(city["population"]),
                "area_km2": float(area[tier]),
                "dc_km": _dc_km(*point),
            }
        )
    return found


def _dc_km(lat: np.ndarray, lon: np.ndarray) -> float:
    """Road kilometres to the nearer of the two DCs of today."""
    cities = geonames_cities()
    seats = np.array([[cities[key]["latitude"], cities[key]["longitude"]] for key in _DC_SEATS], dtype=np.float64)
    return float(great_circle_matrix(lat, lon, *seats.T).min() * parameter("remote_road_factor"))


def _nodes(rank: int, town: dict[str, object], census: pd.DataFrame) -> list[dict[str, object]]:
    """The city, or the county town and its rural half, as rows of the census table."""
    letters = "C" if town["tier"] == "city" else "TR"
    return [_node(f"CNG{rank:05d}", letter, town, census) for letter in letters]


def _node(number: str, letter: str, town: dict[str, object], census: pd.DataFrame) -> dict[str, object]:
    people, area = float(str(town["population"])), float(str(town["area_km2"]))
    if letter == "R":
        total = census.groupby("tier")["population"].sum()
        people = float(round(people * total["rural"] / total["county_town"]))
    density = round(people / area, 1)
    far = float(str(town["dc_km"])) > parameter("remote_road_km")
    thin = density < parameter("remote_persons_per_km2")
    return {
        "node_id": f"{number}-{letter}",
        "geonameid": town["geonameid"],
        "name": town["name"],
        "kind": "zone",
        "tier": "rural" if letter == "R" else town["tier"],
        "province": town["province"],
        "remote": "1" if letter == "R" and (far or thin) else "0",
        "population": people,
        "area_km2": area,
        "density_per_km2": density,
        "last_km": round(inner_km(area), 1) if letter == "R" else 0.0,
        "census_unit": "",
        "population_source": "GeoNames (CC BY 4.0)",
        "area_source": "assumption",
        "assumed": _ASSUMED[letter],
    }
