from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import ItemSite, Lane, StockLine, Supply
from supplychain.handover.replenishment import compile_terms, feeding_lane, parents_of, state_from_dataset
from supplychain.handover.row_terms import supplies_by_row
from supplychain.handover.service_class import abc_classes
from supplychain.plans.judge.facts import Facts
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import AS_OF, data_set, item_sites, lanes, supply

SETTINGS = ReplenishSettings()


@pytest.fixture(scope="module")
def terms():
    return compile_terms(data_set(), SETTINGS)


def test_rows_are_listed_items_of_open_stocking_sites_in_file_order(terms) -> None:
    dataset = data_set()
    right = [
        (item_id, site.site_id)
        for site in dataset.stocking_sites
        for item_id in dataset.items
        if dataset.is_listed(item_id, site)
    ]
    assert list(zip(terms.item_ids, terms.site_ids, strict=True)) == right
    assert all(terms.row_of(*key) == row for row, key in enumerate(right))
    assert terms.row_of("phone", "CDU") is None
    assert terms.row_of("00123", "NEW") is None
    assert terms.unsourced() == ()


def test_cheapest_landed_supply_wins_then_the_fastest(terms) -> None:
    row = terms.row_of("00123", "WUH")
    assert terms.suppliers[terms.supplier_index[row]] == "S1"
    assert terms.unit_cost[row] == 30.0  # against 5 USD * 7.2 * 1.02 = 36.72
    coat = terms.row_of("coat", "WUH")
    assert terms.unit_cost[coat] == pytest.approx(30.0 * 7.2 * 1.02)
    assert terms.margin[coat] == pytest.approx(400.0 - 30.0 * 7.2 * 1.02)
    same = (*supply(), Supply("S3", "00123", 30.0))
    faster = compile_terms(data_set(supply=same), SETTINGS)
    assert faster.suppliers[faster.supplier_index[row]] == "S3"


def test_terms_for_the_site_replace_those_for_every_dc_also_where_they_are_dearer() -> None:
    dearer = Supply("S1", "NA", 95.0, site_id="WUH", pack_units=7)
    made = compile_terms(data_set(supply=(dearer, *supply())), SETTINGS)
    there, elsewhere = made.row_of("NA", "WUH"), made.row_of("NA", "CDU")
    assert (made.unit_price[there], made.pack[there]) == (95.0, 7.0)
    assert (made.unit_price[elsewhere], made.pack[elsewhere]) == (80.0, 5.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["S1", "S2", "S3"]), st.sampled_from(["NA", "soap"]),
            st.sampled_from([None, "WUH", "CDU", "FW1", "NEW"]),
        ),
        unique=True,
    )
)  # fmt: skip
def test_each_supplier_has_one_set_of_terms_for_a_row_the_one_that_the_judges_take(keys) -> None:
    rows = tuple(Supply(s, item, 10.0 + n, site_id=site) for n, (s, item, site) in enumerate(keys))
    dataset = data_set(supply=rows)
    facts, found = Facts(dataset), {}
    for (item_id, site_id), one in supplies_by_row(dataset):
        assert found.setdefault((one.supplier_id, item_id, site_id), one) is one
    for site in dataset.sites.values():
        for supplier_id in dataset.suppliers:
            for item_id in ("NA", "soap"):
                key = (supplier_id, item_id, site.site_id)
                if site.status == "open" or key in found:
                    assert found.get(key) == facts.supply(*key)


def test_own_supply_before_the_dc_and_transfers_otherwise(terms) -> None:
    soap, code = terms.row_of("soap", "HUB"), terms.row_of("00123", "HUB")
    assert terms.suppliers[terms.supplier_index[soap]] == "S3"
    assert terms.origin_row[soap] == -1
    assert terms.supplier_index[code] == -1
    assert terms.origin_row[code] == terms.row_of("00123", "WUH")
    assert terms.lead_days[code] == 2
    assert terms.unit_cost[code] == pytest.approx(30.0 + 0.3 * 0.5)
    assert terms.pack[code] == 1.0


def test_parents_are_the_dcs_with_the_cheapest_usable_lane() -> None:
    assert parents_of(data_set()) == {"FW1": "WUH", "HUB": "WUH"}
    closed = [replace(lanes()[0], status="closed"), *lanes()[1:]]
    assert parents_of(data_set(lanes=tuple(closed)))["FW1"] == "CDU"
    assert parents_of(data_set(lanes=tuple(lanes()[2:]))) == {"HUB": "WUH"}
    assert feeding_lane(data_set(), "WUH", "HUB") == lanes()[2]
    assert feeding_lane(data_set(), "HUB", "WUH") is None
    two = (*lanes(), Lane("WUH", "FW1", 180.0, 0.4, mode="air", cost_per_kg=5.0))
    assert feeding_lane(data_set(lanes=two), "WUH", "FW1").mode == "truck"


