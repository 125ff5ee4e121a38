from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import ItemSite, Supply
from supplychain.handover.replenishment import State, Terms, compile_terms, state_from_dataset
from supplychain.pipeline.decide import Decision, decide
from supplychain.pipeline.digest import digest
from supplychain.scenario.settings import ReplenishSettings
from tests.replenishment.small_world import (
    AS_OF,
    daily_means,
    data_set,
    empty_state,
    forecast,
    item_sites,
    suppliers,
    supply,
)

POLICIES = ("today", "textbook", "optimized")


def rule(policy: str, **more: object) -> ReplenishSettings:
    return ReplenishSettings(**({"policy": policy, "review_days": 1} | more))


def tonight(policy: str, dataset=None, *, daily=None, as_of: date = AS_OF, state=None, explain: bool = False, **more):
    """Decision, terms and state of one evening."""
    chosen = rule(policy, **more)
    terms = compile_terms(dataset or data_set(), chosen)
    means = daily_means(terms) if daily is None else daily(terms)
    given_state = state(terms) if state else state_from_dataset(dataset or data_set(), terms, recent_daily_sales=means)
    made = decide(given_state, forecast(means), as_of, terms=terms, settings=chosen, explain=explain)
    return made, terms, given_state


def quantity(decision: Decision, terms: Terms, item_id: str, site_id: str, kind: str = "orders") -> float:
    lines = getattr(decision, kind)
    return float(lines.quantity[lines.row == terms.row_of(item_id, site_id)].sum())


def rules_hold(decision: Decision, terms: Terms, state: State, as_of: date) -> None:
    orders, transfers = decision.orders, decision.transfers
    for lines in (orders, transfers):
        assert (lines.quantity > 0).all()
        assert np.unique(lines.row).size == lines.row.size
        packs = lines.quantity / terms.pack[lines.row]
        assert np.allclose(packs, np.rint(packs), rtol=0, atol=1e-9)
        assert (lines.quantity >= terms.minimum_quantity[lines.row] - 1e-9).all()
        assert (lines.receipt_date > np.datetime64(as_of)).all()
        assert not terms.do_not_order[lines.row].any()
        assert not terms.phase_out[lines.row].any()
        assert (state.position[lines.row] + lines.quantity <= terms.max_units[lines.row] + 1e-9).all()
    assert (terms.supplier_index[orders.row] >= 0).all()
    assert (terms.origin_row[transfers.row] >= 0).all()
    sent = np.bincount(terms.origin_row[transfers.row], weights=transfers.quantity, minlength=terms.rows)
    assert (sent <= state.available + 1e-9).all()
    key = terms.supplier_index[orders.row] * len(terms.sites) + terms.site_index[orders.row]
    for one in np.unique(key):
        value = float((orders.quantity * orders.unit_price)[key == one].sum())
        assert value >= terms.supplier_minimum[one // len(terms.sites)] * (1 - 1e-9)


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), day=st.integers(0, 13))
def test_every_decision_keeps_every_rule(policy: str, seed: int, day: int) -> None:
    random = np.random.default_rng(seed)
    as_of = AS_OF + timedelta(days=day)

    def state(terms: Terms) -> State:
        stock = np.floor(random.uniform(0, 120, terms.rows)) * (random.random(terms.rows) < 0.6)
        return empty_state(
            terms,
            on_hand=stock,
            blocked=np.floor(stock * 0.1),
            backorder=np.floor(random.uniform(0, 3, terms.rows)),
            on_order=np.floor(random.uniform(0, 30, terms.rows)),
            recent_daily_sales=daily_means(terms),
        )

    made, terms, given_state = tonight(policy, as_of=as_of, state=state)
    rules_hold(made, terms, given_state, as_of)


@pytest.mark.parametrize("policy", POLICIES)
def test_zero_demand_orders_nothing(policy: str) -> None:
    sites = {key: replace(one, min_units=None) for key, one in item_sites().items()}
    made, _, _ = tonight(policy, data_set(item_sites=sites), daily=lambda terms: np.zeros(terms.rows))
    assert made.orders.row.size == 0
    assert made.transfers.row.size == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_planners_minimum_is_kept_even_without_demand(policy: str) -> None:
    made, terms, _ = tonight(policy, daily=lambda terms: np.zeros(terms.rows), state=lambda terms: empty_state(terms, on_hand=np.where(np.array(terms.site_ids) == "WUH", 50.0, 0.0)))  # fmt: skip # noqa: E501
    assert quantity(made, terms, "00123", "HUB", "transfers") == 6.0
    assert made.transfers.row.size == 1


