from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import DataSet, ItemSite, Lane, StockLine
from supplychain.handover.rebalancing_lanes import freight_of
from supplychain.handover.replenishment import compile_terms, plan_orders, state_from_dataset
from supplychain.pipeline.decide import Decision, decide
from supplychain.plans.explain import explain_line, line_reason, recompute_quantity
from supplychain.plans.judge.stock import judge_stock
from supplychain.plans.judge.transfers import judge_transfers
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.scenario.settings import ReplenishSettings
from supplychain.twin.batch import tile_terms
from tests.replenishment.small_world import AS_OF, daily_means, data_set, empty_state, forecast, item_sites, lanes

ON = ReplenishSettings(policy="optimized", review_days=1, rebalance=True)


def house(*, cost_per_kg: float = 0.5, cost_per_shipment: float = 0.0, transit_days: float = 2.0, **changes) -> DataSet:
    """Two dcs with a lane between them; Wuhan has coats for years, Chengdu none, and the next order takes 21 days."""
    more = [
        Lane("WUH", "CDU", 1000.0, transit_days, cost_per_kg=cost_per_kg, cost_per_shipment=cost_per_shipment),
        Lane("CDU", "WUH", 1000.0, transit_days, cost_per_kg=cost_per_kg, cost_per_shipment=cost_per_shipment),
    ]
    stock = (StockLine("WUH", "coat", 300.0), StockLine("WUH", "soap", 400.0), StockLine("CDU", "soap", 400.0))
    return data_set(**({"lanes": (*lanes(), *more), "stock": stock, "open_orders": (), "transfers": ()} | changes))


def evening(dataset: DataSet, settings: ReplenishSettings = ON, as_of: date = AS_OF) -> tuple[Decision, dict]:
    """Decision of one evening, and units moved by (origin, destination, item) that do not come from the feeding dc."""
    terms = compile_terms(dataset, settings)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    decision = decide(state, forecast(means), as_of, terms=terms, settings=settings)
    moves = decision.transfers
    return decision, {
        (terms.site_ids[origin], terms.site_ids[row], terms.item_ids[row]): float(units)
        for origin, row, units in zip(moves.origin, moves.row, moves.quantity, strict=True)
        if terms.origin_row[row] != origin
    }


def plan(dataset: DataSet) -> tuple[TransferPlan, dict]:
    terms = compile_terms(dataset, ON)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    orders, transfers, stock = plan_orders(dataset, terms, state, forecast(means), settings=ON, as_of=AS_OF)
    assert judge_transfers(dataset, transfers, as_of=AS_OF) == ()
    assert judge_stock(dataset, stock, orders=orders, transfers=transfers) == ()
    moved = transfers.lines.loc[transfers.lines["reason"].eq("rebalancing")]
    return transfers, moved.iloc[0].to_dict()


def test_what_is_idle_at_one_dc_fills_the_gap_of_the_other_as_it_comes_near() -> None:
    """0.8 coats a day; tonight's order takes 21 days and more, a move two, and moves are decided again each evening."""
    _, moved = evening(house())
    assert set(moved) == {("WUH", "CDU", "coat")}
    assert 0.8 * 3 <= moved["WUH", "CDU", "coat"] <= 0.8 * 15
    transfers, _ = plan(house())
    coats = transfers.lines.loc[transfers.lines["reason"].eq("rebalancing") & transfers.lines["item_id"].eq("coat")]
    assert set(coats["destination_id"]) == {"CDU"}
    assert 0.8 * 15 <= coats["quantity"].sum() <= 0.8 * 35


@pytest.mark.parametrize(
    "changes",
    [
        {"cost_per_kg": 500.0},  # freight takes the margin
        {"cost_per_shipment": 9_000.0},
        {"transit_days": 60.0},  # too late
        {"lanes": tuple(lanes())},
        {"stock": (StockLine("WUH", "coat", 300.0), StockLine("CDU", "coat", 60.0))},  # nobody is short
        {"stock": (StockLine("WUH", "coat", 300.0, blocked=300.0),)},
        {"item_sites": item_sites() | {("coat", "CDU"): ItemSite("coat", "CDU", do_not_order=True)}},
        {"item_sites": item_sites() | {("coat", "CDU"): ItemSite("coat", "CDU", max_units=0.0)}},
        {"item_sites": item_sites() | {("coat", "WUH"): ItemSite("coat", "WUH", min_units=300.0)}},
    ],
)
def test_nothing_moves_without_gain_or_against_the_planner(changes: dict) -> None:
    assert evening(house(**changes))[1] == {}


@pytest.mark.parametrize(
    ("introduced", "moves"), [(AS_OF + timedelta(days=2), False), (AS_OF + timedelta(days=3), True)]
)
def test_what_would_meet_the_item_that_replaces_it_is_sold_off_where_it_lies(introduced: date, moves: bool) -> None:
    items = house().items
    newer = replace(items["soap"], replaces="coat", introduced=introduced)
    moved = evening(house(items={**items, "soap": newer}))[1]
    assert (("WUH", "CDU", "coat") in moved) is moves


