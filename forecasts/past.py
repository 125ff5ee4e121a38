"""What was known at past origins: profile and level of every row, from the days before each origin only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.batches import row_batches
from forecasts.compiled import packed
from forecasts.events import calendar
from forecasts.levels import ALPHAS, levels
from forecasts.profile import Profile, factors, fit_profile, known_demand, past_offers, profile_of
from forecasts.protocol import Floats, History, Ints, Outlook
from forecasts.so_far import any_sold_out

__all__ = ["PastBlock", "Seen", "past_block", "scene_before"]


class PastBlock(NamedTuple):
    """Origins [S] that share a profile, the one known at the first of them; an origin o has history up to column o - 1.

    ``levels`` [N,S,M] are all candidates at each origin, ``known`` [N,S] the days they rest on.
    """

    origins: Ints
    profile: Profile
    levels: Floats
    known: Ints


class Seen(NamedTuple):
    """Days from column ``first`` on of a batch of rows: demand known so far, factor [n,D], and the history itself."""

    first: int
    quantity: Floats
    factor: Floats
    history: History


def past_block(history: History, outlook: Outlook, origins: Ints) -> PastBlock:
    """Profile and levels of one block of ascending origins."""
    days = calendar(outlook, history.first_day, history.days)
    first, last = int(origins[0]), int(origins[-1])
    known = days._replace(offset=packed(days.offset[:, : first + 1]), busy=packed(days.busy[:, :first]))
    profile = fit_profile(history.until(first), known)
    found = []
    for rows in row_batches(history.rows, last):
        sales = known_demand(profile_of(profile, rows), history.of(rows).until(last), days)
        found.append(levels(sales.quantity, sales.factor, origins, np.tile(ALPHAS, (len(sales.quantity), 1))))
    level, _, count = (np.concatenate(each) for each in zip(*found, strict=True))
    return PastBlock(origins, profile, level, count)


def scene_before(block: PastBlock, history: History, outlook: Outlook, rows: slice, *, back: int, ahead: int) -> Seen:
    """What a batch of rows shows from ``back`` days before the block's first origin to ``ahead`` days after its last.

    Later days included: their calendar and offers were planned.
    """
    first = max(0, int(block.origins[0]) - back)
    part = history.of(rows).until(min(history.days, int(block.origins[-1]) + ahead))
    days = calendar(outlook, history.first_day, part.days)
    profile = profile_of(block.profile, rows)
    if any_sold_out(part.quantity, part.in_stock):
        sales = known_demand(profile, part, days)
        return Seen(first, packed(sales.quantity[:, first:]), packed(sales.factor[:, first:]), part.since(first))
    part = part.since(first)
    return Seen(first, packed(part.quantity), factors(profile, days, past_offers(part), first), part)