@pytest.mark.parametrize("policy", POLICIES)
def test_pure_and_explanation_changes_nothing(policy: str) -> None:
    made, terms, state = tonight(policy)
    before = digest(state)
    again = decide(state, forecast(daily_means(terms)), AS_OF, terms=terms, settings=rule(policy), explain=True)
    for kind in ("orders", "transfers"):
        for name in ("row", "quantity", "order_date", "receipt_date", "unit_price"):
            assert np.array_equal(getattr(getattr(made, kind), name), getattr(getattr(again, kind), name))
    assert digest(state) == before
    assert made.orders.explanation == {}
    assert set(again.orders.explanation) >= {"target", "need", "binding", "cost_of_waiting"}


def test_today_ignores_the_forecast() -> None:
    made, terms, state = tonight("today")
    other = forecast(np.full(terms.rows, 77.0))
    again = decide(state, other, AS_OF, terms=terms, settings=rule("today"))
    assert np.array_equal(made.orders.quantity, again.orders.quantity)
    assert np.array_equal(made.transfers.quantity, again.transfers.quantity)


def test_today_by_hand() -> None:
    """00123 in Chengdu, class C: 6 a day, position 15 - 3 + 24 = 36 <= 40 days; up to 90 days = 540."""
    made, terms, _ = tonight("today")
    assert terms.service_class[terms.row_of("00123", "CDU")] == "C"
    assert quantity(made, terms, "00123", "CDU") == 504.0
    assert quantity(made, terms, "soap", "CDU") == 0.0  # 500 cover 125 days


def test_textbook_by_hand() -> None:
    """Phone, class A: 12 days of lead time and 7 of closure to 06-18, next order day Tuesday 06-03: 23 days."""
    made, terms, _ = tonight("textbook", explain=True)
    line = np.flatnonzero(made.orders.row == terms.row_of("phone", "WUH"))[0]
    why = made.orders.explanation
    assert (why["lead_days"][line], why["review_days"][line], why["protection_days"][line]) == (19, 4, 23)
    assert why["service_level"][line] == 0.98
    mean = 0.4 * 23
    target = mean + 2.0537489 * np.sqrt(0.4 * 23 + 0.4**2 * 2.0**2)
    assert why["target"][line] == pytest.approx(target, rel=1e-6)
    assert made.orders.quantity[line] == np.ceil(target)


def test_optimized_reaches_the_service_level_and_stops_where_packs_cost_more() -> None:
    made, _, _ = tonight("optimized", explain=True)
    why = made.orders.explanation
    free = np.isin(why["binding"], ["need", "pack", "reward"])
    after = (why["position"] + made.orders.quantity)[free]
    assert (after >= why["demand_quantile"][free] - 1e-9).all()
    assert (why["value_of_one_more_pack"][why["binding"] == "reward"] <= 0).all()
    dear, _, _ = tonight("optimized", explain=True, holding_share_per_year=1.0)
    cheap, _, _ = tonight("optimized", explain=True, holding_share_per_year=0.01)
    assert dear.orders.quantity.sum() <= made.orders.quantity.sum() <= cheap.orders.quantity.sum()


def test_a_higher_service_level_never_orders_less() -> None:
    low = {"A": 0.6, "B": 0.6, "C": 0.6}
    high = {"A": 0.99, "B": 0.99, "C": 0.99}
    few, terms, _ = tonight("optimized", service_level=low, lost_sale_share=0.0)
    many, _, _ = tonight("optimized", service_level=high, lost_sale_share=0.0)
    for item_id, site_id in (("00123", "WUH"), ("NA", "WUH"), ("soap", "WUH"), ("phone", "WUH")):
        assert quantity(many, terms, item_id, site_id) >= quantity(few, terms, item_id, site_id)
    assert many.orders.quantity.sum() > few.orders.quantity.sum()


