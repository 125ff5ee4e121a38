"""Our rolling programme in the environment of gym-invmgmt, beside perfect information and the published scores.

``loss_pct`` of a scenario is the profit that the mean over the seeds leaves to the mean of the perfect-information
oracle; ``mean_22`` averages the scenarios' losses, as published (it reproduces 5.1 % for MSSP_I, 34.3 % for MSSP).
Without ``--instances`` two seeds are run instead of the ten published ones.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.command import write_solution
from benchmarks.inventory.gym_demand import DemandFilter
from benchmarks.inventory.gym_scenarios import (
    MEAN_DEMAND,
    PERIODS,
    SEEDS,
    Scenario,
    demand_free,
    demand_of,
    goodwill_ahead,
    network_of,
    plain_means,
    scenarios,
    state_of,
)
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.replenishment.rolling_programme import NetworkPlan, plan_network
from solvers.replenishment.supply_network import SupplyNetwork

__all__ = ["absent", "measure"]

Floats = npt.NDArray[np.float64]
Policy = Callable[[Any, SupplyNetwork], Floats]
PUBLISHED = "gym_invmgmt_published_scores.csv"
PATHS = 200
ROUNDS = 10  # of the goodwill oracle, as published
TARGETS = {"informed": 5.1, "blind": 30.0}


def absent(options: argparse.Namespace) -> list[str]:
    """What is missing: the package, and the published scores when a folder was given."""
    missing = [] if importlib.util.find_spec("gym_invmgmt") else ["the package gym-invmgmt (extra dev)"]
    if options.instances is not None and not (options.instances / PUBLISHED).exists():
        missing.append(str(options.instances / PUBLISHED))
    return missing


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Rows of each scenario and of the mean over them."""
    published = _published(options)
    seeds = SEEDS[:2] if options.instances is None else SEEDS
    losses: dict[str, list[float]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)
    for scenario in scenarios():
        if options.name and scenario.name not in options.name:
            continue
        print(f"gym {scenario.name} ...", file=sys.stderr, flush=True)
        before = cpu_seconds()
        best = float(np.mean([_oracle_profit(scenario, seed) for seed in seeds]))
        oracle = Trial("gym", scenario.name, "oracle", cpu_seconds() - before, options.seed)
        yield oracle.row("profit", best, n=len(seeds))
        scores = published.get(scenario.name, {})
        if scores:
            yield oracle.row("profit_difference_to_published", best - scores["Oracle"], n=len(seeds))
        for label, policy in (("informed", _informed), ("blind", _blind)):
            before = cpu_seconds()
            profits = [_episode(scenario, seed, policy(seed, options.seed)) for seed in seeds]
            spent = cpu_seconds() - before
            trial = Trial("gym", scenario.name, "supplychain", spent, options.seed)
            loss = 100.0 * (best - float(np.mean(profits))) / best
            losses[label].append(loss)
            seconds[label].append(spent / len(seeds))
            yield trial.row(f"loss_pct_{label}", loss, n=len(seeds))
            write_solution(options, _Named(f"{scenario.name}_{label}"), profits=profits, seeds=list(seeds))
        if options.peers:
            yield from _peers(scenario.name, scores, losses)
    yield from _means(losses, seconds, options)


def _means(
    losses: dict[str, list[float]], seconds: dict[str, list[float]], options: argparse.Namespace
) -> Iterator[BenchmarkRow]:
    for label, values in losses.items():
        ours = label in TARGETS
        name = f"mean_{len(values)}"
        trial = Trial("gym", name, "supplychain" if ours else label, sum(seconds.get(label, ())), options.seed)
        mean = float(np.mean(values))
        metric = f"loss_pct_{label}" if ours else "loss_pct"
        yield trial.row(metric, mean, n=len(values), target=TARGETS.get(label))
        if ours:
            each = float(np.mean(seconds[label]))
            target = 1.0 if label == "informed" else None
            yield trial.row(f"seconds_per_episode_{label}", each, n=len(values), target=target)


def _peers(name: str, scores: dict[str, float], losses: dict[str, list[float]]) -> Iterator[BenchmarkRow]:
    """The published scores, as they are: nothing is run again."""
    for agent, profit in scores.items():
        if agent != "Oracle":
            loss = 100.0 * (scores["Oracle"] - profit) / scores["Oracle"]
            losses[f"published:{agent}"].append(loss)
            yield Trial("gym", name, f"published:{agent}", 0.0, 0).row("loss_pct", loss, n=len(SEEDS))


