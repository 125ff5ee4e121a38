"""Price breaks that tonight's lines reach, or would reach with more packs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from solvers.replenishment.limit_repair import used
from solvers.replenishment.lots import line_value
from solvers.replenishment.price_breaks import BreakOffers, break_offers
from solvers.replenishment.problem import GroupState
from supplychain.handover.decided import decided
from supplychain.handover.order_problem import LeftOut, Planned, room_to_sell
from supplychain.handover.placed_row import truck_load_placed
from supplychain.handover.plan_problem import truck_share
from supplychain.handover.price_steps import PriceSteps
from supplychain.handover.shared_limit import SharedLimit
from supplychain.handover.shared_limits import shared_limits
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["take_breaks"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SLACK = 1e-9
_FEW_DAYS = 7.0  # packs that sell within a week are no bet on a far future, however long stock lasts already


def take_breaks(planned: Planned, settings: ReplenishSettings) -> Planned:
    """The plan with packs added where a lower price for the whole line saves more than they cost.

    Taken last, the largest gain first, one break a line, and only within all that binds the plan: the planner's
    maximum, sales before expiry, days of cover, the supplier's minimum (a cheaper line counts less), trucks and shared
    limits. Other policies than ``optimized`` look at no price; what a break would save is told all the same.
    """
    problem, terms = planned.problem, planned.situation.terms
    waits = (planned.solution.group_state == int(GroupState.WAITING))[problem.group]
    packs = np.where(waits, planned.solution.capped_packs, planned.solution.packs)
    fee = np.where(problem.rate > 0, terms.supplier_fee[terms.supplier_index[planned.rows]], 0.0)
    offers = break_offers(problem, packs, fee)
    verdict = _alone(planned, offers, packs, settings)
    steps = _Steps(planned, offers, settings, np.flatnonzero(verdict == ""))
    taken = np.zeros(offers.row.size, np.bool_)
    done: set[int] = set()
    for at in np.argsort(-offers.gain, kind="stable").tolist():
        row = int(offers.row[at])
        if verdict[at] == "" and row not in done:
            verdict[at] = steps.hinder(at)
            if verdict[at] == "":
                steps.take(at)
                done.add(row)
                taken[at], verdict[at] = True, "taken"
    told = PriceSteps.of(problem, offers, taken, verdict)
    return replace(planned, solution=decided(planned, steps.packs) if done else planned.solution, price_steps=told)


def _alone(planned: Planned, offers: BreakOffers, packs: Ints, settings: ReplenishSettings) -> npt.NDArray[Any]:
    """Why each offer [M] is not taken whatever other lines do; empty: nothing is against it."""
    situation, problem, row = planned.situation, planned.problem, offers.row
    if row.size == 0:
        return np.full(0, "", object)
    rows, daily = planned.rows, planned.needs.daily
    units = (packs[row] + offers.packs) * problem.pack[row]
    room = np.maximum(situation.terms.max_units[rows] - situation.own_position[rows], 0.0)[row]
    sellable = room_to_sell(situation, rows)[row]
    cover = (settings.hold_above_days * daily - problem.position)[row]
    few = np.maximum(_FEW_DAYS, situation.gap[rows])[row] * daily[row]
    far = (units > cover * (1 + _SLACK)) & (offers.packs * problem.pack[row] > few * (1 + _SLACK))
    waits = (planned.solution.group_state == int(GroupState.WAITING))[problem.group[row]]
    out = planned.left_out or LeftOut(np.zeros(rows.size, np.int64), np.full(rows.size, -1))
    limit = np.array([*(one.name for one in planned.limits), ""], object)[out.cause[row]]
    verdict = np.full(row.size, "", object)
    for word, holds in (
        ("hold_above_days", far),
        ("sales_before_expiry", units > sellable * (1 + _SLACK)),
        ("maximum_stock", units > room * (1 + _SLACK)),
        ("costs_more", ~(offers.gain > 0)),
        ("waiting", waits),
        ("pinned", np.isfinite(situation.pins.quantity[rows])[row]),
        ("policy", np.full(row.size, settings.policy != "optimized")),
    ):
        verdict[holds] = word
    blocked = (verdict == "") & (out.packs[row] > 0)
    verdict[blocked] = limit[blocked]
    return verdict


class _Steps:
    """Packs while breaks are taken one by one, with what they use of trucks, minimum values and shared limits."""

    def __init__(self, planned: Planned, offers: BreakOffers, settings: ReplenishSettings, free: Ints) -> None:
        problem, terms = planned.problem, planned.situation.terms
        self.planned, self.offers, self.packs = planned, offers, planned.solution.packs.copy()
        if free.size == 0:
            return
        rows = offers.row[free]
        self.value = np.bincount(problem.group, weights=self._values(), minlength=problem.group_minimum.size)
        self.share = np.zeros(problem.pack.size)
        trucks = terms.shared.has_trucks[terms.supplier_index[planned.rows]]
        self.share[trucks] = truck_share(terms, planned.rows[trucks])
        load = np.bincount(problem.group, weights=self.share * self.packs * problem.pack, minlength=self.value.size)
        self.load = {g: load[g] + truck_load_placed(planned, g) for g in np.unique(problem.group[rows]).tolist()}
        self.limits = _limits(planned, rows, offers.packs[free], settings)
        self.use = [limit.use(problem, self.packs) for limit in self.limits]
        self.places = [{int(r): at for at, r in enumerate(limit.rows)} for limit in self.limits]

    def _values(self) -> Floats:
        problem = self.planned.problem
        return line_value(self.packs * problem.pack, problem.unit_price, problem.break_from, problem.break_price)

    def hinder(self, at: int) -> str:
        """What shared by several lines is against offer ``at``; empty: nothing."""
        problem, offers = self.planned.problem, self.offers
        group = int(problem.group[offers.row[at]])
        if offers.gain[at] <= self._trucks(at)[1]:
            return "trucks"
        value, least = self.value[group] + self._more_value(at), float(problem.group_minimum[group])
        if value < self.value[group] and value < least * (1.0 - _SLACK):
            return "supplier_minimum"
        for number, limit in enumerate(self.limits):
            more = self._more(at, number)
            left = limit.amount - limit.reserved - self.use[number]
            if more > max(left, 0.0) + _SLACK * max(limit.amount, 1.0):
                return limit.name
        return ""

    def take(self, at: int) -> None:
        """Add the packs of offer ``at``."""
        row = int(self.offers.row[at])
        group = int(self.planned.problem.group[row])
        for number in range(len(self.limits)):
            self.use[number] += self._more(at, number)
        self.value[group] += self._more_value(at)
        self.load[group] = self._trucks(at)[0]
        self.packs[row] += self.offers.packs[at]

    def _trucks(self, at: int) -> tuple[float, float]:
        """Trucks that the order then fills, and what further ones cost in base currency."""
        problem, terms, row = self.planned.problem, self.planned.situation.terms, int(self.offers.row[at])
        before = self.load[int(problem.group[row])]
        after = before + float(self.share[row] * self.offers.packs[at] * problem.pack[row])
        further = np.ceil(after * (1.0 - _SLACK)) - max(np.ceil(before * (1.0 - _SLACK)), 1.0)
        cost = float(terms.shared.truck_cost[terms.supplier_index[self.planned.rows[row]]])
        return after, max(float(further), 0.0) * cost

    def _more_value(self, at: int) -> float:
        """What offer ``at`` adds to the value of its line, in the supplier's currency."""
        problem, row = self.planned.problem, self.offers.row[[at]]
        before, after = (
            line_value(packs * problem.pack[row], problem.unit_price[row], problem.break_from[row],
                       problem.break_price[row])[0]
            for packs in (self.packs[row], self.packs[row] + self.offers.packs[[at]])
        )  # fmt: skip
        return float(after - before)

    def _more(self, at: int, number: int) -> float:
        """What offer ``at`` uses more of a limit."""
        row, limit = int(self.offers.row[at]), self.limits[number]
        place = self.places[number].get(row)
        if place is None:
            return 0.0
        room = replace(limit, rows=limit.rows[[place]], weight=limit.weight[[place]], level=limit.level[[place]]).room
        before = float(used(self.planned.problem, room, self.packs)[0])
        self.packs[row] += self.offers.packs[at]  # for a moment: a copy of all rows for each offer would be slow
        after = float(used(self.planned.problem, room, self.packs)[0])
        self.packs[row] -= self.offers.packs[at]
        return after - before


def _limits(planned: Planned, rows: Ints, packs: Ints, settings: ReplenishSettings) -> list[SharedLimit]:
    """Limits that the plan has, and those that come into sight if all the offers are taken."""
    most = planned.solution.packs.copy()
    np.maximum.at(most, rows, planned.solution.packs[rows] + packs)
    fuller = replace(planned, solution=replace(planned.solution, packs=most))
    known = {(one.name, one.life, one.owner, one.begins) for one in planned.limits}
    more = [one for one in shared_limits(fuller, settings) if (one.name, one.life, one.owner, one.begins) not in known]
    return [*planned.limits, *more]
