# ruff: noqa: E501 - cases read best one a line

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from supplychain.domain import Item, Lane, Site, Supplier, Supply
from supplychain.domain.fulfilment import build_fulfilment
from supplychain.domain.sourcing import build_sourcing
from supplychain.plans.figures import figures
from supplychain.twin.entries import Entries
from supplychain.twin.outcome import Outcome, join
from supplychain.twin.score import interval, score_lives, score_rows
from supplychain.twin.world import World
from tests.domain.test_fulfilment import CONSTANTS
from tests.replenishment.small_world import AS_OF, data_set


def tiny():
    """One dc, two items (costs 5 and 20 dollars at 7), a tier-1 zone and a remote rural zone, four days, two lives."""
    items = {
        "a": Item("a", "a", "x", 10.0, 5.0, "CNY", 1, 1),
        "b": Item("b", "b", "y", 50.0, 20.0, "USD", 1, 1),
    }
    sites = {
        "D": Site("D", "D", "dc", "city", 0, 0),
        "T": Site("T", "T", "zone", "tier1_city", 0, 1),
        "R": Site("R", "R", "zone", "rural", 0, 1, remote=True),
    }
    lanes = (Lane("D", "T", 1, 1), Lane("D", "R", 1, 1))
    constants = CONSTANTS | {"delivery_days_cv": 0.0, "promise_days_tier1_city": 2.0, "promise_days_city": 3.0}
    constants |= {"promise_days_county_town": 4.0, "promise_days_rural": 5.0}
    dataset = data_set(
        items=items, sites=sites, lanes=lanes, constants=constants, rates={"USD": 7.0}, item_sites={}, stock=(),
        suppliers={"S": Supplier("S", "S", 1, "CNY")}, supply=(Supply("S", "a", 1.0),), open_orders=(), transfers=(),
    )  # fmt: skip
    sourcing = build_sourcing(dataset, build_fulfilment(dataset))
    entries = Entries(
        day=np.array([1, 1, 2, 4]),  # the first day is spin-up
        row=np.array([0, 0, 1, 0]),
        zone=np.array([0, 1, 1, 0]),
        quantity=np.array([4.0, 2.0, 3.0, 6.0]),
        price=np.array([10.0, 9.0, 350.0, 10.0]),
        base_days=np.array([1.0, 4.0, 6.0, 1.5]),
        cost_per_unit=np.array([1.0, 3.0, 20.0, 1.0]),
    )
    demand = np.zeros((2, 5))
    np.add.at(demand, (entries.row, entries.day), entries.quantity)
    world = World(
        first_day=AS_OF, spin_up=1, demand=demand, entries=entries, closed=np.zeros((2, 5), bool), cut_off=np.zeros((2, 5), bool),
        cut_lanes=np.zeros((1, 1, 5), bool),
        throughput=np.full((1, 5), np.inf), lead_multiply=np.ones((1, 5)), lead_add=np.zeros((1, 5)), unreachable=(),
        listed=np.ones((2, 5), bool), fallback=np.full(2, -1),
    )  # fmt: skip
    filled = np.ones((2, 2, 4), np.float32)
    filled[0, 0, 0] = 0.5  # life 0 serves half of the first measured day
    queue = np.zeros((2, 1, 4))
    queue[0, 0, 3] = 1.0  # and parcels of the last day wait a day
    outcome = Outcome(
        filled_share=filled,
        queue_days=queue,
        stock_value=np.array([[100.0, 200.0, 300.0, 400.0], [50.0] * 4]),
        on_hand=np.array([[20.0, 2.0], [10.0, 0.0]]),
        stock_out=np.array([[1.0, 2.0], [0.0, 0.0]]),
        listed_days=np.array([[4.0, 2.0], [4.0, 4.0]]),
        demanded=np.array([[12.0, 3.0], [12.0, 3.0]]),
        served=np.array([[9.0, 3.0], [12.0, 3.0]]),
        cycles=np.array([[3.0, 1.0], [0.0, 0.0]]),
        cycles_short=np.array([[1.0, 0.0], [0.0, 0.0]]),
        wasted=np.array([[2.0, 1.0], [0.0, 0.0]]),
        ordered_value=np.array([70.0, 80.0]),
        order_lines=np.array([3.0, 4.0]),
        transfer_units=np.array([5.0, 6.0]),
        rebalanced_units=np.array([1.0, 0.0]),
        rebalancing_freight=np.array([2.0, 0.0]),
        closing_stock=np.zeros((2, 2)),
    )
    return dataset, sourcing, world, outcome


def test_every_figure_by_hand():
    table = score_lives(*tiny(), seed=1).set_index("life")
    first = table.loc[0]
    daily = (12 * 5.0 + 3 * 140.0) / 4
    expected = {
        "stock_days": 250.0 / daily,
        "turns": 365.0 * daily / 250.0,
        "stockout_rate": 3 / 6,
        "fill_rate": 12 / 15,
        "cycle_service": 1 - 1 / 4,
        "stock_value": 250.0,
        "lost_margin": 3 * (10.0 - 5.0),
        "waste_value": 2 * 5.0 + 1 * 140.0,
        "bought_value": 70.0,
        "bought_lines": 3,
        "transfer_units": 5,
        # served: 2 of 4 tier-1, 1 of 2 rural, 3 of 3 rural, 6 of 6 tier-1 (queued a day)
        "days.tier1_city": (2 * 1.0 + 6 * 2.5) / 8,
        "days.rural": (1 * 4.0 + 3 * 6.0) / 4,
        "days": (2 * 1.0 + 6 * 2.5 + 1 * 4.0 + 3 * 6.0) / 12,
        "cost_share.tier1_city": 8.0 / 80.0,
        "cost_share.rural": (3.0 + 60.0) / (9.0 + 1050.0),
        "cost_share.remote": (3.0 + 60.0) / (9.0 + 1050.0),
        "cost_share": 71.0 / 1139.0,
        "late_rate.tier1_city": 6 / 8,
        "late_rate.rural": 3 / 4,
        "late_rate": 9 / 12,
        "delivery_cost": 71.0,
        "sales_value": 1139.0,
    }
    expected["rural_ratio"] = expected["days.rural"] / expected["days.tier1_city"]
    for name, value in expected.items():
        assert first[name] == pytest.approx(value), name
    assert np.isnan(first["days.city"])
    assert table.loc[1, "late_rate"] == pytest.approx(3 / 15)
    assert table.loc[1, "cycle_service"] == 1.0


