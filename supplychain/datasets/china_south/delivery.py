"""Vehicles, and the parcels of one day around four county hubs and one city front warehouse.

Parcels are those of the whole catalogue, of which the items are a sample; addresses are drawn at random around the
seats, so no stop is a real address.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from supplychain.datasets.china_south.sources import AS_OF, parameter, read_source

__all__ = ["build_deliveries", "build_vehicles"]


def build_vehicles() -> pd.DataFrame:
    """Vehicles at the depots that have deliveries."""
    types = read_source("vehicles")
    rows = []
    for depot in read_source("day").to_dict("records"):
        for kind in types.to_dict("records"):
            count = depot[kind["code"]]
            if count == "0":
                continue
            terms = {key: value for key, value in kind.items() if key not in ("code", "name")}
            rows.append(
                {
                    "vehicle_id": f"{depot['depot_id']}-{kind['code']}",
                    "name": kind["name"],
                    "depot_id": depot["depot_id"],
                    "count": count,
                    **terms,
                    "shift_start": "08:00",
                    "shift_end": "18:00",
                    "assumed": "count|capacity_kg|capacity_l|max_stops|cost_per_day|cost_per_km|cost_per_hour",
                }
            )
    return pd.DataFrame(rows)


def build_deliveries(sites: pd.DataFrame, census: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Stops of the day after as_of, several parcels a stop, with returns, farm pickups and some awkward ones."""
    place = sites.set_index("site_id")
    area = census.set_index("node_id")["area_km2"]
    rows: list[dict[str, object]] = []
    for depot in read_source("day").to_dict("records"):
        seat = place.loc[depot["depot_id"]]
        stops = int(depot["stops"])
        town = rng.random(stops) < float(depot["town_share"])
        centres = _villages(float(area[depot["town_zone"]]), rng)
        for is_town in town:
            zone = depot["town_zone"] if is_town else depot["rural_zone"]
            if is_town:
                east, north = _gauss(float(depot["town_radius_km"]) / 2, rng)
            else:
                spot = centres[int(rng.integers(len(centres)))]
                wander = _gauss(1.2, rng)
                east, north = spot[0] + wander[0], spot[1] + wander[1]
            lat = seat["lat"] + north / 111.2
            lon = seat["lon"] + east / (111.2 * math.cos(math.radians(seat["lat"])))
            rows.append(_stop(depot["depot_id"], zone, place.loc[zone, "tier"], lat, lon, rng))
    _make_awkward(rows, rng)
    table = pd.DataFrame(rows)
    table.insert(0, "delivery_id", [f"D{n:05d}" for n in range(1, len(table) + 1)])
    return table


def _gauss(sigma_km: float, rng: np.random.Generator) -> tuple[float, float]:
    east, north = rng.normal(0.0, sigma_km, 2)
    return float(east), float(north)


def _villages(area_km2: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Village centres spread evenly over a disc of the county's area (kilometres east and north of the seat)."""
    radius = math.sqrt(area_km2 / math.pi)
    count = max(8, round(area_km2 / parameter("km2_per_village")))
    reach = radius * np.sqrt(rng.uniform(0.02, 0.9, count))
    angle = rng.uniform(0, 2 * math.pi, count)
    return list(zip((reach * np.cos(angle)).tolist(), (reach * np.sin(angle)).tolist(), strict=True))


def _stop(depot: str, zone: str, tier: str, lat: float, lon: float, rng: np.random.Generator) -> dict[str, object]:
    county = tier in ("county_town", "rural")
    kind = str(
        rng.choice(
            ["delivery", "return", "farm_pickup"],
            p=[0.83, 0.14, 0.03] if tier == "county_town" else ([0.8, 0.11, 0.09] if county else [0.82, 0.18, 0.0]),
        )
    )
    parcels = 1 + int(rng.poisson(parameter(f"parcels_a_stop_{tier}") - 1)) if kind == "delivery" else 1 + int(rng.poisson(0.5))
    if kind == "farm_pickup":
        weight = float(np.round(rng.uniform(12, 80), 1))
        volume = round(weight * 2.2, 1)
    else:
        weights = rng.lognormal(math.log(parameter("parcel_kg_median")), parameter("parcel_kg_sigma"), parcels)
        weight = float(np.round(weights.clip(0.1, 40).sum(), 2))
        volume = round(float((weights.clip(0.1, 40) ** 0.8 * 4.5).sum()), 1)
    first = AS_OF + np.timedelta64(1, "D")
    last = first + np.timedelta64(int(parameter(f"promise_days_{tier}")) - 1, "D")
    windows = [("09:00", "12:00"), ("14:00", "18:00"), ("08:00", "10:00"), ("16:00", "18:00")]
    window = windows[int(rng.integers(len(windows)))] if rng.random() < parameter("pick_hour_share") else ("00:00", "23:59")
    return {
        "depot_id": depot,
        "site_id": zone,
        "lat": round(lat, 5),
        "lon": round(lon, 5),
        "kind": kind,
        "parcels": parcels,
        "weight_kg": weight,
        "volume_l": volume,
        "promised_from": str(first),
        "promised_to": str(last),
        "window_start": window[0],
        "window_end": window[1],
        "late_penalty": parameter("late_penalty"),
        "service_minutes": round(parameter("stop_minutes") + parameter("parcel_minutes") * parcels, 1),
    }


def _make_awkward(rows: list[dict[str, object]], rng: np.random.Generator) -> None:
    """Three stops that cannot be served: too heavy, too large, a window shorter than any way there."""
    chosen = [int(i) for i in rng.choice(len(rows), 4, replace=False)]
    rows[chosen[0]].update(weight_kg=2400.0, volume_l=5200.0, parcels=1, kind="delivery")
    rows[chosen[1]].update(weight_kg=900.0, volume_l=16000.0, parcels=1, kind="delivery")
    rows[chosen[2]].update(window_start="05:00", window_end="05:30")
    rows[chosen[3]].update(window_start="06:00", window_end="07:00")
