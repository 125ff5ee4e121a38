"""Safety stock of a whole network when every stage keeps the service time that it promises."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.echelon.service_network import ServiceNetwork, pool_demand_sd
from solvers.replenishment.echelon.service_times import (
    WholeTimes,
    closing_edges,
    spanning_forest,
    tightened,
    undirected_cycle,
)
from solvers.replenishment.echelon.service_tree import ServiceBounds, TreeOrder, least_times
from solvers.status import Status, Stop, WorkLimit

__all__ = ["GuaranteedService", "service_cost", "solve", "solve_tree"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DEFAULT_NODES = 20_000
_ENOUGH = 1e-9  # relative gap up to which a solution is called optimal


@dataclass(frozen=True, eq=False, slots=True)
class GuaranteedService:
    """Service times [N] in the network's unit of time, and the stock [N] that keeps them.

    ``outbound_time`` is what each stage promises, ``inbound_time`` what it can count on, ``net_time`` = inbound +
    processing - outbound the time that its stock has to cover. ``demand_sd`` a unit of time, with its customers added
    up; ``safety_stock`` units; ``cost`` of holding it a period, ``bound`` the proven least cost; ``nodes`` looked at.
    """

    outbound_time: Floats
    inbound_time: Floats
    net_time: Floats
    demand_sd: Floats
    safety_stock: Floats
    cost: float
    bound: float
    nodes: int
    status: Status


def solve(network: ServiceNetwork, *, stop: Stop | None = None) -> GuaranteedService:
    """Service times of least holding cost of any network without directed cycles.

    Minimise the sum of holding_cost * bound_constant * sd * sqrt(SI + T - S) with SI at least the inbound time and
    every supplier's S, and S at most the outbound limit and SI + T (Graves and Willems 2000, problem P). A tree is
    solved by dynamic programming. Elsewhere edges that close cycles are left out, which gives a bound, and where such
    an edge is broken the supplying stage's S is split into two ranges (branch and bound on spanning trees: Humair
    and Willems 2011, section 4). ``stop`` is asked after every tree (default: 20,000 trees); a search that is stopped
    returns the best times found, FEASIBLE with a bound. Raises ValueError for times without a common step.
    """
    times = WholeTimes(network)
    sd = pool_demand_sd(network)
    weight = network.holding_cost * network.bound_constant * sd * np.sqrt(float(times.step))
    ends = network.edges
    value = np.minimum(weight[ends[:, 0]], weight[ends[:, 1]])
    search = _Search(times, ends, weight, *spanning_forest(network.stages, ends, value))
    search.run(stop or WorkLimit(_DEFAULT_NODES))
    return _solution(network, search, sd)


def solve_tree(network: ServiceNetwork) -> GuaranteedService:
    """``solve`` for a tree or several; raises ValueError naming the stages of a cycle where the network is none."""
    if closing_edges(network.stages, network.edges).size:
        names = " - ".join(network.names[k] for k in undirected_cycle(network.stages, network.edges))
        raise ValueError(f"edges: cycle {names}: must be a tree; use solve for other networks")
    return solve(network)


def service_cost(network: ServiceNetwork, outbound_time: npt.ArrayLike) -> float:
    """Holding cost a period of any promised times [N]; raises ValueError naming each promise that cannot be kept.

    Written apart from the search, as its judge.
    """
    promised = np.asarray(outbound_time, np.float64)
    if promised.shape != (network.stages,):
        raise ValueError(f"outbound_time: shape {promised.shape}: must be ({network.stages},)")
    inbound = network.inbound_time.copy()
    np.maximum.at(inbound, network.edges[:, 1], promised[network.edges[:, 0]])
    net = inbound + network.processing_time - promised
    found = []
    for k, name in enumerate(network.names):
        if not promised[k] >= 0:
            found.append(f"outbound_time: stage {name}: {promised[k]:g}: must be zero or more")
        if promised[k] > network.outbound_limit[k] + 1e-9:
            found.append(f"outbound_time: stage {name}: {promised[k]:g}: limit is {network.outbound_limit[k]:g}")
        if net[k] < -1e-9:
            at_most = inbound[k] + network.processing_time[k]
            found.append(f"outbound_time: stage {name}: {promised[k]:g}: takes {at_most:g}")
    if found:
        raise ValueError("; ".join(found))
    stock = network.bound_constant * pool_demand_sd(network) * np.sqrt(np.maximum(net, 0.0))
    return float(network.holding_cost @ stock)


class _Search:
    """Best-first branch and bound; for a forest the first tree is the answer. Mutable on purpose."""

    def __init__(self, times: WholeTimes, edges: Ints, weight: Floats, tree: TreeOrder, left_out: Ints) -> None:
        self.times, self.edges, self.weight, self.tree = times, edges, weight, tree
        self.open_edges = edges[left_out]
        self.open_weight = np.minimum(weight[self.open_edges[:, 0]], weight[self.open_edges[:, 1]])
        self.cost, self.bound, self.nodes = np.inf, 0.0, 0
        self.outbound = self.inbound = np.zeros(times.processing.size, np.int64)
        self.waiting: list[tuple[float, int, ServiceBounds, Ints, Ints]] = []

    def run(self, stop: Stop) -> None:
        """Split until the best times are proven, or until told to stop."""
        self._look(self.times.natural)
        while self.waiting:
            self.bound, _, bounds, outbound, inbound = heapq.heappop(self.waiting)
            if not self._promising(self.bound):
                break
            if stop(self.nodes, self.cost):
                return
            for part in self._split(bounds, outbound, inbound):
                self._look(part)
        self.bound = self.cost

    def _promising(self, least: float) -> bool:
        return bool(least < self.cost - _ENOUGH * self.cost)

    def _look(self, bounds: ServiceBounds) -> None:
        """Solve the tree within bounds, keep the times that follow from it, and queue it where it may yet do better."""
        tight = tightened(bounds, self.times, self.edges)
        if tight is None:
            return
        self.nodes += 1
        least, outbound, inbound = least_times(self.tree, tight, self.times.processing, self.weight)
        if np.isfinite(least):
            self._keep(outbound)
        if self._promising(least):
            heapq.heappush(self.waiting, (least, self.nodes, tight, outbound, inbound))

    def _keep(self, outbound: Ints) -> None:
        """Make times that keep all edges: each stage waits for its slowest supplier and promises what nobody minds."""
        inbound = self.times.inbound.copy()
        np.maximum.at(inbound, self.edges[:, 1], outbound[self.edges[:, 0]])
        promised = np.minimum(self.times.natural.outbound_high, inbound + self.times.processing)
        np.minimum.at(promised, self.edges[:, 0], inbound[self.edges[:, 1]])
        cost = float(self.weight @ np.sqrt(inbound + self.times.processing - promised))
        if cost < self.cost:
            self.cost, self.outbound, self.inbound = cost, promised, inbound

    def _split(self, bounds: ServiceBounds, outbound: Ints, inbound: Ints) -> tuple[ServiceBounds, ...]:
        """Two ranges of the promise on the edge that is broken worst; none where no edge is."""
        first, second = self.open_edges[:, 0], self.open_edges[:, 1]
        broken = np.maximum(outbound[first] - inbound[second], 0) * np.maximum(self.open_weight, 1e-300)
        if broken.size == 0 or broken.max() <= 0:
            return ()
        worst = int(broken.argmax())
        stage, middle = int(first[worst]), int(outbound[first[worst]] + inbound[second[worst]]) // 2
        high, low = bounds.outbound_high.copy(), bounds.outbound_low.copy()
        high[stage], low[stage] = middle, middle + 1
        return bounds._replace(outbound_high=high), bounds._replace(outbound_low=low)


def _solution(network: ServiceNetwork, search: _Search, sd: Floats) -> GuaranteedService:
    step = float(search.times.step)
    net = search.inbound + search.times.processing - search.outbound
    stock = network.bound_constant * sd * np.sqrt(net * step)
    cost = float(network.holding_cost @ stock)
    proven = not search.cost - search.bound > _ENOUGH * search.cost
    return GuaranteedService(
        outbound_time=search.outbound.astype(np.float64) * step,
        inbound_time=search.inbound.astype(np.float64) * step,
        net_time=net.astype(np.float64) * step,
        demand_sd=sd,
        safety_stock=stock,
        cost=cost,
        bound=cost if proven else search.bound,
        nodes=search.nodes,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
    )
