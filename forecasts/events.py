"""Which weekday and which events fall on which day for which group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.month import month_places
from forecasts.protocol import Flags, Floats, Ints, Outlook
from forecasts.season import weeks_of_year

__all__ = ["Calendar", "calendar", "weekdays"]


def weekdays(first_day: np.datetime64, days: int) -> Ints:
    """Weekday of each of ``days`` days, Monday 0 to Sunday 6, shape [days]."""
    start = int(first_day.astype("datetime64[D]").astype(np.int64))
    return (np.arange(start, start + days, dtype=np.int64) + 3) % 7


class Calendar(NamedTuple):
    """Weekdays and active events of D days, counted from the first day of the history.

    ``weekday``, ``week`` of the year and ``place`` in the month [D]. Events are compressed: group g on day t has
    ``event[offset[g,t]:offset[g,t+1]]`` (event numbers) and as many ``value`` (how strongly it touches, 0 to 1).
    ``busy`` [G,D] says whether any is active; ``events`` is E. A named tuple, so that a kernel takes it as one
    argument.
    """

    weekday: Ints
    week: Ints
    place: Ints
    offset: Ints
    event: Ints
    value: Floats
    busy: Flags
    events: int


def calendar(outlook: Outlook, first_day: np.datetime64, days: int) -> Calendar:
    """The first ``days`` days of the outlook's events in compressed form."""
    by_day = outlook.events[:, :, :days].transpose(0, 2, 1)
    group, day, event = np.nonzero(by_day)
    groups = by_day.shape[0]
    active = np.zeros((groups, days), dtype=np.int64)
    np.add.at(active, (group, day), 1)
    ends = np.cumsum(active.reshape(-1)).reshape(groups, days)
    offset = np.zeros((groups, days + 1), dtype=np.int64)
    offset[:, 1:] = ends
    offset[1:, 0] = ends[:-1, -1]
    return Calendar(
        weekday=weekdays(first_day, days),
        week=weeks_of_year(first_day, days),
        place=month_places(first_day, days),
        offset=offset,
        event=event.astype(np.int64),
        value=by_day[group, day, event].astype(np.float64),
        busy=active > 0,
        events=by_day.shape[2],
    )
