"""Placement against published optima: ``python -m benchmarks.placement --instances DIR``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.placement_instances import SUITES, Instance, read_suite, seeded_suite
from benchmarks.table import BenchmarkRow, cpu_seconds, peak_mb, print_rows
from solvers.milp import MilpSolution, relative_gap, solve_milp
from solvers.placement import PlacementSolution, check_solution, solve_exact
from solvers.placement.model import build_model

__all__ = ["main"]

# Targets in percent, where one is set for the suite: gap to the published optimum, and proven gap.
_GAP_TARGETS = {"orlib_cap": 0.0001, "holmberg": 0.0001, "yang": 0.2, "tbed1": 0.0001, "orlib_pmed": 0.02}
_PROVEN_TARGETS = {"tbed1": 0.4, "orlib_pmed": 0.5}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when a solution does not hold or a bound is above the published optimum."""
    options = _parser().parse_args(arguments)
    rows = list(chain.from_iterable(_measure(instance, options) for instance in _instances(options)))
    print_rows(rows, as_json=options.json)
    return 0 if all(row.value == 1.0 for row in rows if row.metric == "passed") else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.placement", description=__doc__)
    parser.add_argument("--instances", type=Path, help="folder with the suites and expected.json; none: seeded ones")
    parser.add_argument("--suite", action="append", choices=SUITES, help="only this suite; may be given again")
    parser.add_argument("--name", action="append", help="only instances of this name; may be given again")
    parser.add_argument("--peers", action="store_true", help="also plain models by HiGHS and by CBC through PuLP")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--write", type=Path, help="folder for the solutions as JSON")
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit of each solve")
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
    solution = solve_exact(instance.problem, seconds=options.seconds, seed=options.seed)
    used = cpu_seconds() - before
    if options.write is not None and solution.found:
        _write(options.write, instance, solution)
    report = _reporter(instance, "supplychain", used, options.seed)
    faults = check_solution(instance.problem, solution)
    for fault in faults:
        print(f"{instance.name}: {fault}", file=sys.stderr)
    holds = solution.found and not faults and _bound_holds(instance, solution.bound)
    yield from report(solution.cost, solution.bound)
    yield BenchmarkRow(instance.suite, instance.name, "supplychain", "passed", float(holds), used, peak_mb(),
                       options.seed, target=1.0)  # fmt: skip
    if options.peers:
        yield from _peers(instance, options)


def _peers(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """The textbook model, without strong rows, as it is usually handed to a solver."""
    solvers: dict[str, Callable[[], MilpSolution]] = {
        name: lambda engine=engine: solve_milp(  # type: ignore[misc]
            build_model(instance.problem, room=False).milp, engine=engine, seconds=options.seconds, explain=False
        )
        for name, engine in (("highs_plain", "highs"), ("pulp_cbc_plain", "pulp"))
    }
    for name, solve in solvers.items():
        before = cpu_seconds()
        found = solve()
        yield from _reporter(instance, name, cpu_seconds() - before, options.seed)(found.objective, found.bound)


def _reporter(instance: Instance, method: str, used: float, seed: int) -> Callable[[float, float], list[BenchmarkRow]]:
    def rows(cost: float, bound: float) -> list[BenchmarkRow]:
        figures = {"proven_gap_pct": 100 * relative_gap(cost, bound)}
        targets = {"proven_gap_pct": _PROVEN_TARGETS.get(instance.suite)}
        if instance.expected is not None:
            figures["gap_pct"] = 100 * (cost - instance.expected) / abs(instance.expected)
            targets["gap_pct"] = _GAP_TARGETS.get(instance.suite)
        figures["cost"] = cost
        return [
            BenchmarkRow(
                suite=instance.suite,
                instance=instance.name,
                method=method,
                metric=metric,
                value=value,
                cpu_seconds=used,
                peak_mb=peak_mb(),
                seed=seed,
                target=targets.get(metric),
            )
            for metric, value in sorted(figures.items())
        ]

    return rows


def _bound_holds(instance: Instance, bound: float) -> bool:
    """The proven bound is not above the published optimum, which is rounded to a thousandth."""
    return instance.expected is None or bound <= instance.expected + max(1e-6 * abs(instance.expected), 0.01)


def _write(folder: Path, instance: Instance, solution: PlacementSolution) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    arcs = zip(solution.arc_zone, solution.arc_site, solution.arc_share, strict=True)
    document = {
        "suite": instance.suite,
        "instance": instance.name,
        "status": solution.status.value,
        "cost": solution.cost,
        "bound": solution.bound,
        "open_sites": np.flatnonzero(solution.is_open).tolist(),
        "zone_site_share": [[int(zone), int(site), float(share)] for zone, site, share in arcs],
    }
    (folder / f"{instance.suite}_{instance.name}.json").write_text(json.dumps(document) + "\n")


if __name__ == "__main__":
    sys.exit(main())
