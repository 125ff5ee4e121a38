"""What is known at an origin about demand in a window of days after it, as one table of features.

A window is a row, an origin (column of the first day ahead), a start (days after the origin) and a length. The first
``start`` days and the window itself are the future: of them only calendar, planned prices and promotions are read.
Demand enters as ratios to the row's level, so that rows of every size can teach one another. No feature says which
day it is: a model must not learn the past by heart.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasts.compiled import compiled
from forecasts.levels import CANDIDATES
from forecasts.profile import Offers
from forecasts.protocol import Flags, Floats, Ints

Table = npt.NDArray[np.float32]
"""Features: what trees split needs no more digits."""

__all__ = ["FEATURES", "SCENE_DAYS", "Pairs", "Scene", "Table", "Windows", "window_features", "window_sums"]

RECENT_DAYS = (3, 7, 14, 28, 56, 112, 364)
SIZE_DAYS = 112
"""Days of which the mean and spread of sales are taken, where anything sold."""
PRICE_DAYS = 28
WEEKDAY_WEEKS = (4, 8, 26)
YEAR = 364
SCENE_DAYS = YEAR
"""Days before an origin of which windows read anything."""
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
    ``busy`` [G,D] says which days have an event for a group.
    """

    quantity: Floats
    factor: Floats
    offers: Offers
    weekday: Ints
    busy: Flags


class Pairs(NamedTuple):
    """Rows at origins: ``row``, ``origin``, ``level`` [K] (units a day at factor 1), ``ratio`` [K,M] of levels."""

    row: Ints
    origin: Ints
    level: Floats
    ratio: Floats


class Windows(NamedTuple):
    """Windows [W] of pairs: number of the pair, days after its origin, days it lasts."""

    pair: Ints
    start: Ints
    length: Ints


def window_sums(scene: Scene, pairs: Pairs, windows: Windows) -> tuple[Floats, Floats, Floats]:
    """Sold on known days, expected on known days, expected on all days of each window [W]."""
    found: tuple[Floats, Floats, Floats] = _sums(scene, pairs, windows)
    return found


@compiled
def _sums(scene: Scene, pairs: Pairs, windows: Windows) -> tuple[Floats, Floats, Floats]:
    width = scene.quantity.shape[1]
    sold, seen, whole = np.zeros(windows.pair.size), np.zeros(windows.pair.size), np.zeros(windows.pair.size)
    for w in range(windows.pair.size):
        pair = windows.pair[w]
        row, first = pairs.row[pair], pairs.origin[pair] + windows.start[w]
        for day in range(first, first + windows.length[w]):
            expected = pairs.level[pair] * scene.factor[row, day]
            whole[w] += expected
            if day < width and not np.isnan(scene.quantity[row, day]):
                seen[w] += expected
                sold[w] += scene.quantity[row, day]
    return sold, seen, whole


def window_features(scene: Scene, pairs: Pairs, windows: Windows) -> Table:
    """Table [W, len(FEATURES)]; NaN where the past tells nothing."""
    out: Table = _window_features(scene, pairs, windows, _origin_features(scene, pairs))
    return out


@compiled
def _origin_features(scene: Scene, pairs: Pairs) -> Table:
    out = np.full((pairs.row.size, _OF_ORIGIN), np.nan, dtype=np.float32)
    looks = len(RECENT_DAYS)
    for k in range(pairs.row.size):
        row, origin, level = pairs.row[k], pairs.origin[k], max(pairs.level[k], 1e-9)
        _recent_sales(scene, row, origin, level, out[k, : 2 * looks])
        _sizes(scene, row, origin, level, out[k, 2 * looks : 2 * looks + 5])
        at = 2 * looks + 5
        for m in range(pairs.ratio.shape[1]):
            out[k, at + m] = pairs.ratio[k, m]
        at += pairs.ratio.shape[1]
        out[k, at] = _mean_log_price(scene, row, max(0, origin - PRICE_DAYS), origin)
        out[k, at + 1] = np.log(level)
        out[k, at + 2] = scene.offers.group[row]
    return out


@compiled
def _recent_sales(scene: Scene, row: int, origin: int, level: float, out: Table) -> None:
    """Sold to expected, then share of known days without a sale, over ``RECENT_DAYS`` before the origin."""
    looks, back, sold, expected, zeros, known = len(RECENT_DAYS), 1, 0.0, 0.0, 0, 0
    for look in range(looks):
        while back <= min(RECENT_DAYS[look], origin):
            value = scene.quantity[row, origin - back]
            if not np.isnan(value):
                known += 1
                sold += value
                expected += scene.factor[row, origin - back]
                zeros += 1 if value == 0.0 else 0
            back += 1
        if known > 0:
            out[look] = sold / expected / level if expected > 0.0 else np.nan
            out[looks + look] = zeros / known


