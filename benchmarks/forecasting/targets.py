"""What each figure should reach, in itself and beside a named peer."""

from __future__ import annotations

__all__ = ["MISSING_METRIC", "RATIOS", "is_floor", "target_of"]

_SHARES = {f"pit_error_{level}": 0.02 for level in (0.5, 0.8, 0.9, 0.95, 0.99)}
_LEAST = {"coverage_0.95": 0.94, "coverage_0.99": 0.98}
_NOMINAL = {f"coverage_{level}": level for level in (0.5, 0.8, 0.9, 0.95, 0.99)}
_RETAIL_SERIES = 30_490

_TARGETS: dict[str, dict[str, float]] = {
    "m5_daily": {"wrmsse": 0.815, "rmsse": 0.740, "scaled_pinball": 0.325, **_SHARES},
    "m5_lead_time/lead_time_7_days": {"scaled_pinball": 0.26, **_LEAST},
    "m5_lead_time/lead_time_14_days": {"scaled_pinball": 0.255, **_LEAST},
    "m3": {"owa": 0.815, "ms_per_series": 25.0},
    "m4_weekly": {"owa": 0.75},
    "m4_hourly": {"owa": 0.50},
    "carparts": {"scaled_pinball": 0.280, **_NOMINAL},
    "rossmann": {"wape": 0.090, "rmspe": 0.130},
    "m5_monthly": {"wape": 0.39, "ms_per_series": 60_000.0 / _RETAIL_SERIES, "peak_mb": 1500.0},
    "scale": {"wall_seconds": 600.0, "peak_mb": 6000.0},
    "censoring": {"bias_pct": 5.0, "lost_sales_error_pct": 15.0},
}

RATIOS: dict[str, tuple[tuple[str, str, float], ...]] = {
    "m5_daily": (
        ("wrmsse", "adida", 0.922),
        ("rmsse", "adida", 0.98),
        ("scaled_pinball", "empirical_112", 0.943),
        ("rmsse", "prophet", 0.92),
        ("ms_per_series", "prophet", 1 / 15),
        ("ms_per_series", "auto_arima", 1 / 200),
    ),
    "m5_lead_time/lead_time_7_days": (("scaled_pinball", "textbook_normal", 0.78),),
    "m5_lead_time/lead_time_14_days": (("scaled_pinball", "textbook_normal", 0.71),),
    "m3": (("owa", "theta_published", 0.955),),
    "m4_weekly": (("owa", "median_of_four", 0.96),),
    "carparts": (("scaled_pinball", "imapa", 0.955),),
    "rossmann": (("wape", "weekday_promo_mean", 0.90),),
    "m5_monthly": (("wape", "imapa", 0.915),),
}
"""By suite, or suite and instance: metric, peer, and what our figure over the peer's should be at most."""

MISSING_METRIC = {
    "m3": "owa",
    "m4_weekly": "owa",
    "m4_hourly": "owa",
    "carparts": "scaled_pinball",
    "m5_monthly": "wape",
}
"""The figure by which a suite is known, for the row that says that a method gives none."""


def target_of(suite: str, instance: str, metric: str) -> float | None:
    """What our figure should reach: at most, at least where ``is_floor``, in absolute value where it has a sign."""
    suites = (suite, f"{suite}/{instance}")
    for name in suites:
        for ratio, peer, most in RATIOS.get(name, ()):
            if metric == f"{ratio}_over_{peer}":
                return most
    found = _TARGETS.get(suites[0], {}) | _TARGETS.get(suites[1], {})
    if suite == "scale" and metric == "wall_seconds" and int(instance.split("_", maxsplit=1)[0]) > _RETAIL_SERIES:
        return 1800.0
    return found.get(metric)


def is_floor(metric: str) -> bool:
    """Whether more is better."""
    return metric.startswith("coverage")
