from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DemandHistory, Event, Promotion
from supplychain.domain.fulfilment import build_fulfilment
from supplychain.domain.sourcing import build_sourcing
from supplychain.handover.history import build_history, build_outlook, span_of
from tests.domain.test_fulfilment import CONSTANTS
from tests.replenishment.small_world import AS_OF, data_set, items

DAYS = 20
FIRST = AS_OF - timedelta(days=DAYS - 1)
ITEMS = tuple(one.item_id for one in items())
# Z1 and Z2 swapped and one zone missing on purpose: the history counts zones in its own order
ZONES = ("Z2", "Z1")


def world(demand: DemandHistory | None = None, **changes):
    from supplychain.domain import Lane, Site

    base = data_set(constants=CONSTANTS)
    sites = {**base.sites, "Z3": Site("Z3", "Z3", "zone", "city", 30, 114), "L": Site("L", "L", "zone", "city", 0, 0)}
    lanes = (*base.lanes, *(Lane("WUH", zone, 10, 0.1) for zone in ("Z1", "Z2", "Z3")))
    things = {one.item_id: one for one in items()}
    things["soap"] = replace(things["soap"], introduced=FIRST + timedelta(days=4), ended=FIRST + timedelta(days=15))
    fields = {"sites": sites, "lanes": lanes, "items": things} | ({"demand": demand} if demand else {})
    dataset = replace(base, **(fields | changes))
    return dataset, build_sourcing(dataset, build_fulfilment(dataset))


def history_of(entries: list[tuple[int, str, str, float, float, bool, bool]], zones=("Z3", "Z2", "Z1", "L")):
    day, zone, item, quantity, price, promo, in_stock = zip(*entries, strict=True) if entries else ((),) * 7
    return DemandHistory(
        first_day=FIRST,
        days=DAYS,
        zone_ids=zones,
        item_ids=tuple(reversed(ITEMS)),
        day=np.array(day, np.int32),
        zone=np.array([zones.index(z) for z in zone], np.int32),
        item=np.array([tuple(reversed(ITEMS)).index(i) for i in item], np.int32),
        quantity=np.array(quantity, float),
        price=np.array(price, float),
        promo=np.array(promo, bool),
        in_stock=np.array(in_stock, bool),
    )


def brute_force(dataset, sourcing, entries):
    """Quantity and in_stock by loops over rows and days, straight from the rule in words."""
    keys = sourcing.row_keys()
    zones, known_items = list(sourcing.zone_ids), list(sourcing.item_ids)
    by_row: dict[int, list] = {row: [] for row in range(len(keys))}
    for day, zone, item, units, _, _, in_stock in entries:
        row = int(sourcing.zone_row[zones.index(zone), known_items.index(item)])
        if row >= 0:
            by_row[row].append((day, zone, units, in_stock))
    quantity, stocked = np.zeros((len(keys), DAYS)), np.ones((len(keys), DAYS), bool)
    for row, (item, _) in enumerate(keys):
        served = [z for z in zones if sourcing.zone_row[zones.index(z), known_items.index(item)] == row]
        usual = dict.fromkeys(served, 0.0)
        for _, zone, units, in_stock in by_row[row]:
            if in_stock and not math.isnan(units):
                usual[zone] += units
        if sum(usual.values()) == 0:
            usual = dict.fromkeys(served, 1.0)
        for day in range(DAYS):
            today = [line for line in by_row[row] if line[0] == day]
            everything = sum(units for _, _, units, _ in today)
            short = sum(usual[zone] for _, zone, _, in_stock in today if not in_stock) / max(sum(usual.values()), 1e-12)
            stocked[row, day] = short <= 0.5 + 1e-12
            quantity[row, day] = everything
            if 1e-9 < short <= 0.5 + 1e-12:
                open_part = sum(units for _, _, units, in_stock in today if in_stock)
                quantity[row, day] = everything if math.isnan(everything) else max(everything, open_part / (1 - short))
            thing, now = dataset.items[item], FIRST + timedelta(days=day)
            if (thing.introduced and now < thing.introduced) or (thing.ended and now > thing.ended):
                quantity[row, day] = math.nan
    return quantity, stocked


