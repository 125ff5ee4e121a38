"""Tasks of months, weeks, hours and of stores: competitions, car parts, monthly retail, drug stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.case import Case, Floats
from benchmarks.forecasting.naive2 import naive2
from benchmarks.forecasting.plain import plain, ragged, wide

__all__ = ["carparts_cases", "m3_cases", "m4_hourly_cases", "m4_weekly_cases", "m5_monthly_cases", "rossmann_cases"]

UNDATED = np.datetime64("2000-01-01", "D")
"""First day given to series whose source dates nothing."""
YEAR = 12
ROSSMANN_DAYS = 42
SUNDAY = 6
COMPETITION = ("owa", "smape", "mase", "bias_pct")


def m3_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """The monthly series of the M3 competition, 18 months ahead."""
    table = pd.read_parquet(folder / "m3.parquet")
    table = table[table["period"].str.upper() == "MONTHLY"]
    names = sorted(table["unique_id"].unique())
    quantity, actual = (ragged(table[table["split"] == part], names) for part in ("train", "test"))
    published = pd.read_parquet(folder / "m3_published_forecasts.parquet").set_index("unique_id")
    theta = published[published["method"] == "THETA"].drop(columns="method").reindex(names)
    known = plain(names, quantity, step="month", season=YEAR, horizon=actual.shape[1], first_day=UNDATED)
    yield Case(
        suite="m3",
        name="monthly",
        labels=("monthly",),
        known=known,
        actual=actual,
        metrics=COMPETITION,
        score_season=YEAR,
        published={
            "naive2": naive2(quantity, actual.shape[1], YEAR),
            "theta_published": theta.to_numpy(dtype=np.float64)[:, : actual.shape[1]],
        },
    )


def m4_weekly_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """The weekly series of the M4 competition, whose rules score them without a season."""
    yield _m4(folder, "m4_weekly", "week", season=52, score_season=1)


def m4_hourly_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """The hourly series of the M4 competition."""
    yield _m4(folder, "m4_hourly", "hour", season=24, score_season=24)


def _m4(folder: Path, suite: str, step: str, *, season: int, score_season: int) -> Case:
    train, test = (pd.read_parquet(folder / f"{suite}_{part}.parquet") for part in ("train", "test"))
    names = sorted(train["unique_id"].unique())
    quantity, actual = ragged(train, names), ragged(test, names)
    name = f"{step}s"
    return Case(
        suite=suite,
        name=name,
        labels=(name,),
        known=plain(names, quantity, step=step, season=season, horizon=actual.shape[1], first_day=UNDATED),
        actual=actual,
        metrics=COMPETITION,
        score_season=score_season,
        published={"naive2": naive2(quantity, actual.shape[1], score_season)},
    )


def carparts_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """Spare parts: quantiles of each of the last twelve months."""
    table = pd.read_parquet(folder / "carparts_monthly.parquet")
    yield _months("carparts", table, drop=0, metrics=("scaled_pinball", "coverage", "pit_error", "wape", "bias_pct"))


def m5_monthly_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """Retail items by month: the last twelve full months; the first and the last month of the set are partial."""
    table = pd.read_parquet(folder / "m5_monthly.parquet")
    yield _months("m5_monthly", table, drop=1, metrics=("wape", "rmsse", "bias_pct", "peak_mb"))


def _months(suite: str, table: pd.DataFrame, *, drop: int, metrics: tuple[str, ...]) -> Case:
    names, months, values = wide(table, "unique_id", "ds", "y")
    stop = values.shape[1] - drop
    quantity, actual = values[:, drop : stop - YEAR], values[:, stop - YEAR : stop]
    name = f"origin_{months[stop - YEAR]:%Y-%m}"
    first = np.datetime64(months[drop], "D")
    known = plain(names, quantity, step="month", season=YEAR, horizon=YEAR, first_day=first)
    return Case(suite=suite, name=name, labels=(name,), known=known, actual=actual, metrics=metrics)


def rossmann_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """Daily sales of stores over the last 42 days; promotions, school holidays and closed days are known ahead."""
    table = pd.read_parquet(folder / "rossmann_daily.parquet")
    names, dates, sales = _by_day(table, "Sales")
    school = np.nan_to_num(_by_day(table, "SchoolHoliday")[2])
    kept = np.isfinite(_by_day(table.assign(Kept=np.where(table["StateHoliday"] == "0", np.nan, 1.0)), "Kept")[2])
    # A promotion is of the whole chain; a closed store has no line that says so.
    promo = np.broadcast_to(np.nan_to_num(np.nanmax(_by_day(table, "Promo")[2], axis=0, initial=0.0)), sales.shape)
    holiday = ~np.isfinite(sales) & (dates.dayofweek.to_numpy() != SUNDAY)
    before = np.concatenate([holiday[:, 1:], np.zeros((len(names), 1), dtype=np.bool_)], axis=1)
    after = np.concatenate([np.zeros((len(names), 1), dtype=np.bool_), holiday[:, :-1]], axis=1)
    stores = pd.read_parquet(folder / "rossmann_store.parquet").set_index("Store")["StoreType"]
    kinds = stores.reindex([int(name) for name in names]).to_numpy(dtype=str)
    cut = sales.shape[1] - ROSSMANN_DAYS
    first = np.datetime64(dates[0], "D")
    known = plain(names, sales[:, :cut], step="day", season=7, horizon=ROSSMANN_DAYS, first_day=first)
    known = replace(
        known,
        promo=promo,
        event_names=("school_holiday", "open_on_holiday", "day_before_closed", "day_after_closed"),
        events=np.stack([school, kept, before, after], axis=1).astype(np.float64),
        event_group=np.arange(len(names), dtype=np.int64),
        group=np.unique(kinds, return_inverse=True)[1].astype(np.int64),
    )
    name = f"origin_{first + cut}"
    yield Case("rossmann", name, (name,), known, sales[:, cut:], ("wape", "rmspe", "bias_pct"))


def _by_day(table: pd.DataFrame, value: str) -> tuple[list[str], pd.DatetimeIndex, Floats]:
    """As ``wide``, on every day from the first to the last, also those on which all stores are closed."""
    names, dates, values = wide(table, "Store", "Date", value)
    every = pd.date_range(dates[0], dates[-1], freq="D")
    out = np.full((len(names), len(every)), np.nan)
    out[:, every.get_indexer(dates)] = values
    return names, every, out
