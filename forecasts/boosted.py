"""The global model of all rows: trained on windows of the past, tried out of fold, applied to the days ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.censor import usable_days
from forecasts.compiled import packed
from forecasts.events import Calendar, calendar
from forecasts.global_gbm import (
    LEAST_EXPECTED,
    LEAST_WINDOWS,
    correct,
    fit_mean_models,
    fit_spread_model,
)
from forecasts.lead_time import fit_dispersion
from forecasts.past import PastBlock, block_factor
from forecasts.profile import Offers, past_offers
from forecasts.protocol import Flags, Floats, History, Ints, Outlook, Request
from forecasts.trials import LEAST_SEEN, Trials
from forecasts.windows import FEATURES, Pairs, Scene, Windows, window_features, window_sums

__all__ = ["LEAST_KNOWN_DAYS", "Boosted", "corrected", "fit_boosted", "scene_of", "year_days"]

MOST_WINDOWS = 150_000
DAILY_REACH = 28
"""Days ahead up to which single days are corrected; later ones follow their interval."""
DAILY_WINDOWS, INTERVAL_WINDOWS = 5, 3
"""Windows of each kind that one row at one origin gives to training."""
LEAST_KNOWN_DAYS = 14
GAP_DAYS = 28
"""Training windows that end later than this after a fold's last origin, and start before its first, stay out."""
FOLDS = 2
_LOG_EXPECTED = FEATURES.index("log_expected")


@dataclass(frozen=True, slots=True)
class Boosted:
    """Model texts, and the out-of-fold mean ``mu`` [N,S,I] and spread factor ``spread`` [N,S,I] of the trials."""

    mean: str
    spread: str
    mu: Floats
    wide: Floats


@dataclass(frozen=True, slots=True)
class _Sample:
    features: Floats
    actual: Floats
    expected: Floats
    first: Ints
    end: Ints


def year_days(first_day: np.datetime64, days: int) -> Ints:
    """Day of the year, 0 to 365, of each of ``days`` days."""
    date = first_day.astype("datetime64[D]") + np.arange(days)
    return np.asarray((date - date.astype("datetime64[Y]")).astype(np.int64), dtype=np.int64)


def scene_of(history: History, factor: Floats, offers: Offers, days: Calendar, usable: Flags) -> Scene:
    """What windows are read from; ``factor``, ``offers`` and ``days`` may reach past the history."""
    return Scene(
        packed(np.where(usable, history.quantity, np.nan)),
        packed(factor),
        offers,
        days,
        year_days(history.first_day, factor.shape[1]),
    )


def fit_boosted(
    history: History, outlook: Outlook, blocks: Sequence[PastBlock], trials: Trials, weight: Floats, request: Request,
    row_class: Ints,
) -> Boosted | None:  # fmt: skip
    """Train on ``blocks`` (those of ``trials`` come last); None where there are too few windows to learn from.

    Each half of the trials' origins is judged by a model that was trained without the windows that overlap it.
    """
    random = np.random.default_rng([request.seed, history.rows, history.days])
    intervals = (1, *request.protection_days)
    usable = usable_days(history)
    scenes = _Scenes(history, outlook, usable)
    sample = _training_sample(scenes, blocks, weight, request, random)
    if sample is None or sample.actual.size < LEAST_WINDOWS or trials.origins.size < FOLDS:
        return None
    folds = np.array_split(trials.origins, FOLDS)
    outside = [(sample.end <= fold[0]) | (sample.first >= fold[-1] + GAP_DAYS) for fold in folds]
    if min(int(part.sum()) for part in outside) < LEAST_WINDOWS // 2:
        return None
    mean, *of_folds = fit_mean_models(sample.features, sample.actual, sample.expected, request.seed, outside)
    tried = [block for block in blocks if block.origins[0] >= trials.origins[0]]
    mu = np.full(trials.actual.shape, np.nan)
    tables: list[tuple[Ints, Ints, Floats]] = []
    for block in tried:
        for number, table, expected in _trial_windows(scenes, block, weight, intervals):
            column = int(np.searchsorted(trials.origins, block.origins[number]))
            text = of_folds[next(k for k, fold in enumerate(folds) if block.origins[number] <= fold[-1])]
            factor = correct(text, table).reshape(history.rows, len(intervals))
            enough = block.known[:, number] >= LEAST_KNOWN_DAYS
            factor = np.where(enough[:, None], factor, 1.0)
            mu[:, column] = _expected(trials, weight, column) * factor
            table[:, _LOG_EXPECTED] = np.log(np.maximum(expected * factor.reshape(-1), 1e-9))
            tables.append((np.repeat(np.arange(history.rows), len(intervals)), np.full(expected.size, column), table))
    wide, spread = _fit_wide(tables, mu, trials, row_class, request, random)
    return Boosted(mean, spread, mu, wide)


