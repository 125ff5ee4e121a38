"""Rush orders of the small world: from a quicker source, where what is saved is worth more than it costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import DataSet, Pin, StockLine, Supply
from supplychain.handover.decision import looked_at
from supplychain.handover.look import look
from supplychain.handover.next_orders import next_orders
from supplychain.handover.order_rows import order_rows
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.handover.rush import rush_table
from supplychain.plans.judge.rushes import judge_rushes
from supplychain.plans.rush_table import USUAL_WAY, explain_rush
from supplychain.reports.rush_text import rushes_text
from supplychain.scenario.settings import ReplenishSettings
from tests.handover.test_source_choice import overseas
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast

SETTINGS = ReplenishSettings(policy="optimized", review_days=7, outlook_days=10)


def short(dataset: DataSet, units: float, *, minimum: float = 0.0) -> DataSet:
    """With so many coats and nothing of them on order, and another minimum value of the importer."""
    stock = [one for one in dataset.stock if one.item_id != "coat"]
    stock += [StockLine(site, "coat", units) for site in ("WUH", "CDU")]
    orders = tuple(one for one in dataset.open_orders if one.item_id != "coat")
    suppliers = {**dataset.suppliers, "S2": replace(dataset.suppliers["S2"], minimum_order_value=minimum)}
    return replace(dataset, stock=tuple(stock), open_orders=orders, suppliers=suppliers)


def made(dataset: DataSet, settings: ReplenishSettings = SETTINGS) -> tuple[pd.DataFrame, Any]:
    terms = compile_terms(dataset, settings)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    demand = forecast(daily)
    orders, _, _ = plan_orders(dataset, terms, state, demand, settings=settings, as_of=AS_OF)
    situation = look(state, demand, AS_OF, terms=terms, settings=settings)
    return rush_table(dataset, situation, orders.lines, settings=settings), orders


def test_coats_come_by_air_when_they_would_run_out() -> None:
    dataset = short(overseas(air_per_kg=5.0), 3.0)
    rushes, orders = made(dataset)
    assert judge_rushes(dataset, rushes, orders) == ()
    coat = rushes[rushes["item_id"].eq("coat") & rushes["site_id"].eq("WUH")].iloc[0]
    assert (coat["supplier_id"], coat["mode"]) == ("S2", "air")
    assert coat["receipt_date"] < coat["regular_receipt_date"]
    assert coat["quantity"] >= 15
    assert coat["quantity"] % 3 == 0
    assert (coat["regular_supplier_id"], coat["regular_mode"]) == ("S2", "sea+bonded")
    assert coat["order_date"] <= coat["regular_order_date"] < coat["regular_receipt_date"]
    text = explain_rush(coat.to_dict(), currency="CNY")
    assert "S2 by air" in text
    assert f"from S2 by sea+bonded, would be placed on {coat['regular_order_date']:%Y-%m-%d}" in text
    assert f"here by {coat['regular_receipt_date']:%Y-%m-%d}" in text
    assert rushes["gain"].is_monotonic_decreasing


@pytest.mark.parametrize(
    "dataset",
    [
        short(overseas(air_per_kg=5.0), 500.0),  # plenty in stock
        short(overseas(air_per_kg=4000.0), 3.0),  # dearer than what is lost
        short(overseas(air_per_kg=5.0), 3.0, minimum=1e7),  # below the supplier's minimum
    ],
)
def test_nothing_is_rushed_that_does_not_pay_or_cannot_be_ordered(dataset: DataSet) -> None:
    rushes, orders = made(dataset)
    assert judge_rushes(dataset, rushes, orders) == ()
    assert rushes["item_id"].ne("coat").all()


def test_terms_for_the_site_replace_those_for_every_dc() -> None:
    """A supplier that is quick to every dc but to this one is no help here."""
    plain = short(overseas(air_per_kg=4000.0), 3.0)
    quick = replace(plain.suppliers["S1"], supplier_id="S9", lead_time_mean_days=2.0, lead_time_sd_days=0.5)
    everywhere = Supply("S9", "coat", 250.0, pack_units=3)
    slow = Supply("S9", "coat", 260.0, site_id="WUH", lead_time_mean_days=40.0, lead_time_sd_days=5.0)

    def sites(*more: Supply) -> list[tuple[str, float]]:
        suppliers = {**plain.suppliers, "S9": quick}
        rushes, orders = made(replace(plain, suppliers=suppliers, supply=(*plain.supply, *more)))
        assert judge_rushes(replace(plain, suppliers=suppliers, supply=(*plain.supply, *more)), rushes, orders) == ()
        own = rushes.loc[rushes["item_id"].eq("coat") & rushes["supplier_id"].eq("S9")]
        return sorted(zip(own["site_id"], own["unit_price"], strict=True))

    assert sites(everywhere) == [("CDU", 250.0), ("WUH", 250.0)]
    assert sites(everywhere, slow) == [("CDU", 250.0)]
    near = replace(slow, lead_time_mean_days=2.0, lead_time_sd_days=0.5)
    assert sites(everywhere, near) == [("CDU", 250.0), ("WUH", 260.0)]


def test_a_dearer_way_is_rushed_less() -> None:
    units = [made(short(overseas(air_per_kg=freight), 3.0))[0] for freight in (1.0, 60.0)]
    cheap, dear = (frame.loc[frame["item_id"].eq("coat"), "quantity"].sum() for frame in units)
    assert cheap >= dear


@pytest.mark.parametrize(
    ("name", "change"),
    [("quantity", 1.0), ("unit_cost", 1.0), ("unit_price", 1.0), ("value", 1.0), ("gain", 5.0), ("extra_cost", 5.0),
     ("units_avoided", 1e5), ("lost_margin_avoided", 5.0), ("margin", -1e6)],
)  # fmt: skip
def test_wrong_figures_are_caught(name: str, change: float) -> None:
    dataset = short(overseas(air_per_kg=5.0), 3.0)
    rushes, orders = made(dataset)
    changed = rushes.copy()
    changed.loc[0, name] += change
    assert name in {fault.field for fault in judge_rushes(dataset, changed, orders)}


def test_wrong_days_sources_and_minimums_are_caught() -> None:
    dataset = short(overseas(air_per_kg=5.0), 3.0)
    rushes, orders = made(dataset)

    def fields(frame: pd.DataFrame, data: DataSet = dataset) -> set[str]:
        return {fault.field for fault in judge_rushes(data, frame, orders)}

    for name in ("order_date", "receipt_date"):
        assert name in fields(rushes.assign(**{name: rushes[name] + np.timedelta64(1, "D")}))
    late = rushes.assign(regular_receipt_date=rushes["receipt_date"])
    assert "regular_receipt_date" in fields(late)
    assert "supplier_id" in fields(rushes.assign(mode="balloon"))
    assert "supplier_id" in fields(rushes.assign(mode=USUAL_WAY))  # lanes are known: the way has a name
    for changed in ({"regular_supplier_id": "S3"}, {"regular_mode": "balloon"}, {"regular_mode": "air"}):
        assert "regular_supplier_id" in fields(rushes.assign(**changed)), changed
    for days in (-1, 1):
        moved = rushes["regular_receipt_date"] + np.timedelta64(days, "D")
        assert "regular_receipt_date" in fields(rushes.assign(regular_receipt_date=moved))
    assert "regular_order_date" in fields(rushes.assign(regular_order_date=pd.Timestamp(AS_OF) - pd.Timedelta(days=3)))
    saturday = pd.Timestamp(AS_OF) + pd.Timedelta(days=1)
    assert "regular_order_date" in fields(rushes.assign(regular_order_date=saturday))
    assert "item_id" in fields(pd.concat([rushes, rushes], ignore_index=True))
    assert "columns" not in fields(rushes)
    suppliers = {**dataset.suppliers, "S2": replace(dataset.suppliers["S2"], minimum_order_value=1e7)}
    assert "value" in fields(rushes, replace(dataset, suppliers=suppliers))


def dairy_coats(price: float, **more: Any) -> DataSet:
    """Coats are pinned to the importer, by no known lane, and a dairy sells them too and is quicker."""
    plain = short(data_set(), 3.0)
    pins = (Pin("coat", "WUH", AS_OF + timedelta(days=60), 15.0, "Li", "a fair", supplier_id="S2"),)
    suppliers = {**plain.suppliers, "S3": replace(plain.suppliers["S3"], minimum_order_value=0.0, **more)}
    return replace(plain, suppliers=suppliers, supply=(*plain.supply, Supply("S3", "coat", price)), pins=pins)


def test_a_way_without_lanes_has_a_name_and_what_is_replaced_is_told() -> None:
    dataset = dairy_coats(300.0)
    rushes, orders = made(dataset)
    assert judge_rushes(dataset, rushes, orders) == ()
    (coat,) = rushes.loc[rushes["item_id"].eq("coat") & rushes["site_id"].eq("WUH")].to_dict("records")
    assert (coat["supplier_id"], coat["mode"]) == ("S3", USUAL_WAY)
    assert (coat["regular_supplier_id"], coat["regular_mode"]) == ("S2", USUAL_WAY)
    lines = orders.lines.loc[orders.lines["item_id"].eq("coat") & orders.lines["site_id"].eq("WUH")]
    assert coat["regular_receipt_date"] == lines["receipt_date"].min()  # the closure in June delays it
    table = rushes_text(rushes.assign(item_name="Long coat of wool and cashmere"), currency="CNY").splitlines()
    assert table[0] == f"Rush orders that pay ({len(rushes)}), CNY; nobody places them but a buyer"
    (line,) = [one for one in table if one.startswith("coat Long coat") and " WUH " in one]
    regular = f"S2          usual way  {coat['regular_order_date']:%Y-%m-%d}  {coat['regular_receipt_date']:%Y-%m-%d}"
    assert f"S3    usual way  {coat['order_date']:%Y-%m-%d}  {coat['receipt_date']:%Y-%m-%d}  {regular}" in line
    text = explain_rush(coat)
    assert "from S3 by its usual way" in text
    assert "the regular order, from S2 by its usual way" in text


def test_a_cheaper_source_is_no_rush_where_nothing_runs_short() -> None:
    cheap = dairy_coats(50.0)
    full = replace(cheap, stock=(*cheap.stock, StockLine("WUH", "coat", 500.0)))
    for dataset, some in ((cheap, True), (full, False)):
        rushes, orders = made(dataset)
        assert judge_rushes(dataset, rushes, orders) == ()
        assert (rushes["item_id"].eq("coat") & rushes["site_id"].eq("WUH")).any() == some


def test_a_source_that_is_closed_for_good_offers_nothing() -> None:
    dataset = dairy_coats(300.0, closures=((AS_OF, date.max),))
    rushes, orders = made(dataset)
    assert judge_rushes(dataset, rushes, orders) == ()
    assert rushes["supplier_id"].ne("S3").all()
    open_again, _ = made(dairy_coats(300.0))
    assert judge_rushes(dataset, open_again, orders)


def test_the_regular_order_is_the_one_that_the_outlook_places() -> None:
    """An order that cannot wait is placed before its review day: a rush order is compared with that one."""
    dataset = short(overseas(air_per_kg=5.0), 3.0)
    rushes, orders = made(dataset)
    lines = orders.lines.loc[orders.lines["item_id"].eq("coat") & orders.lines["site_id"].eq("WUH")]
    later = orders.lines["order_date"].mask(
        orders.lines.index.isin(lines.index), pd.Timestamp(AS_OF) + pd.Timedelta(days=2)
    )
    arrives = orders.lines["receipt_date"].mask(
        orders.lines.index.isin(lines.index), pd.Timestamp(AS_OF) + pd.Timedelta(days=9)
    )
    moved = replace(orders, lines=orders.lines.assign(order_date=later, receipt_date=arrives))
    wrong = judge_rushes(dataset, rushes, moved)
    assert {"regular_order_date", "regular_receipt_date"} <= {one.field for one in wrong}
    assert any("the plan's first line" in one.rule for one in wrong)
    terms = compile_terms(dataset, SETTINGS)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    situation = look(state, forecast(daily), AS_OF, terms=terms, settings=SETTINGS)
    compared = rush_table(dataset, situation, moved.lines, settings=SETTINGS)
    regular = compared.loc[compared["item_id"].eq("coat") & compared["site_id"].eq("WUH")]
    assert regular["regular_order_date"].eq(pd.Timestamp(AS_OF + timedelta(days=2))).all()
    assert regular["regular_receipt_date"].eq(pd.Timestamp(AS_OF + timedelta(days=9))).all()
    assert len(regular)


def test_the_outlook_says_when_a_row_is_looked_at_next() -> None:
    """Rows of a supplier and site come along with one that cannot wait; those of others do not."""
    items = ("00123", "NA", "milk", "coat", "phone", "old", "stop", "soap")
    dataset = data_set(stock=tuple(StockLine(site, item, 5e3) for site in ("WUH", "CDU") for item in items))
    rule = SETTINGS.model_copy(update={"review_days": 28})
    terms = compile_terms(dataset, rule)
    daily = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=daily)
    situation = look(state, forecast(daily), AS_OF, terms=terms, settings=rule)
    row = terms.index["NA", "WUH"]
    day = AS_OF + timedelta(days=3)
    wait = (day - AS_OF).days
    line = {"status": "planned", "item_id": "NA", "site_id": "WUH"}
    line |= {"order_date": pd.Timestamp(day), "receipt_date": pd.Timestamp(day) + pd.Timedelta(days=4)}
    none = next_orders(situation, settings=rule, order_lines=pd.DataFrame())
    ahead = next_orders(situation, settings=rule, order_lines=pd.DataFrame([line]))
    assert none.wait[row] == none.ordered[row] == situation.gap[row] > wait
    assert (ahead.wait[row], ahead.ordered[row], ahead.receipt[row]) == (wait, wait, wait + 4)
    together = (terms.supplier_index == terms.supplier_index[row]) & (terms.site_index == terms.site_index[row])
    assert together.sum() > 1
    assert (ahead.wait[together] == np.minimum(none.wait[together], wait)).all()
    assert (ahead.wait[~together] == none.wait[~together]).all()
    assert (ahead.earliest >= 1).all()
    assert (ahead.earliest <= none.earliest).all()
    looked = looked_at(situation, rule)
    told = order_rows(situation, looked, settings=rule, ahead=ahead).set_index(["item_id", "site_id"])
    assert told.loc[("NA", "WUH"), "next_look_date"] == pd.Timestamp(day)
