"""Why nothing is feasible: the cheapest set of rows to break, by priced slacks."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from solvers.milp.problem import Conflict, Floats, MilpProblem

__all__ = ["elastic_problem", "read_conflict"]


def elastic_problem(problem: MilpProblem) -> MilpProblem:
    """The same rows with a priced slack on each finite side; the original costs are dropped.

    Its columns are the original C, then one for each soft row that helps the lower side, then one for each that
    helps the upper side. Rows with an infinite penalty stay hard.
    """
    penalty = _penalty(problem)
    short, over = _soft_rows(problem, penalty)
    extra = sparse.csr_array(
        (
            np.concatenate([np.ones(len(short)), -np.ones(len(over))]),
            (np.concatenate([short, over]), np.arange(len(short) + len(over))),
        ),
        shape=(problem.n_rows, len(short) + len(over)),
    )
    count = extra.shape[1]
    return MilpProblem.of(
        np.concatenate([np.zeros(problem.n_columns), penalty[short], penalty[over]]),
        sparse.hstack([problem.matrix, extra], format="csr"),
        row_lower=problem.row_lower,
        row_upper=problem.row_upper,
        lower=np.concatenate([problem.lower, np.zeros(count)]),
        upper=np.concatenate([problem.upper, np.full(count, np.inf)]),
        integer=np.concatenate([problem.integer, np.zeros(count, np.bool_)]),
    )


def read_conflict(problem: MilpProblem, values: Floats) -> tuple[Conflict, ...]:
    """The rows that the solved elastic problem breaks, in row order; amounts in units of the row."""
    short, over = _soft_rows(problem, _penalty(problem))
    slack = values[problem.n_columns :]
    rows = np.concatenate([short, over])
    broken = sorted((int(rows[k]), float(slack[k])) for k in np.flatnonzero(slack > 1e-6))
    return tuple(Conflict(row, problem.row_name(row), amount) for row, amount in broken)


def _penalty(problem: MilpProblem) -> Floats:
    return np.ones(problem.n_rows) if problem.row_penalty is None else problem.row_penalty


def _soft_rows(problem: MilpProblem, penalty: Floats) -> tuple[np.ndarray, np.ndarray]:
    soft = np.isfinite(penalty)
    short = np.flatnonzero(soft & np.isfinite(problem.row_lower))
    over = np.flatnonzero(soft & np.isfinite(problem.row_upper))
    return short, over
