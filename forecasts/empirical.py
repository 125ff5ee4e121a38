"""Forecasts without a model: what the last sixteen weeks were. The rail that every method should beat."""

from __future__ import annotations

import numpy as np

from forecasts.censor import usable_days
from forecasts.checks import check_inputs, check_request, check_types
from forecasts.lead_time import interval_quantiles
from forecasts.protocol import Flags, Floats, Forecast, History, Outlook, Request

__all__ = ["EMPIRICAL", "empirical_forecast"]

EMPIRICAL = "empirical_112"
RECENT_DAYS = 112


def empirical_forecast(history: History, outlook: Outlook, request: Request) -> Forecast:
    """Mean and empirical quantiles of the last 112 days, and of the sums over each protection interval within them.

    A sold-out or unknown day counts as the mean of the known ones, at least as what was sold. For an interval longer
    than half of the days, sums over half of them are scaled up. A row without a known day takes the mean of its group,
    as a Poisson. Raises ValueError on arrays or settings that do not fit.
    """
    check_types(history, outlook)
    check_request(request, history.rows)
    check_inputs(history, outlook, request.horizon)
    usable = usable_days(history)[:, -RECENT_DAYS:]
    level, known = _level(history, usable)
    sold = np.nan_to_num(history.quantity[:, -RECENT_DAYS:])
    recent = np.where(usable, sold, np.maximum(sold, level[:, None]))
    mu, quantile, variance = _sums(recent, request.protection_days, request.levels)
    mu[~known] = level[~known, None] * np.asarray(request.protection_days)
    chance = np.broadcast_to(np.asarray(request.levels), quantile.shape)
    quantile = np.where(known[:, None, None], quantile, interval_quantiles(mu, np.zeros_like(mu), chance))
    day_mean, day_quantile, day_variance = _sums(recent, (1,), request.levels)
    mean = np.repeat(day_mean, request.horizon, axis=1)
    why = f"mean of the last {recent.shape[1]} days"
    return Forecast(
        origin=history.first_day.astype("datetime64[D]") + np.timedelta64(history.days - 1, "D"),
        mean=mean,
        variance=np.repeat(day_variance, request.horizon, axis=1),
        protection_days=request.protection_days,
        levels=request.levels,
        mu=mu,
        k=_size(mu, variance),
        quantile=np.maximum.accumulate(quantile, axis=1),
        coverage=np.full(quantile.shape[1:], np.nan),
        model=(EMPIRICAL,) * history.rows,
        why=tuple(why if row else "no known day: recent mean of its group" for row in known),
        day_quantile=np.repeat(day_quantile, request.horizon, axis=1) if request.single_days else None,
    )


def _level(history: History, usable: Flags) -> tuple[Floats, Flags]:
    """Units a day [N] on the recent usable days, and whether there are any [N]; else the mean of the row's group."""
    count = usable.sum(axis=1)
    total = np.where(usable, history.quantity[:, -RECENT_DAYS:], 0.0).sum(axis=1)
    own, known = total / np.maximum(count, 1), count > 0
    groups = int(history.group.max()) + 1
    of_group = np.bincount(history.group, weights=own * known, minlength=groups)
    members = np.bincount(history.group, weights=known.astype(np.float64), minlength=groups)
    return np.where(known, own, (of_group / np.maximum(members, 1.0))[history.group]), np.asarray(known)


def _sums(recent: Floats, lengths: tuple[int, ...], levels: tuple[float, ...]) -> tuple[Floats, Floats, Floats]:
    """Mean [N,P], quantiles [N,P,Q] and variance [N,P] of sums over ``lengths`` days."""
    means, quantiles, variances = [], [], []
    for days in lengths:
        width = max(1, min(days, recent.shape[1] // 2))
        sums = np.lib.stride_tricks.sliding_window_view(recent, width, axis=1).sum(axis=2) * (days / width)
        means.append(recent.mean(axis=1) * days)
        quantiles.append(np.quantile(sums, levels, axis=1).T)
        variances.append(sums.var(axis=1))
    return np.stack(means, axis=1), np.stack(quantiles, axis=1), np.stack(variances, axis=1)


def _size(mu: Floats, variance: Floats) -> Floats:
    """Negative binomial size [N,P] by moments; infinite where the sums vary no more than a Poisson."""
    excess = variance - mu
    return np.where(excess > 0, mu**2 / np.where(excess > 0, excess, 1.0), np.inf)
