"""The textbook model from a start, for small problems."""

from __future__ import annotations

import math
from dataclasses import replace

import highspy
import numpy as np
import numpy.typing as npt

from solvers.milp.highs import open_highs
from solvers.replenishment.lot_sizing.model import Limits, LotModel, Outcome
from solvers.replenishment.lot_sizing.textbook import textbook_model

__all__ = ["solve_textbook"]

Floats = npt.NDArray[np.float64]

_NODES = 20  # nodes of this model that take about as long as one of the other


def solve_textbook(model: LotModel, start: Floats | None, *, limits: Limits) -> Outcome:
    """Best plan within capacity from what is made in a first plan [N,T]; the bound holds for the problem."""
    problem = model.problem
    shape, count = problem.demand.shape, problem.demand.size
    highs = open_highs(textbook_model(problem), seed=model.seed)
    highs.setOptionValue("mip_rel_gap", 0.0)
    cheap = None if limits.nodes is None else _NODES * limits.nodes
    replace(limits, nodes=cheap).apply(highs)
    if start is not None:
        stock = problem.initial_stock[:, None] + np.cumsum(start - problem.demand, axis=1)
        values = np.concatenate([start.ravel(), stock.ravel(), (start > 0.0).ravel().astype(np.float64)])
        highs.setSolution(3 * count, np.arange(3 * count, dtype=np.int32), values)
    highs.run()
    states, state, info = highspy.HighsModelStatus, highs.getModelStatus(), highs.getInfo()
    quantity, setups, cost = np.zeros(shape), np.zeros(shape), math.inf
    if info.primal_solution_status == highspy.kSolutionStatusFeasible:
        values = np.array(highs.getSolution().col_value, dtype=np.float64)
        setups = np.round(values[2 * count :]).reshape(shape)
        # solved once more for these setups, as quantities of the search miss rows by a millionth
        chosen = setups > 0.5
        exact = model.solve(chosen, chosen, strict=True, near=False)
        quantity, cost = exact.quantity, exact.cost
    return Outcome(
        cost=cost,
        quantity=quantity,
        setups=setups,
        missing_time=np.zeros(problem.capacity.size),
        bound=float(info.mip_dual_bound),
        solved=state == states.kOptimal,
        infeasible=state in (states.kInfeasible, states.kUnboundedOrInfeasible),
        nodes=max(0, int(info.mip_node_count)),
        seconds=float(highs.getRunTime()),
    )
