"""From a data set to a route plan: every delivery accounted for, reasons true, the same plan every time."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from supplychain.domain import great_circle_km
from supplychain.errors import PlanError, ScenarioError
from supplychain.handover.routing import route_all
from supplychain.handover.routing_problem import depot_day, routing_problem
from supplychain.plans.judge.routes import judge_routes
from supplychain.plans.route_plan import RoutePlan, route_day
from supplychain.plans.route_summary import summarize_routes


class Backwards(Executor):
    """Runs tasks only when their result is wanted, last first: an order no caller may rely on."""

    def __init__(self):
        self.waiting = []

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        self.waiting.append((future, fn, args, kwargs))
        future.result = lambda timeout=None: self._finish(future)
        return future

    def _finish(self, future):
        while self.waiting:
            other, fn, args, kwargs = self.waiting.pop()
            other.set_result(fn(*args, **kwargs))
        return Future.result(future)


def same(left, right):
    for name, table in left.to_tables().items():
        pd.testing.assert_frame_equal(table, right.to_tables()[name], check_exact=True)


def test_a_county_is_routed_and_the_judge_agrees(county, settings):
    dataset = county(60, depots=2)
    plan = route_all(dataset, settings())
    assert judge_routes(dataset, plan, settings()) == ()
    named = sorted([*plan.stops["delivery_id"], *plan.unserved["delivery_id"]])
    assert named == sorted(d.delivery_id for d in dataset.deliveries)
    assert set(plan.stops["kind"]) == {"delivery", "return", "farm_pickup"}


@given(
    stops=st.integers(1, 25),
    seed=st.integers(0, 10**6),
    vans=st.integers(0, 2),
    mopeds=st.integers(0, 1),
    max_stops=st.sampled_from([None, 3, 60]),
    multi_trip=st.booleans(),
)
@effort(max_examples=40, deadline=None)
def test_the_judge_passes_every_plan(county, settings, stops, seed, vans, mopeds, max_stops, multi_trip):
    dataset = county(stops, seed=seed, vans=vans, mopeds=mopeds, max_stops=max_stops)
    chosen = settings(iterations=5, multi_trip=multi_trip)
    assert judge_routes(dataset, route_all(dataset, chosen), chosen) == ()


def test_ortools_gives_a_plan_that_the_judge_passes(county, settings):
    dataset = county(20)
    chosen = settings(engine="ortools", iterations=20)
    assert judge_routes(dataset, route_all(dataset, chosen), chosen) == ()


def test_same_input_same_plan_for_any_executor_and_file_order(county, settings):
    dataset = county(30, depots=2)
    plan = route_all(dataset, settings())
    same(plan, route_all(dataset, settings(), executor=Backwards()))
    same(plan, route_all(replace(dataset, deliveries=dataset.deliveries[::-1]), settings()))


def test_one_depot_alone_has_the_routes_it_has_among_all(county, settings):
    dataset = county(30, depots=2)
    plan = route_all(dataset, settings())
    alone = route_all(dataset, settings(depots=("H2",)))
    some = plan.stops["route_id"].str.startswith("H2/")
    pd.testing.assert_frame_equal(alone.stops, plan.stops[some].reset_index(drop=True))
    assert judge_routes(dataset, alone, settings(depots=("H2",))) == ()


def test_tables_go_round(county, settings):
    plan = route_all(county(20), settings())
    same(plan, RoutePlan.from_tables(plan.to_tables()))
    empty = RoutePlan.join([])
    assert [len(table) for table in empty.to_tables().values()] == [0, 0, 0]


def test_tables_that_are_no_plan_are_refused_with_every_problem(county, settings):
    tables = route_all(county(5), settings()).to_tables()
    tables["routes"] = tables["routes"].drop(columns="cost").assign(trip="first")
    del tables["unserved"]
    with pytest.raises(PlanError) as caught:
        RoutePlan.from_tables(tables)
    assert {(p.file, p.field) for p in caught.value.problems} == {
        ("routes", "cost"),
        ("routes", "trip"),
        ("unserved", ""),
    }


def test_an_unknown_depot_is_refused(county, settings):
    with pytest.raises(ScenarioError, match="nowhere"):
        route_all(county(5), settings(depots=("nowhere",)))


def first(dataset, **changes):
    return replace(dataset, deliveries=(replace(dataset.deliveries[0], **changes), *dataset.deliveries[1:]))


def odd(dataset, **changes):
    """The data set with its first delivery in town, without a window, and changed."""
    return first(dataset, **({"kind": "delivery", "window_start": 0, "window_end": 1439, "site_id": "H1T"} | changes))


def only_town(dataset):
    return tuple(replace(v, allowed_tiers=("county_town",)) for v in dataset.vehicles)


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        (lambda d: odd(d, weight_kg=901.0), "too_heavy", "weighs 901 kg.*carries 900 kg"),
        (lambda d: odd(d, volume_l=6000.0), "too_large", "takes 6000 l.*carries 5000 l"),
        (lambda d: odd(d, weight_kg=901.0, volume_l=6000.0), "too_heavy+too_large", "weighs.*; takes"),
        (lambda d: replace(first(d, site_id="H1R"), vehicles=only_town(d)), "tier_not_allowed", "may serve rural"),
        (lambda d: first(odd(d), window_end=360), "window", "06:00"),
        (lambda d: odd(d, lat=33.0), "shift_too_short", "there and back"),
        (lambda d: odd(d, lat=33.0, weight_kg=950.0), "too_heavy+shift_too_short", "weighs"),
        (lambda d: odd(d, promised_from=d.as_of + timedelta(days=9)), "promised_later", "2025-06-09"),
    ],
)  # fmt: skip
def test_a_stop_that_cannot_be_served_has_its_reason(county, settings, change, reason, words):
    dataset = county(12, windows=0.0)
    dataset = replace(
        dataset,
        deliveries=tuple(replace(d, promised_from=d.promised_from or dataset.as_of) for d in dataset.deliveries),
    )
    dataset = change(dataset)
    plan = route_all(dataset, settings())
    rows = plan.unserved.set_index("delivery_id")
    assert rows.loc["H1-0000", "reason"] == reason
    assert pd.Series([rows.loc["H1-0000", "detail"]]).str.contains(words).all()
    assert len(plan.stops) + len(plan.unserved) == 12
    assert judge_routes(dataset, plan, settings()) == ()
    if "tier" not in reason:
        assert len(plan.unserved) == 1


def test_a_closed_depot_and_a_depot_without_vehicles(county, settings):
    dataset = county(5)
    closed = replace(dataset, sites=dataset.sites | {"H1": replace(dataset.sites["H1"], status="closed")})
    for other, reason in ((closed, "depot_closed"), (replace(dataset, vehicles=()), "no_vehicle")):
        plan = route_all(other, settings())
        assert list(plan.unserved["reason"]) == [reason] * 5
        assert judge_routes(other, plan, settings()) == ()
    heavy = odd(closed, weight_kg=2000.0)
    assert route_all(heavy, settings()).unserved["reason"][0] == "depot_closed+too_heavy"


def test_a_fleet_that_is_too_small_serves_what_it_can(county, settings):
    dataset = county(60, vans=1, mopeds=0, max_stops=20)
    plan = route_all(dataset, settings())
    assert len(plan.stops) == 20
    assert set(plan.unserved["reason"]) == {"fleet_capacity"}
    assert judge_routes(dataset, plan, settings()) == ()


def test_parcels_already_late_go_first_when_the_fleet_is_short(county, settings):
    dataset = county(40, vans=1, mopeds=0, max_stops=20, windows=0.0)
    dear = tuple(replace(d, late_penalty=500.0 if d.promised_to else 0.0) for d in dataset.deliveries)
    plan = route_all(replace(dataset, deliveries=dear), settings(iterations=200))
    late = {d.delivery_id for d in dataset.deliveries if d.promised_to}
    assert late <= set(plan.stops["delivery_id"])


def test_the_day_after_the_planning_day_is_routed(county):
    dataset = county(4)
    assert route_day(dataset) == dataset.as_of + timedelta(days=1)


def test_matrices_are_great_circle_times_circuity_at_the_speed_of_the_tier(county, settings):
    dataset = county(6)
    day = depot_day(dataset, "H1", settings(circuity=1.5).route)
    problem = routing_problem(day, range(6))
    van = next(v for v in day.vehicles if v.name == "van")
    profile = problem.vehicles[day.vehicles.index(van)].profile
    places = [day.depot, *day.deliveries]
    speed = {"rural": van.speed_rural_kmh, "county_town": van.speed_county_kmh}
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            km = 1.5 * great_circle_km(a.lat, a.lon, b.lat, b.lon)
            assert problem.distance_m[i, j] == pytest.approx(km * 1000, abs=1.0)
            if i != j:
                hours = km / speed[day.tiers[(j or i) - 1]]
                assert problem.duration_s[profile, i, j] == pytest.approx(hours * 3600, abs=1.0)


def test_summary_adds_up(county, settings):
    dataset = county(60, vans=1, mopeds=1, max_stops=20)
    plan = route_all(dataset, settings())
    table = summarize_routes(plan).set_index("tier")
    assert list(table.index) == ["county_town", "rural", "all"]
    whole = table.loc["all"]
    assert whole["km"] == pytest.approx(plan.routes["distance_km"].sum())
    assert whole["cost"] == pytest.approx(plan.routes["cost"].sum())
    assert whole["parcels"] == plan.routes["parcels"].sum()
    assert whole["unserved_parcels"] == plan.unserved["parcels"].sum()
    assert whole["van_days"] == pytest.approx(len(plan.routes[["vehicle_id", "vehicle_number"]].drop_duplicates()))
    for name in ("km", "cost", "parcels", "van_days", "late_parcels", "unserved_parcels"):
        assert table[name][:-1].sum() == pytest.approx(whole[name])
    assert np.isclose(whole["km_per_parcel"], whole["km"] / whole["parcels"])


def test_summary_of_nothing(settings, dataset_of):
    table = summarize_routes(route_all(dataset_of([], [], []), settings()))
    assert list(table["tier"]) == ["all"]
    assert table["parcels"][0] == 0
