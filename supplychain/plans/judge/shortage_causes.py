"""Checks what stock-outs say of returns, of promotions and events, and of pins against the stock projection."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.lines import as_date
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_occasions", "judge_pins_told", "judge_returns_told"]

_PLAN = "order exceptions"
_SLACK = 0.02  # share by which a projection may differ: waste is looked at differently
_ROUNDED = 1.0  # units by which rounded words may differ
_OTHER_DAYS = 0.25  # share of what is lost that may fall on other days than the expected course has it on
_BACK = re.compile(r"\+ ([\d,]+) back from customers")
_OCCASION = re.compile(r"(its promotion|the event .+?) (?:starts on|has been running since) (\d{4}-\d\d-\d\d)")

Days = Mapping[date, float]


def judge_returns_told(line: Mapping[Any, Any], returned: Days) -> Iterator[Violation]:
    """No more is said to come back until help than the projection, in which only what is there is sold, gets back."""
    told, helped = _BACK.search(line["why"]), as_date(line["help_date"])
    if told is None or helped is None or helped - timedelta(days=1) not in returned:
        return
    units = sum(back for day, back in returned.items() if day < helped)
    if float(told.group(1).replace(",", "")) > units * (1 + _SLACK) + _ROUNDED:
        yield _wrong(line, "why", told.group(0), f"the stock projection gets {units:g} back until {helped}")


def judge_occasions(dataset: DataSet, line: Mapping[Any, Any], told: float, lost: Days) -> Iterator[Violation]:
    """Promotions and events lose no more than is lost on their days.

    ``told`` units of both exceptions of the row, which may exceed what the projection loses (``lost`` by day): demand
    may be higher than expected.
    """
    helped = as_date(line["help_date"])
    if helped is None or helped - timedelta(days=1) not in lost:
        return
    days: set[date] = set()
    for name, start in _OCCASION.findall(line["what"]):
        spans = _spans(dataset, line["item_id"], name, date.fromisoformat(start))
        if not spans:
            yield _wrong(line, "what", f"{name} {start}", "the data set has no such promotion or event")
        days |= {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    before = {day: units for day, units in lost.items() if day < helped}
    most = sum(units for day, units in before.items() if day in days) + max(told - sum(before.values()), 0.0)
    most += _OTHER_DAYS * told
    if line["units"] > most * (1 + _SLACK) + _ROUNDED:
        rule = f"of {told:g} units the stock projection loses no more than {most:g} on those days"
        yield _wrong(line, "units", f"{line['units']:g}", rule)


def _spans(dataset: DataSet, item_id: str, name: str, start: date) -> list[tuple[date, date]]:
    """First and last days of the promotions of the item, or the peaks of the event, that start then or later."""
    if name == "its promotion":
        known = [(one.first, one.last) for one in dataset.promotions if one.item_id == item_id]
    else:
        event = name.removeprefix("the event ")
        known = [(one.first, one.last) for one in dataset.events if one.name == event and one.phase == "peak"]
    return [span for span in known if span[0] >= start]


def judge_pins_told(
    dataset: DataSet, frame: pd.DataFrame, *, orders: OrderPlan, stock: pd.DataFrame
) -> Iterator[Violation]:
    """Each pin of nothing that holds tonight, and under which the projection runs out before the plan's next line."""
    told = frame.loc[frame["kind"].isin(("stock_out", "lead_time_too_short"))]
    known = {(item, site) for item, site in zip(told["item_id"], told["site_id"], strict=True)}
    for pin in dataset.pins:
        key, control = (pin.item_id, pin.site_id), dataset.item_sites.get((pin.item_id, pin.site_id))
        sold_off = control is not None and (control.do_not_order or control.phase_out)
        if pin.quantity > 0 or not pin.first <= dataset.as_of <= pin.until or key in known or sold_off:
            continue
        lines = orders.lines
        receipts = lines.loc[lines["item_id"].eq(key[0]) & lines["site_id"].eq(key[1]), "receipt_date"]
        days = stock.loc[stock["item_id"].eq(key[0]) & stock["site_id"].eq(key[1])]
        days = days.loc[days["date"].lt(receipts.min())] if len(receipts) else days
        lost = float(days["lost"].sum())
        if lost > _ROUNDED:
            rule = f"a pin of {pin.who} lets {lost:g} units be lost, and no exception says so"
            yield Violation(_PLAN, f"{pin.item_id} at {pin.site_id}", "item_id", pin.item_id, rule)


def _wrong(line: Mapping[Any, Any], name: str, found: str, rule: str) -> Violation:
    return Violation(_PLAN, f"{line['rank']} ({line['kind']})", name, found, rule)
