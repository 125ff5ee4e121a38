"""Demand that an empty shelf hides: a simulated stock path over the daily series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.forecasting.case import Case, Flags, Floats, Ints
from benchmarks.forecasting.daily import WINDOW, known_at, read_daily

__all__ = ["censoring_cases", "stock_path"]

ORIGINS = (112, 84, 56, 28)
"""Days before the end."""
HIDDEN_SHARE = 0.2
LEAST_DAILY_DEMAND = 0.5
"""Units a day below which weekly deliveries of whole units cannot hide a fifth of the days."""
YEARS_DAYS = 728
"""Days without a gap that a series must have before the end."""
WEEK = 7
RECENT = 56
HALVINGS = 30


def censoring_cases(folder: Path, seed: int, size: int) -> Iterator[Case]:
    """28 days from four origins, on histories of which a simulated stock path hides a fifth of the days."""
    daily = read_daily(folder)
    days = daily.quantity.shape[1]
    busy = np.nanmean(daily.quantity[:, -364:], axis=1) >= LEAST_DAILY_DEMAND
    rows = np.flatnonzero(busy & np.isfinite(daily.quantity[:, -YEARS_DAYS:]).all(axis=1))
    sold, sold_out = stock_path(daily.quantity[rows], seed)
    for back in ORIGINS:
        origin = days - back
        ahead = slice(origin, origin + WINDOW)
        true = known_at(daily, origin, WINDOW).of(rows)
        yield Case(
            suite="censoring",
            name=f"origin_{daily.first_day + origin}",
            labels=("all_origins",),
            known=replace(true, quantity=sold[:, :origin], in_stock=~sold_out[:, :origin]),
            actual=daily.quantity[rows, ahead],
            metrics=("bias_pct", "lost_sales_error_pct"),
            sold=np.where(sold_out[:, ahead], sold[:, ahead], np.nan),
            unhidden=true.quantity,
        )


def stock_path(demand: Floats, seed: int) -> tuple[Floats, Flags]:
    """Sales [N,T] and days [N,T] on which the shelf was empty at the end, about a fifth of each series' days.

    Every week, on a weekday of its own that ``seed`` draws, a series is filled up to its mean demand of the last 56
    days times a factor; the factor is the one that leaves the shelf empty on the share of days wanted.
    """
    wanted = np.nan_to_num(demand)
    weekday = np.random.default_rng(seed).integers(0, WEEK, size=(demand.shape[0],))
    padded = np.concatenate([np.zeros((demand.shape[0], 1)), np.cumsum(wanted, axis=1)], axis=1)
    day = np.arange(demand.shape[1])
    first = np.maximum(0, day - RECENT)
    usual = WEEK * (padded[:, day] - padded[:, first]) / np.maximum(day - first, 1)
    low, high = np.zeros(demand.shape[0]), np.full(demand.shape[0], 10.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        _, empty = _live(wanted, np.ceil(middle[:, None] * usual), weekday)
        often = empty.mean(axis=1) > HIDDEN_SHARE
        low, high = np.where(often, middle, low), np.where(often, high, middle)
    sold, empty = _live(wanted, np.ceil(high[:, None] * usual), weekday)
    return np.where(np.isfinite(demand), sold, np.nan), empty


def _live(demand: Floats, level: Floats, weekday: Ints) -> tuple[Floats, Flags]:
    stock = level[:, 0].copy()
    sold = np.zeros_like(demand)
    empty = np.zeros(demand.shape, dtype=np.bool_)
    for day in range(demand.shape[1]):
        stock = np.where(day % WEEK == weekday, np.maximum(stock, level[:, day]), stock)
        sold[:, day] = np.minimum(stock, demand[:, day])
        stock = stock - sold[:, day]
        empty[:, day] = stock <= 0
    return sold, empty
