"""Places, and the lanes between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["STOCKING_KINDS", "TIERS", "Lane", "Site"]

TIERS = ("tier1_city", "city", "county_town", "rural")
STOCKING_KINDS = ("dc", "front_warehouse", "hub")


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the network; positions in degrees WGS-84."""

    site_id: str
    name: str
    kind: str
    tier: str
    lat: float
    lon: float
    remote: bool = False
    region: str = ""
    population: float | None = None
    area_km2: float | None = None
    density_per_km2: float | None = None
    capacity_l: float | None = None
    throughput_units_per_day: float | None = None
    fixed_cost_per_year: float = 0.0
    handling_cost_per_unit: float = 0.0
    subsidy_share: float = 0.0
    status: str = "open"
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A way from one site to another. ``filled`` marks a lane made by the lane rule."""

    origin_id: str
    destination_id: str
    distance_km: float
    transit_days: float
    mode: str = "truck"
    cost_per_shipment: float = 0.0
    cost_per_unit: float = 0.0
    cost_per_kg: float = 0.0
    cost_per_km: float = 0.0
    departures: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)
    status: str = "open"
    filled: bool = False

    @property
    def travel_days(self) -> int:
        """Days from departure to the day of arrival: whole ones, one at least."""
        return max(math.ceil(self.transit_days - 1e-9), 1)

    @property
    def usable(self) -> bool:
        """Whether anything can travel on the lane."""
        return self.status == "open" and bool(self.departures)
