"""Stocking rules for goods that expire, on given sample paths: stock by age, a lane at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.simulation.problem import Levels, StockedItems
from solvers.replenishment.simulation.simulate import rows_of

__all__ = ["PerishableResult", "simulate_perishable"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Demand = npt.NDArray[np.uint16]
_LONGEST = 3650


@dataclass(frozen=True, slots=True)
class PerishableResult:
    """What N SKUs lived through [N], as in ``SimulationResult``; ``expired_units`` a replication."""

    fill_rate: Floats
    stockout_days: Floats
    mean_stock: Floats
    mean_backlog: Floats
    orders: Floats
    units_ordered: Floats
    short_units: Floats
    expired_units: Floats
    cost: Floats


def simulate_perishable(
    levels: Levels,
    items: StockedItems,
    demand: Demand,
    *,
    shelf_life_days: npt.ArrayLike,
    waste_cost: npt.ArrayLike = 0.0,
    newest_first: bool = False,
    warm_up_days: int = 0,
) -> PerishableResult:
    """Run the rule of every SKU through ``demand`` [N,T,R] uint16, with stock that expires.

    A unit can be sold on the day it is received and ``shelf_life_days`` [N] - 1 days after; what is left then costs
    ``waste_cost`` [N] a unit and leaves the inventory position. First expired, first out; ``newest_first`` where
    customers reach to the back of the shelf. The opening stock is fresh. All else as in ``simulate``, of which this
    is the slower sister (Nahmias, Perishable Inventory Systems, 2011, chapter 1). Raises ValueError, listing
    everything that is wrong.
    """
    rows = rows_of(levels, items, demand, warm_up_days=warm_up_days)
    count = demand.shape[0]
    life, waste = np.asarray(shelf_life_days), np.asarray(waste_cost, np.float64)
    faults = []
    if life.shape not in ((), (count,)) or not ((life >= 1) & (life <= _LONGEST) & (life == np.floor(life))).all():
        faults.append(f"shelf_life_days: must be whole days [{count}] between 1 and {_LONGEST}")
    if waste.shape not in ((), (count,)) or not (np.isfinite(waste) & (waste >= 0.0)).all():
        faults.append(f"waste_cost: must be finite and not negative [{count}]")
    if faults:
        raise ValueError("simulate: " + "; ".join(faults))
    lives = np.ascontiguousarray(np.broadcast_to(life, (count,)).astype(np.int64))
    ageing = np.stack([lives, np.full(count, int(newest_first))], axis=1)
    counts = _live(demand, rows.rows, rows.leads, rows.money[:, 4].copy(), ageing)
    asked = demand[:, warm_up_days:].sum(axis=(1, 2), dtype=np.int64)
    replications, days = demand.shape[2], demand.shape[1] - warm_up_days
    orders, units, stock, backlog, short, empty, expired = counts.T.astype(np.float64)
    money = np.stack([stock, backlog, short, orders], axis=1) * rows.money[:, :4]
    return PerishableResult(
        fill_rate=np.where(asked > 0, 1.0 - short / np.maximum(asked, 1), 1.0),
        stockout_days=empty / replications,
        mean_stock=stock / (days * replications),
        mean_backlog=backlog / (days * replications),
        orders=orders / replications,
        units_ordered=units / replications,
        short_units=short / replications,
        expired_units=expired / replications,
        cost=(money.sum(axis=1) + waste * expired) / (days * replications),
    )


@compiled
def _take(ages: Ints, day: int, wanted: int, newest_first: bool) -> int:
    """Take up to ``wanted`` units from stock by day of receipt (modulo its length); units taken."""
    life, taken = ages.shape[0], 0
    for step in range(life):
        slot = (day - step) % life if newest_first else (day + 1 + step) % life
        units = min(ages[slot], wanted - taken)
        ages[slot] -= units
        taken += units
    return taken


@compiled
def _live(demand: Demand, rows: Ints, leads: Ints, share: Floats, ageing: Ints) -> Ints:
    """Counts [N,7] over all replications: orders, units, stock, backlog, short, days without stock, expired."""
    counts = np.zeros((demand.shape[0], 7), np.int64)
    for n in range(demand.shape[0]):
        pipe, ages = np.zeros(leads[n].max() + 1, np.int64), np.zeros(ageing[n, 0], np.int64)
        low, up_to, pack, minimum, review, start, warm_up = rows[n]
        for r in range(demand.shape[2]):
            pipe[:] = 0
            ages[:] = 0
            ages[0] = start
            position, waiting = start, 0
            for t in range(demand.shape[1]):
                counted = t >= warm_up
                if t % review == 0 and position <= low:
                    packs = (max(up_to - position, minimum) + pack - 1) // pack
                    pipe[(t + leads[n, min(t, leads.shape[1] - 1)]) % pipe.shape[0]] += packs * pack
                    position += packs * pack
                    counts[n, 0] += counted
                    counts[n, 1] += packs * pack * counted
                ages[t % ages.shape[0]] += pipe[t % pipe.shape[0]]
                pipe[t % pipe.shape[0]] = 0
                waiting -= _take(ages, t, waiting, ageing[n, 1] == 1)
                asked = int(demand[n, t, r])
                short = asked - _take(ages, t, asked, ageing[n, 1] == 1)
                kept = int(np.float32(share[n]) * np.float32(short))
                waiting += kept
                position -= asked - short + kept
                oldest = (t + 1) % ages.shape[0]
                stock = ages.sum()
                counts[n, 2] += stock * counted
                counts[n, 3] += waiting * counted
                counts[n, 4] += short * counted
                counts[n, 5] += (stock == 0) * counted
                counts[n, 6] += ages[oldest] * counted
                position -= ages[oldest]
                ages[oldest] = 0
    return counts