def test_echelon_counts_stock_and_demand_of_the_sites_fed() -> None:
    def stocked(at: str):
        return lambda terms: empty_state(terms, on_hand=np.where(np.array(terms.site_ids) == at, 40.0, 0.0))

    at_dc, terms, _ = tonight("textbook", state=stocked("WUH"))
    at_front, _, _ = tonight("textbook", state=stocked("FW1"))
    assert quantity(at_dc, terms, "00123", "WUH") == quantity(at_front, terms, "00123", "WUH")
    lonely = {key: one for key, one in item_sites().items() if key[1] not in ("FW1", "HUB")}
    alone, others, _ = tonight("textbook", data_set(item_sites=lonely), state=stocked("WUH"))
    assert quantity(alone, others, "00123", "WUH") < quantity(at_dc, terms, "00123", "WUH")


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_on_days_without_orders(policy: str) -> None:
    """2025-06-12 is a Thursday in the importer's closure; 06-13 a Friday, still closed; 06-17 a Tuesday after it."""
    for day, due in ((date(2025, 6, 12), False), (date(2025, 6, 13), False), (date(2025, 6, 17), True)):
        made, terms, _ = tonight(policy, as_of=day, state=lambda terms: empty_state(terms, recent_daily_sales=daily_means(terms)))  # fmt: skip # noqa: E501
        from_importer = terms.supplier_index[made.orders.row] == terms.suppliers.index("S2")
        assert from_importer.any() == due


@pytest.mark.parametrize("policy", POLICIES)
def test_scarce_stock_is_shared(policy: str) -> None:
    def scarce(terms: Terms) -> State:
        stock = np.zeros(terms.rows)
        stock[terms.row_of("00123", "WUH")] = 24.0
        return empty_state(terms, on_hand=stock, recent_daily_sales=daily_means(terms))

    made, terms, _ = tonight(policy, state=scarce)
    sent = [quantity(made, terms, "00123", site, "transfers") for site in ("FW1", "HUB")]
    assert all(units > 0 for units in sent)
    assert sum(sent) < 24.0  # the dc's own customers keep their share


def test_the_dc_keeps_for_its_own_only_what_its_receipts_do_not_bring() -> None:
    """40 at the dc, which itself sells 6 a day; with 400 coming its sites get all they ask for."""

    def state(arriving: float):
        def build(terms: Terms) -> State:
            row = terms.row_of("00123", "WUH")
            stock, coming = np.zeros(terms.rows), np.zeros((terms.rows, 120))
            stock[row], coming[row, 0] = 40.0, arriving
            return empty_state(terms, on_hand=stock, on_order=coming.sum(axis=1), arrivals=coming)

        return build

    few, _, _ = tonight("optimized", state=state(0.0), review_days=7, explain=True)
    all_asked, _, _ = tonight("optimized", state=state(400.0), review_days=7, explain=True)
    asked = all_asked.transfers.explanation["requested_quantity"]
    assert (all_asked.transfers.quantity == asked).all()
    assert 0 < few.transfers.quantity.sum() < asked.sum()


def test_what_would_run_out_is_ordered_between_looks() -> None:
    """Looks are weekly; between them the optimized policy orders from a supplier whose item cannot wait."""

    def stocked(units: float):
        return lambda terms: empty_state(terms, on_hand=np.full(terms.rows, units))

    def bought(policy: str, units: float, day: date) -> set[str]:
        made, terms, _ = tonight(policy, as_of=day, state=stocked(units), review_days=7)
        return {terms.suppliers[i] for i in terms.supplier_index[made.orders.row]}

    terms = compile_terms(data_set(), rule("optimized", review_days=7))
    source = terms.source[terms.row_of("00123", "WUH")]
    column = terms.calendar.column(AS_OF)
    between = next(k for k in range(7) if not terms.calendar.due[source, column + k])
    day = AS_OF + timedelta(days=between)
    assert "S1" in bought("optimized", 0.0, day)
    assert "S1" not in bought("textbook", 0.0, day)
    assert "S1" not in bought("optimized", 900.0, day)


def test_a_site_that_cannot_reach_a_suppliers_minimum_is_fed_by_its_dc() -> None:
    own = (*supply(), Supply("S3", "milk", 8.0, site_id="FW1", pack_units=10))
    dataset = data_set(supply=own)

    def source_of(policy: str, minimum: float, units_a_day: float = 2.7) -> str:
        dear = {**dataset.suppliers, "S3": replace(dataset.suppliers["S3"], minimum_order_value=minimum)}
        value = {("milk", "FW1"): units_a_day * 365 * dataset.items["milk"].unit_cost}
        terms = compile_terms(replace(dataset, suppliers=dear), rule(policy), annual_value=value)
        row = terms.row_of("milk", "FW1")
        return "dc" if terms.origin_row[row] >= 0 else terms.suppliers[terms.supplier_index[row]]

    # 14 days of life, 2 of lead time and 1 of review leave 11 days: 29.7 units, in packs of 10 that is 160 a time.
    assert source_of("optimized", 161.0) == "dc"
    assert source_of("optimized", 160.0) == "S3"
    assert source_of("optimized", 161.0, units_a_day=5.0) == "S3"
    assert source_of("textbook", 161.0) == "S3"


