"""Whether each delivery left out has a true and smallest reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations

from supplychain.domain import DataSet, Delivery, Site, Vehicle
from supplychain.plans.judge.route_days import VehicleDay, fits_on_day, idle_vehicles, vehicle_days
from supplychain.plans.judge.route_units import Ground, allows, delivered, picked_up, shift_seconds, up
from supplychain.plans.route_plan import REASONS, RoutePlan, route_day
from supplychain.plans.violation import Violation
from supplychain.scenario.settings import Settings

__all__ = ["fits_alone", "fits_in_plan", "judge_unserved", "unserved_is_explained"]


def judge_unserved(dataset: DataSet, plan: RoutePlan, settings: Settings) -> list[Violation]:
    """Every row of ``plan.unserved`` whose reason is unknown, untrue or larger than need be."""
    ground = Ground(dataset, settings.route.circuity)
    days = vehicle_days(ground, plan)
    found = []
    for row in plan.unserved.to_dict("records"):
        delivery = ground.deliveries.get(row["delivery_id"])
        if delivery is None:
            continue  # said by the judge of coverage
        record = f"delivery {delivery.delivery_id}"
        codes = str(row["reason"]).split("+")
        if not set(codes) <= set(REASONS) or len(set(codes)) < len(codes):
            rule = "must be reasons of the plan's list, joined by +"
            found.append(Violation("unserved", record, "reason", str(row["reason"]), rule))
        elif not str(row["detail"]).strip():
            found.append(Violation("unserved", record, "detail", "", "must say why in words"))
        elif not unserved_is_explained(ground, delivery, codes, days=days, multi_trip=settings.route.multi_trip):
            rule = "lifting the reason, and nothing less, must let the stop fit"
            found.append(Violation("unserved", record, "reason", str(row["reason"]), rule))
        for field, true in (
            ("depot_id", delivery.depot_id),
            ("tier", ground.tier(delivery)),
            ("parcels", delivery.parcels),
        ):
            if row[field] != true:
                found.append(Violation("unserved", record, field, str(row[field]), f"must be {true}"))
    return found


def unserved_is_explained(
    ground: Ground, delivery: Delivery, codes: Sequence[str], *, days: Sequence[VehicleDay], multi_trip: bool
) -> bool:
    """Whether the stop fits once the named constraints are lifted, and does not when any of them stays.

    A stop that a vehicle of its own could serve is left out only for ``fleet_capacity``: then one more vehicle takes
    it, while no vehicle of the plan, and none still in the yard, does.
    """
    if list(codes) == ["fleet_capacity"]:
        return fits_alone(ground, delivery, ()) and not fits_in_plan(ground, delivery, days, multi_trip=multi_trip)
    if "fleet_capacity" in codes or not fits_alone(ground, delivery, codes):
        return False
    smaller = (kept for size in range(len(codes)) for kept in combinations(codes, size))
    return not any(fits_alone(ground, delivery, kept) for kept in smaller)


def fits_alone(ground: Ground, delivery: Delivery, lifted: Sequence[str]) -> bool:
    """Whether an empty vehicle of the depot could serve the stop alone, were the lifted constraints not there."""
    dataset, depot = ground.dataset, ground.dataset.sites[delivery.depot_id]
    if depot.status != "open" and "depot_closed" not in lifted:
        return False
    if _promised_later(delivery, route_day(dataset)) and "promised_later" not in lifted:
        return False
    own = [v for v in dataset.vehicles if v.depot_id == delivery.depot_id]
    if not any(v.count for v in own):
        if "no_vehicle" not in lifted:
            return False
        if not dataset.vehicles:
            return True
        own = list(dataset.vehicles)
    else:
        own = [v for v in own if v.count or "no_vehicle" in lifted]
    return any(_vehicle_serves(ground, depot, vehicle, delivery, lifted) for vehicle in own)


def fits_in_plan(ground: Ground, delivery: Delivery, days: Sequence[VehicleDay], *, multi_trip: bool) -> bool:
    """Whether a vehicle that is out could take the stop as well, or one still in the yard could."""
    mine = [day for day in days if day.vehicle.depot_id == delivery.depot_id]
    depot = ground.dataset.sites[delivery.depot_id]
    return any(fits_on_day(ground, day, delivery, multi_trip=multi_trip) for day in mine) or any(
        _vehicle_serves(ground, depot, vehicle, delivery, ())
        for vehicle in idle_vehicles(ground, delivery.depot_id, mine)
    )


def _vehicle_serves(ground: Ground, depot: Site, vehicle: Vehicle, delivery: Delivery, lifted: Sequence[str]) -> bool:
    grams, millilitres = (max(pair) for pair in zip(delivered(delivery), picked_up(delivery), strict=True))
    if grams > vehicle.capacity_kg * 1000 + 1e-6 and "too_heavy" not in lifted:
        return False
    if millilitres > vehicle.capacity_l * 1000 + 1e-6 and "too_large" not in lifted:
        return False
    if not allows(vehicle, ground.tier(delivery)) and "tier_not_allowed" not in lifted:
        return False
    leave, back = shift_seconds(vehicle)
    first, last = delivery.window_start * 60, delivery.window_end * 60
    start = leave + ground.seconds(vehicle, depot, delivery)
    if "shift_too_short" in lifted:
        return True  # the vehicle may leave and return when it likes, so any window can be met
    if "window" not in lifted:
        start = max(start, first)
        if start > last:
            return False
    return start + up(delivery.service_minutes * 60) + ground.seconds(vehicle, delivery, depot) <= back


def _promised_later(delivery: Delivery, day: date) -> bool:
    return delivery.promised_from is not None and delivery.promised_from > day