def test_row_without_any_source_is_named() -> None:
    terms = compile_terms(data_set(lanes=tuple(lanes()[3:])), SETTINGS)
    lost = {(terms.item_ids[row], terms.site_ids[row]) for row in terms.unsourced()}
    assert lost == {("00123", "FW1"), ("milk", "FW1"), ("soap", "FW1"), ("00123", "HUB")}


def test_controls_lead_times_and_breaks(terms) -> None:
    assert terms.do_not_order[terms.row_of("stop", "WUH")]
    assert terms.phase_out[terms.row_of("stop", "CDU")]
    assert terms.max_units[terms.row_of("NA", "CDU")] == 60.0
    assert terms.min_units[terms.row_of("00123", "HUB")] == 6.0
    assert terms.service_class[terms.row_of("coat", "WUH")] == "A"
    phone = terms.row_of("phone", "WUH")
    assert (terms.lead_mean[phone], terms.lead_sd[phone], terms.lead_days[phone]) == (12.0, 2.0, 12)
    assert terms.lead_days[terms.row_of("soap", "WUH")] == 7  # 6.5 days
    row = terms.row_of("NA", "WUH")
    assert terms.break_from[row].tolist() == [40.0, 100.0]
    assert np.isinf(terms.break_from[phone]).all()
    assert terms.ended[terms.row_of("old", "WUH")] == np.datetime64(AS_OF + timedelta(days=12))


def test_perishables_are_looked_at_more_often(terms) -> None:
    milk, soap = terms.row_of("milk", "WUH"), terms.row_of("soap", "WUH")
    assert np.diff(np.flatnonzero(terms.calendar.due[terms.source[milk]])).max() <= 5
    assert set(np.diff(np.flatnonzero(terms.calendar.due[terms.source[soap]])[1:])) == {7}


def test_abc_classes_by_value() -> None:
    value = {"a": 70.0, "b": 15.0, "c": 10.0, "d": 5.0, "e": 0.0}
    assert abc_classes(value) == {"a": 0, "b": 0, "c": 1, "d": 2, "e": 2}
    assert abc_classes({"x": 0.0}) == {"x": 2}
    assert abc_classes({}) == {}
    terms = compile_terms(data_set(), SETTINGS, annual_value={("soap", "WUH"): 90.0, ("NA", "WUH"): 10.0})
    assert [terms.service_class[terms.row_of(i, "WUH")] for i in ("soap", "NA", "00123")] == ["A", "B", "C"]


def test_state_of_the_data_set(terms) -> None:
    state = state_from_dataset(data_set(), terms, recent_daily_sales=np.zeros(terms.rows))
    row = terms.row_of("00123", "WUH")
    assert (state.on_hand[row], state.blocked[row], state.position[row]) == (90.0, 4.0, 86.0)
    assert state.on_hand[terms.row_of("milk", "WUH")] == 18.0  # the batch that expires tonight is gone
    assert state.available[terms.row_of("NA", "WUH")] == 18.0
    incoming = terms.row_of("00123", "CDU")
    assert state.on_order[incoming] == 24.0
    assert np.flatnonzero(state.arrivals[incoming]).tolist() == [2]
    front = terms.row_of("00123", "FW1")
    assert state.arrivals[front, 0] == 6.0
    late = replace(data_set().open_orders[0], due=AS_OF - timedelta(days=9))
    overdue = state_from_dataset(data_set(open_orders=(late,)), terms, recent_daily_sales=np.zeros(terms.rows))
    assert overdue.arrivals[incoming, 0] == 24.0


def test_stock_of_an_unlisted_item_is_left_out() -> None:
    dataset = data_set(
        item_sites={**item_sites(), ("soap", "CDU"): ItemSite("soap", "CDU", listed=False)},
        stock=(StockLine("CDU", "soap", 7.0),), open_orders=(), transfers=(),
    )  # fmt: skip
    terms = compile_terms(dataset, SETTINGS)
    state = state_from_dataset(dataset, terms, recent_daily_sales=np.zeros(terms.rows))
    assert state.on_hand.sum() == 0.0
