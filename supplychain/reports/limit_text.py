"""Limits that orders share as text: what is used, by whom, and what is left out."""

from __future__ import annotations

import pandas as pd

from supplychain.plans.amounts import counted, significant
from supplychain.plans.order_limits import LIMITS
from supplychain.reports.text import frame_text

__all__ = ["limit_frame", "limit_parts", "tight_limits"]

_TIGHT = 0.8  # share of a limit in use from which it is shown
_WORDS = {"budget_per_month": "month", "weekly_capacity_units": "week", "capacity_l": "day"}


def limit_parts(limits: pd.DataFrame, left_out: pd.DataFrame, *, currency: str, count: int) -> list[str]:
    """The limits of the planning day, and the lines that they have cut; nothing where there are none."""
    if limits.empty and left_out.empty:
        return []
    tight = tight_limits(limits)
    title = (
        "Limits that orders share; before: ordered already, or there by then; later: kept for order days to come; "
        f"price: {currency} that the best of what it keeps out would save for each unit of it"
    )
    parts = []
    if len(tight):
        text = f"{title}\n{frame_text(limit_frame(tight, currency), decimals=_DECIMALS)}"
        if tight["limit"].eq("budget_per_month").any():
            text += "\nThe budget counts orders by their order date, without fees; plan cash shows when they are paid."
        parts.append(text)
    loose = limits.drop(tight.index)
    if len(loose):
        parts.append("\n".join(_loose(loose, count)))
    cut = limits.loc[limits["transfers_left_out"].gt(0)]
    if len(cut):
        told = [
            f"{row['site_id']} {row['begins']:%Y-%m-%d} {row['transfers_left_out']:,.0f} l "
            f"({row['transfers_margin']:,.0f} {currency} of expected lost margin)"
            for row in cut.to_dict("records")
        ]
        parts.append(f"Transfers left out for the room at sites: {', '.join(told)}")
    if len(left_out):
        shown = left_out.head(count).assign(left_out_for=left_out["left_out_for"].map({**LIMITS, "trucks": "trucks"}))
        lost = float(left_out["left_out_margin"].sum())
        text = (
            f"Left out for limits, or for what trucks and orders cost ({counted(len(left_out), 'line')}, "
            f"{lost:,.0f} {currency} of expected lost margin)"
        )
        more = len(left_out) - count
        note = f"\n... and {more} more; --all shows them" if more > 0 else ""
        parts.append(f"{text}\n{frame_text(shown, decimals={'left_out_margin': 0})}{note}")
    return parts


def _loose(limits: pd.DataFrame, count: int) -> list[str]:
    """A line a kind of limit: whose, when, and the share in use, the most used first."""
    used = ((limits["before"] + limits["tonight"]) / limits["amount"].where(limits["amount"].gt(0))).fillna(0.0)
    limits = limits.assign(used=used).sort_values(
        ["used", "supplier_id", "site_id", "begins"], ascending=[False, True, True, True], kind="stable"
    )
    lines = [f"Limits used less than {_TIGHT:.0%} ({len(limits)}), share in use with tonight's orders"]
    for name in LIMITS:
        own = limits.loc[limits["limit"].eq(name)].to_dict("records")
        told = [f"{row['supplier_id']}{row['site_id']} {row['begins']:%Y-%m-%d} {row['used']:.0%}" for row in own]
        more = f", and {len(own) - count} more" if len(own) > count else ""
        if own:
            lines.append(f"  {name}: {', '.join(told[:count])}{more}")
    return lines


def tight_limits(limits: pd.DataFrame) -> pd.DataFrame:
    """The budget, and the other limits that bind or of which most is used."""
    tight = limits["price"].gt(0) | limits["over"].gt(0) | limits["limit"].eq("budget_per_month")
    tight |= (limits["before"] + limits["tonight"]).ge(_TIGHT * limits["amount"])
    return limits.loc[tight]


def limit_frame(limits: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Columns for a buyer: what is limited, for whom and when, and how much of it is used; those that bind first."""
    order = {name: at for at, name in enumerate(LIMITS)}
    key = limits["limit"].map(order)
    binds = limits["price"].gt(0) | limits["over"].gt(0) | limits["left_out"].gt(0)
    limits = limits.assign(at=key, free=~binds).sort_values(
        ["at", "free", "supplier_id", "site_id", "begins"], kind="stable"
    )
    begins = [
        f"{_WORDS[name]} {day:%Y-%m}" if name == "budget_per_month" else f"{_WORDS[name]} {day:%Y-%m-%d}"
        for name, day in zip(limits["limit"], limits["begins"], strict=True)
    ]
    units = {"budget_per_month": currency, "weekly_capacity_units": "units", "capacity_l": "l"}
    return pd.DataFrame(
        {
            "limit": limits["limit"].to_numpy(),
            "of": (limits["supplier_id"] + limits["site_id"]).to_numpy(),
            "for": begins,
            "unit": limits["limit"].map(units).to_numpy(),
            **{name: limits[name].to_numpy() for name in ("amount", "before", "tonight", "later", "left", "left_out")},
            "price": [significant(price, 4) if price > 0 else "" for price in limits["price"]],
        }
    )


_DECIMALS = dict.fromkeys(("amount", "before", "tonight", "later", "left", "left_out"), 0)