UNITS = st.one_of(st.integers(0, 9).map(float), st.just(math.nan))
KEY = st.tuples(st.integers(0, DAYS - 1), st.sampled_from(["Z1", "Z2", "Z3", "L"]), st.sampled_from(ITEMS))
ENTRY = st.tuples(KEY, UNITS, st.just(math.nan), st.booleans(), st.booleans())


@settings(max_examples=60, deadline=None)
@given(st.lists(ENTRY, unique_by=lambda e: e[0], max_size=80))
def test_history_against_brute_force(drawn):
    entries = [(*key, *rest) for key, *rest in drawn]
    dataset, sourcing = world(history_of(entries))
    made = build_history(dataset, sourcing)
    quantity, stocked = brute_force(dataset, sourcing, entries)
    np.testing.assert_allclose(made.quantity, quantity)
    np.testing.assert_array_equal(made.in_stock, stocked)


def at(sourcing, item: str, site: str) -> int:
    return sourcing.row_keys().index((item, site))


def test_a_partly_sold_out_day_is_scaled_up_from_the_other_zones():
    # usual shares of Z1, Z2, Z3: .6, .2, .2; on day 10 Z2 and Z3 are sold out after one unit each
    usual = [(0, zone, "coat", units, math.nan, False, True) for zone, units in (("Z1", 6.0), ("Z2", 2.0), ("Z3", 2.0))]
    short = [
        (10, "Z1", "coat", 6.0, math.nan, False, True),
        (10, "Z2", "coat", 1.0, math.nan, False, False),
        (10, "Z3", "coat", 1.0, math.nan, False, False),
        (12, "Z1", "coat", 1.0, math.nan, False, False),
        (13, "Z2", "coat", math.nan, math.nan, False, True),
    ]
    dataset, sourcing = world(history_of(usual + short))
    assert sourcing.zone_row[:3, sourcing.item_ids.index("coat")].tolist() == [at(sourcing, "coat", "WUH")] * 3
    made = build_history(dataset, sourcing)
    row = at(sourcing, "coat", "WUH")
    # day 10 counts towards the usual shares too: Z1 12, Z2 2, Z3 2 of 16
    assert made.quantity[row, 10] == pytest.approx(6.0 / (12 / 16))
    assert made.in_stock[row, 10]
    assert made.quantity[row, 12] == 1.0
    assert not made.in_stock[row, 12]  # the zone with most of the demand was sold out
    assert np.isnan(made.quantity[row, 13])  # unknown is not zero
    assert made.quantity[row, 14] == 0.0  # absent is


def test_not_on_sale_is_not_zero():
    dataset, sourcing = world(history_of([]))
    made = build_history(dataset, sourcing)
    soap = [row for row, (item, _) in enumerate(sourcing.row_keys()) if item == "soap"]
    on_sale = ~np.isnan(made.quantity)
    assert all(np.flatnonzero(on_sale[row]).tolist() == list(range(4, 16)) for row in soap)
    assert on_sale[at(sourcing, "coat", "WUH")].all()


def test_on_sale_only_outside_the_history():
    dataset, _ = world(history_of([]))
    later = replace(dataset.items["coat"], introduced=AS_OF + timedelta(days=5))
    before = replace(dataset.items["milk"], ended=FIRST - timedelta(days=5))
    dataset, sourcing = world(history_of([]), items={**dataset.items, "coat": later, "milk": before})
    made = build_history(dataset, sourcing)
    for item in ("coat", "milk"):
        assert np.isnan(made.quantity[at(sourcing, item, "WUH")]).all()


def test_prices_promotions_groups_and_values():
    entries = [
        (3, "Z1", "coat", 1.0, 320.0, True, True),
        (3, "Z3", "coat", 1.0, 360.0, False, True),
        (4, "L", "coat", 1.0, 200.0, True, True),  # nobody serves L, but the price was seen
    ]
    dataset, sourcing = world(history_of(entries))
    dollars = replace(dataset.items["phone"], currency="USD")
    dataset = replace(dataset, items={**dataset.items, "phone": dollars})
    made = build_history(dataset, sourcing)
    row = at(sourcing, "coat", "WUH")
    assert made.price_ratio[row, [2, 3, 4]].tolist() == pytest.approx([1.0, 340 / 400, 0.5])
    assert made.promo[row, [2, 3, 4]].tolist() == [0.0, 1.0, 1.0]
    categories = sorted({item.category for item in dataset.items.values()})
    assert [categories[g] for g in made.group] == [dataset.items[item].category for item, _ in sourcing.row_keys()]
    assert made.unit_value[at(sourcing, "phone", "WUH")] == pytest.approx(2500 * 7.2)
    assert made.first_day == np.datetime64(FIRST)


