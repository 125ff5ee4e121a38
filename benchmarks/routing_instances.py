"""Read VRPLIB instances as our routing problems, and make small seeded ones."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from pyvrp.constants import MAX_VALUE
from pyvrp.exceptions import ScalingWarning

from solvers.routing.problem import NO_WINDOW_END, IntArray, RoutingProblem, VehicleType
from solvers.routing.pyvrp_engine import problem_data

__all__ = ["SUITES", "Instance", "read_suite", "routing_problem", "seeded_suite"]

# Folders whose files PyVRP reads and whose rules our problem can state: no client groups (gvrp) and no limit on
# duration apart from the shift (mdvrptw, sdvrptw) yet.
SUITES = (
    "cvrp_x",
    "cvrp_belgium",
    "cvrp_italy",
    "cvrp_realroad",
    "vrptw_gh1000",
    "hfvrp",
    "vrpb",
    "pcvrptw",
    "mtvrptwr",
)


@dataclass(frozen=True)
class Instance:
    """One instance: PyVRP's data, ours, and the best known objective (None where there is none)."""

    suite: str
    name: str
    data: Any
    problem: RoutingProblem
    best_known: float | None


def read_suite(folder: Path, suite: str) -> Iterator[Instance]:
    """Instances of one suite in order of their names; ``BKS.json`` gives rounding and best known objective."""
    known = json.loads((folder / "BKS.json").read_text(encoding="utf-8"))
    for path in sorted((folder / suite).glob("*.vrp")):
        entry = known[f"{suite}/{path.name}"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ScalingWarning)
            data = pyvrp.read(path, round_func=entry["round_func"])
        yield Instance(suite, path.stem, data, routing_problem(data), float(entry["objective"]))


def routing_problem(data: Any) -> RoutingProblem:
    """PyVRP's data as our problem; its unit of distance is our metre, of time our second, of cost our money.

    Raises ValueError for client groups, limits on distance and depots at odd locations, which our problem lacks.
    """
    if data.num_groups or any(v.max_distance < NO_WINDOW_END for v in data.vehicle_types()):
        raise ValueError("client groups and limits on distance cannot be stated")
    depots, clients, types = data.num_depots, data.clients(), data.vehicle_types()
    matrices = [np.asarray(data.distance_matrix(p)) for p in range(data.num_profiles)]
    used = [matrices[v.profile][v.start_depot, depots:] for v in types]
    back = [matrices[v.profile][depots:, v.end_depot] for v in types]
    return RoutingProblem(
        depots=depots,
        distance_m=np.minimum.reduce(matrices),
        duration_s=np.minimum.reduce([np.asarray(m) for m in data.duration_matrices()])[None],
        demand=np.array([c.delivery for c in clients], dtype=np.int64),
        pickup=np.array([c.pickup for c in clients], dtype=np.int64),
        service_s=np.array([c.service_duration for c in clients], dtype=np.int64),
        window_early=np.array([c.tw_early for c in clients], dtype=np.int64),
        window_late=_capped(np.array([c.tw_late for c in clients], dtype=np.int64)),
        release_s=np.array([c.release_time for c in clients], dtype=np.int64),
        penalty=np.array([0.0 if c.required else float(c.prize) for c in clients]),
        required=np.array([c.required for c in clients]),
        allowed=np.array([(a < MAX_VALUE) | (b < MAX_VALUE) for a, b in zip(used, back, strict=True)]),
        vehicles=tuple(_vehicle(data, v) for v in types),
    )


def _capped(times: IntArray) -> IntArray:
    return np.minimum(times, NO_WINDOW_END)


def _vehicle(data: Any, kind: Any) -> VehicleType:
    depot = data.depot(kind.start_depot)
    early, late = max(kind.tw_early, depot.tw_early), min(kind.tw_late, depot.tw_late, NO_WINDOW_END)
    if kind.shift_duration < late - early or kind.unit_duration_cost:
        raise ValueError("limits on duration and costs of duration cannot be stated")
    return VehicleType(
        name=kind.name or "vehicle",
        count=kind.num_available,
        capacity=tuple(kind.capacity),
        depot=kind.start_depot,
        fixed_cost=float(kind.fixed_cost),
        cost_per_km=1000.0 * kind.unit_distance_cost,
        shift_start=early,
        shift_end=late,
        max_trips=min(kind.max_reloads, data.num_clients) + 1 if kind.reload_depots else 1,
    )


def seeded_suite(seed: int) -> Iterator[Instance]:
    """Clustered instances of our own with windows, returns and a mixed fleet; no best known objective."""
    for stops in (60, 150):
        problem = _county(stops, seed)
        data = problem_data(problem, 1.0, forced=True)[0]
        yield Instance("seeded", f"county-n{stops}-s{seed}", data, problem, None)


def _county(stops: int, seed: int) -> RoutingProblem:
    rng = np.random.default_rng([seed, stops])
    centre = rng.uniform(-20_000, 20_000, (6, 2))
    at = np.vstack([np.zeros((1, 2)), centre[rng.integers(0, 6, stops)] + rng.normal(0, 2_000, (stops, 2))])
    metres = np.ceil(np.hypot(*(at[:, None] - at).transpose(2, 0, 1))).astype(np.int64)
    load = rng.integers(1, 40, (stops, 1))
    back = rng.random((stops, 1)) < 0.2
    early = np.where(rng.random(stops) < 0.3, rng.integers(9 * 3600, 15 * 3600, stops), 0)
    shift = {"shift_start": 8 * 3600, "shift_end": 18 * 3600}
    return RoutingProblem(
        depots=1,
        distance_m=metres,
        duration_s=np.ceil(metres / 10).astype(np.int64)[None],
        demand=np.where(back, 0, load),
        pickup=np.where(back, load, 0),
        service_s=np.full(stops, 240, dtype=np.int64),
        window_early=early,
        window_late=np.where(early > 0, early + 3 * 3600, 24 * 3600),
        release_s=np.zeros(stops, dtype=np.int64),
        penalty=np.zeros(stops),
        required=np.ones(stops, dtype=bool),
        allowed=np.ones((2, stops), dtype=bool),
        vehicles=(
            VehicleType("truck", stops // 20, (1500,), fixed_cost=60_000.0, cost_per_km=1000.0, **shift),
            VehicleType("van", stops // 10, (600,), fixed_cost=25_000.0, cost_per_km=1000.0, **shift),
        ),
    )
