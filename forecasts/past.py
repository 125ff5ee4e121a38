"""What was known at past origins: profile and level of every row, from the days before each origin only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.censor import usable_days
from forecasts.compiled import packed
from forecasts.events import calendar
from forecasts.levels import ALPHAS, levels
from forecasts.profile import Profile, factors, fit_profile, past_offers
from forecasts.protocol import Floats, History, Ints, Outlook

__all__ = ["PastBlock", "block_factor", "past_block"]


class PastBlock(NamedTuple):
    """Origins [S] that share a profile, the one known at the first of them; an origin o has history up to column o - 1.

    ``levels`` [N,S,M] are all candidates at each origin, ``known`` [N,S] the days they rest on.
    """

    origins: Ints
    profile: Profile
    levels: Floats
    known: Ints


def past_block(history: History, outlook: Outlook, origins: Ints) -> PastBlock:
    """Profile and levels of one block of ascending origins."""
    days = calendar(outlook, history.first_day, history.days)
    first, last = int(origins[0]), int(origins[-1])
    known = days._replace(offset=packed(days.offset[:, : first + 1]), busy=packed(days.busy[:, :first]))
    past = history.until(first)
    profile = fit_profile(past, known, usable_days(past))
    factor = factors(profile, days, past_offers(history), 0)
    quantity, in_stock = packed(history.quantity[:, :last]), packed(history.in_stock[:, :last])
    alphas = np.tile(ALPHAS, (history.rows, 1))
    found, _, count = levels(quantity, in_stock, packed(factor[:, :last]), origins, alphas)
    return PastBlock(origins, profile, found, count)


def block_factor(block: PastBlock, history: History, outlook: Outlook) -> Floats:
    """Factor [N,T] of every day by the block's profile, later days included: their calendar and offers were planned."""
    days = calendar(outlook, history.first_day, history.days)
    return factors(block.profile, days, past_offers(history), 0)
