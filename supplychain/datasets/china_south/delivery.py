"""Vehicles, and the parcels of one day around four county hubs and one city front warehouse.

Parcels are those of the whole catalogue, of which the items are a sample; addresses are drawn at random around the
seats, so no stop is a real address.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.sources import AS_OF, parameter, read_source

__all__ = ["build_deliveries", "build_vehicles"]

Stop = dict[str, object]

_KM_PER_DEGREE = 111.2


def build_vehicles() -> pd.DataFrame:
    """Vehicles at the depots that have deliveries."""
    rows = [
        {
            "vehicle_id": f"{depot['depot_id']}-{kind['code']}",
            "name": kind["name"],
            "depot_id": depot["depot_id"],
            "count": depot[kind["code"]],
            **{str(key): value for key, value in kind.items() if key not in ("code", "name")},
            "assumed": "count|capacity_kg|capacity_l|max_stops|cost_per_day|cost_per_km|cost_per_hour",
        }
        for depot in read_source("day").to_dict("records")
        for kind in read_source("vehicles").to_dict("records")
        if depot[kind["code"]] != "0"
    ]
    return pd.DataFrame(rows)


def build_deliveries(sites: pd.DataFrame, census: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Stops of the day after as_of, several parcels a stop, with returns, farm pickups and four awkward ones."""
    place = sites.set_index("site_id")
    area = census.set_index("node_id")["area_km2"]
    rows: list[Stop] = []
    for depot in read_source("day").to_dict("records"):
        seat = place.loc[depot["depot_id"]]
        km_per_degree_lon = _KM_PER_DEGREE * math.cos(math.radians(seat["lat"]))
        for zone, east, north in _addresses({str(k): str(v) for k, v in depot.items()}, area, rng):
            stop = _stop(str(place.loc[zone, "tier"]), rng)
            lat, lon = seat["lat"] + north / _KM_PER_DEGREE, seat["lon"] + east / km_per_degree_lon
            where = {"depot_id": depot["depot_id"], "site_id": zone, "lat": round(lat, 5), "lon": round(lon, 5)}
            rows.append({**where, **stop})
    _make_awkward(rows)
    table = pd.DataFrame(rows)
    table.insert(0, "delivery_id", [f"D{n:05d}" for n in range(1, len(table) + 1)])
    return table


def _addresses(depot: dict[str, str], area: pd.Series, rng: np.random.Generator) -> Iterator[tuple[str, float, float]]:
    """Zone and kilometres east and north of the depot: normal around the town's middle, or around a village."""
    centres = _villages(float(area[depot["town_zone"]]), rng)
    in_town = rng.random(int(depot["stops"])) < float(depot["town_share"])
    for town in in_town:
        if town:
            east, north = rng.normal(0.0, float(depot["town_radius_km"]) / 2, 2)
            yield depot["town_zone"], float(east), float(north)
        else:
            east, north = centres[rng.integers(len(centres))] + rng.normal(0.0, parameter("village_spread_km"), 2)
            yield depot["rural_zone"], float(east), float(north)


def _villages(area_km2: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Village centres [V,2] spread evenly over a disc of the county's area, leaving out the seat and the rim."""
    count = max(1, round(area_km2 / parameter("km2_per_village")))
    share = rng.uniform(parameter("village_area_from"), parameter("village_area_to"), count)
    radius = np.sqrt(area_km2 / math.pi * share)
    angle = rng.uniform(0, 2 * math.pi, count)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _stop(tier: str, rng: np.random.Generator) -> Stop:
    kinds = read_source("stop_kinds").set_index("tier").loc[tier].astype(float)
    kind = str(rng.choice(list(kinds.index), p=kinds.to_numpy()))
    parcels, weight, volume = _load(kind, tier, rng)
    length = int(parameter(f"promise_days_{tier}"))
    first = AS_OF + np.timedelta64(1 - int(rng.integers(length)), "D")  # the order may be some days old
    windows = read_source("windows").to_dict("records")
    window = windows[int(rng.integers(len(windows)))]
    if rng.random() >= parameter("window_share"):
        window = {"window_start": "00:00", "window_end": "23:59"}
    return {
        "kind": kind,
        "parcels": parcels,
        "weight_kg": weight,
        "volume_l": volume,
        "promised_from": str(first),
        "promised_to": str(first + np.timedelta64(length - 1, "D")),
        **{str(key): value for key, value in window.items()},
        "late_penalty": parameter("late_penalty"),
        "service_minutes": round(parameter("stop_minutes") + parameter("parcel_minutes") * parcels, 1),
    }


def _load(kind: str, tier: str, rng: np.random.Generator) -> tuple[int, float, float]:
    """Parcels, kilograms and litres of a stop."""
    if kind == "farm_pickup":
        weight = rng.uniform(parameter("farm_kg_low"), parameter("farm_kg_high"))
        return 1, round(weight, 1), round(weight * parameter("farm_l_per_kg"), 1)
    mean = parameter(f"parcels_a_stop_{tier}" if kind == "delivery" else "return_parcels")
    parcels = 1 + int(rng.poisson(mean - 1))
    drawn = rng.lognormal(math.log(parameter("parcel_kg_median")), parameter("parcel_kg_sigma"), parcels)
    kilograms = drawn.clip(parameter("lightest_parcel_kg"), parameter("heaviest_parcel_kg"))
    litres = parameter("parcel_l_factor") * kilograms ** parameter("parcel_l_exponent")
    return parcels, round(float(kilograms.sum()), 2), round(float(litres.sum()), 1)


def _make_awkward(rows: list[Stop]) -> None:
    """Turn the first stop of some depots into one that nobody can serve: too heavy, too large, before the shift."""
    for awkward in read_source("awkward").to_dict("records"):
        stop = next(row for row in rows if row["depot_id"] == awkward["depot_id"])
        stop.update({str(key): value for key, value in awkward.items()})
        stop["weight_kg"], stop["volume_l"] = float(awkward["weight_kg"]), float(awkward["volume_l"])
        stop["parcels"] = 1
