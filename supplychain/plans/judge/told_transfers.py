"""Checks the transfers that exceptions tell: both ends name the same units, and the origin will have them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.lines import as_date
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.violation import Violation

__all__ = ["judge_told_lines", "judge_told_transfers"]

_PLAN = "order exceptions"
_SHORT = ("stock_out", "lead_time_too_short")
_HELD = ("excess_stock", "expiring_stock")
_ROUNDED = 1.0  # units by which rounded words may differ
_SLACK = 0.02  # share by which a projection may differ: waste is looked at differently
_DAY = r"(\d{4}-\d\d-\d\d)"
_TRANSFER = re.compile(
    rf"transfer ([\d,]+) units from (.+?)(?: on {_DAY}(?:, when .+? (?:is|are) there)?)?, here on {_DAY}"
)
_MOVE = re.compile(rf"(?:move|and) ([\d,]+) to (\S+) \((?:on {_DAY}, )?there on {_DAY}\)")
_MORE = re.compile(r"tonight's plan brings ([\d,.]+) more")


@dataclass(frozen=True, slots=True)
class _Told:
    """Units of an item from one site to another, the day on which they leave, and that on which they are there."""

    item_id: str
    origin_id: str
    destination_id: str
    units: int
    leaves: date
    here: date


def judge_told_transfers(
    dataset: DataSet, frame: pd.DataFrame, *, transfers: pd.DataFrame | None, stock: pd.DataFrame | None
) -> Iterator[Violation]:
    """Transfers of stock-outs and of excess agree, take a lane's days, and leave the origin no emptier than empty.

    ``stock`` is the plan's stock projection. Where an excess goes to a row that runs out, and is there while that still
    loses, the row's message may not say that nothing helps.
    """
    asked, given = _asked(dataset, frame), _given(dataset, frame)
    for one in {*asked, *given}:
        if not _by_lane(dataset, one):
            yield _wrong(one, f"no lane brings it by {one.here}")
    excess = {(line["item_id"], line["site_id"]) for line in _of(frame, "excess_stock")}
    for one in asked - given:
        if (one.item_id, one.origin_id) in excess:
            yield _wrong(one, f"the excess of {one.origin_id} tells another transfer, or none")
    helped = {(line["item_id"], line["site_id"]): line for line in _of(frame, *_SHORT)}
    for one in given - asked:
        line = helped.get((one.item_id, one.destination_id))
        if line is None or "nothing on the way or in stock helps" not in line["fix"] or stock is None:
            continue
        if _lost_between(stock, one, line) > _ROUNDED:
            yield _wrong(one, f"{one.destination_id} loses units after {one.here}, and says that nothing helps")
    if stock is not None:
        yield from _judge_left(dataset, asked | given, transfers, stock)


def judge_told_lines(frame: pd.DataFrame, orders: OrderPlan, transfers: pd.DataFrame | None) -> Iterator[Violation]:
    """What is said of too much stock names the units that tonight's plan brings of it, and no others."""
    brought: dict[tuple[str, str], float] = {}
    parts = [] if transfers is None or not len(transfers) else [(transfers, "destination_id")]
    for lines, place in (*parts, (orders.lines, "site_id")):
        tonight = lines.loc[lines["status"].eq("proposed")]
        tonight = tonight.loc[tonight["reason"].ne("rebalancing")] if "reason" in tonight else tonight
        brought |= dict(zip(zip(tonight["item_id"], tonight[place], strict=True), tonight["quantity"], strict=True))
    for line in _of(frame, *_HELD):
        units, told = brought.get((line["item_id"], line["site_id"]), 0.0), _MORE.search(line["fix"])
        found = 0.0 if told is None else float(told.group(1).replace(",", ""))
        if abs(found - units) > 0.5 or (units > 0 and told is None):
            record = f"{line['rank']} ({line['kind']})"
            yield Violation(_PLAN, record, "fix", line["fix"], f"tonight's plan brings {units:g} more of it")


def _of(frame: pd.DataFrame, *kinds: str) -> list[dict[Any, Any]]:
    records: list[dict[Any, Any]] = frame.loc[frame["kind"].isin(kinds)].to_dict("records")
    return records


def _asked(dataset: DataSet, frame: pd.DataFrame) -> set[_Told]:
    """Transfers that stock-outs name."""
    return {
        _Told(line["item_id"], origin, line["site_id"], _units(units), _day(leaves, dataset.as_of), _day(here))
        for line in _of(frame, *_SHORT)
        for units, origin, leaves, here in _TRANSFER.findall(line["fix"])
    }


def _given(dataset: DataSet, frame: pd.DataFrame) -> set[_Told]:
    """Transfers that excess names."""
    return {
        _Told(line["item_id"], line["site_id"], end, _units(units), _day(leaves, dataset.as_of), _day(here))
        for line in _of(frame, "excess_stock")
        for units, end, leaves, here in _MOVE.findall(line["fix"])
    }


def _units(text: str) -> int:
    return int(text.replace(",", ""))


def _day(text: str, otherwise: date = date.min) -> date:
    return date.fromisoformat(text) if text else otherwise


def _by_lane(dataset: DataSet, one: _Told) -> bool:
    ends = (one.origin_id, one.destination_id)
    return any(
        (lane.origin_id, lane.destination_id) == ends
        and lane.usable
        and max(math.ceil(lane.transit_days - 1e-9), 1) <= (one.here - one.leaves).days
        for lane in dataset.lanes
    )


def _lost_between(stock: pd.DataFrame, one: _Told, line: Mapping[Any, Any]) -> float:
    """Units that the projection of the destination loses from the transfer's day until help."""
    row = stock["item_id"].eq(one.item_id) & stock["site_id"].eq(one.destination_id)
    days = row & stock["date"].ge(pd.Timestamp(one.here)) & stock["date"].lt(line["help_date"])
    return float(stock.loc[days, "lost"].sum())


def _judge_left(
    dataset: DataSet, told: set[_Told], transfers: pd.DataFrame | None, stock: pd.DataFrame
) -> Iterator[Violation]:
    """On the day on which a transfer leaves, the projection of its origin holds all that has left by then."""
    moved = set()
    if transfers is not None and len(transfers):
        moves = transfers.loc[transfers["reason"].eq("rebalancing")]
        moved = set(zip(moves["item_id"], moves["origin_id"], strict=True))
    wanted = {(one.item_id, one.origin_id) for one in told} - moved
    chosen = stock.loc[[key in wanted for key in zip(stock["item_id"], stock["site_id"], strict=True)]]
    closing = {
        (item, site, as_date(day)): float(units)
        for item, site, day, units in zip(
            chosen["item_id"], chosen["site_id"], chosen["date"], chosen["closing"], strict=True
        )
    }
    for one in sorted(told, key=lambda t: (t.item_id, t.origin_id, t.leaves, t.destination_id)):
        there = closing.get((one.item_id, one.origin_id, one.leaves))
        if there is None or dataset.items[one.item_id].shelf_life_days is not None:
            continue
        gone = sum(
            t.units for t in told if (t.item_id, t.origin_id) == (one.item_id, one.origin_id) and t.leaves <= one.leaves
        )
        if gone > there * (1 + _SLACK) + _ROUNDED:
            yield _wrong(one, f"{gone:g} are told to leave by {one.leaves}, and the projection holds {there:g}")


def _wrong(one: _Told, rule: str) -> Violation:
    record = f"{one.item_id} from {one.origin_id} to {one.destination_id}"
    return Violation(_PLAN, record, "fix", f"{one.units} units", rule)
