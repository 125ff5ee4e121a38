"""Items, and what the generator knows about their demand but the forecasts never see."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.china_south.sources import Days, parameter, read_source

__all__ = ["Catalogue", "build_catalogue", "write_items"]

Floats = npt.NDArray[np.float64]

_FIRST_CODE = 101  # suppliers number their items from here


@dataclass(frozen=True)
class Catalogue:
    """The catalogue as a table plus arrays over its I items.

    ``table`` catalogue.csv with numbers typed; ``category`` categories.csv, one row an item; ``units`` [I] mean units a
    day over all zones at full level; ``first`` and ``last`` [I] positions on the day axis (may lie outside).
    """

    table: pd.DataFrame
    category: pd.DataFrame
    units: Floats
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of items I."""
        return len(self.table)

    @property
    def price(self) -> Floats:
        """Selling price [I] in CNY."""
        return np.asarray(self.table["price"], dtype=np.float64)

    @property
    def cost(self) -> Floats:
        """Landed unit cost [I] in CNY."""
        return np.round(self.price * np.asarray(self.table["cost_share"], dtype=np.float64), 2)

    @property
    def shelf(self) -> npt.NDArray[np.int64]:
        """Shelf life [I] in days, 0 where there is none."""
        return np.asarray(self.table["shelf_life_days"].fillna(0), dtype=np.int64)


def build_catalogue(days: Days, rng: np.random.Generator) -> Catalogue:
    """Read the catalogue and draw the popularity of its items (lognormal inside a category)."""
    table = read_source("catalogue")
    for column in ("price", "cost_share", "volume_l", "weight_kg", "shelf_life_days"):
        table[column] = pd.to_numeric(table[column])
    categories = read_source("categories")
    numbers = categories.columns[1:]
    categories[numbers] = categories[numbers].astype(float)
    category = table[["category"]].merge(categories, on="category", how="left")
    draw = np.exp(category["popularity_sigma"].to_numpy() * rng.standard_normal(len(table)))
    draw = draw * table["price"].to_numpy() ** parameter("price_popularity")
    units = np.zeros(len(table))
    for position, old in enumerate(table["replaces"]):
        if old:
            draw[position] = draw[table.index[table["item_id"] == old][0]] * parameter("successor_popularity")
    regular = (table["replaces"] == "").to_numpy()
    for name in categories["category"]:
        inside = (table["category"] == name).to_numpy()
        share = categories.loc[categories["category"] == name, "unit_share"].iloc[0]
        units[inside] = parameter("units_per_day") * share * draw[inside] / draw[inside & regular].sum()
    first = np.array([days.index(d) if d else -1 for d in table["introduced"]], dtype=np.int64)
    never = days.count + int(parameter("decline_days"))  # so far off that no decline is seen
    last = np.array([days.index(d) if d else never for d in table["ended"]], dtype=np.int64)
    return Catalogue(table=table, category=category, units=units, first=first, last=last)


def write_items(catalogue: Catalogue, sold_value: Floats) -> pd.DataFrame:
    """The items table; return rates are scaled so that they average the plan's 18.7 % by sold value [I]."""
    table, category = catalogue.table, catalogue.category
    base = category["return_share"].to_numpy()
    scale = parameter("return_share") * sold_value.sum() / (base * sold_value).sum()
    return pd.DataFrame(
        {
            "item_id": table["item_id"],
            "name": table["name"],
            "supplier_item_code": [f"{s[2:]}-{n:05d}" for n, s in enumerate(table["supplier_id"], start=_FIRST_CODE)],
            "category": table["category"],
            "price": table["price"],
            "unit_cost": catalogue.cost,
            "currency": "CNY",
            "volume_l": table["volume_l"],
            "weight_kg": table["weight_kg"],
            "shelf_life_days": table["shelf_life_days"].astype("Int64"),
            "return_rate": np.round(base * scale, 4),
            "introduced": table["introduced"],
            "ended": table["ended"],
            "replaces": table["replaces"],
        }
    )
