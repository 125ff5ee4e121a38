"""The global model of all rows: trained on windows of the past, tried out of fold, applied to the days ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecasts.global_gbm import LEAST_EXPECTED, LEAST_WINDOWS, correct, fit_mean_models, fit_spread_models
from forecasts.lead_time import fit_dispersion
from forecasts.lessons import LEAST_KNOWN_DAYS, MOST_WINDOWS, Lessons
from forecasts.past import PastBlock
from forecasts.protocol import Floats, Ints
from forecasts.trials import DAILY_REACH, Trials
from forecasts.windows import FEATURES, Pairs, Scene, Table, Windows, window_features

__all__ = ["Boosted", "Corrected", "Texts", "corrected", "fit_boosted"]

GAP_DAYS = 28
"""A fold's model sees no window that ends after the fold's first origin and starts less than this after its last."""
FOLDS = 2
_LOG_EXPECTED = FEATURES.index("log_expected")


@dataclass(frozen=True, slots=True)
class Texts:
    """Models as text: what corrects a mean and what corrects its variance."""

    mean: str
    spread: str


@dataclass(frozen=True, slots=True)
class Boosted:
    """Models, and on the trials their out-of-fold mean ``mu`` and the factor ``wide`` of its variance, both [N,S,I]."""

    texts: Texts
    mu: Floats
    wide: Floats


class Corrected(NamedTuple):
    """Daily means [N,H], and the factors by which variances grow: of single days [N,H] and of intervals [N,P]."""

    mean: Floats
    wide_day: Floats
    wide: Floats


def fit_boosted(lessons: Lessons, blocks: Sequence[PastBlock], trials: Trials, row_class: Ints) -> Boosted | None:
    """Train on ``blocks`` (those of ``trials`` come last); None where there are too few windows to learn from.

    Each half of the trials' origins is judged by a model that was trained without the windows that overlap it.
    """
    seed = lessons.request.seed
    generator = np.random.default_rng([seed, lessons.history.rows, lessons.history.days])
    sample = lessons.sample(blocks, generator)
    if sample is None or trials.origins.size < FOLDS:
        return None
    folds = np.array_split(trials.origins, FOLDS)
    outside = [(sample.end <= fold[0]) | (sample.first >= fold[-1] + GAP_DAYS) for fold in folds]
    if sample.actual.size < LEAST_WINDOWS or min(int(part.sum()) for part in outside) < LEAST_WINDOWS // 2:
        return None
    mean, *of_folds = fit_mean_models(sample.features, sample.actual, sample.expected, seed=seed, folds=outside)
    tables, factors = [], []
    for block in blocks:
        if block.origins[0] < trials.origins[0]:
            continue
        for number, table in enumerate(lessons.trial_tables(block)):
            text = of_folds[next(k for k, fold in enumerate(folds) if block.origins[number] <= fold[-1])]
            known = np.repeat(block.known[:, number] >= LEAST_KNOWN_DAYS, lessons.spans.count)
            factors.append(np.where(known, correct(text, table), 1.0))
            tables.append(_with_expected(table, np.exp(table[:, _LOG_EXPECTED]) * factors[-1]))
    shape = (lessons.history.rows, lessons.spans.count)
    factor = np.stack([part.reshape(shape) for part in factors], axis=1)
    mu = np.einsum("nsim,nm->nsi", trials.mu, lessons.weight) * factor
    spread, *spread_of_folds = _fit_spread(tables, mu, trials.actual, row_class, seed)
    halves = np.array_split(np.arange(len(tables)), FOLDS)
    wide = np.stack(
        [
            correct(text, tables[number]).reshape(shape)
            for text, half in zip(spread_of_folds, halves, strict=True)
            for number in half
        ],
        axis=1,
    )
    return Boosted(Texts(mean, spread), mu, wide)


def _with_expected(table: Table, expected: Floats) -> Table:
    """The spread is learnt at the corrected mean."""
    table[:, _LOG_EXPECTED] = np.log(np.maximum(expected, 1e-9))
    return table


def _fit_spread(tables: Sequence[Table], mu: Floats, actual: Floats, row_class: Ints, seed: int) -> tuple[str, ...]:
    """Texts of the spread: of all trials (``MOST_WINDOWS`` at most), then without each half of the origins."""
    dispersion = fit_dispersion(mu, actual, row_class).without
    least = np.maximum(mu, LEAST_EXPECTED)
    variance = least * (1.0 + dispersion * least)
    square = (actual - mu) ** 2
    chosen = np.isfinite(square) & (np.random.default_rng(seed).random(square.shape) < MOST_WINDOWS / square.size)
    features = np.concatenate([table[chosen[:, number].reshape(-1)] for number, table in enumerate(tables)])
    order = chosen.swapaxes(0, 1)
    number = np.nonzero(order)[0]
    folds = [~np.isin(number, half) for half in np.array_split(np.arange(len(tables)), FOLDS)]
    return fit_spread_models(
        features, square.swapaxes(0, 1)[order], variance.swapaxes(0, 1)[order], seed=seed, folds=folds
    )


def corrected(
    texts: Texts,
    scene: Scene,
    pairs: Pairs,
    mean: Floats,
    *,
    trust: Floats,
    protection_days: tuple[int, ...],
    reach: int,
) -> Corrected:
    """Correct daily means so that they sum to the corrected intervals.

    ``mean`` [N,H] is what a row without ``trust`` (0 to 1, [N]) keeps. Within an interval days keep the proportions of
    their own corrections (the first ``reach``) or of ``mean``.
    """
    rows = mean.shape[0]
    reach = min(reach, DAILY_REACH, mean.shape[1])
    length = np.array([*([1] * reach), *protection_days], dtype=np.int64)
    start = np.array([*range(reach), *([0] * len(protection_days))], dtype=np.int64)
    windows = Windows(np.repeat(np.arange(rows), length.size), np.tile(start, rows), np.tile(length, rows))
    table = window_features(scene, pairs, windows)
    factor = correct(texts.mean, table).reshape(rows, length.size)
    factor = 1.0 + trust[:, None] * (factor - 1.0)
    daily = mean.copy()
    daily[:, :reach] *= factor[:, :reach]
    ends = np.asarray(protection_days)
    wanted = np.maximum.accumulate(np.cumsum(mean, axis=1)[:, ends - 1] * factor[:, reach:], axis=1)
    made = _rescaled(daily, wanted, ends)
    expected = np.concatenate([made[:, :reach], wanted], axis=1)
    wide = correct(texts.spread, _with_expected(table, expected.reshape(-1))).reshape(rows, length.size)
    wide = np.where(trust[:, None] > 0, wide, 1.0)
    beyond = np.repeat(wide[:, reach - 1 : reach] if reach else np.ones((rows, 1)), mean.shape[1] - reach, axis=1)
    return Corrected(made, np.concatenate([wide[:, :reach], beyond], axis=1), wide[:, reach:])


def _rescaled(daily: Floats, wanted: Floats, ends: Ints) -> Floats:
    """Days scaled piece by piece so that they sum to ``wanted`` [N,P] at ``ends``; after the last as in its piece."""
    out = daily.copy()
    first, done = 0, np.zeros(daily.shape[0])
    for p, end in enumerate(ends):
        piece = daily[:, first:end].sum(axis=1)
        scale = np.divide(wanted[:, p] - done, piece, out=np.ones_like(piece), where=piece > 0)
        stop = daily.shape[1] if p == ends.size - 1 else int(end)
        out[:, first:stop] = daily[:, first:stop] * scale[:, None]
        done = np.where(piece > 0, wanted[:, p], done)
        first = int(end)
    return out
