"""A line's quantity from its own explanation, and the explanation in words. Knows nothing of the planner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from supplychain.plans.explain_limits import left_out_text
from supplychain.plans.explain_prices import price_text
from supplychain.plans.explain_steps import steps_text, target_text
from supplychain.plans.explain_words import after, count_text, currency_text, day_text, missing, next_day, number_text

__all__ = ["approved_text", "explain_line", "line_reason", "recompute_quantity"]

_SLACK = 1e-9
_TOLD = 0.05  # units below which nothing is said


def recompute_quantity(line: Mapping[str, Any]) -> float:
    """Quantity of an order or transfer line in units, from its explanation columns alone.

    Walks from position and demand over target, need, minimum quantity, packs, limits, the supplier's minimum, trucks,
    what limits that orders share leave out, and packs added for a price break; only inputs of each step are read, never
    its recorded result. A transfer is cut to its share when the origin is short; a pinned line has what is pinned. A
    line that rebalances stock brings what its destination misses, or less where the rest does not pay.
    """
    if _pinned(line):
        return float(line["pinned_quantity"])
    if line.get("reason") == "rebalancing":
        return min(float(line["need"]), float(line["share_units"]))
    position = _position(line)
    reorder_point, target = _target(line, position)
    need = max(target - position, 0.0) if position <= reorder_point + _SLACK * abs(reorder_point) else 0.0
    packs = _within_limits(line, _whole_packs(line, need)) + int(line["top_up_packs"])
    packs += int(line.get("truck_packs", 0)) - int(line.get("left_out_packs", 0)) + int(line.get("break_packs", 0))
    quantity = packs * float(line["pack_units"])
    return min(quantity, float(line["share_units"])) if "share_units" in line else quantity


def _position(line: Mapping[str, Any]) -> float:
    own = float(line["on_hand"]) - float(line["blocked"]) - float(line["backorder"]) + float(line["on_order"])
    own += float(line["substitute_stock"]) + float(line["expected_returns"]) + float(line["expected_lost"])
    return own - float(line["expected_waste"]) + float(line["fed_position"])


def _pinned(line: Mapping[str, Any]) -> bool:
    return float(line["pinned_quantity"]) > 0  # NaN: no pin


def _target(line: Mapping[str, Any], position: float) -> tuple[float, float]:
    """Reorder point and target of the line's policy."""
    least, daily, mean = (float(line[name]) for name in ("least_target", "daily_demand", "expected_demand"))
    if line["policy"] == "today":
        return max(daily * float(line["cover_min_days"]), least), max(daily * float(line["cover_max_days"]), least)
    if line["policy"] == "textbook":
        spread = float(line["demand_variance"]) + (daily * float(line["lead_time_sd_days"])) ** 2
        safety = NormalDist().inv_cdf(float(line["service_level"])) * math.sqrt(spread)
        target = max(max(mean + safety, 0.0) if mean > 0 else 0.0, least)
        return target, target
    target = max(float(line["demand_quantile"]) if mean > 0 else 0.0, least)
    if int(line["reward_packs"]) > 0:
        target = max(target, position + int(line["reward_packs"]) * float(line["pack_units"]))
    return target, target


def _whole_packs(line: Mapping[str, Any], need: float) -> int:
    """Fewest packs that hold the need and the minimum quantity; the rounding comes last and goes up."""
    if need <= 0:
        return 0
    pack = float(line["pack_units"])
    return max(math.ceil(need / pack * (1 - _SLACK)), _smallest_lot(line))


def _smallest_lot(line: Mapping[str, Any]) -> int:
    return max(math.ceil(float(line["minimum_order_quantity"]) / float(line["pack_units"]) * (1 - 1e-13)), 1)


def _within_limits(line: Mapping[str, Any], packs: int) -> int:
    """Packs that the planner's maximum and sales before expiry allow; else one smallest lot where that still pays."""
    room, sellable, cost = (float(line[name]) for name in ("room_units", "sellable_units", "unit_cost"))
    limit = min(room, sellable)
    if math.isinf(limit):
        return packs
    fits = math.floor(max(limit, 0.0) / float(line["pack_units"]) * (1 + _SLACK))
    if packs <= fits:
        return packs
    lot = _smallest_lot(line)
    if fits >= lot:
        return fits
    units = lot * float(line["pack_units"])
    sold = min(units, sellable)
    pays = (float(line["selling_price"]) - cost) * sold > cost * (units - sold)
    return lot if packs > 0 and pays and units <= room else 0


