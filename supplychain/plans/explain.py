"""A line's quantity from its own explanation, and the explanation in words. Knows nothing of the planner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from statistics import NormalDist
from typing import Any

from supplychain.plans.explain_limits import left_out_text

__all__ = ["approved_text", "explain_line", "line_reason", "recompute_quantity"]

_SLACK = 1e-9
_TOLD = 0.05  # units below which nothing is said


def recompute_quantity(line: Mapping[str, Any]) -> float:
    """Quantity of an order or transfer line in units, from its explanation columns alone.

    Walks from position and demand over target, need, minimum quantity, packs, limits, the supplier's minimum, trucks
    and what limits that orders share leave out; only
    inputs of each step are read, never its recorded result. A transfer is cut to its share when the origin
    is short; a pinned line has what is pinned. A line that rebalances stock brings what its destination misses, or less
    where the rest does not pay.
    """
    if _pinned(line):
        return float(line["pinned_quantity"])
    if line.get("reason") == "rebalancing":
        return min(float(line["need"]), float(line["share_units"]))
    position = _position(line)
    reorder_point, target = _target(line, position)
    need = max(target - position, 0.0) if position <= reorder_point + _SLACK * abs(reorder_point) else 0.0
    packs = _within_limits(line, _whole_packs(line, need)) + int(line["top_up_packs"])
    packs += int(line.get("truck_packs", 0)) - int(line.get("left_out_packs", 0))
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
    ``line`` may hold item_name, base_currency, minimum_order_value (of the supplier, in the line's currency) and
    never_comes (units of open orders that are not counted, since suppliers deliver less than is ordered).
    """
    if line.get("reason") == "rebalancing":
        parts = [_opening(line), _missing_there(line), _stock(line), _without(line), _gain(line)]
    else:
        parts = [_opening(line), _need(line), _stock(line), _steps(line), left_out_text(line), _without(line)]
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
        packs = f"{_count(less, 'pack')} of {_number(line['pack_units'])}"
        where = f"for {line['site_id']} from {line['supplier_id']} on {_date(line['order_date'])}"
        return f"Left out: {packs} of {line['item_id']}{name} {where}; nothing is ordered."
    verb = "order" if order else "send"
    lead = {"proposed": verb.capitalize(), "waiting": f"Waits for the supplier's minimum: {verb}"}
    lead["planned"] = f"Expected later: {verb}"
    status = str(line["status"])
    start = lead.get(status) or f"{status.capitalize()}{approved_text(line)}: {verb}"
    packs = f" ({_count(line['packs'], 'pack')} of {_number(line['pack_units'])})"
    name = f" {line['item_name']}" if line.get("item_name") else ""
    what = f"{start} {_number(line['quantity'])} units{packs} of {line['item_id']}{name}"
    when = f"on {_date(line['order_date'])}; here by {_date(line['receipt_date'])}"
    if order:
        money = f"{float(line['value']):,.2f} {line['currency']}"
        return f"{what} for {line['site_id']} from {line['supplier_id']} {when}; {money}."
    return f"{what} from {line['origin_id']} to {line['destination_id']} {when}."


def _need(line: Mapping[str, Any]) -> str:
    if line["policy"] == "today":
        return (
            f"Need: it sold {_number(line['daily_demand'])} a day lately; the rule fills up to "
            f"{_number(line['cover_max_days'])} days of that ({_number(line['target'])}) once the position covers "
            f"{_number(line['cover_min_days'])} days ({_number(line['reorder_point'])}) or less."
        )
    days = int(line["protection_days"])
    whole = days >= int(line["lead_days"]) + int(line["review_days"])
    end = f"could be here if ordered on {_next_day(line)}" if whole else "ends"
    what = ("the next delivery " if whole else "the item ") + end
    level = f"{float(line['service_level']):.1%}".replace(".0%", "%")
    text = (
        f"Need: until {_after(line, days)}, when {what} ({days} days), {_number(line['expected_demand'])} units are "
        f"expected to be asked for, and in {level} of cases no more than {_number(line['demand_quantile'])}."
    )
    if 0 < float(line["least_target"]) >= float(line["demand_quantile"]):
        text += f" The planner's minimum asks for a position of {_number(line['least_target'])}."
    return text


