"""Windows of the past from which a model of all rows learns, and those on which it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, fields

import numpy as np

from forecasts.batches import in_turn, row_batches
from forecasts.compiled import packed
from forecasts.events import calendar, weekdays
from forecasts.past import PastBlock, Seen, scene_before
from forecasts.profile import Offers, past_offers
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.trials import DAILY_REACH, DAILY_WINDOWS, INTERVAL_WINDOWS, LEAST_SEEN, MOST_WINDOWS, Spans
from forecasts.windows import SCENE_DAYS, Pairs, Scene, Table, Windows, window_features, window_sums

__all__ = ["LEAST_KNOWN_DAYS", "Lessons", "Sample", "scene_of"]

LEAST_KNOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Sample:
    """Windows [W] with known demand: features [W,F], actual and expected units, first column and the one after."""

    features: Table
    actual: Floats
    expected: Floats
    first: Ints
    end: Ints


@dataclass(frozen=True, slots=True)
class Lessons:
    """The past that is read: a history, what was planned, the weights [N,M] of levels, and what ``came`` [N,T]."""

    history: History
    outlook: Outlook
    request: Request
    weight: Floats
    spans: Spans
    came: Floats

    def sample(self, blocks: Sequence[PastBlock], executor: Executor | None = None) -> Sample | None:
        """Random windows after the origins of all blocks, about ``MOST_WINDOWS`` at most; None without any."""
        origins = sum(block.origins.size for block in blocks)
        whole = (DAILY_WINDOWS + INTERVAL_WINDOWS) * origins * self.history.rows
        share = min(1.0, MOST_WINDOWS / max(1, whole))
        asked = [(self, block, share, number) for number, block in enumerate(blocks)]
        parts = [part for part in in_turn(_sample_of, asked, executor) if part is not None]
        return _joined(parts) if parts else None

    def trial_table(self, block: PastBlock, rows: slice, number: int, shown: tuple[Seen, Scene]) -> Table:
        """Features [n*I,F] of a batch of rows and all spans after one origin of a block, shown by ``batch_scene``."""
        seen, scene = shown
        origin = int(block.origins[number])
        every = np.arange(self.history.rows)[rows]
        start = np.minimum(self.spans.starts(self.history.rows, origin)[rows], self.history.days - origin - 1)
        length = np.minimum(np.broadcast_to(self.spans.lengths, start.shape), self.history.days - origin - start)
        at = np.arange(every.size)
        windows = Windows(np.repeat(at, self.spans.count), start.reshape(-1), packed(length).reshape(-1))
        return window_features(scene, self._pairs(block, number, every, at, seen.first), windows)

    def batch_scene(self, block: PastBlock, rows: slice) -> tuple[Seen, Scene]:
        """Days around a block's origins on which windows of a batch of rows are read."""
        seen = scene_before(
            block, self.history, self.outlook, rows, back=SCENE_DAYS, ahead=max(self.spans.longest, DAILY_REACH)
        )
        busy = calendar(self.outlook, self.history.first_day, self.history.days).busy
        shown = slice(seen.first, seen.first + seen.factor.shape[1])
        return seen, scene_of(seen.history, seen.quantity, seen.factor, past_offers(seen.history), busy[:, shown])

    def windows_of(self, block: PastBlock, rows: slice, asked: Sequence[tuple[Ints, Windows]]) -> list[Sample]:
        """Those of the windows ``asked`` after each origin of a block (of pairs that are these rows) in a batch."""
        seen, scene = self.batch_scene(block, rows)
        shown = slice(seen.first, seen.first + seen.factor.shape[1])
        truth = scene._replace(quantity=packed(self.came[rows, shown]))
        parts = []
        for number, (chosen, windows) in enumerate(asked):
            inside = (chosen >= rows.start) & (chosen < rows.stop)
            kept = inside[windows.pair]
            place = np.cumsum(inside) - 1
            own = Windows(place[windows.pair[kept]], windows.start[kept], windows.length[kept])
            pairs = self._pairs(block, number, chosen[inside], chosen[inside] - rows.start, seen.first)
            parts.append(_read((scene, truth), pairs, own, seen.first))
        return parts

    def choose(self, block: PastBlock, share: float, generator: np.random.Generator) -> list[tuple[Ints, Windows]]:
        """Rows [K] and random windows after each origin of a block, for the pairs of that origin and those rows."""
        chosen = []
        for number, origin in enumerate(block.origins):
            ready = block.known[:, number] >= LEAST_KNOWN_DAYS
            rows = np.nonzero(ready & (generator.random(self.history.rows) < share))[0]
            chosen.append((rows, self._random_windows(rows.size, int(origin), generator)))
        return chosen

    def _pairs(self, block: PastBlock, number: int, rows: Ints, at: Ints, first: int) -> Pairs:
        """Pairs of the rows, which stand ``at`` these places of a batch whose days begin with column ``first``."""
        found = block.levels[rows, number]
        level = np.einsum("nm,nm->n", found, self.weight[rows])
        ratio = found / np.maximum(level, 1e-9)[:, None]
        return Pairs(at, np.full(rows.size, block.origins[number] - first), level, ratio)

    def _random_windows(self, pairs: int, origin: int, generator: np.random.Generator) -> Windows:
        ahead = self.history.days - origin
        reach = max(1, min(DAILY_REACH, self.request.horizon, ahead))
        fitting = np.array([p for p in self.request.protection_days if p <= ahead] or [1], dtype=np.int64)
        single = generator.integers(0, reach, (pairs, DAILY_WINDOWS))
        length = generator.choice(fitting, (pairs, INTERVAL_WINDOWS))
        start = np.concatenate([single, np.zeros_like(length)], axis=1)
        lasts = np.concatenate([np.ones_like(single), length], axis=1)
        return Windows(np.repeat(np.arange(pairs), start.shape[1]), start.reshape(-1), lasts.reshape(-1))


def _sample_of(lessons: Lessons, block: PastBlock, share: float, number: int) -> Sample | None:
    """Windows of one block, by random numbers of its own: blocks may be read side by side."""
    history = lessons.history
    generator = np.random.default_rng([lessons.request.seed, history.rows, history.days, number])
    asked = lessons.choose(block, share, generator)
    batches = [lessons.windows_of(block, rows, asked) for rows in row_batches(history.rows, history.days)]
    parts = [part for of_origin in zip(*batches, strict=True) for part in of_origin if part.actual.size]
    return _joined(parts) if parts else None


def _joined(parts: Sequence[Sample]) -> Sample:
    names = [entry.name for entry in fields(Sample)]
    return Sample(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _read(scenes: tuple[Scene, Scene], pairs: Pairs, windows: Windows, first: int) -> Sample:
    """Windows of which enough is known: what was shown before their origins, and (the second scene) what came."""
    scene, truth = scenes
    sold, seen, whole = window_sums(truth, pairs, windows)
    kept = (seen >= LEAST_SEEN * whole) & (whole > 0)
    windows = Windows(windows.pair[kept], windows.start[kept], windows.length[kept])
    start = first + pairs.origin[windows.pair] + windows.start
    return Sample(window_features(scene, pairs, windows), sold[kept], seen[kept], start, start + windows.length)


def scene_of(history: History, quantity: Floats, factor: Floats, offers: Offers, busy: Flags) -> Scene:
    """What windows are read from.

    ``quantity`` are the days of ``history``, NaN where unknown; ``factor``, ``offers`` and ``busy`` may reach past it.
    """
    return Scene(packed(quantity), packed(factor), offers, weekdays(history.first_day, factor.shape[1]), packed(busy))
