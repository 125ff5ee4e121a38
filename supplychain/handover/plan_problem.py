"""Tonight's rows and their next order days as a problem for the planner of several order days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import packs_for, packs_within
from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.problem import PlanProblem
from solvers.replenishment.planning.solve import solve_plan
from supplychain.handover.needs import interval_quantile
from supplychain.handover.order_problem import Planned
from supplychain.handover.situation import Situation
from supplychain.handover.terms import Terms
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["DaysAhead", "days_ahead", "packs_tonight", "plan_problem", "truck_share"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_EFFORT = Effort(nodes=40, near=0.002, steps=25, steps_below=12)
_YEAR_DAYS = 365.0
_STEPS = 300  # packs of a row are planned one by one up to so many, in equal handfuls beyond


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """The next T order days of N rows [N,T].

    ``column`` of the calendar on which each is, ``gap`` days to the one after it, ``lead`` days from tonight to the
    receipt, ``until`` days from tonight until what is ordered the time after could be there.
    """

    column: Ints
    gap: Ints
    lead: Ints
    until: Ints


def plan_problem(
    planned: Planned, chosen: Ints, ahead: DaysAhead, *, wanted: Ints, group: Ints | None = None
) -> tuple[PlanProblem, Ints]:
    """The rows ``chosen`` [n] of ``planned`` over the days ``ahead``, without shared limits, and packs a step [n].

    ``wanted`` [n] packs that may be ordered on the first day whatever the limits on topping up. ``group`` [n] numbers
    the orders; None: those of ``planned``.
    """
    situation, old = planned.situation, planned.problem
    rows, terms, days = planned.rows[chosen], planned.situation.terms, ahead.column.shape[1]
    quantile, shelf = (np.zeros((rows.size, days, planned.curve.levels.size)) for _ in range(2))
    mean = np.zeros((rows.size, days))
    for t in range(days):
        demand, deviation = situation.protection(ahead.until[:, t])
        quantile[:, t] = interval_quantile(demand[rows], deviation[rows])
        shelf[:, t] = _shelf(situation, rows, ahead.lead[:, t], quantile[:, t])
        mean[:, t] = situation.demand_within(ahead.lead[:, t])[rows]
    pack = old.pack[chosen]
    lot = packs_for(np.ones(rows.size), np.maximum(old.minimum_quantity[chosen], pack), pack)
    pinned = situation.pins.quantity[rows]
    given = np.isfinite(pinned)
    most = _most_packs(planned, chosen, mean, quantile, wanted=wanted, lot=lot)
    step = np.where(given, 1, np.maximum(np.ceil(most[:, -1] / _STEPS), 1)).astype(np.int64)
    fixed = np.full((rows.size, days), -1, np.int64)
    fixed[given, 0] = np.rint(pinned[given] / pack[given]).astype(np.int64)
    most = np.maximum(most, np.maximum(fixed[:, :1], 0))
    _, number = np.unique(old.group[chosen] if group is None else group, return_inverse=True)
    first = np.unique(number, return_index=True)[1]
    return PlanProblem(
        levels=planned.curve.levels,
        group=number.astype(np.int64),
        position=old.position[chosen],
        quantile=quantile,
        shelf_quantile=shelf,
        before=mean,
        money=_money(planned, chosen, ahead.gap[rows]),
        pack=pack * step,
        lot_packs=np.ceil(lot / step).astype(np.int64),
        most_packs=np.maximum.accumulate(np.floor(most / step[:, None]), axis=1).astype(np.int64),
        unit_price=old.unit_price[chosen],
        break_from=old.break_from[chosen],
        break_price=old.break_price[chosen],
        rate=old.rate[chosen],
        load=truck_share(terms, rows),
        volume_l=terms.volume_l[rows],
        fixed_packs=fixed,
        minimum_value=old.group_minimum[old.group[chosen][first]],
        order_cost=terms.shared.order_cost[terms.supplier_index[rows[first]]],
        truck_cost=terms.shared.truck_cost[terms.supplier_index[rows[first]]],
    ), step


def packs_tonight(problem: PlanProblem, step: Ints) -> Ints:
    """Packs of each row [n] on the first day of the best plan of all days; ``step`` [n] as of ``plan_problem``.

    Rows of the problem beyond those n are not answered.
    """
    packs: Ints = solve_plan(problem, effort=_EFFORT).packs[: step.size, 0] * step
    return packs


def truck_share(terms: Terms, rows: Ints) -> Floats:
    """Share of a truck that a unit of each row [n] fills, by volume or by weight, whichever fills more of it.

    One figure a unit: an order of heavy and of bulky items may need fewer trucks than its sum says, never more.
    """
    supplier = terms.supplier_index[rows]
    by_volume = terms.volume_l[rows] / terms.shared.truck_l[supplier]
    share: Floats = np.maximum(by_volume, terms.weight_kg[rows] / terms.shared.truck_kg[supplier])
    return share


def _most_packs(planned: Planned, chosen: Ints, mean: Floats, quantile: Floats, *, wanted: Ints, lot: Ints) -> Floats:
    """Most packs in all up to each day [n,T]: what the limits leave tonight, and later what sells meanwhile."""
    old = planned.problem
    pack = old.pack[chosen]
    room = packs_within(old.top_up_limit[chosen], pack)
    later = np.maximum(mean - mean[:, :1], 0.0)
    enough = np.ceil(np.maximum(quantile.max(axis=2) - old.position[chosen][:, None], 0.0) / pack[:, None]) + 1
    most = np.maximum(room, wanted)[:, None] + np.floor(later / pack[:, None])
    least = wanted[:, None].astype(np.float64)
    result: Floats = np.maximum(np.minimum(most, np.maximum(enough, lot[:, None]) + lot[:, None]), least)
    return result


def days_ahead(situation: Situation, settings: ReplenishSettings, *, first: Ints | None = None) -> DaysAhead:
    """The next ``settings.look_ahead_orders`` order days from calendar column ``first`` [N] on; None: from tonight."""
    terms, calendar, days = situation.terms, situation.terms.calendar, settings.look_ahead_orders
    source = np.maximum(terms.source, 0)
    start = calendar.column(situation.as_of)
    last = calendar.due.shape[1] - 1
    column = np.full(terms.rows, start) if first is None else np.minimum(first, last)
    tonight = column == start
    on, gap, lead, until = (np.zeros((terms.rows, days), np.int64) for _ in range(4))
    left = np.maximum(situation.days_left, 0)
    for t in range(days):
        following = np.minimum(calendar.next_due[source, column], last)
        on[:, t] = column
        gap[:, t] = np.maximum(following - column, 1)
        lead[:, t] = np.minimum(column - start + calendar.lead_days_on(column, source, terms.lead_days), left)
        there = calendar.next_receipt(column, source, terms.lead_days, gap=gap[:, t])
        until[:, t] = np.minimum(column - start + there, left)
        column = following
    until[tonight, 0] = situation.days[tonight]
    return DaysAhead(on, gap, lead, np.maximum.accumulate(until, axis=1))


def _shelf(situation: Situation, rows: Ints, lead: Ints, quantile: Floats) -> Floats:
    """Quantiles of demand until what comes after ``lead`` [N] days expires [n,Q]; ``quantile`` where it does not."""
    life = situation.terms.shelf_life_days
    spoils = np.isfinite(life[rows])
    if not spoils.any():
        return quantile
    days = np.minimum(lead + np.where(np.isfinite(life), life, 1.0).astype(np.int64), situation.days_left)
    demand, deviation = situation.protection(np.maximum(days, 0))
    far = interval_quantile(demand[rows], deviation[rows])
    shelf: Floats = np.where(spoils[:, None], far, quantile)
    return shelf


def _money(planned: Planned, chosen: Ints, gap: Ints) -> Floats:
    """What a unit short, left over, expired, and a squared unit left at the end cost [n,T,4], base currency."""
    old, rows, situation = planned.problem, planned.rows[chosen], planned.situation
    curve = planned.curve.money[chosen]
    daily = situation.terms.unit_cost[rows] * situation.price.share_per_year[rows] / _YEAR_DAYS
    cheapest = np.minimum(old.unit_price[chosen], np.min(old.break_price[chosen], axis=1, initial=np.inf))
    saving = (old.unit_price[chosen] - cheapest) * old.rate[chosen]
    money = np.zeros((rows.size, gap.shape[1], 4))
    money[:, :, 0] = (curve[:, 0] + saving)[:, None]
    money[:, :, 1] = daily[:, None] * gap
    money[:, :, 2] = curve[:, 2][:, None]
    money[:, -1, 3] = daily / (2.0 * np.maximum(old.daily[chosen], 1e-3))
    return money
