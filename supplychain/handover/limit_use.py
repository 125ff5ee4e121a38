"""What tonight's plan makes of each shared limit, by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from solvers.replenishment.limit_repair import used
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import BUDGET, CAPACITY, SharedLimit

__all__ = ["LimitUse", "limit_use"]

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


def limit_use(planned: Planned, limit: SharedLimit) -> LimitUse:
    """Amounts in the limit's unit: decided before tonight, by tonight's orders, expected later, and left out."""
    problem, packs = planned.problem, planned.solution.packs
    terms, none = planned.situation.terms, np.zeros_like(packs)
    empty, use = (float(used(problem, limit.room, x).sum()) for x in (none, packs))
    wanted = use
    if planned.left_out is not None:
        wanted = float(used(problem, limit.room, packs + planned.left_out.packs).sum())
    supplier = terms.suppliers[limit.owner] if limit.name == CAPACITY else ""
    site = terms.sites[limit.owner] if limit.name not in (BUDGET, CAPACITY) else ""
    over = limit.before + use - limit.amount
    return LimitUse(
        limit.name, supplier, site, limit.begins, limit.amount, limit.before + empty, use - empty, limit.reserved,
        wanted - use, over if over > _SLACK * max(limit.amount, 1.0) else 0.0, limit.price,
    )  # fmt: skip
