"""Finite horizons, lost sales and perishables against enumeration, value iteration and published figures."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from solvers.replenishment.classic.demand import NormalDemand
from solvers.replenishment.classic.finite_horizon import solve_finite_horizon, solve_finite_horizon_normal
from solvers.replenishment.classic.lost_sales import (
    capped_base_stock_cost,
    choose_capped_base_stock,
    solve_capped_base_stock,
)
from solvers.replenishment.classic.perishable import (
    expected_waste,
    outdating_bounds,
    outdating_of_stock,
    solve_perishable,
)


def chances(mean: float, variance: float | None = None) -> np.ndarray:
    units = np.arange(150)
    if variance is None:
        table = stats.poisson.pmf(units, mean)
    else:
        table = stats.nbinom.pmf(units, mean * mean / (variance - mean), mean / variance)
    table = table[table > 1e-10]
    return table / table.sum()


def horizon_cost(chance, levels, costs):
    """Least expected cost from zero by plain recursion over a wide range of levels."""
    fixed, price, holding, stockout, discount, end_holding, end_stockout = costs
    value = {x: end_holding * max(x, 0) + end_stockout * max(-x, 0) for x in levels}
    for table in reversed(chance):
        keep = {}
        for y in levels:
            keep[y] = sum(
                p * (holding * max(y - d, 0) + stockout * max(d - y, 0) + discount * value.get(y - d, np.inf))
                for d, p in enumerate(table)
                if p > 0
            )
        value = {x: min([keep[x], *(fixed + price * (y - x) + keep[y] for y in levels if y > x)]) for x in levels}
        value = {x: v for x, v in value.items() if np.isfinite(v)}
    return value[0]


@given(
    st.lists(st.lists(st.floats(0.01, 1.0), min_size=1, max_size=4), min_size=1, max_size=3),
    st.tuples(
        st.sampled_from([0.0, 0.5, 4.0, 20.0]),
        st.floats(0.0, 5.0),
        st.floats(0.05, 3.0),
        st.floats(0.1, 20.0),
        st.floats(0.7, 1.0),
        st.floats(0.0, 3.0),
        st.floats(0.0, 20.0),
    ),
)
@settings(max_examples=60, deadline=None)
def test_no_plan_over_a_finite_horizon_costs_less(weights, costs):
    width = max(len(row) for row in weights)
    chance = np.zeros((len(weights), width))
    for row, weight in zip(chance, weights, strict=True):
        row[: len(weight)] = weight
    chance /= chance.sum(axis=1, keepdims=True)
    fixed, price, holding, stockout, discount, end_holding, end_stockout = costs
    found = solve_finite_horizon(
        chance,
        fixed_cost=fixed,
        purchase_cost=price,
        holding_cost=holding,
        stockout_cost=stockout,
        discount_factor=discount,
        terminal_holding_cost=end_holding,
        terminal_stockout_cost=end_stockout,
    )
    assert found.cost == pytest.approx(horizon_cost(chance, range(-14, 15), costs), rel=1e-9, abs=1e-9)
    assert (found.reorder_point <= found.order_up_to).all()


def test_levels_of_the_finite_horizon_are_those_of_the_textbook():
    """Snyder and Shen, problems 4.29 and 4.30, as computed by stockpyl 1.0.2."""
    case = {
        "periods": 10,
        "holding_cost": 1,
        "stockout_cost": 25,
        "terminal_holding_cost": 1,
        "terminal_stockout_cost": 25,
        "purchase_cost": 1,
        "discount_factor": 0.98,
    }
    free = solve_finite_horizon_normal(NormalDemand(18, 3), **case)
    assert free.order_up_to.tolist() == [23.0] * 10
    assert free.reorder_point.tolist() == [22.0] * 10
    assert free.cost == pytest.approx(234.796, rel=1e-3)
    fixed = solve_finite_horizon_normal(NormalDemand(18, 3), fixed_cost=40, **case)
    assert fixed.reorder_point.tolist() == [17.0] * 9 + [18.0]
    assert fixed.order_up_to.tolist() == [42.0] * 8 + [41.0, 23.0]
    assert fixed.cost == pytest.approx(519.356, rel=1e-3)


def test_a_period_that_never_pays_an_order_has_no_levels():
    policy = solve_finite_horizon_normal(
        NormalDemand(10, 3), periods=5, holding_cost=0.01, stockout_cost=0.02, purchase_cost=2, fixed_cost=500
    )
    assert np.isneginf(policy.reorder_point).all()
    assert np.isneginf(policy.order_up_to).all()
    # Nothing is ordered, so every unit of demand waits to the end: 10, 20, .. 50 units at 0.02.
    assert policy.cost == pytest.approx(0.02 * 150, rel=1e-3)


def test_an_initial_level_between_whole_units_costs_what_is_between():
    case = {"holding_cost": 1.0, "stockout_cost": 10.0, "purchase_cost": 1.0, "fixed_cost": 3.0}
    chance = np.tile(chances(4.0), (4, 1))
    below, middle, above = (
        solve_finite_horizon(chance, initial_level=level, **case).cost for level in (30.0, 30.5, 31.0)
    )
    assert middle == pytest.approx(0.5 * (below + above))
    low = [solve_finite_horizon(chance, initial_level=level, **case).cost for level in (-20.0, -20.5)]
    assert low[1] - low[0] == pytest.approx(0.5)


def test_faults_of_a_horizon_are_told():
    with pytest.raises(ValueError, match=r"chance of period 1: adds up to 0\.9"):
        solve_finite_horizon([[0.5, 0.5], [0.5, 0.4]], holding_cost=1, stockout_cost=2)
    with pytest.raises(ValueError, match="different length: discount_factor 3, holding_cost 1"):
        solve_finite_horizon([[0.5, 0.5], [0.5, 0.5]], holding_cost=1, stockout_cost=2, discount_factor=[1, 1, 1])
    with pytest.raises(ValueError, match=r"2 periods of cost, but 1 of demand; discount_factor of period 1: 1\.5"):
        solve_finite_horizon([[0.5, 0.5]], holding_cost=1, stockout_cost=2, discount_factor=[1, 1.5])
    with pytest.raises(ValueError, match="initial_level: inf"):
        solve_finite_horizon([[0.5, 0.5]], holding_cost=1, stockout_cost=2, initial_level=np.inf)


@pytest.mark.parametrize(
    ("stockout", "published"), [(4, (4.16, 4.64, 4.98)), (9, (5.55, 6.32, 6.86)), (39, (7.86, 9.19, 10.22))]
)
def test_base_stock_of_lost_sales_costs_what_zipkin_found(stockout, published):
    """Zipkin (2008), Old and New Methods for Lost-Sales Inventory Systems: Poisson demand of 5, h = 1, L = 1, 2, 3."""
    for lead_time, cost in enumerate(published, start=1):
        best = min(
            capped_base_stock_cost(
                chances(5.0), stock, stock, lead_time=lead_time, holding_cost=1, stockout_cost=stockout
            )
            for stock in range(5 * lead_time + 4, 5 * lead_time + 15)
        )
        assert best == pytest.approx(cost, abs=0.0055)


@pytest.mark.parametrize(("mean", "variance", "lead_time", "stockout"), [(2.0, None, 2, 6.0), (1.5, 4.0, 3, 15.0)])
def test_the_best_capped_levels_are_the_best_of_all_tried(mean, variance, lead_time, stockout):
    table = chances(mean, variance)
    case = {"lead_time": lead_time, "holding_cost": 1.0, "stockout_cost": stockout}
    best = solve_capped_base_stock(table, **case)
    tried = min(
        capped_base_stock_cost(table, stock, cap, **case)
        for stock in range(1, 20)
        for cap in range(1, min(stock, 9) + 1)
    )
    assert best.cost[0] == pytest.approx(tried, rel=1e-9)


def test_levels_chosen_in_closed_form_are_close_to_the_best():
    gaps = []
    for mean, factor, lead_time, stockout in itertools.product((2.0, 5.0), (1.3, 3.0), (0, 1, 2, 3), (5.0, 25.0)):
        table = chances(mean, mean * factor)
        chosen = choose_capped_base_stock(
            demand_mean=mean,
            demand_sd=np.sqrt(mean * factor),
            lead_time=lead_time,
            holding_cost=1.0,
            stockout_cost=stockout,
        )
        case = {"lead_time": lead_time, "holding_cost": 1.0, "stockout_cost": stockout}
        cost = capped_base_stock_cost(table, int(chosen.base_stock[0]), int(chosen.cap[0]), **case)
        gaps.append(cost / solve_capped_base_stock(table, **case).cost[0] - 1.0)
    assert np.mean(gaps) < 0.01
    assert max(gaps) < 0.05


def waste_best(table, life, holding, stockout, waste):
    """Cost per period of the best policy of all, which knows ages, by relative value iteration."""
    top = int(np.searchsorted(np.cumsum(table), 0.9999)) * 2
    states = [ages for ages in itertools.product(range(top + 1), repeat=life - 1) if sum(ages) <= top]
    place = {ages: i for i, ages in enumerate(states)}
    moves = []  # of each state: (cost, chance [D], next state [D]) of every order
    for ages in states:
        row = []
        for order in range(top - sum(ages) + 1):
            now = (*ages, order)
            cost, following = 0.0, []
            for units, chance in enumerate(table):
                taken, left = units, []
                for stock in now:
                    kept = max(stock - taken, 0)
                    taken -= stock - kept
                    left.append(kept)
                cost += chance * (holding * sum(left) + stockout * taken + waste * left[0])
                following.append(place[tuple(left[1:])])
            row.append((cost, following))
        moves.append(row)
    value = np.zeros(len(states))
    for _ in range(400):
        new = np.array([min(cost + table @ value[following] for cost, following in row) for row in moves])
        change = new - value
        value = new - new[0]
        if np.ptp(change) < 1e-7:
            break
    return change.mean()


@pytest.mark.parametrize(("life", "stockout", "waste"), [(2, 10.0, 5.0), (2, 5.0, 15.0), (3, 10.0, 5.0)])
def test_order_up_to_of_perishables_is_close_to_the_best_policy_that_knows_ages(life, stockout, waste):
    table = chances(1.5)
    found = solve_perishable(
        demand_mean=1.5,
        demand_sd=1.5**0.5,
        shelf_life_periods=life,
        holding_cost=0.2,
        stockout_cost=stockout,
        waste_cost=waste,
    )
    units = np.arange(table.size)

    def cost_of(stock):
        wasted = expected_waste(table, stock, shelf_life_periods=life)
        left, lost = np.maximum(stock - units, 0), np.maximum(units - stock, 0)
        return table @ (0.2 * left + stockout * lost) + waste * wasted

    own = cost_of(int(found.base_stock[0]))
    assert own <= 1.01 * min(cost_of(stock) for stock in range(10))
    best = waste_best(table[:7] / table[:7].sum(), life, 0.2, stockout, waste)
    assert best * (1 - 1e-3) <= own <= best * 1.04


@given(st.floats(0.5, 4.0), st.floats(1.05, 3.0), st.integers(1, 3), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_the_bounds_hold_the_exact_waste(mean, factor, life, stock):
    low, high = outdating_bounds(stock, demand_mean=mean, demand_sd=np.sqrt(mean * factor), shelf_life_periods=life)
    exact = expected_waste(chances(mean, mean * factor), stock, shelf_life_periods=life)
    assert low[0] - 1e-6 <= exact <= high[0] + 1e-6


def test_waste_of_a_stock_of_known_ages_is_at_least_what_is_promised():
    random = np.random.default_rng(2)
    expiring = np.array([5, 0, 7, 3])
    wasted = []
    for _ in range(20_000):
        left, total = expiring.astype(float), 0.0
        for period, units in enumerate(random.poisson(3.0, 4)):
            taken = float(units)
            for age in range(period, 4):
                used = min(left[age], taken)
                left[age] -= used
                taken -= used
            total += left[period]
            left[period] = 0.0
        wasted.append(total)
    bound = outdating_of_stock([expiring], demand_mean=3.0, demand_sd=3.0**0.5)[0]
    assert 0.8 * np.mean(wasted) < bound <= np.mean(wasted) + 0.05


def test_faults_of_states_are_told():
    with pytest.raises(ValueError, match="chance: a list"):
        capped_base_stock_cost([0.5, 0.4], 3, 3, lead_time=1, holding_cost=1, stockout_cost=2)
    with pytest.raises(ValueError, match="states are too many"):
        capped_base_stock_cost([0.5, 0.5], 300, 300, lead_time=4, holding_cost=1, stockout_cost=2)
    with pytest.raises(ValueError, match=r"shelf_life_periods of item 0: 1\.5 must be a whole number"):
        outdating_bounds(5, demand_mean=2, demand_sd=2, shelf_life_periods=1.5)
    with pytest.raises(ValueError, match="expiring: a table"):
        outdating_of_stock([[-1.0]], demand_mean=2, demand_sd=2)