def test_outlook_of_promotions_and_events():
    promotions = (
        Promotion("coat", AS_OF - timedelta(days=3), AS_OF + timedelta(days=2), 300.0),
        Promotion("coat", AS_OF + timedelta(days=5), AS_OF + timedelta(days=99), 200.0),
        Promotion("milk", AS_OF - timedelta(days=9), AS_OF, 6.0),
    )
    events = (
        Event("Fair", AS_OF - timedelta(days=1), AS_OF + timedelta(days=1), applies_to=("apparel",)),
        Event("Fair", AS_OF + timedelta(days=3), AS_OF + timedelta(days=3), phase="cooldown"),
        Event("Abroad", AS_OF, AS_OF, country="US"),
        Event("Home", FIRST - timedelta(days=5), FIRST, country="CN"),
    )
    dataset, sourcing = world(history_of([]), promotions=promotions, events=events)
    made = build_outlook(dataset, sourcing, first_day=FIRST, days=DAYS, horizon=8)
    row = at(sourcing, "coat", "WUH")
    assert made.price_ratio[row].tolist() == [0.75, 0.75, 1, 1, 0.5, 0.5, 0.5, 0.5]
    assert made.promo[row].tolist() == [1, 1, 0, 0, 1, 1, 1, 1]
    assert (made.price_ratio[at(sourcing, "milk", "WUH")] == 1).all()
    assert made.event_names == ("Fair cooldown", "Fair peak", "Home peak")
    groups = sorted({item.category for item in dataset.items.values()})
    table = made.events
    assert table.shape == (len(groups), 3, DAYS + 8)
    assert np.flatnonzero(table[groups.index("apparel"), 1]).tolist() == [DAYS - 2, DAYS - 1, DAYS]
    assert not table[groups.index("fresh"), 1].any()
    assert all(np.flatnonzero(table[g, 0]).tolist() == [DAYS + 2] for g in range(len(groups)))
    assert all(np.flatnonzero(table[g, 2]).tolist() == [0] for g in range(len(groups)))


def test_holidays_come_beside_the_events_that_the_data_set_does_not_name():
    events = (Event("Dragon boats", FIRST, FIRST), Event("6.18", date(2025, 6, 18), date(2025, 6, 18), country="CN"))
    dataset, sourcing = world(history_of([]), events=events)
    asked = {"first_day": FIRST, "days": DAYS, "horizon": 160}
    plain, made, abroad = (
        build_outlook(dataset, sourcing, **asked, holidays=holidays) for holidays in ((), ("CN",), ("CN", "US"))
    )
    count = len(plain.event_names)
    assert plain.event_names == made.event_names[:count] == ("6.18 peak", "Dragon boats peak")
    np.testing.assert_array_equal(made.events[:, :count], plain.events)
    assert not any(name.startswith("618") for name in made.event_names)
    assert set(made.event_names) < set(abroad.event_names)
    week = made.events[:, made.event_names.index("National Day holiday")]
    expected = list(range((date(2025, 10, 1) - FIRST).days, (date(2025, 10, 8) - FIRST).days))
    assert len(week) == len(plain.events)
    assert all(np.flatnonzero(on).tolist() == expected for on in week)


DAY = st.none() | st.integers(-30, 60).map(lambda d: FIRST + timedelta(days=d))


@given(DAY, DAY, st.integers(0, 40))
def test_span_of_is_the_days_between(first: date | None, last: date | None, days: int):
    a, b = span_of(first, last, FIRST, days)
    assert 0 <= a <= b <= days
    inside = [
        d
        for d in range(days)
        if (first is None or FIRST + timedelta(days=d) >= first) and (last is None or FIRST + timedelta(days=d) <= last)
    ]
    assert list(range(a, b)) == inside
