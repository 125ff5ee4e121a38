"""Suppliers and segments on the page: who is late and what it costs, what service costs where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.amounts import signed
from supplychain.reports.html_tables import Cell, HtmlTable, count, money, share, table
from supplychain.reports.supplier_text import agreed_words, lead_time_words, shown_suppliers

__all__ = ["segment_table", "supplier_table"]

_MOST = 15


def supplier_table(cards: pd.DataFrame, *, names: Mapping[str, str], currency: str) -> HtmlTable:
    """Scorecards of the suppliers that cost most, with what to decide."""
    own = shown_suppliers(cards)
    rows = []
    for card in own.head(_MOST).to_dict("records"):
        late = card["trend"] == "later" or card["overdue_lines"] > 0
        rows.append(
            [
                Cell(names.get(card["supplier_id"], card["supplier_id"]), note=card["supplier_id"]),
                Cell(lead_time_words(card), note=f"{agreed_words(card)}; {card['basis']}"),
                _share(card["on_time_share"]),
                Cell(_signed(card["days_late"]), note=_trend(card), kind="worse" if card["trend"] == "later" else ""),
                _share(card["fill_share"]),
                _share(card["reject_share"]),
                money(card["stock_for_spread"]),
                money(card["cost_per_year"]),
                Cell(str(card["decide"]), kind="worse" if late and card["decide"] else ""),
            ]
        )
    left = len(own) - _MOST
    note = (
        "Days late: the mean of all received and overdue lines, in calendar days; below it the mean by order, of "
        "orders that came in the last 90 days and in the 90 days before these."
    )
    note += f" {left} suppliers that cost less: supplychain plan suppliers lists them." if left > 0 else ""
    heads = ["Supplier", "Lead time, days", "#On time", "#Days late (by line)", "#Fill", "#Rejected"]
    heads += [f"#Stock for its spread ({currency})", f"#Cost a year ({currency})", "To decide"]
    return table("Suppliers by what lateness costs", heads, rows, note=note)


def _share(value: float) -> str:
    return share(value) if np.isfinite(value) else "-"


def _signed(value: float) -> str:
    return signed(value) if np.isfinite(value) else "-"


def _trend(card: Mapping[Any, Any]) -> str:
    before, recent = card["days_late_before"], card["days_late_recent"]
    if not card["trend"]:
        return ""
    return f"by order: {signed(before)} in the 90 days before the last 90, {signed(recent)} in the last 90"


def segment_table(segments: pd.DataFrame, *, currency: str) -> HtmlTable:
    """Nine cells with stock, days, fill and what the next higher service costs and earns."""
    rows = []
    for cell in segments.loc[segments["item_sites"].gt(0)].to_dict("records"):
        level = "" if not np.isfinite(cell["service_level"]) else f"level {share(cell['service_level'])}"
        rows.append(
            [
                Cell(str(cell["segment"])),
                count(cell["item_sites"]),
                money(cell["value_per_year"]),
                Cell(money(cell["stock_value"]), note=_days(cell["stock_days"])),
                Cell(money(cell["planned_stock_value"]), note=_days(cell["planned_stock_days"])),
                Cell(_share(cell["expected_fill"]), note=" ".join(filter(None, (level, f"by {cell['service_by']}")))),
                Cell(money(cell["stock_for_more"]), note=f"fill {_share(cell['higher_fill'])}"),
                money(cell["cost_of_more_per_year"]),
                money(cell["margin_of_more_per_year"]),
            ]
        )
    heads = ["Segment", "#Item-sites", f"#Sales a year ({currency})", f"#Stock today ({currency})"]
    heads += [f"#Stock planned ({currency})", "#Fill expected", f"#Stock one step higher takes more ({currency})"]
    heads += [f"#Its cost a year ({currency})", f"#Margin it saves a year ({currency})"]
    return table("Segments: ABC by value, XYZ by forecast error", heads, rows)


def _days(value: float) -> str:
    return f"{value:,.0f} days" if np.isfinite(value) else "nothing sells"
