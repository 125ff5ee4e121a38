"""What our forecasts say on each order day, from the days before it alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.inventory.closed_loop.shop import Flags, Floats, Shop
from forecasts import Forecast, History, Outlook, Recipe, Request, fit, predict
from forecasts.calibrate import level_map, transform
from forecasts.lead_time import fit_dispersion, interval_quantiles, sizes
from forecasts.own_error import blended, fit_own_error
from forecasts.periods import forecast_periods
from forecasts.select import RATE_CLASSES, rate_classes
from supplychain.handover.forecasting import PROTECTION_GRID_DAYS
from supplychain.scenario.settings import ForecastSettings

__all__ = ["foresight"]

HORIZON = 28
RENEWED_EVERY = 56
"""Days after which what was learnt is learnt again."""
TRIALS = 12
"""Steps before the loop from which forecasts are tried."""
LEAST_KNOWN = 8
SMOOTHING = 0.15
"""Weight of the last step in the smoothing whose errors count as a row's own."""


def foresight(shop: Shop, order_days: Flags, seed: int) -> Iterator[tuple[int, Forecast]]:
    """Forecast at the close of each step on which any item is ordered (``order_days`` [N,T])."""
    steps = [t for t in range(shop.span.start - 1, shop.quantity.shape[1] - 1) if order_days[:, t].any()]
    yield from (_by_day if shop.span.days == 1.0 else _by_period)(shop, steps, seed)


def _by_day(shop: Shop, steps: list[int], seed: int) -> Iterator[tuple[int, Forecast]]:
    count, fitted, recipe = len(shop.items), -RENEWED_EVERY, None
    request = Request(
        horizon=HORIZON,
        protection_days=tuple(days for days in PROTECTION_GRID_DAYS if days <= HORIZON),
        levels=ForecastSettings().levels,
        service_level=np.full(count, 0.95),
        seed=seed,
        single_days=False,
    )
    for step in steps:
        history, outlook = _seen(shop, step + 1)
        if recipe is None or step - fitted >= RENEWED_EVERY:
            recipe, fitted = fit(history, outlook, request), step
        yield step, _predicted(recipe, history, outlook, request)


def _predicted(recipe: Recipe, history: History, outlook: Outlook, request: Request) -> Forecast:
    return predict(recipe, history, outlook, request)


def _seen(shop: Shop, days: int) -> tuple[History, Outlook]:
    """The first ``days`` days; planned prices and the events of the calendar reach further."""
    count, end = len(shop.items), days + HORIZON
    known = shop.known
    ratio = np.ones((count, end))
    names: tuple[str, ...] = ()
    events = np.zeros((1, 0, end))
    group = np.zeros(count, np.int64)
    if known is not None:
        usual = np.nanmedian(known.price[:, :days], axis=1)[:, None]
        ahead = known.price[:, :end]
        ahead = np.pad(ahead, ((0, 0), (0, end - ahead.shape[1])), mode="edge")
        ratio = np.where(np.isfinite(ahead), ahead / usual, 1.0)
        names, group = known.event_names, known.group
        touched = np.pad(known.events[:, :, :end], ((0, 0), (0, 0), (0, max(0, end - known.events.shape[2]))))
        events = touched
    history = History(
        quantity=shop.quantity[:, :days],
        in_stock=np.ones((count, days), np.bool_),
        price_ratio=ratio[:, :days],
        promo=np.zeros((count, days)),
        first_day=shop.first_day,
        group=group,
        unit_value=shop.cost,
    )
    return history, Outlook(ratio[:, days:], np.zeros((count, HORIZON)), names, events)


def _by_period(shop: Shop, steps: list[int], seed: int) -> Iterator[tuple[int, Forecast]]:
    """Means of weeks or months by the engine of periods; the spread of their sums by its own past forecasts."""
    span = shop.span
    intervals = tuple(sorted({lead + span.review for lead in span.lead}))
    first = max(LEAST_KNOWN, steps[0] - TRIALS)
    means: dict[int, Floats] = {}
    for step in [*range(first, steps[0]), *steps]:
        known = shop.quantity[:, : step + 1]
        means[step] = forecast_periods(known, horizon=max(intervals), season=span.season, seed=seed).mean
        if step >= steps[0]:
            yield step, _with_spread(shop, step, means, intervals, seed)


def _with_spread(shop: Shop, step: int, means: dict[int, Floats], intervals: tuple[int, ...], seed: int) -> Forecast:
    """Negative binomial of each sum, recalibrated, from what became of the forecasts before ``step``."""
    levels = ForecastSettings().levels
    ends = np.array(intervals) - 1
    tried = [origin for origin in means if origin < step]
    past = np.maximum(np.stack([np.cumsum(means[o], axis=1)[:, ends] for o in tried], axis=1), 1e-6)
    actual = np.stack([_sums(shop.quantity[:, : step + 1], o, intervals) for o in tried], axis=1)
    rate = past[:, -1, -1] / intervals[-1]
    spread = fit_dispersion(past, actual, rate_classes(rate))
    draw = np.random.default_rng([seed, step]).random(past.shape)
    known = shop.quantity[:, : step + 1]
    own = fit_own_error(known, np.ones(known.shape), np.full(len(known), SMOOTHING), intervals)
    without = blended(past, spread.without, own.square[:, None], own.weight[:, None])
    found = transform(actual, past, without, draw)
    of_trial = rate_classes(past / np.array(intervals))
    chance = level_map(found, of_trial, levels, classes=RATE_CLASSES)
    mean = np.maximum(means[step], 0.0)
    mu = np.cumsum(mean, axis=1)[:, ends]
    asked = chance[rate_classes(mu / np.array(intervals)), np.arange(ends.size)]
    dispersion = blended(mu, spread.row, own.square, own.weight)
    quantile = interval_quantiles(mu, dispersion, asked)
    quantile = np.maximum.accumulate(np.maximum.accumulate(quantile, axis=1), axis=2)
    count = len(shop.items)
    return Forecast(
        origin=shop.first_day + np.timedelta64(step, "D"),
        mean=mean,
        variance=mean + dispersion[:, :1] * mean**2,
        protection_days=intervals,
        levels=levels,
        mu=mu,
        k=sizes(dispersion),
        quantile=quantile,
        coverage=np.full((ends.size, len(levels)), np.nan),
        model=("periods",) * count,
        why=("",) * count,
    )


def _sums(quantity: Floats, origin: int, intervals: tuple[int, ...]) -> Floats:
    """Demand [N,P] of the intervals after ``origin``; NaN where they are not over yet or the item was not on sale."""
    out = np.full((quantity.shape[0], len(intervals)), np.nan)
    for p, length in enumerate(intervals):
        if origin + length < quantity.shape[1]:
            out[:, p] = quantity[:, origin + 1 : origin + 1 + length].sum(axis=1)
    return out
