"""Opening stock and open orders, as a days-of-cover rule would have left them on as_of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures
from supplychain.datasets.online_retail.supply import SupplyTables
from supplychain.datasets.online_retail.typed import table

__all__ = ["StockTables", "stock_tables"]

_ORDER_COLUMNS = ("order_id", "supplier_id", "item_id", "site_id", "quantity", "ordered", "due")


@dataclass(frozen=True)
class StockTables:
    """Listings of the front warehouses, stock and open orders."""

    item_sites: pd.DataFrame
    stock: pd.DataFrame
    open_orders: pd.DataFrame


def stock_tables(
    sales: pd.DataFrame,
    items: pd.DataFrame,
    supply: SupplyTables,
    front_of: Mapping[str, str],
    *,
    dc_id: str,
    as_of: date,
    figures: Figures,
) -> StockTables:
    """What lies where on as_of, from the sales before it.

    Each item's stock position covers a number of days drawn evenly between the order point and the order-up-to level
    of its class. The last order was placed when the position was at the order point; when its lead time has not
    passed, it is still open. Front warehouses (``front_of``: zone -> front warehouse) list the items that their zones
    order most often and hold a fixed cover of them; the dc holds the rest. Nothing here knows sales after as_of.
    """
    rate = _daily_rates(sales, items, as_of, figures)
    front_units = _front_stock(sales, front_of, as_of, figures)
    held: dict[str, float] = {}
    for (item_id, _), units in front_units.items():
        held[item_id] = held.get(item_id, 0.0) + units
    covers = {item_id: _cover(item_id, name, figures) for item_id, name in _classes(items, rate, figures).items()}
    orders = _open_orders(supply, rate, covers, dc_id, as_of)
    coming = {order[2]: order[4] for order in orders}
    stock: list[tuple[object, ...]] = []
    for item_id in items["item_id"]:
        position = (covers[item_id].high - covers[item_id].age) * rate[item_id]
        units = math.floor(position - coming.get(item_id, 0.0) - held.get(item_id, 0.0))
        stock.append((dc_id, item_id, float(max(0, units))))
    stock += [(site, item_id, units) for (item_id, site), units in front_units.items()]
    return StockTables(
        _frame("item_sites", ("item_id", "site_id"), list(front_units)),
        _frame("stock", ("site_id", "item_id", "on_hand"), stock, assumed=("on_hand",)),
        _frame("open_orders", _ORDER_COLUMNS, orders),
    )


@dataclass(frozen=True, slots=True)
class _Cover:
    """Days of cover of the order point and the order-up-to level, and days since the position was at the latter."""

    low: float
    high: float
    age: int


def _cover(item_id: str, name: str, figures: Figures) -> _Cover:
    low, high = (figures.constant(f"online_retail_{end}_cover_days_{name}") for end in ("min", "max"))
    return _Cover(low, high, math.floor(figures.uniform("cover", item_id) * (high - low)))


def _open_orders(
    supply: SupplyTables, rate: Mapping[str, float], covers: Mapping[str, _Cover], dc_id: str, as_of: date
) -> list[tuple[Any, ...]]:
    """Last orders that have not arrived: from order point to order-up-to level, in whole packs."""
    lead = dict(zip(supply.suppliers["supplier_id"], supply.suppliers["lead_time_mean_days"], strict=True))
    today = np.datetime64(as_of, "D")
    orders = []
    for number, terms in enumerate(supply.supply.itertuples(), start=1):
        cover, units_a_day = covers[terms.item_id], rate[terms.item_id]
        days = math.ceil(lead[terms.supplier_id])
        if cover.age < days and units_a_day > 0.0:
            packs = math.ceil((cover.high - cover.low) * units_a_day / terms.pack_units)
            units = max(packs * terms.pack_units, terms.minimum_order_quantity)
            ordered = today - np.timedelta64(cover.age, "D")
            keys = (f"PO{number:06d}", terms.supplier_id, terms.item_id, dc_id)
            orders.append((*keys, units, ordered, ordered + np.timedelta64(days, "D")))
    return orders


def _frame(
    name: str, columns: tuple[str, ...], rows: list[tuple[object, ...]], assumed: tuple[str, ...] = ()
) -> pd.DataFrame:
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    return table(name, {column: list(part) for column, part in zip(columns, cells, strict=True)}, assumed=assumed)


def _daily_rates(sales: pd.DataFrame, items: pd.DataFrame, as_of: date, figures: Figures) -> dict[str, float]:
    """Units a day: of the last window, or of the whole history where the window has none."""
    today = pd.Timestamp(as_of)
    window = figures.constant("online_retail_sales_window_days")
    recent = _recent(sales, as_of, figures).groupby("item_id")["quantity"].sum() / window
    groups = sales.groupby("item_id")
    days = (today - groups["day"].min()).dt.days + 1
    overall = groups["quantity"].sum() / days
    return {item_id: float(recent.get(item_id, overall[item_id])) for item_id in items["item_id"]}


def _front_stock(
    sales: pd.DataFrame, front_of: Mapping[str, str], as_of: date, figures: Figures
) -> dict[tuple[str, str], float]:
    """Units of each (item, front warehouse) that is listed, sorted."""
    recent = _recent(sales, as_of, figures)
    recent = recent.assign(front=recent["site_id"].map(front_of)).dropna(subset=["front"])
    groups = recent.groupby(["front", "item_id"], sort=True)
    table_ = groups.agg(orders=("order_id", "nunique"), units=("quantity", "sum")).reset_index()
    table_ = table_.sort_values(
        ["front", "orders", "units", "item_id"], ascending=[True, False, False, True], kind="stable"
    )
    listed = table_.groupby("front", sort=True).head(int(figures.constant("online_retail_front_items")))
    cover = figures.constant("online_retail_front_cover_days") / figures.constant("online_retail_sales_window_days")
    units = {(row.item_id, row.front): float(math.ceil(row.units * cover)) for row in listed.itertuples()}
    return dict(sorted(units.items()))


def _recent(sales: pd.DataFrame, as_of: date, figures: Figures) -> pd.DataFrame:
    first = pd.Timestamp(as_of) - pd.Timedelta(days=figures.constant("online_retail_sales_window_days"))
    return sales[(sales["day"] > first).to_numpy()]


def _classes(items: pd.DataFrame, rate: Mapping[str, float], figures: Figures) -> dict[str, str]:
    """ABC classes by value of daily sales, largest first."""
    value = items["price"].to_numpy() * np.array([rate[item_id] for item_id in items["item_id"]])
    order = np.argsort(-value, kind="stable")
    before = (np.cumsum(value[order]) - value[order]) / max(value.sum(), np.finfo(float).tiny)
    limits = [figures.constant("online_retail_class_a_share"), figures.constant("online_retail_class_b_share")]
    names = np.array(["a", "b", "c"])[np.searchsorted(limits, before, side="right")]
    return {items["item_id"].iloc[at]: str(name) for at, name in zip(order, names, strict=True)}
