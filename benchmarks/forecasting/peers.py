"""Which peers run in which suite, and how many series a slow one is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.forecasting.case import Answer, Ints, Known
from benchmarks.forecasting.library_peers import Method, prophet, statsforecast_peer, statsmodels_ets
from benchmarks.forecasting.simple_peers import empirical_112, observed_mean, textbook_normal, weekday_promo_mean

__all__ = ["MEDIANS", "PEERS", "SUITE_PEERS", "median_of", "run_peer"]


@dataclass(frozen=True, slots=True)
class Peer:
    """A method and, where it is slow, the number of series of the seeded sample it is given."""

    method: Method
    sample: int | None = None


PEERS = {
    "seasonal_naive": Peer(statsforecast_peer("SeasonalNaive")),
    "adida": Peer(statsforecast_peer("ADIDA", counts=True)),
    "imapa": Peer(statsforecast_peer("IMAPA", counts=True)),
    "croston_sba": Peer(statsforecast_peer("CrostonSBA", counts=True)),
    "auto_ets": Peer(statsforecast_peer("AutoETS"), 1200),
    "auto_ces": Peer(statsforecast_peer("AutoCES"), 1200),
    "dynamic_optimized_theta": Peer(statsforecast_peer("DynamicOptimizedTheta"), 1200),
    "mstl": Peer(statsforecast_peer("MSTL"), 1200),
    "auto_arima": Peer(statsforecast_peer("AutoARIMA"), 8),
    "statsmodels_ets": Peer(statsmodels_ets, 100),
    "prophet": Peer(prophet, 100),
    "empirical_112": Peer(empirical_112),
    "textbook_normal": Peer(textbook_normal),
    "weekday_promo_mean": Peer(weekday_promo_mean),
    "observed_mean": Peer(observed_mean),
}
MEDIANS = {"median_of_four": ("auto_ets", "auto_ces", "dynamic_optimized_theta", "mstl")}
"""Medians, step by step, of peers that run anyway."""
_FOUR = ("seasonal_naive", *MEDIANS["median_of_four"])
SUITE_PEERS: dict[str, tuple[str, ...]] = {
    "m5_daily": (
        "seasonal_naive",
        "adida",
        "imapa",
        "croston_sba",
        "auto_ets",
        "dynamic_optimized_theta",
        "statsmodels_ets",
        "prophet",
        "auto_arima",
        "empirical_112",
        "textbook_normal",
    ),
    "m5_lead_time": ("textbook_normal", "empirical_112"),
    "m3": (*_FOUR, "statsmodels_ets", "prophet"),
    "m4_weekly": _FOUR,
    "m4_hourly": _FOUR,
    "carparts": ("seasonal_naive", "adida", "imapa", "croston_sba", "auto_ets"),
    "rossmann": ("seasonal_naive", "weekday_promo_mean", "auto_ets", "prophet"),
    "m5_monthly": ("seasonal_naive", "adida", "imapa", "croston_sba", "auto_ets", "dynamic_optimized_theta"),
    "scale": (),
    "censoring": ("observed_mean",),
}


def run_peer(name: str, known: Known, levels: tuple[float, ...], seed: int) -> Answer:
    """The peer's forecast, of its sample where it is given one: the same series at every origin."""
    peer, rows = PEERS[name], known.quantity.shape[0]
    if peer.sample is None or peer.sample >= rows:
        return peer.method(known, levels, seed)
    chosen: Ints = np.sort(np.random.default_rng(seed).choice(rows, peer.sample, replace=False))
    found = peer.method(known.of(chosen), levels, seed)
    return Answer(found.mean, found.quantile, chosen)


def median_of(parts: list[Answer]) -> Answer:
    """Median of the forecasts of the same series."""
    return Answer(np.median([part.mean for part in parts], axis=0), None, parts[0].rows)
