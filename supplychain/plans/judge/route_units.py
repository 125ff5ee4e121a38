"""The units in which routes are judged: metres, seconds, grams, millilitres, each leg and load rounded up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from supplychain.domain import DataSet, Delivery, Site, Vehicle, great_circle_km

__all__ = ["Ground", "allows", "delivered", "picked_up", "shift_seconds", "up"]

_NOISE = 1e-6  # rounding noise of a unit change


def up(value: float) -> int:
    """Whole units, rounded up."""
    return math.ceil(value - _NOISE)


def delivered(delivery: Delivery) -> tuple[int, int]:
    """Grams and millilitres that leave the depot for the stop."""
    return (up(delivery.weight_kg * 1000), up(delivery.volume_l * 1000)) if delivery.kind == "delivery" else (0, 0)


def picked_up(delivery: Delivery) -> tuple[int, int]:
    """Grams and millilitres that come on board at the stop."""
    return (0, 0) if delivery.kind == "delivery" else (up(delivery.weight_kg * 1000), up(delivery.volume_l * 1000))


def shift_seconds(vehicle: Vehicle) -> tuple[int, int]:
    """Earliest departure and latest return of the vehicle, overtime included."""
    return vehicle.shift_start * 60, (vehicle.shift_end + vehicle.max_overtime_minutes) * 60


def allows(vehicle: Vehicle, tier: str) -> bool:
    """Whether the vehicle may serve the tier."""
    return not vehicle.allowed_tiers or tier in vehicle.allowed_tiers


@dataclass(frozen=True)
class Ground:
    """Distances and driving times between a depot and its stops."""

    dataset: DataSet
    circuity: float

    @cached_property
    def deliveries(self) -> dict[str, Delivery]:
        """Deliveries by id."""
        return {d.delivery_id: d for d in self.dataset.deliveries}

    @cached_property
    def vehicles(self) -> dict[str, Vehicle]:
        """Vehicle types by id."""
        return {v.vehicle_id: v for v in self.dataset.vehicles}

    def tier(self, delivery: Delivery) -> str:
        """Tier of the zone of the address."""
        return self.dataset.sites[delivery.site_id].tier

    def km(self, start: Delivery | Site, end: Delivery | Site) -> float:
        """Road kilometres: great circle times circuity."""
        return great_circle_km(start.lat, start.lon, end.lat, end.lon) * self.circuity

    def seconds(self, vehicle: Vehicle, start: Delivery | Site, end: Delivery | Site) -> int:
        """Driving time at the speed of the tier the leg leads to; the way back at that of the stop it leaves."""
        stop = end if isinstance(end, Delivery) else start
        if not isinstance(stop, Delivery):
            return 0
        tier = self.tier(stop)
        if tier == "rural":
            speed = vehicle.speed_rural_kmh
        elif tier == "county_town":
            speed = vehicle.speed_county_kmh
        else:
            speed = vehicle.speed_city_kmh
        return up(self.km(start, end) / speed * 3600)
