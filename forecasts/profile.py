"""What multiplies a row's level: weekday, season, events, price and promotion.

Each effect is learnt by ratios of sold to expected, weighted as quasi-Poisson with overdispersion, and shrunk from
the row to its group and from the group to all rows: a row with little demand borrows what its group knows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.batches import row_batches
from forecasts.compiled import compiled, packed
from forecasts.events import Calendar
from forecasts.month import LEAST_DAYS as LEAST_MONTH_DAYS
from forecasts.month import fit_month, flat_month
from forecasts.protocol import Flags, Floats, History, Ints, Outlook
from forecasts.season import LEAST_DAYS, fit_season, flat_season, fortnights, joined
from forecasts.so_far import filled_so_far

__all__ = [
    "Offers",
    "Profile",
    "Sales",
    "factors",
    "fit_profile",
    "known_demand",
    "neutral_profile",
    "offers_ahead",
    "past_offers",
    "profile_of",
]

WEEK = 7
SWEEPS = 5
SEASON_SWEEPS = 2
"""More sweeps once the season is known: an event in a month that rises is less of an event."""
HALF_WINDOW = 42
"""Days on either side whose mean is the level while effects are learnt."""
OVERDISPERSION = 0.3
"""Down-weights cells with much demand: their noise grows faster than Poisson."""
ROW_WEIGHT, GROUP_WEIGHT, ALL_WEIGHT = 40.0, 100.0, 20.0
"""Weighted units of demand that the next higher level counts for."""
RIDGE = np.array([0.04, 1.0])
"""Of price and promotion: logarithms of price ratios are about .2, their squares .04, so both weigh alike."""
PRICE_RANGE, PROMO_RANGE = (-6.0, 0.5), (-0.7, 2.3)
"""Limits of the price elasticity and of the logarithm of the promotion uplift."""


class Profile(NamedTuple):
    """Factors of N rows; a named tuple, so that a kernel takes it as one argument.

    ``weekday`` [N,7] (mean 1), ``uplift`` [N,E], ``price`` [N] elasticity, ``promo`` [N] log uplift, ``season``
    [N,53] by week of the year and ``month`` [N,31] by place in the month (both mean 1).
    """

    weekday: Floats
    uplift: Floats
    price: Floats
    promo: Floats
    season: Floats
    month: Floats


class Offers(NamedTuple):
    """What buyers were offered: ``group`` [N], ``price_ratio`` and ``promo`` [N,D]."""

    group: Ints
    price_ratio: Floats
    promo: Floats


class Sales(NamedTuple):
    """What was asked for [N,T], NaN where that is not known, and the factor [N,T] of each day."""

    quantity: Floats
    factor: Floats


def neutral_profile(rows: int, events: int) -> Profile:
    """No effect at all: every factor is 1."""
    nothing = np.zeros(rows)
    return Profile(
        np.ones((rows, WEEK)), np.ones((rows, events)), nothing, nothing.copy(), flat_season(rows), flat_month(rows)
    )


def past_offers(history: History) -> Offers:
    """What was offered on the days of a history."""
    return Offers(packed(history.group), packed(history.price_ratio), packed(history.promo))


def offers_ahead(history: History, outlook: Outlook) -> Offers:
    """What is planned for the days after a history."""
    return Offers(packed(history.group), packed(outlook.price_ratio), packed(outlook.promo))


def factors(profile: Profile, days: Calendar, offers: Offers, start: int) -> Floats:
    """Factor of each row on the days of the offers, the first of which is column ``start``; shape [N,D]."""
    out: Floats = _factors(Profile(*(packed(part) for part in profile)), days, offers, start)
    return out


@compiled
def _factors(profile: Profile, days: Calendar, offers: Offers, start: int) -> Floats:
    rows, width = offers.price_ratio.shape
    out = np.empty((rows, width))
    for row in range(rows):
        g = offers.group[row]
        for column in range(width):
            day = start + column
            factor = profile.weekday[row, days.weekday[day]] * profile.season[row, days.week[day]]
            factor *= profile.month[row, days.place[day]]
            for i in range(days.offset[g, day], days.offset[g, day + 1]):
                lift = profile.uplift[row, days.event[i]]
                factor *= lift if days.value[i] == 1.0 else lift ** days.value[i]
            ratio, offer = offers.price_ratio[row, column], offers.promo[row, column]
            if (ratio != 1.0 and ratio > 0.0) or offer > 0.0:
                log_price = np.log(ratio) if ratio > 0.0 else 0.0
                factor *= np.exp(profile.price[row] * log_price + profile.promo[row] * offer)
            out[row, column] = factor
    return out


def known_demand(profile: Profile, history: History, days: Calendar) -> Sales:
    """Demand of N rows as known so far, what empty shelves hid filled in, and the profile's factors."""
    factor = factors(profile, days, past_offers(history), 0)
    return Sales(filled_so_far(history.quantity, history.in_stock, factor), factor)


