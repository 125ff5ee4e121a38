"""What a plain mixed-integer model makes of the same suppliers, one by one and all at once."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from benchmarks.inventory.order_plan_instances import Instance
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds
from solvers.milp import MilpProblem, solve_milp
from solvers.replenishment.planning.branch import Effort, solve_group
from solvers.replenishment.planning.groups import GroupIndex
from solvers.replenishment.planning.problem import PlanProblem, PlanSolution
from solvers.replenishment.planning.shared import Use, group_prices, limits_of
from solvers.replenishment.planning.solve import with_alone
from solvers.replenishment.planning.tables import GroupPrices, group_rows, group_terms, tiers

__all__ = ["measure_peers", "supplier_model"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SAMPLE = 12  # suppliers
SECONDS = 3.0


def measure_peers(instance: Instance, solution: PlanSolution, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """Gaps of HiGHS after 3 s on a supplier at the same prices on shared limits, and ours on the same suppliers."""
    problem = replace(instance.problem, limits=with_alone(instance.problem.limits))
    index = GroupIndex.of(problem)
    chosen = np.random.default_rng(options.seed).permutation(problem.groups)[:SAMPLE]
    prices = Use(solution.budget_price, solution.capacity_price, solution.volume_price)
    _, limits = limits_of(problem.limits, problem.groups, problem.days)
    ours, theirs, none = [], [], 0
    own_seconds = 0.0
    before = cpu_seconds()
    for g in chosen:
        rows, of_group = index.rows(int(g)), group_prices(prices, limits, int(g))
        found = solve_milp(supplier_model(problem, int(g), rows, of_group), seconds=SECONDS, explain=False)
        start = cpu_seconds()
        terms = group_terms(problem, int(g), rows, of_group)
        empty = np.zeros((rows.size, problem.days), np.int64)
        own = solve_group(group_rows(problem, rows, of_group), terms, empty, Effort())
        own_seconds += cpu_seconds() - start
        best = max(own.bound, found.bound)
        ours.append(100.0 * (own.cost - best) / abs(own.cost))
        none += found.values is None
        if found.values is not None:
            theirs.append(100.0 * (found.objective - best) / abs(found.objective))
    spent = cpu_seconds() - before - own_seconds
    for method, gaps, seconds in (("supplychain", ours, own_seconds), ("highs_3s", theirs, spent)):
        trial = Trial("order_plan", f"{instance.name}_sample", method, seconds / len(chosen), options.seed)
        if gaps:
            yield trial.row("gap_pct_median", float(np.median(gaps)), n=len(gaps))
            yield trial.row("gap_pct_worst", float(np.max(gaps)), n=len(gaps))
        yield trial.row("without_plan", float(none if method != "supplychain" else 0), n=len(chosen))


@dataclass
class _Model:
    """Columns and rows of a model as they are added."""

    cost: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    integer: list[bool] = field(default_factory=list)
    entries: list[tuple[int, int, float]] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)

    def column(self, cost: float, upper: float, *, integer: bool) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.integer.append(integer)
        return len(self.cost) - 1

    def row(self, terms: list[tuple[int, float]], lower: float, upper: float) -> None:
        self.entries += [(len(self.row_lower), column, value) for column, value in terms]
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def problem(self, offset: float) -> MilpProblem:
        rows, columns, values = zip(*self.entries, strict=True)
        matrix = sparse.csc_matrix((values, (rows, columns)), shape=(len(self.row_lower), len(self.cost)))
        return MilpProblem.of(
            np.array(self.cost), matrix, row_lower=np.array(self.row_lower), row_upper=np.array(self.row_upper),
            lower=np.zeros(len(self.cost)), upper=np.array(self.upper), integer=np.array(self.integer), offset=offset,
        )  # fmt: skip


def supplier_model(problem: PlanProblem, group: int, rows: Ints, prices: GroupPrices) -> MilpProblem:
    """One supplier's problem as a mixed-integer model.

    Packs of each line and price tier are whole numbers under a 0-1 column; stock costs are the largest of their
    tangents between whole numbers of packs (they are convex); orders and trucks have columns of their own.
    """
    tables, terms = group_rows(problem, rows, prices), group_terms(problem, group, rows, prices)
    first, _ = tiers(problem, rows)
    model, days = _Model(), problem.days
    used = [model.column(terms.order_cost, 1.0, integer=True) for _ in range(days)]
    further = [model.column(terms.truck_cost, 1000.0, integer=True) for _ in range(days)]
    values: list[list[tuple[int, float]]] = [[] for _ in range(days)]
    loads: list[list[tuple[int, float]]] = [[] for _ in range(days)]
    shipped: list[list[tuple[int, float]]] = [[] for _ in range(days)]
    offset = 0.0
    for i in range(rows.size):
        packs_so_far: list[tuple[int, float]] = []
        for t in range(days):
            most = int(tables.most[i, t])
            chosen = []
            for b in range(first.shape[1]):
                low = max(int(first[i, b]), int(tables.lot[i]))
                high = min(int(first[i, b + 1]) - 1, most) if b + 1 < first.shape[1] else most
                if low > high:
                    continue
                price = tables.tier_cost[i, b] + terms.value_price[t] * tables.tier_value[i, b]
                packs = model.column(price + terms.unit_price[t] * tables.units[i], float(high), integer=True)
                line = model.column(0.0, 1.0, integer=True)
                model.row([(packs, 1.0), (line, -float(high))], -np.inf, 0.0)
                model.row([(packs, 1.0), (line, -float(low))], 0.0, np.inf)
                chosen.append((line, 1.0))
                packs_so_far.append((packs, 1.0))
                values[t].append((packs, float(tables.tier_value[i, b])))
                loads[t].append((packs, float(tables.load[i])))
                shipped[t].append((packs, float(tables.units[i])))
            if chosen:
                model.row([*chosen, (used[t], -1.0)], -np.inf, 0.0)
            model.row(list(packs_so_far), 0.0, float(most)) if packs_so_far else None
            stage = tables.stage[i, t, : most + 1]
            lowest = float(stage.min())
            offset += lowest
            above = model.column(1.0, np.inf, integer=False)
            slopes = np.diff(stage)
            turns = np.abs(np.diff(slopes, prepend=slopes[:1] - 1.0)) > 1e-12
            corners = np.flatnonzero(turns)
            for s in corners:
                slope = float(slopes[s])
                model.row([(above, 1.0), *((c, -slope * v) for c, v in packs_so_far)],
                          float(stage[s]) - lowest - slope * float(s), np.inf)  # fmt: skip
    for t in range(days):
        if values[t] and terms.minimum_value > 0.0:
            model.row([*values[t], (used[t], -terms.minimum_value)], 0.0, np.inf)
        if shipped[t] and np.isfinite(terms.ships[t]):
            model.row(shipped[t], 0.0, float(terms.ships[t]))
        if loads[t] and terms.truck_cost > 0.0:
            model.row([*loads[t], (used[t], -1.0), (further[t], -1.0)], -np.inf, 0.0)
    return model.problem(offset)
