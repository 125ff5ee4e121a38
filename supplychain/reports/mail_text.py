"""Direct mail against stock as plain text."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.mail_table import ZONES_BY, mail_conditions
from supplychain.reports.text import frame_text

__all__ = ["mail_text"]

_NAME = 28  # letters of an item's name that a table shows


def mail_text(rows: pd.DataFrame, *, currency: str = "", count: int = 10) -> str:
    """Rows (``MAIL_COLUMNS``, item_name) that direct mail would serve for less, the largest saving first.

    Where there is none, the one that comes nearest and what would have to change; empty where nothing was compared.
    """
    compared = rows.loc[rows["yearly_units"].gt(0)]
    if compared.empty:
        return ""
    pays = compared.loc[compared["saving"].gt(0)]
    if pays.empty:
        ratio = compared["mail_unit_cost"] / compared["stock_unit_cost"]
        return _nearest(compared.loc[ratio.idxmin()].to_dict(), len(compared), currency)
    shown = pd.DataFrame({
        "item": pays["item_id"] + " " + pays["item_name"].str.slice(0, _NAME), "site": pays["site_id"],
        "from": pays["supplier_id"], "zones": pays["zones"].str.count(f"[{ZONES_BY}]") + 1,
        "units_a_year": pays["yearly_units"], "by_stock": pays["stock_unit_cost"], "by_mail": pays["mail_unit_cost"],
        "saving_a_year": pays["saving"], "days_stock": pays["stock_days"], "days_mail": pays["mail_days"],
        "pays_below_units": pays["break_even_units"].map(_units), "below_lost_a_day": pays["break_even_lost_share"],
        "below_postage": pays["break_even_postage"], "postage": pays["postage"],
    }).head(count)  # fmt: skip
    shown["below_lost_a_day"] = shown["below_lost_a_day"].map("{:.2%}".format)
    money = f", {currency} a unit" if currency else ""
    title = f"Direct mail that would cost less than stock ({len(pays)} of {len(compared)} rows compared){money}"
    told = (
        f"Advice, nothing is planned by it; a day of longer wait is taken to lose {_lost(compared):.1%} of the "
        "customers (replenish.lost_share_per_day_of_wait).\nplan explain ITEM SITE has the parts and what to do."
    )
    left = f"\n... and {len(pays) - count} more" if len(pays) > count else ""
    return f"{title}\n{frame_text(shown, decimals=_DECIMALS)}{left}\n{told}"


_DECIMALS = {
    "units_a_year": 0, "by_stock": 2, "by_mail": 2, "saving_a_year": 0, "days_stock": 1, "days_mail": 1,
    "below_postage": 2, "postage": 2,
}  # fmt: skip


def _units(units: float) -> str:
    return "any" if math.isnan(units) else f"{units:,.1f}"


def _lost(rows: pd.DataFrame) -> float:
    return float(rows["lost_share_per_day"].iloc[0])


def _nearest(row: Mapping[str, Any], compared: int, currency: str) -> str:
    money = f" {currency}" if currency else ""
    more = float(row["mail_unit_cost"]) - float(row["stock_unit_cost"])
    rows = "one row" if compared == 1 else f"{compared} rows"
    return (
        f"Direct mail to customers was compared with stock for {rows}: stock costs less in each. Mail comes nearest "
        f"for {row['item_id']} {str(row['item_name'])[:_NAME]} at {row['site_id']},\n"
        f"{more:,.2f}{money} a unit more.\n{mail_conditions(row, currency=currency)}"
    )
