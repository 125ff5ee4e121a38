"""What a whole order is worth, and the trucks that it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from supplychain.plans.amounts import counted
from supplychain.plans.explain_words import next_day

__all__ = ["explain_order_worth", "order_worth"]


def order_worth(lines: pd.DataFrame) -> dict[str, float]:
    """Sums over the lines of an order, in base currency: lost_margin_avoided and cost_of_waiting."""
    return {name: float(lines[name].sum()) for name in ("lost_margin_avoided", "cost_of_waiting")}


def explain_order_worth(head: Mapping[str, Any], lines: pd.DataFrame, currency: str) -> str:
    """Trucks of the order and what it costs to send it, and what its lines are worth together."""
    parts = [text] if (text := _trucks(head, currency)) else []
    if lines.empty:
        return "\n".join(parts)
    worth = order_worth(lines)
    saved, waiting = worth["lost_margin_avoided"], worth["cost_of_waiting"]
    turn = f"would cost {waiting:,.2f}" if waiting >= 0 else f"would save {-waiting:,.2f}"
    again = min(next_day(line) for line in lines.to_dict("records"))
    beside = ", order and trucks aside" if float(head["transport_cost"]) > 0 else ""
    parts.append(
        f"Worth of its lines together: {saved:,.2f} of margin that would be lost; waiting with all of them until "
        f"{again} {turn} {currency}{beside}."
    )
    return "\n".join(parts)


def _trucks(head: Mapping[str, Any], currency: str) -> str:
    """Empty where the supplier's orders and trucks cost nothing; beside placed lines only what comes on top."""
    trucks, cost = int(head["trucks"]), float(head["transport_cost"])
    if not trucks and cost <= 0:
        return ""
    more = " more than what is placed already takes" if float(head["placed_value"]) > 0 else ""
    fill = float(head["last_truck_fill"])
    full = f", the last one {fill:.0%} full" if trucks and fill > 0 else ""
    return f"Trucks: {counted(trucks, 'truck')}{more}{full}; order and trucks cost {cost:,.2f} {currency}."
