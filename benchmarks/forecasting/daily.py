"""Tasks from the daily retail series: days ahead, lead times, many series."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.case import JUDGED_LEVELS, Case, Floats, Ints, Known
from benchmarks.forecasting.plain import wide

__all__ = ["WINDOW", "Daily", "known_at", "lead_time_cases", "m5_daily_cases", "read_daily", "scale_cases"]

WINDOW = 28
LEAD_TIMES = (7, 14)
LEAD_TIME_ORIGINS = (168, 140, 112, 84, 56, 42, 28, 14)
"""Days before the end: four origins whose fortnights fill the last 56 days, and four earlier ones."""
POINT = ("wrmsse", "rmsse", "wape", "bias_pct")
SPREAD = ("scaled_pinball", "coverage", "pit_error")


@dataclass(frozen=True, slots=True)
class Daily:
    """The daily set: ``quantity`` [N,T], ``price`` [N,D] and ``events`` [G,E,D], where D reaches 28 days past T."""

    series: tuple[str, ...]
    quantity: Floats
    price: Floats
    event_names: tuple[str, ...]
    events: Floats
    group: Ints
    first_day: np.datetime64


def read_daily(folder: Path) -> Daily:
    """The daily set of a folder; a group is a department in a store, whose state grants food stamps (snap)."""
    calendar = pd.read_parquet(folder / "m5_calendar.parquet").sort_values("date")
    names, dates, quantity = wide(pd.read_parquet(folder / "m5_daily.parquet"), "unique_id", "ds", "y")
    prices = pd.read_parquet(folder / "m5_weekly_prices.parquet")
    by_week = prices.pivot(index="unique_id", columns="wm_yr_wk", values="sell_price").reindex(names)
    price = by_week.reindex(columns=calendar["wm_yr_wk"]).to_numpy(dtype=np.float64)
    # FOODS_3_001_TX_3: department FOODS_3, item 001, state TX, store 3
    places = ["_".join((*name.split("_")[:2], *name.split("_")[3:])) for name in names]
    kinds, group = np.unique(places, return_inverse=True)
    event_names, shared = _events(calendar)
    snap = np.stack([calendar[f"snap_{kind.split('_')[2]}"].to_numpy(dtype=np.float64) for kind in kinds])
    events = np.concatenate([np.repeat(shared[None], len(kinds), axis=0), snap[:, None, :]], axis=1)
    return Daily(
        series=tuple(names),
        quantity=np.where(np.isnan(price[:, : len(dates)]), np.nan, quantity),
        price=price,
        event_names=(*event_names, "snap"),
        events=events,
        group=group.astype(np.int64),
        first_day=np.datetime64(dates[0], "D"),
    )


def _events(calendar: pd.DataFrame) -> tuple[tuple[str, ...], Floats]:
    columns = [calendar[name].fillna("").to_numpy(dtype=str) for name in ("event_name_1", "event_name_2")]
    names = tuple(sorted({str(name) for column in columns for name in column} - {""}))
    days = [np.logical_or.reduce([column == name for column in columns]) for name in names]
    return names, np.array(days, dtype=np.float64).reshape(len(names), len(calendar))


def known_at(daily: Daily, origin: int, horizon: int, lead_times: tuple[int, ...] = ()) -> Known:
    """What was known after ``origin`` days."""
    end = origin + horizon
    recent = slice(max(0, origin - WINDOW), origin)
    sold = np.nan_to_num(daily.quantity[:, recent] * daily.price[:, recent])
    rows = len(daily.series)
    return Known(
        series=daily.series,
        step="day",
        season=7,
        quantity=daily.quantity[:, :origin],
        in_stock=np.ones((rows, origin), dtype=np.bool_),
        price=daily.price[:, :end],
        promo=np.broadcast_to(np.float64(0.0), (rows, end)),
        event_names=daily.event_names,
        events=daily.events[:, :, :end],
        event_group=daily.group,
        group=daily.group,
        value=sold.sum(axis=1),
        first_day=daily.first_day,
        horizon=horizon,
        lead_times=lead_times,
    )


def m5_daily_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """28 days from each of two origins: the last two windows of 28 days."""
    daily = read_daily(folder)
    for back in (2 * WINDOW, WINDOW):
        origin = daily.quantity.shape[1] - back
        name = f"origin_{daily.first_day + origin}"
        yield Case(
            suite="m5_daily",
            name=name,
            labels=(name, "all_origins"),
            known=known_at(daily, origin, WINDOW),
            actual=daily.quantity[:, origin : origin + WINDOW],
            metrics=(*POINT, *SPREAD),
        )


def lead_time_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """Demand summed over 7 and 14 days from eight origins, pooled by lead time."""
    daily = read_daily(folder)
    longest = max(LEAD_TIMES)
    for back in LEAD_TIME_ORIGINS:
        origin = daily.quantity.shape[1] - back
        yield Case(
            suite="m5_lead_time",
            name=f"origin_{daily.first_day + origin}",
            labels=tuple(f"lead_time_{days}_days" for days in LEAD_TIMES),
            known=known_at(daily, origin, longest, LEAD_TIMES),
            actual=daily.quantity[:, origin : origin + longest],
            metrics=SPREAD,
        )


def scale_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """``size`` series made of the given ones by a seeded rule, which is printed; judged by cost alone."""
    daily = read_daily(folder)
    count = len(daily.series)
    print(
        f"scale: series i of {size} is series i mod {count}, times the i-th of exp(0.5 z) with standard normal z,"
        f" rounded up with the chance of its fraction; both drawn from numpy default_rng({seed})",
        file=sys.stderr,
    )
    random = np.random.default_rng(seed)
    factor = np.exp(0.5 * random.standard_normal(size))
    source = np.arange(size) % count
    quantity = daily.quantity[source]
    for start in range(0, size, 1000):  # in slices: no second copy of all series
        part = quantity[start : start + 1000]
        part *= factor[start : start + 1000, None]
        part += random.random(part.shape)
        np.floor(part, out=part)
    tiled = replace(
        daily,
        series=tuple(f"{daily.series[of]}_{number}" for number, of in enumerate(source)),
        quantity=quantity,
        price=daily.price[source],
        group=daily.group[source],
    )
    days = quantity.shape[1]
    name = f"{size}_series_x_{days}_days"
    actual = np.full((size, max(LEAD_TIMES)), np.nan)
    known = known_at(tiled, days, max(LEAD_TIMES), LEAD_TIMES)
    yield Case("scale", name, (name,), known, actual, ("wall_seconds", "peak_mb"), JUDGED_LEVELS)
