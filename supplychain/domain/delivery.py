"""Vehicles, and the parcels of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

__all__ = ["Delivery", "Vehicle"]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle type at a depot; shift times in minutes after midnight."""

    vehicle_id: str
    name: str
    depot_id: str
    count: int
    capacity_kg: float
    capacity_l: float
    max_stops: int | None = None
    cost_per_day: float = 0.0
    cost_per_km: float = 0.0
    cost_per_hour: float = 0.0
    overtime_cost_per_hour: float = 0.0
    max_overtime_minutes: int = 0
    shift_start: int = 480
    shift_end: int = 1080
    speed_city_kmh: float = 25.0
    speed_county_kmh: float = 35.0
    speed_rural_kmh: float = 45.0
    allowed_tiers: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """The parcels of one address; window times in minutes after midnight."""

    delivery_id: str
    depot_id: str
    site_id: str
    lat: float
    lon: float
    weight_kg: float
    volume_l: float
    kind: str = "delivery"
    parcels: int = 1
    promised_from: date | None = None
    promised_to: date | None = None
    window_start: int = 0
    window_end: int = 1439
    late_penalty: float = 0.0
    service_minutes: float = 3.0
    alternative_site_id: str | None = None
