"""Capacitated lot-sizing instances: the published ones of a folder, and seeded ones drawn as theirs.

``clsp_instances.json`` holds for each name items, periods, ``capacity_per_period``, and by item ``unit_time``,
``setup_time``, ``setup_cost``, ``holding_cost``, with ``demand`` items x periods. ``clsp_expected.csv`` holds
``best_known`` and ``lower_bound`` by ``instance``.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from solvers.replenishment.lot_sizing import LotSizingProblem

__all__ = ["EXPECTED", "INSTANCES", "LotInstance", "read_instances", "seeded_instances"]

INSTANCES, EXPECTED = "clsp_instances.json", "clsp_expected.csv"
_SEEDED = ((6, 15, 0.85, 0.5), (10, 20, 0.9, 0.2), (20, 20, 0.92, 0.4))


@dataclass(frozen=True, eq=False)
class LotInstance:
    """A problem with the best known cost and a lower bound, None where neither is published."""

    suite: str
    name: str
    problem: LotSizingProblem
    expected: float | None = None
    lower_bound: float | None = None


def read_instances(folder: Path) -> Iterator[LotInstance]:
    """The instances of a folder, in the order of its file.

    Raises ValueError for one that is not of the format.
    """
    with (folder / EXPECTED).open(encoding="utf-8", newline="") as lines:
        expected = {row["instance"]: row for row in csv.DictReader(lines)}
    for name, figures in json.loads((folder / INSTANCES).read_text(encoding="utf-8")).items():
        known = expected.get(name, {})
        try:
            problem = _problem(figures)
            best, least = (float(known[key]) if known.get(key) else None for key in ("best_known", "lower_bound"))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{folder / INSTANCES}: {name}: not of the format: {error}") from error
        yield LotInstance("lot_sizing", name, problem, best, least)


def _problem(figures: dict[str, Any]) -> LotSizingProblem:
    by_item = {
        name: np.asarray(figures[name], dtype=np.float64)[:, None]
        for name in ("unit_time", "setup_time", "setup_cost", "holding_cost")
    }
    return LotSizingProblem.of(figures["demand"], figures["capacity_per_period"], **by_item)


def seeded_instances(seed: int) -> Iterator[LotInstance]:
    """Small problems whose figures lie in the ranges of Trigeiro, Thomas and McClain (1989), section 5."""
    for items, periods, busy, spread in _SEEDED:
        random = np.random.default_rng([seed, items, periods])
        demand = np.round(np.maximum(random.normal(100.0, 100.0 * spread, (items, periods)), 0.0))
        demand[:, :4] *= random.random((items, 4)) > 0.25
        setup_time = np.round(random.uniform(10.0, 50.0, (items, 1)))
        work = demand.sum() + 0.5 * periods * setup_time.sum()  # as if every second period were set up
        problem = LotSizingProblem.of(
            demand,
            np.round(work / periods / busy),
            setup_cost=np.round(random.uniform(200.0, 1000.0, (items, 1)), -1),
            holding_cost=np.round(random.uniform(1.0, 5.0, (items, 1))),
            setup_time=setup_time,
        )
        yield LotInstance("lot_sizing", f"seeded_{items}x{periods}", problem)
