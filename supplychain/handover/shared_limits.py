"""The limits that orders of one evening share: budget of the month, suppliers' weeks, room at sites."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from solvers.replenishment.lost_demand import lost_by_day
from supplychain.handover.commitments import Commitments, life_of, no_commitments
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import BUDGET, CAPACITY, ROOM, SharedLimit
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["committed", "due_in_week", "shared_limits", "stock_ahead", "week_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def committed(situation: Situation) -> Commitments:
    """Orders before tonight; where nobody has said, what is on the way comes from the rows' own suppliers."""
    state, terms = situation.state, situation.terms
    if state.commitments is not None:
        return state.commitments
    none = no_commitments(terms, situation.as_of)
    rows = np.flatnonzero(terms.supplier_index >= 0)
    days = min(state.arrivals.shape[1], none.due.shape[2])
    due = none.due[:, :, :days]
    np.add.at(due, (life_of(terms, rows), terms.supplier_index[rows]), state.arrivals[rows, :days])
    return none


def shared_limits(planned: Planned, settings: ReplenishSettings, *, every: bool = False) -> list[SharedLimit]:
    """The limits that tonight's rows use; ``every``: also room at sites that cannot be short whatever is sold."""
    placed = committed(planned.situation)
    return [*_budgets(planned, settings, placed), *_weeks(planned, placed), *_rooms(planned, every=every)]


def _budgets(planned: Planned, settings: ReplenishSettings, placed: Commitments) -> Iterator[SharedLimit]:
    if settings.budget_per_month is None:
        return
    month = planned.situation.as_of.astype("datetime64[M]").astype("datetime64[D]")
    life = life_of(planned.situation.terms, planned.rows)
    for one in np.unique(life):
        rows = np.flatnonzero(life == one)
        ones, zeros = np.ones(rows.size), np.zeros(rows.size)
        yield SharedLimit(
            BUDGET, int(one), -1, month, settings.budget_per_month, float(placed.spent[one]), rows, ones, zeros
        )


def week_of(day: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
    """Monday of the week of each day."""
    days = day.astype("datetime64[D]")
    monday: npt.NDArray[np.datetime64] = days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")
    return monday


def due_in_week(placed: Commitments, life: int, supplier: int, monday: np.datetime64) -> float:
    """Units of a supplier that are to come in the week, without orders of tonight."""
    first = int((monday - placed.day).astype(np.int64)) - 1  # column of Monday; column 0 is tomorrow
    return float(placed.due[life, supplier, max(first, 0) : max(first + 7, 0)].sum())


def _weeks(planned: Planned, placed: Commitments) -> Iterator[SharedLimit]:
    situation, terms = planned.situation, planned.situation.terms
    supplier = terms.supplier_index[planned.rows]
    limited = np.flatnonzero((supplier >= 0) & np.isfinite(terms.shared.weekly_units[supplier]))
    if limited.size == 0:
        return
    monday = week_of(situation.as_of + situation.lead[planned.rows[limited]])
    life = life_of(terms, planned.rows[limited])
    keys = np.column_stack((life, supplier[limited], monday.astype(np.int64)))
    found, number = np.unique(keys, axis=0, return_inverse=True)
    ordered = np.bincount(number.ravel(), weights=planned.solution.packs[limited], minlength=len(found))
    for at in np.flatnonzero(ordered > 0):
        one, owner, begins = (int(x) for x in found[at])
        day = np.datetime64(begins, "D")
        rows = limited[number.ravel() == at]
        yield SharedLimit(
            CAPACITY, one, owner, day, float(terms.shared.weekly_units[owner]),
            due_in_week(placed, one, owner, day), rows, np.ones(rows.size), np.zeros(rows.size),
        )  # fmt: skip


def _rooms(planned: Planned, *, every: bool) -> Iterator[SharedLimit]:
    """The days on which something arrives at a site with limited room: orders of tonight, and known ones after them."""
    situation, terms = planned.situation, planned.situation.terms
    at_site, lead = terms.site_index[planned.rows], situation.lead[planned.rows]
    ordered = np.flatnonzero((planned.solution.packs > 0) & np.isfinite(terms.shared.capacity_l[at_site]))
    sites = np.unique(at_site[ordered])
    if not every:
        sites = sites[_most_litres(planned)[sites] > terms.shared.capacity_l[sites]]
    wanted: dict[int, list[int]] = {}
    for site in sites:
        days = set(lead[ordered[at_site[ordered] == site]].tolist())
        known = np.flatnonzero(situation.state.arrivals[terms.site_index == site].sum(axis=0) > 0) + 1
        for day in days | {int(day) for day in known if day > min(days)}:
            wanted.setdefault(day, []).append(int(site))
    copies = len(terms.sites) // terms.shared.lives
    ahead = stock_ahead(situation, max(wanted, default=0))
    for day in sorted(wanted):
        level = ahead[:, day - 1]
        for site in wanted[day]:
            rows = np.flatnonzero((at_site == site) & (lead <= day))
            mine = planned.rows[rows]
            others = np.setdiff1d(np.flatnonzero(terms.site_index == site), mine)
            before = float((terms.volume_l[others] * np.maximum(level[others], 0.0)).sum())
            yield SharedLimit(
                ROOM, site // copies, site, situation.as_of + day, float(terms.shared.capacity_l[site]), before,
                rows, terms.volume_l[mine], level[mine],
            )  # fmt: skip


def _most_litres(planned: Planned) -> Floats:
    """Litres at each site if nothing were sold: stock, all that is on the way, and tonight's orders."""
    state, terms = planned.situation.state, planned.situation.terms
    units = (state.on_hand + state.on_order).astype(np.float64)
    units[planned.rows] += planned.solution.packs * planned.problem.pack
    litres = np.bincount(terms.site_index, weights=terms.volume_l * units, minlength=len(terms.sites))
    return litres.astype(np.float64)


def stock_ahead(situation: Situation, days: int) -> Floats:
    """Expected stock of each row after what arrives within 1 .. ``days`` days, without orders of tonight [N,``days``].

    What a dc sends to the sites that it feeds is taken as what they sell meanwhile; goods that customers may send back
    are left out. Negative: what is short, without what was lost on the days before.
    """
    state, rows = situation.state, situation.terms.rows
    supply = (state.on_hand - state.backorder)[:, None] + state.arrived(days)
    demand = np.zeros((rows, days))
    for day in range(1, days + 1):
        mean = situation.view.mean(np.full(rows, day))
        demand[:, day - 1] = situation.echelon(mean, mean)
    lost = situation.lost_sale_share * lost_by_day(demand, supply).lost
    there: Floats = supply - demand
    there[:, 1:] += lost[:, :-1]
    return there
