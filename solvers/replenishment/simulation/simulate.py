"""Simulate a stocking rule for many SKUs on given sample paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.simulation.kernels import Rows, Tables, asked_of, draw_all, simulate_given, simulate_tables
from solvers.replenishment.simulation.problem import DemandTables, Levels, StockedItems

__all__ = ["SimulationResult", "draw_demand", "rows_of", "simulate"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Demand = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """What N SKUs lived through, over all replications and the days after the warm-up; [N] each.

    ``fill_rate``: units served from stock on the day asked / units asked (1 where nothing was). ``cycle_service``:
    share of the cycles ended by a receipt in which nothing was short (NaN where none ended). ``stockout_days``: days
    that end with nothing on hand, ``orders`` and ``units_ordered``, each a replication. ``mean_stock`` and
    ``mean_backlog``: units at the end of a day. ``cost`` a day and ``cost_error``, its standard error over the
    replications.
    """

    fill_rate: Floats
    cycle_service: Floats
    stockout_days: Floats
    mean_stock: Floats
    mean_backlog: Floats
    orders: Floats
    units_ordered: Floats
    short_units: Floats
    cost: Floats
    cost_error: Floats


def simulate(
    levels: Levels, items: StockedItems, demand: Demand | DemandTables, *, warm_up_days: int = 0
) -> SimulationResult:
    """Run the rule of every SKU through its demand: order, receive, serve, count, day by day.

    ``demand`` is [N,T,R] uint16: SKU, day, replication (the last side by side in memory, at least 16 of them for
    speed), or tables to draw from. Exact: whole units, the same result on every machine. Raises ValueError where
    sizes differ, or where a backlog grows beyond all bounds.
    """
    rows = rows_of(levels, items, demand, warm_up_days=warm_up_days)
    if isinstance(demand, DemandTables):
        counts, cost, broken = simulate_tables(Tables(demand.table, demand.kind, demand.place), rows)
        asked = _asked_of_tables(demand, warm_up_days)
        days, replications = demand.place.shape
    else:
        counts, cost, broken = simulate_given(demand, rows)
        asked = asked_of(demand, warm_up_days)
        days, replications = demand.shape[1:]
    if broken >= 0:
        raise ValueError(f"demand[{broken}]: backlog grows beyond all bounds: raise the levels or scale the units")
    return _result(counts, cost, asked, days=days - warm_up_days, replications=replications)


def draw_demand(tables: DemandTables) -> Demand:
    """The demand [N,T,R] that the tables stand for."""
    drawn: Demand = draw_all(Tables(tables.table, tables.kind, tables.place))
    return drawn


def rows_of(
    levels: Levels,
    items: StockedItems,
    demand: Demand | DemandTables,
    *,
    warm_up_days: int,
    largest_gap: Ints | None = None,
) -> Rows:
    """The SKUs as the kernels take them. Raises ValueError where sizes differ."""
    count, (days, _) = _demand_size(demand)
    sizes = {"levels": levels.pack.size, "items": items.review_days.size}
    faults = [f"{name}: {size} SKUs, demand has {count}" for name, size in sizes.items() if size != count]
    if items.lead_time_days.shape[1] not in (1, days):
        faults.append(f"lead_time_days: {items.lead_time_days.shape[1]} days, demand has {days}")
    if not 0 <= warm_up_days < days:
        faults.append(f"warm_up_days: {warm_up_days}: must be at least 0 and below the {days} days of demand")
    if faults:
        raise ValueError("simulate: " + "; ".join(faults))
    start = np.where(items.initial_stock < 0, np.maximum(levels.order_up_to, 0), items.initial_stock)
    rows = np.stack([levels.reorder_level, levels.order_up_to, levels.pack, levels.minimum_quantity,
                     items.review_days, start, np.full(count, warm_up_days)], axis=1)  # fmt: skip
    money = np.stack([items.holding_cost, items.backlog_cost, items.shortage_cost, items.order_cost,
                      items.backlog_share], axis=1)  # fmt: skip
    most = np.ones(count, np.int64) if largest_gap is None else largest_gap
    return Rows(rows, items.lead_time_days, money, items.initial_stock, most)


def _demand_size(demand: Demand | DemandTables) -> tuple[int, tuple[int, int]]:
    if isinstance(demand, DemandTables):
        return demand.table.shape[0], (demand.place.shape[0], demand.place.shape[1])
    faults = []
    if demand.dtype != np.uint16:
        faults.append(f"{demand.dtype}: must be uint16, whole units up to 65,535 a day")
    if demand.ndim != 3 or 0 in demand.shape[1:]:
        faults.append(f"shape {demand.shape}: must be SKUs x days x replications")
    elif not demand.flags.c_contiguous:
        faults.append("must be contiguous: np.ascontiguousarray(demand)")
    if faults:
        raise ValueError("demand: " + "; ".join(faults))
    return demand.shape[0], (demand.shape[1], demand.shape[2])


def _asked_of_tables(tables: DemandTables, warm_up_days: int) -> Ints:
    """Units asked for, by counting how often each place of each kind of day was drawn [N]."""
    kinds, size = tables.table.shape[1:]
    code = tables.kind[warm_up_days:, None] * size + tables.place[warm_up_days:]
    count = np.bincount(code.ravel(), minlength=kinds * size).astype(np.float64)
    # Sums of whole numbers below 2^53 are exact in float64.
    asked: Ints = (tables.table.reshape(-1, kinds * size).astype(np.float64) @ count).astype(np.int64)
    return asked


def _result(counts: Ints, cost: Floats, asked: Ints, *, days: int, replications: int) -> SimulationResult:
    orders, units, stock, backlog, short, empty, cycles, short_cycles = counts.T.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        fill = np.where(asked > 0, 1.0 - short / asked, 1.0)
        cycle = np.where(cycles > 0, 1.0 - short_cycles / cycles, np.nan)
    lane_days = days * replications
    return SimulationResult(
        fill_rate=fill,
        cycle_service=cycle,
        stockout_days=empty / replications,
        mean_stock=stock / lane_days,
        mean_backlog=backlog / lane_days,
        orders=orders / replications,
        units_ordered=units / replications,
        short_units=short / replications,
        cost=cost[:, 0],
        cost_error=cost[:, 1],
    )