def _missing_there(line: Mapping[str, Any]) -> str:
    until = _after(line, int(line["protection_days"]))
    level = f"{float(line['service_level']):.1%}".replace(".0%", "%")
    text = (
        f"Need: {line['destination_id']} is shortest on {until}, before a later order could help: "
        f"{_number(line['expected_demand'])} units are expected to be asked for by then, in {level} of cases no more "
        f"than {_number(line['demand_quantile'])}; {_number(line['need'])} units are missing for that."
    )
    if float(line["quantity"]) < float(line["need"]):
        text += " More would gain less than it costs, or is not to be had."
    return text


def _gain(line: Mapping[str, Any]) -> str:
    here, there, freight = (float(line[name]) for name in ("origin_value", "destination_value", "freight"))
    return (
        f"Worth: {there:,.2f} at {line['destination_id']}, {float(line['lost_margin_avoided']):,.2f} of it margin that "
        f"would be lost; {here:,.2f} at {line['origin_id']} until its own next order; freight {freight:,.2f}: the move "
        f"gains {there - here - freight:,.2f}{_currency(line)}."
    )


def _stock(line: Mapping[str, Any]) -> str:
    parts = [f"{_number(line['on_hand'])} on hand"]
    day = line.get("next_arrival_date")
    never = float(line.get("never_comes") or 0.0)
    notes = [] if _missing(day) else [f"next {_date(day)}"]
    notes += [f"{_number(never)} units less than ordered, as suppliers usually deliver"] if never >= _TOLD else []
    coming = f" ({'; '.join(notes)})" if notes else ""
    for name, sign, words in (
        ("blocked", "-", "blocked"),
        ("backorder", "-", "owed to customers"),
        ("on_order", "+", f"on order{coming}"),
        ("expected_waste", "-", "expected to expire unsold"),
        ("substitute_stock", "+", "left of the item that it replaces, beyond that item's own need"),
        ("expected_returns", "+", f"expected back from customers by {_after(line, int(line['protection_days']))}"),
        ("fed_position", "+", "at the sites fed from here"),
        ("expected_lost", "+", "lost before this can be here, which nobody waits for"),
    ):
        if float(line[name]):
            minus = (float(line[name]) < 0) != (sign == "-")
            parts.append(f"{'-' if minus else '+'} {_number(abs(float(line[name])))} {words}")
    if not float(line["on_order"]):
        parts.append("+ nothing on order")
    start = "Position"
    if line["status"] == "planned":
        start = f"Position expected on {_date(line['order_date'])}, whole units or not"
    return f"{start}: {' '.join(parts)} = {_number(line['position'])} units."


def _steps(line: Mapping[str, Any]) -> str:
    """From target and position to the quantity, and what sets it in the end."""
    pack, binding = _number(line["pack_units"]), str(line["binding"])
    if _pinned(line):
        return (
            f"Quantity: pinned to {_number(line['pinned_quantity'])} units by {line['pinned_by']}: "
            f"{line['pinned_why']}. Without the pin the need is {_number(line['need'])}, in packs of {pack}."
        )
    way = f"Quantity: {_number(line['target'])} - {_number(line['position'])} = {_number(line['need'])}"
    after_pack, after_cap = float(line["quantity_after_pack"]), float(line["quantity_after_cap"])
    if float(line["quantity_after_minimum"]) > float(line["need"]) * (1 + _SLACK):
        way += f", at least the minimum quantity of {_number(line['minimum_order_quantity'])}"
    if after_pack > 0:
        way += f", in packs of {pack}: {_number(after_pack)}"
    if after_cap < after_pack:
        way += f", cut to {_number(after_cap)}"
    if int(line["top_up_packs"]):
        way += f", and {_count(line['top_up_packs'], 'pack')} more"
    trucks = int(line.get("truck_packs", 0))
    if trucks:
        way += f", {_count(abs(trucks), 'pack')} {'more' if trucks > 0 else 'less'} for the trucks"
    if int(line.get("left_out_packs", 0)):
        way += f", less {_count(line['left_out_packs'], 'pack')}"
    if binding == "origin_stock":
        way += f", of which {_number(line['quantity'])} can be sent"
    return f"{way}. {_binding(line, binding)}".rstrip()


