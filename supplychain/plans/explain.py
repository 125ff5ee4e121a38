"""A line's quantity from its own explanation, and the explanation in words. Knows nothing of the planner."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from statistics import NormalDist
from typing import Any

__all__ = ["explain_line", "recompute_quantity"]

_SLACK = 1e-9


def recompute_quantity(line: Mapping[str, Any]) -> float:
    """Quantity of an order or transfer line in units, from its explanation columns alone.

    Walks from position and demand over target, need, minimum quantity, packs, limits and the supplier's minimum; only
    inputs of each step are read, never its recorded result. A transfer is cut to its share when the origin
    is short.
    """
    position = _position(line)
    reorder_point, target = _target(line, position)
    need = max(target - position, 0.0) if position <= reorder_point + _SLACK * abs(reorder_point) else 0.0
    packs = _within_limits(line, _whole_packs(line, need)) + int(line["top_up_packs"])
    quantity = packs * float(line["pack_units"])
    return min(quantity, float(line["share_units"])) if "share_units" in line else quantity


def _position(line: Mapping[str, Any]) -> float:
    own = float(line["on_hand"]) - float(line["blocked"]) - float(line["backorder"]) + float(line["on_order"])
    return own + float(line["fed_position"])


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
    """Why the line is what it is, in sentences for a buyer."""
    unit = "units"
    quantity, position = float(line["quantity"]), float(line["position"])
    sentences = [_opening(line, quantity)]
    sentences.append(
        f"That evening {_number(line['on_hand'])} are on hand, {_number(line['on_order'])} on order, "
        f"{_number(line['blocked'])} blocked and {_number(line['backorder'])} owed to customers"
        + (f"; the sites fed from here have {_number(line['fed_position'])}" if float(line["fed_position"]) else "")
        + f": a position of {_number(position)} {unit}."
    )
    sentences.append(_demand(line))
    sentences.append(_running_out(line))
    sentences.append(_steps(line))
    sentences.append(_worth(line))
    if line.get("held"):
        sentences.append(f"Held for a second person: {line['held']}.")
    return " ".join(sentence for sentence in sentences if sentence)


def _opening(line: Mapping[str, Any], quantity: float) -> str:
    verb = "Order" if line["status"] == "proposed" else "Expected later: order"
    when = f"on {_date(line['order_date'])}, here by {_date(line['receipt_date'])}"
    if "supplier_id" in line:
        value = f"{float(line['value']):,.2f} {line['currency']}"
        place = f"for {line['site_id']} from {line['supplier_id']}"
        return f"{verb} {_number(quantity)} of {line['item_id']} {place} {when} ({value})."
    verb = verb.replace("Order", "Send").replace("order", "send")
    return (
        f"{verb} {_number(quantity)} of {line['item_id']} from {line['origin_id']} to {line['destination_id']} {when}."
    )


def _demand(line: Mapping[str, Any]) -> str:
    days = f"the {int(line['protection_days'])} days until an order of the next order day could be here"
    if line["policy"] == "today":
        return (
            f"It sold {_number(line['daily_demand'])} a day lately; the rule orders up to "
            f"{_number(line['cover_max_days'])} days of that ({_number(line['target'])}) when the position covers "
            f"{_number(line['cover_min_days'])} days ({_number(line['reorder_point'])}) or less."
        )
    level = f"{float(line['service_level']):.0%}"
    text = (
        f"Over {days}, {_number(line['expected_demand'])} are expected to be asked for, and in {level} of cases no "
        f"more than {_number(line['demand_quantile'])}"
    )
    if line["policy"] == "optimized" and int(line["reward_packs"]) > 0:
        text += f"; {int(line['reward_packs'])} packs earn more than they cost"
    return f"{text}. The target is {_number(line['target'])}."


def _running_out(line: Mapping[str, Any]) -> str:
    day = line["stock_out_date"]
    return "" if _missing(day) else f"Without this line stock is expected to run out on {_date(day)}."


def _steps(line: Mapping[str, Any]) -> str:
    pack, minimum = _number(line["pack_units"]), _number(line["minimum_order_quantity"])
    need, quantity = _number(line["need"]), _number(line["quantity"])
    reasons = {
        "need": f"The need of {need} is whole packs as it is.",
        "reward": f"That makes {need}, whole packs of {pack}.",
        "pack": f"The need of {need} is rounded up to whole packs of {pack}.",
        "minimum_order_quantity": f"The need of {need} is raised to the minimum quantity of {minimum}.",
        "maximum_stock": f"The need of {need} is cut: the planner's maximum leaves {_number(line['room_units'])}.",
        "sales_before_expiry": (
            f"The need of {need} is cut: only {_number(line['sellable_units'])} more are expected to sell in time."
        ),
        "smallest_lot": (
            f"Only {_number(line['sellable_units'])} are expected to sell in time, but the smallest lot still earns "
            "more than it wastes."
        ),
        "supplier_minimum": f"{int(line['top_up_packs'])} packs are added to reach the supplier's minimum order value.",
        "origin_stock": f"The origin has too little for everybody; {quantity} is the share of this site.",
    }
    return reasons[str(line["binding"])]


def _worth(line: Mapping[str, Any]) -> str:
    before, after = (float(line[f"days_of_cover_{when}"]) for when in ("before", "after"))
    cover = "" if math.isinf(after) else f" Cover goes from {before:.0f} to {after:.0f} days."
    return (
        f"Waiting for the next order day would cost {float(line['cost_of_waiting']):,.2f}; one more pack is worth "
        f"{float(line['value_of_one_more_pack']):,.2f}.{cover}"
    )


def _number(value: Any) -> str:
    return f"{round(float(value), 1):,.10g}"


def _date(value: Any) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)[:10]


def _missing(value: Any) -> bool:
    return value is None or value != value or str(value) == "NaT"  # noqa: PLR0124 - NaN and NaT differ from themselves
