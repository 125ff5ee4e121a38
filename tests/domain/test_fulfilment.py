from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.domain import Item, Lane, Site
from supplychain.domain.fulfilment import build_fulfilment, departure_wait_days
from supplychain.domain.sourcing import build_sourcing
from tests.replenishment.small_world import data_set

CONSTANTS = {
    "processing_days": 0.5,
    "touch_days": 0.25,
    "rural_run_interval_days": 4.0,
    "county_run_interval_days": 1.0,
    "units_per_parcel": 2.0,
    "last_mile_cost_per_parcel_tier1_city": 3.0,
    "last_mile_cost_per_parcel_city": 4.0,
    "last_mile_cost_per_parcel_county_town": 5.0,
    "last_mile_cost_per_parcel_rural": 8.0,
    "last_mile_density_exponent": -0.5,
    "last_mile_reference_density": 100.0,
    "remote_surcharge_share": 0.5,
}


def four_nodes(**changes):
    """A dc, a hub on the way, a rural and remote zone behind the hub, and a city zone on the way."""
    sites = [
        Site("D", "D", "dc", "city", 0, 0, handling_cost_per_unit=0.5),
        Site("H", "H", "hub", "county_town", 0, 1, handling_cost_per_unit=0.3),
        Site("R", "R", "zone", "rural", 0, 2, remote=True, density_per_km2=25.0),
        Site("C", "C", "zone", "city", 0, 3),
    ]
    lanes = (
        Lane("D", "H", 200, 1.5, cost_per_kg=0.4, departures=(1, 3, 5)),
        Lane("H", "R", 50, 0.7, cost_per_kg=0.6, cost_per_unit=0.1, departures=(2,)),
        Lane("D", "C", 80, 0.2, cost_per_kg=0.1),
        Lane("C", "R", 1, 0.01),  # nothing passes through a zone
    )
    items = {"i": Item("i", "i", "c", 10, 5, "CNY", 1, 2.0)}
    fields = {"sites": {s.site_id: s for s in sites}, "lanes": lanes, "items": items, "constants": CONSTANTS}
    fields |= {"item_sites": {}, "suppliers": {}, "supply": (), "stock": (), "open_orders": (), "transfers": ()}
    return data_set(**(fields | changes))


def add_site(dataset, site: Site, *lanes: Lane):
    return replace(dataset, sites={**dataset.sites, site.site_id: site}, lanes=(*dataset.lanes, *lanes))


@pytest.mark.parametrize(
    ("departures", "days"),
    [
        ((1, 2, 3, 4, 5, 6, 7), 0.0),
        ((3,), 3.0),
        ((1, 4), (3 * 2 / 2 + 4 * 3 / 2) / 7),
        ((7, 1), (0 + 6 * 5 / 2) / 7),
    ],
)
def test_departure_wait(departures, days):
    assert departure_wait_days(Lane("a", "b", 1, 1, departures=departures)) == pytest.approx(days)


@given(st.sets(st.integers(1, 7), min_size=1))
def test_departure_wait_is_the_mean_over_the_week(weekdays):
    waits = [next(w for w in range(7) if (today + w - 1) % 7 + 1 in weekdays) for today in range(1, 8)]
    assert departure_wait_days(Lane("a", "b", 1, 1, departures=tuple(sorted(weekdays)))) == pytest.approx(
        sum(waits) / 7
    )


def test_days_and_cost_by_hand():
    made = build_fulfilment(four_nodes())
    assert made.site_ids == ("D", "H")
    assert made.zone_ids == ("R", "C")
    # Monday, Wednesday, Friday: gaps 2, 2, 3 -> (1 + 1 + 3) / 7 days; weekly: 3; a touch at the hub; half of 4
    from_dc = 0.5 + (1.5 + 5 / 7) + (0.7 + 3.0) + 0.25 + 2.0
    assert made.days[0] == pytest.approx([from_dc, 0.5 + 0.2])
    assert made.days[1, 0] == pytest.approx(0.5 + 0.7 + 3.0 + 2.0)
    assert made.distance_km[0] == pytest.approx([250, 80])
    assert made.cost_per_kg[0] == pytest.approx([1.0, 0.1])
    rural = 8.0 * (25 / 100) ** -0.5 * 1.5
    # two units a parcel: handling at dc and hub, lane cost of a unit, last mile
    assert made.cost_per_parcel[0] == pytest.approx([2 * 0.8 + 2 * 0.1 + rural, 2 * 0.5 + 4.0])
    assert made.cost_per_parcel[1, 0] == pytest.approx(2 * 0.3 + 2 * 0.1 + rural)
    assert made.cost_per_unit[0] == pytest.approx([2.0 * 1.0 + (1.8 + rural) / 2, 2.0 * 0.1 + 5.0 / 2])
    assert [lane.destination_id for lane in made.path["D", "R"]] == ["H", "R"]


def test_mean_weight_can_be_given():
    made = build_fulfilment(four_nodes(), mean_weight_kg=10.0)
    assert made.cost_per_unit[0, 1] == pytest.approx(10 * 0.1 + 5.0 / 2)


def test_nothing_reaches_a_zone_without_a_lane():
    made = build_fulfilment(four_nodes())
    assert not made.reachable[1, 1]
    for table in (made.days, made.distance_km, made.cost_per_kg, made.cost_per_parcel, made.cost_per_unit):
        assert np.isinf(table[1, 1])
    assert ("H", "C") not in made.path


def test_goods_without_weight_cost_nothing_a_kilogram_and_still_need_a_way():
    dataset = four_nodes()
    cut = replace(dataset, lanes=tuple(lane for lane in dataset.lanes if lane.destination_id != "C"))
    light = build_fulfilment(cut, mean_weight_kg=0.0)
    heavy = build_fulfilment(cut, mean_weight_kg=2.0)
    assert light.reachable.any()
    assert not light.reachable.all()
    assert np.isinf(light.cost_per_unit[~light.reachable]).all()
    assert (light.cost_per_unit[light.reachable] < heavy.cost_per_unit[light.reachable]).all()


