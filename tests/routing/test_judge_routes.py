"""The judge catches each seeded corruption of a sound plan, and passes the plan itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from supplychain.handover.routing import route_all
from supplychain.plans.judge.routes import judge_routes
from supplychain.plans.route_plan import RoutePlan

SETTINGS = {"iterations": 60}


@pytest.fixture(scope="module")
def case(county, settings):
    """A plan with several trips of one vehicle, two depots, and deliveries left out for two reasons."""
    dataset = county(50, depots=2, vans=1, mopeds=2, max_stops=16, seed=4)
    heavy = replace(dataset.deliveries[0], weight_kg=5000.0)
    dataset = replace(dataset, deliveries=(heavy, *dataset.deliveries[1:]))
    plan = route_all(dataset, settings(**SETTINGS))
    assert {"too_heavy", "fleet_capacity"} <= set(plan.unserved["reason"])
    assert plan.routes["trip"].max() > 1
    assert (plan.routes["stops"] > 2).any()
    return dataset, plan, settings(**SETTINGS)


def test_the_clean_plan_passes_also_when_read_from_tables(case):
    dataset, plan, settings = case
    assert judge_routes(dataset, plan, settings) == ()
    assert judge_routes(dataset, RoutePlan.from_tables(plan.to_tables()), settings) == ()


def edited(plan, table, row, column, value):
    """The plan with one cell changed; ``value`` may be a function of the old one."""
    frame = plan.to_tables()[table].copy()
    old = frame.loc[row, column]
    frame.loc[row, column] = value(old) if callable(value) else value
    return replace(plan, **{table: frame})


def long_route(plan):
    """Row of a route of more than two stops that are not rural, and the rows of its stops."""
    row = int(plan.routes.index[plan.routes["stops"] > 2][0])
    return row, plan.stops.index[plan.stops["route_id"] == plan.routes.loc[row, "route_id"]].tolist()


def second_trip(plan):
    return int(plan.routes.index[plan.routes["trip"] == 2][0])


def swapped(plan):
    """Two stops of a trip in the other order, their times kept."""
    _, rows = long_route(plan)
    frame = plan.stops.copy()
    first, second = rows[0], rows[1]
    frame.loc[[first, second], "delivery_id"] = frame.loc[[second, first], "delivery_id"].to_numpy()
    return replace(plan, stops=frame)


def without_stop(plan):
    _, rows = long_route(plan)
    return replace(plan, stops=plan.stops.drop(index=rows[1]).reset_index(drop=True))


def twice(plan):
    return replace(plan, stops=pd.concat([plan.stops, plan.stops.iloc[[0]]], ignore_index=True))


def both(plan):
    row = plan.unserved.iloc[[0]].assign(delivery_id=plan.stops["delivery_id"][0], reason="fleet_capacity")
    return replace(plan, unserved=pd.concat([plan.unserved, row], ignore_index=True))


def shifted_day(plan):
    """Every time of a vehicle's day an hour earlier, so that it starts before its shift or misses a window."""
    routes, stops = plan.routes.copy(), plan.stops.copy()
    first = routes.iloc[0]
    mine = (routes["vehicle_id"] == first["vehicle_id"]) & (routes["vehicle_number"] == first["vehicle_number"])
    routes.loc[mine, ["departure_minute", "return_minute"]] -= 300.0
    names = routes.loc[mine, "route_id"]
    stops.loc[stops["route_id"].isin(names), ["arrival_minute", "start_minute", "departure_minute"]] -= 300.0
    return replace(plan, routes=routes, stops=stops)


def overlapping(plan):
    """The second trip of a vehicle leaves while the first is out."""
    routes, stops = plan.routes.copy(), plan.stops.copy()
    row = second_trip(plan)
    routes.loc[row, ["departure_minute", "return_minute"]] -= 1.0
    mine = stops["route_id"] == routes.loc[row, "route_id"]
    stops.loc[mine, ["arrival_minute", "start_minute", "departure_minute"]] -= 1.0
    return replace(plan, routes=routes, stops=stops)


def extra_vehicle(plan):
    """The second trip given to a vehicle that does not exist."""
    return edited(plan, "routes", second_trip(plan), "vehicle_number", 99)