def explain_line(line: Mapping[str, Any]) -> str:
    """Why the line is what it is, in about five lines for a buyer.

    What to do, the need, the position, the way to the quantity, and what it is worth. Besides the plan's own columns
    ``line`` may hold item_name, base_currency, minimum_order_value (of the supplier, in the line's currency),
    order_cost_of_waiting (of all lines of its order together) and
    never_comes (units of open orders that are not counted, since suppliers deliver less than is ordered).
    """
    if line.get("reason") == "rebalancing":
        parts = [_opening(line), _missing_there(line), _stock(line), _without(line), _gain(line)]
    else:
        parts = [_opening(line), _need(line), _stock(line), target_text(line), steps_text(line)]
        parts += [left_out_text(line), price_text(line), _without(line)]
        parts.append("" if line["status"] == "left_out" else _worth(line))
    if line.get("held"):
        parts.append(f"Held for a second person: {line['held']}.")
    return "\n".join(part for part in parts if part)


_REASONS = {
    "need": "whole packs as needed",
    "reward": "packs that earn more than they cost",
    "pack": "rounded up to whole packs",
    "minimum_order_quantity": "raised to the minimum quantity",
    "maximum_stock": "cut to the planner's maximum",
    "sales_before_expiry": "cut to what sells in time",
    "smallest_lot": "the smallest lot that still pays",
    "supplier_minimum": "packs added for the supplier's minimum",
    "origin_stock": "the share of a short origin",
    "pinned": "pinned by a buyer",
    "rebalancing": "units worth more there than here",
    "trucks": "set by what trucks and orders cost",
    "price_break": "packs added for a lower price",
    "budget_per_month": "cut to the month's budget",
    "weekly_capacity_units": "cut to the supplier's week",
    "capacity_l": "cut to the room at the site",
}


def line_reason(line: Mapping[str, Any]) -> str:
    """What set the quantity in the end, in a few words."""
    if line["binding"] == "pack" and float(line["pack_units"]) == 1:
        return "rounded up to whole units"
    return _REASONS[str(line["binding"])]


def approved_text(line: Mapping[str, Any]) -> str:
    """`` by NAME (checked by NAME) on DAY`` of an approved line; empty where nobody has approved it."""
    if not line.get("approved_by"):
        return ""
    second = f" (checked by {line['checked_by']})" if line.get("checked_by") else ""
    return f" by {line['approved_by']}{second} on {str(line['approved_at'])[:16].replace('T', ' ')} UTC"


def _opening(line: Mapping[str, Any]) -> str:
    order = "supplier_id" in line
    if line["status"] == "left_out":
        name = f" {line['item_name']}" if line.get("item_name") else ""
        less = int(line["left_out_packs"]) + max(-int(line["truck_packs"]), 0)
        packs = f"{count_text(less, 'pack')} of {number_text(line['pack_units'])}"
        where = f"for {line['site_id']} from {line['supplier_id']} on {day_text(line['order_date'])}"
        return f"Left out: {packs} of {line['item_id']}{name} {where}; nothing is ordered."
    verb = "order" if order else "send"
    lead = {"proposed": verb.capitalize(), "waiting": f"Waits for the supplier's minimum: {verb}"}
    lead["planned"] = f"Expected later: {verb}"
    status = str(line["status"])
    start = lead.get(status) or f"{status.capitalize()}{approved_text(line)}: {verb}"
    packs = f" ({count_text(line['packs'], 'pack')} of {number_text(line['pack_units'])})"
    name = f" {line['item_name']}" if line.get("item_name") else ""
    what = f"{start} {number_text(line['quantity'])} units{packs} of {line['item_id']}{name}"
    when = f"on {day_text(line['order_date'])}; here by {day_text(line['receipt_date'])}"
    if order:
        money = f"{float(line['value']):,.2f} {line['currency']}"
        return f"{what} for {line['site_id']} from {line['supplier_id']} {when}; {money}."
    return f"{what} from {line['origin_id']} to {line['destination_id']} {when}."


def _need(line: Mapping[str, Any]) -> str:
    if line["policy"] == "today":
        daily, most, least = (float(line[name]) for name in ("daily_demand", "cover_max_days", "cover_min_days"))
        return (
            f"Need: it sold {number_text(daily)} a day lately; the rule fills up to "
            f"{number_text(most)} days of that ({number_text(daily * most)}) once the position covers "
            f"{number_text(least)} days ({number_text(daily * least)}) or less."
        )
    days = int(line["protection_days"])
    whole = days >= int(line["next_receipt_days"])
    end = f"could be here if ordered on {next_day(line)}" if whole else "ends"
    what = ("the next delivery " if whole else "the item ") + end
    level = f"{float(line['service_level']):.1%}".replace(".0%", "%")
    return (
        f"Need: until {after(line, days)}, when {what} ({days} days), {number_text(line['expected_demand'])} units are "
        f"expected to be asked for, and in {level} of cases no more than {number_text(line['demand_quantile'])}."
    )