def _binding(line: Mapping[str, Any], binding: str) -> str:
    packs, sellable = int(line["reward_packs"]), _number(line["sellable_units"])
    if binding == "supplier_minimum":
        minimum = line.get("minimum_order_value")
        money = "" if minimum is None else f" of {float(minimum):,.2f} {line['currency']}"
        return f"They bring the order to the supplier's minimum{money}."
    if binding == "reward":
        earn = "earns more than it costs" if packs == 1 else "earn more than they cost"
        return f"{_count(packs, 'pack')} {earn}; {_one_more(line)}"
    words = {
        "maximum_stock": f"The planner's maximum leaves room for {_number(line['room_units'])} units.",
        "sales_before_expiry": f"Only {sellable} more are expected to sell in time.",
        "smallest_lot": f"Only {sellable} are expected to sell in time, but the smallest lot still earns more than it "
        "wastes.",
        "trucks": "Packs come along in a truck that goes anyway."
        if int(line.get("truck_packs", 0)) > 0
        else "A further truck, or an order tonight, would cost more than they earn.",
        "origin_stock": "The origin has too little for everybody; this is the site's share.",
    }
    return words.get(binding, "")


def _one_more(line: Mapping[str, Any]) -> str:
    """What the next pack would save and cost, in base currency."""
    saves, value = float(line["one_more_pack_saves"]), float(line["value_of_one_more_pack"])
    waste = " or waste" if math.isfinite(float(line["sellable_units"])) else ""
    cost = f"cost {saves - value:,.2f}{_currency(line)} to hold{waste}"
    if value > 0:
        return f"one more would save {saves:,.2f} and {cost}, but passes the limit on days of cover."
    return f"one more is expected to save {saves:,.2f} and to {cost}."


def _without(line: Mapping[str, Any]) -> str:
    empty, used, here = (line[name] for name in ("stock_out_date", "used_up_date", "receipt_date"))
    late = "" if _missing(used) or _date(used) >= _date(here) else ", before this line can be here"
    if _missing(empty):
        return "Without it: stock and what is on order last as far as the forecast reaches."
    if _missing(used):
        return f"Without it: empty from {_date(empty)} until more arrives; that lasts as far as the forecast reaches."
    if _date(empty) == _date(used):
        return f"Without it: stock and what is on order are used up on {_date(used)}{late}."
    return f"Without it: empty from {_date(empty)} until more arrives; all on order is used up on {_date(used)}{late}."


def _worth(line: Mapping[str, Any]) -> str:
    saved, waiting = float(line["lost_margin_avoided"]), float(line["cost_of_waiting"])
    turn = f"would cost {waiting:,.2f}" if waiting >= 0 else f"would save {-waiting:,.2f}"
    money = _currency(line)
    return f"Worth: {saved:,.2f}{money} of margin that would be lost; waiting until {_next_day(line)} {turn}{money}."


def _next_day(line: Mapping[str, Any]) -> str:
    """The next order day, or departure, of the line's source."""
    return _after(line, int(line["review_days"]))


def _after(line: Mapping[str, Any], days: int) -> str:
    return (date.fromisoformat(_date(line["order_date"])) + timedelta(days=days)).isoformat()


def _currency(line: Mapping[str, Any]) -> str:
    return f" {line['base_currency']}" if line.get("base_currency") else ""


def _count(number: Any, word: str) -> str:
    return f"{int(number):,} {word}" + ("" if int(number) == 1 else "s")


def _number(value: Any) -> str:
    return f"{round(float(value), 1):,.10g}"


def _date(value: Any) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)[:10]


def _missing(value: Any) -> bool:
    return value is None or value != value or str(value) == "NaT"  # noqa: PLR0124 - NaN and NaT differ from themselves
