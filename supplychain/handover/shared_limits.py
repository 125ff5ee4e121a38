"""The limits that orders of one evening share: budget of the month, suppliers' weeks, room at sites."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from supplychain.handover.commitments import Commitments, life_of, no_commitments, week_of
from supplychain.handover.moving import Moving, moves_by_day, no_moving
from supplychain.handover.order_problem import Planned
from supplychain.handover.shared_limit import BUDGET, CAPACITY, ROOM, SharedLimit
from supplychain.handover.situation import Situation
from supplychain.handover.stock_ahead import stock_ahead
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["committed", "moving_of", "renewed", "room_limits", "shared_limits"]

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
            placed.in_week(one, owner, monday=day), rows, np.ones(rows.size), np.zeros(rows.size),
        )  # fmt: skip


def _rooms(planned: Planned, *, every: bool) -> list[SharedLimit]:
    """The days on which orders and transfers of tonight, and known ones after them, come to sites of limited room."""
    situation, terms, moving = planned.situation, planned.situation.terms, moving_of(planned)
    at_site, lead = terms.site_index[planned.rows], situation.lead[planned.rows]
    ordered = np.flatnonzero((planned.solution.packs > 0) & np.isfinite(terms.shared.capacity_l[at_site]))
    goes_to = terms.site_index[moving.row]
    sent = np.flatnonzero((moving.quantity > 0) & np.isfinite(terms.shared.capacity_l[goes_to]))
    sites = np.union1d(at_site[ordered], goes_to[sent])
    if not every:
        sites = sites[_most_litres(planned, moving)[sites] > terms.shared.capacity_l[sites]]
    wanted: list[tuple[int, int]] = []
    for site in sites:
        days = set(lead[ordered[at_site[ordered] == site]].tolist())
        days |= set(moving.days[sent[goes_to[sent] == site]].tolist())
        known = np.flatnonzero(situation.state.arrivals[terms.site_index == site].sum(axis=0) > 0) + 1
        days |= {int(day) for day in known if day > min(days)}
        wanted += [(int(day), int(site)) for day in days]
    return room_limits(planned, [(site, day) for day, site in sorted(wanted)])


def moving_of(planned: Planned) -> Moving:
    """Tonight's transfers beside the orders of ``planned``."""
    return planned.moving or no_moving(planned.situation.terms.rows)


def renewed(planned: Planned, limits: Sequence[SharedLimit]) -> list[SharedLimit]:
    """The limits with the room at sites as tonight's transfers of ``planned`` leave it."""
    keys = [
        (one.owner, int((one.begins - planned.situation.as_of).astype(np.int64))) for one in limits if one.name == ROOM
    ]
    rooms = iter(room_limits(planned, keys))
    return [replace(next(rooms), reserved=one.reserved, price=one.price) if one.name == ROOM else one for one in limits]


def room_limits(planned: Planned, wanted: Sequence[tuple[int, int]]) -> list[SharedLimit]:
    """Room at sites on days from tonight, for the rows of ``planned``."""
    situation, terms, moving = planned.situation, planned.situation.terms, moving_of(planned)
    reach = max((day for _, day in wanted), default=0)
    ahead = stock_ahead(situation, reach, moving)
    come = moves_by_day(moving, reach)[0]
    at_site, lead = terms.site_index[planned.rows], situation.lead[planned.rows]
    copies, found = len(terms.sites) // terms.shared.lives, []
    for site, day in wanted:
        level, without = ahead[:, day - 1], ahead[:, day - 1] - come[:, day - 1]
        rows = np.flatnonzero((at_site == site) & (lead <= day))
        mine, here = planned.rows[rows], np.flatnonzero(terms.site_index == site)
        others = np.setdiff1d(here, mine)
        before = float((terms.volume_l[others] * np.maximum(level[others], 0.0)).sum())
        moved = terms.volume_l[here] * (np.maximum(level[here], 0.0) - np.maximum(without[here], 0.0))
        found.append(SharedLimit(
            ROOM, site // copies, site, situation.as_of + day, float(terms.shared.capacity_l[site]), before,
            rows, terms.volume_l[mine], level[mine], moved=float(moved.sum()),
        ))  # fmt: skip
    return found


def _most_litres(planned: Planned, moving: Moving) -> Floats:
    """Litres at each site if nothing were sold: stock, all that is on the way, and tonight's transfers."""
    state, terms = planned.situation.state, planned.situation.terms
    units = (state.on_hand + state.on_order).astype(np.float64)
    units[planned.rows] += planned.solution.packs * planned.problem.pack
    np.add.at(units, moving.row, moving.quantity)
    litres = np.bincount(terms.site_index, weights=terms.volume_l * units, minlength=len(terms.sites))
    return litres.astype(np.float64)
