"""Why the quantity of a line changed between two runs: recomputed from both explanations, cause by cause."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import combinations
from statistics import NormalDist
from typing import Any

from supplychain.plans.amounts import significant
from supplychain.plans.explain import recompute_quantity

__all__ = ["CAUSES", "split_change", "told_change"]

Line = Mapping[str, Any]
Figures = dict[str, Any]

CAUSES = ("forecast", "stock", "lead time", "price", "parameter", "constraint", "control")
"""What can change a quantity. A control is a buyer's or planner's word: a pin, a stop, a minimum or maximum stock."""

_STOCK = {
    "on_hand": "on hand",
    "blocked": "blocked",
    "backorder": "owed to customers",
    "on_order": "on order",
    "expected_waste": "expected to expire unsold",
    "substitute_stock": "left of the replaced item",
    "expected_returns": "expected back from customers",
    "expected_lost": "expected to be lost before the receipt",
    "fed_position": "position of the sites fed",
}
_LEAD = {"protection_days": "protection interval in days", "lead_time_sd_days": "spread of the lead time in days"}
_PRICE = {"unit_cost": "landed unit cost", "selling_price": "selling price"}
_PARAMETER = {
    "policy": "policy",
    "service_level": "service level",
    "cover_min_days": "smallest cover in days",
    "cover_max_days": "largest cover in days",
    "worth": "level up to which a pack pays",
}
_FORECAST = {
    "daily": "expected demand a day",
    "past_daily": "daily demand",
    "spread": "spread of demand",
    "more": "spread of demand",
}
_CONSTRAINT = {
    "minimum_order_quantity": "minimum order quantity",
    "pack_units": "pack",
    "sellable_units": "units that sell in time",
    "top_up_packs": "packs for the supplier's minimum",
    "truck_packs": "packs for trucks",
    "left_out_packs": "packs left out for a shared limit",
    "break_packs": "packs for a price break",
    "share_units": "share of scarce stock",
    "looked_at": "order day",
    "whole_order": "limits of the whole order",
}
_CONTROL = {
    "least_stock": "planner's minimum stock",
    "most_stock": "planner's maximum stock",
    "pinned_quantity": "pinned quantity",
    "stop": "stop",
}
_WORDS = {
    "forecast": _FORECAST,
    "stock": _STOCK,
    "lead time": _LEAD,
    "price": _PRICE,
    "parameter": _PARAMETER,
    "constraint": _CONSTRAINT,
    "control": _CONTROL,
}
_ALL_WORDS = {name: words for part in _WORDS.values() for name, words in part.items()}
_ALIKE = 1e-9
_TELLING = 0.005  # share of its value by which a figure must have changed to be told beside others
_NORMAL = NormalDist()
_FLAT = 0.2  # standard normal scores nearer to zero do not scale a spread


def split_change(was: Line, now: Line) -> dict[str, float]:
    """Units of the change by cause: the Shapley value over the groups of inputs that differ.

    A cause's part is the mean of what swapping its inputs changes, over all orders in which the causes could be
    swapped (Shapley 1953; Shorrocks, Journal of Economic Inequality 11, 2013, for decompositions). The parts add up to
    the change. Demand over the interval is a mean a day times its days, and a target the mean plus so many roots of it
    as the spread and the service level ask for, so forecast, lead time and parameters are told apart; where both lines
    have ``settings`` and ``forecast`` (of their runs; anything that compares), what is equal is no cause. What no
    input of the line explains, such as orders below a minimum or a budget, is a constraint.
    """
    before, after = _aligned(was, now)
    groups = {cause: _names(cause, before, after) for cause in CAUSES}
    differ = [cause for cause, names in groups.items() if any(_differs(before[n], after[n], _ALIKE) for n in names)]
    parts = _shapley(differ, groups, before, after)
    rest = (float(now["quantity"]) - float(was["quantity"])) - sum(parts.values())
    if abs(rest) > _ALIKE * max(1.0, abs(float(now["quantity"]))):
        parts["constraint"] = parts.get("constraint", 0.0) + rest
    return {cause: parts[cause] for cause in CAUSES if abs(parts.get(cause, 0.0)) > _ALIKE}


def told_change(was: Line, now: Line) -> tuple[str, str, dict[str, float]]:
    """Causes with the largest part first, their figures in words, and the units of each cause."""
    parts = split_change(was, now)
    before, after = _aligned(was, now)
    causes = sorted(parts, key=lambda cause: (-abs(parts[cause]), CAUSES.index(cause)))
    told = []
    for cause in causes:
        texts = list(_texts(cause, before, after)) or ["limits of the whole order"]
        told.append(f"{cause} {round(parts[cause], 1):+,.10g} ({'; '.join(texts[:_MOST])})")
    return ", ".join(causes), "; ".join(told), parts


_DERIVED = ("spread", "more", "worth", "whole_order")  # told in words, where no plainer figure says why
_MOST = 3  # figures told of one cause


def _texts(cause: str, before: Figures, after: Figures) -> Iterator[str]:
    for least in (_TELLING, _ALIKE):  # what hardly changed is told only where nothing else did
        found = [
            f"{_ALL_WORDS[name]} {_shown(before[name])} -> {_shown(after[name])}"
            for name in _names(cause, before, after)
            if name not in _DERIVED and _differs(before[name], after[name], least)
        ]
        if not found:  # told only where the plainer figures say nothing
            found = [
                _ALL_WORDS[name]
                for name in _DERIVED
                if name in _names(cause, before, after) and _differs(before[name], after[name], least)
            ]
        if found:
            yield from dict.fromkeys(found)
            return


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("_", " ") or "none"
    number = float(value)
    return "none" if math.isnan(number) else "unlimited" if math.isinf(number) else significant(number, 4)


def _shapley(
    differ: list[str], groups: Mapping[str, tuple[str, ...]], before: Figures, after: Figures
) -> dict[str, float]:
    count, known = len(differ), dict[frozenset[str], float]()
    for size in range(count + 1):
        for some in combinations(differ, size):
            mixed = dict(before)
            for cause in some:
                mixed |= {name: after[name] for name in groups[cause]}
            known[frozenset(some)] = _quantity(mixed)
    parts = {}
    for cause in differ:
        others = [one for one in differ if one != cause]
        parts[cause] = sum(
            math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            * (known[frozenset((*some, cause))] - known[frozenset(some)])
            for size in range(count)
            for some in combinations(others, size)
        )  # fmt: skip
    return parts


def _names(cause: str, before: Figures, after: Figures) -> tuple[str, ...]:
    """Figures of a cause: those that only it sets, and those that follow from what differs between the two."""
    own = tuple(name for name in _WORDS[cause] if name not in _FOLLOWING)
    owners = _owners(before, after)
    return own + tuple(name for name in _FOLLOWING if owners[name] == cause)


_FOLLOWING = (
    "expected_lost",
    "protection_days",
    "daily",
    "service_level",
    "worth",
    "spread",
    "more",
    "sellable_units",
    "stop",
)


def _owners(before: Figures, after: Figures) -> dict[str, str]:
    """Cause of each figure that follows from others.

    The interval follows from lead time and review days; a mean a day from the forecast, or, of the same forecast, from
    the interval. A row's service level follows from prices (its own, and those of its class) and from the settings; how
    far packs pay, the spread of demand in roots of its mean, and what sells in time follow from the whole line, so they
    belong to what differs of it: a cause none of whose figures differ has no part.
    """

    def differ(*names: str) -> bool:
        return any(_differs(before[name], after[name], _ALIKE) for name in names)

    def first(*causes: tuple[str, bool]) -> str:
        return next((cause for cause, holds in causes if holds), "forecast")

    set_otherwise = before["settings"] != after["settings"]
    policy, priced = differ("policy"), differ(*_PRICE)
    interval = "parameter" if set_otherwise and not differ("lead_days") else "lead time"
    level = "parameter" if policy or (set_otherwise and not priced) else "price"
    timed, packed = differ("protection_days", "lead_time_sd_days"), differ("pack_units", "minimum_order_quantity")
    daily = interval if before["forecast"] == after["forecast"] and timed else "forecast"
    leveled = policy or priced or differ("service_level")
    busier = differ("daily", "past_daily")
    rest = ((level, leveled), (interval, timed), ("constraint", packed))
    there = [name for name in _STOCK if name != "expected_lost"]
    stock, otherwise = ("stock", differ(*there)), ("forecast", before["forecast"] != after["forecast"])
    unseen = (otherwise, ("parameter", set_otherwise), stock, ("constraint", True))  # no plainer figure differs
    ended = "ends" in (before["stop"], after["stop"]) and differ("lead_days")
    return {
        "stop": "lead time" if ended else "control",
        "expected_lost": first(("parameter", policy), (daily, busier), stock, (interval, timed), *unseen),
        "protection_days": interval,
        "daily": daily,
        "service_level": level,
        "worth": first(*rest, (daily, busier), *unseen),
        "spread": first(("parameter", policy), (daily, busier), *rest, *unseen),
        "more": first(("parameter", policy), (daily, busier), *rest, *unseen),
        "sellable_units": first((daily, busier), stock, (interval, timed), ("constraint", True)),
    }


def _differs(old: Any, new: Any, least: float) -> bool:
    if isinstance(old, str | bool | Mapping):
        return bool(old != new)
    first, second = float(old), float(new)
    if math.isnan(first) or math.isnan(second) or math.isinf(first) or math.isinf(second):
        return not (first == second or (math.isnan(first) and math.isnan(second)))
    return abs(first - second) > least * max(1.0, abs(first))


def _aligned(was: Line, now: Line) -> tuple[Figures, Figures]:
    """Figures of both lines. Where no pack pays, how far packs would pay is not known: it is taken from the other.

    A line's level up to which packs pay is read at its last pack. Where nothing differs that sets it, that of the line
    with fewer packs added or left out afterwards holds for both, so what a limit cuts does not look like a price.
    """
    both = (_figures(was), _figures(now))
    if not any(_differs(both[0][name], both[1][name], _ALIKE) for name in _SETS_WORTH):
        known = [(_changed_packs(one), one["worth"]) for one in both if not math.isnan(one["worth"])]
        if known:
            level = min(known, key=lambda one: (one[0], -one[1]))[1]
            both = (_figures(was, worth=level), _figures(now, worth=level))
    for one, other in (both, both[::-1]):
        for name in ("worth", "more"):
            if math.isnan(float(one[name])) and one["policy"] == other["policy"]:
                one[name] = other[name]
    return both


_SETS_WORTH = (
    *_PRICE, "settings", "forecast", "policy", "service_level", "daily", "protection_days", "lead_time_sd_days",
    "pack_units", "minimum_order_quantity",
)  # fmt: skip


def _changed_packs(figures: Figures) -> int:
    return sum(abs(int(figures[name])) for name in ("top_up_packs", "truck_packs", "left_out_packs", "break_packs"))


def _figures(line: Line, *, worth: float = math.nan) -> Figures:
    """The line's inputs, taken apart so that each belongs to one cause; ``worth`` when it is known otherwise."""
    position = _position(line)
    days, mean = max(float(line["protection_days"]), 0.0), float(line["expected_demand"])
    level, worth = float(line["service_level"]), _worth(line) if math.isnan(worth) else worth
    figures: Figures = {name: line[name] for name in (*_STOCK, *_LEAD, *_PRICE)}
    figures |= {name: line[name] for name in ("policy", "service_level", "cover_min_days", "cover_max_days")}
    figures |= {name: line.get(name, default) for name, default in _DEFAULTS.items()}
    figures |= {name: line.get(name, id(line)) for name in ("settings", "forecast")}
    figures["lead_days"] = line["lead_days"]
    placed = float(line.get("placed_units", 0.0))  # on order by now, and not yet when the other figures were made
    reward = position - placed + float(line["reward_packs"]) * float(line["pack_units"])
    variance = float(line["demand_variance"])
    least = float(line["least_target"])
    textbook = line["policy"] == "textbook" and days > 0
    return figures | {
        "daily": mean / days if days else 0.0,
        "past_daily": float(line["daily_demand"]) if line["policy"] == "today" else 0.0,
        "spread": variance / days if textbook else _roots(line["demand_quantile"], mean, level),
        "more": _roots(reward, mean, worth) if int(line["reward_packs"]) > 0 else math.nan,
        "worth": worth,
        "least_stock": least - _beside(line) if least > 0 else 0.0,
        "most_stock": float(line["room_units"]) + _own(line) - placed,
        "whole_order": 0.0,
    }  # fmt: skip


