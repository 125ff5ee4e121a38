"""Candidates weighed by their errors on past origins of each series, and of all series together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecasts.periods.candidates import NAMES, candidates
from forecasts.protocol import Floats, Ints

__all__ = ["Combined", "combine"]

ORIGINS, LEAST_ORIGINS = 6, 2
LEAST_HISTORY = 12
"""Steps a past origin needs before it."""
OF_ALL, OF_SERIES = 3.0, 2.0
"""How fast a weight falls with the relative error over all series, and over the series' own past origins."""
WORST = 3.0
"""A relative error counts for at most this much over all series."""
LEAST_UNIT = 0.1
"""Share of a series' mean below which an error is not measured by the forecast."""
STEP_TRIALS = 6.0
"""Errors at a step ahead for which those of all steps count."""
PRIOR_TRIALS = 12.0
"""Past steps of a series for which the usual spread of all series counts."""


@dataclass(frozen=True, slots=True)
class Combined:
    """Mean [N,H], the weights [N,K] of the candidates' names, and the ``spread`` [N,H] of past errors.

    ``error`` are past errors over their spread, all series and steps together. ``trials`` [N] counts past origins.
    """

    mean: Floats
    weight: Floats
    spread: Floats
    error: Floats
    trials: Ints


def combine(series: Sequence[Floats], seasons: tuple[int, ...], horizon: int) -> Combined:
    """Forecast each series (no gaps, at least one value) by weighed candidates.

    Past origins lie half a horizon apart, or nearer where the history is short; weights are a softmax of relative
    absolute errors, so that a candidate that fails on a series hardly counts there, and one that fails everywhere
    hardly counts anywhere.
    """
    made = np.stack([candidates(y, seasons, horizon) for y in series])
    past = np.full((len(series), ORIGINS, len(NAMES), horizon), np.nan)
    actual = np.full((len(series), ORIGINS, horizon), np.nan)
    for row, y in enumerate(series):
        least = math.ceil(max(LEAST_HISTORY, min(2 * seasons[-1] + 1, y.size / 2)))
        step = min(-(-horizon // 2), max(1, (y.size - least) // LEAST_ORIGINS))
        for number in range(ORIGINS):
            cut = y.size - step * (number + 1)
            if cut < least:
                break
            past[row, number] = candidates(y[:cut], seasons, horizon)
            known = y[cut : cut + horizon]
            actual[row, number, : known.size] = known
    weight = _weights(np.abs(actual[:, :, None] - past))
    mean, past_mean = np.einsum("nk,nkh->nh", weight, made), np.einsum("nk,nokh->noh", weight, past)
    spread, error = _spread(actual - past_mean, _units(past_mean, series), _units(mean, series))
    trials = np.isfinite(actual[:, :, 0]).sum(axis=1)
    untried = np.array([_step_change(y) for y in series])[:, None] * np.sqrt(1.0 + np.arange(horizon))
    return Combined(mean, weight, np.where(trials[:, None] > 0, spread, untried), error, trials)


def _step_change(y: Floats) -> float:
    """Root mean square of a series' steps, for one that is too short to be tried; of one value, the value itself."""
    return float(np.sqrt(np.mean(np.diff(y) ** 2))) if y.size > 1 else abs(float(y[0]))


def _weights(error: Floats) -> Floats:
    """Weights [N,K] by absolute errors [N,O,K,H] of trials, NaN where there was none."""
    count = np.isfinite(error).sum(axis=(1, 3))
    tried = count[:, 0] > 0
    mean = np.nan_to_num(error).sum(axis=(1, 3)) / np.maximum(count, 1)
    usual = np.median(mean, axis=1, keepdims=True)
    relative = np.where((usual > 0) & tried[:, None], mean / np.where(usual > 0, usual, 1.0), 1.0)
    overall = np.minimum(relative[tried], WORST).mean(axis=0) if tried.any() else np.ones(error.shape[2])
    loss = OF_ALL * overall + OF_SERIES * relative
    weight = np.exp(loss.min(axis=1, keepdims=True) - loss)
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _units(mean: Floats, series: Sequence[Floats]) -> Floats:
    """What an error about ``mean`` [N,...] is measured in.

    The mean itself where a series is positive, for its errors grow with it; else the usual step of the series.
    """
    average = np.array([float(np.abs(y).mean()) for y in series])
    change = np.array([float(np.abs(np.diff(y)).mean()) if y.size > 1 else 0.0 for y in series])
    fixed = np.where(change > 0, change, average)
    positive = np.array([bool(y.min() > 0) for y in series])
    shape = (-1, *(1,) * (mean.ndim - 1))
    least = (LEAST_UNIT * average).reshape(shape)
    return np.where(positive.reshape(shape), np.maximum(mean, least), fixed.reshape(shape))


def _spread(error: Floats, past_unit: Floats, unit: Floats) -> tuple[Floats, Floats]:
    """Spread [N,H] of trial errors [N,O,H], shrunk to that of all series, and the errors over it."""
    scaled = np.divide(error, past_unit, out=np.full_like(error, np.nan), where=past_unit > 0)
    valid = np.isfinite(scaled)
    square = np.where(valid, scaled, 0.0) ** 2
    count, total = valid.sum(axis=(0, 1)), square.sum(axis=(0, 1))
    usual = total.sum() / max(int(count.sum()), 1)
    of_step = np.maximum.accumulate(np.sqrt((total + STEP_TRIALS * usual) / (count + STEP_TRIALS)))
    tried = int(valid.any(axis=(0, 1)).sum())  # steps that a trial reached; beyond, errors grow as of a random walk
    if tried:
        of_step[tried:] = of_step[tried - 1] * np.sqrt(np.arange(tried + 1, of_step.size + 1) / tried)
    else:
        of_step = np.sqrt(1.0 + np.arange(error.shape[2]))
    of_step = np.maximum(of_step, 1e-9)
    own = (square / of_step**2).sum(axis=(1, 2)) + PRIOR_TRIALS
    factor = np.sqrt(own / (valid.sum(axis=(1, 2)) + PRIOR_TRIALS))[:, None]
    relative = scaled / (of_step * factor)[:, None, :]
    return np.asarray(unit * of_step * factor), relative[np.isfinite(relative)]
