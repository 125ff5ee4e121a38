"""A small made-up county: one depot or several, vans and mopeds, parcels around them."""

from __future__ import annotations

import numpy as np
import pytest

from solvers.routing.problem import RoutingProblem, VehicleType
from supplychain.domain import Delivery, Site, Vehicle
from supplychain.scenario.settings import RouteSettings, Settings
from tests.bare_data import AS_OF, bare_dataset


def make_dataset(sites, vehicles, deliveries):
    by_id = {site.site_id: site for site in sites}
    return bare_dataset(sites=by_id, vehicles=tuple(vehicles), deliveries=tuple(deliveries))


def make_county(stops=40, *, seed=1, depots=1, vans=3, mopeds=2, windows=0.3, spread=0.06, **van):
    rng = np.random.default_rng(seed)
    sites, vehicles, deliveries = [], [], []
    for d in range(depots):
        hub, lat, lon = f"H{d + 1}", 25.0 + d, 105.0 + d
        sites.append(Site(hub, f"Hub {d + 1}", "hub", "county_town", lat, lon))
        sites.append(Site(f"{hub}T", "Town", "zone", "county_town", lat, lon))
        sites.append(Site(f"{hub}R", "Villages", "zone", "rural", lat + 0.1, lon))
        settings = {"max_overtime_minutes": 60, "max_stops": 60} | van
        vehicles.append(
            Vehicle(f"{hub}-van", "van", hub, vans, 900.0, 5000.0, cost_per_day=180.0, cost_per_km=0.8,
                    cost_per_hour=25.0, overtime_cost_per_hour=15.0, **settings)
        )  # fmt: skip
        vehicles.append(
            Vehicle(f"{hub}-moped", "moped", hub, mopeds, 120.0, 700.0, cost_per_day=40.0, cost_per_km=0.2,
                    cost_per_hour=22.0, speed_city_kmh=20.0, speed_county_kmh=22.0, speed_rural_kmh=22.0,
                    allowed_tiers=("county_town",))
        )  # fmt: skip
        for i in range(stops):
            rural = rng.random() < 0.4
            first = int(rng.integers(480, 900)) if rng.random() < windows else 0
            deliveries.append(
                Delivery(
                    f"{hub}-{i:04d}",
                    hub,
                    f"{hub}R" if rural else f"{hub}T",
                    float(lat + rng.normal(0, spread)),
                    float(lon + rng.normal(0, spread)),
                    weight_kg=round(float(rng.uniform(0.2, 30.0)), 2),
                    volume_l=round(float(rng.uniform(1.0, 120.0)), 1),
                    kind=str(rng.choice(["delivery", "delivery", "delivery", "return", "farm_pickup"])),
                    parcels=int(rng.integers(1, 5)),
                    promised_to=AS_OF if rng.random() < 0.2 else None,
                    window_start=first,
                    window_end=first + 180 if first else 1439,
                    late_penalty=3.0,
                    service_minutes=float(rng.integers(1, 6)),
                )
            )
    return make_dataset(sites, vehicles, deliveries)


def make_settings(iterations=60, seed=1, **route):
    return Settings(seed=seed, route=RouteSettings(iterations=iterations, **route))


@pytest.fixture(scope="session")
def county():
    return make_county


@pytest.fixture(scope="session")
def dataset_of():
    return make_dataset


@pytest.fixture(scope="session")
def settings():
    return make_settings


def make_problem(stops=5, *, seed=0, types=2, count=2, trips=1, windows=True, pickups=True, release=False, **changes):
    """A tiny problem with whole-number rates: one unit of money a metre, one a second."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, 60, (stops + 1, 2))
    metres = np.abs(at[:, None] - at[None]).sum(axis=2).astype(np.int64)
    seconds = np.array([metres, metres * 2])
    demand = rng.integers(1, 10, (stops, 2))
    back = (rng.random(stops) < 0.3) & pickups
    early = np.where((rng.random(stops) < 0.4) & windows, rng.integers(0, 200, stops), 0)
    fields = {
        "depots": 1,
        "distance_m": metres,
        "duration_s": seconds,
        "demand": np.where(back[:, None], 0, demand),
        "pickup": np.where(back[:, None], demand, 0),
        "service_s": rng.integers(0, 10, stops),
        "window_early": early,
        "window_late": np.where(early > 0, early + 120, 10_000),
        "release_s": rng.integers(0, 100, stops) if release else np.zeros(stops, np.int64),
        "penalty": np.zeros(stops),
        "required": np.ones(stops, bool),
        "allowed": np.array([np.ones(stops, bool), rng.random(stops) < 0.7])[:types],
        "vehicles": tuple(
            VehicleType(
                f"type{v}",
                count,
                (20 - 6 * v, 24 - 6 * v),
                profile=v,
                fixed_cost=100.0 - 60 * v,
                cost_per_km=1000.0,
                cost_per_hour=3600.0,
                overtime_cost_per_hour=7200.0,
                shift_start=10,
                shift_end=310,
                max_overtime=100,
                max_stops=3 if v == 0 else None,
                max_trips=trips,
            )
            for v in range(types)
        ),
    }
    return RoutingProblem(**(fields | changes))


@pytest.fixture(scope="session")
def problem_of():
    return make_problem