_DEFAULTS = {
    "minimum_order_quantity": 0.0, "pack_units": 1.0, "sellable_units": math.inf, "top_up_packs": 0,
    "truck_packs": 0, "left_out_packs": 0, "break_packs": 0,
    "share_units": math.inf, "looked_at": True, "pinned_quantity": math.nan, "stop": "",
}  # fmt: skip


def _own(line: Line) -> float:
    return float(line["on_hand"]) - float(line["blocked"]) - float(line["backorder"]) + float(line["on_order"])


def _beside(line: Line) -> float:
    """What a position holds beside the stock of the site, of which the planner sets the minimum."""
    return float(line["fed_position"]) + float(line["expected_lost"])


def _position(line: Line) -> float:
    more = float(line["substitute_stock"]) + float(line["expected_returns"]) + float(line["fed_position"])
    return _own(line) - float(line["expected_waste"]) + more + float(line["expected_lost"])


def _worth(line: Line) -> float:
    """Level at which a pack just pays: one less the odds of selling it that its cost asks for."""
    margin = (float(line["selling_price"]) - float(line["unit_cost"])) * float(line["pack_units"])
    cost = float(line["one_more_pack_saves"]) - float(line["value_of_one_more_pack"])
    return 1.0 - cost / margin if margin > 0 and 0 < cost < margin else math.nan