def _expected(trials: Trials, weight: Floats, column: int) -> Floats:
    return np.asarray(np.einsum("nim,nm->ni", trials.mu[:, column], weight))


def _fit_wide(
    tables: list[tuple[Ints, Ints, Floats]], mu: Floats, trials: Trials, row_class: Ints, request: Request,
    random: np.random.Generator,
) -> tuple[Floats, str]:  # fmt: skip
    """Spread factors of the trials [N,S,I] and the text of their model."""
    dispersion = fit_dispersion(mu, trials.actual, row_class).without
    variance = np.maximum(mu, LEAST_EXPECTED) * (1.0 + dispersion * np.maximum(mu, LEAST_EXPECTED))
    square = (trials.actual - mu) ** 2
    share = min(1.0, MOST_WINDOWS / max(1, trials.actual.size))
    features, ratio, expected = [], [], []
    for rows, columns, table in tables:
        at = (rows[:: mu.shape[2]], int(columns[0]))
        error, usual = square[at].reshape(-1), variance[at].reshape(-1)
        kept = np.isfinite(error) & (random.random(error.size) < share)
        features.append(table[kept])
        ratio.append(error[kept])
        expected.append(usual[kept])
    text = fit_spread_model(np.concatenate(features), np.concatenate(ratio), np.concatenate(expected), request.seed)
    wide = np.full(mu.shape, np.nan)
    for _, columns, table in tables:
        wide[:, int(columns[0])] = correct(text, table).reshape(mu.shape[0], mu.shape[2])
    return wide, text


@dataclass(frozen=True, slots=True)
class _Scenes:
    """A scene for each block: they differ in the factor that was known."""

    history: History
    outlook: Outlook
    usable: Flags

    def of(self, block: PastBlock) -> Scene:
        days = calendar(self.outlook, self.history.first_day, self.history.days)
        factor = block_factor(block, self.history, self.outlook)
        return scene_of(self.history, factor, past_offers(self.history), days, self.usable)


def _pairs(block: PastBlock, number: int, rows: Ints, weight: Floats) -> Pairs:
    found = block.levels[rows, number]
    level = np.einsum("nm,nm->n", found, weight[rows])
    ratio = found / np.maximum(level, 1e-9)[:, None]
    return Pairs(rows, np.full(rows.size, block.origins[number]), level, ratio)


def _training_sample(
    scenes: _Scenes, blocks: Sequence[PastBlock], weight: Floats, request: Request, random: np.random.Generator
) -> _Sample | None:
    per_pair = DAILY_WINDOWS + INTERVAL_WINDOWS
    origins = sum(block.origins.size for block in blocks)
    share = min(1.0, MOST_WINDOWS / max(1, per_pair * origins * weight.shape[0]))
    parts = []
    for block in blocks:
        scene = scenes.of(block)
        for number, origin in enumerate(block.origins):
            ready = block.known[:, number] >= LEAST_KNOWN_DAYS
            rows = np.nonzero(ready & (random.random(weight.shape[0]) < share))[0]
            if rows.size:
                pairs = _pairs(block, number, rows, weight)
                windows = _random_windows(rows.size, int(origin), scenes.history.days, request, random)
                parts.append(_read(scene, scenes.usable, pairs, windows))
    if not parts:
        return None
    return _Sample(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Sample.__slots__))


