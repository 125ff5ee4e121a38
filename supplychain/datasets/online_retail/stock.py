"""Opening stock and open orders, as a days-of-cover rule would have left them on as_of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures
from supplychain.datasets.online_retail.supply import SupplyTables
from supplychain.datasets.online_retail.typed import table

__all__ = ["StockTables", "stock_tables"]


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
    listed, front_units = _front_stock(sales, front_of, as_of, figures)
    rows = {"orders": [], "stock": []}  # type: dict[str, list[tuple[object, ...]]]
    lead = supply.suppliers.set_index("supplier_id")["lead_time_mean_days"]
    terms = supply.supply.set_index("item_id")
    held = {item_id: sum(front_units.get((item_id, site), 0.0) for site in listed) for item_id in items["item_id"]}
    classes = _classes(items, rate, figures)
    today = np.datetime64(as_of, "D")
    for number, item_id in enumerate(items["item_id"], start=1):
        low, high = (figures.constant(f"online_retail_{end}_cover_days_{classes[item_id]}") for end in ("min", "max"))
        age = math.floor(figures.uniform("cover", item_id) * (high - low))  # days since the position was at its highest
        position = (high - age) * rate[item_id]
        days = math.ceil(lead[supply.supplier_of[item_id]])
        coming = 0.0
        pack = terms.at[item_id, "pack_units"]
        if age < days and rate[item_id] > 0.0:
            coming = max(
                math.ceil((high - low) * rate[item_id] / pack) * pack, terms.at[item_id, "minimum_order_quantity"]
            )
            ordered = today - np.timedelta64(age, "D")
            due = ordered + np.timedelta64(days, "D")
            order = (f"PO{number:06d}", supply.supplier_of[item_id], item_id, dc_id, coming, ordered, due)
            rows["orders"].append(order)
        rows["stock"].append((dc_id, item_id, float(max(0, math.floor(position - coming - held[item_id])))))
    rows["stock"] += [(site, item_id, units) for (item_id, site), units in front_units.items()]
    return StockTables(
        _frame("item_sites", ("item_id", "site_id"), [(item, site) for item, site in front_units]),
        _frame("stock", ("site_id", "item_id", "on_hand"), rows["stock"], assumed=("on_hand",)),
        _frame(
            "open_orders",
            ("order_id", "supplier_id", "item_id", "site_id", "quantity", "ordered", "due"),
            rows["orders"],
        ),
    )


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
) -> tuple[list[str], dict[tuple[str, str], float]]:
    """The front warehouses, and the units of each (item, front warehouse) that is listed."""
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
    return sorted(set(front_of.values())), dict(sorted(units.items()))


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