def lost_route(plan):
    return replace(plan, routes=plan.routes.iloc[1:].reset_index(drop=True))


def route_twice(plan):
    return replace(plan, routes=pd.concat([plan.routes, plan.routes.iloc[[0]]], ignore_index=True))


def served_dropped(plan):
    """A trip taken away and its stops listed as if the fleet had been too small."""
    name = plan.routes["route_id"].iloc[-1]
    gone = plan.stops[plan.stops["route_id"] == name]
    rows = gone[["delivery_id", "tier", "parcels"]].assign(
        depot_id=name.split("/")[0], reason="fleet_capacity", detail="every vehicle is out"
    )
    return RoutePlan(
        plan.routes.iloc[:-1],
        plan.stops[plan.stops["route_id"] != name].reset_index(drop=True),
        pd.concat([plan.unserved, rows], ignore_index=True),
    )


def reason(plan, old, new):
    row = int(plan.unserved.index[plan.unserved["reason"] == old][0])
    return edited(plan, "unserved", row, "reason", new)


def route_cell(column, value, row=0):
    return lambda plan: edited(plan, "routes", row, column, value)


def stop_cell(column, value):
    return lambda plan: edited(plan, "stops", long_route(plan)[1][1], column, value)


def unserved_cell(column, value):
    return lambda plan: edited(plan, "unserved", 0, column, value)


CORRUPTIONS = {
    "two stops swapped": swapped,
    "a delivery on no route and not listed": without_stop,
    "a delivery on a route twice": twice,
    "a delivery served and unserved": both,
    "an unserved delivery forgotten": lambda plan: replace(plan, unserved=plan.unserved.iloc[1:]),
    "a stranger delivered": stop_cell("delivery_id", "nobody"),
    "a day moved before its shift": shifted_day,
    "trips that overlap": overlapping,
    "a vehicle too many": extra_vehicle,
    "a route lost": lost_route,
    "a route listed twice": route_twice,
    "a vehicle unknown": route_cell("vehicle_id", "ghost"),
    "a vehicle of another depot": route_cell("vehicle_id", "H2-van"),
    "another depot named": route_cell("depot_id", "H2"),
    "a trip number skipped": lambda plan: edited(plan, "routes", second_trip(plan), "trip", 3),
    "a shorter distance": route_cell("distance_km", lambda old: old - 0.01),
    "a shorter leg": stop_cell("leg_km", lambda old: old - 0.01),
    "an earlier arrival": stop_cell("arrival_minute", lambda old: old - 0.1),
    "a later arrival": stop_cell("arrival_minute", lambda old: old + 0.1),
    "service before the window or arrival": stop_cell("start_minute", lambda old: old - 200.0),
    "a shorter service": stop_cell("departure_minute", lambda old: old - 0.1),
    "an earlier return": route_cell("return_minute", lambda old: old - 0.1),
    "a later departure": route_cell("departure_minute", lambda old: old + 0.1),
    "a sequence with a gap": stop_cell("sequence", 77),
    "another kind": stop_cell("kind", "farm"),
    "another tier": stop_cell("tier", "city"),
    "more parcels at a stop": stop_cell("parcels", lambda old: old + 1),
    "lateness hidden": lambda plan: edited(
        plan, "stops", int(plan.stops.index[plan.stops["lateness_days"] > 0][0]), "lateness_days", 0
    ),
    "a lighter load after a stop": stop_cell("load_kg_after", lambda old: old - 0.01),
    "a smaller load after a stop": stop_cell("load_l_after", lambda old: old - 0.01),
    "a lighter load": route_cell("load_kg", lambda old: old - 0.01),
    "a smaller load": route_cell("load_l", lambda old: old - 0.01),
    "fewer stops": route_cell("stops", lambda old: old - 1),
    "fewer parcels": route_cell("parcels", lambda old: old - 1),
    "less work": route_cell("work_minutes", lambda old: old - 0.01),
    "more overtime": route_cell("overtime_minutes", lambda old: old + 0.01),
    "cost too low": route_cell("cost", lambda old: old - 0.01),
    "vehicle cost left out": route_cell("cost_vehicle", 0.0),
    "distance cost too low": route_cell("cost_distance", lambda old: old - 0.01),
    "time cost too low": route_cell("cost_time", lambda old: old - 0.01),
    "overtime cost too high": route_cell("cost_overtime", lambda old: old + 0.01),
    "late cost wrong": route_cell("cost_late", lambda old: old + 0.01),
    "a cost that is no number": route_cell("cost", float("nan")),
    "an arrival that is no number": stop_cell("arrival_minute", float("nan")),
    "a trip dropped as if the fleet were short": served_dropped,
    "a false reason": lambda plan: reason(plan, "fleet_capacity", "window"),
    "a reason larger than need be": lambda plan: reason(plan, "too_heavy", "too_heavy+too_large"),
    "a heavy parcel blamed on the fleet": lambda plan: reason(plan, "too_heavy", "fleet_capacity"),
    "an unknown reason": lambda plan: reason(plan, "too_heavy", "rain"),
    "no words": unserved_cell("detail", " "),
    "unserved at another depot": unserved_cell("depot_id", "H9"),
    "unserved parcels miscounted": unserved_cell("parcels", lambda old: old + 1),
}


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_caught(case, name):
    dataset, plan, settings = case
    assert judge_routes(dataset, CORRUPTIONS[name](plan), settings) != ()


