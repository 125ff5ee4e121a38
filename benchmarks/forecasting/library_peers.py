"""Peers from forecasting libraries, one series at a time as they are usually called."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from benchmarks.forecasting.case import Answer, Floats, Known
from benchmarks.forecasting.simple_peers import count_quantiles

__all__ = ["prophet", "series_of", "statsforecast_peer", "statsmodels_ets"]

LONGEST_ETS_SEASON = 24
LEAST_SEASONS = 2
DAY_SEASONS_OF_HOURS = (24, 168)
HALF_WIDTH = 90
FREQUENCY = {"day": "D", "week": "W", "month": "MS", "hour": "h"}
Method = Callable[[Known, tuple[float, ...], int], Answer]


def statsforecast_peer(model_name: str, *, counts: bool = False) -> Method:
    """A model of statsforecast; ``counts`` puts negative binomials about its mean.

    Without ``counts`` only AutoETS gives quantiles: normal ones, from its prediction intervals.
    """

    def run(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
        intervals = [HALF_WIDTH] if model_name == "AutoETS" else None
        mean = np.empty((known.quantity.shape[0], known.horizon))
        deviation = np.full(mean.shape, np.nan)
        faults = 0
        for row, series in enumerate(series_of(known)):
            try:
                with warnings.catch_warnings(), redirect_stdout(sys.stderr):  # some print; stdout is for the rows
                    warnings.simplefilter("ignore")  # remarks on convergence; the measures judge the result
                    found = _model(model_name, known, series.size).forecast(y=series, h=known.horizon, level=intervals)
                mean[row] = found["mean"]
                if intervals:
                    deviation[row] = (found[f"hi-{HALF_WIDTH}"] - mean[row]) / norm.ppf(0.5 + HALF_WIDTH / 200)
            except Exception:  # noqa: BLE001 - the libraries raise anything on a series they cannot fit
                mean[row] = np.nan
            if not np.all(np.isfinite(mean[row])):
                faults += 1
                mean[row], deviation[row] = _last_season(series, known), 0.0
        _say(model_name, faults)
        mean = np.maximum(mean, 0.0)
        quantile = None
        if counts:
            quantile = count_quantiles(known, mean, levels)
        elif intervals:
            quantile = np.maximum(mean[:, :, None] + norm.ppf(levels) * np.nan_to_num(deviation)[:, :, None], 0.0)
        return Answer(mean, quantile, np.arange(mean.shape[0]))

    return run


def _model(name: str, known: Known, size: int) -> Any:
    from statsforecast import models

    model = getattr(models, name)
    if name in {"ADIDA", "IMAPA", "CrostonSBA"}:
        return model()
    season = known.season if size >= LEAST_SEASONS * known.season else 1
    if name == "MSTL":
        if season == 1:  # what is left of it without a season: exponential smoothing of the trend
            return models.AutoETS(season_length=1)
        both = known.step == "hour" and size >= LEAST_SEASONS * max(DAY_SEASONS_OF_HOURS)
        return model(season_length=list(DAY_SEASONS_OF_HOURS) if both else season)
    if name == "AutoETS" and season > LONGEST_ETS_SEASON:
        season = 1
    return model(season_length=season)


def statsmodels_ets(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Holt-Winters of statsmodels: damped trend and additive season."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    mean = np.empty((known.quantity.shape[0], known.horizon))
    faults = 0
    for row, series in enumerate(series_of(known)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # remarks on convergence; the measures judge the result
                model = ExponentialSmoothing(
                    series, trend="add", damped_trend=True, seasonal="add", seasonal_periods=known.season
                )
                mean[row] = np.maximum(model.fit().forecast(known.horizon), 0.0)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            faults += 1
            mean[row] = _last_season(series, known)
    _say("statsmodels_ets", faults)
    return Answer(mean, None, np.arange(mean.shape[0]))


def prophet(known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """Prophet with the promotion and the events as regressors. Raises ImportError without the extra."""
    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True  # a line a series; it resets its own level when it is loaded
    steps = known.quantity.shape[1]
    dates = pd.date_range(known.first_day, periods=steps + known.horizon, freq=FREQUENCY[known.step])
    mean = np.empty((known.quantity.shape[0], known.horizon))
    for row in range(mean.shape[0]):
        frame = pd.DataFrame({"ds": dates, "promo": known.promo[row]})
        for number, name in enumerate(known.event_names):
            frame[name] = known.events[known.event_group[row], number]
        past = frame.iloc[:steps].assign(y=known.quantity[row])
        past = past[past["y"].notna()]
        model = Prophet(uncertainty_samples=0, daily_seasonality=False)
        for name in ("promo", *known.event_names):
            if past[name].nunique() > 1:
                model.add_regressor(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pandas' remarks on how prophet uses it
            ahead = model.fit(past).predict(frame.iloc[steps:])
        mean[row] = np.maximum(ahead["yhat"].to_numpy(dtype=np.float64), 0.0)
    return Answer(mean, None, np.arange(mean.shape[0]))


def series_of(known: Known) -> list[Floats]:
    """Each series from its first known step on; a gap takes the value of a season before, 0 where there is none."""
    found = []
    for values in known.quantity:
        known_steps = np.flatnonzero(np.isfinite(values))
        series = values[known_steps[0] :].copy() if known_steps.size else np.zeros(1)
        for gap in np.flatnonzero(~np.isfinite(series)):
            series[gap] = series[gap - known.season] if gap >= known.season else 0.0
        found.append(series)
    return found


def _last_season(series: Floats, known: Known) -> Floats:
    """What takes the place of a forecast that a library did not give."""
    season = min(known.season, series.size)
    return series[-season:][np.arange(known.horizon) % season]


def _say(name: str, faults: int) -> None:
    if faults:
        print(f"{name}: no forecast of {faults} series; the last season again", file=sys.stderr)
