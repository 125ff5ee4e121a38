"""Peers in closed form: what a planner would compute without a forecasting library."""

from __future__ import annotations

import numpy as np
from scipy.stats import nbinom, norm

from benchmarks.forecasting.case import Answer, Floats, Known

__all__ = ["count_quantiles", "empirical_112", "observed_mean", "textbook_normal", "weekday_promo_mean"]

RECENT = 112
YEAR = 365
WEEK = 7
LEAST_EXCESS = 0.01
"""Smallest overdispersion of counts."""


def textbook_normal(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Mean and standard deviation of the last 112 days, scaled by the lead time and by its square root."""
    recent = known.quantity[:, -RECENT:]
    mean, deviation = _mean(recent), np.nan_to_num(np.nanstd(recent, axis=1))
    days = np.array(known.lead_times or (1,) * known.horizon, dtype=np.float64)
    safety = norm.ppf(levels) * deviation[:, None, None] * np.sqrt(days)[None, :, None]
    return _flat(known, mean, mean[:, None, None] * days[None, :, None] + safety)


def empirical_112(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Quantiles of what the last 112 days were, or of the sums over the lead time within them."""
    recent = np.nan_to_num(known.quantity[:, -RECENT:])
    if known.lead_times:
        sums = [np.lib.stride_tricks.sliding_window_view(recent, days, axis=1).sum(axis=2) for days in known.lead_times]
        quantile = np.stack([np.quantile(each, levels, axis=1).T for each in sums], axis=1)
    else:
        quantile = np.repeat(np.quantile(recent, levels, axis=1).T[:, None, :], known.horizon, axis=1)
    return _flat(known, recent.mean(axis=1), quantile)


def observed_mean(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Mean of what was sold in the last 112 days, as if no shelf had been empty; counts about it."""
    mean = _mean(known.quantity[:, -RECENT:])
    return _flat(known, mean, count_quantiles(known, np.repeat(mean[:, None], known.horizon, axis=1), levels))


def weekday_promo_mean(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Mean of the last 365 days by weekday and promotion; by weekday, else of all days, where that is unknown."""
    rows, steps = known.quantity.shape
    first = max(0, steps - YEAR)
    weekday = np.arange(steps + known.horizon) % WEEK
    past, promo = known.quantity[:, first:], known.promo > 0
    everything = _mean(past)
    mean = np.repeat(everything[:, None], known.horizon, axis=1)
    for day in range(WEEK):
        ahead = weekday[steps:] == day
        of_day = np.where(weekday[first:steps] == day, past, np.nan)
        usual = _mean(of_day, everything)
        mean[:, ahead] = usual[:, None]
        for offered in (False, True):
            level = _mean(np.where(promo[:, first:steps] == offered, of_day, np.nan), usual)
            mean[:, ahead] = np.where(promo[:, steps:][:, ahead] == offered, level[:, None], mean[:, ahead])
    return Answer(mean, None, np.arange(rows))


def count_quantiles(known: Known, mean: Floats, levels: tuple[float, ...]) -> Floats:
    """Quantiles [N,H,Q] of negative binomials about ``mean`` [N,H], overdispersed as the history is."""
    usual = np.maximum(_mean(known.quantity), 1e-9)
    excess = np.maximum((np.nan_to_num(np.nanvar(known.quantity, axis=1)) - usual) / usual**2, LEAST_EXCESS)
    size = 1.0 / excess[:, None, None]
    middle = np.maximum(mean, 1e-9)[:, :, None]
    return np.asarray(nbinom.ppf(np.asarray(levels), size, size / (size + middle)))


def _mean(values: Floats, otherwise: Floats | float = 0.0) -> Floats:
    """Mean of the known cells of each row, ``otherwise`` where there is none."""
    count = np.isfinite(values).sum(axis=1)
    return np.where(count > 0, np.nansum(values, axis=1) / np.maximum(count, 1), otherwise)


def _flat(known: Known, mean: Floats, quantile: Floats) -> Answer:
    return Answer(np.repeat(mean[:, None], known.horizon, axis=1), quantile, np.arange(mean.size))
