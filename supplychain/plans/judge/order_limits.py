"""Checks the limits that tonight's orders share: amounts, use, who is left out, and what may go past them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.later_limits import judge_later_limits
from supplychain.plans.judge.limit_ground import LimitGround, monday_of
from supplychain.plans.judge.lines import as_date, differs, judge_missing
from supplychain.plans.order_limits import LIMIT_COLUMNS, LIMITS
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_limits"]

Line = Mapping[Any, Any]

_PLAN = "limits of orders"
_SLACK = 1e-6


def judge_limits(
    dataset: DataSet, plan: OrderPlan, *, as_of: date, budget: float | None, keeps: bool,
    transfers: pd.DataFrame | None = None, stock: pd.DataFrame | None = None,
) -> tuple[Violation, ...]:  # fmt: skip
    """Every limit that is told wrongly or not at all, and every line that one is wrongly said to have cut.

    ``budget`` of the month; ``keeps``: the policy keeps limits, so that only what must be ordered may pass them.
    ``transfers`` lines and ``stock`` days of the plan (None: the room at sites is only looked at for sense).
    """
    none = {name: kind for name, kind in LIMIT_COLUMNS.items() if name not in ("supplier_id", "site_id")}
    missing = list(judge_missing(_PLAN, plan.limits, none, "limit"))
    if missing:
        return tuple(missing)
    ground = LimitGround(Facts(dataset), plan, as_of, budget, transfers, stock)
    found = list(_judge_told(ground))
    for row in plan.limits.to_dict("records"):
        found += _judge_row(row, ground, keeps=keeps)
    for line in (*plan.lines.to_dict("records"), *plan.waiting.to_dict("records")):
        found += _judge_line(line, ground)
    if keeps:
        found += judge_later_limits(ground)
    return tuple(found)


def _judge_told(ground: LimitGround) -> Iterator[Violation]:
    """Each limit that tonight's lines use is told, once."""
    dataset, told = ground.facts.dataset, set()
    for row in ground.plan.limits.to_dict("records"):
        key = (row["limit"], row["supplier_id"], row["site_id"], as_date(row["begins"]))
        if key in told:
            yield Violation(_PLAN, " ".join(map(str, key)), "limit", row["limit"], "is told twice")
        told.add(key)
    sites = {site for limit, _, site, _ in told if limit == "capacity_l"}
    for line in ground.tonight:
        receipt = as_date(line["receipt_date"]) or ground.as_of
        week = ("weekly_capacity_units", line["supplier_id"], "", monday_of(receipt))
        month = ("budget_per_month", "", "", ground.as_of.replace(day=1))
        if dataset.suppliers[line["supplier_id"]].weekly_capacity_units is not None and week not in told:
            yield Violation(_PLAN, str(line["line_id"]), "limit", week[0], "the supplier's week is not told")
        if ground.budget is not None and month not in told:
            yield Violation(_PLAN, str(line["line_id"]), "limit", month[0], "the month's budget is not told")
        if dataset.sites[line["site_id"]].capacity_l is not None and line["site_id"] not in sites:
            yield Violation(_PLAN, str(line["line_id"]), "limit", "capacity_l", "the room at the site is not told")


def _judge_row(row: Line, ground: LimitGround, *, keeps: bool) -> Iterator[Violation]:
    def wrong(name: str, rule: str) -> Violation:
        which = " ".join(str(row[key])[:10] for key in ("limit", "supplier_id", "site_id", "begins") if row[key])
        return Violation(_PLAN, which, name, str(row[name]), rule)

    amount, begins = ground.amount(row) if row["limit"] in LIMITS else None, as_date(row["begins"])
    if amount is None or begins is None:
        yield wrong("limit", f"must be one of {', '.join(LIMITS)} that the data set or the scenario sets")
        return
    if differs(row["amount"], amount):
        yield wrong("amount", f"it is {amount:g}")
    yield from _judge_use(row, ground, begins, wrong, keeps=keeps)
    if differs(row["left"], row["amount"] - row["before"] - row["tonight"]):
        yield wrong("left", "is the amount less what is used before and tonight")
    over = max(row["before"] + row["tonight"] - row["amount"], 0.0)
    if abs(row["over"] - over) > _SLACK * max(amount, 1.0):
        yield wrong("over", f"before and tonight are {over:g} more than the amount")
    for name in ("later", "left_out", "price", "transfers_left_out", "transfers_margin"):
        if row[name] < -_SLACK * max(amount, 1.0):
            yield wrong(name, "must not be negative")
    yield from _judge_price(row, ground, wrong)
    if keeps and row["over"] > _SLACK * max(amount, 1.0) and row["tonight"] > _SLACK * max(amount, 1.0):
        yield from _judge_over(row, ground)


