"""Checks action messages: every order line once, no change that cannot be made, and money that adds up."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet, OpenOrder, Supply
from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import Line, as_date, differs, judge_missing
from supplychain.plans.judge.lost import LostDemand, expected_units
from supplychain.plans.order_actions import ACTION_COLUMNS, ACTIONS, action_number
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.plans.violation import Violation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["judge_order_actions"]

_PLAN = "order actions"
_MAY_BE_EMPTY = ("needed_date", "sell_by_date", "next_date", "move_from")
_YEAR_DAYS = 365.0
_SLACK = 1e-6


def judge_order_actions(
    dataset: DataSet,
    frame: pd.DataFrame,
    *,
    orders: OrderPlan,
    transfers: TransferPlan,
    settings: ReplenishSettings,
    days_ahead: int,
    lost: LostDemand | None = None,
) -> tuple[Violation, ...]:
    """Every message that names no line, changes what must stay, cannot be carried out, or saves what it does not.

    Holding stock is counted to the day after the ``days_ahead`` that the plan looks over: what sells later is not
    known, so an order that is due beyond them counts as due on that day. ``lost`` holds the expected demand: more units
    cannot save more than is asked for from their receipt until the plan's next line is here.
    """
    needed = {name: kind for name, kind in ACTION_COLUMNS.items() if name not in _MAY_BE_EMPTY}
    missing = tuple(judge_missing(_PLAN, frame, needed, "line_id"))
    if missing:
        return missing
    facts = Facts(dataset)
    under_way = {action_number(o.order_id, o.item_id, o.site_id): o for o in dataset.open_orders}
    tonight = {
        "order line": set(orders.lines.query("status == 'proposed'")["line_id"]),
        "transfer line": set(transfers.lines.query("status == 'proposed'")["line_id"]),
    }
    beyond = dataset.as_of + timedelta(days=days_ahead + 1)
    found = [*_judge_lines(frame, facts, under_way, tonight), *_judge_deliveries(frame, under_way)]
    coming = _first_lines(orders.lines, transfers.lines)
    for line in frame.to_dict("records"):
        if line["action"] not in ACTIONS:
            found.append(_wrong(line, "action", f"must be one of {', '.join(ACTIONS)}"))
        elif line["kind"] in tonight:
            found += _judge_tonight(line)
        elif line["line_id"] in under_way:
            order = under_way[line["line_id"]]
            found += [*_judge_same(line, order, facts), *_judge_change(line, order, facts, settings)]
            found += [*_judge_money(line, order, facts, settings, beyond=beyond)]
            found += [*_judge_next(line, coming)]
            if line["action"] == "increase" and lost is not None:
                found += [*_judge_increase(line, facts, lost, beyond=beyond)]
    return tuple(found)


def _wrong(line: Line, name: str, rule: str) -> Violation:
    return Violation(_PLAN, str(line["line_id"]), name, str(line[name]), rule)


def _judge_lines(
    frame: pd.DataFrame, facts: Facts, under_way: dict[str, OpenOrder], tonight: dict[str, set[str]]
) -> Iterator[Violation]:
    for line_id in frame.loc[frame["line_id"].duplicated(), "line_id"]:
        yield Violation(_PLAN, line_id, "line_id", line_id, "two messages for this line")
    for kind, wanted in tonight.items():
        given = set(frame.loc[frame["kind"].eq(kind), "line_id"])
        for line_id in sorted(wanted ^ given):
            rule = "a proposed line has no message" if line_id in wanted else "the plan proposes no such line"
            yield Violation(_PLAN, line_id, "line_id", line_id, rule)
    listed = {key for key, o in under_way.items() if facts.listed(o.item_id, o.site_id) and o.quantity > 0}
    given = set(frame.loc[~frame["kind"].isin(tonight), "line_id"])
    for line_id in sorted(listed ^ given):
        rule = "an open order has no message" if line_id in listed else "there is no such open order of a listed item"
        yield Violation(_PLAN, line_id, "line_id", line_id, rule)


def _judge_tonight(line: Line) -> Iterator[Violation]:
    if line["action"] != ("new" if line["kind"] == "order line" else "transfer"):
        yield _wrong(line, "action", "a proposed order is new, a proposed transfer a transfer")
    if line["saves"] or line["new_quantity"] != line["quantity"] or line["new_due_date"] != line["due_date"]:
        yield _wrong(line, "saves", "a proposed line changes nothing that is under way")


def _judge_same(line: Line, order: OpenOrder, facts: Facts) -> Iterator[Violation]:
    """What the message says about the order as it is."""
    for name, right in (
        ("order_id", order.order_id),
        ("source_id", order.supplier_id),
        ("item_id", order.item_id),
        ("site_id", order.site_id),
        ("kind", "approved order" if order.status == "approved" else "open order"),
    ):
        if line[name] != right:
            yield _wrong(line, name, f"the data set says {right}")
    if differs(line["quantity"], order.quantity):
        yield _wrong(line, "quantity", f"the data set says {order.quantity:g}")
    if differs(line["value_base"], value := facts.order_value(order)):
        yield _wrong(line, "value_base", f"the order's units at its price, or at today's terms, come to {value:g}")
    if as_date(line["due_date"]) != order.due:
        yield _wrong(line, "due_date", f"the data set says {order.due}")


def _judge_change(line: Line, order: OpenOrder, facts: Facts, settings: ReplenishSettings) -> Iterator[Violation]:
    action, as_of = line["action"], facts.dataset.as_of
    supplier = facts.dataset.suppliers[order.supplier_id]
    more, new_day = line["new_quantity"] - line["quantity"], as_date(line["new_due_date"])
    due = max(order.due, as_of + timedelta(days=1))
    assert new_day is not None
    moved = (new_day - (due if action in ("advance", "postpone") else order.due)).days
    signs = {"increase": (1, 0), "decrease": (-1, 0), "advance": (0, -1), "postpone": (0, 1), "cancel": (-1, 0)}
    wanted = signs.get(action, (0, 0))
    if action == "decrease" and line["lines_moved"] and moved:
        wanted = (-1, _sign(moved))  # what is cut comes with the other lines of its order, or they are cancelled
    if (_sign(more), _sign(moved)) != wanted:
        yield _wrong(line, "action", f"quantity changes by {more:g} and the day by {moved}")
    if line["past_due_days"] != max((as_of - order.due).days, 0):
        yield _wrong(line, "past_due_days", f"it was due on {order.due}")
    frozen_days = settings.frozen_days if supplier.frozen_days is None else supplier.frozen_days
    frozen = frozen_days > 0 and due <= as_of + timedelta(days=frozen_days)
    if action != "keep" and (frozen or order.status == "approved"):
        yield _wrong(line, "action", "an approved or frozen order keeps")
    if moved:
        yield from _judge_day(line, order, facts, new_day, frozen_days)
    supply = facts.supply(order.supplier_id, order.item_id, order.site_id)
    if more and action != "cancel":
        yield from _judge_packs(line, supply)
    if action == "cancel" and line["new_quantity"] != 0:
        yield _wrong(line, "new_quantity", "nothing is left of a cancelled order")


def _judge_day(line: Line, order: OpenOrder, facts: Facts, day: date, frozen_days: int) -> Iterator[Violation]:
    supplier, as_of = facts.dataset.suppliers[order.supplier_id], facts.dataset.as_of
    item = facts.dataset.items[order.item_id]
    if day <= as_of + timedelta(days=frozen_days):
        yield _wrong(line, "new_due_date", f"lies within {frozen_days} frozen days, or in the past")
    if day < order.due and day <= order.ordered:
        yield _wrong(line, "new_due_date", f"it was ordered on {order.ordered} only")
    if closed(supplier, day):
        yield _wrong(line, "new_due_date", "the supplier is closed on this day")
    if item.ended is not None and day > max(item.ended, order.due):
        yield _wrong(line, "new_due_date", f"the item is sold for the last time on {item.ended}")


def _judge_packs(line: Line, supply: Supply | None) -> Iterator[Violation]:
    pack, least = (1.0, 0.0) if supply is None else (supply.pack_units, supply.minimum_order_quantity)
    changed = line["new_quantity"] - line["quantity"] if line["action"] == "increase" else line["new_quantity"]
    packs = changed / pack
    if not math.isclose(packs, round(packs), abs_tol=1e-6):
        yield _wrong(line, "new_quantity", f"is not a change by whole packs of {pack:g}")
    # What the supplier took below its minimum may grow; less than the minimum must not be left of anything.
    if line["action"] != "increase" and line["new_quantity"] < least * (1 - _SLACK):
        yield _wrong(line, "new_quantity", f"is below the minimum order quantity of {least:g}")


def _judge_money(
    line: Line, order: OpenOrder, facts: Facts, settings: ReplenishSettings, *, beyond: date
) -> Iterator[Violation]:
    parts = line["margin"] * line["lost_saved"] + line["unsold_cost"] * line["unsold_saved"] + line["holding_saved"]
    if differs(line["saves"], parts):
        yield _wrong(line, "saves", f"its parts come to {parts:g}")
    together = line["lines_moved"] > 1
    saves = line["order_saves"] if together else line["saves"]
    if (saves > 0) != (line["action"] != "keep"):
        yield _wrong(line, "saves", "a change saves money, and what keeps saves none")
    gross = line["saves"] - line["margin"] * line["lost_saved"]
    if line["action"] == "cancel" and line["margin"] * line["lost_without"] > gross * (1 + _SLACK) + _SLACK:
        yield _wrong(line, "action", "without it more margin is lost than a cancelled order saves")
    largest = max(line["quantity"], line["new_quantity"])
    for name in ("lost_saved", "unsold_saved", "lost_without"):
        if abs(line[name]) > largest * (1 + _SLACK):
            yield _wrong(line, name, f"an order of {largest:g} units cannot move more")
    day = as_date(line["new_due_date"])
    if line["lines_moved"] and day is not None:
        cost = _unit_cost(facts, order)
        due = min(max(order.due, facts.dataset.as_of + timedelta(days=1)), beyond)
        held = (
            cost * settings.holding_share_per_year / _YEAR_DAYS * line["new_quantity"] * (min(day, beyond) - due).days
        )
        if cost and not math.isclose(line["holding_saved"], held, rel_tol=_COST_SLACK, abs_tol=_SLACK):
            yield _wrong(line, "holding_saved", f"holding the order for those days costs {held:g}")


def _judge_deliveries(frame: pd.DataFrame, under_way: dict[str, OpenOrder]) -> Iterator[Violation]:
    """Lines of one order, supplier, site and day move to one day, or are cancelled; their savings add up."""
    lines: dict[tuple[str, str, str, date], list[Line]] = {}
    for line in frame.to_dict("records"):
        order = under_way.get(line["line_id"])
        if order is not None:
            lines.setdefault((order.order_id, order.supplier_id, order.site_id, order.due), []).append(line)
    for part in lines.values():
        moved = [line for line in part if line["new_due_date"] != line["due_date"]]
        saves = sum(line["saves"] for line in moved)
        for line in part:
            mine = line in moved
            if line["lines_moved"] != (len(moved) if mine else 0) or differs(
                line["order_saves"], saves if mine else 0.0
            ):
                yield _wrong(line, "lines_moved", f"{len(moved)} lines of the order move, and save {saves:g}")
            if moved and not mine and line["action"] != "cancel":
                yield _wrong(line, "action", "other lines of the same order move, and it comes with them")
            if mine and line["new_due_date"] != moved[0]["new_due_date"]:
                yield _wrong(line, "new_due_date", f"another line of the order comes on {moved[0]['new_due_date']}")


def _judge_next(line: Line, coming: dict[tuple[str, str], tuple[date, float]]) -> Iterator[Violation]:
    """What the plan's own next line of the item and site brings, and when."""
    day, units = coming.get((line["item_id"], line["site_id"]), (None, 0.0))
    if as_date(line["next_date"]) != day or differs(line["next_units"], units):
        yield _wrong(line, "next_units", f"the plan's next line brings {units:g} on {day}")


