"""Candidates for the level of a row: demand per unit of its weekday, event and promotion factor.

All candidates of a row are computed in one pass over its history, at every past origin asked for, from the days
before that origin only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.compiled import compiled
from forecasts.intermittent import aggregated, mean_interval, multi_aggregated, tsb
from forecasts.level_shift import find_shift
from forecasts.protocol import Floats, Ints

__all__ = ["ALPHAS", "CANDIDATES", "levels"]

CANDIDATES = ("last_week", "window_28", "window_56", "window_112", "window_364", "ses", "adida", "imapa", "tsb")
WINDOWS = (7, 28, 56, 112, 364)
SES = len(WINDOWS)
WIDTH = len(CANDIDATES)
ALPHAS = np.array([0.01, 0.02, 0.05, 0.1, 0.2, 0.35])
AGGREGATE_ALPHA = 0.1
CHANCE_ALPHA = 0.05
LARGEST_BUCKET = 14
LOOK_BACK = 420


class Seen(NamedTuple):
    """Known days of one row in order: demand, factor, and their running sums (one longer)."""

    total: Floats
    exposure: Floats
    total_sum: Floats
    exposure_sum: Floats


@compiled
def levels(quantity: Floats, factor: Floats, stops: Ints, alphas: Floats) -> tuple[Floats, Ints, Ints]:
    """Candidate levels [N,S,M], index of the fitted alpha [N,S] and known days [N,S] before each of S stops.

    All of them are guarded against level shifts (``level_shift``).

    ``quantity`` (NaN where demand is not known) and ``factor`` are [N,T], ``alphas`` [N,A].
    """
    rows, days = quantity.shape
    found = np.zeros((rows, stops.size, WIDTH))
    chosen = np.zeros((rows, stops.size), dtype=np.int64)
    known = np.zeros((rows, stops.size), dtype=np.int64)
    total = np.empty(days)
    exposure = np.empty(days)
    total_sum = np.zeros(days + 1)
    exposure_sum = np.zeros(days + 1)
    grid = alphas.shape[1]
    for row in range(rows):
        share = np.zeros(grid)
        weight = np.zeros(grid)
        loss = np.zeros(grid)
        count, stop = 0, 0
        for day in range(days + 1):
            while stop < stops.size and stops[stop] == day:
                best = int(np.argmin(loss))
                chosen[row, stop] = best
                known[row, stop] = count
                if count > 0:
                    found[row, stop, SES] = share[best] / weight[best] if weight[best] > 0.0 else 0.0
                    seen = Seen(total[:count], exposure[:count], total_sum[: count + 1], exposure_sum[: count + 1])
                    _fill(seen, found[row, stop])
                    _guard(seen, found[row, stop])
                stop += 1
            if day == days or np.isnan(quantity[row, day]):
                continue
            sold, usual = quantity[row, day], factor[row, day]
            for a in range(grid):
                alpha = alphas[row, a]
                if count == 0:
                    share[a], weight[a] = sold / alpha, usual / alpha
                else:
                    error = sold - share[a] / weight[a] * usual if weight[a] > 0.0 else sold
                    loss[a] += error * error
                    share[a] = (1.0 - alpha) * share[a] + sold
                    weight[a] = (1.0 - alpha) * weight[a] + usual
            total[count], exposure[count] = sold, usual
            total_sum[count + 1] = total_sum[count] + sold
            exposure_sum[count + 1] = exposure_sum[count] + usual
            count += 1
    return found, chosen, known


@compiled
def _fill(seen: Seen, out: Floats) -> None:
    """Every candidate but SES, in the order of ``CANDIDATES``."""
    count = seen.total.size
    for i in range(SES):
        start = max(0, count - WINDOWS[i])
        weighed = seen.exposure_sum[count] - seen.exposure_sum[start]
        out[i] = (seen.total_sum[count] - seen.total_sum[start]) / weighed if weighed > 0.0 else 0.0
    first = max(0, count - LOOK_BACK)
    size = min(mean_interval(seen.total[first:]), LARGEST_BUCKET)
    if size > 0:
        out[SES + 1] = aggregated(seen.total_sum[first:], seen.exposure_sum[first:], size, AGGREGATE_ALPHA)
        out[SES + 2] = multi_aggregated(seen.total_sum[first:], seen.exposure_sum[first:], size, AGGREGATE_ALPHA)
        out[SES + 3] = tsb(seen.total[first:], seen.exposure[first:], AGGREGATE_ALPHA, CHANCE_ALPHA)


@compiled
def _guard(seen: Seen, out: Floats) -> None:
    """All candidates towards the level since a shift, as far as that is certain."""
    shift = find_shift(seen.total, seen.exposure)
    if shift.certainty > 0.0:
        for i in range(WIDTH):
            out[i] += shift.certainty * (shift.level - out[i])
