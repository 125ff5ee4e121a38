"""What a global model reads of one series at one origin: ratios to its level, none of them in units."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasts.protocol import Floats, Ints
from forecasts.windows import Table

__all__ = ["LEAST_LEVEL", "Lessons", "begun", "level_of", "sample_lessons", "table_of"]


FADE = 0.75
"""Weight of a step in the level over that of the step after it."""
LEVEL_STEPS = 24
LEAST_LEVEL = 0.02
OLDEST = 60
WINDOWS = (1, 3, 6, 12, 24)


class Lessons(NamedTuple):
    """Rows of a table: ``features`` [W,F], ``actual`` and ``level`` [W], and the step ``at`` [W] that came."""

    features: Table
    actual: Floats
    level: Floats
    at: Ints


def sample_lessons(quantity: Floats, season: int, horizon: int, *, most: int, seed: int) -> Lessons | None:
    """At most about ``most`` steps after past origins of ``quantity`` [N,T]; None where the history is too short.

    Origins go back to where one season (at least 12 steps) is known; series without demand before an origin teach
    nothing at it.
    """
    rows, steps = quantity.shape
    origins = range(min(max(season, 12) + 1, steps - 1), steps)
    total = sum(min(horizon, steps - origin) for origin in origins) * rows
    if total == 0:
        return None
    draws = np.random.default_rng([seed, rows, steps])
    parts: list[Lessons] = []
    for origin in origins:
        ahead = min(horizon, steps - origin)
        row, step = (each.ravel() for each in np.divmod(np.arange(rows * ahead), ahead))
        actual = quantity[row, origin + step]
        sold = np.nan_to_num(quantity[:, :origin]).max(axis=1) > 0
        kept = (draws.random(row.size) < most / total) & np.isfinite(actual) & sold[row]
        row, step = row[kept], step[kept]
        level = level_of(quantity[:, :origin])
        features = table_of(quantity[:, :origin], level, row, step, season)
        parts.append(Lessons(features, actual[kept], level[row], origin + step))
    columns = zip(*parts, strict=True)
    return Lessons(*(np.concatenate(column) for column in columns))


def level_of(past: Floats) -> Floats:
    """Fading mean [N] of the last steps of ``past`` [N,T] from the first demand on, at least ``LEAST_LEVEL``."""
    recent = past[:, -LEVEL_STEPS:]
    started = begun(past)[:, -LEVEL_STEPS:]
    weight = np.where(np.isfinite(recent) & started, FADE ** np.arange(recent.shape[1])[::-1], 0.0)
    total = weight.sum(axis=1)
    level = (weight * np.nan_to_num(recent)).sum(axis=1) / np.where(total > 0, total, 1.0)
    return np.asarray(np.maximum(level, LEAST_LEVEL))


def table_of(past: Floats, level: Floats, row: Ints, step: Ints, season: int) -> Table:
    """Features [W,F] of the step ``step`` [W] (0 = first ahead) of series ``row`` [W] after ``past`` [N,T]."""
    steps = past.shape[1]
    started = begun(past)
    first = np.where(started[:, -1], started.argmax(axis=1), steps)
    sold = past > 0
    silent = np.where(sold.any(axis=1), sold[:, ::-1].argmax(axis=1), steps)
    year = past[:, -12:]
    usual = _mean(year)
    columns = [_mean(past[:, -window:]) / level for window in WINDOWS]
    columns += [_column(past, back) / level for back in (2, 3)]
    columns += [_mean(past[:, -24:-12]) / level, np.nan_to_num(year).max(axis=1) / level]
    columns += [_mean(np.where(np.isfinite(part), part == 0, np.nan)) for part in (past[:, -6:], year)]
    spread = np.sqrt(_mean((year - usual[:, None]) ** 2)) / np.maximum(usual, LEAST_LEVEL)
    columns += [np.log(level), silent, np.minimum(steps - first, OLDEST), spread]
    own = np.column_stack(columns)[row]
    if season < 2:
        return np.column_stack([own, step]).astype(np.float32)
    once, before, after, twice = (
        _at(past, row, steps + step - back, first) for back in (season, season + 1, season - 1, 2 * season)
    )
    last = np.maximum(_mean(past[:, -season:]), LEAST_LEVEL)[row]
    earlier = np.maximum(_mean(past[:, -2 * season : -season]), LEAST_LEVEL)[row]
    around = _mean(np.column_stack([before, once, after])) / level[row]
    seasonal = [once / last, twice / earlier, once / level[row], around, (steps + step) % season]
    return np.column_stack([own, step, *seasonal]).astype(np.float32)


def begun(past: Floats) -> npt.NDArray[np.bool_]:
    """From the first demand on, [N,T]."""
    return np.asarray(np.logical_or.accumulate(np.nan_to_num(past) > 0, axis=1))


def _column(past: Floats, back: int) -> Floats:
    return past[:, -back] if past.shape[1] >= back else np.full(past.shape[0], np.nan)


def _at(past: Floats, row: Ints, column: Ints, first: Ints) -> Floats:
    """Cells, NaN before the first demand and after the past."""
    there = (column >= first[row]) & (column < past.shape[1]) & (column >= 0)
    return np.where(there, past[row, np.clip(column, 0, past.shape[1] - 1)], np.nan)


def _mean(values: Floats) -> Floats:
    """Mean of the known cells of each row, NaN without any."""
    known = np.isfinite(values)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, values, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
