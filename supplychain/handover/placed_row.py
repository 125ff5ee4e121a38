"""What is placed already of tonight's orders, in the plan of several order days and in trucks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.problem import PlanProblem
from supplychain.handover.order_problem import Planned
from supplychain.handover.placed_tonight import PlacedTonight

__all__ = ["truck_load_placed", "with_placed"]

Ints = npt.NDArray[np.int64]


def truck_load_placed(planned: Planned, group: int) -> float:
    """Trucks that the placed part of the order of a group of ``planned`` fills."""
    placed = _placed(planned)
    if placed is None:
        return 0.0
    first = planned.rows[np.flatnonzero(planned.problem.group == group)[:1]]
    terms = planned.situation.terms
    return float(placed.of_orders(placed.load, terms.supplier_index[first], terms.site_index[first])[0])


def with_placed(asked: PlanProblem, planned: Planned, chosen: Ints) -> PlanProblem:
    """The problem of the rows ``chosen`` [n] with one more row for each order that is placed in part already.

    It stands for what is placed: fixed on the first day, of its value and load, wanted by nobody. So it counts for the
    minimum value of that day, its order costs no more, and its trucks have that much less room.
    """
    placed = _placed(planned)
    if placed is None:
        return asked
    terms, rows = planned.situation.terms, planned.rows[chosen]
    first = np.unique(asked.group, return_index=True)[1]
    supplier, site = terms.supplier_index[rows[first]], terms.site_index[rows[first]]
    value, load = (placed.of_orders(part, supplier, site) for part in (placed.value, placed.load))
    more = np.flatnonzero((value > 0) | (load > 0))
    if more.size == 0:
        return asked
    like, n, days = first[more], more.size, asked.days
    given = np.zeros((n, days), np.int64)
    given[:, 0] = 1
    none = {"position": 0.0, "quantile": 0.0, "shelf_quantile": 0.0, "before": 0.0, "money": 0.0, "volume_l": 0.0}
    own = {name: np.full_like(getattr(asked, name)[like], cell) for name, cell in none.items()}
    own |= {"group": asked.group[like], "rate": asked.rate[like], "unit_price": value[more], "load": load[more]}
    own |= {"pack": np.ones(n), "lot_packs": np.ones(n, np.int64), "most_packs": np.ones((n, days), np.int64)}
    own |= {"break_from": np.full_like(asked.break_from[like], np.inf), "fixed_packs": given}
    own |= {"break_price": np.zeros_like(asked.break_price[like])}
    minimum, whole = asked.minimum_value.copy(), terms.supplier_minimum[supplier]
    by_pin = (minimum == 0) & (value < whole)  # goes out below the minimum because a buyer says so
    minimum[more] = np.where(by_pin, 0.0, whole)[more]
    joined: dict[str, Any] = {name: np.concatenate((getattr(asked, name), cells)) for name, cells in own.items()}
    return replace(asked, minimum_value=minimum, **joined)


def _placed(planned: Planned) -> PlacedTonight | None:
    commitments = planned.situation.state.commitments
    return None if commitments is None else commitments.placed