def _missing_there(line: Mapping[str, Any]) -> str:
    until = after(line, int(line["protection_days"]))
    level = f"{float(line['service_level']):.1%}".replace(".0%", "%")
    text = (
        f"Need: {line['destination_id']} is shortest on {until}, before a later order could help: "
        f"{number_text(line['expected_demand'])} units are expected to be asked for by then, in {level} of cases no "
        f"more than {number_text(line['demand_quantile'])}; {number_text(line['need'])} units are missing for that."
    )
    if float(line["quantity"]) < float(line["need"]):
        text += " More would gain less than it costs, or is not to be had."
    return text


def _gain(line: Mapping[str, Any]) -> str:
    here, there, freight = (float(line[name]) for name in ("origin_value", "destination_value", "freight"))
    return (
        f"Worth: {there:,.2f} at {line['destination_id']}, {float(line['lost_margin_avoided']):,.2f} of it margin that "
        f"would be lost; {here:,.2f} at {line['origin_id']} until its own next order; freight {freight:,.2f}: the move "
        f"gains {there - here - freight:,.2f}{currency_text(line)}."
    )


def _stock(line: Mapping[str, Any]) -> str:
    parts = [f"{number_text(line['on_hand'])} on hand"]
    day = line.get("next_arrival_date")
    never = float(line.get("never_comes") or 0.0)
    notes = [] if missing(day) else [f"next {day_text(day)}"]
    notes += [f"{number_text(never)} units less than ordered, as suppliers usually deliver"] if never >= _TOLD else []
    coming = f" ({'; '.join(notes)})" if notes else ""
    for name, sign, words in (
        ("blocked", "-", "blocked"),
        ("backorder", "-", "owed to customers"),
        ("on_order", "+", f"on order{coming}"),
        ("expected_waste", "-", "expected to expire unsold"),
        ("substitute_stock", "+", "left of the item that it replaces, beyond that item's own need"),
        ("expected_returns", "+", f"expected back from customers by {after(line, int(line['protection_days']))}"),
        ("fed_position", "+", "at the sites fed from here"),
        ("expected_lost", "+", "lost before this can be here, which nobody waits for"),
    ):
        if abs(float(line[name])) >= _TOLD:
            minus = (float(line[name]) < 0) != (sign == "-")
            parts.append(f"{'-' if minus else '+'} {number_text(abs(float(line[name])))} {words}")
    if float(line["on_order"]) < _TOLD:
        parts.append("+ nothing on order")
    start = "Position"
    if line["status"] == "planned":
        start = f"Position expected on {day_text(line['order_date'])}, whole units or not"
    return f"{start}: {' '.join(parts)} = {number_text(line['position'])} units."


def _without(line: Mapping[str, Any]) -> str:
    empty, used, here = (line[name] for name in ("stock_out_date", "used_up_date", "receipt_date"))
    late = "" if missing(used) or day_text(used) >= day_text(here) else ", before this line can be here"
    coming = [words for name, words in _COMING.items() if float(line[name]) >= _TOLD]
    known = _listed(["stock", *coming])
    if missing(empty):
        return f"Without it: {known} {'last' if coming else 'lasts'} as far as the forecast reaches."
    if missing(used):
        return (
            f"Without it: empty from {day_text(empty)} until more arrives; that lasts as far as the forecast reaches."
        )
    if day_text(empty) == day_text(used):
        return f"Without it: {known} {'are' if coming else 'is'} used up on {day_text(used)}{late}."
    rest = f"{_listed(coming or ['what comes'])} {'are' if len(coming) > 1 else 'is'} used up on {day_text(used)}"
    return f"Without it: empty from {day_text(empty)} until more arrives; {rest}{late}."


_COMING = {
    "on_order": "what is on order",
    "fed_position": "what the sites fed from here have",
    "expected_returns": "what customers send back",
}


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _worth(line: Mapping[str, Any]) -> str:
    saved, waiting = float(line["lost_margin_avoided"]), float(line["cost_of_waiting"])
    turn = f"would cost {waiting:,.2f}" if waiting >= 0 else f"would save {-waiting:,.2f}"
    worth = f"Worth: {saved:,.2f} of margin that would be lost; waiting until {next_day(line)} {turn}"
    return f"{worth}{currency_text(line)}.{_with_order(line)}"


def _with_order(line: Mapping[str, Any]) -> str:
    """What waiting with the whole order costs, of a line that alone could wait."""
    whole = line.get("order_cost_of_waiting")
    if whole is None or float(line["cost_of_waiting"]) >= 0 or line["status"] != "proposed":
        return ""
    if float(whole) >= 0:
        return f" Waiting with the whole order would cost {float(whole):,.2f}{currency_text(line)}."
    return (
        f" Waiting with the whole order would save {-float(whole):,.2f}{currency_text(line)} until then; it goes "
        "tonight because of the order days after that, an item that would run out, or a pin."
    )
