from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.replenishment.echelon.guaranteed_service import service_cost, solve, solve_tree
from solvers.replenishment.echelon.service_network import ServiceNetwork, pool_demand_sd
from solvers.status import Status, WorkLimit


def published(name: str) -> tuple[ServiceNetwork, float]:
    """Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd edition; values as in stockpyl's tests."""
    if name == "example 6.5":
        network = ServiceNetwork.of(
            processing_time=[2, 1, 1, 1], holding_cost=[1, 2, 3, 3], demand_sd=[0, 0, 1, 1],
            outbound_limit=[np.inf, np.inf, 0, 1], inbound_time=[1, 0, 0, 0], edges=[(0, 1), (1, 2), (1, 3)],
        )  # fmt: skip
        return network, 8.277916867529369
    if name == "problem 6.7":
        network = ServiceNetwork.of(
            processing_time=[1, 1, 2], holding_cost=[2, 3, 4], demand_sd=[0, 0, 10], bound_constant=4.0,
            outbound_limit=[np.inf, np.inf, 0], inbound_time=[1, 0, 0], edges=[(0, 1), (1, 2)],
        )  # fmt: skip
        return network, 357.77087639996637
    network = ServiceNetwork.of(
        processing_time=[1, 0, 1], holding_cost=[2, 4, 7], demand_sd=[0, 0, 1],
        outbound_limit=[np.inf, np.inf, 1], inbound_time=[1, 0, 0], edges=[(0, 1), (1, 2)],
    )  # fmt: skip
    return network, 2.8284271247461903


@pytest.mark.parametrize("name", ["example 6.5", "problem 6.7", "example 6.3"])
def test_published_networks(name: str) -> None:
    network, cost = published(name)
    solution = solve_tree(network)
    assert solution.cost == pytest.approx(cost, rel=1e-9)
    assert service_cost(network, solution.outbound_time) == pytest.approx(cost, rel=1e-9)
    assert solution.status is Status.OPTIMAL
    assert solution.bound == solution.cost


def cost_by_hand(network: ServiceNetwork, promised: tuple[float, ...], deviation: list[float]) -> float:
    """Holding cost of promised times; inf where a stage cannot keep its own. Plain Python, no shared code."""
    total = 0.0
    for k in range(network.stages):
        incoming = [promised[a] for a, b in network.edges.tolist() if b == k]
        counted = max([float(network.inbound_time[k]), *incoming])
        net = counted + float(network.processing_time[k]) - promised[k]
        if net < -1e-12 or promised[k] > network.outbound_limit[k]:
            return math.inf
        total += float(network.holding_cost[k] * network.bound_constant[k]) * deviation[k] * math.sqrt(max(net, 0.0))
    return total


def least_by_hand(network: ServiceNetwork, deviation: list[float]) -> float:
    longest = int(network.processing_time.sum() + network.inbound_time.max())
    ways = itertools.product(range(longest + 1), repeat=network.stages)
    return min(cost_by_hand(network, way, deviation) for way in ways)


