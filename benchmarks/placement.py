"""Placement against published optima: ``python -m benchmarks.placement --instances DIR``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np

from benchmarks.command import chosen_instances, make_parser, report, write_solution
from benchmarks.placement_instances import SUITES, Instance, read_suite, seeded_suite
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.milp import relative_gap, solve_milp
from solvers.placement import PlacementSolution, check_solution, solve_exact
from solvers.placement.model import build_model

__all__ = ["main"]

# Targets in percent, where one is set for the suite: gap to the published optimum, and proven gap.
_GAP_TARGETS = {"orlib_cap": 0.0001, "holmberg": 0.0001, "yang": 0.2, "tbed1": 0.0001, "orlib_pmed": 0.02}
_PROVEN_TARGETS = {"tbed1": 0.4, "orlib_pmed": 0.5}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; 1 when a solution does not hold or a bound is above the published optimum."""
    options = make_parser(
        "placement",
        __doc__,
        SUITES,
        instances="the suites and expected.json",
        peers="plain models by HiGHS and by CBC through PuLP",
        seconds=60.0,
    ).parse_args(arguments)
    instances = chosen_instances(options, SUITES, read_suite, seeded_suite)
    return report(chain.from_iterable(_measure(instance, options) for instance in instances), options)


def _measure(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    before = cpu_seconds()
    solution = solve_exact(instance.problem, seconds=options.seconds, seed=options.seed)
    trial = Trial(instance.suite, instance.name, "supplychain", cpu_seconds() - before, options.seed)
    if solution.found:
        write_solution(options, instance, **_document(solution))
    faults = check_solution(instance.problem, solution)
    for fault in faults:
        print(f"{instance.name}: {fault}", file=sys.stderr)
    holds = solution.found and not faults and _bound_holds(instance, solution.bound)
    yield from _costs(instance, trial, solution.cost, solution.bound)
    yield trial.row("passed", float(holds), target=1.0)
    if options.peers:
        yield from _peers(instance, options)


def _peers(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """The textbook model, without strong rows, as it is usually handed to a solver."""
    for method, engine in (("highs_plain", "highs"), ("pulp_cbc_plain", "pulp")):
        before = cpu_seconds()
        milp = build_model(instance.problem, room=False).milp
        found = solve_milp(milp, engine=engine, seconds=options.seconds, explain=False)
        trial = Trial(instance.suite, instance.name, method, cpu_seconds() - before, options.seed)
        yield from _costs(instance, trial, found.objective, found.bound)


def _costs(instance: Instance, trial: Trial, cost: float, bound: float) -> Iterator[BenchmarkRow]:
    yield trial.row("cost", cost)
    if instance.expected is not None:
        gap = 100 * (cost - instance.expected) / abs(instance.expected)
        yield trial.row("gap_pct", gap, target=_GAP_TARGETS.get(instance.suite))
    yield trial.row("proven_gap_pct", 100 * relative_gap(cost, bound), target=_PROVEN_TARGETS.get(instance.suite))


def _bound_holds(instance: Instance, bound: float) -> bool:
    """The proven bound is not above the published optimum, which is rounded to a thousandth."""
    return instance.expected is None or bound <= instance.expected + max(1e-6 * abs(instance.expected), 0.01)


def _document(solution: PlacementSolution) -> dict[str, Any]:
    arcs = zip(solution.arc_zone, solution.arc_site, solution.arc_share, strict=True)
    return {
        "status": solution.status.value,
        "cost": solution.cost,
        "bound": solution.bound,
        "open_sites": np.flatnonzero(solution.is_open).tolist(),
        "zone_site_share": [[int(zone), int(site), float(share)] for zone, site, share in arcs],
    }


if __name__ == "__main__":
    sys.exit(main())
