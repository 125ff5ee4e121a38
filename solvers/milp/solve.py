"""Solve a problem by the engine of choice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solvers.milp.elastic import elastic_problem, read_conflict
from solvers.milp.highs import solve_highs
from solvers.milp.problem import Floats, MilpProblem, MilpSolution
from solvers.milp.pulp_ import solve_pulp
from solvers.status import Progress, Status

__all__ = ["solve_milp"]


def solve_milp(
    problem: MilpProblem,
    *,
    engine: str = "highs",
    gap: float = 0.0,
    node_limit: int | None = None,
    seconds: float | None = None,
    start: Floats | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    explain: bool = True,
) -> MilpSolution:
    """Solve a linear or mixed-integer problem.

    ``engine`` is ``highs`` (arrays), ``pulp`` (CBC, which PuLP brings along) or ``pulp:NAME`` with the name of any
    solver that PuLP knows and finds on this machine. ``gap`` is the relative gap at which it may stop,
    ``node_limit`` the most branch-and-bound nodes (the same answer on every machine), ``seconds`` a clock that makes
    the answer depend on the machine. ``start`` [C] is a first solution; NaN marks unknown columns. When nothing is
    feasible and ``explain`` is set, the solution names the rows to give way (``conflict``), found by pricing a slack
    on each of them.

    Raises ValueError for an unknown engine or solver, or a wrong argument.
    """
    _check_arguments(problem, gap=gap, node_limit=node_limit, seconds=seconds, start=start)
    name, _, solver = engine.partition(":")
    if name not in ("highs", "pulp") or (solver and name == "highs"):
        raise ValueError(f"engine: {engine!r}: must be highs, pulp or pulp:NAME")

    def run(model: MilpProblem, first: Floats | None, report: Progress | None) -> MilpSolution:
        if name == "highs":
            return solve_highs(
                model, gap=gap, node_limit=node_limit, seconds=seconds, start=first, seed=seed, progress=report
            )
        return solve_pulp(model, solver=solver, gap=gap, node_limit=node_limit, seconds=seconds, start=first, seed=seed)

    solution = run(problem, start, progress)
    if solution.status is not Status.INFEASIBLE or not explain:
        return solution
    repaired = run(elastic_problem(problem), None, None)
    if repaired.values is None:
        return solution
    return replace(solution, conflict=read_conflict(problem, repaired.values))


def _check_arguments(
    problem: MilpProblem, *, gap: float, node_limit: int | None, seconds: float | None, start: Floats | None
) -> None:
    if not 0.0 <= gap < 1.0:
        raise ValueError(f"gap: {gap}: must be at least 0 and below 1")
    if node_limit is not None and node_limit < 1:
        raise ValueError(f"node_limit: {node_limit}: must be at least 1")
    if seconds is not None and not (seconds > 0 and np.isfinite(seconds)):
        raise ValueError(f"seconds: {seconds}: must be positive and finite")
    if start is not None and start.shape != (problem.n_columns,):
        raise ValueError(f"start: shape {start.shape}: must be ({problem.n_columns},)")