def _judge_increase(line: Line, facts: Facts, lost: LostDemand, *, beyond: date) -> Iterator[Violation]:
    """More units save no more than is asked for while they are the last to come, and what is owed by then."""
    tonight, item_id = facts.dataset.as_of, line["item_id"]
    end, last = facts.dataset.items[item_id].ended, as_date(line["next_date"]) or beyond
    if end is not None:
        last = min(last, end + timedelta(days=1))
    first = max(as_date(line["due_date"]) or tonight, tonight + timedelta(days=1))
    asked = 0.0
    for site_id in (line["site_id"], *lost.fed.get((item_id, line["site_id"]), ())):
        daily = lost.expected.get((item_id, site_id), ())
        until, before = (max((day - tonight).days - 1, 0) for day in (last, first))
        asked += max(expected_units(daily, until) - expected_units(daily, before), 0.0)
        asked += facts.stock(item_id, site_id).backorder
    if line["lost_saved"] > asked * (1 + _DEMAND_SLACK) + _SLACK:
        yield _wrong(line, "lost_saved", f"only {asked:g} units are asked for from {first} until {last}")


_DEMAND_SLACK = 0.05  # quantiles of demand add up to its mean but for their steps


def _first_lines(orders: pd.DataFrame, transfers: pd.DataFrame) -> dict[tuple[str, str], tuple[date, float]]:
    """Day of the first receipt of each item and site by the plan, and the units on it; not of moves that rebalance."""
    found: dict[tuple[str, str], tuple[date, float]] = {}
    for lines, place in ((orders, "site_id"), (transfers, "destination_id")):
        for line in lines.to_dict("records"):
            if line["status"] not in ("proposed", "planned") or line.get("reason") == "rebalancing":
                continue
            key, day, units = (line["item_id"], line[place]), line["receipt_date"].date(), float(line["quantity"])
            known = found.get(key)
            if known is None or day < known[0]:
                found[key] = (day, units)
            elif day == known[0]:
                found[key] = (day, known[1] + units)
    return found


_COST_SLACK = 0.5  # stock is valued at the terms of the row's source, which need not be those of this order


def _unit_cost(facts: Facts, order: OpenOrder) -> float:
    supply = facts.supply(order.supplier_id, order.item_id, order.site_id)
    supplier = facts.dataset.suppliers[order.supplier_id]
    if supply is None:
        return 0.0
    return facts.dataset.to_base(supply.unit_price, supplier.currency) * (1 + supplier.payment_fee_share)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
