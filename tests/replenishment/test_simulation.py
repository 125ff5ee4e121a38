"""The simulation kernel against a plain simulation, and tuned levels against known optima."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from solvers.replenishment.simulation import (
    DemandTables,
    Levels,
    StockedItems,
    draw_demand,
    simulate,
    tune_base_stock,
    tune_reorder_levels,
)

REPLICATIONS = 3


@dataclass
class Lived:
    orders: int = 0
    units: int = 0
    stock: int = 0
    backlog: int = 0
    short: int = 0
    empty: int = 0
    cycles: int = 0
    short_cycles: int = 0
    asked: int = 0


def live(rule, item, demand, warm_up):
    """One SKU, one replication, told plainly with lists and integers."""
    low, up_to, pack, minimum = rule
    leads, review, share, start = item
    on_hand, waiting, on_order, told, lived = start, 0, [], False, Lived()
    for day, asked in enumerate(demand):
        if day == warm_up:
            lived = Lived()
        position = on_hand - waiting + sum(q for _, q in on_order)
        if day % review == 0 and position <= low:
            need = max(up_to - position, minimum)
            quantity = -(-need // pack) * pack
            on_order.append((day + leads[min(day, len(leads) - 1)], quantity))
            lived.orders += 1
            lived.units += quantity
        arrived = sum(q for due, q in on_order if due == day)
        on_order = [(due, q) for due, q in on_order if due != day]
        if arrived:
            lived.cycles += 1
            lived.short_cycles += told
            told = False
        served_late = min(waiting, arrived)
        waiting -= served_late
        on_hand += arrived - served_late
        short = max(asked - on_hand, 0)
        on_hand -= asked - short
        waiting += int(np.float32(share) * np.float32(short))
        told = told or short > 0
        lived.asked += asked
        lived.short += short
        lived.stock += on_hand
        lived.backlog += waiting
        lived.empty += on_hand == 0
    return lived


@st.composite
def houses(draw):
    days = draw(st.integers(1, 150))
    count = draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    by_day = draw(st.booleans())
    demand = rng.poisson(rng.uniform(0, 12), (count, days, REPLICATIONS)).astype(np.uint16)
    low = rng.integers(-10, 60, count)
    levels = Levels.of(low, low + rng.integers(1, 40, count), pack=rng.integers(1, 9, count),
                       minimum_quantity=rng.integers(1, 20, count))  # fmt: skip
    items = StockedItems.of(
        count,
        lead_time_days=rng.integers(0, 9, (count, days if by_day else 1)),
        review_days=rng.integers(1, 6, count),
        backlog_share=rng.choice([0.0, 0.3, 0.7, 1.0], count),
        initial_stock=rng.integers(0, 50, count),
        holding_cost=rng.uniform(0, 2, count),
        backlog_cost=rng.uniform(0, 9, count),
        shortage_cost=rng.uniform(0, 9, count),
        order_cost=rng.uniform(0, 30, count),
    )
    return levels, items, demand, draw(st.integers(0, days - 1))


@settings(max_examples=60, deadline=None)
@given(houses())
def test_kernel_lives_as_the_plain_simulation_does(house):
    levels, items, demand, warm_up = house
    result = simulate(levels, items, demand, warm_up_days=warm_up)
    days = demand.shape[1] - warm_up
    for n in range(demand.shape[0]):
        rule = [int(v[n]) for v in (levels.reorder_level, levels.order_up_to, levels.pack, levels.minimum_quantity)]
        item = (items.lead_time_days[n].tolist(), int(items.review_days[n]), items.backlog_share[n],
                int(items.initial_stock[n]))  # fmt: skip
        lived = [live(rule, item, demand[n, :, r].tolist(), warm_up) for r in range(REPLICATIONS)]

        def total(name, lived=lived):
            return sum(getattr(one, name) for one in lived)

        cost = [items.holding_cost[n] * one.stock + items.backlog_cost[n] * one.backlog
                + items.shortage_cost[n] * one.short + items.order_cost[n] * one.orders for one in lived]  # fmt: skip
        assert result.orders[n] == total("orders") / REPLICATIONS
        assert result.units_ordered[n] == total("units") / REPLICATIONS
        assert result.short_units[n] == total("short") / REPLICATIONS
        assert result.stockout_days[n] == total("empty") / REPLICATIONS
        assert result.mean_stock[n] == total("stock") / (days * REPLICATIONS)
        assert result.mean_backlog[n] == total("backlog") / (days * REPLICATIONS)
        assert result.fill_rate[n] == (1.0 - total("short") / total("asked") if total("asked") else 1.0)
        cycles = total("cycles")
        expected = 1.0 - total("short_cycles") / cycles if cycles else math.nan
        assert result.cycle_service[n] == expected or (math.isnan(expected) and math.isnan(result.cycle_service[n]))
        assert result.cost[n] == pytest.approx(np.mean(cost) / days, rel=1e-12, abs=1e-12)
        error = np.std(cost, ddof=1) / math.sqrt(REPLICATIONS) / days
        assert result.cost_error[n] == pytest.approx(error, rel=1e-9, abs=1e-9)


def test_tables_are_the_demand_that_they_draw():
    rng = np.random.default_rng(5)
    quantile = np.sort(rng.uniform(0, 40, (6, 2, 5)), axis=2)
    tables = DemandTables.of([0.1, 0.3, 0.5, 0.8, 0.95], quantile, kind=np.arange(40) % 2, replications=20, rng=rng)
    levels, items = Levels.base_stock(np.full(6, 90)), StockedItems.of(6, lead_time_days=3, holding_cost=1.0)
    drawn, looked_up = (simulate(levels, items, d, warm_up_days=7) for d in (draw_demand(tables), tables))
    for name in drawn.__slots__:
        np.testing.assert_array_equal(getattr(drawn, name), getattr(looked_up, name))


def test_tables_keep_the_mean_of_their_quantiles():
    rng = np.random.default_rng(2)
    at = np.array([0.25, 0.5, 0.75])
    tables = DemandTables.of(at, [[4.0, 4.5, 6.0]], kind=np.zeros(1, np.int64), replications=1, rng=rng)
    # Straight from 0 to the lowest level, flat above the highest: 0.25 * (2 + 4.25 + 5.25 + 6).
    assert tables.table.mean() == pytest.approx(0.25 * (2.0 + 4.25 + 5.25 + 6.0), abs=0.05)


def test_base_stock_is_that_of_the_newsvendor():
    """Review a day, lead time L: the best level is the p / (p + h) quantile of the demand of L + 1 days."""
    rng = np.random.default_rng(3)
    mean, lead = np.array([0.7, 4.0, 20.0]), np.array([0, 2, 5])
    demand = rng.poisson(mean[:, None, None], (3, 2000, 16)).astype(np.uint16)
    items = StockedItems.of(3, lead_time_days=lead, holding_cost=1.0, backlog_cost=9.0)
    tuned = tune_base_stock(items, demand, warm_up_days=10)
    exact = poisson.ppf(0.9, mean * (lead + 1))
    assert np.abs(tuned.order_up_to - exact).max() <= 1

    best = simulate(tuned, items, demand, warm_up_days=10).cost
    for shift in (-2, -1, 1, 2):
        other = simulate(Levels.base_stock(tuned.order_up_to + shift), items, demand, warm_up_days=10).cost
        assert (best <= other).all()


def cost_of_levels(low, up_to, mean, *, order_cost, holding, penalty):
    """Exact cost a period of (s,S), Zheng and Federgruen (1991), equation 2, by the renewal density of demand."""
    p = poisson.pmf(np.arange(up_to - low + 400), mean)
    grid = np.arange(1200)

    def one_period(y):
        over = holding * np.maximum(y - grid, 0) + penalty * np.maximum(grid - y, 0)
        return float(np.sum(poisson.pmf(grid, mean) * over))

    gap = up_to - low
    visits = np.zeros(gap)
    visits[0] = 1.0 / (1.0 - p[0])
    for j in range(1, gap):
        visits[j] = sum(p[k] * visits[j - k] for k in range(1, j + 1)) / (1.0 - p[0])
    return (order_cost + sum(visits[j] * one_period(up_to - j) for j in range(gap))) / visits.sum()


@pytest.mark.parametrize(
    ("mean", "low", "up_to", "best"),
    [(10, 6, 40, 35.022), (22, 16, 68, 51.632), (40, 33, 87, 64.512), (51, 43, 110, 71.611),
     (61, 52, 131, 77.929), (65, 56, 75, 78.518)],
)  # fmt: skip
def test_reorder_levels_cost_what_the_optimum_does(mean, low, up_to, best):
    """Poisson demand, K = 64, h = 1, p = 9: levels and costs of Zheng and Federgruen (1991), table 1."""
    money = {"order_cost": 64.0, "holding": 1.0, "penalty": 9.0}
    assert cost_of_levels(low, up_to, mean, **money) == pytest.approx(best, abs=6e-4)  # the oracle itself
    rng = np.random.default_rng(mean)
    demand = rng.poisson(mean, (1, 1500, 16)).astype(np.uint16)
    items = StockedItems.of(1, lead_time_days=0, holding_cost=1.0, backlog_cost=9.0, order_cost=64.0)
    tuned = tune_reorder_levels(items, demand, warm_up_days=20)
    cost = cost_of_levels(int(tuned.reorder_level[0]), int(tuned.order_up_to[0]), mean, **money)
    assert best - 6e-4 <= cost <= best * 1.002


def test_lost_sales_levels_are_the_best_of_all():
    rng = np.random.default_rng(8)
    demand = rng.poisson(3.0, (1, 400, 16)).astype(np.uint16)
    items = StockedItems.of(1, lead_time_days=2, holding_cost=1.0, shortage_cost=12.0, backlog_share=0.0)
    tuned = simulate(tune_base_stock(items, demand), items, demand).cost[0]
    assert tuned <= min(simulate(Levels.base_stock([s]), items, demand).cost[0] for s in range(30)) * 1.001


def test_batches_and_days_of_cover_are_levels():
    batches = Levels.reorder_point([4, 7], [6, 5])
    demand = np.full((2, 12, 1), 3, np.uint16)
    items = StockedItems.of(2, lead_time_days=0, initial_stock=10)
    assert (simulate(batches, items, demand).units_ordered % batches.pack == 0).all()
    cover = Levels.days_of_cover([2.5, 0.0], 4, 10)
    assert cover.reorder_level.tolist() == [10, 0]
    assert cover.order_up_to.tolist() == [25, 1]


def test_all_faults_are_told_at_once():
    with pytest.raises(ValueError, match=r"order_up_to\[1\] = 3.*must be above reorder_level.*") as told:
        Levels.of([1, 5], [2, 3])
    assert "levels:" in str(told.value)
    with pytest.raises(ValueError, match=r"lead_time_days.*review_days.*backlog_share.*holding_cost"):
        StockedItems.of(2, lead_time_days=1.5, review_days=[0.5, 1], backlog_share=[np.nan, 1], holding_cost=-1)
    with pytest.raises(ValueError, match=r"levels: must ascend.*quantile: must ascend.*kind: must lie.*replications"):
        DemandTables.of([0.5, 0.4], [[2.0, 1.0]], kind=[3], replications=0, rng=np.random.default_rng(1))
    levels, items = Levels.base_stock([5, 5]), StockedItems.of(3, lead_time_days=np.ones((3, 9), int))
    with pytest.raises(ValueError, match=r"levels: 2 SKUs.*lead_time_days: 9 days.*warm_up_days"):
        simulate(levels, items, np.zeros((3, 4, 1), np.uint16), warm_up_days=4)
    with pytest.raises(ValueError, match="float64: must be uint16"):
        simulate(levels, items, np.zeros((3, 4, 1)))
    with pytest.raises(ValueError, match="an order cost"):
        tune_reorder_levels(StockedItems.of(1, lead_time_days=0, order_cost=1.0), np.ones((1, 4, 1), np.uint16))


def test_a_backlog_beyond_all_bounds_is_told():
    items = StockedItems.of(1, lead_time_days=500)
    with pytest.raises(ValueError, match="backlog grows beyond all bounds"):
        simulate(Levels.base_stock([1]), items, np.full((1, 300, 2), 65_000, np.uint16))
