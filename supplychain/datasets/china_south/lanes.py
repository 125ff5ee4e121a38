"""Lanes that the lane rule cannot know: county hubs, own cities, and the ways of cross-border goods."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from supplychain.datasets.china_south.sources import parameter, read_source
from supplychain.domain.network import great_circle_km

__all__ = ["build_lanes", "inner_km"]


def inner_km(area_km2: float) -> float:
    """Mean road km from the middle of a round area to its people: road factor x 2/3 x radius."""
    return parameter("road_factor") * 2 / 3 * math.sqrt(area_km2 / math.pi)


def build_lanes(sites: pd.DataFrame, census: pd.DataFrame) -> pd.DataFrame:
    """Lanes in the columns of the contract; the lane rule great_circle fills the rest."""
    nodes = census.set_index("node_id")
    rows = [*_county_lanes(nodes), *_city_lanes(nodes["area_km2"]), *_overseas_lanes(sites)]
    columns = ["origin_id", "destination_id", "mode", "distance_km", "transit_days", "cost_per_unit", "cost_per_kg"]
    return pd.DataFrame(rows)[columns].fillna({"cost_per_unit": 0.0, "cost_per_kg": 0.0})


def _local(from_kind: str, to_tier: str) -> dict[str, str]:
    table = read_source("local_lanes").set_index(["from_kind", "to_tier"])
    return {str(key): str(value) for key, value in table.loc[(from_kind, to_tier)].items() if key != "meaning"}


def _county_lanes(census: pd.DataFrame) -> Iterator[dict[str, object]]:
    """From each hub to its town and to its villages."""
    for town in census.index[census["tier"] == "county_town"]:
        rural, hub = f"{town[:-1]}R", f"HUB-{town[2:8]}"
        town_km = parameter("road_factor") * 2 / 3 * parameter("town_radius_km")
        for zone, tier, km in ((town, "county_town", town_km), (rural, "rural", census.loc[rural, "last_km"])):
            yield {"origin_id": hub, "destination_id": zone, "distance_km": round(km, 1), **_local("hub", tier)}


def _city_lanes(area: pd.Series) -> Iterator[dict[str, object]]:
    """From each DC, candidate and front warehouse into its own city."""
    for own in read_source("warehouses").to_dict("records"):
        nearer = parameter("front_radius_share") if own["kind"] == "front_warehouse" else 1.0
        yield {
            "origin_id": own["site_id"],
            "destination_id": own["node_id"],
            "distance_km": round(inner_km(area[own["node_id"]]) * nearer, 1),
            **_local(own["kind"], "own_city"),
        }


def _overseas_lanes(sites: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Sea to a bonded port and on to the open DCs, air to them, direct mail to tier-1 zones."""
    place = sites.set_index("site_id")
    overseas = [f"SITE-{s}" for s in read_source("suppliers").query("country != 'CN'")["supplier_id"]]
    dcs = list(place.index[(place["kind"] == "dc") & (place["status"] == "open")])
    ports = list(place.index[place["kind"] == "port"])
    tier1 = list(place.index[(place["kind"] == "zone") & (place["tier"] == "tier1_city")])
    ends = {
        "sea": [(a, b) for a in overseas for b in ports],
        "bonded": [(port, f"DC-{port[-3:]}") for port in ports],
        "air": [(a, b) for a in overseas for b in dcs],
        "direct_mail": [(a, b) for a in overseas for b in tier1],
    }
    for rule in read_source("overseas_lanes").to_dict("records"):
        for origin, destination in ends[rule["mode"]]:
            points = [float(v) for end in (origin, destination) for v in place.loc[end, ["lat", "lon"]]]
            yield {
                "origin_id": origin,
                "destination_id": destination,
                "mode": rule["mode"],
                "distance_km": round(great_circle_km(*points) * float(rule["route_factor"])),
                "transit_days": rule["transit_days"],
                "cost_per_kg": rule["cost_per_kg"],
            }
