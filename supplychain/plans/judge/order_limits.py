"""Checks the limits that tonight's orders share: amounts, use, who is left out, and what may go past them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from supplychain.domain import DataSet
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import as_date, differs, judge_missing
from supplychain.plans.order_limits import LIMIT_COLUMNS, LIMITS
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_limits"]

Line = Mapping[Any, Any]

_PLAN = "limits of orders"
_SLACK = 1e-6


def judge_limits(
    dataset: DataSet, plan: OrderPlan, *, as_of: date, budget: float | None, keeps: bool
) -> tuple[Violation, ...]:
    """Every limit that is told wrongly or not at all, and every line that one is wrongly said to have cut.

    ``budget`` of the month; ``keeps``: the policy keeps limits, so that only what must be ordered may pass them.
    """
    none = {name: kind for name, kind in LIMIT_COLUMNS.items() if name not in ("supplier_id", "site_id")}
    missing = list(judge_missing(_PLAN, plan.limits, none, "limit"))
    if missing:
        return tuple(missing)
    ground = _Ground(Facts(dataset), plan, as_of, budget)
    found = list(_judge_told(ground))
    for row in plan.limits.to_dict("records"):
        found += _judge_row(row, ground, keeps=keeps)
    for line in (*plan.lines.to_dict("records"), *plan.waiting.to_dict("records")):
        found += _judge_line(line, ground)
    return tuple(found)


@dataclass(frozen=True)
class _Ground:
    """What the judge looks at."""

    facts: Facts
    plan: OrderPlan
    as_of: date
    budget: float | None

    @cached_property
    def tonight(self) -> list[Line]:
        """Lines of the planning day."""
        lines = self.plan.lines
        return list(lines.loc[lines["status"].eq("proposed")].to_dict("records"))

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], list[Line]]:
        """Lines of the planning day by supplier and by site."""
        found: dict[tuple[str, str], list[Line]] = {}
        for line in self.tonight:
            for name in ("supplier_id", "site_id"):
                found.setdefault((name, line[name]), []).append(line)
        return found

    def lines_of(self, row: Line) -> list[Line]:
        """Lines of the planning day that use the limit of the row."""
        if row["limit"] == "budget_per_month":
            return self.tonight
        name = "site_id" if row["limit"] == "capacity_l" else "supplier_id"
        return [line for line in self._by_owner.get((name, row[name]), []) if self.uses(line, row)]

    def uses(self, line: Line, row: Line) -> bool:
        """Whether a line uses the limit of the row."""
        begins, receipt = as_date(row["begins"]), as_date(line["receipt_date"])
        if begins is None or receipt is None:
            return False
        if row["limit"] == "weekly_capacity_units":
            return bool(line["supplier_id"] == row["supplier_id"]) and _monday(receipt) == begins
        if row["limit"] == "capacity_l":
            return bool(line["site_id"] == row["site_id"]) and receipt <= begins
        return True

    def amount(self, row: Line) -> float | None:
        """What the data set and the scenario say of the limit."""
        dataset = self.facts.dataset
        if row["limit"] == "weekly_capacity_units":
            return dataset.suppliers[row["supplier_id"]].weekly_capacity_units
        return self.budget if row["limit"] == "budget_per_month" else dataset.sites[row["site_id"]].capacity_l

    def spent(self) -> float:
        """Value of what was ordered in this month before tonight, base currency."""
        dataset, total = self.facts.dataset, 0.0
        lines = [
            (o.supplier_id, o.item_id, o.site_id, o.ordered, o.quantity, o.unit_price) for o in dataset.open_orders
        ]
        lines += [(r.supplier_id, r.item_id, r.site_id, r.ordered, r.quantity_received, None) for r in dataset.receipts]
        for supplier_id, item_id, site_id, ordered, quantity, price in lines:
            if (ordered.year, ordered.month) == (self.as_of.year, self.as_of.month):
                supplier, item = dataset.suppliers[supplier_id], dataset.items[item_id]
                supply = self.facts.supply(supplier_id, item_id, site_id)
                if price is None and supply is None:
                    total += quantity * dataset.to_base(item.unit_cost, item.currency)
                    continue
                asked = self.facts.unit_price(supply, quantity) if price is None and supply is not None else price
                total += dataset.to_base(quantity * float(asked or 0.0), supplier.currency)
        return total

    def due(self, supplier_id: str, monday: date) -> float:
        """Units of open orders of a supplier that come in the week."""
        tomorrow = self.as_of + timedelta(days=1)
        return sum(
            order.quantity
            for order in self.facts.dataset.open_orders
            if order.supplier_id == supplier_id and _monday(max(order.due, tomorrow)) == monday
        )

    def most_litres(self, site_id: str, day: date) -> float:
        """Litres of all stock and of what comes to a site until the day, if nothing were sold."""
        dataset = self.facts.dataset
        volume = {item.item_id: item.volume_l for item in dataset.items.values()}
        there = sum(one.on_hand * volume[one.item_id] for one in dataset.stock if one.site_id == site_id)
        coming = ((key, units) for key, units, due in self.facts.under_way if key[1] == site_id and due <= day)
        return there + sum(units * volume[key[0]] for key, units in coming)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _judge_told(ground: _Ground) -> Iterator[Violation]:
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
        week = ("weekly_capacity_units", line["supplier_id"], "", _monday(receipt))
        month = ("budget_per_month", "", "", ground.as_of.replace(day=1))
        if dataset.suppliers[line["supplier_id"]].weekly_capacity_units is not None and week not in told:
            yield Violation(_PLAN, str(line["line_id"]), "limit", week[0], "the supplier's week is not told")
        if ground.budget is not None and month not in told:
            yield Violation(_PLAN, str(line["line_id"]), "limit", month[0], "the month's budget is not told")
        if dataset.sites[line["site_id"]].capacity_l is not None and line["site_id"] not in sites:
            yield Violation(_PLAN, str(line["line_id"]), "limit", "capacity_l", "the room at the site is not told")


def _judge_row(row: Line, ground: _Ground, *, keeps: bool) -> Iterator[Violation]:
    def wrong(name: str, rule: str) -> Violation:
        which = " ".join(str(row[key])[:10] for key in ("limit", "supplier_id", "site_id", "begins") if row[key])
        return Violation(_PLAN, which, name, str(row[name]), rule)

    amount, begins = ground.amount(row) if row["limit"] in LIMITS else None, as_date(row["begins"])
    if amount is None or begins is None:
        yield wrong("limit", f"must be one of {', '.join(LIMITS)} that the data set or the scenario sets")
        return
    if differs(row["amount"], amount):
        yield wrong("amount", f"it is {amount:g}")
    yield from _judge_use(row, ground, begins, wrong)
    if differs(row["left"], row["amount"] - row["before"] - row["tonight"]):
        yield wrong("left", "is the amount less what is used before and tonight")
    over = max(row["before"] + row["tonight"] - row["amount"], 0.0)
    if abs(row["over"] - over) > _SLACK * max(amount, 1.0):
        yield wrong("over", f"before and tonight are {over:g} more than the amount")
    for name in ("later", "left_out", "price"):
        if row[name] < -_SLACK * max(amount, 1.0):
            yield wrong(name, "must not be negative")
    if keeps and row["over"] > _SLACK * max(amount, 1.0) and row["tonight"] > _SLACK * max(amount, 1.0):
        yield from _judge_over(row, ground)


def _judge_use(row: Line, ground: _Ground, begins: date, wrong: Any) -> Iterator[Violation]:
    """Use before tonight and by tonight's lines, worked out again; of the room at a site, that it is no more."""
    lines = ground.lines_of(row)
    if row["limit"] == "capacity_l":
        volume = ground.facts.dataset.items
        tonight = sum(line["quantity"] * volume[line["item_id"]].volume_l for line in lines)
        before = ground.most_litres(row["site_id"], begins)
        for name, most in (("before", before), ("tonight", tonight)):
            if not -_SLACK <= row[name] <= most * (1 + _SLACK) + _SLACK:
                yield wrong(name, f"is at most {most:g} litres, if nothing were sold")
        return
    valued = row["limit"] == "budget_per_month"
    tonight = sum(line["value_base" if valued else "quantity"] for line in lines)
    before = ground.spent() if valued else ground.due(row["supplier_id"], begins)
    if differs(row["before"], before):
        yield wrong("before", f"orders before tonight come to {before:g}")
    if differs(row["tonight"], tonight):
        yield wrong("tonight", f"tonight's lines come to {tonight:g}")


def _judge_over(row: Line, ground: _Ground) -> Iterator[Violation]:
    """Only pinned lines, a planner's minimum stock, and what their orders need to go out may pass a limit."""
    lines = ground.tonight
    must = {line["order_id"] for line in lines if not math.isnan(line["pinned_quantity"]) or line["least_target"] > 0}
    for line in ground.lines_of(row):
        if line["order_id"] not in must:
            rule = f"passes {row['limit']} without a pin or minimum stock in its order"
            yield Violation(_PLAN, str(line["line_id"]), "quantity", str(line["quantity"]), rule)


def _judge_line(line: Line, ground: _Ground) -> Iterator[Violation]:
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
