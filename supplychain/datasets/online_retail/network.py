"""Sites and lanes: zones from the list of places, warehouses from the folder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures, Place
from supplychain.datasets.online_retail.typed import table
from supplychain.domain import great_circle_km

__all__ = ["lane_table", "nearest_depots", "zone_table"]


def zone_table(places: Sequence[Place], figures: Figures) -> pd.DataFrame:
    """A zone for each place; zones that only an aircraft reaches are remote."""
    density = np.array([figures.constant(f"online_retail_density_{place.tier}") for place in places])
    population = np.array([place.stands_for for place in places])
    columns = {
        "site_id": [place.place_id for place in places],
        "name": [place.name for place in places],
        "kind": ["zone"] * len(places),
        "tier": [place.tier for place in places],
        "remote": [place.reach == "air" for place in places],
        "region": [place.country_code for place in places],
        "lat": [place.lat for place in places],
        "lon": [place.lon for place in places],
        "population": population,
        "area_km2": population / density,
        "density_per_km2": density,
    }
    return table("sites", columns, assumed=("population", "area_km2", "density_per_km2"))


def lane_table(warehouses: pd.DataFrame, places: Sequence[Place], figures: Figures) -> pd.DataFrame:
    """What the lane rule cannot know.

    Vans from the front warehouses to the places around; parcels by air from every dc to places beyond the reach of
    trucks, and truck lanes to these closed. Everything else is filled by the lane rule.
    """
    rows: list[tuple[str, str, str, float, float, float, str]] = []
    per_day = figures.constant("line_haul_km_per_day")
    per_km = figures.constant("line_haul_cost_per_kg_km")
    for site in warehouses.itertuples():
        for place in places:
            distance = great_circle_km(site.lat, site.lon, place.lat, place.lon)
            ends = (site.site_id, place.place_id)
            road = distance * figures.constant("circuity")
            if site.kind == "front_warehouse" and distance <= figures.constant("online_retail_front_radius_km"):
                rows.append((*ends, "van", road, road / per_day, road * per_km, "open"))
            elif site.kind == "dc" and place.reach == "air":
                days = figures.constant("online_retail_air_fixed_days")
                days += distance / figures.constant("online_retail_air_km_per_day")
                cost = figures.constant("online_retail_air_cost_per_kg")
                rows += [
                    (*ends, "air", distance, days, cost, "open"),
                    (*ends, "truck", road, road / per_day, 0.0, "closed"),
                ]
    names = ("origin_id", "destination_id", "mode", "distance_km", "transit_days", "cost_per_kg", "status")
    cells = list(zip(*rows, strict=True)) or [()] * len(names)
    return table("lanes", {name: list(column) for name, column in zip(names, cells, strict=True)})


def nearest_depots(warehouses: pd.DataFrame, places: Sequence[Place], radius_km: float) -> dict[str, str]:
    """The nearest open warehouse of each place that has one within the radius."""
    depots: dict[str, str] = {}
    opened = warehouses[(warehouses["status"] == "open").to_numpy()]
    for place in places:
        near = [(great_circle_km(s.lat, s.lon, place.lat, place.lon), s.site_id) for s in opened.itertuples()]
        distance, site_id = min(near)
        if distance <= radius_km:
            depots[place.place_id] = site_id
    return depots
