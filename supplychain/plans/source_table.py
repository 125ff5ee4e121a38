"""The sources that were compared for each row with a choice, and the one that was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from supplychain.plans.frame import typed_frame

__all__ = ["COST_PARTS", "SOURCE_COLUMNS", "explain_sources", "no_sources"]

COST_PARTS = ("purchase", "payment", "cycle_stock", "safety_stock", "lost_margin")

SOURCE_COLUMNS = {
    "item_id": "str",
    "site_id": "str",
    "supplier_id": "str",
    "mode": "str",
    "landed_cost": "float64",
    "freight": "float64",
    "lead_time_days": "float64",
    "lead_time_sd_days": "float64",
    "review_days": "float64",
    "minimum_order_quantity": "float64",
    "pack_units": "float64",
    "paid_days": "float64",
    "margin": "float64",
    "holding_share": "float64",
    "daily_demand": "float64",
    "daily_variance": "float64",
    "lot_units": "float64",
    "safety_units": "float64",
    **dict.fromkeys(COST_PARTS, "float64"),
    "total": "float64",
    "threshold": "float64",
    "in_use": "bool",
    "chosen": "bool",
    "why": "str",
}
"""A row a source (supplier and ``mode``: lanes of the way, empty where no lane is known) of an item at a site.

Base currency a unit: ``landed_cost`` with payment fee and the ``freight`` that the way costs beyond the usual one,
``margin`` that a lost sale costs. Days: lead time planned with, ``review_days`` between orders (no less than the
supplier's minimum value takes to fill), ``paid_days`` from the receipt until the money leaves. Units: minimum, pack,
``daily_demand`` and its ``daily_variance``, ``lot_units`` ordered at a time and ``safety_units`` held. Base currency a
year: the cost parts, their ``total``. ``in_use`` is the source of the last order; another one takes its place where it
saves more than the share ``threshold`` of its total. ``why``: cheapest, in use (nothing saves enough), pinned by a
buyer, or not chosen.
"""


def no_sources() -> pd.DataFrame:
    """The table where there is no choice."""
    return typed_frame(dict.fromkeys(SOURCE_COLUMNS, ()), SOURCE_COLUMNS)


_WORDS = {
    "purchase": "goods", "payment": "payment", "cycle_stock": "lots", "safety_stock": "safety stock",
    "lost_margin": "lost sales",
}  # fmt: skip
_REASONS = {
    "cheapest": "costs least in all",
    "in use": "is in use, and nothing saves more than {threshold:.1%} of its cost",
    "pinned": "is named by a buyer's pin",
}


def explain_sources(sources: Sequence[Mapping[str, Any]], *, currency: str = "") -> str:
    """Which sources of a row were compared, and why one was chosen, in a line each; empty without a choice.

    ``sources`` are the row's lines of the table. Amounts are a year's, against the chosen source.
    """
    chosen = next((one for one in sources if one["chosen"]), None)
    if chosen is None or len(sources) < 2:
        return ""
    money = f" {currency}" if currency else ""
    reason = _REASONS[str(chosen["why"])].format(threshold=float(chosen["threshold"]))
    lines = [
        f"Source: {_name(chosen)} {reason}: {float(chosen['landed_cost']):,.2f}{money} a unit landed, "
        f"{_days(chosen)}, lots of {float(chosen['lot_units']):,.0f}; {float(chosen['total']):,.0f}{money} a year."
    ]
    for one in sorted(sources, key=lambda source: float(source["total"])):
        if one["chosen"]:
            continue
        parts = [(_WORDS[name], float(one[name]) - float(chosen[name])) for name in COST_PARTS]
        shown = ", ".join(f"{word} {amount:+,.0f}" for word, amount in parts if abs(amount) >= _SHOWN)
        more = float(one["total"]) - float(chosen["total"])
        lines.append(
            f"  {_name(one)}: {float(one['landed_cost']):,.2f}{money} a unit, {_days(one)}; {abs(more):,.0f}{money} a "
            f"year {'more' if more >= 0 else 'less'}" + (f" ({shown})." if shown else ".")
        )
    return "\n".join(lines)


_SHOWN = 0.5  # amounts that would be rounded to nothing are left out


def _name(source: Mapping[str, Any]) -> str:
    return f"{source['supplier_id']} by {source['mode']}" if source["mode"] else str(source["supplier_id"])


def _days(source: Mapping[str, Any]) -> str:
    return f"{float(source['lead_time_days']):.1f} days (sd {float(source['lead_time_sd_days']):.1f})"
