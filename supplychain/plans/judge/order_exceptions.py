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
from supplychain.plans.judge.excess_orders import judge_excess_orders
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs
from supplychain.plans.judge.order_history import far_holds, far_told
from supplychain.plans.judge.shortages import judge_shortages
from supplychain.plans.judge.sister_stock import judge_sisters
from supplychain.plans.judge.told_transfers import judge_told_lines, judge_told_transfers
from supplychain.plans.order_exceptions import EXCEPTION_COLUMNS, KINDS, SEVERITIES
from supplychain.plans.order_limits import cut_key, limit_key
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_exceptions"]

Line = Mapping[Any, Any]
Key = tuple[str, str, str]

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
    found += [*_limits_told(frame, orders), *doubts_told(frame, facts)]
    found += [*far_told(frame, facts), *approved_told(frame, facts, orders, _PLAN)]
    found += judge_shortages(dataset, frame, orders=orders, transfers=transfers, stock=stock)
    found += judge_told_transfers(dataset, frame, transfers=transfers, stock=stock)
    found += judge_told_lines(frame, orders, transfers)
    if actions is not None:
        found += [*judge_sisters(dataset, frame, actions), *judge_excess_orders(frame, actions)]
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
    here: dict[tuple[str, str], float] = {}
    tomorrow = dataset.as_of + timedelta(days=1)
    parts = [(o.supplier_id, max(o.due, tomorrow), o.quantity) for o in dataset.open_orders]
    this_week = dataset.as_of - timedelta(days=dataset.as_of.weekday())
    came = (one for one in dataset.receipts if this_week <= one.received <= dataset.as_of)
    lines = orders.lines
    parts += zip(lines["supplier_id"], lines["receipt_date"].dt.date, lines["quantity"].astype(float), strict=True)
    for supplier_id, day, units in parts:
        monday = (day - timedelta(days=day.weekday())).isoformat()
        weeks[supplier_id, monday] = weeks.get((supplier_id, monday), 0.0) + units
    for one in came:
        key = (one.supplier_id, this_week.isoformat())
        here[key] = here.get(key, 0.0) + one.quantity_received
    over = {}
    for key, units in weeks.items():
        capacity = dataset.suppliers[key[0]].weekly_capacity_units
        if capacity is not None and units > 0 and units + here.get(key, 0.0) > capacity * (1 + _SLACK):
            over[key] = min(units + here.get(key, 0.0) - capacity, units)
    told = frame.loc[frame["kind"].eq("capacity_exceeded")]
    given = {(line["supplier_id"], str(line["date"])[:10]): line["amount"] for line in told.to_dict("records")}
    for key in sorted(over.keys() | given.keys()):
        if differs(over.get(key, 0.0), given.get(key, 0.0)):
            rule = f"{over.get(key, 0.0):g} units are above the supplier's capacity in this week"
            yield Violation(_PLAN, " ".join(key), "amount", str(given.get(key, 0.0)), rule)


def _limits_told(frame: pd.DataFrame, orders: OrderPlan) -> Iterator[Violation]:
    """Each budget and room that is passed is told once, by its worst day; each other limit that cuts lines, once."""
    lost = _lost_by_limit(orders)
    worst: dict[Key, dict[Any, Any]] = {}
    for row in orders.limits.to_dict("records"):
        key = limit_key(row)
        if (
            row["over"] > 0
            and key[0] != "weekly_capacity_units"
            and row["over"] > worst.get(key, {"over": 0.0})["over"]
        ):
            worst[key] = row
    expected = {("relaxed_limit", *key): (row["over"], lost.get(key, 0.0)) for key, row in worst.items()}
    expected |= {("cut_by_limit", *key): (math.nan, margin) for key, margin in lost.items() if key not in worst}
    told = frame.loc[frame["kind"].isin(["relaxed_limit", "cut_by_limit"])].to_dict("records")
    given = {(line["kind"], *limit_key(line)): line for line in told}
    if len(given) < len(told):
        yield Violation(_PLAN, "limits", "limit", str(len(told)), "a limit is told twice")
    prices: dict[Key, set[float]] = {}
    for row in orders.limits.to_dict("records"):
        prices.setdefault(limit_key(row), set()).add(float(row["price"]))
    for name in sorted(expected.keys() | given.keys()):
        amount, cost = expected.get(name, (math.nan, math.nan))
        line = given.get(name)
        wrong = line is None or name not in expected or differs(line["money"], cost)
        if wrong or (line is not None and not math.isnan(amount) and differs(line["amount"], amount)):
            found = "not told" if line is None else f"{line['amount']:g} for {line['money']:g}"
            rule = f"is passed by {amount:g}, and lines cut for it lose {cost:g}"
            field = "amount" if name[0] == "relaxed_limit" else "money"
            yield Violation(_PLAN, " ".join(name), field, found, rule if name in expected else "there is no such limit")
        elif line is not None and all(differs(line["unit_cost"], price) for price in prices.get(name[1:], set())):
            yield Violation(_PLAN, " ".join(name), "unit_cost", str(line["unit_cost"]), "is not the price of the limit")


def _lost_by_limit(orders: OrderPlan) -> dict[Key, float]:
    """Margin that lines and transfers of tonight lose, by the limit that cuts them."""
    lost: dict[Key, float] = {}
    for part in (orders.lines, orders.waiting):
        for line in part.to_dict("records"):
            if line["status"] != "planned" and line["left_out_packs"] > 0:
                key = cut_key(line)
                lost[key] = lost.get(key, 0.0) + line["left_out_margin"]
    for row in orders.limits.to_dict("records"):
        if row["transfers_left_out"] > 0:
            lost[limit_key(row)] = lost.get(limit_key(row), 0.0) + row["transfers_margin"]
    return lost


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
