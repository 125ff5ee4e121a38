# ruff: noqa: E501 - cases read best one a line

from __future__ import annotations

import dataclasses
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from supplychain.domain import Item
from supplychain.errors import DataError
from supplychain.twin.life import LifeInputs, live
from supplychain.twin.luck import draw_luck, lead_times
from supplychain.twin.world import World, build_world
from tests.small_house import ACTUAL_DAYS, AS_OF, small_tables

DURING = "during: 2025-06-11..2025-06-20"
FIRST, LAST = 10, 19  # measured days of that


def differing(one: World, other: World) -> set[str]:
    found = set()
    for field in dataclasses.fields(World):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "entries":
            found |= {
                f"entries.{f.name}"
                for f in dataclasses.fields(a)
                if not np.array_equal(getattr(a, f.name), getattr(b, f.name))
            }
        elif isinstance(a, np.ndarray):
            found |= set() if np.array_equal(a, b) else {field.name}
        elif a != b:
            found.add(field.name)
    return found


def changed(build, body: str) -> tuple[LifeInputs, LifeInputs, set[str]]:
    _, _, plain = build()
    _, _, inputs = build(f"changes:\n  - {body}\n")
    return plain, inputs, differing(plain.world, inputs.world)


def test_the_demand_is_that_of_the_actuals(build):
    house, _, inputs = build()
    world = inputs.world
    assert world.days == world.spin_up + ACTUAL_DAYS
    assert world.first_day + timedelta(days=world.spin_up) == AS_OF + timedelta(days=1)
    expected = np.zeros((inputs.terms.rows, ACTUAL_DAYS))
    revenue = 0.0
    for line in small_tables()["actuals"]:
        zone, item = house.sourcing.zone_ids.index(line["site_id"]), house.sourcing.item_ids.index(line["item_id"])
        row = house.sourcing.zone_row[zone, item]
        expected[row, (date.fromisoformat(line["date"]) - AS_OF).days - 1] += float(line["quantity"])
        revenue += float(line["quantity"]) * float(line["price"] or house.dataset.items[line["item_id"]].price)
    np.testing.assert_array_equal(world.demand[:, world.spin_up :], expected)
    assert (world.entries.quantity * world.entries.price).sum() == pytest.approx(revenue)


def test_the_spin_up_lives_through_the_end_of_the_history(build):
    _, _, inputs = build()
    span = inputs.world.spin_up
    past, lived = inputs.past.quantity[:, -span:], inputs.world.demand[:, :span]
    stocked = inputs.past.in_stock[:, -span:]
    known = stocked & ~np.isnan(past)
    np.testing.assert_array_equal(lived[known], past[known])
    short = ~stocked & ~np.isnan(past)
    assert short.any()
    assert (lived[short] >= past[short]).all()
    assert not np.isnan(lived).any()


def test_entry_terms_follow_the_way_of_the_parcel(build):
    house, _, inputs = build()
    entries, sourcing, dataset = inputs.world.entries, house.sourcing, house.dataset
    for n in range(0, entries.day.size, 97):
        item = list(dataset.items.values())[sourcing.row_item[entries.row[n]]]
        site, zone = sourcing.row_keys()[entries.row[n]][1], sourcing.zone_ids[entries.zone[n]]
        s, z = house.fulfilment.site_ids.index(site), house.fulfilment.zone_ids.index(zone)
        cost = house.fulfilment.cost_per_kg[s, z] * item.weight_kg
        cost += house.fulfilment.cost_per_parcel[s, z] / dataset.constant("units_per_parcel")
        if inputs.terms.origin_row[entries.row[n]] >= 0:
            cost += {"F1": 0.2, "H1": 0.3}[site] * item.weight_kg
        assert entries.cost_per_unit[n] == pytest.approx(cost)
        assert entries.base_days[n] == house.fulfilment.days[s, z]


