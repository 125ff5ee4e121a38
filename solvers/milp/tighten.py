"""Add rows to a problem as its linear relaxation breaks them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from solvers.milp.highs import open_highs
from solvers.milp.problem import Floats, MilpProblem

__all__ = ["Rows", "tighten"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows to add: ``lower <= matrix @ x <= upper``; ``matrix`` a SciPy CSR array [K,C]."""

    matrix: Any
    lower: Floats
    upper: Floats


def tighten(
    problem: MilpProblem,
    separate: Callable[[Floats], Rows | None],
    *,
    rounds: int = 50,
    seconds: float | None = None,
    seed: int = 1,
) -> MilpProblem:
    """Solve the linear relaxation, add the rows that ``separate(values)`` returns, and again until it returns None.

    Each round starts from the last basis, so it costs a few dual simplex steps. Added rows are never named in a
    conflict (their penalty is infinite). ``seconds`` ends the rounds by the clock. An infeasible or unbounded
    relaxation ends them too: the caller's solve tells.
    """
    highs = open_highs(problem, seed=seed, relaxed=True)
    if seconds is not None:
        highs.setOptionValue("time_limit", seconds)  # of all runs of this instance together
    added: list[Rows] = []
    for _ in range(rounds):
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            break
        rows = separate(np.array(highs.getSolution().col_value, dtype=np.float64))
        if rows is None or not len(rows.lower):
            break
        matrix = sparse.csr_array(rows.matrix)
        highs.addRows(
            len(rows.lower),
            rows.lower,
            rows.upper,
            int(matrix.nnz),
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data,
        )
        added.append(rows)
    return _with_rows(problem, added) if added else problem


def _with_rows(problem: MilpProblem, added: list[Rows]) -> MilpProblem:
    count = sum(len(rows.lower) for rows in added)
    penalty = np.ones(problem.n_rows) if problem.row_penalty is None else problem.row_penalty
    names = None
    if problem.row_names is not None:
        names = problem.row_names + tuple(f"added_{k}" for k in range(count))
    return MilpProblem.of(
        problem.cost,
        sparse.vstack([problem.matrix, *(rows.matrix for rows in added)], format="csr"),
        row_lower=np.concatenate([problem.row_lower, *(rows.lower for rows in added)]),
        row_upper=np.concatenate([problem.row_upper, *(rows.upper for rows in added)]),
        lower=problem.lower,
        upper=problem.upper,
        integer=problem.integer,
        offset=problem.offset,
        column_names=problem.column_names,
        row_names=names,
        row_penalty=np.concatenate([penalty, np.full(count, np.inf)]),
    )
