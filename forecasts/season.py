"""The shape of the year: what multiplies a row's level by week of the year.

A few harmonics of the year (on the logarithm) and a level that wanders are told apart by a Kalman filter over
fortnights of demand without events, promotions and sold-out days: growth and drift go to the level, what rises and
comes back with the calendar goes to the season.
Rows are drawn to their group, groups to a flat year; how far is averaged over worlds by likelihood, where how common
each world is is learnt from all rows of the group (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.protocol import Flags, Floats, Ints

__all__ = ["LEAST_DAYS", "WEEKS", "Fortnights", "fit_season", "flat_season", "fortnights", "joined", "weeks_of_year"]

WEEKS = 53
LEAST_DAYS = 400
"""Days from first to last known day below which a row, or a group, teaches no season of its own."""
FORTNIGHT = 14
HARMONICS = 3
YEAR_DAYS = 365.25
BUSY_WEIGHT = 0.05
"""Of a day with an event beside one without."""
EVENT_ERROR = 0.25
"""Standard deviation of the logarithm of an event's factor: what is left of an event must not look like season."""
LEVEL_VARIANCE = 4.0
"""Of the logarithm of the first level about the row's mean: as good as unknown."""
NOISE_VARIANCE = 0.01
"""Of the logarithm of a fortnight's demand, beside counting noise."""
GROUP_AMPLITUDE = 0.4
"""Standard deviation of a group's first harmonic; harmonic k has 1 / k of it."""
ROW_AMPLITUDES = (0.05, 0.15, 0.4)
"""The same of rows about their group: averaged by likelihood."""
WANDERINGS = (0.0005, 0.004, 0.03, 0.15)
"""Variance of the logarithm of the level from one fortnight to the next: averaged by likelihood."""
NOISE_TRIALS = 10.0
"""Fortnights that the assumed noise counts for: a row noisier than that tells less of its season."""
OUTLIER = 6.0
"""Squared errors count for at most this many variances: an empty shelf that nobody recorded is no season."""
TRUST = 0.4
"""Power of a row's likelihood: errors of neighbouring fortnights go together, so they tell less than they count."""
ROUNDS = 3
"""Repetitions of what depends on its own result; it settles after two."""
LARGEST = 2.0
"""Largest logarithm of a factor."""


class Fortnights(NamedTuple):
    """Demand of N rows in B fortnights.

    ``sold`` and ``usual`` [N,B] (usual: sum of factors of known days), ``busy`` [N,B] share of ``usual`` under events,
    ``angle`` [B] position in the year, ``scale`` [N] variance over mean of a day's demand, ``span`` [N] days from
    first to last known day.
    """

    sold: Floats
    usual: Floats
    busy: Floats
    angle: Floats
    scale: Floats
    span: Floats


class Belief(NamedTuple):
    """Mean [N,K] and covariance [N,K,K] of the harmonics, and log likelihood [N]."""

    mean: Floats
    covariance: Floats
    likelihood: Floats


def weeks_of_year(first_day: np.datetime64, days: int) -> Ints:
    """Week 0 to 52 of the year in which each of ``days`` days lies; the last has one or two days."""
    date = first_day.astype("datetime64[D]") + np.arange(days)
    return np.asarray((date - date.astype("datetime64[Y]")).astype(np.int64) // 7, dtype=np.int64)


def flat_season(rows: int) -> Floats:
    """No season: 1 in every week, [N,53]."""
    return np.ones((rows, WEEKS))


def fortnights(
    quantity: Floats, *, factor: Floats, level: Floats, busy: Flags, group: Ints, first_day: np.datetime64
) -> Fortnights:
    """Sums over fortnights that end on the last day.

    ``quantity`` (NaN unknown), ``factor`` and the moving ``level`` are [N,T], ``busy`` [G,T] are the groups' days with
    an event.
    """
    days = quantity.shape[1]
    sold, usual, event, own = _fortnight_sums(quantity, factor, level, (packed(busy), packed(group)))
    edges = np.arange(days % FORTNIGHT, days, FORTNIGHT)
    edges = edges if edges.size else np.zeros(1, dtype=np.int64)
    start = float((first_day.astype("datetime64[D]") - np.datetime64("2000-01-01")).astype(np.int64))
    middle = np.asarray(start + (edges + np.append(edges[1:], days)) / 2.0, dtype=np.float64)
    return Fortnights(
        sold=sold,
        usual=usual,
        busy=np.divide(event, usual, out=np.zeros_like(usual), where=usual > 0),
        angle=middle * (2.0 * np.pi / YEAR_DAYS),
        scale=own[:, 0] / np.maximum(own[:, 1], 1.0),
        span=own[:, 2],
    )


def joined(parts: Sequence[Fortnights]) -> Fortnights:
    """Batches of rows as one."""
    stacked = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in Fortnights._fields if name != "angle"
    }
    return Fortnights(angle=parts[0].angle, **stacked)


