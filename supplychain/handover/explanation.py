"""Why each line is as it is, as data."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from solvers.replenishment.marginal import block_rewards
from supplychain.handover.order_problem import Planned
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["explanation_columns"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def explanation_columns(
    planned: Planned, quantity: Floats, settings: ReplenishSettings, *, chosen: Ints
) -> Mapping[str, npt.NDArray[np.generic]]:
    """Explanation columns of the lines ``chosen`` among the planned rows; ``quantity`` [K] as decided."""
    problem, solution, needs = planned.problem, planned.solution, planned.needs
    one_more = block_rewards(planned.curve, problem.position + quantity, problem.pack)
    columns = {
        "position": problem.position,
        "target": needs.target,
        "need": needs.need,
        "service_level": needs.service_level,
        "demand_quantile": needs.demand_quantile,
        "top_up_packs": solution.top_up_packs,
        "value_of_one_more_pack": one_more,
    }
    return {name: values[chosen] for name, values in columns.items()}
