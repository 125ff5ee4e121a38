"""Nixtla's statsforecast models with a weekly season; imported only when asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecasts.censor import fill_gaps
from forecasts.naive import WEEK
from forecasts.protocol import Floats
from forecasts.regression import transformed
from forecasts.regressors import EVENT, PRICE, PROMOTION
from forecasts.row_model import Row
from forecasts.state_space import fit_sarimax

__all__ = ["auto_arima", "auto_ces", "auto_ets", "dynamic_optimized_theta", "holt_winters", "mstl"]


def _mean(model: Any, row: Row) -> Floats:
    return np.asarray(model.forecast(y=row.filled, h=row.horizon)["mean"], dtype=np.float64)


def auto_ets(row: Row) -> Floats:
    """Exponential smoothing state space model chosen by AICc (Hyndman et al. 2002)."""
    from statsforecast.models import AutoETS

    return _mean(AutoETS(season_length=WEEK), row)


def holt_winters(row: Row) -> Floats:
    """Level, trend and additive season, each smoothed (Holt 1957, Winters 1960)."""
    from statsforecast.models import HoltWinters

    return _mean(HoltWinters(season_length=WEEK, error_type="A"), row)


def auto_ces(row: Row) -> Floats:
    """Complex exponential smoothing, its season chosen by AICc (Svetunkov, Kourentzes and Ord 2022)."""
    from statsforecast.models import AutoCES

    return _mean(AutoCES(season_length=WEEK), row)


def dynamic_optimized_theta(row: Row) -> Floats:
    """Dynamic optimised theta model (Fiorucci et al. 2016)."""
    from statsforecast.models import DynamicOptimizedTheta

    return _mean(DynamicOptimizedTheta(season_length=WEEK), row)


def mstl(row: Row) -> Floats:
    """Season taken off by loess, the rest by exponential smoothing (Bandara, Hyndman and Bergmeir 2021)."""
    from statsforecast.models import MSTL

    return _mean(MSTL(season_length=WEEK), row)


def auto_arima(row: Row) -> Floats:
    """Seasonal ARIMA chosen by AICc (Hyndman and Khandakar 2008) of demand without price, promotion and events.

    Their effects are those of ``state_space.sarimax``: to estimate them anew for every order that is tried would take
    ten times as long.
    """
    from statsforecast.models import AutoARIMA

    found = fit_sarimax(row)
    effect = found.regressors.effect(found.coefficient, PRICE, PROMOTION, EVENT)
    z = transformed(row.quantity, found.scale, found.log) - effect[: row.days]
    model = AutoARIMA(season_length=WEEK, approximation=True)  # as R does on more than 150 observations
    ahead = model.forecast(y=fill_gaps(z, row.known), h=row.horizon)["mean"]
    return found.demand(ahead + effect[row.days :])
