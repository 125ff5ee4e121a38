"""Orders below their supplier's minimum: order more tonight or wait, judged over the next order days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lots import line_value, packs_for, packs_within
from solvers.replenishment.planning.branch import Effort
from solvers.replenishment.planning.problem import PlanProblem
from solvers.replenishment.planning.solve import solve_plan
from solvers.replenishment.problem import GroupState, OrderSolution
from supplychain.handover.needs import interval_quantile
from supplychain.handover.order_problem import Planned
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["look_ahead"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_YEAR_DAYS = 365.0
_EFFORT = Effort(nodes=40, near=0.002, steps=25, steps_below=12)
_STEPS = 300  # packs of a row are planned one by one up to so many, in equal handfuls beyond


def look_ahead(planned: Planned, settings: ReplenishSettings) -> Planned:
    """Decide anew the orders that their supplier's minimum value has changed or held back.

    Such an order and the next ``settings.look_ahead_orders`` - 1 of the same supplier and site are planned together:
    what tonight's order holds beyond need replaces part of the next one, and waiting is paid for by what runs out
    meanwhile. An order that is placed holds at least what its rows need. One that pays by itself is placed even where
    the plan would wait: in the closed loop of the example that saves more lost margin than the stock costs.
    """
    solution = planned.solution
    changed = np.isin(solution.group_state, (int(GroupState.TOPPED_UP), int(GroupState.WAITING)))
    chosen = np.flatnonzero(changed[planned.problem.group])
    if settings.look_ahead_orders < 2 or chosen.size == 0:
        return planned
    problem, step = _plan_problem(planned, chosen, settings)
    found = solve_plan(problem, effort=_EFFORT).packs[:, 0] * step
    return replace(planned, solution=_decided(planned, chosen, found))


def _decided(planned: Planned, chosen: Ints, found: Ints) -> OrderSolution:
    """The solution with the orders of the rows ``chosen`` [n] as found, at least what is needed; or as they were."""
    problem, solution = planned.problem, planned.solution
    groups = problem.group_minimum.size
    placed = np.bincount(problem.group[chosen], weights=found, minlength=groups) > 0
    kept = ~placed & (solution.group_state == int(GroupState.TOPPED_UP))
    chosen, found = chosen[~kept[problem.group[chosen]]], found[~kept[problem.group[chosen]]]
    wanted = solution.capped_packs[chosen]
    here = placed[problem.group[chosen]]
    total = np.where(here, np.maximum(found, wanted), 0)
    packs, added = solution.packs.copy(), solution.top_up_packs.copy()
    packs[chosen] = total
    added[chosen] = np.where(here, total - wanted, 0)
    state, value = solution.group_state.copy(), solution.group_value.copy()
    shown = np.where(here, total, wanted)
    lines = line_value(
        shown * problem.pack[chosen], problem.unit_price[chosen], problem.break_from[chosen],
        problem.break_price[chosen],
    )  # fmt: skip
    of_group = np.bincount(problem.group[chosen], weights=lines, minlength=groups)
    decided = np.unique(problem.group[chosen])
    value[decided] = of_group[decided]
    state[decided] = np.where(placed[decided], int(GroupState.TOPPED_UP), int(GroupState.WAITING))
    return replace(solution, packs=packs, top_up_packs=added, group_state=state, group_value=value)


def _plan_problem(planned: Planned, chosen: Ints, settings: ReplenishSettings) -> tuple[PlanProblem, Ints]:
    """The rows ``chosen`` [n] over the next order days, and packs a step [n]."""
    situation, old = planned.situation, planned.problem
    rows, terms = planned.rows[chosen], planned.situation.terms
    days = settings.look_ahead_orders
    gap, lead, until = _order_days(situation, days)
    quantile, shelf = (np.zeros((rows.size, days, planned.curve.levels.size)) for _ in range(2))
    mean = np.zeros((rows.size, days))
    for t in range(days):
        demand, deviation = situation.protection(until[:, t])
        quantile[:, t] = interval_quantile(demand[rows], deviation[rows])
        shelf[:, t] = _shelf(situation, rows, lead[:, t], quantile[:, t])
        mean[:, t] = situation.demand_within(lead[:, t])[rows]
    pack = old.pack[chosen]
    wanted = planned.solution.capped_packs[chosen]
    room = packs_within(old.top_up_limit[chosen], pack)
    later = np.maximum(mean - mean[:, :1], 0.0)
    enough = np.ceil(np.maximum(quantile.max(axis=2) - old.position[chosen][:, None], 0.0) / pack[:, None]) + 1
    lot = packs_for(np.ones(rows.size), np.maximum(old.minimum_quantity[chosen], pack), pack)
    most = np.maximum(room, wanted)[:, None] + np.floor(later / pack[:, None])
    most = np.maximum(np.minimum(most, np.maximum(enough, lot[:, None]) + lot[:, None]), wanted[:, None])
    pinned = situation.pins.quantity[rows]
    given = np.isfinite(pinned)
    step = np.where(given, 1, np.maximum(np.ceil(most[:, -1] / _STEPS), 1)).astype(np.int64)
    fixed = np.full((rows.size, days), -1, np.int64)
    fixed[given, 0] = np.rint(pinned[given] / pack[given]).astype(np.int64)
    most = np.maximum(most, np.maximum(fixed[:, :1], 0))
    groups, number = np.unique(old.group[chosen], return_inverse=True)
    count = groups.size
    return PlanProblem(
        levels=planned.curve.levels,
        group=number.astype(np.int64),
        position=old.position[chosen],
        quantile=quantile,
        shelf_quantile=shelf,
        before=mean,
        money=_money(planned, chosen, gap[rows]),
        pack=pack * step,
        lot_packs=np.ceil(lot / step).astype(np.int64),
        most_packs=np.maximum.accumulate(np.floor(most / step[:, None]), axis=1).astype(np.int64),
        unit_price=old.unit_price[chosen],
        break_from=old.break_from[chosen],
        break_price=old.break_price[chosen],
        rate=old.rate[chosen],
        load=np.zeros(rows.size),
        volume_l=terms.volume_l[rows],
        fixed_packs=fixed,
        minimum_value=old.group_minimum[groups],
        order_cost=np.zeros(count),
        truck_cost=np.zeros(count),
    ), step


def _order_days(situation: Situation, days: int) -> tuple[Ints, Ints, Ints]:
    """Days between orders, from each order to its receipt, and from tonight until the next could be there [N,T]."""
    terms, calendar = situation.terms, situation.terms.calendar
    source = np.maximum(terms.source, 0)
    start = calendar.column(situation.as_of)
    last = calendar.due.shape[1] - 1
    column = np.full(terms.rows, start)
    gap, lead, until = (np.zeros((terms.rows, days), np.int64) for _ in range(3))
    left = np.maximum(situation.days_left, 0)
    for t in range(days):
        following = np.minimum(calendar.next_due[source, column], last)
        gap[:, t] = np.maximum(following - column, 1)
        lead[:, t] = np.minimum(column - start + calendar.lead_days_on(column, source, terms.lead_days), left)
        until[:, t] = np.minimum(lead[:, t] + gap[:, t], left)
        column = following
    until[:, 0] = situation.days
    return gap, lead, np.maximum.accumulate(until, axis=1)


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
