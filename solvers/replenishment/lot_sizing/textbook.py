"""The model of lot sizing as textbooks write it: many nodes a second, a weak relaxation."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from solvers.milp import MilpProblem
from solvers.replenishment.lot_sizing.problem import LotSizingProblem

__all__ = ["textbook_model"]


def textbook_model(problem: LotSizingProblem) -> MilpProblem:
    """Made, in stock and set up by item and period; a setup allows what is still due.

    Columns are the three blocks in this order, each [N,T]; rows are balances [N,T], setups [N,T], capacity [T].
    """
    items, periods = problem.demand.shape
    count = items * periods
    eye = sparse.eye_array(count, format="csr")
    before = sparse.kron(sparse.eye_array(items), sparse.eye_array(periods, k=-1), format="csr")
    still_due = np.cumsum(problem.demand[:, ::-1], axis=1)[:, ::-1].ravel()
    by_period = sparse.kron(np.ones((1, items)), sparse.eye_array(periods), format="csr")
    matrix = sparse.block_array(
        [
            [eye, before - eye, None],
            [eye, None, sparse.diags_array(-still_due)],
            [by_period * problem.unit_time.ravel(), None, by_period * problem.setup_time.ravel()],
        ],
        format="csr",
    )
    due = problem.demand.copy()
    due[:, 0] -= problem.initial_stock
    return MilpProblem.of(
        np.concatenate([problem.unit_cost.ravel(), problem.holding_cost.ravel(), problem.setup_cost.ravel()]),
        matrix,
        row_lower=np.concatenate([due.ravel(), np.full(count + periods, -np.inf)]),
        row_upper=np.concatenate([due.ravel(), np.zeros(count), problem.capacity]),
        upper=np.concatenate([np.full(2 * count, np.inf), np.ones(count)]),
        integer=np.arange(3 * count) >= 2 * count,
    )
