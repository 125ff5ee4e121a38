"""The 22 single-agent scenarios of gym-invmgmt, and its environment as arrays.

Scenarios and seeds are those of the published scores (arXiv 2605.11355; benchmarks/run_benchmarks.py of
r2barati/gym-invmgmt-paper at 0ec993a): 30 periods, mean demand 20.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.supply_network import NetworkState, SupplyNetwork

__all__ = [
    "PERIODS",
    "SEEDS",
    "Scenario",
    "demand_free",
    "demand_of",
    "goodwill_ahead",
    "network_of",
    "plain_means",
    "scenarios",
    "state_of",
]

Floats = npt.NDArray[np.float64]
PERIODS = 30
SEEDS = (42, 123, 456, 789, 1011, 2022, 3033, 4044, 5055, 6066)
MEAN_DEMAND = 20.0
EFFECTS = {"trend+seasonal": ["trend", "seasonal"], "trend+seasonal+shock": ["trend", "seasonal", "shock"]}

# Units sold of one item of the M5 competition in the window called volatile, as its published rollouts show them.
VOLATILE_UNITS = (2, 3, 4, 0, 0, 1, 0, 2, 1, 1, 5, 3, 1, 0, 0, 2, 7, 2, 2, 13, 8, 11, 50, 60, 54, 51, 39, 50, 48, 61)


@dataclass(frozen=True)
class Scenario:
    """One row of the published table; ``network`` is base or serial, ``demand`` the label of its model."""

    block: str
    network: str
    demand: str
    demand_config: dict[str, Any]
    goodwill: bool
    backlog: bool

    suite = "gym"

    @property
    def name(self) -> str:
        """Key of the published table."""
        flags = f"GW:{self.goodwill}|BL:{self.backlog}|MARL:False"
        return f"{self.block}|{self.network}|{self.demand}|{flags}"

    def environment(self) -> Any:
        """A new environment of the scenario."""
        from gym_invmgmt import CoreEnv

        kind = "network" if self.network == "base" else "serial"
        return CoreEnv(scenario=kind, demand_config=dict(self.demand_config), num_periods=PERIODS, backlog=self.backlog)


def scenarios() -> Iterator[Scenario]:
    """The 22 scenarios, in the order of the published table."""
    for network, label, goodwill, backlog in product(("base", "serial"), EFFECTS, (False, True), (False, True)):
        config = {"type": "combined_chaos", "effects": EFFECTS[label], "base_mu": MEAN_DEMAND, "use_goodwill": goodwill}
        yield Scenario("A_Core", network, label, config, goodwill, backlog)
    for network, backlog in product(("base", "serial"), (False, True)):
        config = {"type": "stationary", "base_mu": MEAN_DEMAND, "use_goodwill": False}
        yield Scenario("B_PaperReplication", network, "stationary", config, False, backlog)
    series = np.array(VOLATILE_UNITS) * (MEAN_DEMAND / np.mean(VOLATILE_UNITS))
    for network in ("base", "serial"):
        config = {"type": "stationary", "base_mu": MEAN_DEMAND, "use_goodwill": False, "external_series": series,
                  "noise_scale": 0.0}  # fmt: skip
        yield Scenario("D_WalmartM5", network, "M5_volatile", config, False, True)


def network_of(environment: Any) -> SupplyNetwork:
    """Nodes, links and costs; prices between nodes of the network cancel, since profit is that of all."""
    net, graph = environment.network, environment.graph
    nodes = [int(node) for node in net.main_nodes]
    place = {node: i for i, node in enumerate(nodes)}
    links, markets = [graph.edges[link] for link in net.reorder_links], [graph.edges[e] for e in net.retail_links]

    def of_nodes(name: str, default: float = 0.0) -> Floats:
        return np.array([float(graph.nodes[node].get(name, default)) for node in nodes])

    source = np.array([place.get(a, -1) for a, _ in net.reorder_links])
    yields = of_nodes("v", 1.0)
    return SupplyNetwork(
        source=source,
        destination=np.array([place[b] for _, b in net.reorder_links]),
        lead_time_periods=np.array([int(link["L"]) for link in links]),
        unit_cost=np.array([link["p"] if s < 0 else 0.0 for link, s in zip(links, source, strict=True)]),
        transit_cost=np.array([float(link["g"]) for link in links]),
        holding_cost=of_nodes("h"),
        capacity=of_nodes("C", np.inf),
        yield_share=yields,
        output_cost=of_nodes("o") / yields,
        market_node=np.array([place[a] for a, _ in net.retail_links]),
        price=np.array([float(market["p"]) for market in markets]),
        shortage_cost=np.array([float(market["b"]) for market in markets]),
        backlog=bool(environment.backlog),
    )


def state_of(environment: Any, network: SupplyNetwork) -> NetworkState:
    """Where the stock is at the beginning of the environment's period."""
    now = environment.period
    rows = [environment.network.node_map[node] for node in environment.network.main_nodes]
    longest = max(1, int(network.lead_time_periods.max()))
    arriving = np.zeros((longest, network.holding_cost.size))
    for e, lead in enumerate(network.lead_time_periods):
        for placed in range(max(0, now - int(lead)), now):
            arriving[placed + lead - now, network.destination[e]] += environment.R[placed, e]
    owed = environment.U[now - 1] if network.backlog and now > 0 else np.zeros(network.market_node.size)
    return NetworkState(environment.X[now, rows].copy(), arriving, np.array(owed, np.float64))


def demand_free(scenario: Scenario, seed: int) -> Any:
    """The environment at its start."""
    environment = scenario.environment()
    environment.reset(seed=seed)
    return environment


def plain_means(environment: Any) -> Floats:
    """Mean demand [H] of the periods to come as the demand model has it, goodwill apart."""
    engine = environment.demand_engine
    now = engine.sentiment if engine.use_goodwill else 1.0
    return np.array([engine.get_current_mu(period) / now for period in range(environment.period, PERIODS)])


def goodwill_ahead(environment: Any) -> Floats:
    """Factor on demand [H] if nothing is short from now on; it falls once where the last period was short."""
    engine, now = environment.demand_engine, environment.period
    factors, goodwill = np.ones(PERIODS - now), engine.sentiment
    if not engine.use_goodwill:
        return factors
    for ahead in range(PERIODS - now):
        short = ahead == 0 and now > 0 and environment.U[now - 1].sum() > 0.0
        if ahead > 0 or now > 0:
            goodwill *= engine.gw_decay if short else engine.gw_growth
        goodwill = min(max(goodwill, engine.gw_floor), engine.gw_cap)
        factors[ahead] = goodwill
    return factors


def demand_of(scenario: Scenario, seed: int, orders: Floats | None = None, *, served: bool = False) -> Any:
    """The environment after an episode with ``orders`` [T,E] (none: nothing is ordered).

    ``served``: goodwill is told that nothing was short.
    """
    environment = demand_free(scenario, seed)
    for period in range(PERIODS):
        environment.step(np.zeros(environment.action_space.shape) if orders is None else orders[period])
        if served:
            environment.U[period] = 0.0
    return environment
