"""The price that a line has reached, and the break that it takes or leaves, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from supplychain.plans.explain_words import currency_text, missing, number_text
from supplychain.plans.price_verdicts import BREAK_VERDICTS

__all__ = ["price_text"]


def price_text(line: Mapping[str, Any]) -> str:
    """The break reached, and what reaching it or another one saves and costs; empty where the line has no breaks."""
    start, nearest = float(line.get("tier_from") or 0.0), line.get("break_from")
    none = missing(nearest)
    if start <= 0 and none:
        return ""
    money = str(line["currency"])
    text = f"Price: {float(line['unit_price']):,.2f} {money}"
    text += f" from {number_text(start)} units on" if start > 0 else ", without a break"
    if none:
        return f"{text}; no lower one follows."
    units, saves = float(line["break_units"]), float(line["break_saves"])
    told = f"saves {saves:,.2f}{currency_text(line)} on the other {number_text(_without(line))}, {_cost(line)}"
    if line["break_verdict"] == "taken":
        return f"{text}; {number_text(units)} more reach it: {told}: taken."
    at = f"{float(line['break_price']):,.2f} {money} from {number_text(nearest)} units on"
    why = BREAK_VERDICTS[str(line["break_verdict"])]
    return f"{text}. {number_text(units)} more would reach {at}: {told}: not taken, because {why}."


def _without(line: Mapping[str, Any]) -> float:
    """Units of the line without packs for a break."""
    return float(line["quantity"]) - int(line["break_packs"]) * float(line["pack_units"])


def _cost(line: Mapping[str, Any]) -> str:
    """What the units more cost until they sell."""
    costs = float(line["break_costs"])
    if not math.isfinite(costs):
        return "but none of them is expected to sell"
    if costs < 0:
        return f"and they earn {-costs:,.2f}{currency_text(line)} as well"
    return f"holding them until they sell costs {costs:,.2f}{currency_text(line)}"
