"""Tune stocking rules on sample paths: every candidate meets the same demand (common random numbers)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.simulation.kernels import LARGEST, Tables, tune_given, tune_tables
from solvers.replenishment.simulation.problem import DemandTables, Levels, StockedItems
from solvers.replenishment.simulation.simulate import rows_of

__all__ = ["tune_base_stock", "tune_reorder_levels"]

Ints = npt.NDArray[np.int64]
Demand = npt.NDArray[np.uint16]
_EOQ_MULTIPLE = 3.0  # gaps are searched up to this many economic order quantities


def tune_base_stock(
    items: StockedItems,
    demand: Demand | DemandTables,
    *,
    pack: npt.ArrayLike = 1,
    minimum_quantity: npt.ArrayLike = 1,
    warm_up_days: int = 0,
) -> Levels:
    """Base-stock levels of lowest cost on the paths, a SKU at a time, by golden section over whole units.

    With full backlog and a fixed lead time the cost of a path is convex in the level (Zipkin, Foundations of
    Inventory Management, 2000, section 6.2), so the answer is the best of all levels; with lost sales or random lead
    times it is a local one. Arguments as of ``simulate``.
    """
    first = _first(items, pack, minimum_quantity)
    return _tuned(first, items, demand, np.ones(items.review_days.size, np.int64), warm_up_days=warm_up_days)


def tune_reorder_levels(
    items: StockedItems,
    demand: Demand | DemandTables,
    *,
    pack: npt.ArrayLike = 1,
    minimum_quantity: npt.ArrayLike = 1,
    warm_up_days: int = 0,
) -> Levels:
    """(s,S) of lowest cost on the paths, a SKU at a time.

    Golden section over the gap S - s, and for each gap over s: the cost is quasi-convex in the reorder level, and
    nearly so in the gap (Zheng and Federgruen, Operations Research 39, 1991). Gaps go up to three economic order
    quantities (with backlog) and the largest demand of a day; paths should hold some hundred orders in all. Arguments
    as of ``simulate``; raises ValueError when there is an order cost but neither holding cost nor demand bound it.
    """
    asked = demand.table.mean(axis=(1, 2)) if isinstance(demand, DemandTables) else demand.mean(axis=(1, 2))
    largest = demand.table.max(axis=(1, 2)) if isinstance(demand, DemandTables) else demand.max(axis=(1, 2))
    unbound = np.flatnonzero((items.holding_cost <= 0.0) & (items.order_cost > 0.0))
    if unbound.size:
        raise ValueError(f"holding_cost[{unbound[0]}]: 0 with an order cost: the largest order would be the best")
    holding = np.where(items.holding_cost > 0.0, items.holding_cost, 1.0)
    penalty = np.where(items.backlog_cost > 0.0, items.backlog_cost, np.inf)
    eoq = np.sqrt(2.0 * items.order_cost * asked / holding * (1.0 + holding / penalty))
    most = np.minimum(np.ceil(_EOQ_MULTIPLE * eoq) + largest + 1, LARGEST // 4).astype(np.int64)
    return _tuned(_first(items, pack, minimum_quantity), items, demand, most, warm_up_days=warm_up_days)


def _first(items: StockedItems, pack: npt.ArrayLike, minimum_quantity: npt.ArrayLike) -> Levels:
    count = items.review_days.size
    return Levels.of(np.full(count, -1), np.zeros(count), pack=pack, minimum_quantity=minimum_quantity)


def _tuned(
    first: Levels, items: StockedItems, demand: Demand | DemandTables, most: Ints, *, warm_up_days: int
) -> Levels:
    rows = rows_of(first, items, demand, warm_up_days=warm_up_days, largest_gap=most)
    if isinstance(demand, DemandTables):
        best = tune_tables(Tables(demand.table, demand.kind, demand.place), rows)
    else:
        best = tune_given(demand, rows)
    return replace(first, reorder_level=best[:, 0].copy(), order_up_to=best[:, 1].copy())
