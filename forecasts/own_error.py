"""Errors of a row in its own units, beside the overdispersion that it shares with its class.

A negative binomial of one class is as spread, for its mean, in all rows, and spreads less when the mean falls. Rows
are not alike, and one whose forecast has just fallen may come back. So the variance of an interval is the geometric
mean of what the negative binomial says and of the row's own mean squared error, weighed by how many of its past
intervals did not overlap. On the logarithmic scale one bulk order does not widen a row for good. Errors are those of
simple smoothing times the known factors, from every day of up to two years: trials of the whole forecast are too few
to tell how far one row's sums lie from what was expected. Recalibration of levels comes after it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.lead_time import LARGEST
from forecasts.protocol import Floats, Ints

__all__ = ["OwnError", "blended", "fit_own_error", "nothing_tried"]

MOST = 0.4
"""Largest weight of a row's own errors."""
PRIOR_INTERVALS = 2.0
"""Intervals that do not overlap for which the class counts."""
LOOK_BACK = 728
LEAST_KNOWN = 8
"""Known days before the first error that counts; a longer interval asks for as many as it has itself."""
LEAST_SEEN = 0.7
"""Share of an interval's days that must be known."""
LEAST_UNITS = 0.05
"""Root mean squared error below which a row is not believed."""


@dataclass(frozen=True, slots=True)
class OwnError:
    """Of N rows over P intervals: mean ``square`` of the error on days of factor 1, and its ``weight``, 0 to ``MOST``.

    Demand on days of twice the usual factor errs twice as much.
    """

    square: Floats
    weight: Floats


def nothing_tried(rows: int, intervals: int) -> OwnError:
    """No own errors at all: the class alone counts."""
    return OwnError(np.ones((rows, intervals)), np.zeros((rows, intervals)))


def fit_own_error(quantity: Floats, factor: Floats, alpha: Floats, protection_days: tuple[int, ...]) -> OwnError:
    """Errors of smoothing by ``alpha`` [N] over the days of ``quantity`` (NaN = unknown) and ``factor`` [N,T]."""
    lengths = np.asarray(protection_days, dtype=np.int64)
    recent = slice(max(0, quantity.shape[1] - LOOK_BACK), None)
    total, count = _errors(packed(quantity[:, recent]), packed(factor[:, recent]), packed(alpha), lengths)
    square = np.maximum(total / np.maximum(count, 1.0), LEAST_UNITS**2)
    apart = count / lengths
    return OwnError(square, MOST * apart / (apart + PRIOR_INTERVALS))


def blended(mu: Floats, dispersion: Floats, square: Floats, weight: Floats) -> Floats:
    """Overdispersion when the variance is weighed with the row's own ``square`` error; all of one shape.

    >>> round(float(blended(np.array(10.0), np.array(0.4), np.array(200.0), np.array(0.5))), 6)  # variances 50 and 200
    0.9
    """
    mean = np.maximum(mu, 1e-9)
    model = mean * (1.0 + dispersion * mean)
    variance = model * (np.maximum(square, 1e-12) / model) ** weight
    return np.asarray(np.clip((variance - mean) / mean**2, 0.0, LARGEST))


@compiled
def _errors(quantity: Floats, factor: Floats, alpha: Floats, lengths: Ints) -> tuple[Floats, Floats]:
    """Sum of squared errors per squared mean factor [N,P] and number of intervals [N,P]."""
    rows, days = quantity.shape
    total, count = np.zeros((rows, lengths.size)), np.zeros((rows, lengths.size))
    demand, expected, known = np.zeros(days + 1), np.zeros(days + 1), np.zeros(days + 1)
    for row in range(rows):
        for day in range(days):
            told = not np.isnan(quantity[row, day])
            demand[day + 1] = demand[day] + (quantity[row, day] if told else 0.0)
            expected[day + 1] = expected[day] + (factor[row, day] if told else 0.0)
            known[day + 1] = known[day] + (1.0 if told else 0.0)
        share, weight = 0.0, 0.0
        for day in range(days):
            if not np.isnan(quantity[row, day]):
                keep = 1.0 - alpha[row]
                share, weight = keep * share + quantity[row, day], keep * weight + factor[row, day]
            if known[day + 1] < LEAST_KNOWN or weight <= 0.0:
                continue
            for p in range(lengths.size):
                end = day + 1 + lengths[p]
                if end > days or known[day + 1] < lengths[p]:
                    break
                seen, exposure = known[end] - known[day + 1], expected[end] - expected[day + 1]
                if seen >= LEAST_SEEN * lengths[p] and exposure > 0.0:
                    error = (demand[end] - demand[day + 1]) - share / weight * exposure
                    total[row, p] += (error * seen / exposure) ** 2
                    count[row, p] += 1.0
    return total, count
