"""Promotions and events before help can come, and what is lost because of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.handover.exceptions_stock import Outlook
from supplychain.handover.situation import Situation

__all__ = ["Occasion", "lost_to", "occasions", "when_told"]

Floats = npt.NDArray[np.float64]

_LEAST = 1.0  # units lost below which an occasion is not named


@dataclass(frozen=True, slots=True)
class Occasion:
    """A promotion of the item, or a peak of an event, with its first and last day."""

    first: date
    last: date
    name: str


def occasions(dataset: DataSet, situation: Situation, outlook: Outlook) -> dict[int, tuple[Occasion, ...]]:
    """Every promotion and event of each row that lies, in part at least, between tonight and help, by first day.

    Those that run already count like those to come: what is lost on a day has the same cause on every evening.
    """
    terms, as_of = situation.terms, dataset.as_of
    ahead: dict[str, list[Occasion]] = {}
    for one in dataset.promotions:
        if one.last > as_of:
            ahead.setdefault(one.item_id, []).append(Occasion(one.first, one.last, "its promotion"))
    peaks = [
        (Occasion(one.first, one.last, f"the event {one.name}"), one.applies_to)
        for one in dataset.events
        if one.country in (None, "", dataset.country) and one.phase == "peak" and one.last > as_of
    ]
    found: dict[int, tuple[Occasion, ...]] = {}
    for row, item_id in enumerate(terms.item_ids):
        category, days = dataset.items[item_id].category, int(outlook.help_day[row])
        known = ahead.get(item_id, []) + [one for one, of in peaks if not of or category in of]
        here = [one for one in known if (one.first - as_of).days < days]
        if here:
            found[row] = tuple(sorted(here, key=lambda one: (one.first, one.name, one.last)))
    return found


def lost_to(
    known: Sequence[Occasion], as_of: date, *, mean: Floats, lost: Floats, until: int
) -> tuple[float, tuple[Occasion, ...]]:
    """Units lost until day ``until`` (1 is tomorrow) to the ``known`` occasions, and those of them that lose a unit.

    ``mean`` [H] and ``lost`` [H] are cumulated. On each of their days as much is lost to them as is asked for beyond
    the median day of the forecast, and never more than is lost on that day.
    """
    daily, missed = np.diff(mean, prepend=0.0), np.diff(lost, prepend=0.0)
    each = np.minimum(missed, np.maximum(daily - np.median(daily), 0.0))
    on = np.zeros(each.size, np.bool_)
    named = []
    for one in known:
        days = slice(max((one.first - as_of).days, 1) - 1, max(min((one.last - as_of).days, until), 0))
        on[days] = True
        if each[days].sum() >= _LEAST:
            named.append(one)
    units = float(each[on].sum())
    return (units, tuple(named)) if named else (0.0, ())


def when_told(named: Sequence[Occasion], as_of: date) -> tuple[str, str]:
    """``X starts on DAY and Y runs since DAY``, and the names alone."""
    first = {one.name: one.first for one in reversed(named)}
    order = sorted(first, key=lambda name: (first[name], name))
    verb = {name: "starts on" if first[name] > as_of else "has been running since" for name in order}
    return " and ".join(f"{name} {verb[name]} {first[name]}" for name in order), " and ".join(order)
