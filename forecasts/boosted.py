"""The global model of all rows: trained on windows of the past, tried out of fold, applied to the days ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from forecasts.batches import in_turn, row_batches
from forecasts.global_gbm import LEAST_EXPECTED, LEAST_WINDOWS, correct, factor_of, fit_mean_models, fit_spread_models
from forecasts.lead_time import fit_dispersion
from forecasts.lessons import LEAST_KNOWN_DAYS, Lessons
from forecasts.past import PastBlock
from forecasts.protocol import Flags, Floats, Ints
from forecasts.trees import read_forest
from forecasts.trials import DAILY_REACH, MOST_WINDOWS, Trials
from forecasts.windows import FEATURES, Pairs, Scene, Table, Windows, window_features

__all__ = ["Boosted", "Corrected", "Texts", "corrected", "fit_boosted"]

FOLDS = 2
_LOG_EXPECTED = FEATURES.index("log_expected")


@dataclass(frozen=True, slots=True)
class Texts:
    """Models as text: what corrects a mean and what corrects its variance."""

    mean: str
    spread: str


@dataclass(frozen=True, slots=True)
class Boosted:
    """Models, and on the trials what models of the time before them say, both [N,S,I].

    ``mu`` is the mean, NaN where there was too little before to learn from, and ``wide`` the factor of its variance.
    """

    texts: Texts
    mu: Floats
    wide: Floats


class Corrected(NamedTuple):
    """Daily means [N,H], and the factors by which variances grow: of single days [N,H] and of intervals [N,P]."""

    mean: Floats
    wide_day: Floats
    wide: Floats


def fit_boosted(
    lessons: Lessons, blocks: Sequence[PastBlock], trials: Trials, row_class: Ints, executor: Executor | None = None
) -> Boosted | None:
    """Train on ``blocks`` (those of ``trials`` come last); None where there are too few windows to learn from.

    Each part of the trials' origins is judged by a model that was trained on what had come before it, as a forecast is.
    """
    seed = lessons.request.seed
    sample = lessons.sample(blocks, executor)
    if sample is None or sample.actual.size < LEAST_WINDOWS or trials.origins.size < FOLDS:
        return None
    starts = [int(part[0]) for part in np.array_split(trials.origins, FOLDS)]
    before = {start: sample.end <= start for start in starts}
    judged = [start for start in starts if before[start].sum() >= LEAST_WINDOWS // 2]
    if not judged:
        return None
    mean, *of_folds = fit_mean_models(
        sample.features, sample.actual, sample.expected, seed=seed, folds=[before[start] for start in judged]
    )
    tried = [block for block in blocks if block.origins[0] >= trials.origins[0]]
    models = dict(zip(judged, of_folds, strict=True))
    factor = np.concatenate(
        in_turn(_trial_factors, [(lessons, block, starts, models) for block in tried], executor), axis=1
    )
    mu = np.einsum("nsim,nm->nsi", trials.mu, lessons.weight) * factor
    corrected_mean = Boosted(Texts(mean, ""), mu, np.ones_like(mu))
    return _with_spread(lessons, tried, trials, corrected_mean, row_class=row_class, executor=executor)


def _trial_factors(lessons: Lessons, block: PastBlock, starts: Sequence[int], models: Mapping[int, str]) -> Floats:
    """Corrections of the mean [N,S,I] at the origins of a block, by the model of its fold; NaN where there is none."""
    shape = (lessons.history.rows, block.origins.size, lessons.spans.count)
    out = np.full(shape, np.nan)
    forests = {start: read_forest(text) for start, text in models.items()}
    for rows in row_batches(lessons.history.rows, lessons.history.days):
        shown = lessons.batch_scene(block, rows)
        for number, origin in enumerate(block.origins):
            start = max(start for start in starts if start <= origin)
            if start not in forests:
                continue
            table = lessons.trial_table(block, rows, number, shown)
            found = factor_of(forests[start], table).reshape(-1, shape[2])
            known = block.known[rows, number] >= LEAST_KNOWN_DAYS
            out[rows, number] = np.where(known[:, None], found, 1.0)
    return out


def _with_spread(
    lessons: Lessons, blocks: Sequence[PastBlock], trials: Trials, made: Boosted, *, row_class: Ints,
    executor: Executor | None,
) -> Boosted | None:  # fmt: skip
    """Learn where the corrected means miss by more or less than usual; None where too few origins were judged.

    From all trials (``MOST_WINDOWS`` at most); each half of the judged origins is judged without itself.
    """
    seed, mu = lessons.request.seed, made.mu
    dispersion = fit_dispersion(mu, trials.actual, row_class).without
    least = np.maximum(mu, LEAST_EXPECTED)
    square = (trials.actual - mu) ** 2
    draws = np.random.default_rng(seed).random(square.shape)
    chosen = np.isfinite(square) & (draws < MOST_WINDOWS / square.size)
    told = np.flatnonzero(chosen.any(axis=(0, 2)))
    if told.size < FOLDS:
        return None
    asked = _by_block(blocks, chosen, mu)
    features = np.concatenate(in_turn(_chosen_features, [(lessons, *each) for each in asked], executor))
    order = chosen.swapaxes(0, 1)
    variance = (least * (1.0 + dispersion * least)).swapaxes(0, 1)[order]
    firsts = [int(part[0]) for part in np.array_split(told, FOLDS)]
    half = np.maximum(np.searchsorted(firsts, np.arange(trials.origins.size), side="right") - 1, 0)
    number = np.nonzero(order)[0]
    folds = [half[number] != fold for fold in range(FOLDS)]
    spread, *of_folds = fit_spread_models(features, square.swapaxes(0, 1)[order], variance, seed=seed, folds=folds)
    by_origin = [of_folds[fold] for fold in half]
    parts, done = [], 0
    for block, _, means in asked:
        parts.append((lessons, block, means, by_origin[done : done + block.origins.size]))
        done += block.origins.size
    wide = np.concatenate(in_turn(_trial_spreads, parts, executor), axis=1)
    return replace(made, texts=Texts(made.texts.mean, spread), wide=wide)


def _by_block(blocks: Sequence[PastBlock], chosen: Flags, mu: Floats) -> list[tuple[PastBlock, Flags, Floats]]:
    """Blocks with their part of ``chosen`` and ``mu`` [N,S,I]."""
    ends = np.cumsum([block.origins.size for block in blocks])
    parts = [slice(end - block.origins.size, end) for block, end in zip(blocks, ends, strict=True)]
    return [(block, chosen[:, part], mu[:, part]) for block, part in zip(blocks, parts, strict=True)]


def _chosen_features(lessons: Lessons, block: PastBlock, chosen: Flags, mu: Floats) -> Table:
    """Features of the chosen trials of a block, one origin after the other."""
    parts: list[list[Table]] = [[] for _ in block.origins]
    for rows in row_batches(lessons.history.rows, lessons.history.days):
        shown = lessons.batch_scene(block, rows)
        for number in range(block.origins.size):
            table = _with_expected(lessons.trial_table(block, rows, number, shown), mu[rows, number].reshape(-1))
            parts[number].append(table[chosen[rows, number].reshape(-1)])
    return np.concatenate([table for of_origin in parts for table in of_origin])


def _trial_spreads(lessons: Lessons, block: PastBlock, mu: Floats, texts: Sequence[str]) -> Floats:
    """Factors of the variance [N,S,I] at the origins of a block, by the model text of each."""
    out = np.ones_like(mu)
    forests = {text: read_forest(text) for text in texts}
    for rows in row_batches(lessons.history.rows, lessons.history.days):
        shown = lessons.batch_scene(block, rows)
        for number, text in enumerate(texts):
            part = mu[rows, number]
            table = _with_expected(lessons.trial_table(block, rows, number, shown), part.reshape(-1))
            out[rows, number] = factor_of(forests[text], table).reshape(part.shape)
    return out


def _with_expected(table: Table, expected: Floats) -> Table:
    """The spread is learnt at the corrected mean."""
    table[:, _LOG_EXPECTED] = np.log(np.maximum(expected, 1e-9))
    return table


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
    wide = correct(texts.spread, _with_expected(table, expected.reshape(-1))).reshape(expected.shape)
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