@compiled
def _baseline(sales: Sales, busy: Flags, group: Ints, half: int) -> Floats:
    """Two-sided moving level [N,T]; days with an event count only where there is nothing else."""
    rows, days = sales.quantity.shape
    out = np.zeros((rows, days))
    sold = np.zeros(days + 1)
    usual = np.zeros(days + 1)
    for row in range(rows):
        for day in range(days):
            keep = 0.0
            if not np.isnan(sales.quantity[row, day]):
                keep = 0.05 if busy[group[row], day] else 1.0
            sold[day + 1] = sold[day] + (keep * sales.quantity[row, day] if keep > 0.0 else 0.0)
            usual[day + 1] = usual[day] + keep * sales.factor[row, day]
        for day in range(days):
            first, last = max(0, day - half), min(days, day + half + 1)
            weighed = usual[last] - usual[first]
            out[row, day] = max(0.0, sold[last] - sold[first]) / weighed if weighed > 1e-9 else 0.0
    return out


@compiled
def _ratios(
    sales: Sales, level: Floats, days: Calendar, offers: Offers, dates: Floats
) -> tuple[Floats, Floats, Floats]:
    """Weighted sums: by weekday [N,7,2] and event [N,E,2] (sold, expected), and price and promotion moments [N,5].

    To ``dates`` [G,T,2] are added the sums of all rows of a group on days without an event.
    """
    rows, width = sales.quantity.shape
    by_weekday = np.zeros((rows, 7, 2))
    by_event = np.zeros((rows, days.events, 2))
    moments = np.zeros((rows, 5))
    for row in range(rows):
        g = offers.group[row]
        for day in range(width):
            expected = level[row, day] * sales.factor[row, day]
            if np.isnan(sales.quantity[row, day]) or expected <= 0.0:
                continue
            weight = 1.0 / (1.0 + OVERDISPERSION * expected)
            sold, expected = weight * sales.quantity[row, day], weight * expected
            by_weekday[row, days.weekday[day], 0] += sold
            by_weekday[row, days.weekday[day], 1] += expected
            if not days.busy[g, day]:
                dates[g, day, 0] += sold
                dates[g, day, 1] += expected
            for i in range(days.offset[g, day], days.offset[g, day + 1]):
                by_event[row, days.event[i], 0] += sold * days.value[i]
                by_event[row, days.event[i], 1] += expected * days.value[i]
            ratio, offer = offers.price_ratio[row, day], offers.promo[row, day]
            if (ratio != 1.0 and ratio > 0.0) or offer > 0.0:
                log_price = np.log(ratio) if ratio > 0.0 else 0.0
                moments[row, 0] += (sold - expected) * log_price
                moments[row, 1] += (sold - expected) * offer
                moments[row, 2] += expected * log_price * log_price
                moments[row, 3] += expected * log_price * offer
                moments[row, 4] += expected * offer * offer
    return by_weekday, by_event, moments


def fit_profile(history: History, days: Calendar) -> Profile:
    """Learn the profile of N rows; each sweep fills in what empty shelves hid by the factors learnt before it."""
    profile = neutral_profile(history.rows, days.events)
    profile = _swept(profile, history, days, SWEEPS)
    if history.days < LEAST_DAYS:
        return profile
    parts = []
    for rows in row_batches(history.rows, history.days):
        part = history.of(rows)
        sales = known_demand(profile_of(profile, rows), part, days)
        level = _baseline(sales, days.busy, packed(part.group), HALF_WINDOW)
        parts.append(
            fortnights(
                sales.quantity,
                factor=sales.factor,
                level=level,
                busy=days.busy,
                group=packed(part.group),
                first_day=history.first_day,
            )
        )
    profile = profile._replace(season=fit_season(joined(parts), history.group))
    return _swept(profile, history, days, SEASON_SWEEPS)


