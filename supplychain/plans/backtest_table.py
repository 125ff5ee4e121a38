"""A backtest as tables that people and programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import pandas as pd

__all__ = ["BENCHMARKS", "SEGMENTS", "BacktestTable", "quantile_column"]

BENCHMARKS = ("seasonal_naive", "empirical_112")
"""What every method should beat: each weekday as it last was, and quantiles of the last 112 days."""

SEGMENTS = ("all", "service_class", "category", "pattern", "age", "rate", "origin", "protection_days")
"""What scores are split by; every one of them adds up to ``all``, by weight."""


@dataclass(frozen=True)
class BacktestTable:
    """Forecasts made at past origins, what came, and how good they were. ``origin`` is the last day known then.

    ``days``: method, item_id, site_id, origin, date, actual, mean, and a column for each level (``quantile_0.95``), in
    units; ``actual`` is missing on a day that was sold out or not known. ``intervals``: method, item_id, site_id,
    origin, protection_days, actual, expected, size (negative binomial k, infinite is Poisson) and the levels: demand
    over the interval, missing where one of its days is. ``rows``: each row, origin and method with its segments as
    known then, ``money`` (value at unit cost of what was sold in the 28 days before), and rmsse, mase, scaled_pinball,
    and absolute_error, error (forecast less demand) and demand in units over the known days.

    ``scores``: method, segment (one of ``SEGMENTS``), name, metric, value, weight (by which parts add up), n (cells),
    series. ``value_added``: method, segment, name, metric, against (one of ``BENCHMARKS``), loss, benchmark_loss,
    value_added (1 - loss / benchmark_loss). ``coverage``: method, protection_days, level, covered (share of sums at or
    below the quantile), reached (the same by randomised transform, for counts), pit_error (reached less level), n.
    ``errors``: the rows of the first method by money lost, largest first: rank, item_id, site_id, category,
    service_class, pattern, error_value (units misforecast over the windows, at unit cost), error_units, demand_units,
    bias (forecast less demand over demand), windows, finding (bias too high, bias too low, noise or one window),
    worst_window (first day of the one with the largest error) and worst_share of the error.
    """

    days: pd.DataFrame
    intervals: pd.DataFrame
    rows: pd.DataFrame
    scores: pd.DataFrame
    value_added: pd.DataFrame
    coverage: pd.DataFrame
    errors: pd.DataFrame

    def to_tables(self) -> dict[str, pd.DataFrame]:
        """Tables by the names under which the store keeps them."""
        return {f"backtest_{field.name}": getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_tables(cls, tables: Mapping[str, pd.DataFrame]) -> BacktestTable:
        """The inverse of ``to_tables``; raises KeyError naming a missing table."""
        return cls(**{field.name: tables[f"backtest_{field.name}"] for field in fields(cls)})


def quantile_column(level: float) -> str:
    """Column of the quantile at a level."""
    return f"quantile_{level:g}"
