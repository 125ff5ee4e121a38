"""Which item and site the report draws: each stands for one kind of question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

__all__ = ["Pick", "pick_rows"]

_KEY = ["item_id", "site_id"]
_SOLD_DAYS_AT_LEAST = 8  # fewer days with a sale say nothing about a pattern


@dataclass(frozen=True, slots=True)
class Pick:
    """A row to draw and why it was chosen."""

    item_id: str
    site_id: str
    why: str


def pick_rows(tables: Mapping[str, pd.DataFrame]) -> tuple[Pick, ...]:
    """Up to six rows of the forecast, each of another item and for another reason; a reason that fits none is left out.

    Largest demand by value (of two categories), most intermittent, on promotion soon, most margin lost through
    stock-outs, most days of stock.
    """
    table = _figures(tables)
    picks: list[Pick] = []
    for column, why in (
        ("value", "largest demand by value"),
        ("value", "largest demand by value in another category"),
        ("idle", "most intermittent"),
        ("promoted", "on promotion within the forecast"),
        ("lost", "most margin lost through stock-outs"),
        ("excess", "most money in stock beyond its demand"),
    ):
        if column not in table:
            continue
        rest = table[~table["item_id"].isin([pick.item_id for pick in picks])]
        if why.endswith("another category") and picks:
            first = table[(table["item_id"] == picks[0].item_id)]["category"].iloc[0]
            rest = rest[rest["category"] != first]
        rest = rest[rest[column] > 0].sort_values([column, *_KEY], ascending=[False, True, True], kind="stable")
        if len(rest):
            picks.append(Pick(str(rest["item_id"].iloc[0]), str(rest["site_id"].iloc[0]), why))
    return tuple(picks)


def _figures(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an (item, site) with a score for each reason."""
    daily = tables["forecast"]
    table = tables["forecast_models"][[*_KEY, "category"]].copy()
    units = daily.groupby(_KEY, sort=False)["mean"].sum().rename("units").reset_index()
    table = table.merge(units, on=_KEY, how="left")
    table["value"] = table["units"]
    if "rows" in tables:
        rows = tables["rows"]
        table = table.merge(rows.drop(columns=["category"]), on=_KEY, how="left")
        unit_cost = table["mean_stock_value"] / table["mean_stock_units"].where(table["mean_stock_units"] > 0)
        table["value"] = (table["units_a_day"] * unit_cost).fillna(0.0)
        table["lost"] = table["lost_margin"] * (table["stock_out_share"] > 0)
        kept = np.isfinite(table["stock_days"]) & (table["units_a_day"] > 0)
        table["excess"] = (table["mean_stock_value"] * (1 - 90.0 / table["stock_days"].clip(lower=90.0))).where(kept)
    if "history" in tables:
        history = tables["history"]
        sold = history.assign(idle=history["quantity"] <= 0, sold=history["quantity"] > 0)
        grouped = sold.groupby(_KEY, sort=False).agg(idle=("idle", "mean"), sold=("sold", "sum")).reset_index()
        table = table.merge(grouped, on=_KEY, how="left")
        table["idle"] = table["idle"].where(table["sold"] >= _SOLD_DAYS_AT_LEAST)
    if "promotions" in tables and len(tables["promotions"]):
        first, last = daily["date"].min(), daily["date"].max()
        offers = tables["promotions"]
        soon = offers[(offers["first"] <= last) & (offers["last"] >= first)]["item_id"]
        table["promoted"] = table["value"].where(table["item_id"].isin(soon))
    return table
