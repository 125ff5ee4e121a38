"""Doubtful data in a small world: told where they are, and nowhere in a clean one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.domain import DataSet, ItemSite, OpenOrder, Supply
from supplychain.handover.exceptions_open_orders import twin_groups
from supplychain.handover.exceptions_suppliers import closure_over
from supplychain.handover.look import look
from supplychain.handover.replenishment import compile_terms, state_from_dataset
from supplychain.plans.judge.order_exceptions import judge_exceptions
from supplychain.scenario.settings import ReplenishSettings
from tests.handover.test_order_exceptions import found, mill, order, reviewed
from tests.messages import raw_numbers
from tests.replenishment.small_world import AS_OF, daily_means, data_set, forecast, item_sites, items, suppliers, supply

KINDS = [
    "order_to_closed_site",
    "order_without_terms",
    "twin_orders",
    "minimum_out_of_reach",
    "closed_throughout",
    "no_order_days",
    "suspect_dates",
]


def doubts(dataset: DataSet, **options: object) -> pd.DataFrame:
    frame = reviewed(dataset, **options)[0]
    return frame.loc[frame["kind"].isin(KINDS)]


def with_supplier(supplier_id: str, **more: object) -> dict:
    return {s.supplier_id: replace(s, **more) if s.supplier_id == supplier_id else s for s in suppliers()}


@pytest.mark.parametrize("review_days", [1, 7])
def test_a_clean_world_has_none(review_days: int) -> None:
    assert doubts(data_set(), review_days=review_days).empty


@settings(max_examples=12, deadline=None)
@given(
    lots=st.lists(st.tuples(st.sampled_from(["NA", "00123", "soap"]), st.integers(1, 50)), max_size=5, unique=True),
    start=st.integers(1, 40), length=st.integers(0, 40), share=st.floats(0.0, 1.0),
)  # fmt: skip
def test_sound_data_are_never_questioned(lots, start, length, share) -> None:
    """Different orders of what is sold, a closure that ends, and minimums that a month of one item reaches."""
    orders = tuple(order(f"P{n}", item, float(units), 3 + n) for n, (item, units) in enumerate(lots))
    shut = ((AS_OF + timedelta(days=start), AS_OF + timedelta(days=start + length)),)
    sound = with_supplier("S1", closures=shut, minimum_order_value=share * 60 * 5.0)  # of soap: two a day and more
    assert doubts(data_set(open_orders=orders, suppliers=sound)).empty


def test_an_open_order_of_an_item_that_its_supplier_does_not_sell() -> None:
    wrong = replace(order("P7", "milk", 30, 5), supplier_id="S1")
    elsewhere = replace(order("P8", "soap", 12, 5), supplier_id="S3")  # S3 sells soap to the hub alone
    right = order("P9", "soap", 12, 9)
    dataset = data_set(open_orders=(wrong, elsewhere, right))
    frame, orders, _ = reviewed(dataset)
    first, second = sorted(found(frame, "order_without_terms"), key=lambda line: line["order_id"])
    assert (first["order_id"], first["supplier_id"], first["item_id"]) == ("P7", "S1", "milk")
    assert first["money"] == pytest.approx(30 * 8.0)
    assert first["severity"] != "low"
    assert "S3 sells it there" in first["why"]
    assert "items from S1, and not this one" in first["why"]
    assert "open_orders" in first["fix"]
    assert first["command"] == "plan explain P7_milk_WUH"
    assert (second["order_id"], "for HUB only" in second["why"]) == ("P8", True)
    untold = frame.loc[frame["order_id"].ne("P7")].assign(rank=lambda f: range(1, len(f) + 1))
    assert any("not told" in v.rule for v in judge_exceptions(dataset, untold, orders=orders))
    taught = replace(dataset, supply=(*supply(), Supply("S1", "milk", 8.0)))
    assert any("its supplier sells it" in v.rule for v in judge_exceptions(taught, frame, orders=orders))


def test_an_open_order_to_a_closed_site_is_to_be_diverted_or_cancelled() -> None:
    """The site is closed, whatever terms the supplier has; without another site that holds the item nothing is left."""
    shut = {key: replace(site, status="closed") if key == "CDU" else site for key, site in data_set().sites.items()}
    listed = {**item_sites(), ("NA", "WUH"): ItemSite("NA", "WUH", listed=False)}
    lost = [replace(order(number, item, 20, 5), site_id="CDU") for number, item in (("P7", "soap"), ("P8", "NA"))]
    kept = {"sites": shut, "item_sites": {key: row for key, row in listed.items() if key[1] != "CDU"}}
    dataset = data_set(open_orders=(*lost, order("P9", "soap", 12, 9)), transfers=(), **kept)
    frame, orders, _ = reviewed(dataset)
    assert not found(frame, "order_without_terms")
    told = frame.loc[frame["order_id"].isin(["P7", "P8"]), "kind"]
    assert set(told) == {"order_to_closed_site"}  # and not that the site does not list the item
    soap, other = sorted(found(frame, "order_to_closed_site"), key=lambda line: line["order_id"])
    assert "CDU, which is not open (status closed)" in soap["what"]
    assert "have it delivered to WUH and correct open_orders.site_id, or cancel it" in soap["fix"]
    assert soap["money"] == pytest.approx(20 * 5.0)
    assert soap["severity"] != "low"
    assert "no open site holds the item" in other["why"]
    assert other["fix"] == "ask S1 to cancel it and delete the line from open_orders"
    untold = frame.loc[frame["order_id"].ne("P7")].assign(rank=lambda f: range(1, len(f) + 1))
    assert any("is not open, and that is not told" in v.rule for v in judge_exceptions(dataset, untold, orders=orders))
    sent = frame.assign(fix=frame["fix"].str.replace("delivered to WUH", "delivered to CDU"))
    assert "fix" in {v.field for v in judge_exceptions(dataset, sent, orders=orders)}
    opened = replace(dataset, sites=data_set().sites)
    assert any(v.rule == "its site is open" for v in judge_exceptions(opened, frame, orders=orders))


def test_open_orders_that_look_like_one() -> None:
    days = timedelta(days=2)
    first = order("P1", "NA", 40, 9)
    again = replace(first, order_id="P2", ordered=first.ordered + days, due=first.due + days)
    others = (
        replace(first, order_id="P3", quantity=45.0), replace(first, order_id="P4", site_id="CDU"),
        replace(first, order_id="P5", due=first.due + timedelta(days=8)),
        replace(first, order_id="P6", ordered=first.ordered - timedelta(days=8)),
    )  # fmt: skip
    dataset = data_set(open_orders=(first, again, *others))
    frame, orders, rule = reviewed(dataset)
    (line,) = found(frame, "twin_orders")
    assert (line["order_id"], line["item_id"], line["site_id"], line["units"]) == ("P2", "NA", "WUH", 40.0)
    assert line["money"] == pytest.approx(40 * 76.0 * rule.holding_share_per_year)  # at the price from 40 units on
    assert "P1" in line["what"]
    assert "P3" not in line["what"]
    assert line["severity"] != "low"
    for gone in ("P1", "P2"):
        left = replace(dataset, open_orders=tuple(o for o in dataset.open_orders if o.order_id != gone))
        assert found(reviewed(left)[0], "twin_orders") == []
        assert "order_id" in {v.field for v in judge_exceptions(left, frame, orders=orders)}


def test_what_is_on_order_in_part_is_told_rounded() -> None:
    first = order("P1", "NA", 1205.838516, 9)
    (line,) = found(reviewed(data_set(open_orders=(first, replace(first, order_id="P2"))))[0], "twin_orders")
    assert "2 orders of 1,205.8 units each" in line["what"]
    assert "2,411.7 units on order in all" in line["why"]
    assert raw_numbers(line[name] for name in ("what", "why", "fix")) == []


def test_orders_of_the_usual_rhythm_are_no_twins_but_those_of_one_day_are() -> None:
    first = order("P1", "NA", 40, 9)
    next_day = replace(
        first, order_id="P2", ordered=first.ordered + timedelta(days=1), due=first.due + timedelta(days=1)
    )
    assert found(reviewed(data_set(open_orders=(first, next_day)), review_days=1)[0], "twin_orders") == []
    same = replace(first, order_id="P2")
    two_days = timedelta(days=2)
    later = replace(first, order_id="P0", ordered=first.ordered + two_days, due=first.due + two_days)
    assert len(found(reviewed(data_set(open_orders=(later, first, same)), review_days=1)[0], "twin_orders")) == 1
    frame, orders, _ = reviewed(data_set(open_orders=(first, same)), review_days=1)
    assert len(found(frame, "twin_orders")) == 1
    untold = frame.loc[frame["kind"].ne("twin_orders")].assign(rank=lambda f: range(1, len(f) + 1))
    judged = judge_exceptions(data_set(open_orders=(first, same)), untold, orders=orders)
    assert any("the same, and not told" in v.rule for v in judged)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from([5.0, 6.0])), max_size=9),
    st.integers(0, 3),
)  # fmt: skip
def test_twins_are_the_linked_parts_of_a_graph(rows, apart) -> None:
    orders = [
        OpenOrder(f"P{n}", "S1", "NA", "WUH", units, AS_OF + timedelta(days=asked), AS_OF + timedelta(days=20 + due))
        for n, (asked, due, units) in enumerate(rows)
    ]
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(one.order_id for one in orders)
    graph.add_edges_from(
        (a.order_id, b.order_id) for a in orders for b in orders
        if a.quantity == b.quantity
        and max(abs((a.ordered - b.ordered).days), abs((a.due - b.due).days)) <= apart
    )  # fmt: skip
    right = sorted(sorted(part) for part in nx.connected_components(graph) if len(part) > 1)
    made = [sorted(one.order_id for one in group) for group in twin_groups(orders, apart=lambda _: apart)]
    assert sorted(made) == right


def test_a_minimum_that_all_items_cannot_reach() -> None:
    """Coats and a phone at 30 and 340 dollars: 0.8 and 0.4 a day at Wuhan, 0.8 coats at Chengdu."""
    at_wuhan, at_chengdu = 0.8 * 30 + 0.4 * 340, 0.8 * 30
    month = 365.25 / 12
    least = 7.0 * month * at_wuhan
    frame, orders, _ = reviewed(data_set(suppliers=with_supplier("S2", minimum_order_value=least)))
    lines = {line["site_id"]: line for line in found(frame, "minimum_out_of_reach")}
    assert set(lines) == {"WUH", "CDU"}
    assert "7.0 months of demand of all items" in lines["WUH"]["what"]
    assert f"{least / at_chengdu / month:,.1f} months" in lines["CDU"]["what"]
    assert lines["WUH"]["amount"] == pytest.approx(month * at_wuhan)
    assert lines["WUH"]["money"] > 0
    assert "none of the items can be had from another supplier" in lines["WUH"]["fix"]
    odd = frame.assign(amount=frame["amount"].mask(frame["kind"].eq("minimum_out_of_reach"), 2 * least))
    dataset = data_set(suppliers=with_supplier("S2", minimum_order_value=least))
    assert "amount" in {v.field for v in judge_exceptions(dataset, odd, orders=orders)}
    lower = with_supplier("S2", minimum_order_value=5.9 * month * at_wuhan)
    assert [line["site_id"] for line in found(reviewed(data_set(suppliers=lower))[0], "minimum_out_of_reach")] == [
        "CDU"
    ]


def test_what_spoils_ends_or_has_a_maximum_adds_no_more_to_a_minimum() -> None:
    """Milk at eight keeps for fourteen days, and 9 + 2.7 a day are asked for at Wuhan and the site that it feeds."""
    dataset = data_set(suppliers=with_supplier("S3", minimum_order_value=1400.0))
    lines = {line["site_id"]: line for line in found(reviewed(dataset)[0], "minimum_out_of_reach")}
    assert "above all that ever sells of one order (1,310.40" in lines["WUH"]["what"]
    keeps = {one.item_id: replace(one, shelf_life_days=None) for one in items()}
    kept = {line["site_id"] for line in found(reviewed(replace(dataset, items=keeps))[0], "minimum_out_of_reach")}
    assert not {"WUH", "CDU"} & kept
    endless = replace(dataset, items=keeps, suppliers=with_supplier("S3", minimum_order_value=1e7))
    lines = {line["site_id"]: line for line in found(reviewed(endless)[0], "minimum_out_of_reach")}
    words = lines["WUH"]["what"].split()
    assert float(words[words.index("months") - 1].replace(",", "")) == pytest.approx(
        1e7 / 93.6 / (365.25 / 12), abs=0.06
    )
    most = {**item_sites(), ("milk", "CDU"): ItemSite("milk", "CDU", max_units=20.0)}
    (line,) = found(reviewed(data_set(item_sites=most))[0], "minimum_out_of_reach")
    assert (line["site_id"], "one order (160.00" in line["what"]) == ("CDU", True)


def test_a_supplier_that_is_closed_as_far_as_the_forecast_reaches() -> None:
    """In three closures that meet; soap has another source at the hub alone."""
    shut = (
        (AS_OF + timedelta(days=30), date.max), (AS_OF - timedelta(days=9), AS_OF + timedelta(days=4)),
        (AS_OF + timedelta(days=5), AS_OF + timedelta(days=29)),
    )  # fmt: skip
    dataset = data_set(suppliers=mill(closures=shut))
    frame, orders, _ = reviewed(dataset)
    (line,) = found(frame, "closed_throughout")
    assert line["supplier_id"] == "S1"
    assert line["date"] == pd.Timestamp(AS_OF - timedelta(days=9))
    assert f"from {AS_OF - timedelta(days=9)} to 9999-12-31" in line["what"]
    assert "NA at WUH" in line["why"]
    assert "00123" not in line["why"]  # the importer sells it too
    assert "add another supplier's terms" in line["fix"]
    assert line["money"] > 0
    assert line["severity"] != "low"
    assert "S1" not in [one["supplier_id"] for one in found(frame, "supplier_closed")]  # not told twice
    opened = replace(dataset, suppliers=mill(closures=shut[:1]))
    assert "date" in {v.field for v in judge_exceptions(opened, frame, orders=orders)}
    assert found(reviewed(opened)[0], "closed_throughout") == []


def test_a_supplier_that_takes_no_orders_is_told_and_no_day_is_made_up() -> None:
    dataset = data_set(suppliers=mill(order_weekdays=()))
    frame, _, _ = reviewed(dataset)
    (line,) = found(frame, "no_order_days")
    assert line["supplier_id"] == "S1"
    assert "order_weekdays are none" in line["what"]
    assert line["severity"] != "low"
    short = found(frame, "stock_out", "NA", "WUH")
    assert short
    assert all("can be made on" not in one["fix"] for one in short)
    rule = ReplenishSettings(policy="optimized", review_days=7, outlook_days=10)
    terms = compile_terms(dataset, rule)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    seen = look(state, forecast(means), AS_OF, terms=terms, settings=rule)
    never = np.isnat(seen.looked_at_again(seen.gap))
    closed = np.array([terms.suppliers[i] == "S1" if i >= 0 else False for i in terms.supplier_index])
    assert closed.any()
    assert never[closed].all()
    assert not never[~closed].all()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 14), st.integers(0, 9)), max_size=4), st.integers(1, 14))
def test_closures_cover_what_their_days_cover(spans, ahead) -> None:
    shut = tuple((AS_OF + timedelta(days=first), AS_OF + timedelta(days=first + more)) for first, more in spans)
    days = {AS_OF + timedelta(days=n) for first, more in spans for n in range(first, first + more + 1)}
    end = AS_OF + timedelta(days=ahead)
    covered = {AS_OF + timedelta(days=n) for n in range(1, ahead + 1)} <= days
    dates = closure_over(replace(suppliers()[0], closures=shut), AS_OF, end)
    assert (dates is not None) == covered
    if dates is not None:
        assert dates[1] >= end
        assert {dates[0] + timedelta(days=n) for n in range((dates[1] - dates[0]).days + 1)} <= days