@compiled
def _fortnight_sums(
    quantity: Floats, factor: Floats, level: Floats, events: tuple[Flags, Ints]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weighed sold and usual [N,B], usual of days with an event [N,B]; of a row: squared errors, days, span [N,3]."""
    busy, group = events
    rows, days = quantity.shape
    first_edge = days % FORTNIGHT if days >= FORTNIGHT else 0
    count = max(1, days // FORTNIGHT)
    sold, usual, event = np.zeros((rows, count)), np.zeros((rows, count)), np.zeros((rows, count))
    own = np.zeros((rows, 3))
    for row in range(rows):
        first, last = -1, -1
        for day in range(days):
            value = quantity[row, day]
            if np.isnan(value):
                continue
            first = day if first < 0 else first
            last = day + 1
            eventful, expected = busy[group[row], day], level[row, day] * factor[row, day]
            if not eventful and expected > 0.0:
                own[row, 0] += (value - expected) ** 2 / expected
                own[row, 1] += 1.0
            if day < first_edge:
                continue
            keep = BUSY_WEIGHT if eventful else 1.0
            b = (day - first_edge) // FORTNIGHT
            sold[row, b] += keep * value
            usual[row, b] += keep * factor[row, day]
            if eventful:
                event[row, b] += keep * factor[row, day]
        own[row, 2] = last - first
    return sold, usual, event, own


def fit_season(seen: Fortnights, group: Ints) -> Floats:
    """Factor of each row in each week of the year, [N,53], mean 1; flat where history is too short."""
    rows = group.size
    basis = _basis(seen.angle)
    harmonics = np.zeros((rows, basis.shape[1]))
    # Variances fall as 1 / k^2: a year is smooth, and what is not comes through events.
    decay = np.repeat(1.0 / np.arange(1, HARMONICS + 1) ** 2, 2)
    for g in range(int(group.max()) + 1):
        members = np.nonzero((group == g) & (seen.span >= LEAST_DAYS))[0]
        if members.size == 0:
            continue
        part = Fortnights(*(value if value is seen.angle else value[members] for value in seen))
        of_rows, of_group = _fit_group(part, basis, decay)
        harmonics[members] = of_rows
        harmonics[(group == g) & (seen.span < LEAST_DAYS)] = of_group
    weeks = np.arange(WEEKS, dtype=np.float64) * 7.0 + 2.5
    shape = harmonics @ _basis(weeks * (2.0 * np.pi / YEAR_DAYS)).T
    factor = np.exp(np.clip(shape, -LARGEST, LARGEST))
    return np.asarray(factor / factor.mean(axis=1, keepdims=True))


def _fit_group(seen: Fortnights, basis: Floats, decay: Floats) -> tuple[Floats, Floats]:
    """Harmonics of the rows [N,K] and of their group [K]."""
    of_group = np.zeros((1, decay.size))
    flat, certain = np.zeros((1, decay.size)), np.zeros((decay.size, decay.size))
    worlds = [(GROUP_AMPLITUDE, wandering) for wandering in WANDERINGS]
    for _ in range(ROUNDS):
        ratio, variance = _group_ratio(seen, of_group[0], basis)
        of_group, doubt = _averaged(ratio, variance, basis, prior=flat, decay=decay, doubt=certain, worlds=worlds)
    ratio, variance = _row_ratio(seen, of_group[0], basis)
    prior = np.broadcast_to(of_group, (ratio.shape[0], decay.size))
    worlds = [(amplitude, wandering) for amplitude in ROW_AMPLITUDES for wandering in WANDERINGS]
    mean, _ = _averaged(ratio, variance, basis, prior=prior, decay=decay, doubt=doubt[0], worlds=worlds)
    return mean, of_group[0]


def _averaged(
    ratio: Floats, variance: Floats, basis: Floats, *, prior: Floats, decay: Floats, doubt: Floats,
    worlds: list[tuple[float, float]],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Mean [N,K] and covariance [N,K,K] of the harmonics, averaged over worlds by likelihood and how common each is."""
    beliefs = [
        _filter(ratio, variance, basis, prior=prior, spread=np.diag(decay) * a**2 + doubt, wandering=w)
        for a, w in worlds
    ]
    likelihood = np.stack([belief.likelihood for belief in beliefs], axis=1)
    relative = np.exp(TRUST * (likelihood - likelihood.max(axis=1, keepdims=True)))
    common = np.full(len(worlds), 1.0 / len(worlds))
    for _ in range(ROUNDS):
        chance = relative * common
        chance /= chance.sum(axis=1, keepdims=True)
        common = (chance.sum(axis=0) + 1.0) / (chance.shape[0] + len(worlds))
    mean = np.einsum("nw,wnk->nk", chance, np.stack([belief.mean for belief in beliefs]))
    covariance = np.einsum("nw,wnkl->nkl", chance, np.stack([belief.covariance for belief in beliefs]))
    return mean, covariance


def _basis(angle: Floats) -> Floats:
    """Cosine and sine of each harmonic, [B,2K]."""
    turn = angle[:, None] * np.arange(1, HARMONICS + 1)
    return np.stack([np.cos(turn), np.sin(turn)], axis=2).reshape(angle.size, -1)


def _row_ratio(seen: Fortnights, of_group: Floats, basis: Floats) -> tuple[Floats, Floats]:
    """Logarithm of sold over expected without season, and its variance (inf where nothing is known), [N,B]."""
    shape = np.exp(np.clip(basis @ of_group, -LARGEST, LARGEST))
    level = seen.sold.sum(axis=1) / np.maximum((seen.usual * shape).sum(axis=1), 1e-12)
    expected = level[:, None] * seen.usual
    unit = np.maximum(seen.scale, 1e-6 * level)[:, None]
    unit = np.where(unit > 0, unit, 1.0)
    count, usual = seen.sold / unit, expected / unit
    ratio = np.log((count + 0.5) / (usual + 0.5))
    variance = 1.0 / (0.5 * (count + usual * shape) + 0.5) + NOISE_VARIANCE + (EVENT_ERROR * seen.busy) ** 2
    return ratio, np.where(expected > 0, variance, np.inf)


def _group_ratio(seen: Fortnights, of_group: Floats, basis: Floats) -> tuple[Floats, Floats]:
    """As ``_row_ratio`` of the group as a whole [1,B]: each row counts by what it tells, not by its size."""
    ratio, variance = _row_ratio(seen, of_group, basis)
    weight = 1.0 / (variance + ROW_AMPLITUDES[-1] ** 2)
    total = weight.sum(axis=0)
    safe = np.maximum(total, 1e-12)
    busy = (weight * seen.busy).sum(axis=0) / safe
    mean = (weight * ratio).sum(axis=0) / safe
    noise = 1.0 / safe + NOISE_VARIANCE + (EVENT_ERROR * busy) ** 2
    return mean[None], np.where(total > 0, noise, np.inf)[None]


def _filter(
    ratio: Floats, variance: Floats, basis: Floats, *, prior: Floats, spread: Floats, wandering: float
) -> Belief:
    """Kalman filter over fortnights with a level that wanders and harmonics that stay."""
    start = np.concatenate([np.zeros((prior.shape[0], 1)), prior], axis=1)
    covariance = np.zeros((start.shape[1], start.shape[1]))
    covariance[0, 0] = LEVEL_VARIANCE
    covariance[1:, 1:] = spread
    looks = np.concatenate([np.ones((basis.shape[0], 1)), basis], axis=1)
    state, after, sums = _filtered(
        (packed(ratio), packed(variance)), packed(looks), packed(start), covariance, wandering
    )
    logarithms, squares, count = sums.T
    noise = np.log((NOISE_TRIALS + squares) / (NOISE_TRIALS + count))
    likelihood = -0.5 * (logarithms + (NOISE_TRIALS + count) * noise)
    return Belief(state[:, 1:], after[:, 1:, 1:], likelihood)


@compiled
def _filtered(
    seen: tuple[Floats, Floats], looks: Floats, start: Floats, covariance: Floats, wandering: float
) -> tuple[Floats, Floats, Floats]:
    """Of ratios and variances ``seen``: states [N,K], covariances [N,K,K] and sums [N,3].

    The sums are of log variance, squared error and count.
    """
    ratio, variance = seen
    rows, size = start.shape
    state, after, sums = start.copy(), np.zeros((rows, size, size)), np.zeros((rows, 3))
    reach = np.empty(size)
    for row in range(rows):
        belief = covariance.copy()
        for column in range(ratio.shape[1]):
            belief[0, 0] += wandering
            if not np.isfinite(variance[row, column]):
                continue
            total, error = variance[row, column], ratio[row, column]
            for i in range(size):
                reach[i] = 0.0
                for j in range(size):
                    reach[i] += belief[i, j] * looks[column, j]
                total += reach[i] * looks[column, i]
                error -= state[row, i] * looks[column, i]
            total = max(total, error * error / OUTLIER)
            for i in range(size):
                gain = reach[i] / total
                state[row, i] += gain * error
                for j in range(size):
                    belief[i, j] -= gain * reach[j]
            sums[row, 0] += np.log(total)
            sums[row, 1] += error * error / total
            sums[row, 2] += 1.0
        # Not after[row] = belief, which takes numba seconds to compile, for the message when shapes differ.
        for i in range(size):
            for j in range(size):
                after[row, i, j] = belief[i, j]
    return state, after, sums
