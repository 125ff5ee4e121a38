"""Judge a route plan from the data set and the settings alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from supplychain.domain import DataSet, Delivery
from supplychain.plans.judge.route_trips import judge_day, judge_trip
from supplychain.plans.judge.route_units import Ground
from supplychain.plans.judge.route_unserved import judge_unserved, unserved_is_explained
from supplychain.plans.route_plan import RoutePlan, routed_depots
from supplychain.plans.violation import Violation
from supplychain.scenario.settings import Settings

__all__ = ["judge_routes", "unserved_is_explained"]

Row = Mapping[str, Any]
Stops = dict[str, list[tuple[Row, Delivery]]]


def judge_routes(dataset: DataSet, plan: RoutePlan, settings: Settings) -> tuple[Violation, ...]:
    """Everything that is wrong with the plan; an empty tuple means it can be driven and costs what it says.

    Checked: every delivery of the routed depots exactly once on a route or unserved; distances, times, windows,
    loads on the way, tiers, shifts, overtime, vehicle counts, trips that overlap, costs; and for each delivery left
    out that lifting its reason, and nothing less, lets it fit.
    """
    ground = Ground(dataset, settings.route.circuity)
    found = [*_coverage(ground, plan, settings), *_route_ids(plan)]
    stops = _stops_by_route(ground, plan)
    days: dict[tuple[str, int], list[Row]] = {}
    for route in plan.routes.to_dict("records"):
        problems = _assignment(ground, route, stops)
        found += problems
        if problems:
            continue
        vehicle = ground.vehicles[route["vehicle_id"]]
        found += judge_trip(ground, route, stops[route["route_id"]], vehicle)
        days.setdefault((vehicle.vehicle_id, int(route["vehicle_number"])), []).append(route)
    late = {name: sum(int(row["lateness_days"]) * d.late_penalty for row, d in rows) for name, rows in stops.items()}
    for (vehicle_id, _), trips in sorted(days.items()):
        ordered = sorted(trips, key=lambda row: int(row["trip"]))
        multi_trip = settings.route.multi_trip
        found += judge_day(ground, ground.vehicles[vehicle_id], ordered, late, multi_trip=multi_trip)
    return (*found, *judge_unserved(dataset, plan, settings))


def _coverage(ground: Ground, plan: RoutePlan, settings: Settings) -> list[Violation]:
    depots = set(routed_depots(ground.dataset, settings.route.depots))
    seen = Counter(plan.stops["delivery_id"])
    seen.update(plan.unserved["delivery_id"])
    found = []
    for delivery_id, delivery in ground.deliveries.items():
        wanted = int(delivery.depot_id in depots)
        if seen[delivery_id] != wanted:
            rule = "must be on one route or unserved, once" if wanted else "its depot is not routed"
            found.append(
                Violation("stops", f"delivery {delivery_id}", "delivery_id", f"{seen[delivery_id]} times", rule)
            )
    strangers = sorted(str(name) for name in seen if name not in ground.deliveries)
    return found + [
        Violation("stops", f"delivery {name}", "delivery_id", name, "is no delivery of the data set")
        for name in strangers
    ]


def _route_ids(plan: RoutePlan) -> list[Violation]:
    counts = Counter(plan.routes["route_id"])
    found = [
        Violation("routes", f"route {name}", "route_id", f"{count} rows", "must be unique")
        for name, count in sorted(counts.items())
        if count > 1
    ]
    lost = sorted({str(name) for name in plan.stops["route_id"] if name not in counts})
    return found + [Violation("stops", f"route {name}", "route_id", name, "is no route of the plan") for name in lost]


def _stops_by_route(ground: Ground, plan: RoutePlan) -> Stops:
    stops: Stops = {}
    for row in plan.stops.to_dict("records"):
        if row["delivery_id"] in ground.deliveries:
            stops.setdefault(row["route_id"], []).append((row, ground.deliveries[row["delivery_id"]]))
    return {name: sorted(rows, key=lambda pair: pair[0]["sequence"]) for name, rows in stops.items()}


def _assignment(ground: Ground, route: Row, stops: Stops) -> list[Violation]:
    """What makes it pointless to measure the trip: no such vehicle, another depot, no stops."""
    record, name = f"route {route['route_id']}", str(route["vehicle_id"])
    vehicle = ground.vehicles.get(name)
    if vehicle is None:
        return [Violation("routes", record, "vehicle_id", name, "is no vehicle of the data set")]
    found = []
    if vehicle.depot_id != route["depot_id"]:
        rule = f"vehicle {name} stands at {vehicle.depot_id}"
        found.append(Violation("routes", record, "depot_id", str(route["depot_id"]), rule))
    if ground.dataset.sites[vehicle.depot_id].status != "open":
        found.append(Violation("routes", record, "depot_id", vehicle.depot_id, "the depot is not open"))
    if not 1 <= int(route["vehicle_number"]) <= vehicle.count:
        rule = f"there are {vehicle.count} vehicles {name}, numbered from 1"
        found.append(Violation("routes", record, "vehicle_number", str(route["vehicle_number"]), rule))
    rows = stops.get(str(route["route_id"]), [])
    if not rows:
        found.append(Violation("routes", record, "stops", "0", "a trip has at least one stop"))
    return found + [
        Violation("stops", f"{record}, delivery {d.delivery_id}", "delivery_id", d.depot_id, "belongs to another depot")
        for _, d in rows
        if d.depot_id != vehicle.depot_id
    ]
