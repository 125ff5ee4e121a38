"""Each trip and each vehicle's day of a route plan, measured afresh."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.domain import Delivery, Site, Vehicle
from supplychain.plans.judge.route_units import Ground, allows, delivered, picked_up, shift_seconds, up
from supplychain.plans.route_plan import route_day
from supplychain.plans.violation import Violation

__all__ = ["judge_day", "judge_trip"]

Row = Mapping[str, Any]

_SECOND = 1 / 60 + 1e-6  # minutes: legs are whole seconds, rounded up
_METRE = 0.001 + 1e-6  # km: legs are whole metres, rounded up
_MONEY = 1e-6
_SAME = 1e-6


@dataclass(frozen=True, slots=True)
class _Found:
    """Collects what is wrong with one record."""

    table: str
    record: str
    violations: list[Violation]

    def equal(self, row: Row, field: str, true: float, tolerance: float = _SAME) -> None:
        """Report the field unless it equals the true value."""
        if not abs(float(row[field]) - true) <= tolerance:
            self.say(field, row[field], f"must be {true:.6g}")

    def say(self, field: str, value: object, rule: str) -> None:
        """Report the field."""
        self.violations.append(Violation(self.table, self.record, field, str(value), rule))


def judge_trip(ground: Ground, route: Row, stops: Sequence[tuple[Row, Delivery]], vehicle: Vehicle) -> list[Violation]:
    """Order, legs, times, windows, loads, distance and counts of one trip; stops in driving order."""
    depot = ground.dataset.sites[vehicle.depot_id]
    found = _Found("routes", f"route {route['route_id']}", [])
    place: Delivery | Site = depot
    clock, legs = float(route["departure_minute"]), 0.0
    for number, (row, delivery) in enumerate(stops, start=1):
        line = _Found("stops", f"route {route['route_id']}, delivery {delivery.delivery_id}", found.violations)
        if row["sequence"] != number:
            line.say("sequence", row["sequence"], f"must be {number}: the stops of a trip count from 1")
        _judge_leg(ground, line, row, (vehicle, place, delivery), clock)
        _judge_stop(ground, line, row, delivery, vehicle)
        clock, place, legs = float(row["departure_minute"]), delivery, legs + float(row["leg_km"])
    drive = ground.seconds(vehicle, place, depot) / 60
    found.equal(route, "return_minute", clock + drive, _SECOND)
    found.equal(route, "distance_km", legs + ground.km(place, depot), _METRE)
    found.equal(route, "stops", len(stops))
    found.equal(route, "parcels", sum(d.parcels for _, d in stops))
    _judge_loads(found, route, stops, vehicle)
    return found.violations


def _judge_leg(
    ground: Ground, line: _Found, row: Row, leg: tuple[Vehicle, Delivery | Site, Delivery], left: float
) -> None:
    vehicle, place, delivery = leg
    line.equal(row, "arrival_minute", left + ground.seconds(vehicle, place, delivery) / 60, _SECOND)
    line.equal(row, "leg_km", ground.km(place, delivery), _METRE)


def _judge_stop(ground: Ground, line: _Found, row: Row, delivery: Delivery, vehicle: Vehicle) -> None:
    start, tier = float(row["start_minute"]), ground.tier(delivery)
    if not start >= float(row["arrival_minute"]) - _SAME:
        line.say("start_minute", start, "service cannot start before arrival")
    if not delivery.window_start - _SAME <= start <= delivery.window_end + _SAME:
        line.say("start_minute", start, f"must lie in the window {delivery.window_start} to {delivery.window_end}")
    line.equal(row, "departure_minute", start + up(delivery.service_minutes * 60) / 60, _SECOND)
    day = route_day(ground.dataset)
    late = max(0, (day - delivery.promised_to).days) if delivery.promised_to else 0
    for field, true in (
        ("kind", delivery.kind),
        ("tier", tier),
        ("parcels", delivery.parcels),
        ("lateness_days", late),
    ):
        if row[field] != true:
            line.say(field, row[field], f"must be {true}")
    if not allows(vehicle, tier):
        line.say("tier", tier, f"vehicle {vehicle.vehicle_id} serves only {', '.join(vehicle.allowed_tiers)}")
    if delivery.promised_from is not None and delivery.promised_from > day:
        line.say("delivery_id", delivery.delivery_id, f"promised from {delivery.promised_from}, routed on {day}")


def _judge_loads(found: _Found, route: Row, stops: Sequence[tuple[Row, Delivery]], vehicle: Vehicle) -> None:
    for k, (field, after, capacity) in enumerate(
        (("load_kg", "load_kg_after", vehicle.capacity_kg), ("load_l", "load_l_after", vehicle.capacity_l))
    ):
        load = sum(delivered(d)[k] for _, d in stops)
        peak = load
        for row, delivery in stops:
            load += picked_up(delivery)[k] - delivered(delivery)[k]
            peak = max(peak, load)
            line = _Found("stops", f"route {route['route_id']}, delivery {delivery.delivery_id}", found.violations)
            line.equal(row, after, load / 1000)
        found.equal(route, field, peak / 1000)
        if peak / 1000 > capacity + _SAME:
            found.say(field, f"{peak / 1000:g}", f"vehicle {vehicle.vehicle_id} carries at most {capacity:g}")


def judge_day(
    ground: Ground, vehicle: Vehicle, trips: Sequence[Row], lateness: Mapping[str, float], *, multi_trip: bool
) -> list[Violation]:
    """Order of trips, shift, work, overtime, stops and costs of one vehicle's day; trips in order of their number.

    ``lateness`` is the late penalty by route id, in money.
    """
    name = f"{vehicle.vehicle_id} number {trips[0]['vehicle_number']}"
    day = _Found("routes", f"vehicle {name}", [])
    if [int(row["trip"]) for row in trips] != list(range(1, len(trips) + 1)):
        day.say("trip", [int(row["trip"]) for row in trips], "the trips of a vehicle count from 1")
    if len(trips) > 1 and not multi_trip:
        day.say("trip", len(trips), "route.multi_trip is off: one trip a vehicle")
    stops = sum(int(row["stops"]) for row in trips)
    if vehicle.max_stops is not None and stops > vehicle.max_stops:
        day.say("stops", stops, f"at most {vehicle.max_stops} stops a day")
    leave, latest = shift_seconds(vehicle)
    if not float(trips[0]["departure_minute"]) >= leave / 60 - _SAME:
        day.say("departure_minute", trips[0]["departure_minute"], f"the shift starts at {leave / 60:g}")
    if not float(trips[-1]["return_minute"]) <= latest / 60 + _SAME:
        day.say("return_minute", trips[-1]["return_minute"], f"must be back by {latest / 60:g}, overtime included")
    for row, work, overtime in _work(vehicle, trips):
        _judge_money(_Found("routes", f"route {row['route_id']}", day.violations), row, vehicle, (work, overtime))
        line = _Found("routes", f"route {row['route_id']}", day.violations)
        line.equal(row, "cost_late", lateness[str(row["route_id"])], _MONEY)
    for before, after in itertools.pairwise(trips):
        if not float(after["departure_minute"]) >= float(before["return_minute"]) - _SAME:
            rule = f"the vehicle is out until {before['return_minute']}"
            day.say("departure_minute", after["departure_minute"], rule)
    return day.violations


def _work(vehicle: Vehicle, trips: Sequence[Row]) -> Iterator[tuple[Row, float, float]]:
    """Work and overtime minutes of each trip: a wait at the depot counts to the trip after it."""
    first = free = float(trips[0]["departure_minute"])
    shift = vehicle.shift_end - vehicle.shift_start
    for row in trips:
        back = float(row["return_minute"])
        yield row, back - free, max(0.0, back - first - shift) - max(0.0, free - first - shift)
        free = back


def _judge_money(found: _Found, row: Row, vehicle: Vehicle, minutes: tuple[float, float]) -> None:
    work, overtime = minutes
    found.equal(row, "work_minutes", work)
    found.equal(row, "overtime_minutes", overtime)
    if overtime > vehicle.max_overtime_minutes + _SAME:
        found.say("overtime_minutes", overtime, f"at most {vehicle.max_overtime_minutes}")
    found.equal(row, "cost_vehicle", vehicle.cost_per_day if int(row["trip"]) == 1 else 0.0, _MONEY)
    found.equal(row, "cost_distance", float(row["distance_km"]) * vehicle.cost_per_km, _MONEY)
    found.equal(row, "cost_time", work / 60 * vehicle.cost_per_hour, _MONEY)
    found.equal(row, "cost_overtime", overtime / 60 * vehicle.overtime_cost_per_hour, _MONEY)
    parts = ("cost_vehicle", "cost_distance", "cost_time", "cost_overtime", "cost_late")
    found.equal(row, "cost", sum(float(row[part]) for part in parts), _MONEY)