def test_no_transfers_when_switched_off() -> None:
    made, _, _ = tonight("optimized", transfers=False)
    assert made.transfers.row.size == 0


@pytest.mark.parametrize("policy", POLICIES)
def test_fresh_goods_are_not_bought_beyond_their_life(policy: str) -> None:
    """Milk keeps 14 days and comes in 2: no more than 16 days of demand, less what is there."""
    made, terms, state = tonight(policy)
    row = terms.row_of("milk", "WUH")
    demand = (9.0 + 2.7) * 16
    assert 0 < quantity(made, terms, "milk", "WUH") <= demand - state.on_hand[row]


def test_a_minimum_far_beyond_the_shelf_life_is_left_alone() -> None:
    terms_of = [replace(one, minimum_order_quantity=5000.0) if one.item_id == "milk" else one for one in supply()]
    made, terms, _ = tonight("textbook", data_set(supply=tuple(terms_of)))
    assert quantity(made, terms, "milk", "WUH") == 0.0


def test_maximum_below_the_smallest_lot_orders_nothing() -> None:
    tight = {**item_sites(), ("00123", "WUH"): ItemSite("00123", "WUH", max_units=100.0)}
    made, terms, _ = tonight("today", data_set(item_sites=tight))  # position 86, smallest lot 24
    assert quantity(made, terms, "00123", "WUH") == 0.0


def test_order_below_the_suppliers_minimum_waits_and_is_reported() -> None:
    poor = [replace(one, minimum_order_value=1e9) if one.supplier_id == "S2" else one for one in suppliers()]
    made, terms, _ = tonight("optimized", data_set(suppliers={one.supplier_id: one for one in poor}))
    assert terms.suppliers.index("S2") not in terms.supplier_index[made.orders.row]
    waiting = [terms.suppliers[i] for i in made.waiting.supplier_index]
    assert waiting.count("S2") == 2
    assert (made.waiting.value > 0).all()


def test_price_break_sets_the_price_of_all_units() -> None:
    made, terms, _ = tonight("today")
    line = np.flatnonzero(made.orders.row == terms.row_of("NA", "WUH"))[0]
    assert made.orders.quantity[line] >= 100.0
    assert made.orders.unit_price[line] == 70.0


def test_a_forecast_some_days_old_is_read_from_today_on() -> None:
    chosen = rule("optimized")
    terms = compile_terms(data_set(), chosen)
    daily = daily_means(terms)
    old = forecast(daily, origin=AS_OF - timedelta(days=5))
    state = empty_state(terms)
    fresh = decide(state, forecast(daily), AS_OF, terms=terms, settings=chosen)
    late = decide(state, old, AS_OF, terms=terms, settings=chosen)
    assert np.array_equal(fresh.orders.quantity, late.orders.quantity)
    rising = replace(old, mean=np.where(np.arange(90) < 5, 50.0 * old.mean, old.mean))
    assert np.array_equal(
        decide(state, rising, AS_OF, terms=terms, settings=chosen).orders.quantity, late.orders.quantity
    )


def test_bad_arguments_are_refused() -> None:
    chosen = rule("today")
    terms = compile_terms(data_set(), chosen)
    state, made = empty_state(terms), forecast(daily_means(terms))
    with pytest.raises(ValueError, match=r"must be the \d+ rows of the terms"):
        decide(state, forecast(daily_means(terms)[:-1]), AS_OF, terms=terms, settings=chosen)
    with pytest.raises(ValueError, match="before the forecast's origin"):
        decide(state, made, AS_OF - timedelta(days=1), terms=terms, settings=chosen)
    with pytest.raises(ValueError, match="outside the order calendar"):
        decide(state, made, date(2031, 1, 1), terms=terms, settings=chosen)


def test_an_empty_network_decides_nothing() -> None:
    nothing = data_set(supply=(Supply("S1", "NA", 80.0),), item_sites={}, lanes=())
    made, terms, _ = tonight("optimized", nothing, state=empty_state)
    assert {terms.item_ids[row] for row in made.orders.row} == {"NA"}
