"""Checks exceptions: none that the data set does not bear out, and none missing that it shows plainly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.approved_orders import approved_told
from supplychain.plans.judge.doubts import DOUBTS_HOLD, doubts_told
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs
from supplychain.plans.judge.order_history import far_holds, far_told
from supplychain.plans.judge.shortages import judge_shortages
from supplychain.plans.judge.sister_stock import judge_sisters
from supplychain.plans.order_exceptions import EXCEPTION_COLUMNS, KINDS, SEVERITIES
from supplychain.plans.order_limits import cut_key
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_exceptions"]

Line = Mapping[Any, Any]

_PLAN = "order exceptions"
_TEXTS = ("kind", "severity", "money_is", "what", "why", "fix")
_SLACK = 1e-6


def judge_exceptions(
    dataset: DataSet,
    frame: pd.DataFrame,
    *,
    orders: OrderPlan,
    transfers: pd.DataFrame | None = None,
    stock: pd.DataFrame | None = None,
    actions: pd.DataFrame | None = None,
) -> tuple[Violation, ...]:
    """Every exception that does not hold, and every plain one that is not told.

    ``transfers`` are the plan's transfer lines, ``stock`` its stock projection and ``actions`` its action messages,
    where it has them.
    """
    absent = [name for name in EXCEPTION_COLUMNS if name not in frame.columns]
    if absent:
        return tuple(Violation(_PLAN, "columns", name, "", "the column is missing") for name in absent)
    facts = Facts(dataset)
    found = list(_judge_order(frame))
    for line in frame.to_dict("records"):
        found += _judge_words(line, dataset)
        found += _HOLDS.get(line["kind"], _nothing)(line, facts)
    found += [*_past_due_told(frame, dataset), *_capacity_told(frame, dataset, orders), *_missing_told(frame, facts)]
    found += [*_relaxed_told(frame, orders), *_cut_told(frame, orders), *doubts_told(frame, facts)]
    found += [*far_told(frame, facts), *approved_told(frame, facts, orders, _PLAN)]
    found += judge_shortages(dataset, frame, orders=orders, transfers=transfers, stock=stock)
    found += [] if actions is None else judge_sisters(dataset, frame, actions)
    return tuple(found)


def _wrong(line: Line, name: str, rule: str) -> Violation:
    return Violation(_PLAN, f"{line['rank']} ({line['kind']})", name, str(line[name]), rule)


def _judge_order(frame: pd.DataFrame) -> Iterator[Violation]:
    if list(frame["rank"]) != list(range(1, len(frame) + 1)):
        yield Violation(_PLAN, "all", "rank", "", "ranks count from 1 without gaps")
    place = frame["severity"].map({word: at for at, word in enumerate(SEVERITIES)})
    if not place.is_monotonic_increasing:
        yield Violation(_PLAN, "all", "severity", "", f"goes {', '.join(SEVERITIES)}")
    for word, part in frame["money"].round(2).groupby(frame["severity"]):
        if not part.is_monotonic_decreasing:
            yield Violation(_PLAN, "all", "money", "", f"the most money goes first among the {word} ones")


def _judge_words(line: Line, dataset: DataSet) -> Iterator[Violation]:
    for name in _TEXTS:
        if not line[name]:
            yield _wrong(line, name, "must not be empty")
    if line["kind"] not in KINDS:
        yield _wrong(line, "kind", f"must be one of {', '.join(KINDS)}")
    if line["severity"] not in SEVERITIES:
        yield _wrong(line, "severity", f"must be one of {', '.join(SEVERITIES)}")
    if not (math.isfinite(line["money"]) and line["money"] >= 0):
        yield _wrong(line, "money", "must be a number of 0 or more")
    known = {"item_id": dataset.items, "site_id": dataset.sites, "supplier_id": dataset.suppliers}
    for name, keys in known.items():
        if line[name] and line[name] not in keys:
            yield _wrong(line, name, "the data set does not know it")


def _nothing(line: Line, facts: Facts) -> Iterator[Violation]:
    yield from ()


def _stock_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """There is as much stock as is called too much, dead or expiring, and it is worth no more."""
    stock = facts.stock(line["item_id"], line["site_id"])
    if not 0 < line["units"] <= stock.on_hand * (1 + _SLACK):
        yield _wrong(line, "units", f"{stock.on_hand:g} units are on hand")
    if line["kind"] == "expiring_stock":
        last = as_date(line["date"])
        lots = [one for one in facts.dataset.stock if (one.item_id, one.site_id) == (line["item_id"], line["site_id"])]
        life = facts.dataset.items[line["item_id"]].shelf_life_days
        if all(lot.expiry is None for lot in lots) and life is None:
            yield _wrong(line, "item_id", "nothing of it expires")
        elif last is None or last < facts.dataset.as_of:
            yield _wrong(line, "date", "lies before the planning day")
    elif line["money"] > line["value"] * (1 + _SLACK) + _SLACK:
        yield _wrong(line, "money", "is more than the stock is worth")


def _shortage_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """Lost units at no more than the margin, from tomorrow on, of an item that may be ordered there."""
    item = facts.dataset.items[line["item_id"]]
    price = facts.dataset.to_base(item.price, item.currency)
    if not (line["units"] > 0 and line["money"] <= line["units"] * price * (1 + _SLACK) + _SLACK):
        yield _wrong(line, "money", f"a unit sells for {price:g}")
    day = as_date(line["date"])
    if day is None or day <= facts.dataset.as_of:
        yield _wrong(line, "date", "lies not after the planning day")
    control = facts.dataset.item_sites.get((line["item_id"], line["site_id"]))
    if control is not None and (control.do_not_order or control.phase_out):
        yield _wrong(line, "item_id", "it is sold off here, so an empty shelf is meant")


def _closure_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    closures = facts.dataset.suppliers[line["supplier_id"]].closures
    if as_date(line["date"]) not in [first for first, _ in closures]:
        yield _wrong(line, "date", "the supplier has no closure that begins then")


def _capacity_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    if facts.dataset.suppliers[line["supplier_id"]].weekly_capacity_units is None:
        yield _wrong(line, "supplier_id", "the supplier has no capacity limit")
    if differs(line["amount"] * line["unit_cost"], line["cost"]):
        yield _wrong(line, "cost", "is not amount times unit cost")


_HOLDS = {
    "excess_stock": _stock_holds,
    "dead_stock": _stock_holds,
    "expiring_stock": _stock_holds,
    "stock_out": _shortage_holds,
    "lead_time_too_short": _shortage_holds,
    "supplier_closed": _closure_holds,
    "far_from_history": far_holds,
    "capacity_exceeded": _capacity_holds,
    **DOUBTS_HOLD,
}


def _past_due_told(frame: pd.DataFrame, dataset: DataSet) -> Iterator[Violation]:
    """Each overdue order of a listed item, and no other."""
    facts = Facts(dataset)
    late = {
        (o.order_id, o.item_id, o.site_id)
        for o in dataset.open_orders
        if o.due < dataset.as_of and facts.listed(o.item_id, o.site_id) and o.quantity > 0
    }
    told = frame.loc[frame["kind"].eq("past_due"), ["order_id", "item_id", "site_id"]]
    given = set(told.itertuples(index=False, name=None))
    for order_id, item_id, site_id in sorted(late ^ given):
        rule = "is overdue and not told" if (order_id, item_id, site_id) in late else "is not overdue"
        yield Violation(_PLAN, f"{order_id} {item_id} {site_id}", "order_id", order_id, rule)


def _capacity_told(frame: pd.DataFrame, dataset: DataSet, orders: OrderPlan) -> Iterator[Violation]:
    """Each supplier and week with more units than its capacity, and by how much."""
    weeks: dict[tuple[str, str], float] = {}
    tomorrow = dataset.as_of + timedelta(days=1)
    parts = [(o.supplier_id, max(o.due, tomorrow), o.quantity) for o in dataset.open_orders]
    lines = orders.lines
    parts += zip(lines["supplier_id"], lines["receipt_date"].dt.date, lines["quantity"].astype(float), strict=True)
    for supplier_id, day, units in parts:
        monday = (day - timedelta(days=day.weekday())).isoformat()
        weeks[supplier_id, monday] = weeks.get((supplier_id, monday), 0.0) + units
    over = {}
    for key, units in weeks.items():
        capacity = dataset.suppliers[key[0]].weekly_capacity_units
        if capacity is not None and units > capacity * (1 + _SLACK):
            over[key] = units - capacity
    told = frame.loc[frame["kind"].eq("capacity_exceeded")]
    given = {(line["supplier_id"], str(line["date"])[:10]): line["amount"] for line in told.to_dict("records")}
    for key in sorted(over.keys() | given.keys()):
        if differs(over.get(key, 0.0), given.get(key, 0.0)):
            rule = f"{over.get(key, 0.0):g} units are above the supplier's capacity in this week"
            yield Violation(_PLAN, " ".join(key), "amount", str(given.get(key, 0.0)), rule)


def _relaxed_told(frame: pd.DataFrame, orders: OrderPlan) -> Iterator[Violation]:
    """Each budget and room that is passed, by how much, and at what price."""
    limits = orders.limits
    over = limits.loc[limits["over"].gt(0) & limits["limit"].ne("weekly_capacity_units")]
    passed = {(row["limit"], row["site_id"], str(row["begins"])[:10]): row for row in over.to_dict("records")}
    told = frame.loc[frame["kind"].eq("relaxed_limit")]
    given = {(line["limit"], line["site_id"], str(line["date"])[:10]): line for line in told.to_dict("records")}
    for key in sorted(passed.keys() | given.keys()):
        row, line = passed.get(key), given.get(key)
        amount, price = (0.0, 0.0) if row is None else (row["over"], row["price"])
        cost = min(amount * price, _lost_by(key, orders))
        if line is None or differs(line["amount"], amount) or differs(line["cost"], cost):
            found = "not told" if line is None else f"{line['amount']:g} for {line['cost']:g}"
            yield Violation(_PLAN, " ".join(key), "amount", found, f"the limit is passed by {amount:g}, worth {cost:g}")


def _lost_by(key: tuple[str, str, str], orders: OrderPlan) -> float:
    """Margin that the lines of tonight lose for a limit (of a site)."""
    lost = 0.0
    for frame in (orders.lines, orders.waiting):
        for line in frame.to_dict("records"):
            here = key[0] != "capacity_l" or line["site_id"] == key[1]
            if line["status"] != "planned" and line["left_out_for"] == key[0] and here:
                lost += line["left_out_margin"]
    return lost


def _cut_told(frame: pd.DataFrame, orders: OrderPlan) -> Iterator[Violation]:
    """Each limit that cuts lines of tonight, with the margin that they lose; no other."""
    lost: dict[tuple[str, str, str], float] = {}
    for part in (orders.lines, orders.waiting):
        for line in part.to_dict("records"):
            limit = line["left_out_for"]
            if line["status"] != "planned" and limit:
                key = cut_key(line)
                lost[key] = lost.get(key, 0.0) + line["left_out_margin"]
    told = frame.loc[frame["kind"].eq("cut_by_limit")].to_dict("records")
    given = {(line["limit"], line["supplier_id"], line["site_id"]): float(line["money"]) for line in told}
    for key in sorted(lost.keys() | given.keys()):
        if key not in lost or key not in given or differs(lost[key], given[key]):
            found = f"{given[key]:g}" if key in given else "not told"
            rule = f"lines cut for it lose {lost[key]:g}" if key in lost else "no line is cut for it"
            yield Violation(_PLAN, " ".join(key), "money", found, rule)


def _missing_told(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    """Listed items without a price, cost, volume or weight are told of."""
    dataset = facts.dataset
    text = " ".join(frame.loc[frame["kind"].eq("missing_data"), "what"])
    listed = [
        item for item in dataset.items.values() if any(facts.listed(item.item_id, site) for site in facts.open_sites)
    ]
    for name in ("price", "unit_cost", "volume_l", "weight_kg"):
        if any(getattr(item, name) <= 0 for item in listed) and f"{name.replace('_', ' ')} is zero" not in text:
            yield Violation(_PLAN, "missing_data", name, "", "is zero for some items and not told")
