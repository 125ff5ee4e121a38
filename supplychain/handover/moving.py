"""What moves between our sites: transfers of tonight, and what their origins are expected to send later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from supplychain.handover.situation import Situation

__all__ = ["Moving", "fed_later", "moves_by_day", "no_moving"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Moving:
    """T transfers of tonight to ``row`` [T] from ``origin`` [T], rows of ``Terms``, ``days`` [T] until receipt.

    ``quantity`` [T] units, ``wanted`` [T] without the room at sites; ``cause`` [T] is the day from tonight on which
    that room is short for the units that are missing (0: none are), ``margin`` [T] what these lose, base currency.
    ``spare`` [N] units by which tonight's transfers and stock are above what a fed row wants: later ones bring less.
    ``feeds``: dcs send something on later evenings.
    """

    row: Ints
    origin: Ints
    days: Ints
    quantity: Floats
    wanted: Floats
    cause: Ints
    margin: Floats
    spare: Floats
    feeds: bool

    def cut_to(self, quantity: Floats, *, cause: Ints, margin: Floats) -> Moving:
        """The same with fewer units."""
        return replace(self, quantity=quantity, cause=np.where(quantity < self.wanted, cause, 0), margin=margin)

    def also(self, row: Ints, origin: Ints, *, days: Ints, quantity: Floats) -> Moving:
        """With other moves of tonight."""
        return replace(
            self,
            row=np.concatenate((self.row, row)),
            origin=np.concatenate((self.origin, origin)),
            days=np.concatenate((self.days, days)),
            quantity=np.concatenate((self.quantity, quantity)),
            wanted=np.concatenate((self.wanted, quantity)),
            cause=np.concatenate((self.cause, np.zeros(row.size, np.int64))),
            margin=np.concatenate((self.margin, np.zeros(row.size))),
        )


def no_moving(rows: int, *, feeds: bool = False) -> Moving:
    """Nothing goes tonight."""
    none, zero = np.zeros(0, np.int64), np.zeros(0)
    return Moving(none, none, none, zero, zero, none, zero, np.zeros(rows), feeds)


def moves_by_day(moving: Moving, days: int) -> tuple[Floats, Floats]:
    """Units of tonight's transfers that have come in, and that have left, until the end of day 1 .. ``days`` [N,D]."""
    come, gone = np.zeros((moving.spare.size, days)), np.zeros((moving.spare.size, days))
    if days == 0:
        return come, gone
    near = moving.days <= days
    np.add.at(come, (moving.row[near], moving.days[near] - 1), moving.quantity[near])
    np.add.at(gone, (moving.origin, np.zeros(moving.origin.size, np.int64)), moving.quantity)
    return np.cumsum(come, axis=1), np.cumsum(gone, axis=1)


def fed_later(situation: Situation, moving: Moving, demand: Floats) -> tuple[Floats, Floats]:
    """Units that later evenings are expected to bring to fed rows and take from dcs, until day 1 .. D [N,D].

    On each evening of its lane a fed row gets what it has sold since the one before, once ``moving.spare`` is used up;
    ``demand`` [N,D] is cumulated.
    """
    terms, calendar, days = situation.terms, situation.terms.calendar, demand.shape[1]
    come, gone = np.zeros_like(demand), np.zeros_like(demand)
    fed = np.flatnonzero((terms.origin_row >= 0) & situation.allowed)
    if not moving.feeds or fed.size == 0 or days == 0:
        return come, gone
    start = calendar.column(situation.as_of)
    evenings = np.minimum(start + np.arange(1, days + 1), calendar.due.shape[1] - 1)
    leaves = calendar.due[terms.source[fed]][:, evenings]
    refill = np.maximum(demand[fed] - moving.spare[fed, None], 0.0)
    sent = np.maximum.accumulate(np.where(leaves, refill, 0.0), axis=1)
    np.add.at(gone, terms.origin_row[fed], sent)
    lead = situation.lead[fed]
    at = np.arange(1, days + 1)[None, :] - lead[:, None]  # evening whose transfer has come by each day
    come[fed] = np.where(at >= 1, np.take_along_axis(sent, np.maximum(at - 1, 0), axis=1), 0.0)
    return come, gone
