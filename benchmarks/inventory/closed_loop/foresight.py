"""What our forecasts say on each order day, from the days before it alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.inventory.closed_loop.shop import Flags, Floats, Shop
from forecasts import Forecast, History, Outlook, Recipe, Request, fit, predict
from forecasts.lead_time import sizes
from forecasts.periods import forecast_periods, forecast_sums
from supplychain.handover.forecasting import PROTECTION_GRID_DAYS
from supplychain.scenario.settings import ForecastSettings

__all__ = ["foresight"]

HORIZON = 28
RENEWED_EVERY = 7
"""Days after which what was learnt is learnt again."""
TRIALS = 12
"""Steps before the loop from which forecasts are tried."""
LEAST_KNOWN = 8


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
    """Sums of weeks or months by the engine of periods, whose own past forecasts tell how far they err."""
    span = shop.span
    intervals = tuple(sorted({lead + span.review for lead in span.lead}))
    first = max(LEAST_KNOWN, steps[0] - TRIALS)
    means: dict[int, Floats] = {}
    for step in [*range(first, steps[0]), *steps]:
        known = shop.quantity[:, : step + 1]
        means[step] = forecast_periods(known, horizon=max(intervals), season=span.season, seed=seed).mean
        if step >= steps[0]:
            yield step, _of_sums(shop, step, means, intervals, seed)


def _of_sums(shop: Shop, step: int, means: dict[int, Floats], intervals: tuple[int, ...], seed: int) -> Forecast:
    """The forecast of sums as the product's policy reads it; steps of an interval share its mean."""
    levels = ForecastSettings().levels
    sums = forecast_sums(
        shop.quantity[:, : step + 1], means, intervals=intervals, levels=levels, season=shop.span.season, seed=seed
    )
    count = len(shop.items)
    each = np.diff(sums.mu, axis=1, prepend=0.0) / np.diff(intervals, prepend=0)
    mean = np.maximum(np.repeat(each, np.diff(intervals, prepend=0), axis=1), 0.0)
    return Forecast(
        origin=shop.first_day + np.timedelta64(step, "D"),
        mean=mean,
        variance=mean + sums.dispersion[:, :1] * mean**2,
        protection_days=intervals,
        levels=levels,
        mu=sums.mu,
        k=sizes(sums.dispersion),
        quantile=sums.quantile,
        coverage=np.full((len(intervals), len(levels)), np.nan),
        model=("periods",) * count,
        why=("",) * count,
    )
