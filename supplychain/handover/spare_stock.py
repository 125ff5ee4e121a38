"""What sites can give one another of an item, day by day: the one source of every message that names a transfer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.demand_curve import interpolate_level
from supplychain.domain import DataSet, Lane
from supplychain.handover.demand_course import demand_course
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.sister_stock import BeyondNeed
from supplychain.handover.situation import Situation

__all__ = ["Gift", "Spare", "gifts", "less_lost", "less_spare", "sent_tonight", "spare_stock"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BATCH = 4000  # rows at a time: their quantiles day by day fill some tens of megabytes
_LEAST = 0.5  # units lost below which nobody needs a transfer


@dataclass(frozen=True, slots=True)
class Gift:
    """Whole ``units`` that row ``origin`` can send to row ``destination``, and units lost there that they save.

    They leave ``leaves`` days from tonight (0: tonight) and are there on day ``here`` (1 is tomorrow).
    """

    origin: int
    destination: int
    units: int
    saves: float
    leaves: int
    here: int


@dataclass(frozen=True, slots=True)
class Spare:
    """Units [K,H+1] that ``rows`` [K] (ascending) can send away tonight (column 0) or on day 1 .. H."""

    rows: Ints
    units: Floats

    def of(self, row: int) -> Floats:
        """Those of one row [H+1]."""
        units: Floats = self.units[int(np.searchsorted(self.rows, row))]
        return units


def spare_stock(situation: Situation, outlook: Outlook, rows: Ints, *, sent: Floats) -> Spare:
    """What ``rows`` [K] can send and still serve their class, with the sites they feed, until their own next receipt.

    On each day the least, from then until the day before the next receipt, of what there is less demand at the class's
    service level; what is due at the site counts from its day on. No more than is there: stock less ``sent`` [N] units
    that leave tonight, and what has arrived less what the site itself is expected to be asked for.
    """
    days = outlook.mean.shape[1]
    found = np.zeros((rows.size, days + 1))
    levels = np.asarray(situation.view.forecast.levels, np.float64)
    state = situation.state
    day = np.arange(1, days + 1)
    for start in range(0, rows.size if days else 0, _BATCH):
        part = rows[start : start + _BATCH]
        quantile = demand_course(situation, part, days=days).quantile.reshape(part.size * days, -1)
        needed = interpolate_level(quantile, levels, np.repeat(situation.price.level[part], days))
        left = outlook.supply[part] - needed.reshape(part.size, days)
        last = np.maximum(outlook.help_day[part] - 1, 1)
        left = np.where(day <= last[:, None], left, np.inf)
        least = np.minimum.accumulate(left[:, ::-1], axis=1)[:, ::-1]
        now = np.maximum(state.on_hand - state.blocked, 0.0)[part] - sent[part]
        there = now[:, None] + state.arrived(days)[part] - situation.view.by_day(days)[part]
        units = np.column_stack((np.minimum(least[:, 0], now), np.minimum(least, there)))
        found[start : start + part.size] = np.where(np.isfinite(units), np.maximum(units, 0.0), 0.0)
    return Spare(rows, found)


def gifts(
    dataset: DataSet, situation: Situation, outlook: Outlook, *, beyond: BeyondNeed, sent: Floats
) -> tuple[Gift, ...]:
    """Every transfer between sites that helps, no unit promised twice; those that save most go first.

    ``beyond`` of all rows. A row that runs out before help can come gets what it loses otherwise from any site that can
    spare it; from one with excess it gets what its class lacks (position without what it is expected to lose), too. A
    dc gives nothing to the sites that it feeds: they get their stock from there anyway. ``sent`` [N] as in
    ``spare_stock``.
    """
    terms, days = situation.terms, outlook.mean.shape[1]
    sourced = (terms.source >= 0) & situation.allowed
    short = sourced & (outlook.short_day < outlook.help_day) & (outlook.short_day <= days)
    lacks = np.where(situation.allowed, np.floor(beyond.level - situation.present_position), 0.0)
    pairs = sorted(_pairs(dataset, situation, short=short, lacks=lacks, beyond=beyond))
    if not pairs:
        return ()
    spare = spare_stock(situation, outlook, np.unique([origin for origin, _, _ in pairs]), sent=sent)
    search = _Search(outlook, spare, beyond.excess.copy(), np.maximum(lacks, 0.0), short)
    first = [(gift, pair) for pair in pairs if (gift := search.best(*pair)) is not None]
    ranked = sorted(first, key=lambda one: (-one[0].saves, -one[0].units, one[1]))
    found: list[Gift] = []
    for _, pair in ranked:
        while (gift := search.best(*pair)) is not None:
            search.take(gift)
            found.append(gift)
    return tuple(sorted(found, key=lambda one: (-one.saves, -one.units, one.destination, one.origin, one.leaves)))


def _pairs(
    dataset: DataSet, situation: Situation, *, short: npt.NDArray[np.bool_], lacks: Floats, beyond: BeyondNeed
) -> Iterator[tuple[int, int, int]]:
    """(origin row, destination row, days on the way) of transfers that may help."""
    terms = situation.terms
    fastest: dict[tuple[str, str], Lane] = {}
    for lane in dataset.lanes:
        key = (lane.origin_id, lane.destination_id)
        if lane.usable and (key not in fastest or lane.transit_days < fastest[key].transit_days):
            fastest[key] = lane
    days = {ends: lane.travel_days for ends, lane in fastest.items()}
    wanted = [(item, row) for row, item in enumerate(terms.item_ids) if short[row] or lacks[row] >= 1]
    to: dict[str, list[tuple[str, int]]] = {}
    for begin, end in sorted(days):
        to.setdefault(end, []).append((begin, days[begin, end]))
    for item, row in wanted:
        for origin_id, travel in to.get(terms.site_ids[row], ()):
            origin = terms.row_of(item, origin_id)
            if origin is None or origin == row or terms.origin_row[row] == origin:
                continue
            if short[row] or beyond.excess[origin] > 0:
                yield origin, row, travel


def less_spare(spare: Floats, leaves: int, units: float) -> Floats:
    """What can still be sent on day 0 .. H [H+1] of ``spare`` [H+1], once ``units`` of it leave on day ``leaves``.

    They are missing from that day on, and what leaves before may not count on them.
    """
    left = np.maximum(spare - units, 0.0)
    left[:leaves] = np.minimum(spare[:leaves], left[leaves])
    return left


def less_lost(lost: Floats, here: int, units: float) -> Floats:
    """Units still lost by the end of day 0 .. H [H+1] of ``lost`` [H+1], with ``units`` more from day ``here`` on.

    They go to the first who would ask in vain from then on.
    """
    left = lost.copy()
    left[here:] -= np.minimum(lost[here:] - lost[here - 1], units)
    return left


class _Search:
    """The best transfer of a pair of rows, with what earlier ones have left."""

    def __init__(
        self, outlook: Outlook, spare: Spare, excess: Floats, lacks: Floats, short: npt.NDArray[np.bool_]
    ) -> None:
        self.spare, self.excess, self.lacks = spare, excess, lacks
        self.until = np.minimum(outlook.help_day - 1, outlook.mean.shape[1]) * short
        self.outlook = outlook
        self.lost: dict[int, Floats] = {}

    def best(self, origin: int, row: int, travel: int) -> Gift | None:
        """The transfer that saves most, the soonest among equals; None where none helps."""
        there = np.floor(self.spare.of(origin) + 1e-9)
        lost, until, found = self._lost(row), int(self.until[row]), []
        # More can leave only when more has come; a day later it helps less.
        for leaves in [0, *(np.flatnonzero(np.diff(there) > 0) + 1).tolist()]:
            here = leaves + travel
            savable = float(lost[until] - lost[here - 1]) if here <= until else 0.0
            savable = savable if savable >= _LEAST else 0.0
            wanted = min(self.excess[origin], self.lacks[row]) if leaves == 0 else 0.0
            units = int(min(there[leaves], max(math.floor(wanted), math.ceil(savable - 1e-9))))
            if units >= 1:
                found.append(Gift(origin, row, units, min(float(units), savable), leaves, here))
        return min(found, key=lambda one: (-round(one.saves, 6), one.leaves), default=None)

    def take(self, gift: Gift) -> None:
        """Promise the units of ``gift``: they are gone from its day on, and no earlier unit may count on them."""
        there = self.spare.of(gift.origin)
        there[:] = less_spare(there, gift.leaves, gift.units)
        self.lost[gift.destination] = less_lost(self._lost(gift.destination), gift.here, gift.saves)
        self.excess[gift.origin] = max(self.excess[gift.origin] - gift.units, 0.0)
        self.lacks[gift.destination] = max(self.lacks[gift.destination] - gift.units, 0.0)

    def _lost(self, row: int) -> Floats:
        """Units still lost by the end of day 0 (tonight) .. H [H+1]."""
        if row not in self.lost:
            self.lost[row] = np.concatenate(([0.0], self.outlook.lost[row]))
        return self.lost[row]


def sent_tonight(situation: Situation, transfer_lines: pd.DataFrame | None) -> Floats:
    """Units that tonight's transfers take from each row [N]."""
    found = np.zeros(situation.terms.rows)
    if transfer_lines is not None:
        for line in transfer_lines.loc[transfer_lines["status"].eq("proposed")].to_dict("records"):
            row = situation.terms.row_of(line["item_id"], line["origin_id"])
            if row is not None:
                found[row] += float(line["quantity"])
    return found