def _random_windows(pairs: int, origin: int, days: int, request: Request, random: np.random.Generator) -> Windows:
    ahead = days - origin
    reach = max(1, min(DAILY_REACH, request.horizon, ahead))
    fitting = np.array([p for p in request.protection_days if p <= ahead] or [1], dtype=np.int64)
    single = random.integers(0, reach, (pairs, DAILY_WINDOWS))
    length = random.choice(fitting, (pairs, INTERVAL_WINDOWS))
    start = np.concatenate([single, np.zeros_like(length)], axis=1)
    lasts = np.concatenate([np.ones_like(single), length], axis=1)
    pair = np.repeat(np.arange(pairs), start.shape[1])
    return Windows(pair, start.reshape(-1), lasts.reshape(-1))


def _read(scene: Scene, usable: Flags, pairs: Pairs, windows: Windows) -> _Sample:
    """Windows of which enough was observed, expectation counted over the observed days."""
    sold, seen, whole = window_sums(scene, usable, pairs, windows)
    kept = (seen >= LEAST_SEEN * whole) & (whole > 0)
    windows = Windows(*(part[kept] for part in windows))
    features = window_features(scene, pairs, windows).astype(np.float32)
    first = pairs.origin[windows.pair] + windows.start
    return _Sample(features, sold[kept], seen[kept], first, first + windows.length)


def _trial_windows(
    scenes: _Scenes, block: PastBlock, weight: Floats, intervals: tuple[int, ...]
) -> Iterator[tuple[int, Floats, Floats]]:
    """Number of the origin in its block, features [N*I,F] and expected demand [N*I] of all rows."""
    scene = scenes.of(block)
    rows = np.arange(weight.shape[0])
    width = scene.factor.shape[1]
    for number, origin in enumerate(block.origins):
        pairs = _pairs(block, number, rows, weight)
        length = np.minimum(np.tile(np.array(intervals, dtype=np.int64), rows.size), width - int(origin))
        windows = Windows(np.repeat(rows, len(intervals)), np.zeros(length.size, dtype=np.int64), length)
        table = window_features(scene, pairs, windows).astype(np.float32)
        yield number, table, np.exp(table[:, _LOG_EXPECTED].astype(np.float64))


def corrected(
    mean_text: str, spread_text: str, scene: Scene, pairs: Pairs, mean: Floats, trust: Floats,
    protection_days: tuple[int, ...],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Daily means [N,H] whose sums are the corrected ones, and the factor [N,P] of each interval's variance.

    Within an interval days keep the proportions of their own corrections (the first ``DAILY_REACH``) or of ``mean``.
    """
    rows, horizon = mean.shape
    reach = min(DAILY_REACH, horizon)
    length = np.array([*([1] * reach), *protection_days], dtype=np.int64)
    start = np.array([*range(reach), *([0] * len(protection_days))], dtype=np.int64)
    windows = Windows(np.repeat(np.arange(rows), length.size), np.tile(start, rows), np.tile(length, rows))
    table = window_features(scene, pairs, windows).astype(np.float32)
    factor = correct(mean_text, table).reshape(rows, length.size)
    factor = 1.0 + trust[:, None] * (factor - 1.0)
    daily = mean.copy()
    daily[:, :reach] *= factor[:, :reach]
    ends = np.asarray(protection_days)
    before = np.cumsum(mean, axis=1)[:, ends - 1]
    wanted = np.maximum.accumulate(before * factor[:, reach:], axis=1)
    out = _rescaled(daily, wanted, ends)
    sums = table.reshape(rows, length.size, -1)[:, reach:].reshape(rows * ends.size, -1)
    sums[:, _LOG_EXPECTED] = np.log(np.maximum(wanted.reshape(-1), 1e-9))
    wide = correct(spread_text, sums).reshape(rows, ends.size)
    return out, np.where(trust[:, None] > 0, wide, 1.0)


def _rescaled(daily: Floats, wanted: Floats, ends: Ints) -> Floats:
    """Days scaled piece by piece so that they sum to ``wanted`` [N,P] at ``ends``; after the last as in its piece."""
    out = daily.copy()
    first = 0
    done = np.zeros(daily.shape[0])
    for p, end in enumerate(ends):
        piece = daily[:, first:end].sum(axis=1)
        scale = np.divide(wanted[:, p] - done, piece, out=np.ones_like(piece), where=piece > 0)
        stop = daily.shape[1] if p == ends.size - 1 else int(end)
        out[:, first:stop] = daily[:, first:stop] * scale[:, None]
        done = np.where(piece > 0, wanted[:, p], done)
        first = int(end)
    return out