def _roots(value: Any, mean: float, level: float) -> float:
    """Roots of the mean above it, by the normal score of the level where that scales them."""
    roots = (float(value) - mean) / math.sqrt(mean) if mean > 0 else 0.0
    score = _score(level)
    return roots / score if abs(score) >= _FLAT else roots - score


def _score(level: float) -> float:
    return _NORMAL.inv_cdf(level) if 0.0 < level < 1.0 else 0.0


def _up_to(figures: Figures, spread: float, level: float) -> float:
    mean = float(figures["daily"]) * float(figures["protection_days"])
    score = _score(level)
    roots = spread * score if abs(score) >= _FLAT else spread + score
    return mean + roots * math.sqrt(mean) if mean > 0 else 0.0


def _quantity(figures: Figures) -> float:
    """Quantity that the figures give, by the steps of an explanation."""
    if not math.isnan(float(figures["pinned_quantity"])):
        return float(figures["pinned_quantity"])
    if figures["stop"] or not figures["looked_at"]:
        return 0.0
    pack, position = float(figures["pack_units"]), _position(figures)
    days = float(figures["protection_days"])
    mean, level = float(figures["daily"]) * days, float(figures["service_level"])
    more = float(figures["more"])
    reward = 0
    if not math.isnan(more):
        reach = _up_to(figures, more, float(figures["worth"]))
        reward = max(math.floor((reach - position) / pack + 0.5), 0)
    least = float(figures["least_stock"])
    line = {
        **figures,
        "expected_demand": mean,
        "daily_demand": figures["past_daily"] if figures["policy"] == "today" else figures["daily"],
        "demand_variance": float(figures["spread"]) * days,
        "demand_quantile": _up_to(figures, float(figures["spread"]), level),
        "reward_packs": reward,
        "least_target": least + _beside(figures) if least > 0 else 0.0,
        "room_units": max(float(figures["most_stock"]) - _own(figures), 0.0),
    }
    if math.isinf(line["share_units"]):
        line.pop("share_units")
    return recompute_quantity(line)