def _published(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Profit by scenario and agent."""
    table: dict[str, dict[str, float]] = defaultdict(dict)
    if options.instances is not None:
        with (options.instances / PUBLISHED).open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                table[row["ScenarioKey"]][row["agent"]] = float(row["profit"])
    return table


def _episode(scenario: Scenario, seed: int, policy: Policy) -> float:
    """Profit of one episode; each period the policy sees what is known and orders."""
    environment = demand_free(scenario, seed)
    network = network_of(environment)
    for _ in range(PERIODS):
        environment.step(policy(environment, network))
    return float(environment.P.sum())


def _informed(episode: int, seed: int) -> Policy:
    """Paths of the true demand model, not of its luck: mean by period, Poisson noise, goodwill as it stands.

    Goodwill is taken to grow from here on; what a shortage would take from it is a cost of each unit short. (Letting
    the means fall by the chances of a shortage in a first plan fails: less is ordered, so more is short.)
    """
    rng = np.random.default_rng([seed, episode, 1])

    def orders(environment: Any, network: SupplyNetwork) -> Floats:
        engine = environment.demand_engine
        mean = plain_means(environment) * goodwill_ahead(environment)
        value = _goodwill_value(network, mean, engine) if engine.use_goodwill else None
        plan = plan_network(network, state_of(environment, network), _around(mean, engine, rng), shortage_value=value)
        return _first(plan)

    return orders


def _first(plan: NetworkPlan) -> Floats:
    """Orders of the coming period [E]."""
    return np.array(plan.orders[0])


def _around(mean: Floats, engine: Any, rng: np.random.Generator) -> Floats:
    """Poisson paths [K,H,1] of exactly the known mean."""
    if engine.noise_scale == 0.0:
        return np.array(mean[None, :, None])
    drawn = rng.poisson(mean, (PATHS, mean.size)).astype(np.float64)
    paths: Floats = np.maximum(drawn + mean - drawn.mean(axis=0), 0.0)
    return np.array(paths[:, :, None])


def _goodwill_value(network: SupplyNetwork, mean: Floats, engine: Any) -> Floats:
    """Cost of a unit short [H,1] by the demand lost later.

    A shortage, however small, takes from all later demand the share by which goodwill falls instead of growing. It
    is charged by the unit: a short period lacks about one standard deviation of demand.
    """
    later = np.concatenate([np.cumsum(mean[::-1])[::-1][1:], [0.0]])
    share = 1.0 - engine.gw_decay / engine.gw_growth
    value: Floats = share * network.price[0] * later / np.sqrt(np.maximum(mean, 1.0))
    return value[:, None]


def _blind(episode: int, seed: int) -> Policy:
    """Paths from the demand seen so far; before that from mean demand 20, as the published blind policies are told."""
    belief = DemandFilter(MEAN_DEMAND, np.random.default_rng([seed, episode, 2]))

    def orders(environment: Any, network: SupplyNetwork) -> Floats:
        now = environment.period
        if now > 0:
            belief.see(float(environment.D[now - 1, 0]))
        drawn = belief.paths(PERIODS - now, PATHS)[:, :, None]
        # The paths disagree about the level for good: see plan_network.
        window = None if network.backlog else 1
        return _first(plan_network(network, state_of(environment, network), drawn, window_periods=window))

    return orders


def _oracle_profit(scenario: Scenario, seed: int) -> float:
    """Profit when all demand is known beforehand, as the environment pays it.

    Exact where demand does not depend on service. With goodwill it does: plan and replay in turn, from the demand when
    nothing is ordered and from that when nothing is short, and keep the best replay; a benchmark, not a bound.
    """
    network = network_of(scenario.environment())
    start = state_of(demand_free(scenario, seed), network)
    traces = [demand_of(scenario, seed).D.copy()]
    if scenario.goodwill:
        traces.append(demand_of(scenario, seed, served=True).D.copy())
    best = -np.inf
    for trace in traces:
        for _ in range(ROUNDS if scenario.goodwill else 1):
            played = demand_of(scenario, seed, plan_network(network, start, trace[None]).orders)
            best = max(best, float(played.P.sum()))
            if np.abs(played.D - trace).sum() <= 1.0:
                break
            trace = played.D.copy()  # noqa: PLW2901 -- the next round plans for the demand that the last one met
    return best


class _Named:
    """What ``write_solution`` wants to know of an instance."""

    def __init__(self, name: str) -> None:
        self.suite, self.name = "gym", name.replace("|", "_").replace(":", "")
