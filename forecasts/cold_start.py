"""Level of new rows: what rows like them sell, updated by the few days that they sold themselves.

A row's level is gamma distributed before it is sold: mean and spread are those of its analogues, weighed by distance in
price and site. Days sold update it as Poisson days do, down-weighted by the category's overdispersion (the conjugate
update, Gelman et al., Bayesian Data Analysis, 2.6). An analogue that was new itself counts with its first weeks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.censor import usable_days
from forecasts.naive import WEEK
from forecasts.protocol import Flags, Floats, History, Ints

__all__ = ["ColdStart", "Prior", "Traits", "analogues", "cold_start", "is_new", "nothing_known", "updated"]

REACH = 730
"""Days of the past that are looked at: what was launched before tells little of launches now, and memory is dear."""
RECENT = 56
"""Days whose mean is the level of a known row; a row with fewer usable days is new."""
LEAST_DAYS = 28
"""Usable days of the recent ones that make a row an analogue."""
SAME_ITEM = 50.0
"""Weight of the same item at another site against another item."""
OTHER_SITE = 0.3
"""Weight of a row at another site (its level is scaled to the site)."""
SHRINK_ROWS = 5.0
"""Rows that a site, or new items, that sell as all others count for."""
ELSEWHERE = 3.0
"""Analogues of the own category that those of all categories count for."""
LEAST_SPREAD = 0.05
"""Least squared coefficient of variation of levels among analogues: no two items are the same."""


class Traits(NamedTuple):
    """What is known of a row before it is sold: ``log_price``, ``site`` and ``item`` numbers, all [N]."""

    log_price: Floats
    site: Ints
    item: Ints


class Prior(NamedTuple):
    """What is believed of new rows before their own days count, all [N].

    ``level`` units a day where factors are 1, NaN where a row is not new or nothing else is known; ``days`` of own
    demand that it counts for; ``dispersion`` of the category: daily variance = mean + dispersion x mean squared.
    """

    level: Floats
    days: Floats
    dispersion: Floats


class ColdStart(NamedTuple):
    """``level`` [N] units a day where factors are 1, and what it rests on.

    ``days`` [N]: days of own demand that the level is as certain as, after the down-weighting of overdispersed days.
    ``prior`` and ``dispersion`` [N] as in ``Prior``.
    """

    level: Floats
    days: Floats
    prior: Floats
    dispersion: Floats


def cold_start(history: History, *, traits: Traits | None = None, factor: Floats | None = None) -> ColdStart:
    """Level of every row; new ones (fewer than ``RECENT`` usable days) lean on analogues.

    Without ``traits`` the value of a unit stands for its price. ``factor`` [N,T] is what weekday, season, events and
    promotions made of the level on past days. Rows that were sold out on every day get at least what they sold.
    """
    cut = max(0, history.days - REACH)
    history, factor = history.since(cut), None if factor is None else factor[:, cut:]
    prior = analogues(history, traits=traits, factor=factor)
    quantity = np.where(usable_days(history), history.quantity, np.nan)
    level, days = updated(prior, quantity, np.ones(quantity.shape) if factor is None else factor)
    never = ~np.isfinite(quantity).any(axis=1)
    return ColdStart(np.where(never, np.maximum(level, _recorded(history)), level), days, prior.level, prior.dispersion)


def is_new(history: History) -> Flags:
    """Rows [N] with fewer than ``RECENT`` usable days."""
    return np.asarray(usable_days(history).sum(axis=1) < RECENT)


def nothing_known(rows: int) -> Prior:
    """No row is new."""
    return Prior(np.full(rows, np.nan), np.zeros(rows), np.ones(rows))


def analogues(history: History, *, traits: Traits | None = None, factor: Floats | None = None) -> Prior:
    """Level that rows like them let expect of new ones; ``traits`` and ``factor`` as for ``cold_start``."""
    traits = traits or _plain_traits(history)
    usable, quantity = usable_days(history), np.nan_to_num(history.quantity)
    expected = np.ones(quantity.shape) if factor is None else factor
    recent = _recent(usable)
    own = _mean(quantity, expected, recent)
    dispersion = _dispersion(quantity, expected, recent, history.group)
    launched = _launched(history)
    first_weeks = _mean(quantity, expected, usable & (usable.cumsum(axis=1) <= RECENT))
    known = recent.sum(axis=1) >= LEAST_DAYS
    like = _as_new(np.where(launched, first_weeks, own), known, launched, history.group)
    prior, strength = _priors(own, known, as_new=like, new=is_new(history), group=history.group, traits=traits)
    return Prior(prior, strength, dispersion)


def updated(prior: Prior, quantity: Floats, factor: Floats) -> tuple[Floats, Floats]:
    """Level and the days it is as certain as, both [N], from the last ``RECENT`` known days (NaN unknown) [N,T]."""
    recent = _recent(np.isfinite(quantity))
    sold = np.where(recent, quantity, 0.0)
    held = np.where(np.isnan(prior.level), _mean(sold, factor, recent), prior.level)
    weight = np.where(recent, 1.0 / (1.0 + prior.dispersion[:, None] * held[:, None] * factor), 0.0)
    days = (weight * factor).sum(axis=1) + prior.days
    total = (weight * sold).sum(axis=1) + prior.days * held
    return np.divide(total, days, out=np.zeros(days.size), where=days > 0), days


def _plain_traits(history: History) -> Traits:
    price = np.log(np.maximum(history.unit_value, 1e-9))
    return Traits(price, np.zeros(history.rows, dtype=np.int64), np.arange(history.rows))


def _launched(history: History) -> Flags:
    """Rows whose first day on sale lies in the history [N]; others may be older."""
    return np.asarray(~np.isfinite(history.quantity[:, :WEEK]).any(axis=1))


def _mean(quantity: Floats, expected: Floats, used: Flags) -> Floats:
    """Sold by expected units of the days used [N]."""
    sold, exposure = (np.where(used, part, 0.0).sum(axis=1) for part in (quantity, expected))
    return np.asarray(sold / np.maximum(exposure, 1e-9))


def _as_new(level: Floats, known: Flags, launched: Flags, group: Ints) -> Floats:
    """Levels [N], those of old rows scaled to what new rows of their category sell in their first weeks.

    Items that are old have stayed because they sell; many that are new will not.
    """
    old = known & ~launched
    count = int(group.max()) + 1
    size = np.bincount(group[old], minlength=count)
    mean = (np.bincount(group[old], weights=level[old], minlength=count) / np.maximum(size, 1))[group]
    seen = known & launched & (mean > 0)
    ratio = (float((level[seen] / mean[seen]).sum()) + SHRINK_ROWS) / (int(seen.sum()) + SHRINK_ROWS)
    return np.where(old, level * ratio, level)


def _recent(usable: Flags) -> Flags:
    """The last ``RECENT`` usable days of each row."""
    later = usable[:, ::-1].cumsum(axis=1)[:, ::-1]
    return usable & (later <= RECENT)


def _recorded(history: History) -> Floats:
    """What was sold a day [N], sold out or not."""
    listed = np.isfinite(history.quantity)
    return np.asarray(np.where(listed, history.quantity, 0.0).sum(axis=1) / np.maximum(listed.sum(axis=1), 1))


def _dispersion(quantity: Floats, expected: Floats, usable: Flags, group: Ints) -> Floats:
    """Moment estimate by category [N]; of all rows where a category has none."""
    count = usable.sum(axis=1)
    enough = count >= LEAST_DAYS
    level = _mean(quantity, expected, usable)
    mean = level[:, None] * expected
    excess = np.where(usable, (quantity - mean) ** 2 - mean, 0.0).sum(axis=1) * enough
    square = np.where(usable, mean**2, 0.0).sum(axis=1) * enough
    size = np.maximum(level**2 * count, 1e-9)  # rows weigh alike
    top, bottom = (np.bincount(group, weights=part / size) for part in (excess, square))
    whole = top.sum() / bottom.sum() if bottom.sum() > 0 else 1.0
    of_group = np.divide(top, bottom, out=np.full(top.size, whole), where=bottom > 0)
    return np.asarray(np.clip(of_group, 0.01, 10.0)[group])


def _priors(
    own: Floats, known: Flags, *, as_new: Floats, new: Flags, group: Ints, traits: Traits
) -> tuple[Floats, Floats]:
    """Mean of a new row's analogues [N] (NaN where there is none) and the days that they count for [N].

    Other items count with their level ``as_new`` [N], the same item at another site with its ``own`` of today.
    """
    prior, strength = np.full(own.size, np.nan), np.zeros(own.size)
    if not known.any():
        return prior, strength
    price = traits.log_price
    members = np.bincount(group[known], minlength=int(group.max()) + 1)
    middle = np.bincount(group[known], weights=price[known], minlength=members.size) / np.maximum(members, 1)
    deviation = max(float(np.sqrt(np.mean((price[known] - middle[group[known]]) ** 2))), 1e-6)
    width = 1.06 * deviation * np.maximum(members, 1) ** -0.2  # by category: Silverman's rule for a normal kernel
    of_site = _site_factors(own, known, group, traits.site)[traits.site]
    like = np.flatnonzero(known)
    of_like, site, item = group[like], traits.site[like], traits.item[like]
    today, first_weeks = own[like] / of_site[like], as_new[like] / of_site[like]
    for row in np.flatnonzero(new):
        same = item == traits.item[row]
        level = np.where(same, today, first_weeks)
        near = np.exp(-0.5 * ((price[like] - price[row]) / width[group[row]]) ** 2) + 1e-6
        near *= np.where(site == traits.site[row], 1.0, OTHER_SITE) * np.where(same, SAME_ITEM, 1.0)
        near[like == row] = 0.0  # a row is no analogue of itself: its own days come after
        if not near.any():
            continue
        near = np.where(of_like == group[row], near, 0.0) + ELSEWHERE * near / near.sum()
        near /= near.sum()
        mean = float(near @ level)
        spread = float(near @ (level - mean) ** 2) / max(mean**2, 1e-12) + LEAST_SPREAD
        spread *= 1.0 + float(near @ near)  # few analogues tell little of their spread
        prior[row] = mean * of_site[row]
        strength[row] = 1.0 / max(prior[row] * spread, 1e-3)
    return prior, strength


def _site_factors(own: Floats, known: Flags, group: Ints, site: Ints) -> Floats:
    """How much rows of a site sell against all rows of their category, by site number; drawn to 1."""
    members = np.bincount(group[known], minlength=int(group.max()) + 1)
    mean = np.bincount(group[known], weights=own[known], minlength=members.size) / np.maximum(members, 1)
    ratio = np.divide(own, mean[group], out=np.ones(own.size), where=mean[group] > 0)
    count = int(site.max()) + 1
    total = np.bincount(site[known], weights=ratio[known], minlength=count)
    return np.asarray((total + SHRINK_ROWS) / (np.bincount(site[known], minlength=count) + SHRINK_ROWS))
