"""Demand that an empty shelf hid, and the sales lost to it.

What was sold on a sold-out day is a lower bound of demand. By expectation-maximization (Dempster, Laird and Rubin
1977; for sales censored by stock Vulcano, van Ryzin and Ratliff 2012): the day's demand is the mean of a negative
binomial around the day's expected demand, given that demand was at least what was sold; the expected demand (profile
times local level) is learnt again from demand so completed. Leaving sold-out days out instead would bias the mean
low, since days with much demand sell out more often. The local level looks to both sides, so this is an estimate of
the past and nothing that a forecast from a past origin may see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, gammainc

from forecasts.compiled import compiled
from forecasts.events import Calendar, calendar
from forecasts.lead_time import LARGEST, POISSON, interval_quantiles
from forecasts.profile import factors, fit_profile, past_offers
from forecasts.protocol import Flags, Floats, History, Outlook
from forecasts.so_far import MOST, any_sold_out

__all__ = [
    "KNOWN",
    "MISSING",
    "OFF_SALE",
    "SOLD_OUT",
    "Unconstrained",
    "completed",
    "in_stock_by",
    "mean_at_least",
    "unconstrained",
]

KNOWN, SOLD_OUT, MISSING, OFF_SALE = 0, 1, 2, 3
"""Kinds of days: demand recorded, sales a lower bound of it, on sale but not recorded, not on sale."""

PROFILE_ROUNDS, LEVEL_ROUNDS = 2, 3
"""How often profile and level, and within each the level alone, are learnt from completed demand."""
WIDE, NEAR = 42, 7
"""Days on either side of a day that make its wide and its near level. The near one matters where demand comes in
waves: weeks of much demand sell out, and their first days show it."""
WIDE_PRIOR = 3.0
"""Days for which the level of the whole past counts in the wide one."""
LEAST_NEAR_PRIOR, LARGEST_NEAR_PRIOR = 1.0, 200.0
"""Limits of the days for which the wide level counts in the near one."""
LEAST_CHANCE = 1e-9
"""Chances nearer to 0 or 1 are not drawn."""
ALL_ROWS = 5.0
"""Weighted days for which the overdispersion of all rows counts in that of a row."""


@dataclass(frozen=True, slots=True)
class Unconstrained:
    """Demand as it would have been with stock.

    ``demand`` [N,T] units a day: as recorded on ``KNOWN`` days, estimated on ``SOLD_OUT`` and ``MISSING`` ones, NaN on
    ``OFF_SALE`` days and where a row tells nothing at all (no sale and no day with stock). ``lost`` [N,T] is
    demand less sales on ``SOLD_OUT`` days, 0 on others. ``kind`` [N,T] holds the kind of each day. ``expected`` [N,T]
    is the mean of a day before its sales are known and ``overdispersion`` [N,T] that of demand around it.
    """

    demand: Floats
    lost: Floats
    kind: npt.NDArray[np.uint8]
    expected: Floats
    overdispersion: Floats


def in_stock_by(quantity: Floats, on_hand: Floats) -> Flags:
    """Where demand was met [N,T], from sales and stock at the start of the day: what sold everything hides the rest.

    An unknown stock (NaN) counts as enough.
    """
    return np.asarray(~(quantity >= on_hand))


def unconstrained(history: History, outlook: Outlook, *, on_sale: Flags | None = None) -> Unconstrained:
    """Estimate the demand of sold-out and missing days of N rows over T days.

    ``on_sale`` [N,T] tells missing days from days off the shelf; without it a row is on sale from its first to its
    last recorded day. Only the events of ``outlook`` are used.
    """
    recorded = np.isfinite(history.quantity)
    kind = _kinds(history, recorded, on_sale)
    sold = np.where(recorded, history.quantity, 0.0)
    bound = (kind == SOLD_OUT) & (sold > 0)  # an empty shelf all day says nothing
    certain = kind == KNOWN
    used = np.where(certain.any(axis=1)[:, None], certain, bound)
    demand = sold.copy()
    if not ((kind == SOLD_OUT) | (kind == MISSING)).any():
        return Unconstrained(np.where(kind == OFF_SALE, np.nan, demand), np.zeros_like(sold), kind, sold, sold)
    days = calendar(outlook, history.first_day, history.days)
    expected = spread = np.zeros_like(sold)
    for _ in range(PROFILE_ROUNDS):
        factor = _factors(history, days, demand, used)
        most = _most(sold, factor, certain, bound)[bound]
        for _ in range(LEVEL_ROUNDS):
            expected = _expected(demand, used, factor)
            spread = _overdispersion(sold, expected, used, bound)
            estimate = mean_at_least(sold[bound], expected[bound], spread[bound])
            demand[bound] = np.maximum(sold[bound], np.minimum(estimate, most))
            used = np.asarray(certain | bound)
    estimated = ((kind == SOLD_OUT) & ~bound) | (kind == MISSING)
    demand[estimated] = expected[estimated]
    tells = used.any(axis=1)[:, None]
    demand = np.where((kind == OFF_SALE) | ~tells, np.nan, demand)
    lost = np.where(kind == SOLD_OUT, np.maximum(0.0, demand - sold), 0.0)
    return Unconstrained(demand, lost, kind, expected, spread)


def completed(history: History, outlook: Outlook, *, seed: int | None = None) -> History:
    """The history with sold-out days at their estimated demand and none sold out; unknown days stay unknown.

    What a forecast should learn from: leaving sold-out days out would bias it low. With a ``seed`` a sold-out day gets
    a draw from the distribution that the estimate is the mean of: right where spread counts, not only the mean.
    """
    if not any_sold_out(history.quantity, history.in_stock):
        return history
    found = unconstrained(history, outlook)
    quantity = np.where(found.kind == SOLD_OUT, found.demand, history.quantity)
    if seed is not None:
        hidden = (found.kind == SOLD_OUT) & np.isfinite(found.demand)
        sold, mean, spread = history.quantity[hidden], found.expected[hidden], found.overdispersion[hidden]
        quantity[hidden] = _draw_at_least(sold, mean, spread, np.random.default_rng(seed))
    return replace(history, quantity=quantity, in_stock=np.isfinite(quantity) | history.in_stock)


def _draw_at_least(sold: Floats, mean: Floats, spread: Floats, generator: np.random.Generator) -> Floats:
    """Demand [W] drawn given that it is at least ``sold``; what was sold where more is all but impossible."""
    below = 1.0 - _at_least(sold, mean, spread)
    chance = np.clip(below + generator.random(sold.size) * (1.0 - below), LEAST_CHANCE, 1.0 - LEAST_CHANCE)
    drawn = interval_quantiles(mean[:, None], spread[:, None], chance[:, None, None])[:, 0, 0]
    return np.maximum(sold, drawn)


def mean_at_least(sold: Floats, mean: Floats, spread: Floats) -> Floats:
    """Mean of demand given that it is at least ``sold``; negative binomial of ``mean`` and overdispersion ``spread``.

    Any shape. Where demand that large is all but impossible, what was sold.
    """
    chance, first, _ = _tail_moments(sold, mean, spread)
    return np.maximum(sold, np.divide(first, chance, out=sold.copy(), where=chance > 0.0))


def _tail_moments(sold: Floats, mean: Floats, spread: Floats) -> tuple[Floats, Floats, Floats]:
    """Chance of demand at or above ``sold``, and first and second factorial moment over it.

    x p(x) of a negative binomial is its mean times p(x - 1) of one with a size one larger.
    """
    chance = _at_least(sold, mean, spread)
    larger = spread / (1.0 + spread)
    first = mean * _at_least(sold - 1.0, mean * (1.0 + spread), larger)
    largest = spread / (1.0 + 2.0 * spread)
    second = mean**2 * (1.0 + spread) * _at_least(sold - 2.0, mean * (1.0 + 2.0 * spread), largest)
    return chance, first, second


def _at_least(value: Floats, mean: Floats, spread: Floats) -> Floats:
    """Chance that demand is ``value`` or more, exact in the far tail."""
    count = np.maximum(np.ceil(value), 1.0)
    size = 1.0 / np.maximum(spread, POISSON)
    chance = np.where(spread > POISSON, betainc(count, size, mean / (size + mean)), gammainc(count, mean))
    return np.where(value > 0.0, chance, 1.0)


def _kinds(history: History, recorded: Flags, on_sale: Flags | None) -> npt.NDArray[np.uint8]:
    if on_sale is None:
        begun = np.logical_or.accumulate(recorded, axis=1)
        on_sale = begun & np.logical_or.accumulate(recorded[:, ::-1], axis=1)[:, ::-1]
    kind = np.where(recorded, np.where(history.in_stock, KNOWN, SOLD_OUT), np.where(on_sale, MISSING, OFF_SALE))
    return kind.astype(np.uint8)


def _factors(history: History, days: Calendar, demand: Floats, used: Flags) -> Floats:
    """Factors [N,T] of a profile learnt from completed demand."""
    learnt = replace(history, quantity=np.where(used, demand, np.nan), in_stock=np.ones_like(used))
    return factors(fit_profile(learnt, days), days, past_offers(history), 0)


def _most(sold: Floats, factor: Floats, certain: Flags, bound: Flags) -> Floats:
    """Largest estimate of each day [N,T], as in ``so_far``: it ends what rows that always sell out would begin."""
    usual = np.maximum(factor, 1e-12)
    largest = np.where(certain, sold / usual, 0.0).max(axis=1)
    units, exposed = (np.where(bound, each, 0.0).sum(axis=1) for each in (sold, usual))
    mean = np.divide(units, exposed, out=np.zeros(sold.shape[0]), where=exposed > 0)
    return np.asarray(factor * np.maximum(largest, MOST * mean)[:, None])


def _overdispersion(sold: Floats, expected: Floats, used: Flags, bound: Flags) -> Floats:
    """Overdispersion of each row's days [N,T], by moments shrunk to all rows.

    Of a sold-out day counts the mean squared deviation given the bound, by the overdispersion of the days with stock.
    """
    open_days = used & ~bound
    square = (sold - expected) ** 2
    first = _shrunk(square, expected, open_days)
    cut = bound & used
    chance, mean, second = _tail_moments(sold[cut], expected[cut], first[cut])
    inside = second + mean - 2.0 * expected[cut] * mean + expected[cut] ** 2 * chance
    square[cut] = np.divide(inside, chance, out=square[cut], where=chance > 0.0)
    return _shrunk(square, expected, used)


def _shrunk(square: Floats, expected: Floats, used: Flags) -> Floats:
    """From squared deviations [N,T] of the days ``used``, weighted for an overdispersion of about 1."""
    weight = np.where(used, 1.0 / (1.0 + expected) ** 2, 0.0)
    row = _ratio((weight * (square - expected)).sum(axis=1), (weight * expected**2).sum(axis=1))
    return np.asarray(np.broadcast_to(np.clip(row, 0.0, LARGEST)[:, None], square.shape))


def _expected(demand: Floats, used: Flags, factor: Floats) -> Floats:
    """Expected demand of each day [N,T] from the days ``used`` on both sides.

    The near level is drawn to the wide one by as many days as it takes their noise to equal the variance of the waves.
    """
    asked, usual = np.where(used, demand, 0.0), np.where(used, factor, 0.0)
    whole = asked.sum(axis=1) / np.maximum(usual.sum(axis=1), 1e-12)
    rows, days = demand.shape
    wide: Floats = _level(asked, usual, np.tile(whole[:, None], days), np.full(rows, WIDE_PRIOR), WIDE)
    near: Floats = _level(asked, usual, wide, _near_prior(demand, factor * wide, used), NEAR)
    return factor * near


def _near_prior(demand: Floats, expected: Floats, used: Flags) -> Floats:
    """Days [N]: variance of a day's demand over expected, less what neighbouring days share of it, over that share."""
    error = np.where(used, demand - expected, 0.0) / (1.0 + expected)
    size = np.where(used, expected / (1.0 + expected), 0.0)
    total = _ratio((error**2).sum(axis=1), (size**2).sum(axis=1))
    waves = _ratio((error[:, 1:] * error[:, :-1]).sum(axis=1), (size[:, 1:] * size[:, :-1]).sum(axis=1))
    waves = np.maximum(waves, 1e-9)
    return np.clip((total - waves) / waves, LEAST_NEAR_PRIOR, LARGEST_NEAR_PRIOR)


def _ratio(above: Floats, below: Floats) -> Floats:
    """Of each row [N], shrunk to that of all rows."""
    everyone = float(above.sum()) / max(float(below.sum()), 1e-12)
    return (above + ALL_ROWS * everyone) / (below + ALL_ROWS)


@compiled
def _level(asked: Floats, usual: Floats, base: Floats, prior: Floats, half: int) -> Floats:
    """Sum of ``asked`` over that of ``usual``, ``half`` days to either side, with ``prior`` [N] days of ``base``."""
    rows, days = asked.shape
    out = np.zeros((rows, days))
    total = np.zeros(days + 1)
    weight = np.zeros(days + 1)
    for row in range(rows):
        for day in range(days):
            total[day + 1] = total[day] + asked[row, day]
            weight[day + 1] = weight[day] + usual[row, day]
        for day in range(days):
            first, last = max(0, day - half), min(days, day + half + 1)
            near = max(0.0, total[last] - total[first]) + prior[row] * base[row, day]
            out[row, day] = near / (weight[last] - weight[first] + prior[row])
    return out
