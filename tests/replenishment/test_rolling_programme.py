"""Plans of a network against a plain replay, the newsvendor, base stock and the environment of gym-invmgmt."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.rolling_programme import plan_network, shortage_cuts
from solvers.replenishment.supply_network import NetworkState, SupplyNetwork
from solvers.status import Status


def chain(leads=(1,), *, backlog=True, cost=0.5, holding=0.1, price=2.0, short=0.3, capacity=np.inf):
    """Outside -> node n-1 -> ... -> node 0 -> market; ``leads`` from the market on."""
    count = len(leads)
    return SupplyNetwork(
        source=np.array([*range(1, count), -1]),
        destination=np.arange(count),
        lead_time_periods=np.array(leads),
        unit_cost=np.array([0.0] * (count - 1) + [cost]),
        transit_cost=np.full(count, 0.01),
        holding_cost=np.full(count, holding),
        capacity=np.full(count, capacity),
        yield_share=np.ones(count),
        output_cost=np.zeros(count),
        market_node=np.array([0]),
        price=np.array([price]),
        shortage_cost=np.array([short]),
        backlog=backlog,
    )


def start(network, on_hand=0.0):
    nodes = network.holding_cost.size
    return NetworkState(np.full(nodes, on_hand), np.zeros((1, nodes)), np.zeros(1))


def replay(network, state, orders, demand):
    """Profit of given orders, told plainly; fails when more is shipped than there is."""
    stock, owed, profit = state.on_hand.copy(), state.waiting[0], 0.0
    way = []
    for t, asked in enumerate(demand):
        for e, units in enumerate(orders[t]):
            sender = network.source[e]
            profit -= units * network.unit_cost[e]
            if sender >= 0:
                stock[sender] -= units / network.yield_share[sender]
                profit -= units * network.output_cost[sender]
                assert stock[sender] >= -1e-6
            way.append((t + network.lead_time_periods[e], e, units))
        if t < state.arriving.shape[0]:
            stock += state.arriving[t]
        for due, e, units in way:
            if due == t:
                stock[network.destination[e]] += units
        profit -= sum(units * network.transit_cost[e] for due, e, units in way if due > t)
        wanted = asked + (owed if network.backlog else 0.0)
        sold = min(wanted, stock[network.market_node[0]])
        stock[network.market_node[0]] -= sold
        owed = wanted - sold
        profit += network.price[0] * sold - network.shortage_cost[0] * owed - network.holding_cost @ stock
    return profit


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_perfect_information_earns_what_it_says(seed, backlog):
    rng = np.random.default_rng(seed)
    network = chain(rng.integers(0, 4, 3), backlog=backlog, capacity=rng.uniform(5, 30))
    network = replace(network, yield_share=rng.uniform(0.5, 1.5, 3), output_cost=rng.uniform(0, 0.2, 3))
    state = NetworkState(rng.uniform(0, 40, 3), rng.uniform(0, 5, (2, 3)), np.array([7.0 if backlog else 0.0]))
    demand = rng.poisson(8, 12).astype(float)
    plan = plan_network(network, state, demand[None, :, None])
    assert plan.status is Status.OPTIMAL
    assert plan.orders.min() >= 0.0
    assert replay(network, state, plan.orders, demand) == pytest.approx(plan.profit, abs=1e-6)
    for _ in range(5):  # no other plan that can be carried out earns more
        other = plan.orders * rng.uniform(0.5, 1.0, plan.orders.shape)
        try:
            profit = replay(network, state, other, demand)
        except AssertionError:
            continue
        assert profit <= plan.profit + 1e-6


def test_one_period_is_the_newsvendor():
    rng = np.random.default_rng(1)
    paths = rng.gamma(4.0, 5.0, (101, 1, 1))
    network = chain((0,), backlog=False, cost=0.5, holding=0.1, price=2.0, short=0.0)
    ratio = (2.0 - 0.5) / (2.0 + 0.1)
    ordered = plan_network(network, start(network), paths).orders[0, 0]
    slopes, _ = shortage_cuts(paths - paths.mean())
    # The answer is an order statistic at one of the cuts next to the critical ratio.
    near = np.sort(paths.ravel())[[round(101 * (1.0 - s)) - 1 for s in slopes if s < 1.0]]
    exact = np.quantile(paths, ratio)
    assert near[near <= exact].max() <= ordered <= near[near >= exact].min()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_cuts_are_the_expected_shortage(seed, count):
    rng = np.random.default_rng(seed)
    deviation = rng.normal(0.0, 10.0, count)
    slopes, floors = shortage_cuts(deviation, steps=count)
    for y in rng.uniform(-30, 30, 5):
        exact = np.maximum(deviation - y, 0.0).mean()
        assert max(0.0, float((floors - slopes * y).max())) == pytest.approx(exact, abs=1e-9)
        fewer, low = shortage_cuts(deviation, steps=5)
        assert (low - fewer * y).max() <= exact + 1e-9


def test_a_node_with_lead_time_orders_up_to_its_base_stock():
    """Long horizon, backlog: the first order brings the position to the quantile of demand over lead time and one."""
    rng = np.random.default_rng(4)
    network = chain((3,), cost=0.0, holding=0.1, price=0.0, short=0.9)
    paths = rng.normal(20.0, 4.0, (4000, 12, 1)).clip(0.0)
    ordered = plan_network(network, start(network), paths, value_left=np.array([0.1])).orders[0, 0]
    total = paths[:, :4, 0].sum(axis=1)
    assert np.quantile(total, 0.85) <= ordered <= np.quantile(total, 0.95)


def test_more_paths_that_differ_more_never_lower_the_stock():
    network = chain((2,), holding=0.05)
    flat = np.full((50, 10, 1), 20.0)
    wide = flat + np.linspace(-15.0, 15.0, 50)[:, None, None]
    calm, wild = (plan_network(network, start(network), p, window_periods=3).orders[0, 0] for p in (flat, wide))
    assert wild > calm


def test_a_shortage_that_costs_more_is_smaller():
    network, rng = chain((1,), backlog=False), np.random.default_rng(2)
    paths = rng.poisson(20, (200, 8, 1)).astype(float)
    plain = plan_network(network, start(network), paths)
    dear = plan_network(network, start(network), paths, shortage_value=np.full((8, 1), 20.0))
    assert dear.shortage.sum() < plain.shortage.sum()


def test_faults_are_told_together():
    network = chain((1,))
    state = NetworkState(np.array([-1.0]), np.zeros((1, 2)), np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match=r"arriving.*waiting.*on_hand.*paths.*value_left.*window_periods"):
        plan_network(network, state, np.zeros((0, 3, 1)), value_left=np.array([np.nan]), window_periods=0)
    with pytest.raises(ValueError, match=r"source\[0\] = 5.*lead_time_periods\[0\] = -1.*yield_share\[0\] = 0"):
        replace(network, source=np.array([5]), lead_time_periods=np.array([-1]), yield_share=np.array([0.0]))
    with pytest.raises(ValueError, match="endless"):
        plan_network(chain((0,)), start(network), np.ones((1, 2, 1)), value_left=np.array([9.0]))


def test_oracle_is_the_profit_that_the_environment_pays():
    pytest.importorskip("gym_invmgmt")
    from benchmarks.inventory.gym_scenarios import demand_free, demand_of, network_of, scenarios, state_of

    chosen = [s for s in scenarios() if not s.goodwill][::3]
    assert len(list(scenarios())) == 22
    for scenario in chosen:
        network = network_of(scenario.environment())
        demand = demand_of(scenario, 42).D.copy()
        plan = plan_network(network, state_of(demand_free(scenario, 42), network), demand[None])
        assert float(demand_of(scenario, 42, plan.orders).P.sum()) == pytest.approx(plan.profit, abs=1e-6)


def test_gym_suite_reports_both_policies_and_the_mean():
    pytest.importorskip("gym_invmgmt")
    from benchmarks.inventory import gym

    name = "B_PaperReplication|serial|stationary|GW:False|BL:True|MARL:False"
    options = Namespace(instances=None, name=[name], seed=1, peers=False, write=None)
    assert gym.absent(options) == []
    rows = {(row.instance, row.metric): row.value for row in gym.measure(options)}
    assert 0.0 < rows[name, "loss_pct_informed"] < rows[name, "loss_pct_blind"] < 40.0
    assert rows["mean_1", "loss_pct_informed"] == rows[name, "loss_pct_informed"]
