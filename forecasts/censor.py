"""Days that tell nothing of demand: sold out, not on sale, unknown."""

from __future__ import annotations

import numpy as np

from forecasts.naive import WEEK
from forecasts.protocol import Flags, Floats, History

__all__ = ["fill_gaps", "usable_days"]


def usable_days(history: History) -> Flags:
    """Where demand itself is known: recorded and not cut off by an empty shelf; shape [N,T]."""
    return np.asarray(history.in_stock & np.isfinite(history.quantity))


def fill_gaps(quantity: Floats, known: Flags) -> Floats:
    """The days [T] of one row without gaps; at least one must be ``known``.

    A gap takes the mean of the same weekday in the five weeks on either side, else the mean of the row; what was sold
    on a sold-out day stays a lower bound.
    """
    out = np.where(known, quantity, 0.0)
    average = float(out.sum() / known.sum())
    for day in np.nonzero(~known)[0]:
        near = np.arange(day - 5 * WEEK, day + 5 * WEEK + 1, WEEK)
        near = near[(near >= 0) & (near < quantity.size)]
        near = near[known[near]]
        guess = float(quantity[near].mean()) if near.size else average
        sold = float(quantity[day])
        out[day] = max(guess, sold) if np.isfinite(sold) else guess
    return out