def test_every_simulated_figure_of_the_glossary_is_scored():
    wanted = {name for name, figure in figures().items() if figure.basis == "simulated"}
    assert wanted <= set(score_lives(*tiny(), seed=1).columns)


def test_rows_by_hand():
    dataset, sourcing, _, outcome = tiny()
    rows = score_rows(dataset, sourcing, outcome).set_index("item_id")
    assert rows.loc["a", "units_a_day"] == 3.0
    assert rows.loc["a", "mean_stock_units"] == 15.0
    assert rows.loc["a", "mean_stock_value"] == 75.0
    assert rows.loc["a", "stock_days"] == 5.0
    assert rows.loc["a", "stock_out_share"] == 0.5 / 4
    assert rows.loc["a", "fill_rate"] == 10.5 / 12
    assert rows.loc["a", "lost_margin"] == 1.5 * 5
    assert rows.loc["b", "waste_value"] == 0.5 * 140
    assert rows.loc["b", "category"] == "y"


def test_a_row_without_demand_has_endless_cover():
    dataset, sourcing, _, outcome = tiny()
    idle = replace(outcome, demanded=np.zeros((2, 2)), served=np.zeros((2, 2)))
    rows = score_rows(dataset, sourcing, idle)
    assert np.isinf(rows["stock_days"]).all()
    assert (rows["fill_rate"] == 1).all()


def test_delivery_noise_has_mean_one_and_is_the_same_for_everybody():
    dataset, sourcing, world, outcome = tiny()
    count = 40_000
    entries = Entries(
        day=np.full(count, 2), row=np.zeros(count, np.int64), zone=np.zeros(count, np.int64), quantity=np.ones(count),
        price=np.ones(count), base_days=np.full(count, 1.6), cost_per_unit=np.ones(count),
    )  # fmt: skip
    noisy = replace(dataset, constants=dict(dataset.constants) | {"delivery_days_cv": 0.2})
    table = score_lives(noisy, sourcing, replace(world, entries=entries), outcome, seed=4)
    assert table["days"].tolist() == pytest.approx([1.6, 1.6], rel=0.01)
    assert table["days"].nunique() == 2
    # log-normal with mean 1.6 and cv .2: P(days > 2) = P(Z > (ln(2 / 1.6) + s2 / 2) / s), s2 = ln 1.04
    assert table["late_rate"].tolist() == pytest.approx([0.1095, 0.1095], abs=0.006)
    again = score_lives(noisy, sourcing, replace(world, entries=entries), outcome, seed=4)
    pd.testing.assert_frame_equal(table, again)
    second = Outcome(**{f: getattr(outcome, f)[1:] for f in outcome.__dataclass_fields__})
    alone = score_lives(noisy, sourcing, replace(world, entries=entries), second, seed=4, first_life=1)
    assert alone["days"].tolist() == table["days"].tolist()[1:]
    assert alone["life"].tolist() == [1]


def test_interval_by_hand():
    lives = pd.DataFrame({"life": [0, 1, 2], "x": [11.0, 12.0, 13.0], "y": [4.0, 4.0, 4.0]})
    made = interval(lives).set_index("figure")
    half = 4.302652729911275 * 1.0 / np.sqrt(3)  # t of two degrees of freedom
    assert made.loc["x", ["mean", "low", "high"]].tolist() == pytest.approx([12.0, 12 - half, 12 + half])
    assert made.loc["y", ["mean", "low", "high"]].tolist() == [4.0, 4.0, 4.0]
    assert (made["lives"] == 3).all()


def test_an_interval_ends_where_a_figure_can_be():
    lives = pd.DataFrame({"life": [0, 1], "fill_rate": [0.9, 1.0], "stock_days": [1.0, 9.0], "cost_share": [0.9, 1.5]})
    made = interval(lives).set_index("figure")
    assert made.loc["fill_rate", "high"] == 1.0
    assert made.loc["stock_days", "low"] == 0.0
    assert made.loc["stock_days", "high"] == pytest.approx(5 + 12.706204736 * 4.0)
    assert made.loc["cost_share", "high"] > made.loc["cost_share", "mean"] == 1.2


def test_one_life_has_no_interval():
    made = interval(pd.DataFrame({"life": [0], "x": [1.0]}))
    assert made["mean"].tolist() == [1.0]
    assert made[["low", "high"]].isna().all(axis=None)


def test_join_keeps_the_order():
    _, _, _, outcome = tiny()
    parts = [Outcome(**{f: getattr(outcome, f)[[n]] for f in outcome.__dataclass_fields__}) for n in (0, 1)]
    joined = join(parts)
    assert all(np.array_equal(getattr(joined, f), getattr(outcome, f)) for f in outcome.__dataclass_fields__)
