"""Checks what exceptions doubt: open orders to closed sites, without terms or twice the same, and suppliers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from supplychain.plans.judge.facts import Facts, closed
from supplychain.plans.judge.lines import as_date
from supplychain.plans.order_exceptions import TWIN_DAYS
from supplychain.plans.violation import Violation

__all__ = ["DOUBTS_HOLD", "doubts_told"]

Line = Mapping[Any, Any]

_PLAN = "order exceptions"
_SLACK = 1e-6


def _wrong(line: Line, name: str, rule: str) -> Violation:
    return Violation(_PLAN, f"{line['rank']} ({line['kind']})", name, str(line[name]), rule)


def _twins_hold(line: Line, facts: Facts) -> Iterator[Violation]:
    """Another open order is like the one that is named, and near it."""
    alike = [
        one
        for one in facts.dataset.open_orders
        if (one.supplier_id, one.item_id, one.site_id) == (line["supplier_id"], line["item_id"], line["site_id"])
    ]
    near = [
        other.order_id
        for one in alike
        for other in alike
        if one.order_id == line["order_id"] and other is not one and abs(one.quantity - other.quantity) < _SLACK
        and abs((one.ordered - other.ordered).days) <= TWIN_DAYS and abs((one.due - other.due).days) <= TWIN_DAYS
    ]  # fmt: skip
    if not near:
        yield _wrong(line, "order_id", "no open order is like it")
    elif not any(number in line["what"] for number in near):
        yield _wrong(line, "what", f"names none of {', '.join(near)}")


def _minimum_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """The supplier has a minimum, and sells something there."""
    supplier_id, site_id = line["supplier_id"], line["site_id"]
    least = facts.dataset.suppliers[supplier_id].minimum_order_value
    if not 0 < line["amount"] <= least * (1 + _SLACK):
        yield _wrong(line, "amount", f"the supplier's minimum order value is {least:g}")
    items = {one.item_id for one in facts.dataset.supply if one.supplier_id == supplier_id}
    if not any(facts.listed(item, site_id) and facts.supply(supplier_id, item, site_id) for item in items):
        yield _wrong(line, "site_id", "the supplier sells nothing there")


def _closed_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """The supplier is closed tomorrow, since the day that is named."""
    supplier, tomorrow = facts.dataset.suppliers[line["supplier_id"]], facts.dataset.as_of + timedelta(days=1)
    first = as_date(line["date"])
    if first is None or first > tomorrow or first not in [start for start, _ in supplier.closures]:
        yield _wrong(line, "date", "the supplier has no closure that begins then and covers tomorrow")
    elif not closed(supplier, tomorrow):
        yield _wrong(line, "supplier_id", "the supplier is open tomorrow")


def _astray_holds(line: Line, facts: Facts) -> Iterator[Violation]:
    """Units and day are the order's, the site's status is told, and no site that is not open is proposed instead."""
    key = (line["order_id"], line["item_id"], line["site_id"])
    known = [one for one in facts.dataset.open_orders if (one.order_id, one.item_id, one.site_id) == key]
    if not any(abs(one.quantity - line["units"]) < _SLACK and one.due == as_date(line["date"]) for one in known):
        yield _wrong(line, "units", "the data set has no such open order on that day")
    status = facts.dataset.sites[line["site_id"]].status
    if status not in line["what"]:
        yield _wrong(line, "what", f"does not say that the site is {status}")
    named = line["fix"].partition("delivered to ")[2].partition(" and correct")[0].split(", ")
    for site_id in named:
        site = facts.dataset.sites.get(site_id)
        if site is not None and site.status != "open":
            yield _wrong(line, "fix", f"{site_id} is {site.status}")


DOUBTS_HOLD = {
    "order_to_closed_site": _astray_holds,
    "twin_orders": _twins_hold,
    "minimum_out_of_reach": _minimum_holds,
    "closed_throughout": _closed_holds,
}
"""What must hold of a line of each kind."""


def doubts_told(frame: pd.DataFrame, facts: Facts) -> Iterator[Violation]:
    """Each open order to a site that is not open, each other one without terms, and each that is placed twice."""
    orders = [one for one in facts.dataset.open_orders if one.quantity > 0]
    sites = facts.dataset.sites
    astray = {(o.order_id, o.item_id, o.site_id) for o in orders if sites[o.site_id].status != "open"}
    without = {
        (o.order_id, o.item_id, o.site_id) for o in orders if facts.supply(o.supplier_id, o.item_id, o.site_id) is None
    }
    yield from _told(frame, "order_to_closed_site", astray, ("its site is not open", "its site is open"))
    rules = ("its supplier has no terms for it", "its supplier sells it, or its site is not open")
    yield from _told(frame, "order_without_terms", without - astray, rules)
    days = Counter((o.supplier_id, o.item_id, o.site_id, round(o.quantity, 6), o.ordered, o.due) for o in orders)
    named = Counter(frame.loc[frame["kind"].eq("twin_orders"), ["supplier_id", "item_id", "site_id"]]
                    .itertuples(index=False, name=None))  # fmt: skip
    for key in days:
        if days[key] > 1 and not named[key[:3]]:
            yield Violation(_PLAN, " ".join(key[:3]), "order_id", "", f"{days[key]} orders are the same, and not told")


def _told(
    frame: pd.DataFrame, kind: str, wanted: set[tuple[str, str, str]], rules: tuple[str, str]
) -> Iterator[Violation]:
    """(order, item, site) that the ``kind`` must name, and no other: what is so, and what is not so."""
    told = list(
        frame.loc[frame["kind"].eq(kind), ["order_id", "item_id", "site_id"]].itertuples(index=False, name=None)
    )
    for key in sorted(wanted ^ set(told)):
        rule = f"{rules[0]}, and that is not told" if key in wanted else rules[1]
        yield Violation(_PLAN, " ".join(key), "order_id", key[0], rule)
