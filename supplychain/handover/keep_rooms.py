"""Tonight's orders and transfers as one problem, since both take room at the same sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short
from solvers.replenishment.limit_repair import Repaired, repair
from solvers.replenishment.problem import Curve, OrderProblem
from supplychain.handover.moving import Moving
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import SharedLimit
from supplychain.handover.shared_limits import moving_of, renewed
from supplychain.handover.stock_ahead import stock_ahead

__all__ = ["Together", "free_litres", "together"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAYS = 14  # days ahead on which moves between sites must find room


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """Rows of tonight's orders [K], then those that dcs feed [F], each of the latter in single units.

    ``planned`` of all rows, its transfers leaving but not arriving: they are what is decided.
    """

    planned: Planned
    orders: int
    fed: Planned | None

    def limits(self, limits: Sequence[SharedLimit]) -> list[SharedLimit]:
        """The limits of tonight's orders, those of room with the fed rows in them."""
        return renewed(self.planned, limits)

    def repaired(self, packs: Ints, limits: Sequence[SharedLimit], *, most: Ints, least: Ints) -> Repaired:
        """Packs of all rows [K+F] within the limits; ``packs``, ``most`` and ``least`` of the orders [K]."""
        wanted = self.planned.solution.packs[self.orders :]
        none = np.zeros(wanted.size, np.int64)
        return repair(
            self.planned.problem,
            np.concatenate((packs, wanted)),
            [one.room for one in self.limits(limits)],
            most=np.concatenate((most, wanted)),
            least=np.concatenate((least, none)),
        )

    def moving(self, moving: Moving, made: Repaired, limits: Sequence[SharedLimit]) -> Moving:
        """Tonight's transfers as ``made``, with what the rooms leave out of them and for which day."""
        if self.fed is None:
            return moving
        units = made.packs[self.orders :].astype(np.float64)
        days = [int((one.begins - self.planned.situation.as_of).astype(np.int64)) for one in limits]
        cause = np.array([*days, 0], np.int64)[made.cause[self.orders :]]
        curve, position = self.fed.curve, self.fed.problem.position
        short, less = (expected_short(position + more, curve.quantile, curve.levels) for more in (units, moving.wanted))
        return moving.cut_to(units, cause=cause, margin=curve.money[:, 0] * (short - less))


def together(planned: Planned, fed: Planned | None, moving: Moving) -> Together:
    """Tonight's orders with the rows that ``moving`` brings something to, row by row those of ``fed``."""
    if fed is None or fed.rows.size == 0:
        return Together(replace(planned, moving=moving), planned.rows.size, None)
    units = np.rint(moving.wanted).astype(np.int64)
    solution = replace(planned.solution, packs=np.concatenate((planned.solution.packs, units)))
    leaving = replace(moving, days=np.full(moving.days.size, np.iinfo(np.int64).max // 2))
    joint = replace(
        planned,
        rows=np.concatenate((planned.rows, fed.rows)),
        problem=_joined(planned.problem, fed.problem),
        solution=solution,
        moving=leaving,
    )
    return Together(joint, planned.rows.size, fed)


def free_litres(planned: Planned) -> Floats | None:
    """Litres that orders and transfers leave free at each site [S] on the fullest of the next days; None: no limits."""
    situation, terms = planned.situation, planned.situation.terms
    room = terms.shared.capacity_l
    if not np.isfinite(room).any():
        return None
    days = max(min(situation.days_ahead, _DAYS), 1)
    units = stock_ahead(situation, days, moving_of(planned))
    come = np.zeros_like(units)
    lead, ordered = situation.lead[planned.rows], planned.solution.packs * planned.problem.pack
    near = lead <= days
    np.add.at(come, (planned.rows[near], lead[near] - 1), ordered[near])
    litres = terms.volume_l[:, None] * np.maximum(units + np.cumsum(come, axis=1), 0.0)
    most = np.array([np.bincount(terms.site_index, weights=one, minlength=room.size) for one in litres.T]).max(axis=0)
    free: Floats = np.maximum(room - most, 0.0)
    return free


def _joined(orders: OrderProblem, fed: OrderProblem) -> OrderProblem:
    """Both problems as one; fed rows in single units, without price breaks and minimums of an order."""
    ones, free = np.ones(fed.pack.size), np.zeros(fed.pack.size)
    fed = replace(
        fed, pack=ones, minimum_quantity=ones, unit_price=free, rate=ones,
        break_from=np.full_like(fed.break_from, np.inf), break_price=np.zeros_like(fed.break_price),
    )  # fmt: skip
    whole = {"group", "group_minimum", "curve", "by_reward"}
    cells = {
        one.name: np.concatenate((getattr(orders, one.name), getattr(fed, one.name)))
        for one in fields(OrderProblem)
        if one.name not in whole
    }
    parts = zip(orders.curve[1:], fed.curve[1:], strict=True)
    return OrderProblem(
        **cells,
        group=np.concatenate((orders.group, fed.group + orders.group_minimum.size)).astype(np.int64),
        group_minimum=np.concatenate((orders.group_minimum, fed.group_minimum)),
        curve=Curve(fed.curve.levels, *(np.concatenate(pair) for pair in parts)),
        by_reward=orders.by_reward,
    )
