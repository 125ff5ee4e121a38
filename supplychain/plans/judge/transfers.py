"""Checks a transfer plan against the data set alone: stock at the origin, lanes, dates, explanations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.facts import Facts
from supplychain.plans.judge.lines import Line, as_date, differs, judge_common, judge_missing
from supplychain.plans.judge.lost import LostDemand
from supplychain.plans.judge.returns import Sales
from supplychain.plans.transfer_plan import TRANSFER_LINE_COLUMNS, TransferPlan, transfer_number
from supplychain.plans.violation import Violation

__all__ = ["judge_transfers"]

_PLAN = "transfer plan"
_REASONS = ("feeding", "rebalancing")


def judge_transfers(
    dataset: DataSet, plan: TransferPlan, *, as_of: date, scorecards: pd.DataFrame | None = None,
    sales: Sales | None = None, lost: LostDemand | None = None,
) -> tuple[Violation, ...]:  # fmt: skip
    """Every rule of the data set that the transfer plan breaks, line by line and origin by origin.

    ``scorecards`` are those of the run, which say how much of an open order counts; ``sales`` those from which returns
    are expected (None: the plan counts on none), and
    ``lost`` the demand that may be lost (None: it is not known, and ``expected_lost`` only looked at for sense).
    """
    missing = tuple(judge_missing(_PLAN, plan.lines, TRANSFER_LINE_COLUMNS, "line_id"))
    if missing:
        return missing
    facts = Facts(dataset, scorecards, sales, lost)
    found = list(_judge_ids(plan))
    for line in plan.lines.to_dict("records"):
        found += _judge_line(line, facts, as_of)
    found += _judge_origins(plan, facts, as_of)
    found += _judge_freight(plan, facts)
    return tuple(found)


def _wrong(line: Line, name: str, rule: str) -> Violation:
    return Violation(_PLAN, str(line["line_id"]), name, str(line[name]), rule)


def _judge_ids(plan: TransferPlan) -> Iterator[Violation]:
    for line_id in plan.lines.loc[plan.lines["line_id"].duplicated(), "line_id"]:
        yield Violation(_PLAN, line_id, "line_id", line_id, "two lines have this number")
    keys = ["origin_id", "destination_id", "item_id", "order_date"]
    for line_id in plan.lines.loc[plan.lines.duplicated(keys), "line_id"]:
        yield Violation(_PLAN, line_id, "item_id", "", "two lines send the same item between two sites on one day")


def _judge_line(line: Line, facts: Facts, as_of: date) -> Iterator[Violation]:
    if line["item_id"] not in facts.dataset.items:
        yield _wrong(line, "item_id", "the data set does not know it")
        return
    for name in ("origin_id", "destination_id"):
        if line[name] not in facts.dataset.sites or not facts.listed(line["item_id"], line[name]):
            yield _wrong(line, name, "is no open stocking site that lists the item")
            return
    if line["reason"] not in _REASONS:
        yield _wrong(line, "reason", f"must be one of {', '.join(_REASONS)}")
    if line["reason"] == "feeding" and facts.dataset.sites[line["origin_id"]].kind != "dc":
        yield _wrong(line, "origin_id", "only a dc feeds other sites")
    yield from judge_common(_PLAN, line, facts, line["destination_id"], as_of)
    yield from _judge_lane(line, facts)
    yield from _judge_amounts(line, facts)


def _judge_lane(line: Line, facts: Facts) -> Iterator[Violation]:
    ordered, receipt = as_date(line["order_date"]), as_date(line["receipt_date"])
    if ordered is None or receipt is None:
        return  # said before
    lanes = [lane for lane in facts.lanes(line["origin_id"], line["destination_id"]) if lane.mode == line["mode"]]
    if not lanes:
        yield _wrong(line, "mode", "no usable lane of this mode leads from the origin to the destination")
        return
    if all(ordered.isoweekday() not in lane.departures for lane in lanes):
        yield _wrong(line, "order_date", f"the lane leaves on weekdays {lanes[0].departures}")
    arrivals = {ordered + timedelta(days=max(math.ceil(lane.transit_days - 1e-9), 1)) for lane in lanes}
    if receipt not in arrivals:
        yield _wrong(line, "receipt_date", f"the lane arrives on {min(arrivals)}")
    following = line["lead_days"] + line["review_days"]
    if line["reason"] == "feeding" and line["next_receipt_days"] != following:
        yield _wrong(line, "next_receipt_days", f"the next departure is {following} days from arriving")
    if line["transfer_id"] != transfer_number(line["origin_id"], ordered, line["destination_id"]):
        yield _wrong(line, "transfer_id", "is not the number of this origin, date and destination")


def _judge_amounts(line: Line, facts: Facts) -> Iterator[Violation]:
    item, quantity = facts.dataset.items[line["item_id"]], line["quantity"]
    if differs(quantity, round(quantity)):
        yield _wrong(line, "quantity", "is not a whole number of units")
    if quantity > line["requested_quantity"] * (1 + 1e-9):
        yield _wrong(line, "quantity", f"is more than the {line['requested_quantity']:g} that are asked for")
    for name, right in (
        ("weight_kg", quantity * item.weight_kg),
        ("volume_l", quantity * item.volume_l),
        ("value_base", quantity * line["unit_cost"]),
        ("packs", quantity / line["pack_units"]),
    ):
        if differs(line[name], right):
            yield _wrong(line, name, f"for {quantity:g} units it is {right:g}")


def _judge_origins(plan: TransferPlan, facts: Facts, as_of: date) -> Iterator[Violation]:
    """All lines of an evening together take no more than the origin has, which on the planning day is known."""
    for (origin_id, item_id, ordered), lines in plan.lines.groupby(["origin_id", "item_id", "order_date"], sort=True):
        record, first = str(lines["line_id"].iloc[0]), float(lines["origin_available"].iloc[0])
        available = first
        if as_date(ordered) == as_of:
            available = math.floor(facts.stock(str(item_id), str(origin_id)).free + 1e-9)
        for value in lines["origin_available"]:
            if differs(float(value), available):
                yield Violation(_PLAN, record, "origin_available", str(value), f"{origin_id} has {available:g} free")
        sent = float(lines["quantity"].sum())
        if sent > available * (1 + 1e-9):
            rule = f"together the lines take {sent:g} of {item_id}, {origin_id} has {available:g}"
            yield Violation(_PLAN, record, "quantity", str(sent), rule)
        short = lines["quantity"] < lines["requested_quantity"]
        for line_id in lines.loc[short & ~lines["share_units"].eq(lines["quantity"]), "line_id"]:
            yield Violation(_PLAN, str(line_id), "share_units", "", "less than requested, but not its share")


def _judge_freight(plan: TransferPlan, facts: Facts) -> Iterator[Violation]:
    """Freight is that of the lane, a shipment's own cost counted once; what rebalances stock gains more than that."""
    for number, lines in plan.lines.groupby("transfer_id", sort=True):
        first = lines.iloc[0]
        lanes = [x for x in facts.lanes(first["origin_id"], first["destination_id"]) if x.mode == first["mode"]]
        if not lanes or not set(lines["item_id"]) <= facts.dataset.items.keys():
            continue  # said before
        right = [
            lane.cost_per_shipment
            + lane.cost_per_km * lane.distance_km
            + lane.cost_per_unit * float(lines["quantity"].sum())
            + lane.cost_per_kg * float(lines["weight_kg"].sum())
            for lane in lanes
        ]
        freight = float(lines["freight"].sum())
        if all(differs(freight, one) for one in right):
            yield Violation(_PLAN, str(number), "freight", f"{freight:g}", f"the lane costs {min(right):g}")
        moved = lines.loc[lines["reason"].eq("rebalancing")]
        for name in ("origin_value", "destination_value"):
            for line_id in moved.loc[~(moved[name] >= -1e-9), "line_id"]:
                yield Violation(_PLAN, str(line_id), name, "", "must be zero or more")
        gain = float((moved["destination_value"] - moved["origin_value"] - moved["freight"]).sum())
        if len(moved) and not gain > -1e-6:
            yield Violation(_PLAN, str(number), "destination_value", f"{gain:g}", "costs more than the moves gain")
