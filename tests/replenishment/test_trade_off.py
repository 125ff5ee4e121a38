from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from solvers.replenishment.trade_off import TradeOffRows, solve_trade_off

LEVELS = np.array([0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99])


def rows_of(seed: int, count: int = 12) -> TradeOffRows:
    random = np.random.default_rng(seed)
    daily = random.uniform(0.2, 20, count)
    cycle = random.choice([7.0, 14.0], count)
    mean = daily * (cycle + 10)
    quantile = np.maximum(mean[:, None] * (1 + random.uniform(0.1, 0.9, count)[:, None] * norm.ppf(LEVELS)), 0)
    return TradeOffRows(
        levels=LEVELS,
        quantile=quantile,
        cycle_days=cycle,
        daily=daily,
        lot=random.integers(1, 12, count).astype(np.float64),
        unit_cost=random.uniform(1, 90, count),
        worth=random.uniform(1, 90, count),
        group=np.arange(count, dtype=np.int64) % 3,
        target=quantile[:, 4],
    )


def plain(rows: TradeOffRows, target: np.ndarray) -> tuple[float, float]:
    """Stock value and worth short a year of targets, by adding up a fine grid of the quantile function."""
    grid = (np.arange(40_000) + 0.5) / 40_000
    stock = short = 0.0
    for i in range(rows.daily.size):
        demand = np.interp(grid, np.r_[0.0, LEVELS], np.r_[0.0, rows.quantile[i]])
        cycle_demand = rows.daily[i] * rows.cycle_days[i]
        left = np.maximum(target[i] - demand, 0).mean() + cycle_demand / 2 + (rows.lot[i] - 1) / 2
        stock += rows.unit_cost[i] * left
        missing = min(np.maximum(demand - target[i], 0).mean(), cycle_demand)
        short += rows.worth[i] * missing * 365 / rows.cycle_days[i]
    return stock, short


@settings(max_examples=10, deadline=None)  # the first call compiles
@given(st.integers(0, 2**32 - 1))
def test_stock_and_fill_rate_of_targets_against_adding_up(seed: int) -> None:
    rows = rows_of(seed)
    found = solve_trade_off(rows)
    stock, short = plain(rows, rows.target)
    assert found.current_stock_value[0] == pytest.approx(stock, rel=1e-4)
    asked = (rows.worth * rows.daily * 365).sum()
    assert found.current_fill_rate[0] == pytest.approx(1 - short / asked, abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_other_allotment_serves_more_with_as_much_stock(seed: int) -> None:
    """Against random targets, and steps away from the frontier's own: none lies beyond the frontier."""
    rows = rows_of(seed)
    found = solve_trade_off(rows, prices=np.geomspace(1e-3, 1e3, 400))
    random = np.random.default_rng(seed)
    for _ in range(30):
        share = random.uniform(0.2, 1.0, rows.daily.size)
        other = solve_trade_off(replace(rows, target=share * rows.quantile[:, -1]))
        stock, fill = other.current_stock_value[0], other.current_fill_rate[0]
        inside = found.stock_value[0, 0] <= stock <= found.stock_value[-1, 0]
        if inside:
            best = np.interp(stock, found.stock_value[:, 0], found.fill_rate[:, 0])
            assert fill <= best + 1e-3


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_more_stock_more_service_and_groups_add_up(seed: int) -> None:
    rows = rows_of(seed)
    found = solve_trade_off(rows)
    assert (np.diff(found.price) < 0).all()
    assert (np.diff(found.stock_value, axis=0) >= -1e-9).all()
    assert (np.diff(found.fill_rate, axis=0) >= -1e-12).all()
    assert found.stock_value[:, 0] == pytest.approx(found.stock_value[:, 1:].sum(axis=1))
    assert found.efficient_stock_value[0] <= found.current_stock_value[0] * (1 + 1e-3)
    asked = np.bincount(rows.group, weights=rows.worth * rows.daily)
    assert found.fill_rate[:, 0] == pytest.approx(found.fill_rate[:, 1:] @ asked / asked.sum())


def test_one_price_sits_on_its_own_curve() -> None:
    """Targets at one price for all rows are efficient: the frontier needs as much stock as they do."""
    rows = rows_of(5)
    odds = 0.3 * rows.unit_cost * rows.cycle_days / (365 * rows.worth)
    level = 1 / (1 + odds)
    target = np.array([np.interp(p, np.r_[0, LEVELS], np.r_[0, q]) for p, q in zip(level, rows.quantile, strict=True)])
    found = solve_trade_off(replace(rows, target=target), prices=np.array([0.2, 0.3, 0.45]))
    assert found.current_stock_value == pytest.approx(found.stock_value[1])
    assert found.current_fill_rate == pytest.approx(found.fill_rate[1])
    assert found.efficient_stock_value[0] == pytest.approx(found.stock_value[1, 0])


def test_rows_without_demand_or_worth_hold_nothing() -> None:
    rows = rows_of(7, count=3)
    zero = np.array([0.0, *rows.daily[1:]])
    quantile = np.vstack((np.zeros(7), rows.quantile[1:]))
    worth = np.array([5.0, 0.0, 5.0])
    found = solve_trade_off(replace(rows, daily=zero, quantile=quantile, worth=worth, target=np.zeros(3)))
    assert (found.stock_value[:, 1] == 0).all()
    assert np.isnan(found.fill_rate[:, 1]).all()
    assert np.ptp(found.stock_value[:, 2]) == pytest.approx(0)
    assert np.isfinite(found.fill_rate[:, 3]).all()


def test_all_faults_are_told_at_once() -> None:
    rows = rows_of(1)
    bad = replace(
        rows,
        levels=LEVELS[::-1],
        quantile=-rows.quantile,
        daily=np.full(12, np.nan),
        lot=np.ones(3),
        group=np.zeros(12),
        cycle_days=np.zeros(12),
    )
    with pytest.raises(ValueError, match="quantile") as raised:
        solve_trade_off(bad, prices=np.array([0.0]))
    for name in ("levels", "daily: row 0: nan", "lot: shape", "group", "cycle_days", "prices"):
        assert name in str(raised.value)
