"""From tables to the domain."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest

from supplychain.domain import DemandHistory, Lane, great_circle_km
from supplychain.tables import build_dataset, columns_of, read_tables
from supplychain.tables.build import RECORDS
from supplychain.tables.lane_rule import fill_lanes
from supplychain.tables.parse import default_of

LANES = "origin_id,destination_id,mode,distance_km,transit_days,departures,status\n"


def test_fields_are_typed_and_defaults_apply(write) -> None:
    dataset = build_dataset(read_tables(write()))
    milk, shirt = dataset.items["00123"], dataset.items["NA"]
    assert list(dataset.items) == ["00123", "1E5", "NA", "no"]
    assert (milk.currency, milk.shelf_life_days, milk.introduced, milk.return_rate) == ("CNY", 10, None, 0.0)
    assert type(milk.shelf_life_days) is int
    assert (shirt.currency, shirt.introduced) == ("USD", date(2025, 1, 1))
    assert dataset.sites["WUH"].status == "candidate"
    assert dataset.sites["SHA"].capacity_l == 100000.0
    assert dataset.sites["H1"].capacity_l is None
    assert dataset.suppliers["S1"].order_weekdays == (1, 3, 5)
    assert dataset.suppliers["S2"].order_weekdays == (1, 2, 3, 4, 5, 6, 7)
    assert dataset.suppliers["S2"].closures == (
        (date(2026, 2, 10), date(2026, 2, 24)),
        (date(2026, 10, 1), date(2026, 10, 7)),
    )
    assert [(one.item_id, one.site_id) for one in dataset.supply] == [
        ("00123", None), ("1E5", None), ("no", None), ("NA", "SHA"),
    ]  # fmt: skip
    assert dataset.actuals is None


def test_the_latest_rate_on_or_before_as_of_counts(write) -> None:
    dataset = build_dataset(read_tables(write()))
    assert dict(dataset.rates) == {"USD": 7.2}
    assert dataset.to_base(10, "USD") == 72.0


def test_demand_arrays_say_what_the_file_says(write) -> None:
    demand = build_dataset(read_tables(write())).demand
    assert demand.first_day == date(2025, 5, 29)
    assert demand.days == 3
    assert demand.zone_ids == ("Z1", "Z2")
    assert demand.item_ids == ("00123", "1E5", "NA", "no")
    rows = [
        (demand.first_day + timedelta(days=int(day)), demand.zone_ids[zone], demand.item_ids[item])
        for day, zone, item in zip(demand.day, demand.zone, demand.item, strict=True)
    ]
    assert rows == [
        (date(2025, 5, 29), "Z1", "00123"),
        (date(2025, 5, 30), "Z2", "NA"),
        (date(2025, 5, 31), "Z1", "no"),
    ]
    np.testing.assert_array_equal(demand.quantity, [3.0, np.nan, 2.5])
    np.testing.assert_array_equal(demand.price, [np.nan, np.nan, 8.8])
    assert demand.promo.tolist() == [False, False, True]
    assert demand.in_stock.tolist() == [True, False, True]
    for name in ("day", "zone", "item"):
        assert getattr(demand, name).dtype == np.int32


def test_days_run_up_to_as_of_and_actuals_from_the_day_after(write) -> None:
    actuals = "date,site_id,item_id,quantity\n2025-06-20,Z2,no,1\n2025-06-12,Z1,no,4\n"
    tables = read_tables(write(actuals=actuals), as_of=date(2025, 6, 10))
    dataset = build_dataset(tables)
    assert dataset.demand.first_day == date(2025, 5, 29)
    assert dataset.demand.days == 13
    assert dataset.actuals is not None
    assert dataset.actuals.first_day == date(2025, 6, 11)
    assert dataset.actuals.days == 10
    assert dataset.actuals.day.tolist() == [1, 9]
    assert dataset.actuals.in_stock.all()
    assert isinstance(dataset.actuals, DemandHistory)


def test_lane_rule_none_adds_nothing(write) -> None:
    lanes = LANES + "SHA,Z2,van,25,1,none,\n"
    dataset = build_dataset(read_tables(write(lanes=lanes)))
    (lane,) = dataset.lanes
    assert lane.departures == ()
    assert not lane.usable


def test_great_circle_fills_what_is_missing(write, small_header) -> None:
    lanes = LANES + "H1,Z1,van,25,1,,\nSHA,WUH,truck,900,2,,closed\nWUH,Z2,air,900,1,,\n"
    dataset = build_dataset(read_tables(write(header=small_header + "lane_rule: great_circle\n", lanes=lanes)))
    given, filled = dataset.lanes[:3], dataset.lanes[3:]
    assert [lane.mode for lane in given] == ["van", "truck", "air"]
    assert [(lane.origin_id, lane.destination_id) for lane in filled] == [
        ("SHA", "H1"),
        ("SHA", "Z2"),  # Z1 has a hub; the closed lane to WUH is a statement
        ("WUH", "H1"),
        ("WUH", "SHA"),
        ("WUH", "Z2"),  # an air lane does not replace the truck
    ]
    for lane in filled:
        origin, target = dataset.sites[lane.origin_id], dataset.sites[lane.destination_id]
        km = dataset.constant("circuity") * great_circle_km(origin.lat, origin.lon, target.lat, target.lon)
        assert lane.distance_km == pytest.approx(km, rel=1e-12)
        assert lane.transit_days == pytest.approx(km / dataset.constant("line_haul_km_per_day"), rel=1e-12)
        assert lane.cost_per_kg == pytest.approx(km * dataset.constant("line_haul_cost_per_kg_km"), rel=1e-12)
        assert (lane.mode, lane.filled, lane.departures) == ("truck", True, (1, 2, 3, 4, 5, 6, 7))


def test_closed_sites_get_no_lanes(write) -> None:
    sites = build_dataset(read_tables(write())).sites
    constants = {"circuity": 1.0, "line_haul_km_per_day": 1.0, "line_haul_cost_per_kg_km": 1.0}
    closed = [dataclasses.replace(site, status="closed") if site.kind == "dc" else site for site in sites.values()]
    assert fill_lanes(closed, [], constants) == ()
    given = Lane("WUH", "Z1", 1.0, 1.0)
    lanes = fill_lanes([sites["WUH"], sites["Z1"]], [given], constants)
    assert lanes == ()


@pytest.mark.parametrize("table", list(RECORDS))
def test_domain_and_contract_agree(table: str) -> None:
    """Every field has a column, and both have the same default."""
    columns = {column.name: column for column in columns_of(table)}
    known = {field.name for field in dataclasses.fields(RECORDS[table])}
    assert known - {"first", "last", "filled"} <= set(columns)
    assert set(columns) - {"from", "to"} <= known
    for field in dataclasses.fields(RECORDS[table]):
        column = columns.get({"first": "from", "last": "to"}.get(field.name, field.name))
        if column is None:
            continue
        if field.default is dataclasses.MISSING:
            assert column.required or column.default == "base", field.name
        else:
            assert not column.required, field.name
            wanted = default_of(column, "CNY")
            assert field.default in ((wanted,) if column.default else (None, (), "")), field.name
