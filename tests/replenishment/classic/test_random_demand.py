"""Stock under random demand: distributions against sums, newsvendor and (r,Q) against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from solvers.replenishment.classic.base_stock import base_stock_cost, solve_base_stock
from solvers.replenishment.classic.count_demand import NegativeBinomialDemand, PoissonDemand
from solvers.replenishment.classic.demand import LognormalDemand, NormalDemand
from solvers.replenishment.classic.empirical_demand import EmpiricalDemand
from solvers.replenishment.classic.newsvendor import (
    newsvendor_cost,
    newsvendor_profit,
    solve_newsvendor,
    solve_newsvendor_price,
)
from solvers.replenishment.classic.normal_loss import normal_second_loss
from solvers.replenishment.classic.power_approximation import solve_s_s_power
from solvers.replenishment.classic.r_q import (
    normal_r_q_cost,
    solve_r_q_backorders,
    solve_r_q_inventory_level,
    solve_r_q_loss_function,
    solve_r_q_normal,
)
from solvers.replenishment.classic.r_q_poisson import poisson_r_q_cost, solve_r_nq_discrete, solve_r_q_poisson
from solvers.replenishment.classic.random_yield import solve_newsvendor_additive_yield
from solvers.replenishment.classic.service_level import (
    cycle_service,
    periodic_fill_rate,
    r_q_fill_rate,
    solve_cycle_service,
    solve_periodic_fill_rate,
    solve_r_q_fill_rate,
)

STOCKS = np.array([-2.0, 0.0, 0.5, 3.0, 7.25, 40.0, 900.0])
levels = st.floats(0.001, 0.999)


@given(st.floats(0.01, 300.0), levels)
@settings(max_examples=60, deadline=None)
def test_poisson_demand_is_that_of_scipy(mean, level):
    demand, known = PoissonDemand(mean), stats.poisson(mean)
    assert demand.quantile(np.array([level])) == known.ppf(level)
    assert demand.tail(STOCKS) == pytest.approx(known.sf(STOCKS), abs=1e-14)
    units = np.arange(2000)
    chance = known.pmf(units)
    short = [chance @ np.maximum(units - stock, 0.0) for stock in STOCKS]
    assert demand.short(STOCKS) == pytest.approx(short, rel=1e-9, abs=1e-9)


@given(st.floats(0.05, 100.0), st.floats(1.01, 8.0), levels)
@settings(max_examples=60, deadline=None)
def test_negative_binomial_demand_is_that_of_scipy(mean, dispersion, level):
    demand = NegativeBinomialDemand(mean, mean * dispersion)
    known = stats.nbinom(mean / (dispersion - 1.0), 1.0 / dispersion)
    assert demand.quantile(np.array([level])) == known.ppf(level)
    units = np.arange(8000)
    chance = known.pmf(units)
    short = [chance @ np.maximum(units - stock, 0.0) for stock in STOCKS]
    assert demand.short(STOCKS) == pytest.approx(short, rel=1e-7, abs=1e-7)


def test_quantiles_of_many_items_are_as_those_of_each():
    mean = np.geomspace(1e-4, 1e5, 300)
    level = np.tile([0.01, 0.5, 0.9999], 100)
    assert PoissonDemand(mean).quantile(level) == pytest.approx(stats.poisson.ppf(level, mean), abs=0)
    assert PoissonDemand(0.0).quantile(np.array([0.5])) == 0.0


@pytest.mark.parametrize(
    ("demand", "known"),
    [
        (NormalDemand(20.0, 7.0), stats.norm(20.0, 7.0)),
        (LognormalDemand(20.0, 15.0), stats.lognorm(np.sqrt(np.log(1.5625)), scale=16.0)),
    ],
)
def test_continuous_demand_is_that_of_scipy(demand, known):
    stock = np.array([-5.0, 0.0, 4.0, 20.0, 55.0])
    assert demand.tail(stock) == pytest.approx(known.sf(stock))
    short = [integrate.quad(known.sf, one, np.inf, limit=200)[0] for one in stock]
    assert demand.short(stock) == pytest.approx(short, rel=1e-5, abs=1e-6)
    assert demand.quantile(np.array([0.9])) == pytest.approx(known.ppf(0.9))


def test_second_loss_is_the_integral_of_the_first():
    stock = np.array([-40.0, 3.0, 10.0, 33.0, 80.0])
    mean, sd = np.full(5, 10.0), np.full(5, 6.0)
    demand = NormalDemand(10.0, 6.0)
    found = [integrate.quad(lambda x: demand.short(np.array([x]))[0], one, one + 150.0, limit=200)[0] for one in stock]
    assert normal_second_loss(stock, mean, sd) == pytest.approx(found, rel=1e-6, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0.01, 1.0)), min_size=1, max_size=6), st.floats(0.1, 50.0))
@settings(max_examples=60, deadline=None)
def test_the_newsvendor_of_observations_is_the_best_of_them(observed, stockout):
    value, weight = zip(*observed, strict=True)
    demand = EmpiricalDemand(value, weight)
    best = solve_newsvendor(demand, holding_cost=1.0, stockout_cost=stockout)
    costs = [newsvendor_cost(demand, stock, holding_cost=1.0, stockout_cost=stockout)[0] for stock in range(31)]
    assert best.cost[0] == pytest.approx(min(costs), rel=1e-9, abs=1e-9)


def test_shares_that_meet_the_critical_ratio_but_for_rounding_are_enough():
    demand = EmpiricalDemand([1, 2, 3], [0.1, 0.2, 0.7])
    assert solve_newsvendor(demand, holding_cost=0.7, stockout_cost=0.3).base_stock == 2.0


def test_profit_and_cost_lead_to_the_same_stock():
    demand = NormalDemand([50.0, 80.0], [8.0, 30.0])
    prices = {"revenue": 1.0, "purchase_cost": 0.3, "salvage_value": 0.12}
    priced = solve_newsvendor_price(demand, **prices)
    costed = solve_newsvendor(demand, holding_cost=0.18, stockout_cost=0.7)
    assert priced.base_stock == pytest.approx(costed.base_stock)
    assert priced.profit == pytest.approx(0.7 * demand.mean - costed.cost)
    for stock in (40.0, 60.0):
        assert (newsvendor_profit(demand, stock, **prices) < priced.profit).all()
    with pytest.raises(ValueError, match="purchase_cost - salvage_value of item 0"):
        solve_newsvendor_price(demand, revenue=1.0, purchase_cost=0.3, salvage_value=0.5)


def test_a_demand_of_no_spread_costs_nothing():
    best = solve_newsvendor(NormalDemand(50.0, 0.0), holding_cost=1.0, stockout_cost=9.0)
    assert (best.base_stock[0], best.cost[0]) == (50.0, 0.0)


def test_random_yield_of_the_newsvendor():
    grid = np.linspace(0.0, 20.0, 2001)
    lot = solve_newsvendor_additive_yield(NormalDemand(-1.0, 2.0), holding_cost=1.0, stockout_cost=4.0, demand=10.0)
    over = NormalDemand(-1.0, 2.0).short(10.0 - grid)
    cost = 1.0 * over + 4.0 * (over + 10.0 - grid + 1.0)
    assert lot.cost[0] <= cost.min()
    assert lot.order_quantity[0] == pytest.approx(grid[np.argmin(cost)], abs=0.01)


flows = st.fixed_dictionaries(
    {
        "holding_cost": st.floats(0.05, 5.0),
        "stockout_cost": st.floats(0.5, 100.0),
        "fixed_cost": st.floats(0.01, 500.0),
        "demand_mean": st.floats(1.0, 2000.0),
        "demand_sd": st.floats(0.0, 800.0),
        "lead_time": st.floats(0.0, 3.0),
    }
)


@given(flows)
@settings(max_examples=80, deadline=None)
def test_no_other_reorder_policy_costs_less_under_normal_demand(flow):
    best = solve_r_q_normal(**flow)
    step = 0.02 * best.order_quantity
    for a, b in ((-1, 0), (1, 0), (0, -0.5), (0, 0.5), (-1, 0.9), (1, -0.9), (10, 0), (0, 20)):
        near = normal_r_q_cost(best.reorder_point + a * step, best.order_quantity + b * step, **flow)
        assert near >= best.cost * (1 - 1e-9)
    assert solve_r_q_backorders(**flow).cost <= 1.125 * best.cost + 1e-9  # Zheng (1992)
    assert solve_r_q_loss_function(**flow).cost >= best.cost * (1 - 1e-9)


def test_the_loss_function_approximation_solves_its_equations():
    flow = {"holding_cost": 2.0, "stockout_cost": 9.0, "demand_mean": 100.0, "demand_sd": 90.0, "lead_time": 1.5}
    policy = solve_r_q_loss_function(fixed_cost=3.0, **flow)
    demand = NormalDemand(150.0, 90.0 * np.sqrt(1.5))
    second = normal_second_loss(policy.reorder_point, demand.mean, demand.sd)
    assert demand.short(policy.reorder_point) == pytest.approx(2.0 * policy.order_quantity / 11.0)
    assert policy.order_quantity**2 == pytest.approx(2.0 * (300.0 + 11.0 * second) / 2.0)


def test_lots_that_cost_more_than_all_shortage_have_no_inventory_level_policy():
    with pytest.raises(ValueError, match="item 1: holding its lot"):
        solve_r_q_inventory_level(
            holding_cost=[1.0, 100.0], stockout_cost=20.0, fixed_cost=50, demand_mean=10, demand_sd=2, lead_time=1
        )


@given(st.floats(0.2, 20.0), st.floats(0.1, 60.0), st.floats(0.1, 50.0), st.floats(0.0, 20.0), st.floats(0.0, 2.0))
@settings(max_examples=60, deadline=None)
def test_no_other_reorder_policy_costs_less_under_poisson_demand(holding, stockout, fixed, rate, lead_time):
    flow = {
        "holding_cost": holding,
        "stockout_cost": stockout,
        "fixed_cost": fixed,
        "demand_mean": rate,
        "lead_time": lead_time,
    }
    best = solve_r_q_poisson(**flow)
    assert poisson_r_q_cost(best.reorder_point, best.order_quantity, **flow) == pytest.approx(best.cost, abs=1e-9)
    reorder, quantity = np.meshgrid(np.arange(-12.0, 13.0), np.arange(1.0, 31.0))
    around = poisson_r_q_cost(best.reorder_point + reorder.ravel(), quantity.ravel(), **flow)
    assert best.cost[0] <= around.min() * (1 + 1e-9) + 1e-12


def test_any_whole_demand_of_a_lead_time_is_ordered_for_as_poisson_demand_is():
    mean = np.array([3.0, 0.7])
    units = np.arange(40)
    table = EmpiricalDemand(np.tile(units, (2, 1)), stats.poisson.pmf(units, mean[:, None]))
    costs = {"holding_cost": 20.0, "stockout_cost": 150.0, "fixed_cost": [100.0, 30.0]}
    found = solve_r_nq_discrete(table, demand_rate=mean / 2.0, **costs)
    known = solve_r_q_poisson(demand_mean=mean / 2.0, lead_time=2.0, **costs)
    assert found.reorder_point.tolist() == known.reorder_point.tolist()
    assert found.order_quantity.tolist() == known.order_quantity.tolist()
    assert found.cost == pytest.approx(known.cost)


def test_small_lots_of_the_power_approximation_are_capped_on_request():
    case = {"holding_cost": 1.0, "stockout_cost": 9.0, "fixed_cost": 0.5, "demand_mean": 50.0, "demand_sd": 8.0}
    plain, capped = solve_s_s_power(**case), solve_s_s_power(**case, capped=True)
    ceiling = 50.0 + 8.0 * stats.norm.ppf(0.9)
    assert capped.order_up_to[0] == min(plain.order_up_to[0], ceiling)
    assert capped.reorder_point[0] == min(plain.reorder_point[0], ceiling)
    large = solve_s_s_power(**(case | {"fixed_cost": 500.0}), capped=True)
    assert large == solve_s_s_power(**(case | {"fixed_cost": 500.0}))


@pytest.mark.parametrize("family", ["normal", "lognormal", "count"])
def test_base_stock_of_periodic_review_is_the_cheapest(family):
    flow = {
        "demand_mean": [4.0, 30.0],
        "demand_sd": [3.0, 12.0],
        "lead_time_mean": [2.0, 5.0],
        "lead_time_sd": 1.0,
        "review_periods": [1.0, 7.0],
        "holding_cost": 1.0,
        "stockout_cost": [9.0, 30.0],
        "fixed_cost": 14.0,
        "family": family,
    }
    best = solve_base_stock(**flow)
    assert base_stock_cost(best.base_stock, **flow).cost == pytest.approx(best.cost)
    for step in (-3.0, -1.0, -0.01, 0.01, 1.0, 3.0):
        if family != "count" or step == round(step):
            assert (base_stock_cost(best.base_stock + step, **flow).cost >= best.cost * (1 - 1e-9)).all()
    assert (family == "count") == bool((best.base_stock == np.round(best.base_stock)).all())


def test_stock_levels_seen_in_a_simulation_are_those_computed():
    random = np.random.default_rng(5)
    periods, lead_time, review, level = 60_000, 2, 3, 42.0
    draws = random.poisson(6.0, periods)
    position = level
    due = np.zeros(periods + lead_time + 1)
    net, seen = level, []
    for period in range(periods):
        if period % review == 0:
            due[period + lead_time] += level - position
            position = level
        net += due[period] - draws[period]
        position -= draws[period]
        seen.append(net)
    found = base_stock_cost(
        level,
        demand_mean=6.0,
        demand_sd=6.0**0.5,
        lead_time_mean=lead_time,
        review_periods=review,
        holding_cost=1.0,
        stockout_cost=9.0,
        family="count",
    )
    seen_cost = np.maximum(seen, 0.0).mean() + 9.0 * np.maximum(-np.array(seen), 0.0).mean()
    assert found.cost[0] == pytest.approx(seen_cost, rel=0.01)


@given(st.floats(0.5, 0.995), st.floats(0.3, 40.0), st.integers(1, 30))
@settings(max_examples=60, deadline=None)
def test_the_least_stock_of_a_target_is_enough_and_one_less_is_not(target, mean, quantity):
    demand, lead = PoissonDemand(mean * 1.5), PoissonDemand(mean)
    stock = solve_cycle_service(demand, target)
    assert cycle_service(demand, stock) >= target > cycle_service(demand, stock - 1.0)
    stock = solve_periodic_fill_rate(demand, lead, target=target)
    assert periodic_fill_rate(demand, lead, stock) >= target - 1e-12
    assert periodic_fill_rate(demand, lead, stock - 1.0) < target
    stock = solve_r_q_fill_rate(lead, quantity, target=target)
    assert r_q_fill_rate(lead, stock, quantity) >= target - 1e-12
    assert r_q_fill_rate(lead, stock - 1.0, quantity) < target


def test_the_fill_rate_seen_in_a_simulation_is_the_one_computed():
    random = np.random.default_rng(8)
    draws = random.poisson(4.0, 80_000)
    level, lead_time = 13.0, 2
    net, position, served = level, level, 0.0
    due = np.zeros(draws.size + lead_time)
    for period, units in enumerate(draws):
        due[period + lead_time] = level - position
        position = level
        net += due[period]
        served += min(max(net, 0.0), units)
        net -= units
        position -= units
    found = periodic_fill_rate(PoissonDemand(4.0 * 3), PoissonDemand(4.0 * 2), level)
    assert found[0] == pytest.approx(served / draws.sum(), abs=0.005)


def test_targets_outside_zero_and_one_are_refused():
    with pytest.raises(ValueError, match="target of item 0: 1 must be above 0 and below 1"):
        solve_cycle_service(PoissonDemand(3.0), 1.0)
    with pytest.raises(ValueError, match="variance of item 1"):
        NegativeBinomialDemand([2.0, 3.0], [3.0, 3.0])
    with pytest.raises(ValueError, match="no demand in the review"):
        solve_periodic_fill_rate(PoissonDemand(3.0), PoissonDemand(3.0), target=0.9)
    with pytest.raises(ValueError, match="family: 'gamma' must be one of normal"):
        solve_base_stock(demand_mean=1, demand_sd=1, lead_time_mean=1, holding_cost=1, stockout_cost=1, family="gamma")
