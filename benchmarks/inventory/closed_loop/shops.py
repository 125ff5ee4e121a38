"""The shops that are made of a folder of real demand, and made-up ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecasting.daily import Daily, known_at, read_daily
from benchmarks.forecasting.plain import wide
from benchmarks.inventory.closed_loop.shop import Floats, Shop, Span, assumed, sampled

__all__ = ["FILES", "SHOPS", "made_up_shops", "shops_of"]

M5_FROM, ORDER_DAYS, HORIZON = 900, 208, 42
ITEMS = {"m5_daily": 160, "online_retail": 200, "m5_monthly": 300, "carparts": 300, "orangejuice": 150, "vn1": 250}

FILES: Mapping[str, tuple[str, ...]] = {
    "m5_daily": ("m5_daily.parquet", "m5_weekly_prices.parquet", "m5_calendar.parquet"),
    "online_retail": ("online_retail.parquet",),
    "m5_monthly": ("m5_monthly.parquet", "m5_weekly_prices.parquet"),
    "carparts": ("carparts_monthly.parquet",),
    "orangejuice": ("orangejuice_weekly.parquet",),
    "vn1": ("vn1_phase1_sales.parquet", "vn1_phase2_sales.parquet", "vn1_phase1_price.parquet"),
}
"""What each shop is read from."""


def shops_of(folder: Path, seed: int, names: list[str] | None = None) -> Iterator[Shop]:
    """The shops whose files the folder has, or those of them that are named."""
    for name, read in SHOPS.items():
        if (not names or name in names) and all((folder / file).is_file() for file in FILES[name]):
            yield read(folder, seed)


def _m5_daily(folder: Path, seed: int) -> Shop:
    """Two and a half years of days, the last 26 weeks of them lived through; two suppliers with an order day each."""
    daily = _since(read_daily(folder), M5_FROM)
    days = daily.quantity.shape[1]
    span = Span(days - 182, 42, (7, 14), 7, 56, 7, 1.0, (1, 4))
    rows = sampled(daily.quantity, span, ITEMS["m5_daily"], seed)
    group = np.unique(daily.group[rows], return_inverse=True)[1].astype(np.int64)
    kept = np.unique(daily.group[rows])
    chosen = replace(
        daily,
        series=tuple(daily.series[row] for row in rows),
        quantity=daily.quantity[rows],
        price=daily.price[rows],
        events=daily.events[kept],
        group=group,
    )
    price = chosen.price[:, span.start - 1]
    first_day = str(daily.first_day)
    known = known_at(chosen, days, min(HORIZON, chosen.price.shape[1] - days))
    return assumed(
        "m5_daily", chosen.series, span, chosen.quantity, price=price, first_day=first_day, seed=seed, known=known
    )


def _since(daily: Daily, day: int) -> Daily:
    return replace(
        daily,
        quantity=daily.quantity[:, day:],
        price=daily.price[:, day:],
        events=daily.events[:, :, day:],
        first_day=daily.first_day + np.timedelta64(day, "D"),
    )


def _online_retail(folder: Path, seed: int) -> Shop:
    """Real order lines by day, the last 13 weeks lived through; lines that were taken back whole never were orders."""
    lines = pd.read_parquet(folder / "online_retail.parquet")
    lines = lines[lines["StockCode"].astype(str).str.match(r"^\d{5}") & (lines["UnitPrice"] > 0)]
    back = lines[lines["Quantity"] < 0]
    taken_back = set(zip(back["CustomerID"], back["StockCode"], -back["Quantity"], strict=True))
    keys = zip(lines["CustomerID"], lines["StockCode"], lines["Quantity"], strict=True)
    sold = lines[[quantity > 0 and (who, what, quantity) not in taken_back for who, what, quantity in keys]]
    sold = sold.assign(day=sold["InvoiceDate"].dt.normalize())
    daily = sold.groupby(["StockCode", "day"], as_index=False)["Quantity"].sum()
    names, dates, quantity = wide(daily, "StockCode", "day", "Quantity")
    days = pd.date_range(dates[0], dates[-1], freq="D")
    table = pd.DataFrame(quantity, columns=dates).reindex(columns=days).fillna(0.0).to_numpy(dtype=np.float64)
    span = Span(table.shape[1] - 91, 28, (7, 14), 7, 56, 7, 1.0, (1, 4))
    rows = sampled(table, span, ITEMS["online_retail"], seed)
    price = sold.groupby(sold["StockCode"].astype(str))["UnitPrice"].median().reindex(names).to_numpy()[rows]
    items = tuple(names[row] for row in rows)
    first_day = str(dates[0].date())
    return assumed("online_retail", items, span, table[rows], price=price, first_day=first_day, seed=seed)


def _m5_monthly(folder: Path, seed: int) -> Shop:
    """Monthly sums of the daily set's items and of three whole stores, the last 24 months lived through."""
    names, _, quantity = wide(pd.read_parquet(folder / "m5_monthly.parquet"), "unique_id", "ds", "y")
    quantity = quantity[:, 1:-1]  # the first and the last month are not whole
    quantity = np.where(np.cumsum(np.nan_to_num(quantity), axis=1) > 0, quantity, np.nan)
    prices = pd.read_parquet(folder / "m5_weekly_prices.parquet")
    price = prices.groupby("unique_id")["sell_price"].median().reindex(names).to_numpy(dtype=np.float64)
    return _periods("m5_monthly", names, quantity, Span(38, 6, (1, 2), 1, 12, 12, 365 / 12), seed=seed, price=price)