@compiled
def _sizes(scene: Scene, row: int, origin: int, level: float, out: Table) -> None:
    """Days since a sale; spread, number and size of sales over ``SIZE_DAYS``; known days of a year."""
    total, square, sales, known, last = 0.0, 0.0, 0, 0, -1
    for day in range(max(0, origin - YEAR), origin):
        value = scene.quantity[row, day]
        if np.isnan(value):
            continue
        known += 1
        if value > 0.0:
            last = day
            if day >= origin - SIZE_DAYS:
                total += value
                square += value * value
                sales += 1
    out[0] = origin - 1 - last if last >= 0 else np.nan
    if sales > 1:
        mean = total / sales
        out[1] = np.sqrt(max(square / sales - mean * mean, 0.0)) / mean
    out[2] = sales
    out[3] = total / sales / level if sales > 0 else np.nan
    out[4] = known


@compiled
def _mean_log_price(scene: Scene, row: int, first: int, end: int) -> float:
    """Mean logarithm of the price ratio over days ``first`` to ``end`` - 1, days without a price counted as usual."""
    total = 0.0
    for day in range(first, end):
        if scene.offers.price_ratio[row, day] > 0.0:
            total += np.log(scene.offers.price_ratio[row, day])
    return total / max(1, end - first)


@compiled
def _window_features(scene: Scene, pairs: Pairs, windows: Windows, of_origin: Table) -> Table:
    own = of_origin.shape[1]
    out = np.full((windows.pair.size, own + _OF_WINDOW), np.nan, dtype=np.float32)
    for w in range(windows.pair.size):
        pair, length = windows.pair[w], windows.length[w]
        row, origin, level = pairs.row[pair], pairs.origin[pair], max(pairs.level[pair], 1e-9)
        first = origin + windows.start[w]
        group = scene.offers.group[row]
        factor, event, promo = 0.0, 0, 0.0
        for day in range(first, first + length):
            factor += scene.factor[row, day]
            event += 1 if scene.busy[group, day] else 0
            promo += scene.offers.promo[row, day]
        price = _mean_log_price(scene, row, first, first + length)
        for feature in range(own):
            out[w, feature] = of_origin[pair, feature]
        out[w, own] = windows.start[w]
        out[w, own + 1] = length
        if length == 1:
            out[w, own + 2] = scene.weekday[first]
            _same_weekday(scene, row, (origin, first), level, out[w, own + 8 : own + 11])
        out[w, own + 3] = np.log(max(factor / length, 1e-9))
        out[w, own + 4] = event / length
        out[w, own + 5] = promo / length
        out[w, own + 6] = price
        out[w, own + 7] = price - of_origin[pair, own - 3]
        out[w, own + 11] = _year_before(scene, row, (origin, first), length) / level
        out[w, own + 12] = np.log(max(level * factor, 1e-9))
    return out


@compiled
def _year_before(scene: Scene, row: int, days: tuple[int, int], length: int) -> float:
    """Level on the known days one year before a window that starts on ``days[1]``, seen from origin ``days[0]``."""
    sold, expected = 0.0, 0.0
    for day in range(max(0, days[1] - YEAR), min(days[0], days[1] - YEAR + length)):
        if not np.isnan(scene.quantity[row, day]):
            sold += scene.quantity[row, day]
            expected += scene.factor[row, day]
    return sold / expected if expected > 0.0 else np.nan


@compiled
def _same_weekday(scene: Scene, row: int, days: tuple[int, int], level: float, out: Table) -> None:
    """Sold to expected on the weekday of ``days[1]`` in the last weeks before origin ``days[0]``."""
    sold, expected, week = 0.0, 0.0, 0
    day = days[1]
    while day >= days[0]:
        day -= 7
    for look in range(len(WEEKDAY_WEEKS)):
        while week < WEEKDAY_WEEKS[look] and day >= 0:
            if not np.isnan(scene.quantity[row, day]):
                sold += scene.quantity[row, day]
                expected += scene.factor[row, day]
            day -= 7
            week += 1
        out[look] = sold / expected / level if expected > 0.0 else np.nan
