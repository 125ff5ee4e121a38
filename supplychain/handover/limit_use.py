"""What tonight's plan makes of each shared limit, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.limit_repair import used
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import CAPACITY, ROOM, SharedLimit

__all__ = ["LimitUse", "limit_uses"]

_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One row of ``supplychain.plans.order_limits``; the fields are explained there."""

    limit: str
    supplier_id: str
    site_id: str
    begins: np.datetime64
    amount: float
    before: float
    tonight: float
    later: float
    left_out: float
    over: float
    price: float
    transfers_left_out: float = 0.0
    transfers_margin: float = 0.0

    @property
    def free(self) -> float:
        """What tonight's orders and those before them leave."""
        return self.amount - self.before - self.tonight


def limit_uses(planned: Planned) -> tuple[LimitUse, ...]:
    """All limits of tonight; of the room at a site the fullest day, and every day on which it is short."""
    uses = [_use(planned, at) for at in range(len(planned.limits))]
    fullest: dict[str, LimitUse] = {}
    for one in uses:
        known = fullest.get(one.site_id)
        if known is None or one.free < known.free:
            fullest[one.site_id] = one
    causes = set() if planned.left_out is None else set(planned.left_out.cause.tolist())
    return tuple(
        one
        for at, one in enumerate(uses)
        if one.limit != ROOM
        or at in causes
        or max(one.price, one.over, one.left_out) > 0
        or one is fullest[one.site_id]
    )


def _use(planned: Planned, at: int) -> LimitUse:
    """Amounts in the limit's unit: decided before tonight, by tonight's orders, expected later, and left out."""
    problem, packs, limit = planned.problem, planned.solution.packs, planned.limits[at]
    terms, wanted = planned.situation.terms, packs
    if planned.left_out is not None:
        wanted = packs + np.where(planned.left_out.cause == at, planned.left_out.packs, 0)
    empty, use, more = (float(used(problem, limit.room, x).sum()) for x in (np.zeros_like(packs), packs, wanted))
    over = limit.before + use - limit.amount
    moved, margin = _transfers_left_out(planned, limit)
    return LimitUse(
        limit.name,
        terms.suppliers[limit.owner] if limit.name == CAPACITY else "",
        terms.sites[limit.owner] if limit.name == ROOM else "",
        limit.begins,
        amount=limit.amount,
        before=limit.before + empty - limit.moved,
        tonight=use - empty + limit.moved,
        later=limit.reserved,
        left_out=more - use + moved,
        over=over if over > _SLACK * max(limit.amount, 1.0) else 0.0,
        price=limit.price,
        transfers_left_out=moved,
        transfers_margin=margin,
    )


def _transfers_left_out(planned: Planned, limit: SharedLimit) -> tuple[float, float]:
    """Litres of tonight's transfers that the room leaves out, and the margin that they lose."""
    moving, terms = planned.moving, planned.situation.terms
    if limit.name != ROOM or moving is None:
        return 0.0, 0.0
    day = int((limit.begins - planned.situation.as_of).astype(np.int64))
    mine = (moving.cause == day) & (terms.site_index[moving.row] == limit.owner)
    litres = terms.volume_l[moving.row] * (moving.wanted - moving.quantity)
    return float(litres[mine].sum()), float(moving.margin[mine].sum())
