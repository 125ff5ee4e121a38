"""Read published placement instances, and make small seeded ones.

F1 (OR-Library, UflLib M*): ``m n``; m lines ``capacity fixed_cost``; for each customer its demand, then m costs of
serving the whole demand. F2 (p-median): ``n edges p``; ``u v w`` for each edge, the last weight of a repeated edge
holds. F3 (Holmberg and others): ``m n``, capacities, fixed costs, demands, then n lines of m costs of serving the
whole demand. BK (Bilde-Krarup): ``FILE:`` line, ``m n 0``, then for each site its number, fixed cost and n costs.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import floyd_warshall

from solvers.placement import PlacementProblem

__all__ = ["SUITES", "Instance", "read_suite", "seeded_suite"]

Floats = npt.NDArray[np.float64]

SUITES = ("orlib_cap", "holmberg", "diaz_fernandez", "yang", "tbed1", "orlib_pmed", "uflp_bildekrarup", "uflp_m")
_SINGLE_SOURCE = {"holmberg", "diaz_fernandez", "yang"}


@dataclass(frozen=True, eq=False)
class Instance:
    """A problem and its published optimum, None where none is known."""

    suite: str
    name: str
    problem: PlacementProblem
    expected: float | None


def read_suite(folder: Path, suite: str) -> Iterator[Instance]:
    """The instances of one suite in name order; ``folder`` holds the suites and ``expected.json``.

    Raises FileNotFoundError when the suite is not there and ValueError for a file that is not of its format.
    """
    files = sorted(p for p in (folder / suite).iterdir() if p.name.endswith((".txt", ".txt.gz")))
    expected_file = folder / "expected.json"
    expected = json.loads(expected_file.read_text()) if expected_file.is_file() else {}
    for file in files:
        name = file.name.removesuffix(".gz").removesuffix(".txt")
        try:
            yield from _read(suite, name, _text(file), expected)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{file}: not of the format of {suite}: {error}") from error


def seeded_suite(seed: int) -> Iterator[Instance]:
    """Small capacitated problems on a plane, made from the seed: what the project itself may carry."""
    for sites, zones, ratio in ((10, 50, 3.0), (20, 100, 5.0), (30, 150, 8.0)):
        generator = np.random.default_rng([seed, sites, zones])
        places, homes = generator.random((sites, 2)), generator.random((zones, 2))
        demand = generator.integers(5, 36, zones).astype(np.float64)
        distance = np.hypot(*(places[:, None, :] - homes[None, :, :]).transpose(2, 0, 1))
        capacity = generator.integers(10, 161, sites).astype(np.float64)
        capacity = np.round(capacity * ratio * demand.sum() / capacity.sum())
        fixed = generator.integers(0, 91, sites) + generator.integers(100, 111, sites) * np.sqrt(capacity)
        problem = PlacementProblem.of(
            fixed_cost=np.round(fixed, 2), demand=demand, unit_cost=np.round(10 * distance, 4), capacity=capacity
        )
        yield Instance("seeded", f"plane_{sites}x{zones}_r{ratio:g}", problem, None)


def _text(file: Path) -> str:
    if file.suffix == ".gz":
        with gzip.open(file, "rt") as stream:
            return stream.read()
    return file.read_text()


def _read(suite: str, name: str, text: str, expected: dict[str, Any]) -> Iterator[Instance]:
    if suite == "orlib_cap":
        yield from _or_library(name, text, expected.get(suite, {}))
    elif suite == "orlib_pmed":
        yield Instance(suite, name, _parse_f2(text), expected.get(suite, {}).get(name))
    elif suite == "uflp_m":
        yield Instance(suite, name, _parse_f1(text, capacitated=False), None)
    elif suite == "uflp_bildekrarup":
        yield Instance(suite, name, _parse_bilde_krarup(text), None)
    else:
        single = suite in _SINGLE_SOURCE
        best = expected.get(f"{suite}_{'single' if single else 'multi'}_source", {}).get(name)
        yield Instance(suite, name, _parse_f3(text, single_source=single), best)


def _or_library(name: str, text: str, expected: dict[str, dict[str, float]]) -> Iterator[Instance]:
    """Capacitated and uncapacitated from the same file, each where an optimum is published."""
    best = expected.get("cflp_multi_source", {}).get(name)
    if best is not None:
        yield Instance("orlib_cap", name, _parse_f1(text, capacitated=True), best)
    best = expected.get("uflp_capacity_ignored", {}).get(name)
    if best is not None:
        yield Instance("orlib_cap", f"{name}-uncapacitated", _parse_f1(text, capacitated=False), best)
    if not expected:
        yield Instance("orlib_cap", name, _parse_f1(text, capacitated=True), None)
    # the file's capacity column is a placeholder for these: the name says the capacity of every site
    for label, value in expected.get("single_source_capacity_set", {}).items():
        stem, _, capacity = label.partition("-")
        if stem == name:
            problem = _parse_f1(text, capacitated=True, capacity=float(capacity), single_source=True)
            yield Instance("orlib_cap", label, problem, value)


def _numbers(text: str) -> Floats:
    return np.array(text.split(), dtype=np.float64)


def _per_unit(cost: Floats, demand: Floats) -> tuple[Floats, Floats]:
    """Demand and unit cost [S,Z] from the cost of the whole demand [Z,S]; no demand counts as one unit."""
    scale = np.where(demand > 0, demand, 1.0)
    return scale, (cost / scale[:, None]).T


def _parse_f1(
    text: str, *, capacitated: bool, capacity: float | None = None, single_source: bool = False
) -> PlacementProblem:
    tokens = text.split()
    m, n = int(tokens[0]), int(tokens[1])
    # some lists say "capacity" for a figure to be filled in
    sites = np.array([t if t != "capacity" else "nan" for t in tokens[2 : 2 + 2 * m]], dtype=np.float64).reshape(m, 2)
    customers = np.array(tokens[2 + 2 * m : 2 + 2 * m + n * (m + 1)], dtype=np.float64).reshape(n, m + 1)
    demand, unit_cost = _per_unit(customers[:, 1:], customers[:, 0])
    room = np.full(m, capacity) if capacity is not None else sites[:, 0]
    return PlacementProblem.of(
        fixed_cost=sites[:, 1],
        demand=demand,
        unit_cost=unit_cost,
        capacity=room if capacitated else None,
        single_source=single_source,
    )


def _parse_f2(text: str) -> PlacementProblem:
    figures = _numbers(text)
    n, p = int(figures[0]), int(figures[2])
    edges = figures[3:].reshape(-1, 3)
    graph = np.full((n, n), np.inf)
    for u, v, weight in edges:
        graph[int(u) - 1, int(v) - 1] = graph[int(v) - 1, int(u) - 1] = weight
    distance = floyd_warshall(graph)
    return PlacementProblem.of(
        fixed_cost=np.zeros(n), demand=np.ones(n), unit_cost=distance, open_at_most=p, open_at_least=p
    )


def _parse_f3(text: str, *, single_source: bool) -> PlacementProblem:
    figures = _numbers(text)
    m, n = int(figures[0]), int(figures[1])
    capacity, fixed, demand, cost = np.split(figures[2:], [m, 2 * m, 2 * m + n])
    wanted, unit_cost = _per_unit(cost[: m * n].reshape(n, m), demand)
    return PlacementProblem.of(
        fixed_cost=fixed, demand=wanted, unit_cost=unit_cost, capacity=capacity, single_source=single_source
    )


def _parse_bilde_krarup(text: str) -> PlacementProblem:
    figures = _numbers(text.split("\n", 1)[1])
    m, n = int(figures[0]), int(figures[1])
    rows = figures[3 : 3 + m * (n + 2)].reshape(m, n + 2)
    return PlacementProblem.of(fixed_cost=rows[:, 1], demand=np.ones(n), unit_cost=rows[:, 2:])
