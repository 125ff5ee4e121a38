"""Windows of the past from which a model of all rows learns, and those on which it is tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.censor import usable_days
from forecasts.compiled import packed
from forecasts.events import calendar, weekdays
from forecasts.past import PastBlock, block_factor
from forecasts.profile import Offers, past_offers
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.trials import DAILY_REACH, LEAST_SEEN, Spans
from forecasts.windows import Pairs, Scene, Table, Windows, window_features, window_sums

__all__ = ["LEAST_KNOWN_DAYS", "Lessons", "Sample", "scene_of"]

MOST_WINDOWS = 150_000
DAILY_WINDOWS, INTERVAL_WINDOWS = 5, 3
"""Windows of each kind that one row at one origin gives to training."""
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
    """The past that is read: a history, what was planned, and the weights [N,M] of levels."""

    history: History
    outlook: Outlook
    request: Request
    weight: Floats
    spans: Spans

    def sample(self, blocks: Sequence[PastBlock], generator: np.random.Generator) -> Sample | None:
        """Random windows after the origins of all blocks, about ``MOST_WINDOWS`` at most; None without any."""
        origins = sum(block.origins.size for block in blocks)
        whole = (DAILY_WINDOWS + INTERVAL_WINDOWS) * origins * self.history.rows
        share = min(1.0, MOST_WINDOWS / max(1, whole))
        parts = []
        for block in blocks:
            scene = self._scene(block)
            for number in range(block.origins.size):
                ready = block.known[:, number] >= LEAST_KNOWN_DAYS
                rows = np.nonzero(ready & (generator.random(self.history.rows) < share))[0]
                if rows.size:
                    windows = self._random_windows(rows.size, int(block.origins[number]), generator)
                    parts.append(self._read(scene, self._pairs(block, number, rows), windows))
        if not parts:
            return None
        return Sample(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.actual for part in parts]),
            np.concatenate([part.expected for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.end for part in parts]),
        )

    def trial_tables(self, block: PastBlock) -> list[Table]:
        """Features [N*I,F] of all rows and intervals after each origin of a block."""
        scene = self._scene(block)
        rows = np.arange(self.history.rows)
        tables = []
        for number, origin in enumerate(block.origins):
            start = np.minimum(self.spans.starts(rows.size, int(origin)), self.history.days - origin - 1)
            length = np.minimum(np.broadcast_to(self.spans.lengths, start.shape), self.history.days - origin - start)
            windows = Windows(np.repeat(rows, self.spans.count), start.reshape(-1), packed(length).reshape(-1))
            tables.append(window_features(scene, self._pairs(block, number, rows), windows))
        return tables

    def _scene(self, block: PastBlock) -> Scene:
        days = calendar(self.outlook, self.history.first_day, self.history.days)
        factor = block_factor(block, self.history, self.outlook)
        return scene_of(self.history, factor, past_offers(self.history), days.busy)

    def _pairs(self, block: PastBlock, number: int, rows: Ints) -> Pairs:
        found = block.levels[rows, number]
        level = np.einsum("nm,nm->n", found, self.weight[rows])
        ratio = found / np.maximum(level, 1e-9)[:, None]
        return Pairs(rows, np.full(rows.size, block.origins[number]), level, ratio)

    def _random_windows(self, pairs: int, origin: int, generator: np.random.Generator) -> Windows:
        ahead = self.history.days - origin
        reach = max(1, min(DAILY_REACH, self.request.horizon, ahead))
        fitting = np.array([p for p in self.request.protection_days if p <= ahead] or [1], dtype=np.int64)
        single = generator.integers(0, reach, (pairs, DAILY_WINDOWS))
        length = generator.choice(fitting, (pairs, INTERVAL_WINDOWS))
        start = np.concatenate([single, np.zeros_like(length)], axis=1)
        lasts = np.concatenate([np.ones_like(single), length], axis=1)
        return Windows(np.repeat(np.arange(pairs), start.shape[1]), start.reshape(-1), lasts.reshape(-1))

    def _read(self, scene: Scene, pairs: Pairs, windows: Windows) -> Sample:
        """Windows of which enough was observed, with what was expected of the observed days."""
        sold, seen, whole = window_sums(scene, pairs, windows)
        kept = (seen >= LEAST_SEEN * whole) & (whole > 0)
        windows = Windows(windows.pair[kept], windows.start[kept], windows.length[kept])
        first = pairs.origin[windows.pair] + windows.start
        return Sample(window_features(scene, pairs, windows), sold[kept], seen[kept], first, first + windows.length)


def scene_of(history: History, factor: Floats, offers: Offers, busy: Flags) -> Scene:
    """What windows are read from; ``factor``, ``offers`` and ``busy`` may reach past the history."""
    known = packed(np.where(usable_days(history), history.quantity, np.nan))
    width = factor.shape[1]
    return Scene(known, packed(factor), offers, weekdays(history.first_day, width), packed(busy))
