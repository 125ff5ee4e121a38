"""When an open order is counted on, and whether it may still be changed."""

from __future__ import annotations

from datetime import date, timedelta

from supplychain.domain import DataSet, OpenOrder
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["counted_on", "frozen_days", "is_fixed"]


def counted_on(dataset: DataSet, order: OpenOrder) -> date:
    """The day on which the plan counts on the order: what is overdue comes tomorrow."""
    return max(order.due, dataset.as_of + timedelta(days=1))


def frozen_days(dataset: DataSet, order: OpenOrder, settings: ReplenishSettings) -> int:
    """Days from tonight within which orders of its supplier do not change."""
    own = dataset.suppliers[order.supplier_id].frozen_days
    return settings.frozen_days if own is None else own


def is_fixed(dataset: DataSet, order: OpenOrder, settings: ReplenishSettings) -> bool:
    """Whether nothing about the order may change: it is approved, or comes within the frozen days."""
    days = frozen_days(dataset, order, settings)
    return order.status == "approved" or (
        days > 0 and counted_on(dataset, order) <= dataset.as_of + timedelta(days=days)
    )
