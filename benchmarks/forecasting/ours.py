"""The one place where the benchmark calls the project's own forecasts."""

from __future__ import annotations

import numpy as np

from benchmarks.forecasting.case import Answer, Floats, Known
from forecasts import Forecast, History, Outlook, Request, fit, predict
from forecasts.periods import forecast_periods

__all__ = ["forecast_days", "ours"]

SERVICE_LEVEL = 0.95
WEEK_HOURS = 168


def ours(known: Known, levels: tuple[float, ...], seed: int) -> Answer | None:
    """Fit and forecast at one origin: days by the engine of days, other steps by that of periods."""
    rows = np.arange(known.quantity.shape[0])
    if known.step != "day":
        season = _seasons(known)
        found = forecast_periods(known.quantity, horizon=known.horizon, season=season, levels=levels or None, seed=seed)
        return Answer(found.mean, found.quantile, rows)
    made = forecast_days(known, levels, seed)
    return Answer(made.mean, made.quantile if known.lead_times else made.day_quantile, rows)


def forecast_days(known: Known, levels: tuple[float, ...], seed: int, method: str = "auto") -> Forecast:
    """Fit and forecast days at one origin by ``method`` of ``forecast.method``."""
    count, steps = known.quantity.shape
    ratio = _price_ratio(known.price, steps)
    history = History(
        quantity=known.quantity,
        in_stock=known.in_stock,
        price_ratio=ratio[:, :steps],
        promo=known.promo[:, :steps],
        first_day=known.first_day,
        group=known.group,
        unit_value=np.maximum(known.value, 1.0),
    )
    outlook = Outlook(ratio[:, steps:], known.promo[:, steps:], known.event_names, _group_events(known))
    request = Request(
        horizon=known.horizon,
        protection_days=known.lead_times or (7, known.horizon),
        levels=levels,
        service_level=np.full(count, SERVICE_LEVEL),
        method=method,
        seed=seed,
    )
    return predict(fit(history, outlook, request), history, outlook, request)


def _seasons(known: Known) -> int | tuple[int, ...]:
    """Hours repeat after a day and after a week."""
    return (known.season, WEEK_HOURS) if known.step == "hour" else known.season


def _price_ratio(price: Floats, steps: int) -> Floats:
    """Price over the median of the known past, [N,T+H]; 1 where no price is known."""
    known = np.isfinite(price[:, :steps]).any(axis=1)
    if not known.any():
        return np.ones(price.shape)
    usual = np.ones(price.shape[0])
    usual[known] = np.nanmedian(price[known, :steps], axis=1)
    return np.where(np.isfinite(price), price / np.where(usual > 0, usual, 1.0)[:, None], 1.0)


def _group_events(known: Known) -> Floats:
    """Share of each category's series that an event touches, [G,E,T+H]."""
    groups = int(known.group.max()) + 1
    share = np.zeros((groups, int(known.event_group.max()) + 1))
    np.add.at(share, (known.group, known.event_group), 1.0)
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(np.einsum("gh,hed->ged", share, known.events[: share.shape[1]]))
