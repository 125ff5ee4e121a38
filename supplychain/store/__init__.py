"""Cached steps, published runs and the plan database."""

from supplychain.store.chain import OrderEvent
from supplychain.store.orders import ImportReport, OrderBook
from supplychain.store.run import RunRecord, StoredRun
from supplychain.store.step import StepResult
from supplychain.store.store import DEFAULT_ROOT, CleanReport, Store

__all__ = [
    "DEFAULT_ROOT",
    "CleanReport",
    "ImportReport",
    "OrderBook",
    "OrderEvent",
    "RunRecord",
    "StepResult",
    "Store",
    "StoredRun",
]
