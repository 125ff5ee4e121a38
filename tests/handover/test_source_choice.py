"""Sources of the small world compared and chosen; judges agree and find what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, Lane, OpenOrder, Pin, Site
from supplychain.handover.landed_cost import landed_cost
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.handover.source_choice import DailyDemand, SourceChoice, choose
from supplychain.handover.ways import Ways
from supplychain.plans.judge.orders import judge_orders
from supplychain.plans.judge.sources import judge_sources
from supplychain.plans.judge.ways import ways_of
from supplychain.plans.source_table import explain_sources
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

SETTINGS = ReplenishSettings(policy="optimized", review_days=7, outlook_days=20)


def overseas(*, air_per_kg: float = 2.0) -> DataSet:
    """The small world with its importer abroad: by sea over a port, or by air; the usual way is by sea."""
    plain = data_set()
    sites = {**plain.sites, "ABROAD": Site("ABROAD", "Works", "supplier", "city", 35.0, -118.0),
             "PORT": Site("PORT", "Port", "port", "city", 31.0, 122.0)}  # fmt: skip
    more = [Lane("ABROAD", "PORT", 9000.0, 14.0, "sea", cost_per_kg=0.5)]
    more += [Lane("PORT", dc, 500.0, 3.0, "bonded", cost_per_kg=0.1) for dc in ("WUH", "CDU")]
    more += [Lane("ABROAD", dc, 9000.0, 4.0, "air", cost_per_kg=air_per_kg) for dc in ("WUH", "CDU")]
    suppliers = {**plain.suppliers, "S2": replace(plain.suppliers["S2"], site_id="ABROAD")}
    return replace(plain, sites=sites, suppliers=suppliers, lanes=(*plain.lanes, *more))


def demand_of(dataset: DataSet, *, variance: float = 3.0) -> dict[tuple[str, str], DailyDemand]:
    terms = compile_terms(dataset, SETTINGS)
    daily = daily_means(terms)
    keys = zip(terms.item_ids, terms.site_ids, strict=True)
    return {key: DailyDemand(float(mean), variance * float(mean)) for key, mean in zip(keys, daily, strict=True)}


def made(dataset: DataSet, settings: ReplenishSettings = SETTINGS, **options: Any):
    choice = choose(dataset, demand_of(dataset, **options), settings)
    terms = compile_terms(dataset, settings, sources=choice)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily * 0.0)
    orders, _, _ = plan_orders(dataset, terms, state, forecast(daily), settings=settings, as_of=AS_OF)
    return choice, terms, orders


def chosen(choice: SourceChoice, item: str, site: str = "WUH") -> tuple[str, str, str]:
    rows = choice.frame[choice.frame["item_id"].eq(item) & choice.frame["site_id"].eq(site) & choice.frame["chosen"]]
    return tuple(rows.iloc[0][["supplier_id", "mode", "why"]])  # type: ignore[return-value]


def test_every_source_is_compared_and_the_judges_agree() -> None:
    dataset = overseas()
    choice, terms, orders = made(dataset)
    tea = choice.frame[choice.frame["item_id"].eq("00123") & choice.frame["site_id"].eq("WUH")]
    assert sorted(zip(tea["supplier_id"], tea["mode"], strict=True)) == [
        ("S1", ""), ("S2", "air"), ("S2", "sea+bonded"),
    ]  # fmt: skip
    assert judge_sources(dataset, choice.frame, orders) == ()
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    row = terms.row_of("coat", "WUH")
    assert row is not None
    assert orders.lines.loc[orders.lines["item_id"].eq("coat"), "supply_mode"].ne("").all()


def test_cheap_air_beats_the_sea_and_dear_air_does_not() -> None:
    """Freight is paid for by what a shorter lead time saves in stock."""
    cheap, dear = made(overseas(air_per_kg=0.7)), made(overseas(air_per_kg=400.0))
    assert chosen(cheap[0], "coat")[1] == "air"
    assert chosen(dear[0], "coat")[1] == "sea+bonded"
    row = cheap[1].row_of("coat", "WUH")
    weight = overseas().items["coat"].weight_kg
    assert cheap[1].unit_cost[row] - dear[1].unit_cost[row] == pytest.approx(0.1 * weight)
    assert dear[1].lead_days[row] - cheap[1].lead_days[row] == 13  # 17 days of transit against 4
    for choice, _, orders in (cheap, dear):
        dataset = overseas(air_per_kg=0.7 if choice is cheap[0] else 400.0)
        assert judge_sources(dataset, choice.frame, orders) == ()
        assert judge_orders(dataset, orders, as_of=AS_OF) == ()
    assert cheap[2].lines["supply_mode"].eq("air").any()


def test_both_ways_of_counting_ways_agree() -> None:
    dataset = overseas()
    for supply in dataset.supply:
        ours = sorted((way.mode, way.freight, way.lead_factor) for way in Ways(dataset).of(supply, "WUH"))
        theirs = sorted((mode, way.freight, way.lead_factor) for mode, way in ways_of(dataset, supply, "WUH").items())
        assert [mode for mode, *_ in ours] == [mode for mode, *_ in theirs]
        np.testing.assert_allclose([one[1:] for one in ours], [one[1:] for one in theirs])


def by_air(price: float, usual: float, other: float) -> DataSet:
    """Coats at ``price`` CNY with fee, that fly at ``usual`` a unit as agreed, or come by truck at ``other``."""
    plain = data_set()
    sites = {**plain.sites, "ABROAD": Site("ABROAD", "Works", "supplier", "city", 35.0, -118.0)}
    more = [Lane("ABROAD", dc, 500.0, 2.0, "air", cost_per_unit=usual) for dc in ("WUH", "CDU")]
    more += [Lane("ABROAD", dc, 500.0, 29.0, "truck", cost_per_unit=other) for dc in ("WUH", "CDU")]
    importer = replace(plain.suppliers["S2"], site_id="ABROAD", currency="CNY", payment_fee_share=0.25)
    suppliers = {**plain.suppliers, "S2": importer}
    supply = tuple(replace(one, unit_price=price / 1.25) if one.item_id == "coat" else one for one in plain.supply)
    return replace(plain, sites=sites, suppliers=suppliers, supply=supply, lanes=(*plain.lanes, *more))


def test_a_slower_way_that_saves_more_freight_than_the_item_costs_lands_for_a_share_of_its_price() -> None:
    """Price 1 of which at most 1 is freight, air 3, truck 0.3: a tenth of the freight, a tenth of the price."""
    dataset = by_air(1.0, 3.0, 0.3)
    choice, terms, orders = made(dataset)
    coats = choice.frame[choice.frame["item_id"].eq("coat") & choice.frame["site_id"].eq("WUH")].set_index("mode")
    assert coats["landed_cost"].to_dict() == pytest.approx({"air": 1.0, "truck": 0.1})
    assert chosen(choice, "coat")[1] == "truck"
    assert terms.unit_cost[terms.row_of("coat", "WUH")] == pytest.approx(0.1)
    assert judge_sources(dataset, choice.frame, orders) == ()
    assert judge_orders(dataset, orders, as_of=AS_OF) == ()


@settings(max_examples=60, deadline=None)
@given(price=st.floats(0, 100), usual=st.floats(0, 100), other=st.floats(0, 100))
def test_a_way_never_lands_for_less_than_nothing_and_less_freight_never_costs_more(
    price: float, usual: float, other: float
) -> None:
    dataset = by_air(price, usual, other)
    coat = next(one for one in dataset.supply if one.item_id == "coat")
    ways = {way.mode: way.freight for way in Ways(dataset).of(coat, "WUH")}
    landed = landed_cost(dataset, coat)
    assert ways["air"] == 0.0
    assert ("truck" in ways) == (other < usual)
    if other < usual:
        assert -landed <= ways["truck"] <= 0.0
        if landed >= usual:
            assert ways["truck"] == pytest.approx(other - usual)
        judged = ways_of(dataset, coat, "WUH")["truck"].freight
        assert judged == pytest.approx(ways["truck"], rel=1e-9, abs=1e-9)


def ordered(supplier: str, dataset: DataSet) -> DataSet:
    """As if the last order of tea had gone to this supplier."""
    last = OpenOrder("LAST", supplier, "00123", "WUH", 24.0, AS_OF, AS_OF + timedelta(days=9))
    return replace(dataset, open_orders=(*dataset.open_orders, last))


def test_the_source_in_use_stays_unless_another_saves_enough() -> None:
    plain = data_set()
    best = chosen(choose(plain, demand_of(plain), SETTINGS), "00123")
    other = "S2" if best[0] == "S1" else "S1"
    dataset = ordered(other, plain)
    frame = choose(dataset, demand_of(dataset), SETTINGS).frame
    tea = frame[frame["item_id"].eq("00123") & frame["site_id"].eq("WUH")].set_index("supplier_id")["total"]
    saving = 1.0 - float(tea[best[0]] / tea[other])
    assert saving > 0
    for threshold, right in ((saving * 0.9, (best[0], "", "cheapest")), (saving * 1.1, (other, "", "in use"))):
        settings = SETTINGS.model_copy(update={"switch_source_above": threshold})
        choice, _, orders = made(dataset, settings)
        assert chosen(choice, "00123") == right
        assert judge_sources(dataset, choice.frame, orders) == ()


def test_a_pin_names_the_source() -> None:
    plain = data_set()
    best = chosen(choose(plain, demand_of(plain), SETTINGS), "00123")[0]
    other = "S2" if best == "S1" else "S1"
    pin = Pin("00123", "WUH", AS_OF, 48.0, "Li", "a trial", last=AS_OF + timedelta(days=9), supplier_id=other)
    dataset = replace(plain, pins=(pin,))
    choice, _, orders = made(dataset)
    assert chosen(choice, "00123") == (other, "", "pinned")
    assert judge_sources(dataset, choice.frame, orders) == ()


def test_without_a_choice_there_is_no_table() -> None:
    plain = data_set()
    alone = replace(plain, supply=tuple(one for one in plain.supply if one.item_id != "00123"))
    assert choose(alone, demand_of(alone), SETTINGS).frame.empty
    assert explain_sources([]) == ""


@pytest.mark.parametrize("name", ["landed_cost", "lead_time_days", "safety_stock", "lost_margin", "total", "lot_units",
                                  "paid_days", "freight", "margin"])  # fmt: skip
def test_wrong_figures_are_caught(name: str) -> None:
    dataset = overseas()
    choice, _, orders = made(dataset)
    frame = choice.frame.copy()
    frame.loc[0, name] += 7.0 + abs(frame.loc[0, name])
    assert name in {fault.field for fault in judge_sources(dataset, frame, orders)}


def test_a_wrong_choice_is_caught() -> None:
    dataset = overseas()
    choice, _, orders = made(dataset)
    frame = choice.frame.copy()
    tea = frame["item_id"].eq("00123") & frame["site_id"].eq("WUH")
    dearest = frame.loc[tea, "total"].idxmax()
    frame.loc[tea, ["chosen", "why"]] = [False, "not chosen"]
    frame.loc[dearest, ["chosen", "why"]] = [True, "cheapest"]
    assert "why" in {fault.field for fault in judge_sources(dataset, frame, orders)}
    assert "chosen" in {f.field for f in judge_sources(dataset, choice.frame.assign(chosen=False), orders)}
    fewer = choice.frame.drop(index=dearest).reset_index(drop=True)
    assert "supplier_id" in {fault.field for fault in judge_sources(dataset, fewer, orders)}
    lines = orders.lines.assign(supply_mode="air")
    assert "supply_mode" in {f.field for f in judge_sources(dataset, choice.frame, replace(orders, lines=lines))}


def test_the_choice_is_told_in_words() -> None:
    choice, _, _ = made(overseas())
    tea = choice.frame[choice.frame["item_id"].eq("00123") & choice.frame["site_id"].eq("WUH")]
    text = explain_sources(tea.to_dict("records"), currency="CNY")
    assert text.startswith("Source: ")
    assert "costs least in all" in text
    assert len(text.splitlines()) == 3
    assert all("CNY a year more" in line for line in text.splitlines()[1:])