def test_prices_of_the_actuals_are_in_the_items_currency(build):
    house, _, plain = build()
    tea: Item = house.dataset.items["00123"]
    dollars = replace(house.dataset, items={**house.dataset.items, "00123": replace(tea, currency="USD")})
    made = build_world(
        dollars, house.sourcing, house.fulfilment, spin_up_days=0, days=None, seed=1, feeding=[None] * plain.terms.rows,
        history=(plain.past.quantity, plain.past.in_stock),
    )  # fmt: skip
    is_tea = house.sourcing.row_item[made.entries.row] == house.sourcing.item_ids.index("00123")
    np.testing.assert_allclose(made.entries.price[is_tea], 7.2 * plain.world.entries.price[is_tea])
    assert {20.0, 30.0} == set(plain.world.entries.price[is_tea])


def test_demand_surprise(build):
    body = f"{{set: world.demand, where: {{tier: [rural], category: food}}, multiply: 1.5, {DURING}}}"
    plain, inputs, found = changed(build, body)
    assert found == {"demand", "entries.quantity"}
    house, _, _ = build()
    entries, before = inputs.world.entries, plain.world.entries
    tier = np.array([zone.tier for zone in house.dataset.zones])[entries.zone]
    category = np.array([item.category for item in house.dataset.items.values()])[house.sourcing.row_item[entries.row]]
    day = entries.day - inputs.world.spin_up
    hit = (tier == "rural") & (category == "food") & (day >= FIRST) & (day <= LAST)
    np.testing.assert_array_equal(entries.quantity[~hit], before.quantity[~hit])
    grown = before.quantity[hit] * 1.5
    assert (entries.quantity[hit] == np.rint(entries.quantity[hit])).all()
    assert (np.abs(entries.quantity[hit] - grown) < 1).all()
    assert entries.quantity[hit].sum() == pytest.approx(grown.sum(), rel=0.15)


def test_demand_is_never_negative(build):
    _, inputs, _ = changed(build, "{set: world.demand, where: {category: food}, add: -5}")
    assert (inputs.world.demand >= 0).all()


@pytest.mark.parametrize(("operation", "value", "table"), [("add", 9, "lead_add"), ("multiply", 2, "lead_multiply")])
def test_lead_time(build, operation, value, table):
    body = f"{{set: world.lead_time_days, where: {{supplier_id: S2}}, {operation}: {value}, {DURING}}}"
    _, inputs, found = changed(build, body)
    assert found == {table}
    days = slice(inputs.world.spin_up + FIRST, inputs.world.spin_up + LAST + 1)
    expected = np.full_like(inputs.world.lead_add, 1.0 if operation == "multiply" else 0.0)
    expected[inputs.terms.suppliers.index("S2"), days] = value
    np.testing.assert_array_equal(getattr(inputs.world, table), expected)


def test_closed_site(build):
    _, inputs, found = changed(build, f"{{set: world.sites, where: {{site_id: D1}}, value: closed, {DURING}}}")
    assert found == {"closed", "cut_off"}
    world, terms = inputs.world, inputs.terms
    days = slice(world.spin_up + FIRST, world.spin_up + LAST + 1)
    expected = np.zeros_like(world.closed)
    expected[np.array(terms.site_ids) == "D1", days] = True
    np.testing.assert_array_equal(world.closed, expected)
    fed = np.zeros_like(world.closed)
    fed[terms.origin_row >= 0, days] = True
    np.testing.assert_array_equal(world.cut_off, fed)


def test_closed_lane_with_no_way_around(build):
    """Villages are reached over the hub only: parcels wait, and come when the lane opens."""
    plain, inputs, found = changed(
        build, f"{{set: world.lanes, where: {{destination_id: ZR}}, value: closed, {DURING}}}"
    )
    assert found == {"entries.base_days"}
    house, _, _ = build()
    entries = inputs.world.entries
    day = entries.day - inputs.world.spin_up
    hit = (entries.zone == house.sourcing.zone_ids.index("ZR")) & (day >= FIRST) & (day <= LAST)
    longer = entries.base_days - plain.world.entries.base_days
    np.testing.assert_allclose(longer[hit], (LAST + 1 - day)[hit])
    assert not longer[~hit].any()


