"""How fast stocking rules are simulated and tuned on sample paths, one thread; drawing the demand is timed apart.

10,000 SKUs x 365 days x 100 replications, seeded: mean demand .5 to 30 a day, lead times 1 to 14 days, packs of 1 or
6, (s,S) with backlog. Times are the best of three, after compiling.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

import numpy as np
from scipy.stats import poisson

from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.replenishment.simulation import (
    DemandTables,
    Levels,
    StockedItems,
    draw_demand,
    simulate,
    tune_base_stock,
    tune_reorder_levels,
)

__all__ = ["measure"]

_Result = TypeVar("_Result")
SKUS, DAYS, REPLICATIONS = 10_000, 365, 100
TUNED_SKUS, TUNED_REPLICATIONS = 200, 16
SPEED_TARGET, SECONDS_TARGET = 200.0, 1.9
ROUNDS = 3


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Rows of the suite ``speed``: simulation on given demand and on tables, drawing, tuning."""
    name = f"simulation_{SKUS}x{DAYS}x{REPLICATIONS}"
    if not options.name or name in options.name:
        yield from _simulation(name, options.seed)
    name = f"tuning_{TUNED_SKUS}x{DAYS}x{TUNED_REPLICATIONS}"
    if not options.name or name in options.name:
        yield from _tuning(name, options.seed)


def _simulation(name: str, seed: int) -> Iterator[BenchmarkRow]:
    levels, items, tables = _house(SKUS, REPLICATIONS, seed)
    few = _house(2, 2, seed)
    simulate(*few)
    simulate(few[0], few[1], draw_demand(few[2]))  # compiles
    sku_days = SKUS * DAYS * REPLICATIONS / 1e6
    looked_up, of_tables = _timed(lambda: simulate(levels, items, tables))
    demand, drawing = _timed(lambda: draw_demand(tables))
    given, of_given = _timed(lambda: simulate(levels, items, demand))
    trial = Trial("speed", name, "supplychain", of_given, seed)
    yield trial.row("million_sku_days_per_s", sku_days / of_given, n=SKUS, target=SPEED_TARGET)
    yield trial.row("seconds", of_given, n=SKUS, target=SECONDS_TARGET)
    yield trial.row("passed", float(np.array_equal(given.cost, looked_up.cost)), target=1.0)
    trial = Trial("speed", f"{name}_tables", "supplychain", of_tables, seed)
    yield trial.row("million_sku_days_per_s", sku_days / of_tables, n=SKUS, target=SPEED_TARGET)
    yield trial.row("seconds", of_tables, n=SKUS, target=SECONDS_TARGET)
    trial = Trial("speed", f"{name}_drawing", "supplychain", drawing, seed)
    yield trial.row("seconds", drawing, n=SKUS)
    rng, part = np.random.default_rng(seed), SKUS // 100
    mean = rng.uniform(0.5, 30.0, part)[:, None, None]
    _, spent = _timed(lambda: rng.poisson(mean, (part, DAYS, REPLICATIONS)))
    yield Trial("speed", f"{name}_drawing", "numpy_poisson", spent, seed).row("seconds", spent * SKUS / part, n=part)


def _tuning(name: str, seed: int) -> Iterator[BenchmarkRow]:
    _, items, tables = _house(TUNED_SKUS, TUNED_REPLICATIONS, seed)
    few = _house(2, 2, seed)
    for label, tune in (("base_stock", tune_base_stock), ("reorder_levels", tune_reorder_levels)):
        tune(few[1], few[2], warm_up_days=30)  # compiles
        _, spent = _timed(partial(tune, items, tables, warm_up_days=30))
        trial = Trial("speed", f"{name}_{label}", "supplychain", spent, seed)
        yield trial.row("ms_per_sku", 1e3 * spent / TUNED_SKUS, n=TUNED_SKUS)


def _house(skus: int, replications: int, seed: int) -> tuple[Levels, StockedItems, DemandTables]:
    rng = np.random.default_rng(seed)
    mean, lead = rng.uniform(0.5, 30.0, skus), rng.integers(1, 15, skus)
    at = (np.arange(256) + 0.5) / 256
    tables = DemandTables.of(at, poisson.ppf(at, mean[:, None]), kind=np.zeros(DAYS, np.int64),
                             replications=replications, rng=rng)  # fmt: skip
    up_to = np.rint(mean * (lead + 1) + 2.0 * np.sqrt(mean * (lead + 1)) + 3.0 * mean)
    levels = Levels.of(up_to - np.maximum(1, np.rint(3.0 * mean)), up_to, pack=rng.choice([1, 6], skus))
    items = StockedItems.of(skus, lead_time_days=lead, holding_cost=1.0, backlog_cost=9.0, order_cost=20.0)
    return levels, items, tables


def _timed(work: Callable[[], _Result]) -> tuple[_Result, float]:
    """What the work gives, and its CPU seconds: the best of three."""
    best = np.inf
    for _ in range(ROUNDS):
        before = cpu_seconds()
        result = work()
        best = min(best, cpu_seconds() - before)
    return result, best
