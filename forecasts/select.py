"""How much each candidate counts for a row: combined by past loss, never picked.

Loss is the pinball loss, at the row's service level, of the quantile that a candidate's mean would have led to, over
the protection intervals after past origins. A row's losses are shrunk to those of its class before they are turned
into weights, so that a few origins cannot crown a lucky candidate.
"""

from __future__ import annotations

import numpy as np

from forecasts.batches import row_batches
from forecasts.censor import usable_days
from forecasts.lead_time import fit_dispersion, interval_quantiles
from forecasts.protocol import Floats, History, Ints

__all__ = ["RATE_CLASSES", "combined", "demand_classes", "rate_classes", "trust", "weights"]

RATE_EDGES = (0.1, 0.3, 1.0, 3.0, 10.0, 50.0)
"""Units a day that part the classes which share dispersion (of rows) and calibration (of forecasts)."""
RATE_CLASSES = len(RATE_EDGES) + 1
SHARPNESS = 8.0
"""A candidate whose loss is 1 / SHARPNESS above the best keeps 1 / e of its weight."""
TRUST_DISPERSION = 0.5
TRUST_GAIN = 1.5
"""The trials are judged by models of half the past; the one that is used knows all of it, so it is trusted more."""
TRUST_PRIOR = 0.1
"""Share of all trials' weight that all rows together count for in each class."""
PRIOR_ORIGINS = 12.0
"""Past origins of a row that its class counts for."""


def demand_classes(history: History) -> Ints:
    """Class of each row [N] by its mean demand on known days."""
    classes = []
    for rows in row_batches(history.rows, history.days):
        part = history.of(rows)
        usable = usable_days(part)
        total = np.where(usable, part.quantity, 0.0).sum(axis=1)
        classes.append(rate_classes(total / np.maximum(usable.sum(axis=1), 1)))
    return np.concatenate(classes)


def rate_classes(rate: Floats) -> Ints:
    """Class of each rate (units a day), same shape; NaN falls into the last class."""
    return np.asarray(np.digitize(rate, RATE_EDGES), dtype=np.int64)


def combined(mu: Floats, weight: Floats) -> Floats:
    """Weighted mean [N,S,I] of candidate means [N,S,I,M] by weights [N,M]."""
    return np.asarray(np.einsum("nsim,nm->nsi", mu, weight))


def weights(mu: Floats, actual: Floats, service_level: Floats, row_class: Ints) -> Floats:
    """Weights [N,M] that sum to 1 from trials ``mu`` [N,S,P,M] and ``actual`` [N,S,P]; equal without any trial."""
    rows, origins, intervals, candidates = mu.shape
    equal = np.full((rows, candidates), 1.0 / candidates)
    if origins == 0:
        return equal
    middle = combined(mu, equal)
    dispersion = fit_dispersion(middle, actual, row_class).row
    spread = np.sqrt(middle + dispersion[:, None, :] * middle**2)
    loss = np.empty((rows, origins, intervals, candidates))
    level = np.broadcast_to(service_level[:, None, None], (rows, origins * intervals, 1))
    wide = np.repeat(dispersion[:, None, :], origins, axis=1).reshape(rows, -1)
    for m in range(candidates):
        mean = np.nan_to_num(mu[:, :, :, m]).reshape(rows, -1)
        quantile = interval_quantiles(mean, wide, level).reshape(rows, origins, intervals)
        error = actual - quantile
        share = service_level[:, None, None]
        loss[..., m] = np.maximum(share * error, (share - 1.0) * error)
    return _softmax(loss, spread, row_class)


def _softmax(loss: Floats, spread: Floats, row_class: Ints) -> Floats:
    scaled = loss / np.maximum(spread, 0.1)[..., None]
    valid = np.asarray(np.isfinite(scaled).all(axis=-1))
    total = np.where(valid[..., None], scaled, 0.0).mean(axis=2).sum(axis=1)
    count = valid.mean(axis=2).sum(axis=1)
    classes = int(row_class.max()) + 1
    class_total, class_count = np.zeros((classes, total.shape[1])), np.zeros(classes)
    np.add.at(class_total, row_class, total)
    np.add.at(class_count, row_class, count)
    everyone = class_total.sum(axis=0) / max(class_count.sum(), 1e-9)
    usual = (class_total + 20.0 * everyone) / (class_count + 20.0)[:, None]
    mean = (total + PRIOR_ORIGINS * usual[row_class]) / (count + PRIOR_ORIGINS)[:, None]
    best = np.maximum(mean.min(axis=1, keepdims=True), 1e-9)
    score = np.exp(-SHARPNESS * np.minimum(mean / best - 1.0, 50.0))
    return np.asarray(score / score.sum(axis=1, keepdims=True))


def trust(mu: Floats, other: Floats, actual: Floats, row_class: Ints) -> Floats:
    """How far to go from the means ``mu`` towards ``other`` (both [N,S,I]) in each row, 0 to 1, shape [N].

    The share that leaves the least squared error, over the expected variance, on the trials of a row's class; the
    classes are drawn to all rows together.
    """
    step, error = other - mu, actual - mu
    variance = np.maximum(mu, 0.1) * (1.0 + TRUST_DISPERSION * np.maximum(mu, 0.1))
    valid = np.isfinite(step) & np.isfinite(error)
    pull = np.where(valid, step * error / variance, 0.0).sum(axis=(1, 2))
    size = np.where(valid, step * step / variance, 0.0).sum(axis=(1, 2))
    classes = int(row_class.max()) + 1
    class_pull, class_size = (np.bincount(row_class, weights=part, minlength=classes) for part in (pull, size))
    if size.sum() <= 0:
        return np.zeros(mu.shape[0])
    everyone = pull.sum() / size.sum()
    prior = TRUST_PRIOR * size.sum()
    found = (class_pull + prior * everyone) / (class_size + prior)
    return np.asarray(np.clip(TRUST_GAIN * found, 0.0, 1.0)[row_class])
