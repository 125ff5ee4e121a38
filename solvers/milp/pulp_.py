"""PuLP: the same arrays as a PuLP problem, for CBC or any other solver that PuLP knows."""

from __future__ import annotations

import math
import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from solvers.milp.problem import Floats, MilpProblem, MilpSolution, found, nothing_found
from solvers.status import Status

__all__ = ["build_pulp", "solve_pulp"]

_CBC = "PULP_CBC_CMD"


def build_pulp(problem: MilpProblem) -> tuple[Any, list[Any]]:
    """The problem as a ``pulp.LpProblem``, and its variables in column order."""
    import pulp  # heavy, and only here

    model = pulp.LpProblem("supplychain", pulp.LpMinimize)
    variables = [
        model.add_variable(
            f"x{column}",
            None if math.isinf(problem.lower[column]) else float(problem.lower[column]),
            None if math.isinf(problem.upper[column]) else float(problem.upper[column]),
            pulp.LpInteger if problem.integer[column] else pulp.LpContinuous,
        )
        for column in range(problem.n_columns)
    ]
    costs = [(variables[c], float(problem.cost[c])) for c in range(problem.n_columns)]
    model.setObjective(pulp.LpAffineExpression(costs))
    matrix = problem.matrix
    for row in range(problem.n_rows):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        terms = [(variables[c], float(v)) for c, v in zip(matrix.indices[span], matrix.data[span], strict=True)]
        for side, bound, name in _sides(problem, row):
            model.addConstraint(pulp.LpConstraint(pulp.LpAffineExpression(terms), side, name, bound))
    return model, variables


def solve_pulp(
    problem: MilpProblem,
    *,
    solver: str,
    gap: float,
    node_limit: int | None,
    seconds: float | None,
    start: Floats | None,
    seed: int,
) -> MilpSolution:
    """Solve by PuLP's ``solver`` (empty means CBC).

    PuLP reports no bound. CBC's is read from its log; for another solver that ends by itself it follows from the
    requested gap. Raises ValueError when PuLP does not know the solver or does not find it.
    """
    name = solver or _CBC
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "solver.log"
        door = _door(name, log, gap=gap, node_limit=node_limit, seconds=seconds, start=start, seed=seed)
        model, variables = build_pulp(problem)
        if start is not None:
            for variable, value in zip(variables, start, strict=True):
                if not math.isnan(value):
                    variable.setInitialValue(float(value), check=False)
        model.solve(door)
        text = log.read_text(errors="replace") if log.is_file() else ""
    return _read(problem, model, variables, gap=gap, log=text, engine=f"pulp:{name}")


def _sides(problem: MilpProblem, row: int) -> list[tuple[int, float, str]]:
    low, high = float(problem.row_lower[row]), float(problem.row_upper[row])
    if low == high:
        return [(0, low, f"r{row}")]
    lower = [] if math.isinf(low) else [(1, low, f"r{row}_low")]
    upper = [] if math.isinf(high) else [(-1, high, f"r{row}_high")]
    return lower + upper


def _door(
    name: str, log: Path, *, gap: float, node_limit: int | None, seconds: float | None, start: Floats | None, seed: int
) -> Any:
    import pulp
    from pulp.apis.coin_api import pulp_cbc_path

    if name == _CBC:  # called by path: the class of this name only adds a deprecation warning
        door = pulp.COIN_CMD(
            path=pulp.COIN_CMD.executableExtension(pulp_cbc_path),
            msg=False,
            timeLimit=seconds,
            gapRel=gap,
            maxNodes=node_limit,
            threads=1,
            logPath=str(log),
            warmStart=start is not None,
            options=[f"randomCbcSeed {seed % 2**31}"],
        )
    elif name in pulp.listSolvers():
        door = pulp.getSolver(name, msg=False, timeLimit=seconds)
    else:
        raise ValueError(f"solver: {name!r}: PuLP knows {', '.join(sorted(pulp.listSolvers()))}")
    if not door.available():
        here = ", ".join([_CBC, *(s for s in pulp.listSolvers(onlyAvailable=True) if s != _CBC)])
        raise ValueError(f"solver: {name!r}: PuLP does not find it here; it finds {here}")
    return door


def _read(problem: MilpProblem, model: Any, variables: list[Any], *, gap: float, log: str, engine: str) -> MilpSolution:
    import pulp

    if model.status == pulp.LpStatusInfeasible and model.sol_status != pulp.LpSolutionIntegerFeasible:
        return nothing_found(_stopped_status(log) or Status.INFEASIBLE, engine=engine)
    if model.status == pulp.LpStatusUnbounded:
        return nothing_found(Status.UNBOUNDED, engine=engine)
    if model.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return nothing_found(Status.TIME_LIMIT, engine=engine)
    values = np.array([0.0 if v.varValue is None else v.varValue for v in variables], dtype=np.float64)
    values[problem.integer] = np.round(values[problem.integer])
    objective = problem.objective(values)
    ended = model.sol_status == pulp.LpSolutionOptimal
    bound = _logged(log, r"Lower bound:\s+(\S+)")
    if bound is not None:
        bound += problem.offset
    elif ended:
        bound = objective - (gap * abs(objective) if problem.integer.any() else 0.0)
    nodes = int(_logged(log, r"Enumerated nodes:\s+(\d+)") or 0)
    return found(
        values,
        objective=objective,
        bound=-math.inf if bound is None else bound,
        limit=None if ended else _stopped_status(log) or Status.FEASIBLE,
        engine=engine,
        nodes=nodes,
    )


def _stopped_status(log: str) -> Status | None:
    """What CBC says stopped it."""
    if "Stopped on time" in log:
        return Status.TIME_LIMIT
    return Status.FEASIBLE if "Stopped on node" in log else None


def _logged(log: str, pattern: str) -> float | None:
    matches = re.findall(pattern, log)
    return float(matches[-1]) if matches else None