def test_nothing_passes_through_another_dc():
    far = Site("D2", "D2", "dc", "city", 1, 1)
    made = build_fulfilment(add_site(four_nodes(), far, Lane("H", "D2", 1, 0.1), Lane("D2", "C", 1, 0.1)))
    assert not made.reachable[made.site_ids.index("H"), 1]
    assert made.reachable[made.site_ids.index("D2"), 1]


def test_pickup_points_and_ports_are_passed():
    point = Site("P", "P", "pickup_point", "city", 1, 1)
    made = build_fulfilment(add_site(four_nodes(), point, Lane("H", "P", 5, 0.1), Lane("P", "C", 5, 0.1)))
    assert [lane.destination_id for lane in made.path["H", "C"]] == ["P", "C"]


@pytest.mark.parametrize("status", ["closed", "candidate"])
def test_nothing_passes_through_a_hub_that_is_not_open(status):
    base = four_nodes()
    sites = {**base.sites, "H": replace(base.sites["H"], status=status)}
    made = build_fulfilment(replace(base, sites=sites))
    assert not made.reachable[0, 0]
    assert ("H" in made.site_ids) == (status == "candidate")


def test_candidates_are_covered_and_closed_sites_are_not():
    candidate = Site("N", "N", "dc", "city", 1, 1, status="candidate")
    closed = Site("X", "X", "dc", "city", 1, 1, status="closed")
    base = add_site(four_nodes(), candidate, Lane("N", "C", 10, 0.3))
    made = build_fulfilment(add_site(base, closed, Lane("X", "C", 10, 0.1)))
    assert made.site_ids == ("D", "H", "N")
    assert made.days[2, 1] == pytest.approx(0.8)


def test_closed_lanes_and_lanes_without_departures_are_not_taken():
    base = four_nodes()
    for change in ({"status": "closed"}, {"departures": ()}):
        lanes = (*base.lanes[:2], replace(base.lanes[2], **change), base.lanes[3])
        assert not build_fulfilment(replace(base, lanes=lanes)).reachable[0, 1]


def test_fastest_then_cheapest_mode():
    base = four_nodes()
    same = replace(base.lanes[2], mode="van", cost_per_kg=0.05)
    fast = replace(base.lanes[2], mode="air", transit_days=0.1, cost_per_kg=9.0)
    assert build_fulfilment(replace(base, lanes=(*base.lanes, same))).path["D", "C"][0].mode == "van"
    assert build_fulfilment(replace(base, lanes=(*base.lanes, same, fast))).path["D", "C"][0].mode == "air"


def test_restrict_keeps_the_order_of_the_data_set():
    made = build_fulfilment(four_nodes())
    part = made.restrict(["H"])
    assert part.site_ids == ("H",)
    assert np.array_equal(part.days, made.days[1:])
    assert set(part.path) == {("H", "R")}
    assert made.restrict(["H", "D"]).site_ids == ("D", "H")


@pytest.mark.parametrize("zone_dc", [None, {"Z1": "CDU", "Z2": "WUH"}, {"Z1": "WUH"}])
def test_sourcing_against_brute_force(zone_dc):
    base = data_set(constants=CONSTANTS)
    more = (Lane("WUH", "Z1", 400, 1.0, cost_per_kg=0.9), Lane("CDU", "Z1", 300, 1.0, cost_per_kg=0.8))
    dataset = replace(base, lanes=(*base.lanes, *more))
    fulfilment = build_fulfilment(dataset)
    sourcing = build_sourcing(dataset, fulfilment, zone_dc=zone_dc)
    keys = sourcing.row_keys()
    assert keys == [
        (item, site.site_id)
        for site in dataset.stocking_sites
        for item in dataset.items
        if dataset.is_listed(item, site)
    ]
    for z, zone in enumerate(sourcing.zone_ids):
        for i, item in enumerate(sourcing.item_ids):
            options = [
                (fulfilment.cost_per_unit[fulfilment.site_ids.index(site), z], row)
                for row, (listed, site) in enumerate(keys)
                if listed == item and not _forbidden(dataset, zone_dc, zone, site)
            ]
            reachable = [option for option in options if np.isfinite(option[0])]
            assert sourcing.zone_row[z, i] == (min(reachable)[1] if reachable else -1)
    for row, (_, site) in enumerate(keys):
        assert fulfilment.site_ids[sourcing.fulfilment_site[row]] == site
    assert sourcing.rows == len(keys)


def _forbidden(dataset, zone_dc, zone, site) -> bool:
    return bool(zone_dc) and zone in zone_dc and dataset.sites[site].kind == "dc" and zone_dc[zone] != site


def test_a_zone_that_nobody_reaches_has_no_row():
    base = four_nodes()
    lost = add_site(base, Site("L", "L", "zone", "city", 9, 9))
    sourcing = build_sourcing(lost, build_fulfilment(lost))
    assert sourcing.zone_row[sourcing.zone_ids.index("L")].tolist() == [-1]


def test_equal_cost_goes_to_the_faster_site():
    base = four_nodes()
    slow = replace(base.sites["D"], site_id="A")
    dataset = replace(
        base,
        sites={"A": slow, **base.sites},
        lanes=(Lane("A", "C", 80, 2.0, cost_per_kg=0.1), *base.lanes),
    )
    sourcing = build_sourcing(dataset, build_fulfilment(dataset))
    row = sourcing.zone_row[sourcing.zone_ids.index("C"), 0]
    assert sourcing.row_keys()[row] == ("i", "D")
