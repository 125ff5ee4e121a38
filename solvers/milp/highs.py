"""HiGHS, through arrays: one thread, seeded, silent."""

from __future__ import annotations

import math
from dataclasses import replace

import highspy
import numpy as np
import numpy.typing as npt

from solvers.milp.problem import Floats, MilpProblem, MilpSolution, found, nothing_found
from solvers.status import Progress, Status

__all__ = ["open_highs", "solve_highs"]

_ROWWISE = 2  # HiGHS MatrixFormat::kRowwise
_MINIMIZE = 1  # HiGHS ObjSense::kMinimize
_ENGINE = "highs"

# HiGHS 1.14.0 can call a worse point of a mixed-integer problem optimal after presolve (its issue 3094: column
# stuffing forgets a row's activity beside integer columns; right in 1.13 and 1.15).
_WRONG_PRESOLVE = frozenset({"1.14.0"})


def open_highs(problem: MilpProblem, *, seed: int, relaxed: bool = False) -> highspy.Highs:
    """A HiGHS instance that holds the problem; ``relaxed`` drops integrality.

    Raises ValueError when HiGHS refuses the arrays.
    """
    highs = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", seed % 2**31)):
        highs.setOptionValue(name, value)
    integer = np.zeros(problem.n_columns, np.int32) if relaxed else problem.integer.astype(np.int32)
    status = highs.passModel(
        problem.n_columns,
        problem.n_rows,
        int(problem.matrix.nnz),
        _ROWWISE,
        _MINIMIZE,
        problem.offset,
        problem.cost,
        problem.lower,
        problem.upper,
        problem.row_lower,
        problem.row_upper,
        problem.matrix.indptr.astype(np.int32, copy=False),
        problem.matrix.indices.astype(np.int32, copy=False),
        problem.matrix.data,
        integer,
    )
    if status == highspy.HighsStatus.kError:
        raise ValueError("HiGHS refuses the model: check for NaN or figures beyond its limits")
    return highs


def solve_highs(
    problem: MilpProblem,
    *,
    gap: float,
    node_limit: int | None,
    seconds: float | None,
    start: Floats | None,
    seed: int,
    progress: Progress | None,
    interior: bool = False,
) -> MilpSolution:
    """Solve by HiGHS; an infeasible or unbounded problem comes back as such, without a conflict.

    ``interior`` solves a linear problem by interior points and then moves to a vertex: quicker where thousands of rows
    are met by many columns each.
    """
    highs = open_highs(problem, seed=seed)
    if interior:
        highs.setOptionValue("solver", "ipm")
    has_integers = bool(problem.integer.any())
    if has_integers and highs.version() in _WRONG_PRESOLVE:
        highs.setOptionValue("presolve", "off")
    highs.setOptionValue("mip_rel_gap", gap)
    if node_limit is not None:
        highs.setOptionValue("mip_max_nodes", node_limit)
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)
    if start is not None and has_integers:
        _give_start(highs, start)
    if progress is not None and has_integers:
        highs.cbMipImprovingSolution.subscribe(
            lambda event: progress(event.data_out.objective_function_value, event.data_out.mip_dual_bound)
        )
    highs.run()
    solution = _read(highs, problem, has_integers)
    if highs.getModelStatus() != highspy.HighsModelStatus.kUnboundedOrInfeasible:
        return solution
    return nothing_found(_tell_apart(problem, seed), engine=_ENGINE)


def _give_start(highs: highspy.Highs, start: Floats) -> None:
    """Hand over a start; NaN marks columns that HiGHS shall fill in."""
    known: npt.NDArray[np.int32] = np.flatnonzero(~np.isnan(start)).astype(np.int32)
    highs.setSolution(len(known), known, start[known])


def _read(highs: highspy.Highs, problem: MilpProblem, has_integers: bool) -> MilpSolution:
    states = highspy.HighsModelStatus
    state = highs.getModelStatus()
    info = highs.getInfo()
    if state in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return nothing_found(Status.INFEASIBLE, engine=_ENGINE)
    if state == states.kUnbounded:
        return nothing_found(Status.UNBOUNDED, engine=_ENGINE)
    if problem.n_columns == 0 or state == states.kModelEmpty:
        return found(np.zeros(problem.n_columns), objective=problem.offset, bound=problem.offset, limit=None,
                     engine=_ENGINE, nodes=0)  # fmt: skip
    if state not in (states.kOptimal, states.kTimeLimit, states.kSolutionLimit, states.kIterationLimit,
                     states.kInterrupt, states.kHighsInterrupt):  # fmt: skip
        raise RuntimeError(f"HiGHS ended with {highs.modelStatusToString(state)}")
    nodes = max(0, int(info.mip_node_count)) if has_integers else 0
    done = state == states.kOptimal
    bound = (
        float(info.mip_dual_bound) if has_integers else (float(info.objective_function_value) if done else -math.inf)
    )
    if info.primal_solution_status != highspy.kSolutionStatusFeasible:
        return nothing_found(Status.TIME_LIMIT, engine=_ENGINE, bound=bound, nodes=nodes)
    raw = highs.getSolution()
    values = np.array(raw.col_value, dtype=np.float64)
    values[problem.integer] = np.round(values[problem.integer])
    limit = Status.TIME_LIMIT if state == states.kTimeLimit else None
    objective = problem.objective(values) if has_integers else float(info.objective_function_value)
    solution = found(values, objective=objective, bound=bound, limit=limit, engine=_ENGINE, nodes=nodes)
    return solution if has_integers else replace(solution, row_dual=np.array(raw.row_dual, dtype=np.float64))


def _tell_apart(problem: MilpProblem, seed: int) -> Status:
    """Infeasible or unbounded: without costs only the first remains possible."""
    free = open_highs(replace(problem, cost=np.zeros(problem.n_columns)), seed=seed)
    free.run()
    infeasible = free.getModelStatus() == highspy.HighsModelStatus.kInfeasible
    return Status.INFEASIBLE if infeasible else Status.UNBOUNDED
