"""How long the safety stock of a seeded network takes: CPU seconds of one thread, compiled code warmed up."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.replenishment.echelon.guaranteed_service import GuaranteedService, service_cost, solve
from solvers.replenishment.echelon.service_network import ServiceNetwork

__all__ = ["measure", "peer_question", "seeded_tree"]

STAGES = 100
NAME = f"gsm_tree_{STAGES}"
_TARGET_SECONDS = 0.05
_REPEATS = 20  # one solve is shorter than the tick of the CPU clock


def seeded_tree(seed: int, *, stages: int = STAGES, longest: int = 10) -> ServiceNetwork:
    """A tree that mixes assembly and distribution: processing times of 1 to ``longest``, customers at its ends.

    Each stage is linked to one of the ten before it, in a random direction, so that ways through it grow long.
    """
    random = np.random.default_rng(seed)
    edges = []
    for stage in range(1, stages):
        other = int(random.integers(max(0, stage - 10), stage))
        edges.append((other, stage) if random.random() < 0.5 else (stage, other))
    last = ~np.isin(np.arange(stages), [first for first, _ in edges])
    return ServiceNetwork.of(
        processing_time=random.integers(1, longest + 1, stages),
        holding_cost=random.uniform(1.0, 10.0, stages),
        demand_sd=np.where(last, random.uniform(1.0, 10.0, stages), 0.0),
        bound_constant=1.645,
        outbound_limit=np.where(last, random.integers(0, 4, stages), np.inf),
        edges=edges,
    )


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Seconds and cost of a 100-stage tree, with ``--peers`` stockpyl's too.

    Raises RuntimeError when the judge finds another cost than ours.
    """
    if getattr(options, "name", None) and NAME not in options.name:
        return
    network = seeded_tree(options.seed)
    solution = solve(network)  # compiles
    start = cpu_seconds()
    for _ in range(_REPEATS):
        solution = solve(network)
    seconds = (cpu_seconds() - start) / _REPEATS
    _judge(network, solution)
    trial = Trial("speed", NAME, "supplychain", seconds, options.seed)
    yield trial.row("seconds", seconds, n=_REPEATS, target=_TARGET_SECONDS)
    yield trial.row("cost", solution.cost)
    if getattr(options, "peers", False):
        found = import_module("benchmarks.inventory.peer_environment").ask_peer("stockpyl_gsm", peer_question(network))
        peer = Trial("speed", NAME, "stockpyl", found["cpu_seconds"], options.seed)
        yield peer.row("seconds", found["cpu_seconds"])
        yield peer.row("cost", found["cost"])
        same = bool(np.isclose(found["cost"], solution.cost, rtol=1e-9))
        yield trial.row("passed", float(same), target=1.0)


def peer_question(network: ServiceNetwork) -> dict[str, Any]:
    """The network as JSON for ``stockpyl_gsm_peer.py``."""
    names = ("processing_time", "holding_cost", "demand_sd", "bound_constant", "inbound_time", "edges")
    limits = [limit if np.isfinite(limit) else None for limit in network.outbound_limit.tolist()]
    return {name: getattr(network, name).tolist() for name in names} | {"outbound_limit": limits}


def _judge(network: ServiceNetwork, solution: GuaranteedService) -> None:
    judged = service_cost(network, solution.outbound_time)
    if not np.isclose(judged, solution.cost, rtol=1e-9):
        raise RuntimeError(f"gsm_tree: cost {solution.cost!r} is {judged!r} when its service times are judged")
