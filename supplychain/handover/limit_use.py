"""What tonight's plan makes of each shared limit, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.limit_repair import used
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import CAPACITY, ROOM

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
        if one.limit != ROOM or at in causes or one.price > 0 or one.over > 0 or one is fullest[one.site_id]
    )


def _use(planned: Planned, at: int) -> LimitUse:
    """Amounts in the limit's unit: decided before tonight, by tonight's orders, expected later, and left out."""
    problem, packs, limit = planned.problem, planned.solution.packs, planned.limits[at]
    terms, wanted = planned.situation.terms, packs
    if planned.left_out is not None:
        wanted = packs + np.where(planned.left_out.cause == at, planned.left_out.packs, 0)
    empty, use, more = (float(used(problem, limit.room, x).sum()) for x in (np.zeros_like(packs), packs, wanted))
    over = limit.before + use - limit.amount
    return LimitUse(
        limit.name,
        terms.suppliers[limit.owner] if limit.name == CAPACITY else "",
        terms.sites[limit.owner] if limit.name == ROOM else "",
        limit.begins,
        amount=limit.amount,
        before=limit.before + empty,
        tonight=use - empty,
        later=limit.reserved,
        left_out=more - use,
        over=over if over > _SLACK * max(limit.amount, 1.0) else 0.0,
        price=limit.price,
    )
