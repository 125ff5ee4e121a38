"""Seconds until HiGHS holds a lot-sizing model of 200,000 variables; nothing is solved."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.inventory.peer_environment import ask_peer
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.milp.highs import open_highs
from solvers.milp.pulp_ import build_pulp
from solvers.replenishment.lot_sizing import LotSizingProblem, textbook_model

__all__ = ["measure"]

SUITE, NAME = "speed", "model_200k_variables"
ITEMS, PERIODS = 1283, 52
TARGET_SECONDS = 0.7
REPEATS = 3  # the least CPU seconds of so many count


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """``seconds`` from the arrays of the problem to the model in HiGHS; with ``--peers`` by PuLP and linopy."""
    if options.name and NAME not in options.name:
        return
    print(f"{SUITE} {NAME} ...", file=sys.stderr, flush=True)
    problem = _problem(options.seed)
    size = (3 * ITEMS * PERIODS, 2 * ITEMS * PERIODS + PERIODS)
    seconds, held = min(_handed_over(problem, options.seed) for _ in range(REPEATS))
    trial = Trial(SUITE, NAME, "supplychain", seconds, options.seed)
    yield trial.row("seconds", seconds, n=size[0], target=TARGET_SECONDS)
    yield trial.row("passed", float(held == size), target=1.0)
    if options.peers:
        yield from _pulp(problem, options)
        yield from _linopy(problem, size, options)


def _problem(seed: int) -> LotSizingProblem:
    random = np.random.default_rng(seed)
    demand = random.poisson(100.0, (ITEMS, PERIODS)).astype(np.float64)
    return LotSizingProblem.of(
        demand,
        float(np.ceil(1.2 * demand.sum(axis=0).max())),
        setup_cost=np.round(random.uniform(200.0, 1000.0, (ITEMS, 1))),
        holding_cost=np.round(random.uniform(1.0, 5.0, (ITEMS, 1))),
        setup_time=np.round(random.uniform(10.0, 50.0, (ITEMS, 1))),
    )


def _handed_over(problem: LotSizingProblem, seed: int) -> tuple[float, tuple[int, int]]:
    before = cpu_seconds()
    highs = open_highs(textbook_model(problem), seed=seed)
    return cpu_seconds() - before, (highs.getNumCol(), highs.getNumRow())


def _pulp(problem: LotSizingProblem, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Objects of PuLP, written as MPS, which is how PuLP hands a model to most solvers."""
    before = cpu_seconds()
    model, _ = build_pulp(textbook_model(problem))
    built = cpu_seconds() - before
    with tempfile.TemporaryDirectory() as folder:
        model.writeMPS(str(Path(folder) / "model.mps"))
    seconds = cpu_seconds() - before
    trial = Trial(SUITE, NAME, "pulp", seconds, options.seed)
    yield trial.row("seconds", seconds, n=3 * ITEMS * PERIODS)
    yield trial.row("seconds_built", built, n=3 * ITEMS * PERIODS)


def _linopy(problem: LotSizingProblem, size: tuple[int, int], options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    answer = ask_peer(
        "linopy",
        {
            "demand": problem.demand.tolist(),
            "capacity": float(problem.capacity[0]),
            "setup_cost": problem.setup_cost.tolist(),
            "holding_cost": problem.holding_cost.tolist(),
            "setup_time": problem.setup_time.tolist(),
        },
    )
    trial = Trial(SUITE, NAME, "linopy", answer["cpu_seconds"], options.seed)
    yield trial.row("seconds", answer["cpu_seconds"], n=size[0])
    if (answer["columns"], answer["rows"]) != size:
        print(f"linopy holds {answer['columns']} columns and {answer['rows']} rows instead of {size}", file=sys.stderr)
