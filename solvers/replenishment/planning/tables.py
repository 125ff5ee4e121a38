"""The rows of one group as compiled code takes them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.planning.problem import PlanProblem
from solvers.replenishment.planning.rows import GroupRows, GroupTerms
from solvers.replenishment.planning.stages import make_stages

__all__ = ["GroupCaps", "GroupPrices", "group_rows", "group_terms", "tiers"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_EXACT = 1e-13  # relative; a break is a given figure, so only the error of one division is forgiven
NEVER = np.iinfo(np.int64).max // 4  # packs of a break that is none


class GroupPrices(NamedTuple):
    """Prices [T] on what one group uses of shared limits: base currency, units, litres."""

    value: Floats
    unit: Floats
    volume: Floats


class GroupCaps(NamedTuple):
    """What one group may use at most.

    ``cap_of`` [2,T] numbers of caps on value and units (-1: none), ``caps`` [2,L] of base currency and units, ``room``
    [T] litres.
    """

    cap_of: Ints
    caps: Floats
    room: Floats


def tiers(problem: PlanProblem, rows: Ints) -> tuple[Ints, Floats]:
    """Packs from which each price holds and the price a unit in the supplier's currency, [n,E+1] each.

    A break that no whole number of packs meets before the next one keeps its own range, which is then empty.
    """
    pack = problem.pack[rows][:, None]
    start = problem.break_from[rows]
    known = np.isfinite(start)
    packs = np.where(known, np.ceil(np.where(known, start, 1.0) / pack * (1.0 - _EXACT)), NEVER).astype(np.int64)
    first = np.column_stack((np.ones(rows.size, np.int64), np.maximum(packs, 1)))
    price = np.column_stack((problem.unit_price[rows], np.where(known, problem.break_price[rows], 0.0)))
    return first, price


def group_rows(problem: PlanProblem, rows: Ints, prices: GroupPrices | None = None) -> GroupRows:
    """Tables of the rows [n] of one group; a price on litres is part of what stock costs."""
    first, price = tiers(problem, rows)
    pack = problem.pack[rows]
    cheapest = np.where(first < NEVER, price, np.inf).min(axis=1)
    most = np.ascontiguousarray(problem.most_packs[rows])
    stage = make_stages(
        problem.position[rows], pack, problem.levels, np.ascontiguousarray(problem.quantile[rows]),
        np.ascontiguousarray(problem.shelf_quantile[rows]), np.ascontiguousarray(problem.money[rows]), most,
    )  # fmt: skip
    filled = (problem.position[rows][:, None] - problem.before[rows]) * problem.volume_l[rows][:, None]
    litres = problem.volume_l[rows] * pack
    if prices is not None and prices.volume.any():
        so_far = np.arange(stage.shape[2])[None, None, :] * litres[:, None, None]
        stage += prices.volume[None, :, None] * np.maximum(filled[:, :, None] + so_far, 0.0)
    return GroupRows(
        stage=stage,
        most=most,
        lot=problem.lot_packs[rows],
        tier_from=np.ascontiguousarray(first),
        tier_cost=(price - cheapest[:, None]) * (problem.rate[rows] * pack)[:, None],
        tier_value=price * pack[:, None],
        load=problem.load[rows] * pack,
        fixed=np.ascontiguousarray(problem.fixed_packs[rows]),
        units=pack,
        litres=litres,
        filled=filled,
    )


def group_terms(
    problem: PlanProblem, group: int, rows: Ints, prices: GroupPrices | None = None, caps: GroupCaps | None = None
) -> GroupTerms:
    """Terms of one group; ``prices`` on shared limits and hard ``caps``, none without them."""
    days = problem.days
    none = np.zeros(days)
    rate = float(problem.rate[rows[0]]) if rows.size else 1.0
    ships = _ships(problem, group, rows)
    capped = caps is not None or bool(np.isfinite(ships).any())
    if caps is None:
        own = np.where(np.isfinite(ships), np.arange(days), -1)
        caps = GroupCaps(
            np.stack((np.full(days, -1), own)), np.stack((np.full(days, np.inf), ships)), np.full(days, np.inf)
        )
    return GroupTerms(
        order_cost=float(problem.order_cost[group]),
        truck_cost=float(problem.truck_cost[group]),
        minimum_value=float(problem.minimum_value[group]),
        value_price=none if prices is None else prices.value * rate,
        unit_price=none if prices is None else prices.unit,
        ships=ships,
        capped=capped,
        cap_of=caps.cap_of,
        caps=caps.caps / np.array([[rate], [1.0]]),
        room=caps.room,
    )


def _ships(problem: PlanProblem, group: int, rows: Ints) -> Floats:
    """Units that each order of the group can hold at most [T], by capacities that nobody else uses."""
    limits, ships = problem.limits, np.full(problem.days, np.inf)
    if limits.alone.size == 0:
        return ships
    of = limits.capacity_of[group]
    days = np.flatnonzero(np.isin(of, limits.alone))
    given = np.maximum(problem.fixed_packs[rows], 0) * problem.pack[rows][:, None]
    ships[days] = np.maximum(limits.capacity[of[days]], given.sum(axis=0)[days])
    return ships
