"""Checks that no order is raised, or told to be served by a move, against what other sites hold too much of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from supplychain.domain import DataSet
from supplychain.plans.judge.lines import Line, as_date
from supplychain.plans.violation import Violation

__all__ = ["judge_sisters"]

_PLAN = "order actions"
_SLACK = 1e-6


def judge_sisters(dataset: DataSet, exceptions: pd.DataFrame, actions: pd.DataFrame) -> Iterator[Violation]:
    """An order is raised only where no excess of another site serves more cheaply, and not where one does.

    A unit of excess costs what its exception says, divided by its units; a move costs the lane's freight.
    """
    excess = exceptions.loc[exceptions["kind"].eq("excess_stock")]
    found = {(one["item_id"], one["site_id"]): one for one in excess.to_dict("records")}
    for line in actions.to_dict("records"):
        if line["action"] == "increase":
            more = line["new_quantity"] - line["quantity"]
            for (item, origin), held in found.items():
                if (
                    item == line["item_id"]
                    and held["units"] >= more * (1 + _SLACK)
                    and _pays(dataset, line, origin, held, more)
                ):
                    yield _wrong(
                        line, f"{origin} has {held['units']:g} units too many, and to move {more:g} is cheaper"
                    )
        elif line["move_from"]:
            held = found.get((line["item_id"], line["move_from"]))
            if line["action"] != "keep":
                yield _wrong(line, "an order that a move serves keeps")
            if held is None or held["units"] < line["move_units"] * (1 - _SLACK):
                yield _wrong(line, f"{line['move_from']} has no such excess")


def _pays(dataset: DataSet, line: Line, origin: str, held: Line, more: float) -> bool:
    """Whether a lane brings so many units no later than the order, for less than they cost where they lie."""
    due = as_date(line["due_date"]) or dataset.as_of
    latest: date = max(due, dataset.as_of + timedelta(days=1))
    for lane in dataset.lanes:
        if (lane.origin_id, lane.destination_id) != (origin, line["site_id"]) or not lane.usable:
            continue
        here = dataset.as_of + timedelta(days=max(math.ceil(lane.transit_days - 1e-9), 1))
        freight = lane.cost_per_unit + lane.cost_per_kg * dataset.items[line["item_id"]].weight_kg
        freight += lane.cost_per_shipment / more
        if here <= latest and freight < held["money"] / held["units"] * (1 - _SLACK):
            return True
    return False


def _wrong(line: Line, rule: str) -> Violation:
    return Violation(_PLAN, str(line["line_id"]), "action", str(line["action"]), rule)
