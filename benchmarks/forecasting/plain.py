"""Series of which nothing but the quantity is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from benchmarks.forecasting.case import Floats, Known

__all__ = ["plain", "ragged", "wide"]


def plain(
    series: Sequence[str], quantity: Floats, *, step: str, season: int, horizon: int, first_day: np.datetime64
) -> Known:
    """No price, promotion or event; every series a category of its own kind of one."""
    rows, steps = quantity.shape
    return Known(
        series=tuple(series),
        step=step,
        season=season,
        quantity=quantity,
        in_stock=np.ones(quantity.shape, dtype=np.bool_),
        price=np.full((rows, steps + horizon), np.nan),
        promo=np.zeros((rows, steps + horizon)),
        event_names=(),
        events=np.zeros((1, 0, steps + horizon)),
        event_group=np.zeros(rows, dtype=np.int64),
        group=np.zeros(rows, dtype=np.int64),
        value=np.ones(rows),
        first_day=first_day,
        horizon=horizon,
    )


def wide(frame: pd.DataFrame, series: str, time: str, value: str) -> tuple[list[str], pd.DatetimeIndex, Floats]:
    """Names [N], dates [T] and values [N,T] of a table of one line a series and date; absent cells are NaN."""
    table = frame.assign(**{series: frame[series].astype(str)}).pivot(index=series, columns=time, values=value)
    return list(table.index), pd.DatetimeIndex(table.columns), table.to_numpy(dtype=np.float64)


def ragged(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Values [N,T] of series of different lengths, all ending in the last column; NaN before a series begins."""
    found = {name: part.sort_values("t")["y"].to_numpy(dtype=np.float64) for name, part in frame.groupby("unique_id")}
    out = np.full((len(names), max(values.size for values in found.values())), np.nan)
    for row, name in enumerate(names):
        out[row, out.shape[1] - found[name].size :] = found[name]
    return out
