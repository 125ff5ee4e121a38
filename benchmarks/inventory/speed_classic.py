"""Milliseconds of exact (s,S) and of Wagner-Whitin for one stock-keeping unit of many."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.inventory.peer_environment import ask_peer
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.replenishment.classic.s_s import solve_s_s_poisson
from solvers.replenishment.classic.wagner_whitin import solve_wagner_whitin

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]

SUITE = "speed"
HOLDING, BACKORDER, FIXED, SETUP = 1.0, 9.0, 64.0, 300.0
REPEATS = 5  # the least CPU seconds of so many count: whatever else the machine does only adds


@dataclass(frozen=True, eq=False)
class Case:
    """``rows`` of many items, what solves them, how many of them the slow peer gets, and the target in milliseconds."""

    name: str
    rows: Floats
    costs: Callable[[Floats], Floats]
    peer_rows: int
    target: float


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """``ms_per_sku`` of each case; with ``--peers`` stockpyl's on the first items, and whether the costs agree."""
    for case in _cases(options.seed):
        if options.name and case.name not in options.name:
            continue
        print(f"{SUITE} {case.name} ...", file=sys.stderr, flush=True)
        case.costs(case.rows[:2])
        seconds = min(_timed(lambda case=case: case.costs(case.rows)) for _ in range(REPEATS))  # type: ignore[misc]
        trial = Trial(SUITE, case.name, "supplychain", seconds, options.seed)
        yield trial.row("ms_per_sku", 1000 * seconds / len(case.rows), n=len(case.rows), target=case.target)
        if options.peers:
            yield from _stockpyl(case, trial, options)


def _timed(run: Callable[[], Any]) -> float:
    before = cpu_seconds()
    run()
    return cpu_seconds() - before


def _cases(seed: int) -> Iterator[Case]:
    random = np.random.default_rng(seed)

    def s_s(rows: Floats) -> Floats:
        return solve_s_s_poisson(rows[:, 0], holding_cost=HOLDING, backorder_cost=BACKORDER, fixed_cost=FIXED).cost

    def lots(rows: Floats) -> Floats:
        return solve_wagner_whitin(rows, SETUP, holding_cost=HOLDING).cost

    yield Case("s_S_poisson", np.round(random.uniform(10.0, 75.0, (10_000, 1))), s_s, 2, 0.2)
    for periods, items, peer_rows, target in ((52, 10_000, 5, 0.02), (365, 2_000, 1, 0.1)):
        demand = random.poisson(20.0, (items, periods)).astype(np.float64)
        yield Case(f"wagner_whitin_{periods}", demand, lots, peer_rows, target)


def _stockpyl(case: Case, ours: Trial, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    rows = case.rows[: case.peer_rows]
    answer = ask_peer(
        "stockpyl",
        {
            "case": case.name,
            "rows": rows.tolist(),
            "holding_cost": HOLDING,
            "backorder_cost": BACKORDER,
            "fixed_cost": FIXED if case.name == "s_S_poisson" else SETUP,
        },
    )
    trial = Trial(SUITE, case.name, "stockpyl", answer["cpu_seconds"], options.seed)
    yield trial.row("ms_per_sku", 1000 * answer["cpu_seconds"] / len(rows), n=len(rows))
    same = np.allclose(answer["cost"], case.costs(rows), rtol=1e-6, atol=0.0)
    yield ours.row("passed", float(same), n=len(rows), target=1.0)
