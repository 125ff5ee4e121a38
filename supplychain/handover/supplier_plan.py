"""Scorecards of suppliers with what their lateness costs and what a buyer has to decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.scorecards import MASTER_DATA, Scorecards
from supplychain.handover.supplier_cost import SupplierCost
from supplychain.handover.terms import Terms
from supplychain.plans.frame import typed_frame
from supplychain.plans.supplier_plan import SUPPLIER_COLUMNS, SupplierPlan
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["supplier_plan"]

_SURE = 2.0  # standard errors by which a lead time has to differ from what was agreed to be worth a talk
_POOR_FILL, _POOR_REJECTS = 0.97, 0.02


def supplier_plan(
    dataset: DataSet, terms: Terms, scorecards: Scorecards, cost: SupplierCost, *, settings: ReplenishSettings
) -> SupplierPlan:
    """The plan table: rows of suppliers by cost a year, then those of their items."""
    supplier = np.array([terms.suppliers[i] if i >= 0 else "" for i in terms.supplier_index], object)
    rows = pd.DataFrame(
        {"supplier_id": supplier, "item_id": list(terms.item_ids), "stock": cost.stock, "lost": cost.lost_margin}
    )
    rows = rows.loc[rows["supplier_id"].ne("")]
    by_item = rows.groupby(["supplier_id", "item_id"])[["stock", "lost"]].sum()
    whole = rows.groupby("supplier_id")[["stock", "lost"]].sum()
    whole.index = pd.MultiIndex.from_arrays([whole.index, [""] * len(whole)])
    money = pd.concat([whole, by_item])
    frame = scorecards.frame
    found = money.reindex(pd.MultiIndex.from_frame(frame[["supplier_id", "item_id"]])).fillna(0.0)
    holding = found["stock"].to_numpy() * settings.holding_share_per_year
    measured = settings.lead_times == "measured"
    frame = frame.assign(
        planned_with=np.where(frame["basis"].ne(MASTER_DATA) & measured, "measured", "given"),
        stock_for_spread=found["stock"].to_numpy(),
        holding_cost_per_year=holding,
        lost_margin_per_year=found["lost"].to_numpy(),
        cost_per_year=holding + found["lost"].to_numpy(),
    )
    frame["decide"] = [
        "" if card["item_id"] else _decide(card, dataset.base_currency) for card in frame.to_dict("records")
    ]
    of_supplier = frame["supplier_id"].map(frame.loc[frame["item_id"].eq("")].set_index("supplier_id")["cost_per_year"])
    order = frame.assign(most=-of_supplier, own=-frame["cost_per_year"], is_item=frame["item_id"].ne(""))
    order = order.sort_values(["most", "supplier_id", "is_item", "own", "item_id"], kind="stable")
    return SupplierPlan(typed_frame(order, SUPPLIER_COLUMNS))


def _decide(card: Mapping[Any, Any], currency: str) -> str:
    """What a buyer has to decide or to talk about, the most urgent first; empty where all is as agreed."""
    words = []
    if card["overdue_lines"]:
        lines = "1 overdue line" if card["overdue_lines"] == 1 else f"{card['overdue_lines']} overdue lines"
        words.append(f"chase {lines} worth {card['overdue_value']:,.0f} {currency}")
    off = card["lead_time_days"] - card["agreed_lead_time_days"]
    if card["basis"] != MASTER_DATA and abs(off) > max(_SURE * card["lead_time_error_days"], 0.5):
        how = "later" if off > 0 else "sooner"
        words.append(
            f"agree on {card['lead_time_days']:.0f} days instead of {card['agreed_lead_time_days']:g}: it delivers "
            f"{abs(off):.1f} days {how}"
        )
    if card["trend"] == "later":
        words.append(f"ask why: {card['days_late_before']:+.1f} days late before, {card['days_late_recent']:+.1f} now")
    if card["fill_share"] < _POOR_FILL:
        words.append(f"it delivers {card['fill_share']:.1%} of what is ordered")
    if card["reject_share"] > _POOR_REJECTS:
        words.append(f"{card['reject_share']:.1%} is rejected")
    return "; ".join(words)
