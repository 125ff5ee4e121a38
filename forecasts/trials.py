"""Past origins: what would have been forecast then, and what was demanded after it.

A trial is one row at one past origin over one protection interval. Only what was known before the origin enters
its forecast; days of the interval that were sold out or unknown are left out of both sides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from forecasts.censor import usable_days
from forecasts.levels import CANDIDATES
from forecasts.methods import predict_mean
from forecasts.past import PastBlock, block_factor
from forecasts.protocol import Floats, History, Ints, Outlook, Request

__all__ = [
    "DAILY_REACH",
    "Spans",
    "TrialPlan",
    "Trials",
    "combination_trials",
    "method_trials",
    "outlook_at",
    "trial_plan",
]

LEAST_SEEN = 0.7
"""Share of an interval's expected demand that must have been observed for a trial to count."""
LOOKS = 4
"""Levels are re-read this often between two past origins at which the profile is learnt again."""
YEAR = 364
DAILY_REACH = 28
"""Days ahead up to which single days are tried and corrected; later ones follow their interval."""
DAY_STEP, ROW_STEP = 7919, 104_729
"""Primes that scatter the single day that is tried over rows and origins."""
SHORTEST_PAST = 56
EARLIER_BLOCKS, EARLIER_DAYS, EARLIER_STEP = 3, 126, 14


@dataclass(frozen=True, slots=True)
class Trials:
    """``mu`` [N,S,I,M] means by M candidates and ``actual`` [N,S,I] sums at S origins over I intervals; NaN = none."""

    origins: Ints
    mu: Floats
    actual: Floats


@dataclass(frozen=True, slots=True)
class Spans:
    """Spans of days tried after an origin: one single day within ``reach``, then the protection intervals."""

    protection_days: tuple[int, ...]
    reach: int

    @property
    def count(self) -> int:
        """Number of spans I."""
        return 1 + len(self.protection_days)

    @property
    def lengths(self) -> Ints:
        """Days of each span [I]."""
        return np.array([1, *self.protection_days], dtype=np.int64)

    def starts(self, rows: int, origin: int) -> Ints:
        """Days between the origin and each span [N,I]: intervals begin at once, single days lie anywhere in reach."""
        out = np.zeros((rows, self.count), dtype=np.int64)
        out[:, 0] = (DAY_STEP * origin + ROW_STEP * np.arange(rows)) % self.reach
        return out


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Spans to try after each origin, and past origins in blocks, oldest first; may be empty.

    An origin o has history up to column o - 1. The profile is learnt again at the start of each block.
    """

    spans: Spans
    blocks: tuple[Ints, ...]
    earlier: tuple[Ints, ...] = ()
    """Blocks before those, oldest first: they teach the global model and are not tried."""


def trial_plan(days: int, request: Request) -> TrialPlan:
    """Origins over the last year at most, in ``request.origins`` blocks; the shortest interval must have ended."""
    spans = Spans(request.protection_days, min(DAILY_REACH, request.horizon))
    last = days - request.protection_days[0]
    first = max(min(SHORTEST_PAST, days // 2), last - YEAR)
    if first < 1 or last < first:
        return TrialPlan(spans, ())
    every = np.unique(np.linspace(first, last, request.origins * LOOKS).round().astype(np.int64))
    blocks = np.array_split(every, min(request.origins, every.size))
    before = [
        np.arange(end - EARLIER_DAYS, end - EARLIER_STEP // 2, EARLIER_STEP, dtype=np.int64)
        for end in range(first, SHORTEST_PAST + EARLIER_DAYS, -EARLIER_DAYS)
    ]
    return TrialPlan(spans, tuple(block for block in blocks if block.size), tuple(before[:EARLIER_BLOCKS][::-1]))


def outlook_at(history: History, outlook: Outlook, origin: int) -> Outlook:
    """The outlook as it was known at a past origin: prices and promotions then planned are those that came."""
    return Outlook(
        price_ratio=np.concatenate([history.price_ratio[:, origin:], outlook.price_ratio], axis=1),
        promo=np.concatenate([history.promo[:, origin:], outlook.promo], axis=1),
        event_names=outlook.event_names,
        events=outlook.events,
    )


def combination_trials(history: History, outlook: Outlook, blocks: Iterable[PastBlock], spans: Spans) -> Trials:
    """Trials of every level candidate times the profile learnt at the start of each block of origins."""
    usable = usable_days(history)
    sold = _running(np.where(usable, history.quantity, 0.0))
    origins, means, actuals = [np.zeros(0, dtype=np.int64)], [], []
    for block in blocks:
        origins.append(block.origins)
        factor = block_factor(block, history, outlook)
        seen, whole = _running(np.where(usable, factor, 0.0)), _running(factor)
        for number, origin in enumerate(block.origins):
            exposure, actual = _span_sums(seen, whole, sold, int(origin), spans)
            means.append(exposure[:, :, None] * block.levels[:, number, None, :])
            actuals.append(actual)
    shape = (history.rows, 0, spans.count)
    return Trials(
        origins=np.concatenate(origins),
        mu=np.stack(means, axis=1) if means else np.zeros((*shape, len(CANDIDATES))),
        actual=np.stack(actuals, axis=1) if actuals else np.zeros(shape),
    )


def method_trials(method: str, history: History, outlook: Outlook, plan: TrialPlan, group_level: Floats) -> Trials:
    """Trials of one model at the last origin of each block."""
    usable = usable_days(history)
    sold = _running(np.where(usable, history.quantity, 0.0))
    origins = np.array([block[-1] for block in plan.blocks], dtype=np.int64)
    mu = np.full((history.rows, origins.size, plan.spans.count, 1), np.nan)
    actual = np.full((history.rows, origins.size, plan.spans.count), np.nan)
    for number, column in enumerate(origins):
        origin = int(column)
        ahead = min(max(plan.spans.reach, *plan.spans.lengths), history.days - origin)
        mean, _ = predict_mean(method, history.until(origin), outlook_at(history, outlook, origin), ahead, group_level)
        whole = _running(np.concatenate([np.zeros((history.rows, origin)), mean], axis=1))
        seen = np.where(usable[:, origin : origin + ahead], mean, 0.0)
        seen = _running(np.concatenate([np.zeros((history.rows, origin)), seen], axis=1))
        mu[:, number, :, 0], actual[:, number] = _span_sums(seen, whole, sold, origin, plan.spans)
    return Trials(origins=origins, mu=mu, actual=actual)


def _running(values: Floats) -> Floats:
    out = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=out[:, 1:])
    return out


def _span_sums(seen: Floats, whole: Floats, sold: Floats, origin: int, spans: Spans) -> tuple[Floats, Floats]:
    """Expected exposure and actual sum [N,I] over the observed days of spans; NaN where too few were."""
    rows, width = sold.shape
    first = origin + spans.starts(rows, origin)
    end = first + spans.lengths
    inside = end < width
    # ``whole`` may end before the history does: a model that was asked for fewer days.
    inside &= end < whole.shape[1]
    first, end = np.minimum(first, width - 1), np.where(inside, end, 0)
    part, all_of_it, actual = (
        np.take_along_axis(sums, end, axis=1) - np.take_along_axis(sums, np.where(inside, first, 0), axis=1)
        for sums in (seen, whole, sold)
    )
    enough = inside & (part >= LEAST_SEEN * all_of_it) & ((part > 0) | (all_of_it <= 0))
    return np.where(enough, part, np.nan), np.where(enough, actual, np.nan)
