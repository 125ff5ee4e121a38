"""Direct mail of a small world compared with its stock; the judge agrees and finds what is wrong."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, DemandHistory, ItemSite, Lane, Site
from supplychain.domain.fulfilment import Fulfilment, build_fulfilment
from supplychain.domain.sourcing import build_sourcing
from supplychain.handover.direct_mail import direct_mail_table
from supplychain.handover.history import build_history
from supplychain.handover.replenishment import compile_terms
from supplychain.plans.judge.direct_mail import judge_direct_mail
from supplychain.plans.mail_table import explain_mail
from supplychain.reports.mail_text import mail_text
from supplychain.scenario.settings import ReplenishSettings
from tests.domain.test_fulfilment import CONSTANTS
from tests.handover.test_source_choice import overseas
from tests.messages import raw_numbers
from tests.replenishment.small_world import AS_OF

RETURNS = {"resale_share_of_returns": 0.85, "return_days": 12.0}
SETTINGS = ReplenishSettings(policy="optimized", review_days=7, lead_times="given")
DAILY = {"00123": 4.0, "coat": 0.5, "phone": 0.03, "NA": 1.0, "milk": 3.0, "soap": 2.0}


def world(*, per_kg: float = 20.0, days: int = 400, mailed_to: tuple[str, ...] = ("Z1",), soldout: int = 0) -> DataSet:
    """The importer abroad mails to some zones; Z1 and Z3 are served from Wuhan, tea for Z1 from the front warehouse."""
    plain = overseas()
    zone = Site("Z3", "Zone 3", "zone", "city", 30.4, 114.3, population=5e5)
    lanes = [Lane("WUH", "Z1", 90.0, 0.3, cost_per_kg=0.4), Lane("WUH", "Z3", 60.0, 0.4, cost_per_kg=0.2)]
    lanes += [Lane("CDU", zone, 1100.0, 2.0, cost_per_kg=1.2) for zone in ("Z1", "Z3")]
    lanes += [Lane("ABROAD", zone, 9000.0, 9.0, "direct_mail", cost_per_shipment=4.0, cost_per_unit=0.5,
                   cost_per_kg=per_kg, departures=(2, 5)) for zone in mailed_to]  # fmt: skip
    rng, ids = np.random.default_rng(5), tuple(plain.items)
    day, at, item = (part.ravel() for part in np.meshgrid(np.arange(days), [0, 1], np.arange(len(ids)), indexing="ij"))
    mean = np.array([DAILY.get(ids[i], 0.0) for i in item]) * np.where(at == 0, 1.0, 0.4)
    demand = DemandHistory(
        first_day=AS_OF - timedelta(days=days - 1), days=days, zone_ids=("Z1", "Z3"), item_ids=ids,
        day=day.astype(np.int32), zone=at.astype(np.int32), item=item.astype(np.int32),
        quantity=rng.poisson(mean).astype(float), price=np.full(day.size, np.nan), promo=np.zeros(day.size, bool),
        in_stock=day < days - soldout,
    )  # fmt: skip
    return replace(
        plain,
        sites={**plain.sites, "Z3": zone},
        lanes=(*plain.lanes, *lanes),
        demand=demand,
        constants=CONSTANTS | RETURNS,
    )


def made(dataset: DataSet, **changes: object) -> tuple[pd.DataFrame, Fulfilment]:
    chosen = SETTINGS.model_copy(update=changes)
    fulfilment = build_fulfilment(dataset)
    sourcing = build_sourcing(dataset, fulfilment)
    table = direct_mail_table(
        dataset, sourcing, fulfilment=fulfilment, terms=compile_terms(dataset, chosen),
        history=build_history(dataset, sourcing), settings=chosen,
    )  # fmt: skip
    return table, fulfilment


def faults(dataset: DataSet, table: pd.DataFrame, fulfilment: Fulfilment) -> set[str]:
    return {fault.field for fault in judge_direct_mail(dataset, table, fulfilment=fulfilment)}


def row(table: pd.DataFrame, item: str, site: str = "WUH") -> dict[str, object]:
    return table.loc[table["item_id"].eq(item) & table["site_id"].eq(site)].iloc[0].to_dict()


def test_rows_by_hand_and_the_judge_agrees() -> None:
    dataset = world()
    table, fulfilment = made(dataset)
    assert judge_direct_mail(dataset, table, fulfilment=fulfilment) == ()
    coat, item = row(table, "coat"), dataset.items["coat"]
    assert (coat["zones"], coat["supplier_id"], coat["source_id"]) == ("Z1", "S2", "S2")
    demand = dataset.demand
    mine = (demand.item == demand.item_ids.index("coat")) & (demand.day >= 35)
    units = [demand.quantity[mine & (demand.zone == zone)].sum() for zone in (0, 1)]
    assert [coat["yearly_units"], coat["other_units"]] == pytest.approx(units)
    landed = 30.0 * 7.2 * 1.02
    assert coat["landed_cost"] == pytest.approx(landed)
    sea = (0.5 + 0.1) * item.weight_kg  # the usual way, which the price includes
    assert coat["goods_cost"] == pytest.approx(landed - sea)
    assert coat["postage"] == pytest.approx(4.0 / CONSTANTS["units_per_parcel"] + 0.5 + 20.0 * item.weight_kg)
    wait = (0 + 2 + 1 + 0 + 3 + 2 + 1) / 7  # mail leaves on Tuesdays and Fridays
    assert coat["mail_days"] == pytest.approx(21.0 - 17.0 + 9.0 + wait)
    assert coat["mail_days"] - coat["stock_days"] > 10
    assert coat["stock_total"] - coat["mail_total"] == pytest.approx(coat["saving"])


def test_every_verdict_occurs_where_it_should() -> None:
    dataset = world()
    table, _ = made(dataset)
    verdicts = {(one["item_id"], one["site_id"]): one["verdict"] for one in table.to_dict("records")}
    assert verdicts["00123", "FW1"] == "stock it"
    assert verdicts["00123", "HUB"] == "no lane"  # serves Z2 alone
    assert verdicts["phone", "WUH"] == "mail it"  # 3,000 a piece, one a month
    assert not any(item in ("NA", "milk", "soap") for item, _ in verdicts)  # nobody who mails sells them
    dear, _ = made(world(per_kg=2000.0))
    assert set(dear.loc[dear["yearly_units"].gt(0), "verdict"]) == {"stock it"}
    nobody = replace(dataset, demand=replace(dataset.demand, quantity=np.zeros_like(dataset.demand.quantity)))
    silent, fulfilment = made(nobody)
    assert set(silent["verdict"]) == {"no demand", "no lane"}
    assert faults(nobody, silent, fulfilment) == set()
    assert made(world(mailed_to=()))[0].empty


def test_a_front_warehouse_is_replenished_from_its_dc() -> None:
    dataset = world()
    table, fulfilment = made(dataset)
    tea = row(table, "00123", "FW1")
    assert (tea["source_id"], tea["lead_time_days"], tea["paid_days"]) == ("WUH", 1.0, 0.0)
    assert faults(dataset, table, fulfilment) == set()
    cheaper = table.assign(
        landed_cost=np.where(table["site_id"].eq("FW1"), table["landed_cost"] - 1, table["landed_cost"])
    )
    assert "landed_cost" in faults(dataset, cheaper, fulfilment)


def test_what_a_dc_feeds_stays_with_it() -> None:
    """Mail to a zone of the dc leaves it the demand of the front warehouse."""
    dataset = world(mailed_to=("Z3",))
    table, fulfilment = made(dataset)
    tea, demand = row(table, "00123"), dataset.demand
    mine = (demand.item == demand.item_ids.index("00123")) & (demand.day >= 35)
    fed, own = (float(demand.quantity[mine & (demand.zone == zone)].sum()) for zone in (0, 1))
    assert (tea["zones"], row(table, "00123", "FW1")["verdict"]) == ("Z3", "no lane")
    assert (tea["yearly_units"], tea["other_units"]) == (pytest.approx(own), pytest.approx(fed))
    assert faults(dataset, table, fulfilment) == set()


def test_a_row_that_is_not_ordered_is_not_compared() -> None:
    dataset = world()
    for control in (ItemSite("phone", "WUH", do_not_order=True), ItemSite("phone", "WUH", phase_out=True)):
        stopped = replace(dataset, item_sites={**dataset.item_sites, ("phone", "WUH"): control})
        table, _ = made(stopped)
        assert not (table["item_id"].eq("phone") & table["site_id"].eq("WUH")).any()


def test_days_without_stock_do_not_count() -> None:
    dataset = world(soldout=60)
    table, fulfilment = made(dataset)
    assert set(table.loc[table["yearly_units"].gt(0), "days_known"]) == {305.0}
    assert faults(dataset, table, fulfilment) == set()


def test_a_wait_that_costs_more_never_turns_to_mail() -> None:
    dataset = world()
    savings = [
        made(dataset, lost_share_per_day_of_wait=share)[0].set_index(["item_id", "site_id"])["saving"].sort_index()
        for share in (0.0, 0.015, 0.1, 1.0)
    ]
    for patient, hasty in itertools.pairwise(savings):
        assert (hasty <= patient + 1e-9).all()
    table, _ = made(dataset, lost_share_per_day_of_wait=1.0)
    free, _ = made(dataset, lost_share_per_day_of_wait=0.0)
    coat = row(free, "coat")
    assert (coat["saving"] > 0) == (coat["break_even_lost_share"] > 0)
    assert row(table, "coat")["break_even_lost_share"] == pytest.approx(coat["break_even_lost_share"])


@pytest.mark.parametrize(
    "name",
    ["landed_cost", "goods_cost", "postage", "delivery_cost", "stock_days", "mail_days", "yearly_units", "price",
     "lead_time_days", "pack_units", "paid_days", "mail_paid_days", "days_known", "saving", "stock_total", "mail_total",
     "wait_loss", "safety_stock", "cycle_stock", "lost_margin", "stock_unit_cost", "break_even_units",
     "break_even_lost_share", "break_even_postage", "return_share"],
)  # fmt: skip
def test_wrong_figures_are_caught(name: str) -> None:
    dataset = world()
    table, fulfilment = made(dataset)
    at = table.index[table["item_id"].eq("phone") & table["site_id"].eq("WUH")][0]
    changed = table.copy()
    changed.loc[at, name] = changed.loc[at, name] * 1.3 + 0.2
    found = faults(dataset, changed, fulfilment)
    assert name in found or (name == "lead_time_days" and "landed_cost" in found)


def test_a_wrong_verdict_or_lane_is_caught() -> None:
    dataset = world()
    table, fulfilment = made(dataset)
    turned = table.assign(verdict=table["verdict"].replace({"mail it": "stock it", "stock it": "mail it"}))
    assert "verdict" in faults(dataset, turned, fulfilment)
    assert "zones" in faults(dataset, table.assign(zones=table["zones"].replace({"Z1": "Z3"})), fulfilment)
    assert "item_id" in faults(dataset, pd.concat([table, table.head(1)]), fulfilment)
    assert "supplier_id" in faults(dataset, table.assign(supplier_id="S1"), fulfilment)
    closed = replace(
        dataset, lanes=tuple(replace(a, status="closed") if a.mode == "direct_mail" else a for a in dataset.lanes)
    )
    assert "supplier_id" in faults(closed, table, fulfilment)
    assert faults(dataset, table.drop(columns="postage"), fulfilment) == {"postage"}


@settings(deadline=None, max_examples=40)
@given(
    per_kg=st.sampled_from([0.0, 20.0, 500.0]), price=st.floats(10.0, 5000.0), weight=st.floats(0.01, 30.0),
    life=st.sampled_from([None, 20, 90]), least=st.sampled_from([0.0, 3000.0, 90000.0]),
    days=st.sampled_from([40, 400]), paid=st.integers(0, 120), back=st.floats(0.0, 1.0),
    mailed=st.sampled_from([("Z1",), ("Z3",), ("Z1", "Z3")]),
    shares=st.tuples(*[st.sampled_from([0.0, 0.015, 0.3, 1.0])] * 3), soldout=st.sampled_from([0, 12]),
)  # fmt: skip
def test_the_judge_agrees_whatever_the_data(
    per_kg: float, price: float, weight: float, life: int | None, least: float, days: int, paid: int, back: float,
    mailed: tuple[str, ...], shares: tuple[float, float, float], soldout: int,
) -> None:  # fmt: skip
    plain = world(per_kg=per_kg, days=days, mailed_to=mailed, soldout=soldout)
    changed = {"price": price, "weight_kg": weight, "shelf_life_days": life, "return_rate": back}
    items = {name: replace(one, **changed) if name in ("coat", "00123") else one for name, one in plain.items.items()}
    importer = replace(plain.suppliers["S2"], minimum_order_value=least, payment_days=paid)
    dataset = replace(plain, items=items, suppliers={**plain.suppliers, "S2": importer})
    table, fulfilment = made(
        dataset, lost_share_per_day_of_wait=shares[0], holding_share_per_year=shares[1], lost_sale_share=shares[2]
    )
    assert judge_direct_mail(dataset, table, fulfilment=fulfilment) == ()
    assert table["verdict"].isin(["mail it", "stock it"]).any() or days == 40


def test_it_is_told_in_words() -> None:
    dataset = world()
    table, _ = made(dataset)
    named = table.assign(item_name=table["item_id"])
    text = mail_text(named, currency="CNY")
    assert text.startswith("Direct mail that would cost less than stock (")
    assert "1.5%" in text
    none = mail_text(made(world(per_kg=2000.0))[0].assign(item_name="x"), currency="CNY")
    assert "stock costs less in each" in none
    assert "below a postage of" in none or "Not by" in none
    assert mail_text(named.loc[named["yearly_units"].eq(0)]) == ""
    told = {one["verdict"]: explain_mail(one, currency="CNY") for one in table.to_dict("records")}
    shared = {**row(table, "phone"), "other_units": 3.0, "stock_units": 4.0}
    assert "that leaves them out (0.02 units a day); sell first what is there" in explain_mail(shared)
    assert "Mail stays cheaper, all else equal, below" in told["mail it"]
    assert told["no lane"].startswith("Direct mail: S2 sells ")
    alone = {**row(table, "phone"), "other_units": 0.0, "stock_units": 0.0}
    assert "set do_not_order" in explain_mail(alone)
    texts = [*told.values(), text, none]
    assert raw_numbers(line for one in texts for line in one.splitlines()) == []
