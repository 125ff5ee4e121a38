"""Suppliers, segments and the trade-off of stock against service as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from supplychain.plans.amounts import signed, significant
from supplychain.plans.coming_weeks import ComingWeeks
from supplychain.reports.text import frame_text

__all__ = [
    "agreed_words",
    "coming_weeks_text",
    "lead_time_words",
    "segments_text",
    "shown_suppliers",
    "supplier_text",
    "trade_off_text",
]

_NAME = 28


def shown_suppliers(cards: pd.DataFrame) -> pd.DataFrame:
    """Rows of whole suppliers, most cost first."""
    own = cards.loc[cards["item_id"].eq("")]
    return own.sort_values(["cost_per_year", "supplier_id"], ascending=[False, True], kind="stable")


def lead_time_words(card: Mapping[Any, Any]) -> str:
    """Measured lead time and its spread in days."""
    return f"{card['lead_time_days']:.1f} ± {card['lead_time_sd_days']:.1f}"


def agreed_words(card: Mapping[Any, Any]) -> str:
    """What the master data say of it."""
    return f"agreed {significant(card['agreed_lead_time_days'])} ± {significant(card['agreed_sd_days'], 2)}"


def supplier_text(cards: pd.DataFrame, *, names: Mapping[str, str], currency: str, supplier: str | None = None) -> str:
    """Scorecards by what lateness costs a year, then what to decide; of one supplier also its items."""
    own = shown_suppliers(cards)
    if supplier is not None:
        own = own.loc[own["supplier_id"].eq(supplier)]
    shown = pd.DataFrame(
        {
            "supplier_id": own["supplier_id"],
            "name": own["supplier_id"].map(names).fillna("").str.slice(0, _NAME),
            **_figures(own),
            "spread_stock": own["stock_for_spread"],
            "lost_margin": own["lost_margin_per_year"],
            "cost_a_year": own["cost_per_year"],
        }
    )
    money = dict.fromkeys(("spread_stock", "lost_margin", "cost_a_year"), 0)
    total = (
        f"Together {own['cost_per_year'].sum():,.0f} {currency} a year: holding stock for the spread of lead times, "
        "and margin lost all the same."
    )
    parts = [f"Suppliers ({len(own)}), money in {currency}\n{frame_text(shown, decimals=money)}", total]
    due = own.loc[own["decide"].ne("")]
    if len(due):
        parts.append(
            "To decide\n"
            + "\n".join(f"  {c.supplier_id} {names.get(c.supplier_id, '')}: {c.decide}" for c in due.itertuples())
        )
    with_given = int(own["planned_with"].eq("given").sum())
    if with_given:
        parts.append(
            f"{with_given} of them are planned with the master data: no receipts, or replenish.lead_times is given."
        )
    items = cards.loc[cards["supplier_id"].eq(supplier) & cards["item_id"].ne("")]
    if supplier is not None and len(items):
        parts.append("Items\n" + frame_text(pd.DataFrame({"item_id": items["item_id"], **_figures(items)})))
    return "\n\n".join(parts)


def _figures(cards: pd.DataFrame) -> dict[str, Any]:
    return {
        "basis": cards["basis"],
        "lead_time": [f"{lead_time_words(card)} ({agreed_words(card)})" for card in cards.to_dict("records")],
        "on_time": [_share(value) for value in cards["on_time_share"]],
        "days_late": [_signed(value) for value in cards["days_late"]],
        "trend": cards["trend"],
        "fill": [_share(value) for value in cards["fill_share"]],
        "rejected": [_share(value) for value in cards["reject_share"]],
        "overdue": cards["overdue_lines"],
    }


def segments_text(segments: pd.DataFrame, *, currency: str) -> str:
    """Nine cells of ABC by value and XYZ by forecast error."""
    own = segments.loc[segments["item_sites"].gt(0)]
    shown = own[["segment", "item_sites", "stock_value", "planned_stock_value"]].assign(
        days=own["stock_days"],
        planned_days=own["planned_stock_days"],
        expected_fill=[_share(value) for value in own["expected_fill"]],
        service_level=[_share(value) for value in own["service_level"]],
        higher_fill=[_share(value) for value in own["higher_fill"]],
        more_stock=own["stock_for_more"],
        costs_a_year=own["cost_of_more_per_year"],
        saves_a_year=own["margin_of_more_per_year"],
    )
    decimals = dict.fromkeys(
        ("stock_value", "planned_stock_value", "days", "planned_days", "more_stock", "costs_a_year", "saves_a_year"), 0
    )
    by = own["service_by"].iloc[0] if len(own) else ""
    title = f"Segments, ABC by value and XYZ by forecast error, service by {by}; money in {currency}"
    return f"{title}\n{frame_text(shown, decimals=decimals)}"


PLANNED = (
    "Planned stock and expected fill are those of the rule once it has worked through, that is when today's excess has "
    "sold and its orders have come."
)
"""What the planned figures of segments and trade-off mean."""


def coming_weeks_text(weeks: ComingWeeks | None, *, currency: str) -> str:
    """What planned figures mean, and what stock and service of the coming weeks are by the projection."""
    if weeks is None:
        return PLANNED
    planned = f"{weeks.stock_planned:,.0f} planned"
    if weeks.reached is not None:
        when = f"It is down to the {planned} on {weeks.reached}."
    elif weeks.not_before is not None:
        when = f"It does not come down to the {planned} in that time; at that pace not before {weeks.not_before}."
    else:
        when = f"It does not come down to the {planned} in that time, nor does it fall."
    return (
        f"{PLANNED} The coming weeks differ: as projected, stock goes from {weeks.stock_today:,.0f} on {weeks.first} "
        f"to {weeks.stock_last:,.0f} {currency} on {weeks.last} (mean {weeks.stock_mean:,.0f}), and "
        f"{_share(weeks.fill_units)} of the units asked for, {_share(weeks.fill_value)} of their value, are served. "
        f"{when}"
    )


def trade_off_text(points: pd.DataFrame, *, currency: str) -> str:
    """Today, the plan and its neighbours between stock and service, in all and by class."""
    order = ["today", "lower", "plan", "higher"]
    own = points.loc[points["point"].isin(order)]
    own = own.assign(at=own["point"].map(order.index), of=own["group"].map(["all", "A", "B", "C"].index))
    own = own.sort_values(["of", "at"], kind="stable")
    shown = own[["group", "label", "stock_value"]].assign(
        fill_rate=[_share(value) for value in own["fill_rate"]],
        lost_margin=own["lost_margin_per_year"],
        basis=own["basis"],
    )
    title = f"Stock against service ({currency}, lost margin a year); today's fill is that of the last 13 weeks"
    return f"{title}\n{frame_text(shown, decimals={'stock_value': 0, 'lost_margin': 0})}"


def _share(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else ""


def _signed(value: float) -> str:
    return signed(value) if np.isfinite(value) else ""
