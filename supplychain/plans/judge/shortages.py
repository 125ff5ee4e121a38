"""Checks stock-outs against the plan's own lines and its stock projection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.lines import as_date
from supplychain.plans.judge.shortage_causes import judge_occasions, judge_pins_told, judge_returns_told
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["SHORTAGES", "judge_shortages"]

SHORTAGES = ("stock_out", "lead_time_too_short")
"""Kinds of exceptions that say that stock runs out before help comes."""

Key = tuple[str, str]

_PLAN = "order exceptions"
_SLACK = 1e-6
_NOTHING = 0.01  # units lost that may be rounding
_LEAST = 0.02  # share of the projected loss by which what is told may lie below it: waste is looked at differently


@dataclass(frozen=True, slots=True)
class _Course:
    """A row in the stock projection: its days, and by the end of each the units asked for in vain."""

    days: tuple[date, ...]
    lost: tuple[float, ...]
    returned: tuple[float, ...]
    clean: bool

    def each_day(self) -> tuple[dict[date, float], dict[date, float]]:
        """Units lost and units back from customers on each day after the planning day."""
        new = [after - before for before, after in pairwise(self.lost)]
        return dict(zip(self.days[1:], new, strict=True)), dict(zip(self.days[1:], self.returned[1:], strict=True))


def judge_shortages(
    dataset: DataSet,
    frame: pd.DataFrame,
    *,
    orders: OrderPlan,
    transfers: pd.DataFrame | None = None,
    stock: pd.DataFrame | None = None,
) -> Iterator[Violation]:
    """Help comes no later than the plan's first line, after the shelf is empty; and the projection loses no more.

    ``transfers`` are the plan's transfer lines and ``stock`` its stock projection. What a dc with the sites that it
    feeds loses, what expires or is moved between sites is looked at row by row in the projection, and not there.
    """
    told = frame.loc[frame["kind"].isin(SHORTAGES)]
    first = _first_receipts(orders.lines, transfers)
    courses = {} if stock is None else _courses(dataset, stock, transfers, set(_keys(told, "site_id")))
    for line in told.to_dict("records"):
        day, helped = as_date(line["date"]), as_date(line["help_date"])
        if day is None or helped is None or helped <= day:
            yield _wrong(line, "help_date", f"must lie after {day}, when the shelf is empty")
            continue
        here = first.get((line["item_id"], line["site_id"]))
        if here is not None and helped > here:
            yield _wrong(line, "help_date", f"the plan's next line is here on {here}")
    if stock is not None:
        for key, part in told.groupby(["item_id", "site_id"], sort=True):
            yield from _judge_units(part, courses[key])
            yield from _judge_causes(dataset, part, courses[key])
        yield from judge_pins_told(dataset, frame, orders=orders, stock=stock)


def _judge_units(part: pd.DataFrame, course: _Course) -> Iterator[Violation]:
    """Both exceptions of a row tell no less than the projection loses until help, from its first day on."""
    line = part.to_dict("records")[0]
    helped, told = as_date(line["help_date"]), float(part["units"].sum())
    if helped is None or not course.days or not course.clean:
        return
    until = [lost for day, lost in zip(course.days, course.lost, strict=True) if day < helped]
    if until and told < until[-1] * (1 - _LEAST) - _SLACK:
        yield _wrong({**line, "units": told}, "units", f"the stock projection loses {until[-1]:g} until {helped}")
    day = as_date(part["date"].min())
    if "stock_out" not in set(part["kind"]) or day is None or day > course.days[-1]:
        return
    before = max((lost for one, lost in zip(course.days, course.lost, strict=True) if one < day), default=0.0)
    if before > _NOTHING or dict(zip(course.days, course.lost, strict=True))[day] <= 0:
        empty = next((one for one, lost in zip(course.days, course.lost, strict=True) if lost > 0), "no day")
        yield _wrong(line, "date", f"the stock projection is empty from {empty} on")


def _judge_causes(dataset: DataSet, part: pd.DataFrame, course: _Course) -> Iterator[Violation]:
    """What comes back from customers, and what promotions and events lose."""
    if not course.days or not course.clean:
        return
    lost, returned = course.each_day()
    for line in part.to_dict("records"):
        yield from judge_returns_told(line, returned)
        if line["kind"] == "lead_time_too_short":
            yield from judge_occasions(dataset, line, float(part["units"].sum()), lost)


def _first_receipts(orders: pd.DataFrame, transfers: pd.DataFrame | None) -> dict[Key, date]:
    """Day on which the first line of each item and site is there; moves that rebalance stock bring a part only."""
    found: dict[Key, date] = {}
    for lines, place in ((orders, "site_id"), (transfers, "destination_id")):
        if lines is None or not len(lines):
            continue
        part = lines.loc[lines["reason"].ne("rebalancing")] if "reason" in lines else lines
        if "binding" in part:  # what a pin orders tonight is there already: help is what comes after it
            part = part.loc[~(part["status"].eq("proposed") & part["binding"].eq("pinned"))]
        for key, day in zip(_keys(part, place), part["receipt_date"].dt.date, strict=True):
            found[key] = min(day, found.get(key, day))
    return found


def _courses(
    dataset: DataSet, stock: pd.DataFrame, transfers: pd.DataFrame | None, wanted: set[Key]
) -> dict[Key, _Course]:
    """Of the ``wanted`` rows; clean where the row is looked at alone and its item neither spoils nor ends."""
    moved: set[Key] = set()
    if transfers is not None and len(transfers):
        moves = transfers.loc[transfers["reason"].eq("rebalancing")]
        moved = {*_keys(moves, "origin_id"), *_keys(moves, "destination_id")}
    found: dict[Key, _Course] = {key: _Course((), (), (), False) for key in wanted}
    chosen = stock.loc[[key in wanted for key in _keys(stock, "site_id")]].sort_values("date", kind="stable")
    for key, part in chosen.groupby(["item_id", "site_id"], sort=False):
        item, owed = dataset.items[key[0]], float(part["backorder"].iloc[0])
        days = [day for day in map(as_date, part["date"]) if day is not None]
        stays = item.shelf_life_days is None and item.replaces is None and (item.ended or date.max) > days[-1]
        clean = stays and not owed and key not in moved and not _feeds(dataset, *key)
        lost = (part["lost"].cumsum() + part["backorder"]).cummax()
        back = tuple(part["returned"].astype(float))
        found[key] = _Course(tuple(days), tuple(lost.astype(float)), back, clean)
    return found


def _feeds(dataset: DataSet, item_id: str, site_id: str) -> bool:
    """Whether a front warehouse or hub beyond a lane from the site lists the item, and may be fed from it."""
    ends = [dataset.sites.get(lane.destination_id) for lane in dataset.lanes if lane.origin_id == site_id]
    return any(end is not None and end.kind != "dc" and dataset.is_listed(item_id, end) for end in ends)


def _keys(frame: pd.DataFrame, place: str) -> list[Key]:
    return list(zip(frame["item_id"], frame[place], strict=True))


def _wrong(line: Mapping[Any, Any], name: str, rule: str) -> Violation:
    return Violation(_PLAN, f"{line['rank']} ({line['kind']})", name, str(line[name]), rule)
