"""Tonight's orders within the limits that they share with each other and with the order days to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.limit_repair import repair
from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.solve import solve_plan
from supplychain.handover.concerned import BudgetRoom, bought, budget_rooms, concerned, rows_of
from supplychain.handover.decided import decided, must_order
from supplychain.handover.limit_problem import limit_problem
from supplychain.handover.order_problem import LeftOut, Planned
from supplychain.handover.shared_limit import BUDGET, SharedLimit
from supplychain.handover.shared_limits import shared_limits
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["keep_limits"]

Ints = npt.NDArray[np.int64]

_EFFORT = Effort(nodes=12, near=0.004, steps=16, steps_below=8)


def keep_limits(planned: Planned, settings: ReplenishSettings) -> Planned:
    """The plan of tonight within all shared limits; only what must be ordered can go past them, and is told.

    Where the plan made row by row keeps a limit, and leaves enough of the month's budget for the order days to come,
    nothing changes. Else the rows concerned are planned together over the next ``settings.look_ahead_orders`` order
    days with prices on the limits, and tonight's part is brought within what that leaves. Tonight never orders more
    of a row than without limits. Pinned lines and a planner's minimum stock are ordered whatever the limits say.
    """
    limits = shared_limits(planned, settings)
    budgets = [one for one in limits if one.name == BUDGET]
    rooms: dict[int, BudgetRoom] = {}
    if budgets:
        rooms = budget_rooms(planned, concerned(planned, bought(planned), settings), budgets)
        limits = [replace(one, reserved=rooms[one.life].later) if one.name == BUDGET else one for one in limits]
    broken = [one for one in limits if one.breaks(planned.problem, planned.solution.packs) > 0.0]
    if not broken:
        return replace(planned, limits=tuple(limits))
    return _within(planned, limits, broken, rooms, settings)


def _within(
    planned: Planned,
    limits: list[SharedLimit],
    broken: list[SharedLimit],
    rooms: dict[int, BudgetRoom],
    settings: ReplenishSettings,
) -> Planned:
    these = concerned(planned, rows_of(planned, broken), settings)
    least = must_order(planned)
    asked = limit_problem(planned, these, broken, rooms, least=least)
    solution = solve_plan(asked.problem, effort=_EFFORT)
    start = planned.solution.packs.copy()
    start[these.tonight] = solution.packs[these.at, 0] * asked.step[these.at]
    kept = []
    for one in limits:
        if one not in broken:
            kept.append(one)
            continue
        aside = rooms[one.life].reserved if one.name == BUDGET else 0.0
        aside += asked.later_use(solution, one, these.at)
        price = asked.price(solution, one)
        kept.append(replace(one, reserved=min(aside, max(one.amount - one.before, 0.0)), price=price))
    rows = [one.room for one in kept]
    within = repair(planned.problem, start, rows, most=planned.solution.packs, least=least)
    final = tuple(
        _told(planned, one, within.packs, float(price)) for one, price in zip(kept, within.price, strict=True)
    )
    left = planned.solution.packs - within.packs
    out = LeftOut(left, np.where(left > 0, within.cause, -1))
    return replace(planned, solution=decided(planned, within.packs), limits=final, left_out=out)


def _told(planned: Planned, limit: SharedLimit, packs: Ints, price: float) -> SharedLimit:
    """The limit with what the plan makes of it; orders that must be made take from what was put aside for later."""
    use = limit.use(planned.problem, packs)
    return replace(
        limit,
        price=limit.price if limit.price > 0.0 else price,
        reserved=min(limit.reserved, max(limit.amount - use, 0.0)),
    )
