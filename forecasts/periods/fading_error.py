"""Errors of a row's own sums, of which old ones fade.

As ``forecasts.own_error``, for rows that are planned by the week or month: they count for more, since a class says
little about rows with so few steps; smoothing is of least error for each row and interval; and they fade, since what a
row was long ago tells little of how it errs now.
"""

from __future__ import annotations

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.lead_time import LARGEST
from forecasts.own_error import OwnError
from forecasts.protocol import Floats, Ints

__all__ = ["blended", "fading_errors_at"]

MOST = 0.7
"""Largest weight of a row's own errors."""
PRIOR_INTERVALS = 1.0
"""Intervals that do not overlap for which the class counts."""
ALPHAS = (0.02, 0.05, 0.1, 0.2, 0.35)
"""Smoothing weights that are tried."""
HALF_LIFE = 91.0
"""Steps after which an error counts half: a row that has fallen silent, or grown, errs otherwise than it did."""
LOOK_BACK = 728
LEAST_KNOWN = 8
"""Known days before the first error that counts; a longer interval asks for as many as it has itself."""
LEAST_SEEN = 0.7
"""Share of an interval's days that must be known."""
LEAST_UNITS = 0.05
"""Root mean squared error below which a row is not believed."""


def fading_errors_at(
    quantity: Floats, factor: Floats, protection_days: tuple[int, ...], stops: Ints, *,
    alphas: tuple[float, ...] = ALPHAS,
) -> OwnError:  # fmt: skip
    """Errors of smoothing over ``quantity`` (NaN = unknown) and ``factor`` [N,T], as [N,S,P].

    Known at each of the ascending ``stops`` [S] from the days before it alone. Of the smoothing weights ``alphas`` each
    row and interval has the one of least error.
    """
    lengths = np.asarray(protection_days, dtype=np.int64)
    first = max(0, min(quantity.shape[1], int(stops.min(initial=quantity.shape[1]))) - LOOK_BACK)
    days, usual = packed(quantity[:, first:]), packed(factor[:, first:])
    since = np.asarray(stops - first, np.int64)
    tried = [_errors(days, usual, alpha, lengths, since) for alpha in alphas]
    count = tried[0][1]  # of any weight the same
    total = np.minimum.reduce([errors for errors, _ in tried])
    square = np.maximum(total / np.maximum(count, 1e-12), LEAST_UNITS**2)
    apart = count / lengths
    return OwnError(np.where(count > 0, square, 1.0), MOST * apart / (apart + PRIOR_INTERVALS))


def blended(mu: Floats, dispersion: Floats, square: Floats, weight: Floats) -> Floats:
    """Overdispersion when the variance is weighed with the row's own ``square`` error; all [...,P], shorter first.

    Where errors of an interval's length are fewer than of the one before it, what those said goes on for the rest.

    >>> twice = blended(np.array([10.0, 20.0]), np.array([0.4, 0.4]), np.array([200.0, 1.0]), np.array([0.35, 0.0]))
    >>> variance = np.array([10.0, 20.0]) + twice * np.array([10.0, 20.0]) ** 2
    >>> np.round(variance / np.array([50.0, 180.0]), 3).tolist()  # 4 ** 0.35; of the longer one nothing is known
    [1.625, 1.625]
    """
    mean = np.maximum(mu, 1e-9)
    model = mean * (1.0 + dispersion * mean)
    wider = weight * np.log(np.maximum(square, 1e-12) / model)
    most = np.broadcast_to(weight, wider.shape)[..., 0]
    for p in range(1, wider.shape[-1]):
        rest = np.maximum(most - weight[..., p], 0.0)
        wider[..., p] += rest * wider[..., p - 1] / np.maximum(most, 1e-12)
        most = np.maximum(most, weight[..., p])
    variance = model * np.exp(wider)
    return np.asarray(np.clip((variance - mean) / mean**2, 0.0, LARGEST))


@compiled
def _errors(quantity: Floats, factor: Floats, alpha: float, lengths: Ints, stops: Ints) -> tuple[Floats, Floats]:
    """Fading sum of squared errors per squared mean factor, and fading number of intervals, [N,S,P] at each stop."""
    rows, days = quantity.shape
    total, count = np.zeros((rows, stops.size, lengths.size)), np.zeros((rows, stops.size, lengths.size))
    demand, expected, known = np.zeros(days + 1), np.zeros(days + 1), np.zeros(days + 1)
    level, keep, fade = np.zeros(days + 1), 1.0 - alpha, 0.5 ** (1.0 / HALF_LIFE)
    square, number = np.zeros(lengths.size), np.zeros(lengths.size)
    for row in range(rows):
        share, weight, stop = 0.0, 0.0, 0
        square[:], number[:] = 0.0, 0.0
        for end in range(days + 1):
            if end > 0:
                sold, told = quantity[row, end - 1], not np.isnan(quantity[row, end - 1])
                demand[end] = demand[end - 1] + (sold if told else 0.0)
                expected[end] = expected[end - 1] + (factor[row, end - 1] if told else 0.0)
                known[end] = known[end - 1] + (1.0 if told else 0.0)
                if told:
                    share, weight = keep * share + sold, keep * weight + factor[row, end - 1]
                level[end] = share / weight if weight > 0.0 else -1.0
            for p in range(lengths.size):
                square[p] *= fade
                number[p] *= fade
                begin = end - lengths[p]
                if begin < 1 or known[begin] < max(LEAST_KNOWN, lengths[p]) or level[begin] < 0.0:
                    continue
                seen, exposure = known[end] - known[begin], expected[end] - expected[begin]
                if seen >= LEAST_SEEN * lengths[p] and exposure > 0.0:
                    error = (demand[end] - demand[begin]) - level[begin] * exposure
                    square[p] += (error * seen / exposure) ** 2
                    number[p] += 1.0
            while stop < stops.size and stops[stop] == end:
                total[row, stop], count[row, stop] = square, number
                stop += 1
    return total, count
