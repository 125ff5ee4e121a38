"""Demand behind an empty shelf."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom, poisson

from forecasts import forecast
from forecasts.unconstrained import (
    KNOWN,
    MISSING,
    OFF_SALE,
    SOLD_OUT,
    completed,
    in_stock_by,
    mean_at_least,
    unconstrained,
)

from .made_up import ask, inputs, weekly_demand


def stocked(demand, cover, seed):
    """Weekly deliveries up to ``cover`` weeks of mean demand: sales, and stock at the start of each day."""
    level = np.ceil(7 * cover * demand.mean(axis=1))
    weekday = np.random.default_rng(seed).integers(0, 7, size=demand.shape[0])
    stock = level.copy()
    sold, on_hand = np.zeros_like(demand), np.zeros_like(demand)
    for day in range(demand.shape[1]):
        stock = np.where(day % 7 == weekday, level, stock)
        on_hand[:, day] = stock
        sold[:, day] = np.minimum(stock, demand[:, day])
        stock = stock - sold[:, day]
    return sold, on_hand


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_hidden_demand_and_lost_sales_are_recovered(seed):
    demand, _ = weekly_demand(60, 364, seed=seed, low=1.0)
    sold, on_hand = stocked(demand, 0.95, seed)
    in_stock = in_stock_by(sold, on_hand)
    assert 0.15 < 1 - in_stock.mean() < 0.3
    found = unconstrained(*inputs(sold, in_stock=in_stock))
    bias, bias_without = (total / demand.mean() - 1 for total in (found.demand.mean(), sold[in_stock].mean()))
    assert abs(bias) < 0.02
    assert bias_without < 3 * -abs(bias)  # leaving sold-out days out
    assert abs(found.lost.sum() / (demand - sold).sum() - 1) < 0.1
    assert np.array_equal(found.kind == SOLD_OUT, ~in_stock)


def test_days_with_stock_stay_as_recorded_and_sold_out_ones_never_fall():
    demand, _ = weekly_demand(10, 200, seed=4)
    sold, on_hand = stocked(demand, 0.9, 4)
    in_stock = in_stock_by(sold, on_hand)
    found = unconstrained(*inputs(sold, in_stock=in_stock))
    assert np.array_equal(found.demand[in_stock], sold[in_stock])
    assert (found.demand[~in_stock] >= sold[~in_stock]).all()
    assert np.allclose(found.lost, found.demand - sold)


def test_missing_days_are_estimated_and_days_off_sale_are_not():
    demand, mean = weekly_demand(20, 300, seed=5, low=4.0)
    seen = demand.copy()
    seen[:, 100:120] = np.nan
    seen[:, :10] = np.nan
    found = unconstrained(*inputs(seen))
    assert (found.kind[:, :10] == OFF_SALE).all()
    assert (found.kind[:, 100:120] == MISSING).all()
    assert (found.kind[:, 120:] == KNOWN).all()
    assert np.isnan(found.demand[:, :10]).all()
    assert abs(found.demand[:, 100:120].sum() / mean[:, 100:120].sum() - 1) < 0.06
    assert found.lost.sum() == 0
    on_sale = np.ones(demand.shape, dtype=bool)
    on_sale[:, 100:120] = False
    found = unconstrained(*inputs(seen), on_sale=on_sale)
    assert (found.kind[:, :10] == MISSING).all()
    assert np.isnan(found.demand[:, 100:120]).all()


def test_a_row_without_sale_or_stock_tells_nothing():
    quantity, in_stock = np.zeros((2, 100)), np.zeros((2, 100), dtype=bool)
    quantity[1], in_stock[1] = 2.0, True
    found = unconstrained(*inputs(quantity, in_stock=in_stock))
    assert np.isnan(found.demand[0]).all()
    assert np.array_equal(found.demand[1], quantity[1])


def test_a_row_that_always_sold_out_needs_more_than_it_sold():
    quantity = np.tile(np.random.default_rng(1).poisson(5.0, 100).clip(1, 4).astype(float), (2, 1))
    in_stock = np.zeros((2, 100), dtype=bool)
    in_stock[1] = True
    found = unconstrained(*inputs(quantity, in_stock=in_stock))
    assert (found.lost[0] > 0).all()
    assert (found.lost[1] == 0).all()


@pytest.mark.parametrize("mean", [0.2, 3.0, 40.0])
@pytest.mark.parametrize("spread", [0.0, 0.4, 3.0])
@pytest.mark.parametrize("sold", [0.0, 1.0, 4.0, 60.0])
def test_mean_of_the_tail_is_that_of_the_law(mean, spread, sold):
    law = nbinom(1 / spread, 1 / (1 + spread * mean)) if spread else poisson(mean)
    lattice = np.arange(int(sold), 20_000)
    chance = law.pmf(lattice)
    if chance.sum() > 1e-200:
        found = mean_at_least(np.array([sold]), np.array([mean]), np.array([spread]))[0]
        assert found == pytest.approx((lattice * chance).sum() / chance.sum(), rel=1e-6)


def test_impossible_sales_stay_what_they_are():
    assert mean_at_least(np.array([5000.0]), np.array([1e-3]), np.array([0.0]))[0] == 5000.0


def test_stock_at_the_start_of_the_day_tells_which_days_sold_out():
    sold, on_hand = np.array([[3.0, 2.0, 0.0, 1.0]]), np.array([[5.0, 2.0, 0.0, np.nan]])
    assert in_stock_by(sold, on_hand).tolist() == [[True, False, False, True]]


def test_weeks_of_much_demand_are_not_taken_for_usual_ones():
    _, mean = weekly_demand(60, 364, seed=6, low=2.0)
    random = np.random.default_rng(6)
    wave = np.repeat(random.gamma(4.0, 0.25, (60, 26)), 14, axis=1)  # each fortnight has a level of its own
    demand = random.negative_binomial(3, 3 / (3 + mean * wave)).astype(float)
    sold, on_hand = stocked(demand, 0.9, 6)
    in_stock = in_stock_by(sold, on_hand)
    assert 1 - in_stock.mean() > 0.18
    found = unconstrained(*inputs(sold, in_stock=in_stock))
    assert abs(found.demand.mean() / demand.mean() - 1) < 0.05
    assert abs(found.lost.sum() / (demand - sold).sum() - 1) < 0.2  # a wave over before the delivery is not seen


def test_a_forecast_is_not_biased_low_by_what_shelves_hid():
    demand, mean = weekly_demand(60, 392, seed=7, low=2.0)
    sold, on_hand = stocked(demand, 0.9, 7)
    seen, shown = sold[:, :364], in_stock_by(sold, on_hand)[:, :364]
    left_out = np.where(shown, seen, np.nan)  # sold-out days taken for unknown ones
    found, plain = (
        forecast(*inputs(past, in_stock=shown), ask(60)).mean.sum() / mean[:, 364:].sum() - 1
        for past in (seen, left_out)
    )
    assert abs(found) < 0.05
    assert plain < -0.06


def test_drawn_demand_is_as_spread_as_what_was_hidden():
    demand, _ = weekly_demand(60, 364, seed=9, low=2.0)
    sold, on_hand = stocked(demand, 0.9, 9)
    history, outlook = inputs(sold, in_stock=in_stock_by(sold, on_hand))
    drawn, again, other = (completed(history, outlook, seed=seed).quantity for seed in (1, 1, 2))
    mean = completed(history, outlook).quantity
    np.testing.assert_array_equal(drawn, again)
    assert not np.array_equal(drawn, other)
    assert (drawn >= sold).all()
    assert drawn.sum() == pytest.approx(mean.sum(), rel=0.01)
    true, found, flat = (np.var(part - part.mean(axis=1, keepdims=True)) for part in (demand, drawn, mean))
    assert abs(found / true - 1) < 0.1
    assert flat < found


def test_history_with_stock_on_every_day_is_left_alone():
    history, outlook = inputs(np.ones((2, 100)))
    assert completed(history, outlook) is history
    found = unconstrained(history, outlook)
    assert np.array_equal(found.demand, history.quantity)
    assert not found.lost.any()


def test_completed_history_keeps_unknown_days_and_rows_that_tell_nothing():
    quantity, in_stock = np.ones((3, 100)), np.ones((3, 100), dtype=bool)
    quantity[0, 40:50] = np.nan
    in_stock[1, 60:70] = False
    quantity[2], in_stock[2] = 0.0, False
    whole = completed(*inputs(quantity, in_stock=in_stock))
    assert np.isnan(whole.quantity[0, 40:50]).all()
    assert whole.in_stock[1].all()
    assert not whole.in_stock[2].any()
