"""Rules that order lines and transfer lines share."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.plans.explain import recompute_quantity
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lost import judge_lost, within
from supplychain.plans.violation import Violation

__all__ = ["Line", "as_date", "differs", "judge_common", "judge_missing"]

Line = Mapping[str, Any]

_SLACK = 1e-6
_NO_DAY = ("stock_out_date", "used_up_date", "next_arrival_date")
_UNKNOWN_ALLOWED = frozenset(
    {*_NO_DAY, "cover_min_days", "cover_max_days", "demand_variance", "service_level", "held", "model"}
    | {"break_from", "break_price", "break_units", "break_saves", "break_costs", "break_verdict"}
    | {"origin_value", "destination_value", "pinned_quantity", "pinned_by", "pinned_why", "left_out_for", "supply_mode"}
)


def differs(found: float, right: float) -> bool:
    """Whether two amounts differ by more than rounding; anything that is no number differs."""
    return not math.isclose(found, right, rel_tol=_SLACK, abs_tol=_SLACK)


def as_date(value: Any) -> date | None:
    """A cell as a date; None when it is empty."""
    return None if pd.isna(value) else pd.Timestamp(value).date()


def judge_missing(plan: str, lines: pd.DataFrame, columns: Mapping[str, str], key: str) -> Iterator[Violation]:
    """Cells that must not be empty, and numbers that are no numbers."""
    for name, kind in columns.items():
        if name not in lines.columns:
            yield Violation(plan, "columns", name, "", "the column is missing")
            continue
        if name in _UNKNOWN_ALLOWED:
            continue
        empty = lines[name].isna() | (lines[name].eq("") if kind == "str" else False)
        for record in lines.loc[empty, key] if key in lines.columns else []:
            yield Violation(plan, str(record), name, "", "must not be empty")


def judge_common(plan: str, line: Line, facts: Facts, site_id: str, as_of: date) -> Iterator[Violation]:
    """Status against date, controls of the planner, the position and the explanation."""

    def wrong(name: str, rule: str) -> Violation:
        return Violation(plan, str(line["line_id"]), name, str(line[name]), rule)

    ordered, receipt = as_date(line["order_date"]), as_date(line["receipt_date"])
    if ordered is None or receipt is None:
        return  # said before
    if ordered < as_of:
        yield wrong("order_date", f"lies before the planning day {as_of}")
    elif line["status"] != ("proposed" if ordered == as_of else "planned"):
        yield wrong("status", "a line of the planning day is proposed, a later one planned")
    if not (line["quantity"] > 0 and math.isfinite(line["quantity"])):
        yield wrong("quantity", "must be more than zero units")
        return
    yield from _judge_stops(line, facts, site_id, receipt, wrong)
    if math.isnan(line["pinned_quantity"]):
        yield from _judge_limits(line, facts, site_id, wrong)
    yield from _judge_position(line, facts, site_id, wrong, tonight=as_of if ordered == as_of else None)
    right = recompute_quantity(line)
    if differs(line["quantity"], right):
        yield wrong("quantity", f"its explanation gives {right:g}")
    yield from _judge_interval(line, facts, ordered, wrong)
    if (receipt - ordered).days != line["lead_days"]:
        yield wrong("lead_days", f"receipt follows the order by {(receipt - ordered).days} days")


def _judge_interval(line: Line, facts: Facts, ordered: date, wrong: Any) -> Iterator[Violation]:
    """The protection interval lasts until the next receipt, less only where the item ends; a move has its own."""
    days, following = int(line["protection_days"]), int(line["next_receipt_days"])
    moved, ended = line.get("reason") == "rebalancing", facts.dataset.items[line["item_id"]].ended
    if following <= line["lead_days"] and not moved:
        yield wrong("next_receipt_days", "an order of a later day is not here before this one")
    right = following if ended is None or moved else min(following, max((ended - ordered).days, 0))
    if days != right:
        yield wrong("protection_days", f"it lasts {right} days: until the next receipt, less only where the item ends")


def _judge_stops(line: Line, facts: Facts, site_id: str, receipt: date, wrong: Any) -> Iterator[Violation]:
    """What may not be ordered at all, pinned or not."""
    item = facts.dataset.items[line["item_id"]]
    control = facts.dataset.item_sites.get((line["item_id"], site_id))
    if item.ended is not None and receipt >= item.ended:
        yield wrong("receipt_date", f"the item is sold for the last time on {item.ended}")
    if control is not None and control.do_not_order:
        yield wrong("item_id", "the planner has said: do not order")
    if control is not None and control.phase_out:
        yield wrong("item_id", "the item is phased out at this site")


def _judge_limits(line: Line, facts: Facts, site_id: str, wrong: Any) -> Iterator[Violation]:
    """Limits that only a pin may pass."""
    item = facts.dataset.items[line["item_id"]]
    control = facts.dataset.item_sites.get((line["item_id"], site_id))
    receipt = as_date(line["receipt_date"])
    follower = facts.successor(line["item_id"], site_id)
    if follower is not None and receipt is not None and (follower.introduced is None or receipt >= follower.introduced):
        yield wrong("item_id", f"is sold off: {follower.item_id} replaces it")
    if item.shelf_life_days is not None or item.ended is not None:
        yield from _judge_shelf_life(line, item.shelf_life_days, wrong)
    if control is None:
        return
    own = line["on_hand"] - line["blocked"] - line["backorder"] + line["on_order"]
    if control.max_units is not None and own + line["quantity"] > control.max_units * (1 + _SLACK):
        yield wrong("quantity", f"with the position of {own:g} it passes the maximum of {control.max_units:g}")


def _judge_shelf_life(line: Line, shelf_life_days: int | None, wrong: Any) -> Iterator[Violation]:
    """No more than sells in time, but for one smallest lot."""
    if shelf_life_days is not None and not math.isfinite(line["sellable_units"]):
        yield wrong("sellable_units", f"the item keeps for {shelf_life_days} days, so only so many can sell")
    pack = line["pack_units"]
    lot = max(math.ceil(line["minimum_order_quantity"] / pack - 1e-9), 1) * pack
    if line["quantity"] > max(line["sellable_units"], lot) * (1 + _SLACK):
        yield wrong("quantity", f"more than the {line['sellable_units']:g} units that sell before their last day")


def _judge_position(line: Line, facts: Facts, site_id: str, wrong: Any, *, tonight: date | None) -> Iterator[Violation]:
    parts = line["on_hand"] - line["blocked"] - line["backorder"] + line["on_order"]
    parts += line["fed_position"] - line["expected_waste"] + line["substitute_stock"] + line["expected_returns"]
    parts += line["expected_lost"]
    if differs(line["position"], parts):
        yield wrong("position", f"its parts give {parts:g}")
    if tonight is None:
        return
    stock = facts.stock(line["item_id"], site_id)
    for name in ("on_hand", "blocked", "backorder", "on_order"):
        if differs(line[name], getattr(stock, name)):
            yield wrong(name, f"the data set says {getattr(stock, name):g}")
    sales, days = facts.sales, int(line["protection_days"])
    back = 0.0 if sales is None else sales.back_within(line["item_id"], site_id, days)
    gone = (0.0, 0.0)
    if facts.lost is not None and line.get("reason") != "rebalancing":
        gone = facts.lost.not_returned(line, facts, site_id)
    if not within(line["expected_returns"], back - gone[1], back - gone[0]):
        yield wrong("expected_returns", f"sales until the planning day and expected ones bring back {back - gone[0]:g}")
    if rule := judge_lost(line, facts, site_id):
        yield wrong("expected_lost", rule)
    old = facts.replaced(line["item_id"], site_id)
    left = 0.0 if old is None else max(facts.stock(old, site_id).position, 0.0)
    if not -_SLACK <= line["substitute_stock"] <= left * (1 + _SLACK) + _SLACK:
        yield wrong("substitute_stock", f"of the item that it replaces there are {left:g} units")
    perishing = facts.perishing(line["item_id"], site_id, tonight + timedelta(days=int(line["protection_days"])))
    if not -_SLACK <= line["expected_waste"] <= perishing + _SLACK:
        yield wrong("expected_waste", f"{perishing:g} units on hand expire within the protection interval")
