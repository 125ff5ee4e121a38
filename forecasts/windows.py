"""What is known at an origin about demand in a window of days after it, as one table of features.

A window is a row, an origin (column of the first day ahead), a start (days after the origin) and a length. The first
``start`` days and the window itself are the future: of them only calendar, planned prices and promotions are read.
Demand enters as ratios to the row's level, so that rows of every size can teach one another.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecasts.compiled import compiled, packed
from forecasts.events import Calendar
from forecasts.levels import CANDIDATES
from forecasts.profile import Offers
from forecasts.protocol import Flags, Floats, Ints

__all__ = ["FEATURES", "Pairs", "Scene", "Windows", "window_features", "window_sums"]

RECENT_DAYS = (3, 7, 14, 28, 56, 112, 364)
SIZE_DAYS = 112
"""Days of which the mean and spread of sales are taken, where anything sold."""
PRICE_DAYS = 28
WEEKDAY_WEEKS = (4, 8, 26)
YEAR = 364
FEATURES = (
    *(f"sold_to_expected_{days}" for days in RECENT_DAYS),
    *(f"zero_share_{days}" for days in RECENT_DAYS),
    "days_since_sale",
    "size_spread",
    "sale_days",
    "sale_size",
    "known_days",
    *(f"level_{name}" for name in CANDIDATES),
    "recent_price",
    "log_level",
    "group",
    "start",
    "length",
    "weekday",
    "year_day",
    "factor",
    "event_share",
    "promo_share",
    "price",
    "price_change",
    *(f"weekday_to_expected_{weeks}" for weeks in WEEKDAY_WEEKS),
    "year_before",
    "log_expected",
)
_OF_ORIGIN = FEATURES.index("start")
_OF_WINDOW = len(FEATURES) - _OF_ORIGIN


class Scene(NamedTuple):
    """Days on which windows are read, as arrays [N,D] or [D]; D may reach past the last known day T.

    ``quantity`` [N,T] is NaN where demand is not known. ``factor`` [N,D] is what multiplies the level on a day.
    """

    quantity: Floats
    factor: Floats
    offers: Offers
    calendar: Calendar
    year_day: Ints


class Pairs(NamedTuple):
    """Rows at origins: ``row``, ``origin``, ``level`` [K] (units a day at factor 1) and ``ratio`` [K,M] of every
    candidate level to it."""

    row: Ints
    origin: Ints
    level: Floats
    ratio: Floats


class Windows(NamedTuple):
    """Windows [W] of pairs: number of the pair, days after its origin, days it lasts."""

    pair: Ints
    start: Ints
    length: Ints


def window_sums(scene: Scene, usable: Flags, pairs: Pairs, windows: Windows) -> tuple[Floats, Floats, Floats]:
    """Sold on known days, expected on known days, expected on all days of each window [W].

    A window that reaches past the last known day has its unknown days left out of the first two.
    """
    found: tuple[Floats, Floats, Floats] = _sums(scene, packed(usable), pairs, windows)
    return found


@compiled
def _sums(scene: Scene, usable: Flags, pairs: Pairs, windows: Windows) -> tuple[Floats, Floats, Floats]:
    width = scene.quantity.shape[1]
    sold, seen, whole = np.zeros(windows.pair.size), np.zeros(windows.pair.size), np.zeros(windows.pair.size)
    for w in range(windows.pair.size):
        pair = windows.pair[w]
        row, first = pairs.row[pair], pairs.origin[pair] + windows.start[w]
        for day in range(first, first + windows.length[w]):
            expected = pairs.level[pair] * scene.factor[row, day]
            whole[w] += expected
            if day < width and usable[row, day]:
                seen[w] += expected
                sold[w] += scene.quantity[row, day]
    return sold, seen, whole


def window_features(scene: Scene, pairs: Pairs, windows: Windows) -> Floats:
    """Table [W, len(FEATURES)]; NaN where the past tells nothing."""
    of_origin = _origin_features(scene, pairs)
    out: Floats = _window_features(scene, pairs, windows, of_origin)
    return out


@compiled
def _origin_features(scene: Scene, pairs: Pairs) -> Floats:
    out = np.full((pairs.row.size, _OF_ORIGIN), np.nan)
    for k in range(pairs.row.size):
        row, origin, level = pairs.row[k], pairs.origin[k], max(pairs.level[k], 1e-9)
        sold, expected, zeros, known, age = 0.0, 0.0, 0, 0, 0
        since, size, square, sales = -1, 0.0, 0.0, 0
        log_price, priced = 0.0, 0
        look = 0
        for back in range(1, origin + 1):
            day = origin - back
            value = scene.quantity[row, day]
            if not np.isnan(value):
                known += 1
                sold += value
                expected += scene.factor[row, day]
                if value > 0.0:
                    if since < 0:
                        since = back - 1
                    if back <= SIZE_DAYS:
                        size += value
                        square += value * value
                        sales += 1
                else:
                    zeros += 1
            if back <= PRICE_DAYS and scene.offers.price_ratio[row, day] > 0.0:
                log_price += np.log(scene.offers.price_ratio[row, day])
                priced += 1
            if look < len(RECENT_DAYS) and (back == RECENT_DAYS[look] or back == origin):
                while look < len(RECENT_DAYS) and (back == RECENT_DAYS[look] or back == origin):
                    out[k, look] = sold / expected / level if expected > 0.0 else np.nan
                    out[k, len(RECENT_DAYS) + look] = zeros / known if known > 0 else np.nan
                    look += 1
            if look == len(RECENT_DAYS):
                break
        for day in range(origin):
            age += 0 if np.isnan(scene.quantity[row, day]) else 1
        at = 2 * len(RECENT_DAYS)
        out[k, at] = since if since >= 0 else np.nan
        if sales > 1:
            mean = size / sales
            out[k, at + 1] = np.sqrt(max(square / sales - mean * mean, 0.0)) / mean
        out[k, at + 2] = sales
        out[k, at + 3] = size / sales / level if sales > 0 else np.nan
        out[k, at + 4] = age
        for m in range(pairs.ratio.shape[1]):
            out[k, at + 5 + m] = pairs.ratio[k, m]
        at += 5 + pairs.ratio.shape[1]
        out[k, at] = log_price / priced if priced > 0 else 0.0
        out[k, at + 1] = np.log(level)
        out[k, at + 2] = scene.offers.group[row]
    return out


@compiled
def _window_features(scene: Scene, pairs: Pairs, windows: Windows, of_origin: Floats) -> Floats:
    own = of_origin.shape[1]
    recent_price = own - 3
    width = scene.quantity.shape[1]
    out = np.full((windows.pair.size, own + _OF_WINDOW), np.nan)
    for w in range(windows.pair.size):
        pair = windows.pair[w]
        row, origin, level = pairs.row[pair], pairs.origin[pair], max(pairs.level[pair], 1e-9)
        first, length = origin + windows.start[w], windows.length[w]
        group = scene.offers.group[row]
        factor, event, promo, log_price, sold, expected = 0.0, 0, 0.0, 0.0, 0.0, 0.0
        for day in range(first, first + length):
            factor += scene.factor[row, day]
            event += 1 if scene.calendar.busy[group, day] else 0
            promo += scene.offers.promo[row, day]
            if scene.offers.price_ratio[row, day] > 0.0:
                log_price += np.log(scene.offers.price_ratio[row, day])
            before = day - YEAR
            if 0 <= before < min(origin, width) and not np.isnan(scene.quantity[row, before]):
                sold += scene.quantity[row, before]
                expected += scene.factor[row, before]
        out[w, :own] = of_origin[pair]
        out[w, own] = windows.start[w]
        out[w, own + 1] = length
        if length == 1:
            out[w, own + 2] = scene.calendar.weekday[first]
            _same_weekday(scene, row, origin, first, level, out[w, own + 9 : own + 12])
        out[w, own + 3] = scene.year_day[first + length // 2]
        out[w, own + 4] = np.log(max(factor / length, 1e-9))
        out[w, own + 5] = event / length
        out[w, own + 6] = promo / length
        out[w, own + 7] = log_price / length
        out[w, own + 12] = sold / expected / level if expected > 0.0 else np.nan
        out[w, own + 13] = np.log(max(level * factor, 1e-9))
        out[w, own + 8] = out[w, own + 7] - of_origin[pair, recent_price]
    return out


@compiled
def _same_weekday(scene: Scene, row: int, origin: int, first: int, level: float, out: Floats) -> None:
    sold, expected, week = 0.0, 0.0, 0
    day = first
    while day >= origin:
        day -= 7
    for m in range(len(WEEKDAY_WEEKS)):
        while week < WEEKDAY_WEEKS[m] and day >= 0:
            if not np.isnan(scene.quantity[row, day]):
                sold += scene.quantity[row, day]
                expected += scene.factor[row, day]
            day -= 7
            week += 1
        out[m] = sold / expected / level if expected > 0.0 else np.nan