def _swept(profile: Profile, history: History, days: Calendar, sweeps: int) -> Profile:
    """Everything but the season, learnt again ``sweeps`` times."""
    batches = row_batches(history.rows, history.days)
    for _ in range(sweeps):
        sums, dates = [], np.zeros((int(history.group.max()) + 1, history.days, 2))
        for rows in batches:
            part = history.of(rows)
            sales, offers = known_demand(profile_of(profile, rows), part, days), past_offers(part)
            level = _baseline(sales, days.busy, offers.group, HALF_WINDOW)
            sums.append(_ratios(sales, level, days, offers, dates))
        month = profile.month
        if history.days >= LEAST_MONTH_DAYS:
            month = _month(profile, history.group, dates, days.place[: history.days])
        profile = _updated(profile, history.group, *(np.concatenate(each) for each in zip(*sums, strict=True)))
        profile = profile._replace(month=month)
    return profile


def _month(profile: Profile, group: Ints, dates: Floats, place: Ints) -> Floats:
    """Months [N,31] of the rows' groups, from sums of dates [G,T,2] in which the month of the profile is expected."""
    first = np.array([np.argmax(group == g) for g in range(dates.shape[0])])
    now = profile.month[first][:, place]
    return fit_month(dates[:, :, 0], dates[:, :, 1] / now, place)[group]


def profile_of(profile: Profile, rows: slice) -> Profile:
    """The profile of some rows."""
    return Profile(*(part[rows] for part in profile))


def _updated(profile: Profile, group: Ints, by_weekday: Floats, by_event: Floats, moments: Floats) -> Profile:
    weekday = _shrunk_ratio(profile.weekday, by_weekday, group)
    weekday = weekday / weekday.mean(axis=1, keepdims=True)
    uplift = _shrunk_ratio(profile.uplift, by_event, group)
    price, promo = _shrunk_slopes(profile, moments, group)
    return profile._replace(weekday=weekday, uplift=uplift, price=price, promo=promo)


def _shrunk_ratio(current: Floats, sums: Floats, group: Ints) -> Floats:
    """New factors [N,K] from sold and expected [N,K,2], where expected includes the current factors."""
    sold, without = sums[:, :, 0], sums[:, :, 1] / np.maximum(current, 1e-6)
    count = int(group.max()) + 1
    group_sold, group_without = _by_group(sold, group, count), _by_group(without, group, count)
    everyone = (group_sold.sum(axis=0) + ALL_WEIGHT) / (group_without.sum(axis=0) + ALL_WEIGHT)
    of_group = (group_sold + GROUP_WEIGHT * everyone) / (group_without + GROUP_WEIGHT)
    shrunk: Floats = (sold + ROW_WEIGHT * of_group[group]) / (without + ROW_WEIGHT)
    return np.clip(shrunk, 0.02, 50.0)


def _by_group(values: Floats, group: Ints, count: int) -> Floats:
    out = np.zeros((count, *values.shape[1:]))
    np.add.at(out, group, values)
    return out


def _shrunk_slopes(profile: Profile, moments: Floats, group: Ints) -> tuple[Floats, Floats]:
    """One Newton step for the price elasticity and the log promotion uplift, shrunk row to group to all."""
    count = int(group.max()) + 1
    now = np.stack([profile.price, profile.promo], axis=1)
    curve = _matrix(moments)
    pull = moments[:, :2] + np.einsum("nij,nj->ni", curve, now)
    group_curve, group_pull = _by_group(curve, group, count), _by_group(pull, group, count)
    everyone = np.linalg.solve(group_curve.sum(axis=0) + ALL_WEIGHT * np.diag(RIDGE), group_pull.sum(axis=0))
    of_group = _towards(group_curve, group_pull, GROUP_WEIGHT * RIDGE, everyone)
    own = _towards(curve, pull, ROW_WEIGHT * RIDGE, of_group[group])
    return np.clip(own[:, 0], *PRICE_RANGE), np.clip(own[:, 1], *PROMO_RANGE)


def _matrix(moments: Floats) -> Floats:
    return np.stack([moments[:, [2, 3]], moments[:, [3, 4]]], axis=1)


def _towards(curve: Floats, pull: Floats, ridge: Floats, prior: Floats) -> Floats:
    """Ridge solution of ``curve x = pull`` drawn to ``prior``."""
    return np.asarray(np.linalg.solve(curve + np.diag(ridge), (pull + ridge * prior)[..., None])[..., 0])