def random_network(random: np.random.Generator, *, stages: int, further_edges: int) -> ServiceNetwork:
    """A tree with any directions (assembly, distribution, both), and edges that close cycles."""
    depth = random.permutation(stages)
    pairs = {tuple(sorted((int(random.integers(0, k)), k), key=lambda s: int(depth[s]))) for k in range(1, stages)}
    every = [(a, b) for a in range(stages) for b in range(stages) if depth[a] < depth[b] and (a, b) not in pairs]
    pairs |= {every[int(e)] for e in random.permutation(len(every))[:further_edges]}
    edges = np.array(sorted(pairs))
    last = ~np.isin(np.arange(stages), edges[:, 0])
    own = last | (random.random(stages) < 0.2)
    return ServiceNetwork.of(
        processing_time=random.integers(0, 3, stages),
        holding_cost=random.uniform(0.5, 5, stages),
        demand_sd=np.where(own, random.uniform(0, 4, stages), 0.0),
        bound_constant=random.uniform(0.5, 3, stages),
        outbound_limit=np.where(own, random.integers(0, 3, stages), np.inf),
        inbound_time=random.integers(0, 2, stages),
        edges=edges,
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
def test_trees_against_every_combination_of_times(seed: int, stages: int) -> None:
    network = random_network(np.random.default_rng(seed), stages=stages, further_edges=0)
    variance = [float(sd) ** 2 for sd in network.demand_sd]
    served = {k: {k} for k in range(stages)}
    for _ in range(stages):
        for a, b in network.edges.tolist():
            served[a] |= served[b]
    deviation = [math.sqrt(sum(variance[c] for c in served[k])) for k in range(stages)]
    solution = solve_tree(network)
    assert solution.cost == pytest.approx(least_by_hand(network, deviation), rel=1e-9, abs=1e-12)
    assert service_cost(network, solution.outbound_time) == pytest.approx(solution.cost, rel=1e-9, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(3, 4), st.integers(1, 3))
def test_networks_with_cycles_against_every_combination_of_times(seed: int, stages: int, more: int) -> None:
    network = random_network(np.random.default_rng(seed), stages=stages, further_edges=more)
    solution = solve(network)
    best = least_by_hand(network, [float(sd) for sd in solution.demand_sd])
    assert solution.status is Status.OPTIMAL
    assert solution.cost == pytest.approx(best, rel=1e-8, abs=1e-12)
    assert service_cost(network, solution.outbound_time) == pytest.approx(solution.cost, rel=1e-9, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_large_networks_never_cost_less_than_their_trees_and_keep_their_bound(seed: int) -> None:
    random = np.random.default_rng(seed)
    network = random_network(random, stages=25, further_edges=12)
    stopped, solved = solve(network, stop=WorkLimit(3)), solve(network)
    assert stopped.bound <= solved.cost * (1 + 1e-9)
    assert stopped.cost >= solved.cost * (1 - 1e-9)
    assert (stopped.status is Status.OPTIMAL) == (stopped.cost == stopped.bound)
    net = solved.inbound_time + network.processing_time - solved.outbound_time
    np.testing.assert_allclose(net, solved.net_time)
    assert (solved.outbound_time <= network.outbound_limit).all()


def test_a_common_factor_of_all_times_scales_the_cost_by_its_root() -> None:
    network, cost = published("example 6.5")
    for factor in (0.5, 0.3, 7.0):
        scaled = ServiceNetwork.of(
            processing_time=network.processing_time * factor, holding_cost=network.holding_cost,
            demand_sd=network.demand_sd, outbound_limit=network.outbound_limit * factor,
            inbound_time=network.inbound_time * factor, edges=network.edges,
        )  # fmt: skip
        assert solve_tree(scaled).cost == pytest.approx(cost * math.sqrt(factor), rel=1e-9)


def test_correlated_customers_add_up_fully_and_ways_to_one_customer_are_one_demand() -> None:
    parts = {"processing_time": np.ones(3), "holding_cost": np.ones(3), "edges": [(0, 1), (0, 2)]}
    independent = ServiceNetwork.of(demand_sd=[0, 3, 4], **parts)
    assert pool_demand_sd(independent).tolist() == pytest.approx([5, 3, 4])
    correlated = ServiceNetwork.of(demand_sd=[0, 3, 4], pooling_exponent=1.0, units=[1, 2], **parts)
    assert pool_demand_sd(correlated).tolist() == pytest.approx([3 + 8, 3, 4])
    diamond = ServiceNetwork.of(
        processing_time=np.ones(4), holding_cost=np.ones(4), demand_sd=[0, 0, 0, 2],
        edges=[(0, 1), (0, 2), (1, 3), (2, 3)], units=[1, 1, 3, 1],
    )  # fmt: skip
    assert pool_demand_sd(diamond).tolist() == pytest.approx([8, 6, 2, 2])


def test_forests_and_single_stages() -> None:
    network = ServiceNetwork.of(
        processing_time=[4, 9], holding_cost=[1, 2], demand_sd=[1, 1], outbound_limit=[0, 0], edges=[]
    )
    assert solve_tree(network).cost == pytest.approx(2 + 6)


def test_cycles_are_named() -> None:
    parts = {"processing_time": np.ones(4), "holding_cost": np.ones(4), "demand_sd": [0, 0, 0, 1]}
    with pytest.raises(ValueError, match="cycle b -> c -> d -> b"):
        ServiceNetwork.of(edges=[(0, 1), (1, 2), (2, 3), (3, 1)], names=("a", "b", "c", "d"), **parts)
    network = ServiceNetwork.of(edges=[(0, 1), (0, 2), (1, 3), (2, 3)], names=("a", "b", "c", "d"), **parts)
    with pytest.raises(ValueError, match=r"cycle . - . - . - . - .: must be a tree; use solve"):
        solve_tree(network)
    assert solve(network).status is Status.OPTIMAL


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(ValueError, match="processing_time: stage b") as told:
        ServiceNetwork.of(
            processing_time=[1, -1], holding_cost=[np.nan, 1], demand_sd=[1, 2, 3], edges=[(0, 5), (0, 0), (0.5, 1)],
            outbound_limit=[np.inf, np.nan], pooling_exponent=0.5, names=("a", "b"),
        )  # fmt: skip
    for part in ("holding_cost: stage a", r"demand_sd: shape (3,)", "stage 5", "a supplies itself", "stage 0.5",
                 "outbound_limit: stage b", "pooling_exponent: 0.5"):  # fmt: skip
        assert part in str(told.value)
    with pytest.raises(ValueError, match="given twice"):
        ServiceNetwork.of(processing_time=[1, 1], holding_cost=1, demand_sd=1, edges=[(0, 1), (0, 1)])
    odd = ServiceNetwork.of(processing_time=[math.pi, 1], holding_cost=1, demand_sd=1, edges=[(0, 1)])
    with pytest.raises(ValueError, match=r"processing_time: stage 0: 3\.14159.*round it"):
        solve(odd)


def test_promises_that_cannot_be_kept_are_told() -> None:
    network, _ = published("example 6.5")
    with pytest.raises(ValueError, match="stage 2: 1: limit is 0") as told:
        service_cost(network, [5, 0, 1, 0])
    assert "stage 0: 5: takes 3" in str(told.value)