DATA_CHANGES = {
    "a weaker vehicle": (lambda v: replace(v, capacity_kg=1.0), "load_kg"),
    "a smaller vehicle": (lambda v: replace(v, capacity_l=1.0), "load_l"),
    "a shorter shift": (lambda v: replace(v, shift_end=v.shift_start + 5, max_overtime_minutes=0), "return_minute"),
    "a later shift": (
        lambda v: replace(v, shift_start=v.shift_start + 600, shift_end=v.shift_end + 600), "departure_minute"),
    "fewer vehicles": (lambda v: replace(v, count=0), "vehicle_number"),
    "no such tier": (lambda v: replace(v, allowed_tiers=("city",)), "tier"),
    "fewer stops a day": (lambda v: replace(v, max_stops=1), "stops"),
    "a slower vehicle": (
        lambda v: replace(v, speed_city_kmh=5.0, speed_county_kmh=5.0, speed_rural_kmh=5.0), "arrival_minute"),
    "a dearer vehicle": (lambda v: replace(v, cost_per_day=v.cost_per_day + 1), "cost_vehicle"),
}  # fmt: skip


@pytest.mark.parametrize("name", DATA_CHANGES)
def test_a_plan_for_other_vehicles_is_caught_on_the_right_field(case, name):
    dataset, plan, settings = case
    change, field = DATA_CHANGES[name]
    other = replace(dataset, vehicles=tuple(change(v) for v in dataset.vehicles))
    assert field in {violation.field for violation in judge_routes(other, plan, settings)}


def test_settings_and_sites_are_part_of_the_verdict(case, settings):
    dataset, plan, _ = case
    single = judge_routes(dataset, plan, settings(multi_trip=False))
    assert any("multi_trip" in violation.rule for violation in single)
    assert any(v.field == "leg_km" for v in judge_routes(dataset, plan, settings(circuity=1.4)))
    closed = replace(dataset, sites=dataset.sites | {"H1": replace(dataset.sites["H1"], status="closed")})
    assert any("not open" in violation.rule for violation in judge_routes(closed, plan, settings()))
    partly = judge_routes(dataset, plan, settings(depots=("H1",)))
    assert any("not routed" in violation.rule for violation in partly)


def test_a_window_missed_and_a_promise_of_a_later_day_are_caught(case):
    dataset, plan, settings = case
    served, other = plan.stops["delivery_id"][:2]

    def changed(name, **changes):
        deliveries = (replace(d, **changes) if d.delivery_id == name else d for d in current.deliveries)
        return replace(current, deliveries=tuple(deliveries))

    current = dataset
    assert "start_minute" in {v.field for v in judge_routes(changed(served, window_end=1), plan, settings)}
    current = changed(other, promised_from=dataset.as_of + timedelta(days=1))
    assert judge_routes(current, plan, settings) == ()
    current = changed(served, promised_from=dataset.as_of + timedelta(days=5))
    assert {v.record.split()[-1] for v in judge_routes(current, plan, settings)} == {served}
