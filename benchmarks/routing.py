"""Routing against best known solutions and plain PyVRP: ``python -m benchmarks.routing --instances DIR``."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning

from benchmarks.routing_instances import SUITES, Instance, read_suite, seeded_suite
from benchmarks.table import BenchmarkRow, cpu_seconds, peak_mb, print_rows
from solvers.routing.check import check
from solvers.routing.pyvrp_engine import solve_pyvrp
from solvers.routing.solution import RoutingSolution

__all__ = ["main"]

_Report = Callable[[str, float, float | None], BenchmarkRow]


class _CpuSeconds:
    """Stop after CPU seconds of this process, counted from the moment it is made; called by either engine."""

    def __init__(self, seconds: float) -> None:
        self._end = cpu_seconds() + seconds

    def __call__(self, steps: int, incumbent: float | None = None) -> bool:
        return cpu_seconds() >= self._end


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when a solution breaks a rule or leaves out a required stop."""
    options = _parser().parse_args(arguments)
    rows = list(chain.from_iterable(_measure(instance, options) for instance in _instances(options)))
    print_rows(rows, as_json=options.json)
    return 0 if all(row.value == 1.0 for row in rows if row.metric == "passed") else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("--instances", type=Path, help="folder with the suites and BKS.json; none: seeded ones")
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this suite; may be given again")
    parser.add_argument("--name", action="append", help="only instances of this name; may be given again")
    parser.add_argument("--peers", action="store_true", help="also plain PyVRP for the same CPU seconds")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--write", type=Path, help="folder for the solutions as JSON")
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU seconds of each solve")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _instances(options: argparse.Namespace) -> Iterator[Instance]:
    if options.instances is None:
        found = seeded_suite(options.seed)
    else:
        suites = options.suite or [suite for suite in SUITES if (options.instances / suite).is_dir()]
        found = chain.from_iterable(read_suite(options.instances, suite) for suite in suites)
    return (i for i in found if not options.name or i.name in options.name)


def _measure(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    print(f"{instance.suite} {instance.name} ...", file=sys.stderr, flush=True)
    before = cpu_seconds()
    solution = solve_pyvrp(instance.problem, _CpuSeconds(options.seconds), seed=options.seed)
    used = cpu_seconds() - before
    verdict = check(instance.problem, solution)
    missing = [s for s in solution.unserved if instance.problem.required[s]]
    for fault in (*verdict.violations, *(f"required stop {s} is left out" for s in missing)):
        print(f"{instance.name}: {fault}", file=sys.stderr)
    if options.write is not None:
        _write(options.write, instance, solution)
    row = _reporter(instance, "supplychain", used, options.seed)
    yield from _costs(instance, row, None if missing else verdict.cost)
    yield row("passed", float(verdict.feasible and not missing), 1.0)
    if options.peers:
        yield from _plain_pyvrp(instance, options)


def _plain_pyvrp(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """PyVRP as it comes, on the data as it reads them."""
    before = cpu_seconds()
    stop = _CpuSeconds(options.seconds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        result = pyvrp.solve(instance.data, lambda best_cost: stop(0), seed=options.seed, collect_stats=False)
    row = _reporter(instance, "pyvrp", cpu_seconds() - before, options.seed)
    yield from _costs(instance, row, float(result.cost()) if result.is_feasible() else None)


def _costs(instance: Instance, row: _Report, cost: float | None) -> Iterator[BenchmarkRow]:
    """Cost and gap to the best known; only ``feasible`` 0 for a method without a feasible answer."""
    if cost is None:
        yield row("feasible", 0.0, 1.0)
        return
    yield row("cost", cost, None)
    if instance.best_known is not None:
        yield row("gap_pct", 100 * (cost / instance.best_known - 1), None)


def _reporter(instance: Instance, method: str, used: float, seed: int) -> _Report:
    def row(metric: str, value: float, target: float | None) -> BenchmarkRow:
        return BenchmarkRow(
            suite=instance.suite,
            instance=instance.name,
            method=method,
            metric=metric,
            value=value,
            cpu_seconds=used,
            peak_mb=peak_mb(),
            seed=seed,
            target=target,
        )

    return row


def _write(folder: Path, instance: Instance, solution: RoutingSolution) -> None:
    """Routes by vehicle type and trip; stops are locations of the instance, counted from 0, depots first."""
    folder.mkdir(parents=True, exist_ok=True)
    here = instance.problem.location
    document = {
        "suite": instance.suite,
        "instance": instance.name,
        "cost": solution.cost,
        "routes": [
            {"vehicle_type": route.vehicle, "trips": [[here(s) for s in trip.stops] for trip in route.trips]}
            for route in solution.routes
        ],
        "unserved": [here(s) for s in solution.unserved],
    }
    (folder / f"{instance.suite}_{instance.name}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
