"""Past origins: what would have been forecast then, and what was demanded after it.

A trial is one row at one past origin over one protection interval. Only what was known before the origin enters
its forecast; days of the interval that were sold out or unknown are left out of both sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.batches import row_batches
from forecasts.levels import CANDIDATES
from forecasts.methods import predict_mean
from forecasts.past import PastBlock, scene_before
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.unconstrained import completed

__all__ = [
    "DAILY_REACH",
    "DAILY_WINDOWS",
    "INTERVAL_WINDOWS",
    "MOST_WINDOWS",
    "Spans",
    "TrialPlan",
    "Trials",
    "combination_trials",
    "method_trials",
    "outlook_at",
    "trial_plan",
    "what_came",
]

LEAST_SEEN, LEAST_TOLD = 0.7, 0.3
"""Shares of an interval's expected demand that must be known or estimated, and that a shelf showed, for a trial to
count. Leaving out all that sold out would leave out much demand."""
LOOKS = 4
"""Levels are re-read this often between two past origins at which the profile is learnt again."""
YEAR = 364
DAILY_REACH = 28
"""Days ahead up to which single days are tried and corrected; later ones follow their interval."""
DAY_STEP, ROW_STEP = 7919, 104_729
"""Primes that scatter the single day that is tried over rows and origins."""
SHORTEST_PAST = 56
EARLIER_DAYS, EARLIER_STEP = 126, 14
LEAST_EARLIER, MOST_EARLIER = 3, 8
CHOICE = 2
"""Blocks before the trials from which the global model learns: more where rows are few, so that it may choose its
windows among ``CHOICE`` times as many. Windows of more years teach more than more windows of one."""
MOST_WINDOWS = 150_000
DAILY_WINDOWS, INTERVAL_WINDOWS = 5, 3
"""Windows of each kind that one row at one origin gives to training, and all of them together."""


@dataclass(frozen=True, slots=True)
class Trials:
    """``mu`` [N,S,I,M] means by M candidates and ``actual`` [N,S,I] sums at S origins over I intervals; NaN = none.

    ``usual`` [N,S,I] is the mean factor of the days of the interval; 1 for models without factors.
    """

    origins: Ints
    mu: Floats
    actual: Floats
    usual: Floats


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

    @property
    def longest(self) -> int:
        """Days after an origin that the spans reach."""
        return max(self.reach, *self.protection_days)

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
    windows = request.service_level.size * (DAILY_WINDOWS + INTERVAL_WINDOWS)
    missing = (CHOICE * MOST_WINDOWS - every.size * windows) / (windows * EARLIER_DAYS / EARLIER_STEP)
    wanted = min(MOST_EARLIER, max(LEAST_EARLIER, math.ceil(missing)))
    return TrialPlan(spans, tuple(block for block in blocks if block.size), tuple(before[:wanted][::-1]))


def outlook_at(history: History, outlook: Outlook, origin: int) -> Outlook:
    """The outlook as it was known at a past origin: prices and promotions then planned are those that came."""
    return Outlook(
        price_ratio=np.concatenate([history.price_ratio[:, origin:], outlook.price_ratio], axis=1),
        promo=np.concatenate([history.promo[:, origin:], outlook.promo], axis=1),
        event_names=outlook.event_names,
        events=outlook.events,
    )


def what_came(history: History, outlook: Outlook, seed: int) -> Floats:
    """Demand of all days of a history [N,T]; NaN where it is not known.

    What a shelf hid that was empty in the end is estimated from both sides, as it is no forecast, and drawn by
    ``seed``: forecasts are to be as spread as demand.
    """
    return completed(history, outlook, seed=seed).quantity


def combination_trials(
    history: History, outlook: Outlook, blocks: Sequence[PastBlock], spans: Spans, came: Floats
) -> Trials:
    """Trials of every level candidate times the profile learnt at the start of each block of origins."""
    parts = [_block_trials(block, history, outlook, spans, came) for block in blocks]
    shape = (history.rows, 0, spans.count)
    return Trials(
        origins=np.concatenate([np.zeros(0, dtype=np.int64), *(block.origins for block in blocks)]),
        mu=np.concatenate([part[0] for part in parts], axis=1) if parts else np.zeros((*shape, len(CANDIDATES))),
        actual=np.concatenate([part[1] for part in parts], axis=1) if parts else np.zeros(shape),
        usual=np.concatenate([part[2] for part in parts], axis=1) if parts else np.ones(shape),
    )


def _block_trials(
    block: PastBlock, history: History, outlook: Outlook, spans: Spans, came: Floats
) -> tuple[Floats, Floats, Floats]:
    rows, origins = history.rows, block.origins.size
    mu, actual = np.empty((rows, origins, spans.count, len(CANDIDATES))), np.empty((rows, origins, spans.count))
    usual = np.empty_like(actual)
    for batch in row_batches(rows, history.days):
        seen = scene_before(block, history, outlook, batch, back=0, ahead=spans.longest)
        days = slice(seen.first, seen.first + seen.factor.shape[1])
        sums = _Sums.of(seen.factor, came[batch, days], _told(seen.history))
        for number, origin in enumerate(block.origins):
            starts = spans.starts(rows, int(origin))[batch]
            exposure, actual[batch, number] = sums.over(int(origin) - seen.first + starts, spans.lengths)
            mu[batch, number] = exposure[:, :, None] * block.levels[batch, number, None, :]
            usual[batch, number] = exposure / spans.lengths
    return mu, actual, usual


def method_trials(
    method: str, history: History, outlook: Outlook, plan: TrialPlan, *, group_level: Floats, came: Floats
) -> Trials:
    """Trials of one model at the last origin of each block."""
    spans = plan.spans
    origins = np.array([block[-1] for block in plan.blocks], dtype=np.int64)
    mu = np.full((history.rows, origins.size, spans.count, 1), np.nan)
    actual = np.full((history.rows, origins.size, spans.count), np.nan)
    for number, column in enumerate(origins):
        origin = int(column)
        ahead = min(spans.longest, history.days - origin)
        mean, _ = predict_mean(method, history.until(origin), outlook_at(history, outlook, origin), ahead, group_level)
        days = slice(origin, origin + ahead)
        sums = _Sums.of(mean, came[:, days], _told(history.until(origin + ahead).since(origin)))
        mu[:, number, :, 0], actual[:, number] = sums.over(spans.starts(history.rows, origin), spans.lengths)
    return Trials(origins=origins, mu=mu, actual=actual, usual=np.ones_like(actual))


def _told(history: History) -> Flags:
    """Days [N,T] that tell of demand: all but those on which the shelf was empty from the start."""
    return np.isfinite(history.quantity) & (history.in_stock | (history.quantity > 0))


@dataclass(frozen=True, slots=True)
class _Sums:
    """Running sums [N,D+1] of what was expected of all days, of known ones and of those that tell, and of demand."""

    whole: Floats
    known: Floats
    told: Floats
    demand: Floats

    @classmethod
    def of(cls, expected: Floats, came: Floats, told: Flags) -> _Sums:
        known = np.isfinite(came)
        return cls(
            _running(expected),
            _running(np.where(known, expected, 0.0)),
            _running(np.where(told, expected, 0.0)),
            _running(np.where(known, came, 0.0)),
        )

    def over(self, first: Ints, lengths: Ints) -> tuple[Floats, Floats]:
        """Expected and actual sum [N,I] over the known days of spans from ``first`` [N,I] on; NaN where too few."""
        width = self.whole.shape[1]
        end = first + lengths
        inside = end < width
        first, end = np.minimum(first, width - 1), np.where(inside, end, 0)
        first = np.where(inside, first, 0)
        whole, known, told, demand = (
            np.take_along_axis(sums, end, axis=1) - np.take_along_axis(sums, first, axis=1)
            for sums in (self.whole, self.known, self.told, self.demand)
        )
        enough = inside & (known >= LEAST_SEEN * whole) & (told >= LEAST_TOLD * whole) & ((known > 0) | (whole <= 0))
        return np.where(enough, known, np.nan), np.where(enough, demand, np.nan)


def _running(values: Floats) -> Floats:
    out = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=out[:, 1:])
    return out
