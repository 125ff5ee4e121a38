"""One depot's day as a routing problem: metres, seconds, grams and millilitres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from solvers.routing.problem import IntArray, RoutingProblem, VehicleType
from supplychain.domain import DataSet, Delivery, Site, Vehicle, great_circle_km
from supplychain.plans.route_plan import route_day
from supplychain.scenario.settings import RouteSettings

__all__ = ["DepotDay", "depot_day", "routing_problem"]

FloatArray = npt.NDArray[np.float64]

_EARTH_RADIUS_KM = great_circle_km(0.0, 0.0, 0.0, 180.0) / np.pi
_EXACT = 1e-6  # rounding noise of a unit change that must not push a value over a whole number


@dataclass(frozen=True, slots=True)
class DepotDay:
    """Everything needed to route one depot for a day; ``tiers`` are those of the deliveries' zones.

    ``vehicles`` of a depot without any are those of other depots with count 0: they tell what one would take.
    """

    depot: Site
    day: date
    deliveries: tuple[Delivery, ...]
    tiers: tuple[str, ...]
    vehicles: tuple[Vehicle, ...]
    settings: RouteSettings

    @property
    def waiting(self) -> tuple[bool, ...]:
        """Which deliveries are promised for a later day."""
        return tuple(d.promised_from is not None and d.promised_from > self.day for d in self.deliveries)

    @property
    def lateness_days(self) -> tuple[int, ...]:
        """Days past the promise when delivered on the day."""
        return tuple(max(0, (self.day - d.promised_to).days) if d.promised_to else 0 for d in self.deliveries)


def depot_day(dataset: DataSet, depot_id: str, settings: RouteSettings) -> DepotDay:
    """Gather the depot's deliveries and vehicles, in order of their ids."""
    deliveries = sorted((d for d in dataset.deliveries if d.depot_id == depot_id), key=lambda d: d.delivery_id)
    vehicles = [v for v in dataset.vehicles if v.depot_id == depot_id]
    if not any(v.count for v in vehicles):
        vehicles += [replace(v, count=0) for v in dataset.vehicles if v.depot_id != depot_id]
    return DepotDay(
        depot=dataset.sites[depot_id],
        day=route_day(dataset),
        deliveries=tuple(deliveries),
        tiers=tuple(dataset.sites[d.site_id].tier for d in deliveries),
        vehicles=tuple(sorted(vehicles, key=lambda v: v.vehicle_id)),
        settings=settings,
    )


def routing_problem(day: DepotDay, chosen: Sequence[int]) -> RoutingProblem:
    """The problem of the chosen deliveries (indices); legs are whole metres and whole seconds, rounded up.

    A leg is driven at the speed of the tier it leads to, the way back at that of the last stop. Everything is
    required; the penalty only says whom to leave out first when the fleet is short.
    """
    deliveries = [day.deliveries[i] for i in chosen]
    tiers = [day.tiers[i] for i in chosen]
    km = _matrix_km(day, deliveries) * day.settings.circuity
    speeds = sorted({_speeds(v) for v in day.vehicles})
    load = np.array([[d.weight_kg, d.volume_l] for d in deliveries], dtype=np.float64).reshape(len(chosen), 2)
    out = np.array([d.kind == "delivery" for d in deliveries], dtype=bool)[:, None]
    load_units = _up(load * 1000)
    due_next_day = day.day + timedelta(days=1)
    return RoutingProblem(
        depots=1,
        distance_m=_up(km * 1000),
        duration_s=np.array([_seconds(km, tiers, speed) for speed in speeds]).reshape(len(speeds), *km.shape),
        demand=np.where(out, load_units, 0),
        pickup=np.where(out, 0, load_units),
        service_s=_up(np.array([d.service_minutes * 60 for d in deliveries])),
        window_early=np.array([d.window_start * 60 for d in deliveries], dtype=np.int64),
        window_late=np.array([d.window_end * 60 for d in deliveries], dtype=np.int64),
        release_s=np.zeros(len(chosen), dtype=np.int64),
        penalty=np.array(
            [d.late_penalty if d.promised_to and d.promised_to < due_next_day else 0.0 for d in deliveries]
        ),
        required=np.ones(len(chosen), dtype=bool),
        allowed=np.array(
            [[not v.allowed_tiers or t in v.allowed_tiers for t in tiers] for v in day.vehicles], dtype=bool
        ).reshape(len(day.vehicles), len(chosen)),
        vehicles=tuple(
            _vehicle_type(v, speeds.index(_speeds(v)), len(chosen) if day.settings.multi_trip else 1)
            for v in day.vehicles
        ),
    )


def _matrix_km(day: DepotDay, deliveries: Sequence[Delivery]) -> FloatArray:
    """Great-circle kilometres between depot and stops (haversine, vectorised)."""
    lat = np.radians([day.depot.lat, *(d.lat for d in deliveries)])
    lon = np.radians([day.depot.lon, *(d.lon for d in deliveries)])
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return np.asarray(2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))), dtype=np.float64)


def _speeds(vehicle: Vehicle) -> tuple[float, float, float]:
    return vehicle.speed_city_kmh, vehicle.speed_county_kmh, vehicle.speed_rural_kmh


def _seconds(km: FloatArray, tiers: Sequence[str], speeds: tuple[float, float, float]) -> IntArray:
    city, county, rural = speeds
    by_tier = {"tier1_city": city, "city": city, "county_town": county, "rural": rural}
    kmh = np.array([by_tier[tier] for tier in tiers])
    hours = np.zeros_like(km)
    hours[:, 1:] = km[:, 1:] / kmh
    hours[1:, 0] = km[1:, 0] / kmh
    return _up(hours * 3600)


def _up(values: FloatArray) -> IntArray:
    return np.ceil(values - _EXACT).astype(np.int64)


def _vehicle_type(vehicle: Vehicle, profile: int, max_trips: int) -> VehicleType:
    return VehicleType(
        name=vehicle.vehicle_id,
        count=vehicle.count,
        capacity=(int(vehicle.capacity_kg * 1000 + _EXACT), int(vehicle.capacity_l * 1000 + _EXACT)),
        profile=profile,
        fixed_cost=vehicle.cost_per_day,
        cost_per_km=vehicle.cost_per_km,
        cost_per_hour=vehicle.cost_per_hour,
        overtime_cost_per_hour=vehicle.overtime_cost_per_hour,
        shift_start=vehicle.shift_start * 60,
        shift_end=vehicle.shift_end * 60,
        max_overtime=vehicle.max_overtime_minutes * 60,
        max_stops=vehicle.max_stops,
        max_trips=max(1, max_trips),
    )