def _carparts(folder: Path, seed: int) -> Shop:
    """Monthly demand of car parts, mostly nothing; the last 24 months lived through."""
    names, _, quantity = wide(pd.read_parquet(folder / "carparts_monthly.parquet"), "unique_id", "ds", "y")
    return _periods("carparts", names, quantity, Span(27, 6, (1, 2), 1, 12, 12, 365 / 12), seed=seed)


def _orangejuice(folder: Path, seed: int) -> Shop:
    """Weekly cases of 64 oz of orange juice by store and brand, driven by deals that nobody foretells here.

    No season: less than two years are known when the loop begins.
    """
    frame = pd.read_parquet(folder / "orangejuice_weekly.parquet")
    frame = frame.assign(series=frame["store"].astype(str) + "_" + frame["brand"].astype(str))
    frame["cases"] = np.rint(frame["units"] / 64.0)
    names, _, quantity = wide(frame, "series", "week", "cases")
    price = frame.groupby("series")["price"].median().reindex(names).to_numpy(dtype=np.float64) * 64.0
    steps = quantity.shape[1]
    return _periods("orangejuice", names, quantity, Span(steps - 48, 8, (1, 2), 1, 13, 1, 7.0), seed=seed, price=price)


def _vn1(folder: Path, seed: int) -> Shop:
    """Weekly sales of e-vendors: 13 weeks known, 13 lived through."""
    keys = ["Client", "Warehouse", "Product"]
    first, then, prices = (pd.read_parquet(folder / file).set_index(keys) for file in FILES["vn1"])
    table = first.join(then)
    quantity = np.maximum(table.to_numpy(dtype=np.float64), 0.0)
    price = prices.median(axis=1).reindex(table.index).to_numpy(dtype=np.float64)
    names = ["_".join(str(part) for part in key) for key in table.index]
    return _periods("vn1", names, quantity, Span(14, 4, (1, 2), 1, 13, 1, 7.0), seed=seed, price=price)


def _periods(
    name: str, names: list[str], quantity: Floats, span: Span, *, seed: int, price: Floats | None = None
) -> Shop:
    rows = sampled(quantity, span, ITEMS[name], seed)
    some = None if price is None else price[rows]
    return assumed(name, tuple(names[row] for row in rows), span, quantity[rows], price=some, seed=seed)


SHOPS: Mapping[str, Callable[[Path, int], Shop]] = {
    "m5_daily": _m5_daily,
    "online_retail": _online_retail,
    "m5_monthly": _m5_monthly,
    "carparts": _carparts,
    "orangejuice": _orangejuice,
    "vn1": _vn1,
}


def made_up_shops(seed: int, names: list[str] | None = None) -> Iterator[Shop]:
    """A small shop of months with seeded negative binomial demand, from steady to mostly nothing."""
    if names and "made_up" not in names:
        return
    random = np.random.default_rng(seed)
    rate = np.exp(random.uniform(np.log(0.5), np.log(20.0), 40))
    size = random.uniform(0.4, 4.0, 40)
    quantity = random.negative_binomial(size[:, None], (size / (size + rate))[:, None], (40, 48)).astype(np.float64)
    span = Span(30, 4, (1, 2), 1, 12, 12, 365 / 12)
    rows = sampled(quantity, span, 40, seed)
    yield assumed("made_up", tuple(f"I{row:02d}" for row in rows), span, quantity[rows], seed=seed)
