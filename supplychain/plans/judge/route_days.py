"""The day of each vehicle of a plan, and whether one stop more would fit on it."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from supplychain.domain import Delivery, Site, Vehicle
from supplychain.plans.judge.route_units import Ground, allows, delivered, picked_up, shift_seconds, up
from supplychain.plans.route_plan import RoutePlan

__all__ = ["VehicleDay", "fits_on_day", "idle_vehicles", "vehicle_days"]

Place = Delivery | Site
Load = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Gap:
    """Between two places of a trip: when the first can be left, by when the other must be reached, and the room."""

    before: Place
    after: Place
    leave: int
    reach: int
    room_before: Load
    room_after: Load


@dataclass(frozen=True, slots=True)
class VehicleDay:
    """A vehicle with the deliveries of its trips, in order."""

    vehicle: Vehicle
    number: int
    trips: tuple[tuple[Delivery, ...], ...]
    gaps: tuple[_Gap, ...]


def vehicle_days(ground: Ground, plan: RoutePlan) -> list[VehicleDay]:
    """The days of the plan's vehicles; trips of unknown vehicles and unknown deliveries are left out."""
    visits: dict[str, list[tuple[int, Delivery]]] = {}
    for row in plan.stops.to_dict("records"):
        if row["delivery_id"] in ground.deliveries:
            visits.setdefault(row["route_id"], []).append((row["sequence"], ground.deliveries[row["delivery_id"]]))
    days: dict[tuple[str, int], list[tuple[int, tuple[Delivery, ...]]]] = {}
    for row in plan.routes.to_dict("records"):
        stops = sorted(visits.get(row["route_id"], []), key=lambda pair: pair[0])
        if row["vehicle_id"] in ground.vehicles and stops:
            key = (row["vehicle_id"], row["vehicle_number"])
            days.setdefault(key, []).append((row["trip"], tuple(stop for _, stop in stops)))
    made = []
    for (vehicle_id, number), numbered in sorted(days.items()):
        trips = tuple(stops for _, stops in sorted(numbered, key=lambda pair: pair[0]))
        vehicle = ground.vehicles[vehicle_id]
        made.append(VehicleDay(vehicle, number, trips, tuple(_gaps(ground, vehicle, trips))))
    return made


def idle_vehicles(ground: Ground, depot_id: str, days: Sequence[VehicleDay]) -> list[Vehicle]:
    """Types of the depot of which at least one vehicle stays in the yard."""
    used = Counter(day.vehicle.vehicle_id for day in days)
    own = [v for v in ground.dataset.vehicles if v.depot_id == depot_id]
    return [v for v in own if used[v.vehicle_id] < v.count]


def fits_on_day(ground: Ground, day: VehicleDay, delivery: Delivery, *, multi_trip: bool) -> bool:
    """Whether the vehicle could take the stop in some gap, or on a trip more, without a rule broken."""
    vehicle = day.vehicle
    if not allows(vehicle, ground.tier(delivery)):
        return False
    if vehicle.max_stops is not None and sum(len(trip) for trip in day.trips) >= vehicle.max_stops:
        return False
    if any(_fits_gap(ground, vehicle, gap, delivery) for gap in day.gaps):
        return True
    if not multi_trip or not _no_more(_largest(delivery), _room(vehicle)):
        return False
    return any(
        _in_time(ground, vehicle, (*day.trips[:k], (delivery,), *day.trips[k:])) for k in range(len(day.trips) + 1)
    )


def _fits_gap(ground: Ground, vehicle: Vehicle, gap: _Gap, delivery: Delivery) -> bool:
    if not _no_more(delivered(delivery), gap.room_before) or not _no_more(picked_up(delivery), gap.room_after):
        return False
    start = max(gap.leave + ground.seconds(vehicle, gap.before, delivery), delivery.window_start * 60)
    if start > delivery.window_end * 60:
        return False
    reach = start + up(delivery.service_minutes * 60) + ground.seconds(vehicle, delivery, gap.after)
    return reach <= gap.reach


