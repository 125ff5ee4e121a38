"""Tonight's orders within the limits that they share with each other and with the order days to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.solve import solve_plan
from supplychain.handover.concerned import BudgetRoom, bought, budget_rooms, concerned, rows_of
from supplychain.handover.decided import decided, must_order
from supplychain.handover.keep_rooms import Together, together
from supplychain.handover.limit_problem import limit_problem
from supplychain.handover.order_problem import LeftOut, Planned
from supplychain.handover.shared_limit import BUDGET, ROOM, SharedLimit
from supplychain.handover.shared_limits import moving_of, renewed, shared_limits
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["keep_limits"]

Ints = npt.NDArray[np.int64]

_EFFORT = Effort(nodes=12, near=0.004, steps=16, steps_below=8)


def keep_limits(planned: Planned, settings: ReplenishSettings, *, fed: Planned | None = None) -> Planned:
    """The plan of tonight within all shared limits; only what must be ordered can go past them, and is told.

    Where the plan made row by row keeps a limit, and leaves enough of the month's budget for the order days to come,
    nothing changes. Else the rows concerned are planned together over the next ``settings.look_ahead_orders`` order
    days with prices on the limits, and tonight's part is brought within what that leaves. Tonight never orders more
    of a row than without limits. Pinned lines and a planner's minimum stock are ordered whatever the limits say.
    ``fed`` are the rows that ``planned.moving`` brings something to, in its order: these transfers share the room at
    sites with orders, and are cut where they earn less for it.
    """
    limits = shared_limits(planned, settings)
    short = [one for one in limits if one.name == ROOM and one.breaks(planned.problem, planned.solution.packs) > 0.0]
    both: Together | None = None
    if short and fed is not None:
        both = together(planned, fed, moving_of(planned))
        rooms = [one for one in limits if one.name == ROOM]
        packs = planned.solution.packs
        made = both.repaired(packs, rooms, most=packs, least=must_order(planned))
        planned = replace(planned, moving=both.moving(moving_of(planned), made, rooms))
        limits = renewed(planned, limits)
    budgets = [one for one in limits if one.name == BUDGET]
    left: dict[int, BudgetRoom] = {}
    if budgets:
        left = budget_rooms(planned, concerned(planned, bought(planned), settings), budgets)
        limits = [replace(one, reserved=left[one.life].later) if one.name == BUDGET else one for one in limits]
    broken = [one for one in limits if one.breaks(planned.problem, planned.solution.packs) > 0.0]
    if not broken and not short:
        return replace(planned, limits=tuple(limits))
    start, kept = planned.solution.packs, limits
    if broken:
        start, kept = _ahead(planned, limits, broken, left, settings)
    return _within(planned, start, kept, both=both or together(planned, fed, moving_of(planned)))


def _ahead(
    planned: Planned,
    limits: Sequence[SharedLimit],
    broken: list[SharedLimit],
    rooms: dict[int, BudgetRoom],
    settings: ReplenishSettings,
) -> tuple[Ints, list[SharedLimit]]:
    """Tonight's packs [K] of the best plan of the next order days, and the limits with what that keeps for later."""
    these = concerned(planned, rows_of(planned, broken), settings)
    if these.asked.rows.size == 0:  # transfers alone fill the room
        return planned.solution.packs, list(limits)
    asked = limit_problem(planned, these, broken, rooms, least=must_order(planned))
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
        kept.append(replace(one, reserved=min(aside, max(one.amount - one.before, 0.0))))
    return start, kept


def _within(planned: Planned, start: Ints, limits: list[SharedLimit], *, both: Together) -> Planned:
    """Orders and transfers exactly within what the limits leave to tonight, from the packs ``start`` [K] of orders."""
    wanted, orders = planned.solution.packs, planned.rows.size
    made = both.repaired(start, limits, most=wanted, least=must_order(planned))
    packs, cause = made.packs[:orders], made.cause[:orders]
    planned = replace(planned, moving=both.moving(moving_of(planned), made, limits))
    final = tuple(
        _told(planned, one, packs, float(price))
        for one, price in zip(renewed(planned, limits), made.price, strict=True)
    )
    left = wanted - packs
    out = LeftOut(left, np.where(left > 0, cause, -1))
    return replace(planned, solution=decided(planned, packs), limits=final, left_out=out)


def _told(planned: Planned, limit: SharedLimit, packs: Ints, price: float) -> SharedLimit:
    """The limit with what the plan makes of it; orders that must be made take from what was put aside for later."""
    use = limit.use(planned.problem, packs)
    return replace(limit, price=price, reserved=min(limit.reserved, max(limit.amount - use, 0.0)))
