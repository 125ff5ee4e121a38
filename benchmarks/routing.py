"""Routing against best known solutions and plain PyVRP: ``python -m benchmarks.routing --instances DIR``."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning

from benchmarks.command import chosen_instances, make_parser, report, write_solution
from benchmarks.routing_instances import SUITES, Instance, read_suite, seeded_suite
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.routing.check import check
from solvers.routing.pyvrp_engine import solve_pyvrp
from solvers.routing.solution import RoutingSolution

__all__ = ["main"]


class _CpuSeconds:
    """Stop after CPU seconds of this process, counted from the moment it is made; called by either engine."""

    def __init__(self, seconds: float) -> None:
        self._end = cpu_seconds() + seconds

    def __call__(self, steps: int, incumbent: float | None = None) -> bool:
        return cpu_seconds() >= self._end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when a solution breaks a rule or leaves out a required stop."""
    options = make_parser(
        "routing",
        __doc__,
        SUITES,
        instances="the suites and BKS.json",
        peers="plain PyVRP for the same CPU seconds",
        seconds=5.0,
    ).parse_args(arguments)
    instances = chosen_instances(options, SUITES, read_suite, seeded_suite)
    return report(chain.from_iterable(_measure(instance, options) for instance in instances), options)


def _measure(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    before = cpu_seconds()
    solution = solve_pyvrp(instance.problem, _CpuSeconds(options.seconds), seed=options.seed)
    trial = Trial(instance.suite, instance.name, "supplychain", cpu_seconds() - before, options.seed)
    verdict = check(instance.problem, solution)
    missing = [s for s in solution.unserved if instance.problem.required[s]]
    for fault in (*verdict.violations, *(f"required stop {s} is left out" for s in missing)):
        print(f"{instance.name}: {fault}", file=sys.stderr)
    write_solution(options, instance, **_document(instance, solution))
    yield from _costs(instance, trial, None if missing else verdict.cost)
    yield trial.row("passed", float(verdict.feasible and not missing), target=1.0)
    if options.peers:
        yield from _plain_pyvrp(instance, options)


def _plain_pyvrp(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """PyVRP as it comes, on the data as it reads them."""
    before = cpu_seconds()
    stop = _CpuSeconds(options.seconds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        result = pyvrp.solve(instance.data, lambda best_cost: stop(0), seed=options.seed, collect_stats=False)
    trial = Trial(instance.suite, instance.name, "pyvrp", cpu_seconds() - before, options.seed)
    yield from _costs(instance, trial, float(result.cost()) if result.is_feasible() else None)


def _costs(instance: Instance, trial: Trial, cost: float | None) -> Iterator[BenchmarkRow]:
    """Cost and gap to the best known; only ``feasible`` 0 for a method without a feasible answer."""
    if cost is None:
        yield trial.row("feasible", 0.0, target=1.0)
        return
    yield trial.row("cost", cost)
    if instance.best_known is not None:
        yield trial.row("gap_pct", 100 * (cost / instance.best_known - 1))


def _document(instance: Instance, solution: RoutingSolution) -> dict[str, Any]:
    """Routes by vehicle type and trip; stops are locations of the instance, counted from 0, depots first."""
    here = instance.problem.location
    return {
        "cost": solution.cost,
        "routes": [
            {"vehicle_type": route.vehicle, "trips": [[here(s) for s in trip.stops] for trip in route.trips]}
            for route in solution.routes
        ],
        "unserved": [here(s) for s in solution.unserved],
    }


if __name__ == "__main__":
    sys.exit(main())
