"""A small folder of demand files with seeded contents, shaped as the public ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.forecasting.case import Floats, Ints

__all__ = ["write_folder"]

DAYS = 800
AHEAD = 28
ITEMS = 8
WEEK = np.array([0.8, 0.8, 0.9, 1.0, 1.2, 1.3, 1.0])
FIRST = "2014-01-04"
"""A Saturday, on which a week of the daily set begins."""


def write_folder(folder: Path, seed: int) -> None:
    """Write every file of every suite."""
    random = np.random.default_rng(seed)
    _write_daily(folder, random)
    _write_months(folder, random)
    _write_stores(folder, random)
    names, values = _seasonal(random, rows=6, steps=90 + 18, season=12)
    _competition(names, values, 18).assign(period="MONTHLY").to_parquet(folder / "m3.parquet")
    theta = pd.DataFrame(np.repeat(values[:, 89:90], 18, axis=1), columns=[str(step) for step in range(18)])
    theta.insert(0, "unique_id", names)
    theta.assign(method="THETA").to_parquet(folder / "m3_published_forecasts.parquet")
    for suite, season, steps, ahead in (("m4_weekly", 52, 170, 13), ("m4_hourly", 24, 400, 48)):
        table = _competition(*_seasonal(random, rows=3, steps=steps + ahead, season=season), ahead)
        for part in ("train", "test"):
            kept = table[table["split"] == part].drop(columns="split")
            kept.to_parquet(folder / f"{suite}_{part}.parquet", index=False)


def _write_daily(folder: Path, random: np.random.Generator) -> None:
    dates = pd.date_range(FIRST, periods=DAYS + AHEAD, freq="D")
    week = 11_301 + np.arange(dates.size) // 7
    calendar = pd.DataFrame({"date": dates, "wm_yr_wk": week, "event_name_1": None, "event_name_2": None})
    calendar.loc[(dates.month == 12) & (dates.day == 25), "event_name_1"] = "Christmas"
    for state in ("CA", "TX"):
        calendar[f"snap_{state}"] = (dates.day <= 10).astype(np.int64)
    calendar.to_parquet(folder / "m5_calendar.parquet", index=False)
    states = ["CA_1", "TX_1"]
    names = [f"FOODS_{1 + item % 2}_{item:03d}_{states[item % 2]}" for item in range(ITEMS)]
    rate = np.exp(random.uniform(np.log(0.4), np.log(12.0), ITEMS))[:, None] * WEEK[dates.dayofweek][None, :DAYS]
    quantity = random.negative_binomial(3, 3 / (3 + rate))
    quantity[0, :140] = 0  # not yet on sale
    _long(names, dates[:DAYS], quantity, "y").to_parquet(folder / "m5_daily.parquet", index=False)
    weeks = np.unique(week)
    prices = _long(names, weeks, np.repeat(random.uniform(1, 9, (ITEMS, 1)), weeks.size, axis=1), "sell_price")
    prices = prices.rename(columns={"ds": "wm_yr_wk"})
    late = (prices["unique_id"] == names[0]) & (prices["wm_yr_wk"] < week[140])
    prices[~late].to_parquet(folder / "m5_weekly_prices.parquet", index=False)


def _write_months(folder: Path, random: np.random.Generator) -> None:
    months = pd.date_range("2011-01-01", periods=52, freq="MS")
    parts = random.negative_binomial(1, 0.6, (6, 51)).astype(np.float64)
    parts[0, :9] = np.nan
    _long([f"P{row}" for row in range(6)], months[:51], parts, "y").to_parquet(folder / "carparts_monthly.parquet")
    sales = random.poisson(40.0, (6, 52))
    _long([f"FOODS_1_{row:03d}_CA_1" for row in range(6)], months, sales, "y").to_parquet(folder / "m5_monthly.parquet")


def _write_stores(folder: Path, random: np.random.Generator) -> None:
    dates = pd.date_range(FIRST, periods=500, freq="D")
    promo = (np.arange(500) // 5 % 3 == 0).astype(np.int64)
    level = np.array([4000.0, 5000.0, 7000.0])[:, None] * WEEK[dates.dayofweek] * (1 + 0.3 * promo)
    table = _long([3, 4, 7], dates, np.rint(level * random.lognormal(0, 0.1, level.shape)).astype(np.int64), "Sales")
    table = table.rename(columns={"unique_id": "Store", "ds": "Date"})
    table["Promo"] = np.tile(promo, 3)
    table["StateHoliday"] = "0"
    table["SchoolHoliday"] = (table["Date"].dt.month == 7).astype(np.int64)
    holiday = (table["Date"].dt.month == 5) & (table["Date"].dt.day == 1)
    table = table[(table["Date"].dt.dayofweek != 6) & ~holiday]
    table.to_parquet(folder / "rossmann_daily.parquet", index=False)
    pd.DataFrame({"Store": [3, 4, 7], "StoreType": ["a", "a", "b"]}).to_parquet(folder / "rossmann_store.parquet")


def _seasonal(random: np.random.Generator, *, rows: int, steps: int, season: int) -> tuple[list[str], Floats]:
    wave = 1 + 0.3 * np.sin(2 * np.pi * np.arange(steps) / season)
    values = 1000 * wave * (1 + 0.002 * np.arange(steps)) * random.lognormal(0, 0.05, (rows, steps))
    return [f"N{row:04d}" for row in range(rows)], values


def _competition(names: list[str], values: Floats, ahead: int) -> pd.DataFrame:
    table = _long(names, np.arange(1, values.shape[1] + 1), values, "y").rename(columns={"ds": "t"})
    return table.assign(split=np.where(table["t"] > values.shape[1] - ahead, "test", "train"))


def _long(names: Sequence[object], times: Any, values: Floats | Ints, of: str) -> pd.DataFrame:
    series, steps = np.repeat(np.array(names), len(times)), np.tile(times, len(names))
    return pd.DataFrame({"unique_id": series, "ds": steps, of: values.ravel()})
