"""Lot sizes under known demand against brute force over quantities, and what is refused."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.classic.disruption import (
    eoq_disruption_cost,
    newsvendor_disruption_cost,
    solve_eoq_disruptions,
    solve_newsvendor_disruptions,
)
from solvers.replenishment.classic.economic_order_quantity import (
    lot_cost,
    solve_eoq,
    solve_eoq_backorders,
    solve_epq,
)
from solvers.replenishment.classic.joint_replenishment import (
    joint_cost,
    solve_joint_replenishment,
    solve_joint_replenishment_silver,
)
from solvers.replenishment.classic.quantity_discount import solve_all_units_discount, solve_incremental_discount
from solvers.replenishment.classic.random_yield import (
    additive_yield_cost,
    multiplicative_yield_cost,
    solve_eoq_additive_yield,
    solve_eoq_multiplicative_yield,
)

NEAR = np.array([0.5, 0.9, 0.99, 1.01, 1.1, 2.0])
costs = st.floats(0.01, 1000.0)


@given(costs, costs, costs, costs)
@settings(max_examples=50, deadline=None)
def test_no_other_lot_costs_less(fixed, holding, backorder, demand):
    plain = {"fixed_cost": fixed, "holding_cost": holding, "demand_rate": demand}
    eoq = solve_eoq(**plain)
    assert lot_cost(eoq.order_quantity, **plain) == pytest.approx(eoq.cost)
    assert (lot_cost(eoq.order_quantity * NEAR, **plain) > eoq.cost).all()
    late = solve_eoq_backorders(**plain, backorder_cost=backorder)
    share = late.backordered_share

    def late_cost(quantity, part):
        return lot_cost(quantity, **plain, backorder_cost=backorder, backordered_share=part)

    assert late_cost(late.order_quantity, share) == pytest.approx(late.cost)
    assert (late_cost(late.order_quantity * NEAR, share) > late.cost).all()
    assert (late_cost(late.order_quantity, np.minimum(share * NEAR, 1.0)) >= late.cost * (1 - 1e-12)).all()
    epq = solve_epq(**plain, production_rate=2.0 * demand)
    assert epq.cost == pytest.approx(eoq.cost / math.sqrt(2.0))


def discounted_cost(quantity, fixed, rate, demand, breakpoints, unit_costs, *, incremental):
    """Cost per unit of time of one lot, from what it costs to buy."""
    region = max(j for j, start in enumerate(breakpoints) if start <= quantity)
    paid = unit_costs[region] * quantity
    if incremental:
        paid = sum(
            unit_costs[j] * (min(quantity, end) - start)
            for j, (start, end) in enumerate(itertools.pairwise([*breakpoints, math.inf]))
            if quantity > start
        )
    return demand / quantity * (fixed + paid) + rate * (paid / quantity) * quantity / 2.0


@given(
    st.floats(0.1, 500.0),
    st.floats(0.05, 0.9),
    st.floats(1.0, 1000.0),
    st.lists(st.tuples(st.integers(1, 300), st.floats(0.8, 1.0)), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_no_lot_of_a_grid_is_cheaper_than_the_discounted_one(fixed, rate, demand, steps):
    breakpoints = [0.0, *np.cumsum([step for step, _ in steps]).astype(float)]
    unit_costs = [float(c) for c in 10.0 * np.cumprod([1.0, *(fall for _, fall in steps)])]
    grid = [*np.geomspace(0.01, 1e5, 1500), *breakpoints[1:]]
    for incremental, solve in ((False, solve_all_units_discount), (True, solve_incremental_discount)):
        found = solve(
            fixed_cost=fixed,
            holding_cost_rate=rate,
            demand_rate=demand,
            breakpoints=breakpoints,
            unit_costs=unit_costs,
        )
        cost = [discounted_cost(q, fixed, rate, demand, breakpoints, unit_costs, incremental=incremental) for q in grid]
        own = discounted_cost(
            found.order_quantity[0], fixed, rate, demand, breakpoints, unit_costs, incremental=incremental
        )
        assert own == pytest.approx(found.cost[0])
        assert found.cost[0] <= min(cost) * (1 + 1e-12)
        assert breakpoints[found.region[0]] <= found.order_quantity[0]


def test_items_with_fewer_prices_are_padded():
    both = solve_all_units_discount(
        fixed_cost=8,
        holding_cost_rate=0.3,
        demand_rate=1300,
        breakpoints=[[0, 400, 800], [0, np.inf, np.inf]],
        unit_costs=[[0.75, 0.72, 0.68], [0.75, np.nan, np.nan]],
    )
    assert both.region.tolist() == [2, 0]
    assert both.order_quantity.round(2).tolist() == [800.0, 304.05]
    alone = solve_incremental_discount(
        fixed_cost=8, holding_cost_rate=0.3, demand_rate=1300, breakpoints=[0, np.inf], unit_costs=[0.75, np.inf]
    )
    assert alone.order_quantity.round(2).tolist() == [304.05]


def test_every_wrong_price_is_named():
    with pytest.raises(ValueError, match=r"(?s)start at 0.*must rise.*above zero.*must not rise"):
        solve_all_units_discount(
            fixed_cost=8, holding_cost_rate=0.3, demand_rate=1, breakpoints=[1, 1, 2], unit_costs=[1, 2, -1]
        )


joint_items = st.lists(
    st.tuples(st.floats(0.1, 50.0), st.floats(0.05, 20.0), st.floats(0.1, 20.0)), min_size=1, max_size=3
)


@given(st.floats(0.01, 100.0), joint_items)
@settings(max_examples=40, deadline=None)
def test_no_joint_plan_of_small_multiples_is_cheaper(shared, items):
    fixed, holding, demand = (np.array(column) for column in zip(*items, strict=True))
    family = {
        "shared_fixed_cost": shared,
        "individual_fixed_costs": fixed,
        "holding_costs": holding,
        "demand_rates": demand,
    }
    best, free = solve_joint_replenishment(**family), solve_joint_replenishment(**family, empty_orders=True)
    silver = solve_joint_replenishment_silver(**family)
    assert best.multiple.min() == 1
    assert best.cost <= silver.cost * (1 + 1e-12)
    assert joint_cost(best.base_cycle, best.multiple, **family) == pytest.approx(best.cost)
    for plan, least in ((best, 1), (free, 8)):
        for multiple in itertools.product(range(1, 9), repeat=len(items)):
            if min(multiple) <= least:
                m = np.array(multiple)
                cost = math.sqrt(2.0 * (shared + (fixed / m).sum()) * (holding * demand * m).sum())
                assert plan.cost <= cost * (1 + 1e-12)


def test_silver_is_not_always_the_optimum():
    family = {
        "shared_fixed_cost": 28.0,
        "individual_fixed_costs": [47.0, 54.0, 3.0],
        "holding_costs": [1.0, 1.0, 1.0],
        "demand_rates": [74.0, 7.0, 7.0],
    }
    assert solve_joint_replenishment(**family).cost < solve_joint_replenishment_silver(**family).cost * 0.92


def test_a_joint_order_of_free_items_is_refused():
    with pytest.raises(ValueError, match="individual_fixed_costs of item 1"):
        solve_joint_replenishment(
            shared_fixed_cost=0.0, individual_fixed_costs=[1, 0], holding_costs=[1, 1], demand_rates=[1, 1]
        )


@given(costs, costs, costs, costs, st.floats(0.05, 10.0), st.floats(0.5, 50.0))
@settings(max_examples=50, deadline=None)
def test_no_other_lot_is_cheaper_when_the_supplier_may_be_down(fixed, holding, stockout, demand, down, up):
    case = {
        "fixed_cost": fixed,
        "holding_cost": holding,
        "stockout_cost": stockout,
        "demand_rate": demand,
        "disruption_rate": down,
        "recovery_rate": up,
    }
    lot = solve_eoq_disruptions(**case)
    assert (
        eoq_disruption_cost(lot.order_quantity * np.geomspace(1e-3, 1e3, 400), **case) >= lot.cost * (1 - 1e-9)
    ).all()


@given(costs, costs, st.floats(0.01, 0.99), st.floats(0.02, 0.98))
@settings(max_examples=50, deadline=None)
def test_base_stock_under_disruptions_is_the_best_multiple_of_demand(holding, stockout, down, up):
    case = {
        "holding_cost": holding,
        "stockout_cost": stockout,
        "demand": 7.0,
        "disruption_probability": down,
        "recovery_probability": up,
    }
    lot = solve_newsvendor_disruptions(**case)
    assert newsvendor_disruption_cost(lot.order_quantity, **case) == pytest.approx(lot.cost)
    assert (newsvendor_disruption_cost(3.5 * np.arange(200), **case) >= lot.cost * (1 - 1e-9)).all()
    # The chain itself: n periods down, summed until nothing is left.
    ages = np.arange(4000)
    share = np.where(ages == 0, up / (down + up), down * up / (down + up) * (1 - up) ** np.maximum(ages - 1, 0))
    units = 7.0 * (ages + 1)
    stock = float(lot.order_quantity[0])
    cost = share @ (holding * np.maximum(stock - units, 0.0) + stockout * np.maximum(units - stock, 0.0))
    assert cost == pytest.approx(float(lot.cost[0]))


def test_lots_of_uncertain_yield_are_the_cheapest():
    additive = {"fixed_cost": 100, "holding_cost": 2, "demand_rate": 50, "yield_mean": -3.0, "yield_sd": 8.0}
    lot = solve_eoq_additive_yield(**additive)
    assert additive_yield_cost(lot.order_quantity, **additive) == pytest.approx(lot.cost)
    assert (additive_yield_cost(lot.order_quantity * NEAR, **additive) > lot.cost).all()
    share = {"fixed_cost": 100, "holding_cost": 2, "demand_rate": 50, "yield_mean": 0.8, "yield_sd": 0.3}
    lot = solve_eoq_multiplicative_yield(**share)
    assert multiplicative_yield_cost(lot.order_quantity, **share) == pytest.approx(lot.cost)
    assert (multiplicative_yield_cost(lot.order_quantity * NEAR, **share) > lot.cost).all()
    with pytest.raises(ValueError, match="yield_mean of item 0"):
        solve_eoq_additive_yield(**(additive | {"yield_mean": 1e6}))


def test_every_fault_of_every_field_is_told():
    with pytest.raises(ValueError, match="holding_cost of item 1: -1 must be above zero") as fault:
        solve_eoq(fixed_cost=[1, np.nan, 3], holding_cost=[1, -1, 0], demand_rate="many")
    for part in ("fixed_cost of item 1: nan", "holding_cost of item 2", "demand_rate: 'many' holds something else"):
        assert part in str(fault.value)
    with pytest.raises(ValueError, match="different length: holding_cost 2, fixed_cost 3, demand_rate 1"):
        solve_eoq(fixed_cost=[1, 2, 3], holding_cost=[1, 1], demand_rate=1)
    with pytest.raises(ValueError, match="2 more items"):
        solve_eoq(fixed_cost=np.full(5, -1.0), holding_cost=1, demand_rate=1)
    with pytest.raises(ValueError, match=r"shape \(2, 1\)"):
        solve_eoq(fixed_cost=[[1], [2]], holding_cost=1, demand_rate=1)
    with pytest.raises(ValueError, match="production_rate of item 0"):
        solve_epq(fixed_cost=1, holding_cost=1, demand_rate=5, production_rate=5)
