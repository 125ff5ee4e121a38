"""Capacitated lot sizing with setup times against the best known costs, in the same seconds as plain HiGHS."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.command import write_solution
from benchmarks.inventory.lot_instances import (
    EXPECTED,
    INSTANCES,
    LotInstance,
    read_instances,
    seeded_instances,
)
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.milp import relative_gap
from solvers.milp.highs import open_highs
from solvers.replenishment.lot_sizing import (
    LotSizingProblem,
    LotSizingSolution,
    check_solution,
    solve_lot_sizing,
    textbook_model,
)

__all__ = ["absent", "measure"]

SUITE = "lot_sizing"
WORST_GAP_PCT, MEDIAN_GAP_PCT = 3.0, 0.05


def absent(options: argparse.Namespace) -> list[str]:
    """Files of the folder that are missing; without a folder the instances are seeded."""
    if options.instances is None:
        return []
    return [str(options.instances / name) for name in (INSTANCES, EXPECTED) if not (options.instances / name).is_file()]


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Rows of each instance, then median and worst gap of each method; seconds are CPU seconds of one thread."""
    found = seeded_instances(options.seed) if options.instances is None else read_instances(options.instances)
    instances = [instance for instance in found if not options.name or instance.name in options.name]
    _warm_up()
    rows: list[BenchmarkRow] = []
    for instance in instances:
        print(f"{SUITE} {instance.name} ...", file=sys.stderr, flush=True)
        rows += _ours(instance, options)
        if options.peers:
            rows += _plain(instance, options)
    yield from rows
    yield from _summary(rows, options)


def _warm_up() -> None:
    """Compile what is compiled before anything is timed."""
    solve_lot_sizing(LotSizingProblem.of([[1.0, 2.0]], 9.0, setup_cost=1.0, holding_cost=1.0), solves=1)


def _ours(instance: LotInstance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    before = cpu_seconds()
    solution = solve_lot_sizing(instance.problem, seconds=options.seconds, clock=time.process_time, seed=options.seed)
    trial = Trial(SUITE, instance.name, "supplychain", cpu_seconds() - before, options.seed)
    faults = check_solution(instance.problem, solution)
    for fault in faults:
        print(f"{instance.name}: {fault}", file=sys.stderr)
    write_solution(
        options,
        instance,
        status=solution.status.value,
        cost=solution.cost if solution.found else None,
        bound=solution.bound,
        quantity=solution.quantity.tolist(),
    )
    yield from _costs(instance, trial, solution.cost, solution.bound)
    yield trial.row("passed", float(solution.found and not faults and _holds(instance, solution)), target=1.0)


def _plain(instance: LotInstance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """The textbook model by HiGHS as it comes, stopped by the same clock."""
    before = cpu_seconds()
    end = time.process_time() + options.seconds
    highs = open_highs(textbook_model(instance.problem), seed=options.seed)
    highs.cbMipInterrupt.subscribe(lambda event: event.interrupt() if time.process_time() > end else None)
    highs.run()
    info = highs.getInfo()
    trial = Trial(SUITE, instance.name, "highs_plain", cpu_seconds() - before, options.seed)
    yield from _costs(instance, trial, float(info.objective_function_value), float(info.mip_dual_bound))


def _costs(instance: LotInstance, trial: Trial, cost: float, bound: float) -> Iterator[BenchmarkRow]:
    yield trial.row("cost", cost)
    if instance.expected is not None:
        yield trial.row("gap_pct", 100 * (cost - instance.expected) / instance.expected, target=WORST_GAP_PCT)
    yield trial.row("proven_gap_pct", 100 * relative_gap(cost, bound))


def _holds(instance: LotInstance, solution: LotSizingSolution) -> bool:
    """No cost below the published lower bound, and no bound above the best known cost (both are rounded)."""
    below = instance.lower_bound is not None and solution.cost < instance.lower_bound * (1 - 1e-5)
    above = instance.expected is not None and solution.bound > instance.expected * (1 + 1e-5)
    return not (below or above)


def _summary(rows: list[BenchmarkRow], options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    for method in dict.fromkeys(row.method for row in rows):
        chosen = [row for row in rows if row.method == method]
        seconds = sum(row.cpu_seconds for row in chosen if row.metric == "proven_gap_pct")
        for metric, goals in (("gap_pct", (MEDIAN_GAP_PCT, WORST_GAP_PCT)), ("proven_gap_pct", (None, None))):
            values = [row.value for row in chosen if row.metric == metric]
            if not values:
                continue
            for name, value, goal in zip(("median", "worst"), (np.median(values), max(values)), goals, strict=True):
                trial = Trial(SUITE, name, method, seconds, options.seed)
                yield trial.row(metric, float(value), n=len(values), target=goal)
