"""The way from what is needed to the quantity of a line in words: each figure follows from those before it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from supplychain.plans.explain_words import count_text, currency_text, number_text

__all__ = ["steps_text", "target_text"]

_SLACK = 1e-9
_TOLD = 0.05  # units below which nothing is said


def target_text(line: Mapping[str, Any]) -> str:
    """What raises the target above the need that is told before it; empty where nothing does, or a pin decides."""
    if float(line["pinned_quantity"]) > 0:
        return ""
    least, target, mean = (float(line[name]) for name in ("least_target", "target", "expected_demand"))
    wanted, words = float(line["demand_quantile"]), "as needed"
    if line["policy"] == "today":
        wanted, words = float(line["daily_demand"]) * float(line["cover_max_days"]), "by the rule"
    elif mean <= 0 or wanted < 0:
        wanted, words = 0.0, "since nothing is expected to be asked for"
    text = f"Target: {number_text(wanted)} {words}"
    level = max(wanted, least)
    if _shown(least) > _shown(wanted):
        more = number_text(_shown(least) - _shown(wanted))
        text += f"; {_least(line)}, which raises it by {more} to {number_text(least)}"
    if _shown(target) > _shown(level):
        pack, packs, position = (
            number_text(line["pack_units"]),
            int(line["reward_packs"]),
            number_text(line["position"]),
        )
        earn = "earns more than it costs" if packs == 1 else "earn more than they cost"
        text += (
            f"; {count_text(packs, 'pack')} of {pack} on top of the position of {position} {earn}, which raises it by "
            f"{number_text(_shown(target) - _shown(level))} to {number_text(target)}"
        )
    raised = _shown(target) > _shown(wanted)
    other = line["policy"] != "today" and wanted != float(line["demand_quantile"])
    return f"{text}." if raised or other else ""


def _shown(units: float) -> float:
    """As it is printed: what reads the same needs no step between."""
    return round(units, 1)


def _least(line: Mapping[str, Any]) -> str:
    """The planner's minimum stock at the site, and what the position holds beside it."""
    fed, lost = float(line["fed_position"]), float(line["expected_lost"])
    parts = [number_text(float(line["least_target"]) - fed - lost)]
    parts += [f"{number_text(fed)} at the sites fed from here"] if fed else []
    parts += [f"{number_text(lost)} lost"] if lost >= _TOLD else []
    sums = f" ({' + '.join(parts)})" if len(parts) > 1 else ""
    return f"the planner's minimum stock asks for {number_text(line['least_target'])}{sums}"


def steps_text(line: Mapping[str, Any]) -> str:
    """From target and position to the quantity, the units after each step, and what sets it in the end."""
    pack, binding = number_text(line["pack_units"]), str(line["binding"])
    if float(line["pinned_quantity"]) > 0:
        return (
            f"Quantity: pinned to {number_text(line['pinned_quantity'])} units by {line['pinned_by']}: "
            f"{line['pinned_why']}. Without the pin the need is {number_text(line['need'])}, in packs of {pack}."
        )
    need, after_pack, after_cap = (float(line[name]) for name in ("need", "quantity_after_pack", "quantity_after_cap"))
    way = f"Quantity: {_needed(line)}"
    minimum = float(line["quantity_after_minimum"])
    if minimum > need * (1 + _SLACK):
        way += f", at least the minimum quantity of {number_text(minimum)}"
    if after_pack > 0:
        way += f", in packs of {pack}: {number_text(after_pack)}"
    if abs(after_cap - after_pack) > _SLACK:
        way += f", cut to {number_text(after_cap)}"
    now, size = after_cap, float(line["pack_units"])
    for packs, why in (
        (int(line["top_up_packs"]), "for the supplier's minimum"),
        (int(line.get("truck_packs", 0)), "for the trucks"),
        (-int(line.get("left_out_packs", 0)), "for the limit"),
        (int(line.get("break_packs", 0)), "for the price break"),
    ):
        if packs:
            now += packs * size
            way += f", {count_text(abs(packs), 'pack')} {'more' if packs > 0 else 'less'} {why}: {number_text(now)}"
    if binding in ("origin_stock", "capacity_l") and "share_units" in line:
        way += f", of which {number_text(line['quantity'])} can be sent"
    return f"{way}. {_binding(line, binding)}".rstrip()


def _needed(line: Mapping[str, Any]) -> str:
    """Target less position, or why nothing is needed."""
    target, position, point = (number_text(line[name]) for name in ("target", "position", "reorder_point"))
    if float(line["need"]) > 0:
        return f"{target} - {position} = {number_text(line['need'])}"
    if float(line["position"]) >= float(line["target"]):
        return f"the position of {position} holds the target of {target}, so 0 are needed"
    return f"the position of {position} is above {point}, so 0 are needed"


def _binding(line: Mapping[str, Any], binding: str) -> str:
    packs, sellable = int(line["reward_packs"]), number_text(line["sellable_units"])
    if binding == "supplier_minimum":
        minimum = line.get("minimum_order_value")
        money = "" if minimum is None else f" of {float(minimum):,.2f} {line['currency']}"
        return f"They bring the order to the supplier's minimum{money}."
    if binding == "reward":
        earn = "earns more than it costs" if packs == 1 else "earn more than they cost"
        return f"{count_text(packs, 'pack')} {earn}; {_one_more(line)}"
    words = {
        "maximum_stock": f"The planner's maximum leaves room for {number_text(line['room_units'])} units.",
        "sales_before_expiry": f"Only {sellable} more are expected to sell in time.",
        "smallest_lot": f"Only {sellable} are expected to sell in time, but the smallest lot still earns more than it "
        "wastes.",
        "trucks": "Packs come along in a truck that goes anyway."
        if int(line.get("truck_packs", 0)) > 0
        else "A further truck, or an order tonight, would cost more than they earn.",
        "capacity_l": "The site has no room for more." if "share_units" in line else "",
        "origin_stock": "The origin has too little for everybody; this is the site's share.",
    }
    return words.get(binding, "")


def _one_more(line: Mapping[str, Any]) -> str:
    """What the next pack would save and cost, in base currency."""
    saves, value = float(line["one_more_pack_saves"]), float(line["value_of_one_more_pack"])
    waste = " or waste" if math.isfinite(float(line["sellable_units"])) else ""
    cost = f"cost {saves - value:,.2f}{currency_text(line)} to hold{waste}"
    if value > 0:
        return f"one more would save {saves:,.2f} and {cost}, but passes the limit on days of cover."
    return f"one more is expected to save {saves:,.2f} and to {cost}."
