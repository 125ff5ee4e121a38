"""The shape of the month: wages and bills make some days of it busier, which no week and no year shows.

Of each group of rows, from the ratio of what was sold to what was expected on each date, all rows together. Dates
differ for reasons of their own, so a place in the month is believed only as far as its dates agree (empirical Bayes).
"""

from __future__ import annotations

import numpy as np

from forecasts.protocol import Floats, Ints

__all__ = ["LEAST_DAYS", "PLACES", "fit_month", "flat_month", "month_places"]

PLACES = 31
LEAST_DAYS = 180
"""Days of history below which no month is learnt."""
FROM_THE_END = 21
"""Days of the month from which on places are counted from its end: wages are paid on the last day, whichever it is."""
DATE_VARIANCE = 0.005
"""Of the logarithm of a date's demand for reasons of its own, beside counting noise."""
LEAST_EXPECTED = 5.0
"""Expected units of all rows below which a date tells nothing."""
LARGEST = 0.5
"""Largest logarithm of a factor."""


def month_places(first_day: np.datetime64, days: int) -> Ints:
    """Place in its month, 0 to 30, of each of ``days`` days; the last day of every month has the last place."""
    date = first_day.astype("datetime64[D]") + np.arange(days)
    month = date.astype("datetime64[M]")
    day = (date - month.astype("datetime64[D]")).astype(np.int64)
    length = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
    return np.asarray(np.where(day + 1 < FROM_THE_END, day, day + PLACES - length), dtype=np.int64)


def flat_month(rows: int) -> Floats:
    """No month: 1 at every place, [N,31]."""
    return np.ones((rows, PLACES))


def fit_month(sold: Floats, expected: Floats, place: Ints) -> Floats:
    """Factor of each group at each place, [G,31], mean 1.

    ``sold`` and ``expected`` [G,T] are weighed sums over rows, ``expected`` without the month; ``place`` [T].
    """
    told = expected >= LEAST_EXPECTED
    safe = np.where(told, expected, 1.0)
    error = np.where(told, np.log((sold + 0.5) / (safe + 0.5)), 0.0)
    weight = np.where(told, 1.0 / (DATE_VARIANCE + 1.0 / safe), 0.0)
    mark = np.eye(PLACES)[place]  # [T,31]
    total = weight @ mark
    count = told @ mark
    known = count > 1
    mean = np.divide((weight * error) @ mark, total, out=np.zeros_like(total), where=known)
    overall = np.divide(
        (total * mean).sum(axis=1),
        np.where(known, total, 0.0).sum(axis=1),
        out=np.zeros(len(sold)),
        where=known.any(axis=1),
    )
    left = np.where(told, error - mean[:, place], 0.0)
    noise = (weight * left**2).sum(axis=1) / np.maximum((count - known).sum(axis=1), 1.0)
    doubt = np.divide(np.maximum(noise, 1.0)[:, None], total, out=np.full(total.shape, np.inf), where=known)
    effect = np.where(known, mean - overall[:, None], 0.0)
    places = np.maximum(known.sum(axis=1), 1)
    signal = np.maximum((effect**2).sum(axis=1) - np.where(known, doubt, 0.0).sum(axis=1), 0.0) / places
    share = signal[:, None] / (signal[:, None] + doubt + 1e-12)
    factor = np.exp(np.clip(share * effect, -LARGEST, LARGEST))
    return np.asarray(factor / factor.mean(axis=1, keepdims=True))