def test_lane_closed_for_good(build):
    plain, inputs, found = changed(build, "{set: world.lanes, where: {destination_id: ZR}, value: closed}")
    assert found == {"entries.base_days"}
    entries = inputs.world.entries
    longer = entries.base_days - plain.world.entries.base_days
    zone = build()[0].sourcing.zone_ids.index("ZR")
    expected = np.where(entries.zone == zone, inputs.world.days - entries.day, 0)
    np.testing.assert_allclose(longer, expected, atol=1e-9)


def test_closed_feeding_lane(build):
    """Neither transfers nor parcels of the dc reach the hub; what the hub holds itself goes out as always."""
    plain, inputs, found = changed(
        build,
        f"{{set: world.lanes, where: {{origin_id: D1, mode: truck, destination_id: H1}}, value: closed, {DURING}}}",
    )
    house, _, _ = build()
    world = inputs.world
    assert found <= {"entries.base_days", "entries.cost_per_unit", "cut_off", "cut_lanes"}
    days = slice(world.spin_up + FIRST, world.spin_up + LAST + 1)
    expected = np.zeros_like(world.cut_off)
    fed = [row for row, site in enumerate(inputs.terms.site_ids) if site == "H1" and inputs.terms.origin_row[row] >= 0]
    expected[fed, days] = True
    np.testing.assert_array_equal(world.cut_off, expected)
    entries, before = world.entries, plain.world.entries
    touched = entries.base_days != before.base_days
    sites = {house.sourcing.row_keys()[row][1] for row in entries.row[touched]}
    assert sites == {"D1"}
    assert np.isfinite(entries.base_days).all()


def test_throughput(build):
    _, inputs, found = changed(build, f"{{set: world.throughput, where: {{kind: hub}}, multiply: 0.5, {DURING}}}")
    assert found == {"throughput"}
    table = inputs.world.throughput
    hub = inputs.terms.sites.index("H1")
    days = slice(inputs.world.spin_up + FIRST, inputs.world.spin_up + LAST + 1)
    assert set(table[hub, days]) == {45.0}
    assert set(np.delete(table[hub], range(days.start, days.stop))) == {90.0}
    assert np.isinf(np.delete(table, hub, axis=0)).all()


def test_a_throughput_of_zero_is_a_limit(build):
    house, _, plain = build()
    sites = {**house.dataset.sites, "H1": replace(house.dataset.sites["H1"], throughput_units_per_day=0.0)}
    made = build_world(
        replace(house.dataset, sites=sites), house.sourcing, house.fulfilment, spin_up_days=5, days=3, seed=1,
        feeding=[None] * plain.terms.rows, history=(plain.past.quantity, plain.past.in_stock),
    )  # fmt: skip
    assert not made.throughput[plain.terms.sites.index("H1")].any()
    assert made.days == 8


def test_listed_days_end_with_the_item(build):
    house, _, inputs = build()
    listed = inputs.world.listed[inputs.terms.row_of("old", "D1")]
    last = (date(2025, 6, 20) - inputs.world.first_day).days
    assert np.flatnonzero(listed).tolist() == list(range(last + 1))
    assert house.dataset.items["old"].ended == date(2025, 6, 20)


def test_without_actuals_there_is_nothing_to_live_through(build):
    house, _, plain = build()
    with pytest.raises(DataError, match="nothing to live through"):
        build_world(
            replace(house.dataset, actuals=None), house.sourcing, house.fulfilment, spin_up_days=5, days=3, seed=1,
            feeding=[None] * plain.terms.rows, history=(plain.past.quantity, plain.past.in_stock),
        )  # fmt: skip


