"""What limits that orders share have taken from a line, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplychain.plans.amounts import significant
from supplychain.plans.order_limits import limit_words

__all__ = ["left_out_text"]


def left_out_text(line: Mapping[str, Any]) -> str:
    """The limit, the packs that it takes, what that loses, and the price of the limit; or nothing."""
    packs = int(line.get("left_out_packs", 0))
    if packs == 0:
        return ""
    limit, price = str(line["left_out_for"]), float(line["limit_price"])
    currency = f" {line['base_currency']}" if line.get("base_currency") else ""
    unit = {"budget_per_month": currency.strip() or "of base currency", "capacity_l": "litre"}.get(limit, "unit")
    worth = f"the best of what it keeps out would save {significant(price, 4)}{currency} for each {unit} of it"
    worth = worth if price > 0 else f"one {unit} more of it would change nothing"
    return (
        f"Limit: {packs:,} {'pack' if packs == 1 else 'packs'} left out for {limit_words(limit, line)}, at the cost of "
        f"{float(line['left_out_margin']):,.2f}{currency} of expected lost margin; {worth}."
    )
