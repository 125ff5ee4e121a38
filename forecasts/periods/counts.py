"""Counts of many series: one gradient boosting model of all, and negative binomials about its mean.

The model multiplies a fading mean of each series (Tweedie loss; the mean is the offset). What it misses is measured on
steps that came after all it was trained on, and sets the overdispersion and the levels of the quantiles.
"""

from __future__ import annotations

import numpy as np

from forecasts.global_gbm import available, correct
from forecasts.intermittent import mean_interval, multi_aggregated
from forecasts.periods.count_spread import CountTrials, count_quantiles
from forecasts.periods.forest import train_mean
from forecasts.periods.lessons import Lessons, level_of, sample_lessons, table_of
from forecasts.periods.returning import chance_of_return
from forecasts.protocol import Floats

__all__ = ["SHARE_OF_MODEL", "count_forecast", "smooth_counts"]

LEAST_LESSONS, MOST_LESSONS = 5_000, 250_000
JUDGED_STEPS, TRIAL_GAP, LEAST_HISTORY = 12, 6, 6
"""Last steps on which the spread is learnt, the steps between their origins, and the steps before the first."""
SHARE_OF_MODEL = 0.8
"""Of the model in the mean; the rest is smoothing."""


def count_forecast(
    quantity: Floats, season: int, horizon: int, levels: tuple[float, ...] | None, seed: int
) -> tuple[Floats, Floats | None, bool]:
    """Mean [N,horizon], quantiles [N,horizon,Q] at ``levels``, and whether the global model took part.

    ``quantity`` [N,T], NaN where unknown.
    """
    steps = quantity.shape[1]
    lessons = sample_lessons(quantity, season, horizon, most=MOST_LESSONS, seed=seed)
    mean, learnt = _mean(_train(lessons, steps, seed), quantity, season, horizon)
    if levels is None:
        return mean, None, learnt
    first = max(steps - JUDGED_STEPS, min(LEAST_HISTORY, steps))
    text = _train(lessons, first, seed)
    mu, actual = [], []
    for cut in range(first, steps, TRIAL_GAP):
        ahead = min(horizon, steps - cut)
        mu.append(_mean(text, quantity[:, :cut], season, ahead)[0])
        actual.append(quantity[:, cut : cut + ahead])
    if not mu:
        mu, actual = [mean], [np.full(mean.shape, np.nan)]
    past = CountTrials(np.concatenate(mu, axis=1), np.concatenate(actual, axis=1), first)
    chance = chance_of_return(quantity, horizon)
    return mean, count_quantiles(past, quantity, mean, levels, chance=chance, seed=seed), learnt


def smooth_counts(quantity: Floats) -> Floats:
    """Level [N] by multiple temporal aggregation; 0 without any demand."""
    level = np.zeros(quantity.shape[0])
    for row, values in enumerate(quantity):
        series = np.ascontiguousarray(values[np.isfinite(values)])
        largest = mean_interval(series) if series.size else 0
        if largest:
            total = np.concatenate([[0.0], np.cumsum(series)])
            level[row] = multi_aggregated(total, np.arange(series.size + 1, dtype=np.float64), largest, -1.0)
    return level


def _train(lessons: Lessons | None, until: int, seed: int) -> str | None:
    """Model text by what came before the step ``until``; None where that is too little, or without LightGBM."""
    if lessons is None or not available():
        return None
    kept = lessons.at < until
    if kept.sum() < LEAST_LESSONS:
        return None
    return train_mean(lessons.features[kept], lessons.actual[kept], lessons.level[kept], seed=seed)


def _mean(text: str | None, past: Floats, season: int, horizon: int) -> tuple[Floats, bool]:
    """Mean [N,horizon] after ``past`` [N,T], and whether by the model; smoothing alone without one."""
    rows, chance = past.shape[0], chance_of_return(past, horizon)
    smooth = np.repeat(smooth_counts(past)[:, None], horizon, axis=1)
    if text is None:
        return smooth * chance, False
    level = level_of(past)
    row, step = np.divmod(np.arange(rows * horizon), horizon)
    factor = correct(text, table_of(past, level, row, step, season)).reshape(rows, horizon)
    mixed = SHARE_OF_MODEL * level[:, None] * factor + (1.0 - SHARE_OF_MODEL) * smooth
    sold = np.nan_to_num(past).max(axis=1, initial=0.0) > 0
    return np.where(sold[:, None], mixed * chance, 0.0), True
