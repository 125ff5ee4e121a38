"""Uncapacitated single-item lot sizing with dynamic demand (Wagner and Whitin 1958), for many items at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.compiled import compiled
from solvers.replenishment.period_figures import check_figures, spread_figures

__all__ = ["WagnerWhitinSolution", "solve_wagner_whitin", "wagner_whitin_rows"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROUNDING = 1e-13  # relative; costs this close are equal, and needs this small are what rounding left of none


@dataclass(frozen=True, slots=True)
class WagnerWhitinSolution:
    """Least-cost orders of N items over T periods.

    ``order_quantity`` [N,T], units ordered at the start of each period; ``cost`` [N], setups plus purchases plus
    holding, that of initial stock too. For one item they are [T] and a zero-dimensional array.
    """

    order_quantity: Floats
    cost: Floats


def solve_wagner_whitin(
    demand: npt.ArrayLike,
    setup_cost: npt.ArrayLike,
    *,
    holding_cost: npt.ArrayLike,
    unit_cost: npt.ArrayLike = 0.0,
    initial_stock: npt.ArrayLike = 0.0,
) -> WagnerWhitinSolution:
    """Orders of least cost that meet every demand on time; exact, O(T log T) an item.

    ``demand`` [N,T] or [T], units a period, zero allowed. ``setup_cost`` a order, ``holding_cost`` a unit in stock at
    the end of a period and ``unit_cost`` a unit ordered are spread over [N,T] by NumPy's rules: a figure for all, [T]
    by period, [N,1] by item or [N,T]. ``initial_stock`` is a figure or [N]; it is used up first. Of equally cheap
    plans the one with the smaller first orders is taken.

    Raises ValueError naming every array that is negative, not finite or of the wrong shape.

    The recursion of Wagner and Whitin (1958), Dynamic Version of the Economic Lot Size Model, solved backward on the
    lower convex envelope of (demand still to come, cost still to come): Wagelmans, van Hoesel and Kolen (1992),
    Operations Research 40, S145-S156, section 2.

    >>> plan = solve_wagner_whitin([90.0, 120.0, 80.0, 70.0], 500.0, holding_cost=2.0)  # Snyder and Shen, example 3.9
    >>> plan.order_quantity.tolist(), float(plan.cost)
    ([210.0, 0.0, 150.0, 0.0], 1380.0)
    """
    given = np.asarray(demand, dtype=np.float64)
    if given.ndim not in (1, 2) or given.size == 0:
        raise ValueError(f"demand: shape {given.shape}: must be [T] or [N,T], with at least one item and period")
    needed = np.ascontiguousarray(np.atleast_2d(given))
    costs = {"setup_cost": setup_cost, "holding_cost": holding_cost, "unit_cost": unit_cost}
    faults = check_figures("demand", needed)
    spread = {name: spread_figures(name, value, needed.shape, faults) for name, value in costs.items()}
    stock = spread_figures("initial_stock", initial_stock, needed.shape[:1], faults)
    if faults:
        raise ValueError("wagner-whitin: " + "; ".join(faults))
    quantity, cost = wagner_whitin_rows(
        needed, spread["setup_cost"], spread["holding_cost"], spread["unit_cost"], stock
    )
    return WagnerWhitinSolution(quantity.reshape(given.shape), cost.reshape(given.shape[:-1]))


class _Envelope(NamedTuple):
    """Working space of one item, as compiled code takes it.

    Demand and cost from a period on [T+1]; the periods whose points lie on the envelope [T+1]; and the followers [T]:
    an order in t covers all periods before ``follower[t]``, which is t itself where none is placed.
    """

    to_come: Floats
    cost_to_come: Floats
    hull: Ints
    follower: Ints


@compiled
def wagner_whitin_rows(
    demand: Floats, setup: Floats, holding: Floats, unit: Floats, stock: Floats
) -> tuple[Floats, Floats]:
    """Order quantities [N,T] and costs [N]; arrays [N,T] contiguous, none negative, ``stock`` [N]. Nothing is checked.

    Held stock is priced through what is ordered: a unit ordered in period t costs its price plus all later holding,
    less the same for demand, which no plan changes.
    """
    items, periods = demand.shape
    quantity = np.zeros((items, periods))
    total = np.zeros(items)
    net = np.zeros(periods)
    space = _Envelope(
        np.zeros(periods + 1), np.zeros(periods + 1), np.zeros(periods + 1, np.int64), np.zeros(periods, np.int64)
    )
    for item in range(items):
        left = stock[item]
        for t in range(periods):
            short = demand[item, t] - left
            net[t] = short if short > _ROUNDING * demand[item, t] else 0.0
            left = max(-short, 0.0)
            total[item] += holding[item, t] * left
        _choose_followers(net, setup[item], holding[item], unit[item], space)
        order = 0
        while order < periods:
            until = max(space.follower[order], order + 1)
            if space.follower[order] > order:
                for t in range(order, until):
                    quantity[item, order] += net[t]
                total[item] += setup[item, order] + unit[item, order] * quantity[item, order]
            held = quantity[item, order]
            for t in range(order, until):
                held -= net[t]
                total[item] += holding[item, t] * max(held, 0.0)
            order = until
    return quantity, total


@compiled
def _choose_followers(net: Floats, setup: Floats, holding: Floats, unit: Floats, space: _Envelope) -> None:
    """Fill ``space.follower``, from the last period to the first, for the arrays [T] of one item.

    The cost of the periods still to come is the lowest of straight lines, found on the lower convex envelope of the
    points (demand from j on, cost from j on) by bisection at the slope of the unit's cost.
    """
    to_come, cost_to_come, hull, follower = space
    periods = net.size
    size, later_holding = 1, 0.0
    hull[0] = periods
    to_come[periods], cost_to_come[periods] = 0.0, 0.0
    for t in range(periods - 1, -1, -1):
        later_holding += holding[t]
        slope = unit[t] + later_holding
        to_come[t] = to_come[t + 1] + net[t]
        low, high = 0, size - 1
        while low < high:  # the last place of the envelope that is reached by an edge no steeper than the slope
            middle = (low + high + 1) // 2
            rise = cost_to_come[hull[middle]] - cost_to_come[hull[middle - 1]]
            run = slope * (to_come[hull[middle]] - to_come[hull[middle - 1]])
            if rise <= run + _ROUNDING * (cost_to_come[hull[middle]] + run):
                low = middle
            else:
                high = middle - 1
        cost = setup[t] + slope * (to_come[t] - to_come[hull[low]]) + cost_to_come[hull[low]]
        if net[t] == 0.0:
            if cost >= cost_to_come[t + 1] * (1.0 - _ROUNDING):
                cost_to_come[t], follower[t] = cost_to_come[t + 1], t
                continue
            size -= 1  # the point of t + 1 has the same demand to come and costs more
        cost_to_come[t], follower[t] = cost, hull[low]
        while size > 1:
            a, b = hull[size - 2], hull[size - 1]
            before = (cost_to_come[b] - cost_to_come[a]) * (to_come[t] - to_come[b])
            if before < (cost_to_come[t] - cost_to_come[b]) * (to_come[b] - to_come[a]):
                break
            size -= 1
        hull[size] = t
        size += 1