def _in_time(ground: Ground, vehicle: Vehicle, trips: Sequence[Sequence[Delivery]]) -> bool:
    depot = ground.dataset.sites[vehicle.depot_id]
    clock, latest = shift_seconds(vehicle)
    for stops in trips:
        place: Place = depot
        for stop in stops:
            clock = max(clock + ground.seconds(vehicle, place, stop), stop.window_start * 60)
            if clock > stop.window_end * 60:
                return False
            clock += up(stop.service_minutes * 60)
            place = stop
        clock += ground.seconds(vehicle, place, depot)
    return clock <= latest


def _gaps(ground: Ground, vehicle: Vehicle, trips: Sequence[Sequence[Delivery]]) -> Iterator[_Gap]:
    depot = ground.dataset.sites[vehicle.depot_id]
    leave, reach = _leave_times(ground, vehicle, trips, depot), _reach_times(ground, vehicle, trips, depot)
    at = 0
    for stops in trips:
        places: list[Place] = [depot, *stops, depot]
        for (before, after), room_before, room_after in zip(
            itertools.pairwise(places), *_rooms(vehicle, stops), strict=True
        ):
            yield _Gap(before, after, leave[at], reach[at], room_before, room_after)
            at += 1


def _leave_times(ground: Ground, vehicle: Vehicle, trips: Sequence[Sequence[Delivery]], depot: Site) -> list[int]:
    clock, _ = shift_seconds(vehicle)
    times = []
    for stops in trips:
        times.append(clock)
        place: Place = depot
        for stop in stops:
            clock = max(clock + ground.seconds(vehicle, place, stop), stop.window_start * 60)
            clock += up(stop.service_minutes * 60)
            times.append(clock)
            place = stop
        clock += ground.seconds(vehicle, place, depot)
    return times


def _reach_times(ground: Ground, vehicle: Vehicle, trips: Sequence[Sequence[Delivery]], depot: Site) -> list[int]:
    _, clock = shift_seconds(vehicle)
    times = []
    for stops in reversed(trips):
        times.append(clock)
        place: Place = depot
        for stop in reversed(stops):
            clock -= ground.seconds(vehicle, stop, place) + up(stop.service_minutes * 60)
            clock = min(clock, stop.window_end * 60)
            times.append(clock)
            place = stop
        clock -= ground.seconds(vehicle, depot, place)
    return times[::-1]


def _rooms(vehicle: Vehicle, stops: Sequence[Delivery]) -> tuple[list[Load], list[Load]]:
    """Room left up to each place of the trip, and from it to the end."""
    loads = [_sum([delivered(stop) for stop in stops])]
    for stop in stops:
        down, more = delivered(stop), picked_up(stop)
        loads.append((loads[-1][0] - down[0] + more[0], loads[-1][1] - down[1] + more[1]))
    most = _room(vehicle)
    before, after, peak = [], [], loads[0]
    for load in loads:
        peak = (max(peak[0], load[0]), max(peak[1], load[1]))
        before.append((most[0] - peak[0], most[1] - peak[1]))
    peak = loads[-1]
    for load in reversed(loads):
        peak = (max(peak[0], load[0]), max(peak[1], load[1]))
        after.append((most[0] - peak[0], most[1] - peak[1]))
    return before, after[::-1]


def _room(vehicle: Vehicle) -> Load:
    return int(vehicle.capacity_kg * 1000 + 1e-6), int(vehicle.capacity_l * 1000 + 1e-6)


def _largest(delivery: Delivery) -> Load:
    down, more = delivered(delivery), picked_up(delivery)
    return max(down[0], more[0]), max(down[1], more[1])


def _sum(loads: Sequence[Load]) -> Load:
    return sum(load[0] for load in loads), sum(load[1] for load in loads)


def _no_more(load: Load, room: Load) -> bool:
    return load[0] <= room[0] and load[1] <= room[1]
