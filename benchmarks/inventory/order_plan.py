"""Suite ``order_plan``: many suppliers with minimum values, packs, budgets, room, capacities, price breaks, trucks."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.inventory.order_plan_instances import CLASSES, Instance, make_instance, read_instance, write_instance
from benchmarks.inventory.order_plan_peers import measure_peers
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.check import check_plan
from solvers.replenishment.planning.groups import GroupIndex, solve_groups
from solvers.replenishment.planning.problem import PlanProblem, PlanSolution
from solvers.replenishment.planning.shared import Use, limits_of
from solvers.replenishment.planning.solve import solve_plan, with_alone

__all__ = ["absent", "measure"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

SIZES = (10_000, 100_000)
SMALL = 400  # rows, when no folder of instances asks for the real thing
WORKERS = 2
SECONDS = {10_000: 60.0, 100_000: 600.0}
_FINER = 8.0  # a pack's parts, to see whether packs bind
_LOOK = Effort(5, 0.02, 12, 8, 2)
_EFFORT = Effort(40, 0.003, 30, 10, 6)


def absent(options: argparse.Namespace) -> list[str]:
    """Nothing: the instances are seeded; files ``order_plan_*.json`` of the folder are solved too."""
    del options
    return []


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Rows of each instance: seconds, cost, gaps by class, broken rules, and how many suppliers each limit binds."""
    for instance in _instances(options):
        print(f"order_plan {instance.name} ...", file=sys.stderr, flush=True)
        yield from _measure(instance, options)


def _instances(options: argparse.Namespace) -> Iterator[Instance]:
    files = sorted(options.instances.glob("order_plan_*.json")) if options.instances else []
    sizes = SIZES if options.instances else (SMALL,)
    for size in sizes:
        if not options.name or any(f"rows_{size}_" in name for name in options.name):
            yield make_instance(size, options.seed)
    for path in files:
        found = read_instance(path)
        if not options.name or found.name in options.name:
            yield found


def _measure(instance: Instance, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    problem = instance.problem
    solve_plan(make_instance(40, 0).problem)  # compiled code is loaded before the clock starts
    before, start = cpu_seconds(), time.monotonic()
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        solution = solve_plan(problem, effort=_EFFORT, executor=pool)
    elapsed = time.monotonic() - start
    trial = Trial("order_plan", instance.name, "supplychain", cpu_seconds() - before, options.seed)
    faults = check_plan(problem, solution)
    for fault in faults[:20]:
        print(f"{instance.name}: {fault}", file=sys.stderr)
    size = int(round(problem.rows, -4)) if problem.rows > 5000 else 0
    yield trial.row("seconds", elapsed, target=SECONDS.get(size), n=problem.rows)
    yield trial.row("violations", float(len(faults)), target=0.0)
    yield trial.row("passed", float(not faults), target=1.0)
    yield trial.row("cost", solution.total_cost)
    total = abs(solution.total_cost)
    yield trial.row("proven_gap_pct_of_all", 100.0 * (solution.total_cost - solution.bound) / max(total, 1e-9))
    yield from _gaps(instance, solution, trial)
    for name, share in _binding(problem, solution).items():
        target = None if name == "capacity" else 30.0
        yield trial.row(f"{name}_binds_pct", 100.0 * share, n=problem.groups, target=target)
    if options.write is not None:
        _write(instance, solution, options.write)
    if options.peers:
        yield from measure_peers(instance, solution, options)


def _gaps(instance: Instance, solution: PlanSolution, trial: Trial) -> Iterator[BenchmarkRow]:
    """Gap of each supplier's plan to its bound, as a share of what it costs, both at the prices of shared limits."""
    gap = 100.0 * (solution.priced_cost - solution.priced_bound) / np.maximum(np.abs(solution.priced_cost), 1e-9)
    spend = _spend(instance.problem, solution)
    yield trial.row("proven_gap_pct_median", float(np.median(gap)), n=gap.size, target=0.5)
    yield trial.row("proven_gap_pct_by_spend", float(np.average(gap, weights=spend)), n=gap.size, target=1.0)
    yield trial.row("proven_gap_pct_worst", float(gap.max()), n=gap.size, target=5.0)
    for number, name in enumerate(CLASSES):
        own = gap[instance.kind == number]
        if own.size:
            yield trial.row(f"proven_gap_pct_median_{name}", float(np.median(own)), n=own.size)
            yield trial.row(f"proven_gap_pct_worst_{name}", float(own.max()), n=own.size)


def _spend(problem: PlanProblem, solution: PlanSolution) -> Floats:
    value = (solution.packs.sum(axis=1) * problem.pack * problem.unit_price * problem.rate).astype(np.float64)
    spend: Floats = np.bincount(problem.group, weights=value, minlength=problem.groups).astype(np.float64)
    return spend + 1e-9


def _binding(problem: PlanProblem, solution: PlanSolution) -> dict[str, float]:
    """Share of suppliers whose plan would be cheaper, at the same prices, without the rule, or that pay for a limit."""
    prices = Use(solution.budget_price, solution.capacity_price, solution.volume_price)
    problem = replace(problem, limits=with_alone(problem.limits))
    unlimited = replace(problem, limits=replace(problem.limits, alone=np.zeros(0, np.int64)))
    free = replace(problem, minimum_value=np.zeros_like(problem.minimum_value))
    parts = np.minimum(_FINER, problem.pack)
    finer = replace(
        problem,
        pack=problem.pack / parts,
        lot_packs=np.ceil(problem.lot_packs * parts - 1e-9).astype(np.int64),
        most_packs=np.ceil(problem.most_packs * parts[:, None]).astype(np.int64),
    )
    ordered = np.zeros((problem.groups, problem.days), np.bool_)
    np.logical_or.at(ordered, problem.group, solution.packs > 0)
    paying = _paying(problem, prices, ordered)
    paying["capacity"] = paying["capacity"] | _cheaper(unlimited, solution, prices)
    return {
        "minimum_value": float(_cheaper(free, solution, prices).mean()),
        "pack": float(_cheaper(finer, solution, prices).mean()),
        **{name: float(paid.mean()) for name, paid in paying.items()},
    }


def _cheaper(problem: PlanProblem, solution: PlanSolution, prices: Use) -> Flags:
    index = GroupIndex.of(problem)
    none = np.zeros((problem.rows, problem.days), np.int64)
    found = solve_groups(problem, index, range(problem.groups), prices=prices, packs=none, effort=_LOOK)
    priced = np.array([answer.priced for answer in found])
    cheaper: Flags = priced < solution.priced_cost - 1e-6 * np.abs(solution.cost)
    return cheaper


def _paying(problem: PlanProblem, prices: Use, ordered: Flags) -> dict[str, Flags]:
    _, index = limits_of(problem.limits, problem.groups, problem.days)
    paying: dict[str, Flags] = {}
    for name, price, of in zip(prices._fields, prices, index, strict=True):
        there = np.zeros_like(ordered)
        if price.size:
            there = (of >= 0) & (price[np.maximum(of, 0)] > 0.0)
        paying[name] = np.any(there if name == "volume" else there & ordered, axis=1)
    return paying


def _write(instance: Instance, solution: PlanSolution, folder: Path) -> None:
    write_instance(instance, folder)
    document = {
        "suite": "order_plan",
        "instance": instance.name,
        "packs": solution.packs.tolist(),
        "cost": solution.total_cost,
        "bound": solution.bound,
    }
    (folder / f"order_plan_{instance.name}_solution.json").write_text(json.dumps(document) + "\n", encoding="utf-8")
