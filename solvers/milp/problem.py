"""A mixed-integer linear problem as sparse arrays, and what a solver found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from solvers.status import Status

__all__ = ["Conflict", "MilpProblem", "MilpSolution", "found", "nothing_found", "relative_gap"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

OPTIMAL_GAP = 1e-6  # a proven relative gap up to this is called optimal


@dataclass(frozen=True, eq=False)
class MilpProblem:
    """Minimise ``offset + cost @ x`` over ``row_lower <= matrix @ x <= row_upper``, ``lower <= x <= upper``.

    C columns, R rows. ``cost``, ``lower``, ``upper`` [C]; ``integer`` [C] marks whole-number columns; ``matrix`` is a
    SciPy CSR array [R,C]; ``row_lower``, ``row_upper`` [R]; bounds may be infinite. ``column_names`` and
    ``row_names`` are optional; unnamed ones are called ``x0``, ``x1`` ... and ``r0``, ``r1`` .... ``row_penalty`` [R]
    is the price of breaking a row by one unit when nothing feasible exists (default 1; inf never breaks it): it
    steers which rows are named as the conflict. Build it with :meth:`of`, which fills in defaults and checks.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    integer: Flags
    matrix: Any
    row_lower: Floats
    row_upper: Floats
    offset: float = 0.0
    column_names: tuple[str, ...] | None = None
    row_names: tuple[str, ...] | None = None
    row_penalty: Floats | None = None

    @classmethod
    def of(
        cls,
        cost: npt.ArrayLike,
        matrix: Any,
        *,
        row_lower: npt.ArrayLike = -np.inf,
        row_upper: npt.ArrayLike = np.inf,
        lower: npt.ArrayLike = 0.0,
        upper: npt.ArrayLike = np.inf,
        integer: npt.ArrayLike = False,
        offset: float = 0.0,
        column_names: Sequence[str] | None = None,
        row_names: Sequence[str] | None = None,
        row_penalty: npt.ArrayLike | None = None,
    ) -> MilpProblem:
        """Build and check a problem; scalars are spread over all columns or rows.

        Raises ValueError, listing everything that is wrong.
        """
        costs = np.atleast_1d(np.asarray(cost, dtype=np.float64))
        rows = sparse.csr_array(matrix)
        n_rows, n_columns = rows.shape
        problem = cls(
            cost=costs,
            lower=_spread(lower, n_columns),
            upper=_spread(upper, n_columns),
            integer=np.broadcast_to(np.asarray(integer, dtype=np.bool_), (n_columns,)).copy(),
            matrix=rows,
            row_lower=_spread(row_lower, n_rows),
            row_upper=_spread(row_upper, n_rows),
            offset=float(offset),
            column_names=None if column_names is None else tuple(column_names),
            row_names=None if row_names is None else tuple(row_names),
            row_penalty=None if row_penalty is None else _spread(row_penalty, n_rows),
        )
        faults = _faults(problem)
        if faults:
            raise ValueError("milp problem: " + "; ".join(faults))
        return problem

    @property
    def n_columns(self) -> int:
        """Number of columns C."""
        return len(self.cost)

    @property
    def n_rows(self) -> int:
        """Number of rows R."""
        return len(self.row_lower)

    def column_name(self, column: int) -> str:
        """Name of a column."""
        return f"x{column}" if self.column_names is None else self.column_names[column]

    def row_name(self, row: int) -> str:
        """Name of a row."""
        return f"r{row}" if self.row_names is None else self.row_names[row]

    def objective(self, values: Floats) -> float:
        """Cost of ``values`` [C], offset included."""
        return float(self.cost @ values) + self.offset

    def breach(self, values: Floats) -> float:
        """Largest violation of any row, bound or integrality by ``values`` [C], in the units of the rows."""
        activity = self.matrix @ values
        whole = np.abs(values - np.round(values))[self.integer]
        parts = (
            self.row_lower - activity,
            activity - self.row_upper,
            self.lower - values,
            values - self.upper,
            whole,
        )
        return max((float(part.max(initial=0.0)) for part in parts), default=0.0)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that has to give way before anything is feasible, and by how much in the least-priced repair."""

    row: int
    name: str
    amount: float


@dataclass(frozen=True, eq=False)
class MilpSolution:
    """What a solver found.

    ``values`` [C] is None without an incumbent, ``objective`` is then inf. ``bound`` is proven (-inf when there is
    none), ``gap`` = (objective - bound) / abs(objective). ``status``: optimal means a proven gap of at most 1e-6;
    feasible a larger gap, by request or because the node limit came first; time_limit that the seconds ran out, or
    that the node limit came before any incumbent. ``row_dual`` [R] is the price of a row, for problems without
    integers. ``conflict`` names the rows that cannot all hold when the status is infeasible.
    """

    status: Status
    objective: float
    bound: float
    gap: float
    values: Floats | None
    engine: str
    nodes: int = 0
    row_dual: Floats | None = None
    conflict: tuple[Conflict, ...] = ()


def relative_gap(objective: float, bound: float) -> float:
    """(objective - bound) / abs(objective), never negative; inf without an incumbent or a bound."""
    if not (math.isfinite(objective) and math.isfinite(bound)):
        return math.inf
    difference = max(0.0, objective - bound)
    return 0.0 if difference <= 1e-9 else difference / max(abs(objective), 1e-9)


def found(
    values: Floats, *, objective: float, bound: float, limit: Status | None, engine: str, nodes: int
) -> MilpSolution:
    """The solution for an incumbent; ``limit`` is what stopped the search, None when it ended by itself."""
    bound = min(bound, objective)
    gap = relative_gap(objective, bound)
    status = Status.OPTIMAL if gap <= OPTIMAL_GAP else limit or Status.FEASIBLE
    return MilpSolution(status, objective, bound, gap, values, engine, nodes)


def nothing_found(status: Status, *, engine: str, bound: float = -math.inf, nodes: int = 0) -> MilpSolution:
    """The solution when there is no incumbent."""
    return MilpSolution(status, math.inf, bound, math.inf, None, engine, nodes)


def _spread(value: npt.ArrayLike, length: int) -> Floats:
    array = np.asarray(value, dtype=np.float64)
    return np.full(length, float(array)) if array.ndim == 0 else array.copy()


def _faults(problem: MilpProblem) -> list[str]:
    """Everything that makes the arrays no problem at all."""
    n_rows, n_columns = problem.matrix.shape
    faults = [
        f"{name}: length {len(values)}, must be {length}"
        for name, values, length in (
            ("cost", problem.cost, n_columns),
            ("lower", problem.lower, n_columns),
            ("upper", problem.upper, n_columns),
            ("row_lower", problem.row_lower, n_rows),
            ("row_upper", problem.row_upper, n_rows),
            ("column_names", problem.column_names, n_columns),
            ("row_names", problem.row_names, n_rows),
            ("row_penalty", problem.row_penalty, n_rows),
        )
        if values is not None and len(values) != length
    ]
    if faults:
        return faults
    if not (np.isfinite(problem.cost).all() and np.isfinite(problem.matrix.data).all()):
        faults.append("cost and matrix must be finite")
    if any(np.isnan(a).any() for a in (problem.lower, problem.upper, problem.row_lower, problem.row_upper)):
        faults.append("bounds must not be NaN")
    if problem.row_penalty is not None and not (problem.row_penalty > 0).all():
        faults.append("row_penalty must be positive")
    least = np.where(problem.integer, np.ceil(problem.lower - 1e-9), problem.lower)
    most = np.where(problem.integer, np.floor(problem.upper + 1e-9), problem.upper)
    faults += [
        f"{problem.column_name(c)}: no value between {problem.lower[c]} and {problem.upper[c]}"
        for c in np.flatnonzero(least > most)[:10]
    ]
    faults += [
        f"{problem.row_name(r)}: lower side {problem.row_lower[r]} above upper side {problem.row_upper[r]}"
        for r in np.flatnonzero(problem.row_lower > problem.row_upper)[:10]
    ]
    return faults