def _judge_use(row: Line, ground: LimitGround, begins: date, wrong: Any, *, keeps: bool) -> Iterator[Violation]:
    """Use before tonight and by tonight's lines, worked out again; of the room at a site, that it is no more.

    Later evenings may send in lumps what is expected to be sent day by day. Rules that keep no limits send without
    regard to room, so what they tell is not held against the projection.
    """
    lines = ground.lines_of(row)
    if row["limit"] == "capacity_l":
        volume = ground.facts.dataset.items
        tonight = sum(line["quantity"] * volume[line["item_id"]].volume_l for line in lines)
        sent = ground.sent_litres(row["site_id"], begins)
        tonight += math.inf if sent is None else sent
        before = ground.most_litres(row["site_id"], begins)
        for name, most in (("before", before), ("tonight", tonight)):
            if not -_SLACK <= row[name] <= most * (1 + _SLACK) + _SLACK:
                yield wrong(name, f"is at most {most:g} litres, if nothing were sold")
        there = ground.litres(row["site_id"], begins) if keeps else None
        lumps = ground.moved_later(row["site_id"], begins)
        leeway = ground.leeway(begins) * max(there or 0.0, 1.0) + lumps
        if there is not None and abs(row["before"] + row["tonight"] - there) > leeway:
            yield wrong("before", f"with tonight it must be the {there:g} litres of the stock projection")
        return
    valued = row["limit"] == "budget_per_month"
    tonight = sum(line["value_base" if valued else "quantity"] for line in lines)
    before = ground.spent() if valued else ground.due(row["supplier_id"], begins)
    if differs(row["before"], before):
        yield wrong("before", f"orders before tonight, and what has come, come to {before:g}")
    if differs(row["tonight"], tonight):
        yield wrong("tonight", f"tonight's lines come to {tonight:g}")


def _judge_price(row: Line, ground: LimitGround, wrong: Any) -> Iterator[Violation]:
    """A limit has a price where it keeps something out and holds, and no more than what it keeps out can earn."""
    if row["price"] <= _SLACK:
        return
    if row["over"] > _SLACK * max(row["amount"], 1.0):
        yield wrong("price", "the limit is passed already: one more of it changes nothing")
    if row["left_out"] <= 0:
        yield wrong("price", "nothing is left out for the limit")
    most = ground.most_price(row)
    if most is not None and row["price"] > most * (1 + 1e-6) + _SLACK:
        yield wrong("price", f"what is left out earns at most {most:g} for one of it")


def _judge_over(row: Line, ground: LimitGround) -> Iterator[Violation]:
    """Only pinned lines, a planner's minimum stock, and what their orders need to go out may pass a limit."""
    lines = ground.tonight
    must = {line["order_id"] for line in lines if not math.isnan(line["pinned_quantity"]) or line["least_target"] > 0}
    for line in ground.lines_of(row):
        if line["order_id"] not in must:
            rule = f"passes {row['limit']} without a pin or minimum stock in its order"
            yield Violation(_PLAN, str(line["line_id"]), "quantity", str(line["quantity"]), rule)


def _judge_line(line: Line, ground: LimitGround) -> Iterator[Violation]:
    """A line that a limit has cut names one that it uses, at its price, and no more margin than its units have."""

    def wrong(name: str, rule: str) -> Violation:
        return Violation(_PLAN, str(line["line_id"]), name, str(line[name]), rule)

    packs, limit = int(line["left_out_packs"]), line["left_out_for"]
    if packs < 0 or (packs > 0) != bool(limit):
        yield wrong("left_out_packs", "packs are left out for a limit, or none are")
        return
    units = (packs + max(-int(line["truck_packs"]), 0)) * line["pack_units"]
    most = max(line["selling_price"] - line["unit_cost"], 0.0) * units
    if not -_SLACK <= line["left_out_margin"] <= most * (1 + _SLACK) + _SLACK:
        yield wrong("left_out_margin", f"{units:g} units left out have a margin of {most:g}")
    if line["status"] == "left_out" and (units == 0 or line["quantity"] != 0):
        yield wrong("status", "a line that is left out orders nothing, for a limit or for its cost")
    if packs == 0:
        if line["limit_price"]:
            yield wrong("limit_price", "no limit takes anything")
        return
    if line["status"] in ("waiting", "planned"):
        if line["status"] == "waiting":
            yield wrong("left_out_packs", "an order that waits uses no limit")
        return  # limits of later days are not told
    if not math.isnan(line["pinned_quantity"]):
        yield wrong("left_out_packs", "a pinned line is never cut")
    if line["binding"] != limit:
        yield wrong("binding", "the limit is what binds")
    rows = [row for row in ground.plan.limits.to_dict("records") if row["limit"] == limit and ground.uses(line, row)]
    if not rows:
        yield wrong("left_out_for", "the line does not use this limit")
    elif not any(not differs(row["price"], line["limit_price"]) for row in rows):
        yield wrong("limit_price", "is not the price of the limit")
