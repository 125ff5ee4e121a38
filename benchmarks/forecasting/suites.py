"""The suites by name, and the files that each is read from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.forecasting.case import Case
from benchmarks.forecasting.censoring import censoring_cases
from benchmarks.forecasting.daily import lead_time_cases, m5_daily_cases, scale_cases
from benchmarks.forecasting.periods import (
    carparts_cases,
    m3_cases,
    m4_hourly_cases,
    m4_weekly_cases,
    m5_monthly_cases,
    rossmann_cases,
)

__all__ = ["SUITES", "Suite"]


@dataclass(frozen=True, slots=True)
class Suite:
    """How a suite's cases are read from a folder (by a seed and a number of series), and the files this needs."""

    cases: Callable[[Path, int, int], Iterator[Case]]
    files: tuple[str, ...]

    def absent(self, folder: Path) -> list[str]:
        """Files of the suite that the folder does not hold."""
        return [name for name in self.files if not (folder / name).is_file()]


_DAILY = ("m5_daily.parquet", "m5_calendar.parquet", "m5_weekly_prices.parquet")
SUITES = {
    "m5_daily": Suite(m5_daily_cases, _DAILY),
    "m5_lead_time": Suite(lead_time_cases, _DAILY),
    "m3": Suite(m3_cases, ("m3.parquet", "m3_published_forecasts.parquet")),
    "m4_weekly": Suite(m4_weekly_cases, ("m4_weekly_train.parquet", "m4_weekly_test.parquet")),
    "m4_hourly": Suite(m4_hourly_cases, ("m4_hourly_train.parquet", "m4_hourly_test.parquet")),
    "carparts": Suite(carparts_cases, ("carparts_monthly.parquet",)),
    "rossmann": Suite(rossmann_cases, ("rossmann_daily.parquet", "rossmann_store.parquet")),
    "m5_monthly": Suite(m5_monthly_cases, ("m5_monthly.parquet",)),
    "censoring": Suite(censoring_cases, _DAILY),
    "scale": Suite(scale_cases, _DAILY),
}
"""The largest comes last: the memory that a row shows is the most so far."""
