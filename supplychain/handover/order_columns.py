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

__all__ = ["left_out_packs", "order_columns"]

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
    trucks = np.zeros(chosen.size, np.int64) if planned.truck_packs is None else planned.truck_packs[chosen]
    steps = _price_steps(planned, quantity, chosen)
    binding = np.where(packs > 0, limit, np.where(trucks != 0, "trucks", columns["binding"]))
    binding = np.where(steps["break_packs"] > 0, "price_break", binding)
    return {
        **columns,
        "binding": binding.astype(object),
        "truck_packs": trucks,
        "left_out_packs": packs,
        "left_out_for": limit,
        "limit_price": price,
        "left_out_margin": _margin(planned, quantity, left_out_packs(planned)[chosen], chosen),
        **steps,
    }


def _price_steps(planned: Planned, quantity: Floats, chosen: Ints) -> dict[str, npt.NDArray[Any]]:
    """The break that each line has reached, and the one that it takes or comes nearest to taking."""
    problem, steps = planned.problem, planned.price_steps
    start = problem.break_from[chosen]
    reached = np.where(quantity[chosen, None] >= start * (1.0 - 1e-9), start, 0.0)
    columns: dict[str, npt.NDArray[Any]] = {"tier_from": reached.max(axis=1, initial=0.0)}
    if steps is None:
        none = np.full(chosen.size, np.nan)
        columns["break_packs"] = np.zeros(chosen.size, np.int64)
        columns |= dict.fromkeys(("break_from", "break_price", "break_units", "break_saves", "break_costs"), none)
        return columns | {"break_verdict": np.full(chosen.size, "", object)}
    return columns | {
        "break_packs": steps.packs[chosen],
        "break_from": steps.from_units[chosen],
        "break_price": steps.price[chosen],
        "break_units": steps.units[chosen],
        "break_saves": steps.saves[chosen],
        "break_costs": steps.costs[chosen],
        "break_verdict": steps.verdict[chosen],
    }


def left_out_packs(planned: Planned) -> Ints:
    """Packs of each row that shared limits or the cost of orders and trucks leave out [K]."""
    none = np.zeros(planned.rows.size, np.int64)
    limits = none if planned.left_out is None else planned.left_out.packs
    packs: Ints = limits + (none if planned.truck_packs is None else np.maximum(-planned.truck_packs, 0))
    return packs


def _margin(planned: Planned, quantity: Floats, packs: Ints, chosen: Ints) -> Floats:
    """Margin that what is left out would have saved [n]."""
    curve, problem = planned.curve, planned.problem
    there = problem.position[chosen] + quantity[chosen]
    more = there + packs * problem.pack[chosen]
    short, less = (expected_short(units, curve.quantile[chosen], curve.levels) for units in (there, more))
    margin: Floats = curve.money[chosen, 0] * (short - less)
    return margin
