"""The small world with receipts: made by hand, or drawn from suppliers that are later than agreed."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from supplychain.domain import DataSet, Receipt
from supplychain.domain.suppliers import OpenOrder
from tests.replenishment.small_world import AS_OF, data_set


def receipt(order: str, item: str, ordered: date, took: int, promised: int = 7, **more: object) -> Receipt:
    """A receipt of S1 at WUH that took some calendar days."""
    fields: dict[str, object] = {"quantity_ordered": 24.0, "quantity_received": 24.0}
    promise, came = ordered + timedelta(days=promised), ordered + timedelta(days=took)
    key: dict[str, object] = {"supplier_id": "S1", "site_id": "WUH", "ordered": ordered, "promised": promise}
    return Receipt(**{"order_id": order, "item_id": item, "received": came, **key, **fields, **more})


def drawn(count: int = 120, *, later: float = 1.5, seed: int = 1) -> tuple[Receipt, ...]:
    """Orders of S1, agreed at 6.5 +- 1.5 days, that take ``later`` times as long."""
    rng = np.random.default_rng(seed)
    days = np.maximum(np.rint(rng.gamma(6.5**2 / 1.5**2, 1.5**2 / 6.5, count) * later), 1).astype(int)
    made = []
    for number, took in enumerate(days):
        ordered = AS_OF - timedelta(days=int(took) + 1 + number * 3 // 2)
        made += [receipt(f"P{number}", item, ordered, int(took)) for item in ("00123", "NA")]
    return tuple(made)


def late_world(**changes: object) -> DataSet:
    """S1 delivers half as late again as agreed; one of its orders is overdue."""
    waits = OpenOrder("Q1", "S1", "NA", "WUH", 10.0, AS_OF - timedelta(days=20), AS_OF - timedelta(days=13))
    return data_set(**({"receipts": drawn(), "open_orders": (waits,)} | changes))
