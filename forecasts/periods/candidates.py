"""What each model says of one series: the forecasts that are then combined."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from forecasts.periods.complex_ import complex_smoothing
from forecasts.periods.descent import Seasoned
from forecasts.periods.lagged import lagged, lags_of
from forecasts.periods.season import seasonal_factors
from forecasts.periods.theta import theta
from forecasts.periods.winters import winters
from forecasts.protocol import Floats

__all__ = ["NAMES", "candidates"]

_IN_BOTH = ("theta", "damped_trend", "holt_winters", "autoregression", "seasonal_autoregression")
NAMES = (
    "seasonal_naive",
    "last_value",
    "complex_smoothing",
    *_IN_BOTH,
    *(f"{name}_of_logarithms" for name in _IN_BOTH),
)
EVALUATIONS, SEASONAL_EVALUATIONS = 150, 250
LARGEST_STEP = 3.0
"""A forecast goes beyond the extremes of the series by at most this many times their distance."""


def candidates(y: Floats, seasons: tuple[int, ...], horizon: int) -> Floats:
    """Forecasts [K,horizon] of ``y`` in the order of ``NAMES``; no gaps, at least one value, any scale.

    ``seasons`` ascend; those that the series is too short for are left out.
    """
    scale = float(np.abs(y).mean())
    if scale == 0.0 or np.ptp(y) == 0.0:
        return np.full((len(NAMES), horizon), y[-1])
    x = y / scale
    within = tuple(season for season in seasons if season > 1 and x.size >= 2 * season)
    factor = np.ones(x.size + horizon)
    if x.min() > 0:
        for season in within:
            index = seasonal_factors(x / factor[: x.size], season)
            factor *= index[np.arange(factor.size) % season]
    longest = within[-1] if within else 1
    level, ahead = x / factor[: x.size], factor[x.size :]
    out = np.empty((len(NAMES), horizon))
    out[0] = x[-longest:][np.arange(horizon) % longest]
    out[1] = level[-1] * ahead
    out[2] = complex_smoothing(level, horizon, EVALUATIONS) * ahead
    both = len(_IN_BOTH)
    for k, (made, seasonal) in enumerate(_models(level, x, within, horizon)):
        out[3 + k] = made if seasonal else made * ahead
    if x.min() > 0:
        for k, (made, seasonal) in enumerate(_models(np.log(level), np.log(x), within, horizon)):
            out[3 + both + k] = np.exp(np.minimum(made, 50.0)) * (1.0 if seasonal else ahead)
    else:
        out[3 + both :] = out[3 : 3 + both]
    room = LARGEST_STEP * float(np.ptp(x))
    lowest = max(0.0, x.min() - room) if x.min() >= 0 else x.min() - room
    return np.clip(np.where(np.isfinite(out), out, x[-1]), lowest, x.max() + room) * scale


def _models(level: Floats, x: Floats, seasons: tuple[int, ...], horizon: int) -> Iterator[tuple[Floats, bool]]:
    """Forecast, and whether it holds the season, of each of ``_IN_BOTH``; ``level`` is ``x`` without season."""
    yield theta(level, horizon, EVALUATIONS), False
    damped = winters(Seasoned(level, 1, 1), False, horizon, EVALUATIONS)
    yield damped, False
    first, second = (*seasons, 1, 1)[:2]
    if seasons:
        yield winters(Seasoned(x, first, second), second > 1, horizon, SEASONAL_EVALUATIONS), True
    else:
        yield damped, False
    lags = lags_of(seasons)
    for difference in (0, first if seasons else 1):
        made = lagged(x, lags, horizon, difference=difference)
        yield (damped, False) if made is None else (made, True)
