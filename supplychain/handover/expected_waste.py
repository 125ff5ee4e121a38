"""Stock on hand that nobody is expected to buy before it expires."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.state import State
from supplychain.handover.terms import Terms

__all__ = ["expected_waste"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def expected_waste(state: State, view: IntervalDemand, days: Ints, terms: Terms) -> Floats:
    """Units on hand expected to expire unsold before the end of the next ``days`` [N] days [N].

    First expired, first out, on expected demand; what a dc sells includes the demand of the sites that it feeds. By
    any day at most the demand so far has been sold out of the batches that do not outlive that day, so the waste until
    then is the largest excess of those batches over demand.
    """
    waste = np.zeros(days.size)
    rows = np.flatnonzero(state.batches.any(axis=1))
    if rows.size:
        perishing = np.cumsum(state.batches[rows], axis=1)
        more_days = np.arange(perishing.shape[1])
        demand = _demand(view, terms, more_days.size)[rows]
        excess = np.where(more_days < days[rows][:, None], perishing - demand, 0.0)
        waste[rows] = np.maximum(excess.max(axis=1), 0.0)
    return waste


def _demand(view: IntervalDemand, terms: Terms, span: int) -> Floats:
    """Expected demand of the next 0 .. ``span`` - 1 days, with that of the rows fed [N,span]."""
    demand = np.column_stack([view.mean(np.full(terms.rows, ahead)) for ahead in range(span)])
    fed = np.flatnonzero(terms.origin_row >= 0)
    np.add.at(demand, terms.origin_row[fed], demand[fed])
    return demand
