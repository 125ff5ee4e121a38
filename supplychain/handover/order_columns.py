"""Explanation columns of order lines: those of all lines, and what shared limits leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short
from supplychain.handover.explanation import explanation_columns
from supplychain.handover.order_problem import LeftOut, Planned
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_columns"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def order_columns(
    planned: Planned, quantity: Floats, settings: ReplenishSettings, *, chosen: Ints
) -> Mapping[str, npt.NDArray[Any]]:
    """Columns of the lines ``chosen`` among the planned rows; meaning in ``supplychain.plans.order_plan``."""
    columns = explanation_columns(planned, quantity, settings, chosen=chosen)
    out = planned.left_out or LeftOut(np.zeros(quantity.size, np.int64), np.full(quantity.size, -1))
    packs, cause = out.packs[chosen], out.cause[chosen]
    limit = np.array([*(one.name for one in planned.limits), ""], object)[cause]
    price = np.array([*(one.price for one in planned.limits), 0.0])[cause]
    less = packs > 0
    return {
        **columns,
        "binding": np.where(less, limit, columns["binding"]).astype(object),
        "left_out_packs": packs,
        "left_out_for": limit,
        "limit_price": price,
        "left_out_margin": _margin(planned, quantity, packs, chosen),
    }


def _margin(planned: Planned, quantity: Floats, packs: Ints, chosen: Ints) -> Floats:
    """Margin that what is left out would have saved [n]."""
    curve, problem = planned.curve, planned.problem
    there = problem.position[chosen] + quantity[chosen]
    more = there + packs * problem.pack[chosen]
    short, less = (expected_short(units, curve.quantile[chosen], curve.levels) for units in (there, more))
    margin: Floats = curve.money[chosen, 0] * (short - less)
    return margin
