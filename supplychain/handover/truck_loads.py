"""Orders of suppliers whose orders and trucks cost money: filled up, cut to fewer trucks, or left for a later day."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.limit_repair import Room, repair
from supplychain.handover.decided import decided, must_order
from supplychain.handover.order_problem import Planned
from supplychain.handover.placed_row import truck_load_placed, with_placed
from supplychain.handover.plan_problem import days_ahead, packs_tonight, plan_problem, truck_share
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["load_trucks"]

Ints = npt.NDArray[np.int64]

_SLACK = 1e-9


def load_trucks(planned: Planned, settings: ReplenishSettings) -> Planned:
    """Decide anew tonight's orders of suppliers with a cost of orders or trucks.

    Such an order and the next ``settings.look_ahead_orders`` - 1 are planned together, each with its cost and that of
    its trucks: packs are added where they come along in a truck that goes anyway, left out where they would need one
    more, and all of it is left for a later day where that is cheaper. What rows need by themselves is then ordered as
    far as the trucks hold it. Pinned lines and a planner's minimum stock go tonight whatever that costs.
    """
    situation, problem, wanted = planned.situation, planned.problem, planned.solution.packs
    costs = situation.terms.shared.has_trucks[situation.terms.supplier_index[planned.rows]]
    ordered = np.bincount(problem.group, weights=wanted, minlength=problem.group_minimum.size) > 0
    chosen = np.flatnonzero(costs & ordered[problem.group])
    if chosen.size == 0:
        return planned
    asked, step = plan_problem(planned, chosen, days_ahead(situation, settings), wanted=wanted[chosen])
    start = wanted.copy()
    start[chosen] = packs_tonight(with_placed(asked, planned, chosen), step)
    rooms, load = [], truck_share(situation.terms, planned.rows[chosen])
    for group in np.unique(problem.group[chosen]):
        mine = problem.group[chosen] == group
        rows, share = chosen[mine], load[mine]
        units = start[rows] * problem.pack[rows]
        amount, weight = 0.0, np.ones(rows.size)  # nothing goes tonight
        if units.sum() > 0:
            limited = asked.truck_cost[asked.group[np.flatnonzero(mine)[0]]] > 0
            placed = truck_load_placed(planned, int(group))
            whole = max(float(np.ceil((placed + share @ units) * (1.0 - _SLACK))), 1.0)
            amount, weight = (whole - placed, share) if limited else (0.0, np.zeros(rows.size))
        rooms.append(Room(amount, rows, weight, np.zeros(rows.size)))
    most = np.maximum(start, wanted)
    packs = repair(problem, start, rooms, most=most, least=must_order(planned)).packs
    return replace(planned, solution=decided(planned, packs), truck_packs=packs - wanted)
