"""Items and what they sold: prices, promotions and demand from the lines; size, weight and cost assumed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.datasets.online_retail.folder import Figures
from supplychain.datasets.online_retail.typed import table

__all__ = ["demand_table", "item_table", "returns_table"]

_ASSUMED = ("category", "unit_cost", "volume_l", "weight_kg")


def item_table(sales: pd.DataFrame, returns: pd.DataFrame, figures: Figures, currency: str) -> pd.DataFrame:
    """One row for each item sold up to as_of, by code.

    From the lines: name (the description that stands most often, else the code), price (median over lines),
    return rate (units that came back of units sold) and the first day, when it lies well inside the file. Assumed:
    category (price band, and first letter of the code where many items share it); unit cost, weight and volume, as
    functions of the price with some spread.
    """
    groups = sales.groupby("item_id", sort=True)
    price = groups["price"].median()
    codes = price.index.tolist()
    units = groups["quantity"].sum()
    back = returns.groupby("item_id")["quantity"].sum().abs().reindex(codes, fill_value=0.0)
    first = groups["day"].min()
    lead_in = pd.Timedelta(days=figures.constant("online_retail_introduced_after_days"))
    introduced = first.where(first > sales["day"].min() + lead_in)
    weight = price.to_numpy() ** figures.constant("online_retail_weight_exponent")
    weight *= [figures.spread("online_retail_weight_kg_at_one_pound", "weight", code) for code in codes]
    share = np.array([figures.spread("online_retail_cost_share", "cost", code) for code in codes])
    columns = {
        "item_id": codes,
        "name": _names(sales, codes),
        "category": _categories(price, figures),
        "price": price.to_numpy(),
        "unit_cost": price.to_numpy() * share,
        "volume_l": weight * figures.constant("online_retail_litres_per_kg"),
        "weight_kg": weight,
        "return_rate": np.minimum(1.0, (back / units).to_numpy()),
        "introduced": introduced.to_numpy(),
    }
    frame = table("items", columns, assumed=_ASSUMED, base_currency=currency)
    dated = frame["introduced"].notna()
    frame.loc[dated, "assumed"] = frame.loc[dated, "assumed"].map(lambda names: (*names, "introduced"))
    return frame


def demand_table(name: str, lines: pd.DataFrame, price: pd.Series, figures: Figures) -> pd.DataFrame:
    """Units by day, zone and item, with the item's price of the day and whether it was a promotion.

    A day is a promotion when several orders have the item and even the dearest price paid is clearly below the usual
    one (``price``, by item); its price is then the median over its lines. On other days a price paid below the usual
    one is the discount of a large order: it follows from the quantity, and must not be taken for its cause.
    """
    units = lines.groupby(["day", "site_id", "item_id"], sort=True, observed=True)["quantity"].sum().reset_index()
    days = lines.groupby(["day", "item_id"], sort=False).agg(
        paid=("price", "median"), dearest=("price", "max"), orders=("order_id", "nunique")
    )
    days = days.reset_index()
    usual = days["item_id"].map(price)
    limit = (1.0 - figures.constant("online_retail_promo_cut")) * usual
    days["promo"] = (days["dearest"] <= limit) & (days["orders"] >= figures.constant("online_retail_promo_orders"))
    days["paid"] = days["paid"].where(days["promo"])
    frame = units.merge(days, on=["day", "item_id"], how="left", validate="many_to_one")
    columns = {
        "date": frame["day"],
        "site_id": frame["site_id"].astype("category"),
        "item_id": frame["item_id"].astype("category"),
        "quantity": frame["quantity"],
        "price": frame["paid"],
        "promo": frame["promo"].astype(bool),
    }
    return table(name, columns)


def returns_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Units that came back by day, zone and item."""
    units = (-lines.set_index(["day", "site_id", "item_id"])["quantity"]).groupby(level=[0, 1, 2], sort=True).sum()
    frame = units.reset_index()
    return table(
        "returns", {"date": frame["day"], **{name: frame[name] for name in ("site_id", "item_id", "quantity")}}
    )


def _names(sales: pd.DataFrame, codes: list[str]) -> list[str]:
    """The most frequent description of each item, the first in the alphabet among equals."""
    known = sales.dropna(subset=["description"])
    counts = known.groupby(["item_id", "description"]).size().reset_index(name="count")
    counts = counts.sort_values(["item_id", "count", "description"], ascending=[True, False, True], kind="stable")
    names = counts.drop_duplicates("item_id").set_index("item_id")["description"].to_dict()
    return [names.get(code, code) for code in codes]


def _categories(price: pd.Series, figures: Figures) -> npt.NDArray[np.object_]:
    limits = [figures.constant("online_retail_price_band_low"), figures.constant("online_retail_price_band_high")]
    bands = np.array(["low", "middle", "high"], dtype=object)[np.searchsorted(limits, price.to_numpy(), side="right")]
    first = pd.Series([code[0] for code in price.index])
    large = first.map(first.value_counts()) >= figures.constant("online_retail_family_items")
    categories: npt.NDArray[np.object_] = bands + (" " + first.where(large, "other")).to_numpy()
    return categories
