"""A routing solution as the rows of a route plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from solvers.routing.problem import RoutingProblem
from solvers.routing.solution import Route, RoutingSolution, Trip
from supplychain.handover.routing_problem import DepotDay
from supplychain.plans.route_plan import RoutePlan

__all__ = ["route_plan"]

Row = dict[str, object]


def route_plan(
    day: DepotDay,
    problem: RoutingProblem,
    solution: RoutingSolution,
    chosen: Sequence[int],
    unserved: Sequence[Row],
) -> RoutePlan:
    """Rows of the solution; stop ``s`` of the problem is delivery ``chosen[s]`` of the day."""
    routes: list[Row] = []
    stops: list[Row] = []
    numbers: Counter[int] = Counter()
    for route in solution.routes:
        numbers[route.vehicle] += 1
        for row, lines in _trips(day, problem, route, numbers[route.vehicle], chosen):
            routes.append(row)
            stops.extend(lines)
    return RoutePlan.from_rows(routes, stops, sorted(unserved, key=lambda row: str(row["delivery_id"])))


def _trips(
    day: DepotDay, problem: RoutingProblem, route: Route, number: int, chosen: Sequence[int]
) -> Iterator[tuple[Row, list[Row]]]:
    kind = problem.vehicles[route.vehicle]
    first, free = route.trips[0].departure, route.trips[0].departure
    for index, trip in enumerate(route.trips, start=1):
        name = f"{day.depot.site_id}/{kind.name}/{number:03d}/{index}"
        lines = _stops(day, problem, trip, name, chosen)
        over = [max(0, at - first - kind.shift_length) for at in (free, trip.back)]
        work, overtime = trip.back - free, over[1] - over[0]
        metres = sum(_legs(problem, trip))
        parts = {
            "cost_vehicle": kind.fixed_cost if index == 1 else 0.0,
            "cost_distance": metres / 1000 * kind.cost_per_km,
            "cost_time": work / 3600 * kind.cost_per_hour,
            "cost_overtime": overtime / 3600 * kind.overtime_cost_per_hour,
            "cost_late": sum(day.lateness_days[chosen[s]] * day.deliveries[chosen[s]].late_penalty for s in trip.stops),
        }
        out = problem.demand[list(trip.stops)].sum(axis=0)
        row: Row = {
            "route_id": name,
            "depot_id": day.depot.site_id,
            "vehicle_id": kind.name,
            "vehicle_number": number,
            "trip": index,
            "departure_minute": trip.departure / 60,
            "return_minute": trip.back / 60,
            "distance_km": metres / 1000,
            "work_minutes": work / 60,
            "overtime_minutes": overtime / 60,
            "load_kg": max([float(out[0]) / 1000, *(float(str(line["load_kg_after"])) for line in lines)]),
            "load_l": max([float(out[1]) / 1000, *(float(str(line["load_l_after"])) for line in lines)]),
            "stops": len(trip.stops),
            "parcels": sum(day.deliveries[chosen[s]].parcels for s in trip.stops),
            "cost": sum(parts.values()),
            **parts,
        }
        free = trip.back
        yield row, lines


def _legs(problem: RoutingProblem, trip: Trip) -> list[int]:
    """Metres of each leg, the way back last."""
    places = [0, *(problem.location(s) for s in trip.stops), 0]
    return [int(m) for m in problem.distance_m[places[:-1], places[1:]]]


def _stops(day: DepotDay, problem: RoutingProblem, trip: Trip, name: str, chosen: Sequence[int]) -> list[Row]:
    load = problem.demand[list(trip.stops)].sum(axis=0)
    rows: list[Row] = []
    for i, (stop, metres) in enumerate(zip(trip.stops, _legs(problem, trip), strict=False)):
        delivery = day.deliveries[chosen[stop]]
        load = load - problem.demand[stop] + problem.pickup[stop]
        rows.append(
            {
                "route_id": name,
                "sequence": i + 1,
                "delivery_id": delivery.delivery_id,
                "kind": delivery.kind,
                "tier": day.tiers[chosen[stop]],
                "parcels": delivery.parcels,
                "arrival_minute": trip.arrival[i] / 60,
                "start_minute": trip.start[i] / 60,
                "departure_minute": trip.finish[i] / 60,
                "lateness_days": day.lateness_days[chosen[stop]],
                "leg_km": metres / 1000,
                "load_kg_after": float(load[0]) / 1000,
                "load_l_after": float(load[1]) / 1000,
            }
        )
    return rows
