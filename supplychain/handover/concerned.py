"""All rows whose orders, tonight or on a later day, use limits that are short tonight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.handover.commitments import life_of
from supplychain.handover.order_problem import Planned, plan_rows
from supplychain.handover.plan_problem import DaysAhead, days_ahead
from supplychain.handover.shared_limit import BUDGET, CAPACITY, SharedLimit
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["BudgetRoom", "Concerned", "bought", "budget_rooms", "concerned", "rows_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Months = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class Concerned:
    """C rows: ``asked`` is what each needs as if it were due tonight, ``ahead`` the order days of all rows [N,T].

    ``tonight`` [K'] are those ordered tonight as positions in tonight's plan, ``at`` [K'] the same in ``asked``.
    """

    asked: Planned
    ahead: DaysAhead
    tonight: Ints
    at: Ints


@dataclass(frozen=True, slots=True)
class BudgetRoom:
    """Of one copy of the network: what the budget leaves for planned order days of M ``months``, ``amount`` [M].

    ``later`` is what the days after tonight are expected to order in the month of tonight, ``reserved`` the part of it
    that is put aside for order days beyond those that are planned.
    """

    months: Months
    amount: Floats
    later: float
    reserved: float


def bought(planned: Planned) -> Ints:
    """Rows that a supplier may send something of, tonight or later."""
    situation = planned.situation
    free = (situation.terms.supplier_index >= 0) & situation.allowed & ~situation.pins.held
    free[planned.rows] = True
    return np.flatnonzero(free)


def rows_of(planned: Planned, broken: list[SharedLimit]) -> Ints:
    """Rows concerned by these limits: all of the same budget, of the same supplier, or tonight's at the same site."""
    terms, rows = planned.situation.terms, bought(planned)
    life, chosen = life_of(terms, rows), np.zeros(rows.size, np.bool_)
    for one in broken:
        same = life == one.life
        if one.name == CAPACITY:
            same &= terms.supplier_index[rows] == one.owner
        elif one.name != BUDGET:
            same = np.isin(rows, planned.rows[one.rows])
        chosen |= same
    return rows[chosen]


def concerned(planned: Planned, rows: Ints, settings: ReplenishSettings) -> Concerned:
    """The rows [C] with their order days: tonight's plan as it is, the others from their next look on."""
    situation, terms = planned.situation, planned.situation.terms
    start = terms.calendar.column(situation.as_of)
    place = np.full(terms.rows, -1, np.int64)
    place[planned.rows] = np.arange(planned.rows.size)
    tonight = place[rows] >= 0
    order = terms.supplier_index[rows] * len(terms.sites) + terms.site_index[rows]
    _, first, group = np.unique(order * 2 + tonight, return_index=True, return_inverse=True)
    minimum = terms.supplier_minimum[terms.supplier_index[rows]]
    own = planned.problem.group_minimum[planned.problem.group[np.maximum(place[rows], 0)]]
    minimum = np.where(tonight, own, minimum)
    asked = plan_rows(situation, rows, settings, group=group.astype(np.int64), group_minimum=minimum[first])
    next_due = terms.calendar.next_due[np.maximum(terms.source, 0), start]
    begins = np.where(place >= 0, start, next_due)
    at = np.flatnonzero(tonight)
    return Concerned(asked, days_ahead(situation, settings, first=begins), place[rows[at]], at)


def budget_rooms(planned: Planned, these: Concerned, budgets: list[SharedLimit]) -> dict[int, BudgetRoom]:
    """What each budget leaves to the planned order days, this month and in the months after it.

    Order days beyond those planned get what their expected demand will cost; where that and the needs of the planned
    days exceed the budget, both get the same share of what they need.
    """
    asked, terms = these.asked, these.asked.situation.terms
    value = _expected_value(planned, these)
    columns = these.ahead.column[asked.rows]
    start = terms.calendar.column(asked.situation.as_of)
    month = (terms.calendar.first_day + columns).astype("datetime64[M]")
    following = columns[:, -1] + these.ahead.gap[asked.rows][:, -1]
    price = asked.problem.unit_price * asked.problem.rate
    left = np.maximum(asked.situation.days_left[asked.rows], 0)
    life, ours = life_of(terms, asked.rows), np.zeros(columns.shape, np.bool_)
    ours[these.at, 0] = True
    rooms = {}
    for one in budgets:
        mine = life == one.life
        months = np.unique(month[mine])
        amount, reserved = np.zeros(months.size), 0.0
        later = 0.0
        for m, name in enumerate(months):
            begins, ends = (
                int((day.astype("datetime64[D]") - terms.calendar.first_day).astype(np.int64))
                for day in (name, name + 1)
            )
            days = np.clip(np.minimum(ends, start + left) - np.maximum(following, begins), 0, None)
            beyond = float((asked.needs.daily * days * price)[mine].sum())
            there = mine[:, None] & (month == name)
            needed = float(value[there].sum())
            free = max(one.amount - (one.before if begins <= start < ends else 0.0), 0.0)
            aside = beyond * min(1.0, free / max(needed + beyond, 1e-12))
            amount[m] = free - aside
            if begins <= start < ends:
                reserved, later = aside, beyond + float(value[there & ~ours].sum())
        rooms[one.life] = BudgetRoom(months, amount, later, reserved)
    return rooms


def _expected_value(planned: Planned, these: Concerned) -> Floats:
    """Base currency that each row is expected to be ordered for on each of its order days [C,T].

    Tonight's lines as planned without limits; later each order fills up to tonight's target and what is asked for until
    then, as a base stock rule would.
    """
    asked, needs = these.asked, these.asked.needs
    situation = asked.situation
    passed = these.ahead.column[asked.rows] - situation.terms.calendar.column(situation.as_of)
    level = needs.target[:, None] + needs.daily[:, None] * passed
    alive = passed < situation.days_left[asked.rows][:, None]
    wanted = np.where(alive, np.maximum(level - asked.problem.position[:, None], 0.0), 0.0)
    wanted[these.at, 0] = (planned.solution.packs * planned.problem.pack)[these.tonight]
    units = np.diff(np.maximum.accumulate(wanted, axis=1), axis=1, prepend=0.0)
    value: Floats = units * (asked.problem.unit_price * asked.problem.rate)[:, None]
    return value