def test_a_history_shorter_than_its_window_has_no_spin_up(build):
    house, _, plain = build()
    demand = house.dataset.demand
    keep = demand.day >= demand.days - 10
    names = ("zone", "item", "quantity", "price", "promo", "in_stock")
    short = replace(
        demand, first_day=AS_OF - timedelta(days=9), days=10, day=(demand.day[keep] - demand.days + 10).astype(np.int32),
        **{name: getattr(demand, name)[keep] for name in names},
    )  # fmt: skip
    made = build_world(
        replace(house.dataset, demand=short), house.sourcing, house.fulfilment, spin_up_days=40, days=None, seed=1,
        feeding=[None] * plain.terms.rows, history=(plain.past.quantity[:, -10:], plain.past.in_stock[:, -10:]),
    )  # fmt: skip
    assert made.spin_up == 0
    assert made.days == ACTUAL_DAYS


@pytest.mark.parametrize(("mean", "sd"), [(6.5, 1.5), (14.0, 4.0), (2.0, 2.0), (40.0, 1.0)])
def test_lead_times_have_their_moments(mean, sd):
    luck = draw_luck(4, 3000, lives=range(3), seed=5)
    assert luck.shape == (3, 4, 3000)
    drawn = lead_times(luck, np.full(luck.shape, mean), np.full(luck.shape, sd))
    assert drawn.mean() == pytest.approx(mean, abs=4 * sd / np.sqrt(luck.size))
    assert drawn.std() == pytest.approx(sd, rel=0.03)
    assert (drawn > 0).all()


def test_no_spread_is_the_mean():
    luck = draw_luck(2, 50, lives=[0], seed=1)[0]
    assert set(lead_times(luck[0], np.full(50, 6.0), np.zeros(50))) == {6.0}
    assert set(lead_times(luck[0], np.zeros(50), np.full(50, 3.0))) == {0.0}


def test_each_life_has_its_own_luck_whoever_lives_beside_it():
    together = draw_luck(3, 40, lives=[0, 1, 7], seed=2)
    for index, life in enumerate((0, 1, 7)):
        np.testing.assert_array_equal(draw_luck(3, 40, lives=[life], seed=2)[0], together[index])
    assert not np.array_equal(together[0], together[1])
    assert not np.array_equal(together[0], draw_luck(3, 40, lives=[0], seed=3)[0])
    flat = draw_luck(1, 20000, lives=[0, 1], seed=2).reshape(2, -1)
    assert abs(np.corrcoef(flat)[0, 1]) < 0.03
    assert draw_luck(3, 40, lives=[], seed=2).shape == (0, 3, 40)


def test_a_row_has_its_own_lead_time(build):
    """The new phone comes in 9 +- 2 days though its supplier usually takes 14 +- 4."""
    _, _, inputs = build()
    row = inputs.terms.row_of("new", "D1")
    assert (inputs.terms.agreed_lead_mean[row], inputs.terms.agreed_lead_sd[row]) == (9.0, 2.0)
    usual = inputs.terms.row_of("1E5", "D1")
    assert (inputs.terms.agreed_lead_mean[usual], inputs.terms.agreed_lead_sd[usual]) == (14.0, 4.0)


def test_a_supplier_late_by_days_is_late_by_days_for_every_row(build):
    from supplychain.twin.life import _Run

    _, _, inputs = build()
    late = replace(inputs.world, lead_add=inputs.world.lead_add + 10.0)
    rows = np.array([inputs.terms.row_of("new", "D1"), inputs.terms.row_of("00123", "D1")])
    steady = replace(inputs, twin=inputs.twin.model_copy(update={"lead_time_noise": False}))
    days = _Run(steady, [0])._lead_days(rows, 0)
    then = _Run(replace(steady, world=late), [0])._lead_days(rows, 0)
    assert (then - days).tolist() == [10, 10]


def test_short_of_hands_delays_parcels_from_that_day_on(build):
    plain, inputs, _ = changed(
        build, f"{{set: world.throughput, where: {{kind: [dc, hub]}}, multiply: 0.01, {DURING}}}"
    )
    before, after = live(plain, [0]), live(inputs, [0])
    np.testing.assert_array_equal(before.served, after.served)
    np.testing.assert_array_equal(before.queue_days[:, :, :FIRST], after.queue_days[:, :, :FIRST])
    assert after.queue_days.sum() > before.queue_days.sum()