def test_other_policies_and_the_setting_off_move_nothing() -> None:
    for policy in ("today", "textbook", "optimized"):
        settings = ReplenishSettings(policy=policy, review_days=1, rebalance=policy != "optimized")
        assert evening(house(), settings)[1] == {}


def test_a_lane_moves_on_its_departures_only() -> None:
    friday_only = [replace(x, departures=(5,)) if {x.origin_id, x.destination_id} == {"WUH", "CDU"} else x
                   for x in house().lanes]  # fmt: skip
    dataset = house(lanes=tuple(friday_only))
    assert evening(dataset)[1]
    assert evening(dataset, as_of=AS_OF + timedelta(days=1))[1] == {}


def test_a_site_that_is_short_itself_gives_nothing() -> None:
    short = house(stock=(StockLine("WUH", "coat", 9.0),))
    assert evening(short)[1] == {}


def test_goods_that_nobody_orders_any_more_go_where_they_still_save_a_purchase() -> None:
    ending = house(item_sites=item_sites() | {("coat", "WUH"): ItemSite("coat", "WUH", phase_out=True)})
    assert evening(ending)[1]["WUH", "CDU", "coat"] >= evening(house())[1]["WUH", "CDU", "coat"]


def test_lives_side_by_side_move_what_each_would_alone() -> None:
    dataset = house(cost_per_shipment=50.0)
    terms = compile_terms(dataset, ON)
    means = daily_means(terms)
    state = state_from_dataset(dataset, terms, recent_daily_sales=means)
    empty = empty_state(terms)
    three = tile_terms(terms, 3)
    names = ("on_hand", "blocked", "backorder", "on_order", "recent_daily_sales", "arrivals")
    states = (state, empty, state)
    joined = {name: np.concatenate([getattr(one, name) for one in states]) for name in names}
    longest = max(one.batches.shape[1] for one in states)
    wide = [np.pad(one.batches, ((0, 0), (0, longest - one.batches.shape[1]))) for one in states]
    together = decide(
        replace(state, **joined, batches=np.concatenate(wide)), forecast(np.tile(means, 3)), AS_OF, terms=three,
        settings=ON,
    ).transfers  # fmt: skip
    alone = decide(state, forecast(means), AS_OF, terms=terms, settings=ON).transfers
    for life in (0, 2):
        mine = together.row // terms.rows == life
        assert (together.origin[mine] // terms.rows == life).all()
        order, other = np.argsort(together.row[mine]), np.argsort(alone.row)
        assert (together.row[mine] % terms.rows)[order].tolist() == alone.row[other].tolist()
        assert together.quantity[mine][order].tolist() == alone.quantity[other].tolist()


def test_the_plan_says_what_a_move_is_worth_and_leaves_the_origin() -> None:
    transfers, line = plan(house(cost_per_shipment=40.0))
    assert transfers.lines["line_id"].is_unique
    assert line["destination_value"] - line["origin_value"] > line["freight"]
    assert line["freight"] == pytest.approx(40.0 + 0.5 * 0.5 * line["quantity"])
    assert recompute_quantity(line) == line["quantity"]
    assert line_reason(line) == "units worth more there than here"
    text = explain_line(line | {"base_currency": "CNY"})
    assert f"Send {line['quantity']:g} units" in text
    assert "from WUH to CDU" in text
    gain = line["destination_value"] - line["origin_value"] - line["freight"]
    assert f"the move gains {gain:,.2f} CNY" in text
    assert "CDU is shortest on" in text


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("freight", 1.0, "freight"),
        ("destination_value", 3.0, "destination_value"),
        ("origin_value", -5.0, "origin_value"),
        ("reason", "because", "reason"),
        ("reason", None, "reason"),
    ],
)
def test_the_judge_finds_wrong_worth(column: str, value: object, told: str) -> None:
    transfers, line = plan(house())
    lines = transfers.lines.copy()
    at = lines["line_id"].eq(line["line_id"])
    if value is None:
        lines.loc[at, column] = pd.NA
    else:
        lines.loc[at, column] = value
    found = judge_transfers(house(), TransferPlan(lines), as_of=AS_OF)
    assert told in {one.field for one in found}


def test_the_freight_of_a_shipment_is_shared_by_units() -> None:
    lanes_ = compile_terms(house(cost_per_shipment=90.0), ON).rebalancing
    dear = int(np.argmax(lanes_.shipment_cost))
    between = np.flatnonzero(lanes_.shipment == dear)[:2]
    freight = freight_of(lanes_, lanes_.origin[between], lanes_.destination[between], np.array([10.0, 20.0]))
    units = np.array([10.0, 20.0]) * lanes_.unit_cost[between]
    assert freight - units == pytest.approx([30.0, 60.0])
