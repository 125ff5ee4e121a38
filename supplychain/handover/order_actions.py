"""Action messages: what to do with each open order, and tonight's lines as new orders and transfers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.rescheduling import Advice, Change, OrdersOnTheWay, advise, lost_without
from supplychain.domain import DataSet
from supplychain.handover.demand_course import demand_course, unreturned
from supplychain.handover.next_orders import NextOrders, PlannedLines, next_orders, planned_lines
from supplychain.handover.order_changes import (
    OrderUnderWay,
    change_problem,
    deliveries,
    first_short,
    new_day,
    orders_under_way,
)
from supplychain.handover.sister_stock import moves_instead
from supplychain.handover.situation import Situation
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_actions import ACTION_COLUMNS, action_number, action_reason
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_actions"]

Floats = npt.NDArray[np.float64]

_BATCH = 2000  # orders at a time: their quantiles day by day fill some tens of megabytes


def order_actions(
    dataset: DataSet,
    situation: Situation,
    *,
    settings: ReplenishSettings,
    order_lines: pd.DataFrame,
    transfer_lines: pd.DataFrame,
    counted: Situation | None = None,
) -> pd.DataFrame:
    """One row (``ACTION_COLUMNS``) for each open order of a planned row and each proposed line of the plan.

    Open orders are looked at delivery by delivery (lines of one number, supplier, site and day move together), each
    with all others as they are. Tonight's lines were planned after them: what they bring is not saved by more units or
    an earlier day. ``counted`` is the situation with what the plan counts on of them (None: the same), by which a
    site has more than it needs. An order is not raised where such stock serves more cheaply. Approved orders, and those
    due within the frozen days, keep. Tonight's purchase lines are ``new``, its transfers ``transfer``.
    """
    days = situation.days_ahead
    orders = orders_under_way(dataset, situation, settings)
    planned = planned_lines(situation, order_lines, transfer_lines)
    ahead = next_orders(situation, settings=settings, order_lines=order_lines, transfer_lines=transfer_lines)
    parts = [
        _advised(dataset, situation, batch, settings=settings, days=days, ahead=ahead, planned=planned)
        for batch in deliveries(orders, most=_BATCH)
    ]
    rows = [row for part in parts for row in part]
    _add_up_moves(rows)
    raised = [row for row in rows if row["action"] == "increase"]
    for line_id, (site, more) in moves_instead(
        dataset, situation if counted is None else counted, raised, settings=settings, days=days
    ).items():
        next(row for row in raised if row["line_id"] == line_id).update(_NO_CHANGE, move_from=site, move_units=more)
    for row in raised:
        row["new_quantity"] = row["quantity"] if row["move_from"] else row["new_quantity"]
    rows += _tonight(order_lines, "order line", "new", ("supplier_id", "site_id"))
    rows += _tonight(transfer_lines, "transfer line", "transfer", ("origin_id", "destination_id"))
    last_day = dataset.as_of + timedelta(days=days)
    for row in rows:
        row["reason"] = action_reason(row, currency=dataset.base_currency, last_day=last_day)
    frame = typed_frame(pd.DataFrame(rows, columns=list(ACTION_COLUMNS)), ACTION_COLUMNS)
    return frame.sort_values(["saves", "line_id"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _add_up_moves(rows: Sequence[dict[str, Any]]) -> None:
    """How many lines move together with each that moves, and what that saves in all."""
    together: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["new_due_date"] != row["due_date"]:
            key = tuple(row[name] for name in ("order_id", "source_id", "site_id", "due_date"))
            together.setdefault(key, []).append(row)
    for lines in together.values():
        saves = math.fsum(row["saves"] for row in lines)
        for row in lines:
            row.update(lines_moved=len(lines), order_saves=saves)


_NO_CHANGE = {"action": "keep", "lost_saved": 0.0, "unsold_saved": 0.0, "holding_saved": 0.0, "saves": 0.0}


def _advised(
    dataset: DataSet, situation: Situation, orders: Sequence[OrderUnderWay], *, settings: ReplenishSettings, days: int,
    ahead: NextOrders, planned: PlannedLines,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = np.array([order.row for order in orders], np.int64)
    course = demand_course(situation, rows, days=days)
    problem = change_problem(dataset, situation, orders, course, settings=settings, ahead=ahead, planned=planned)
    advice = advise(problem)
    needed = first_short(course.mean, problem.supply)
    without, with_it = (unreturned(situation, rows, course, units) for units in (problem.supply, course.supply))
    missed = lost_without(problem, unreturned=(without, with_it))
    return [
        _row(dataset, order, problem, advice, at, needed=int(needed[at]), missed=missed, days=days)
        | _next_line(dataset, planned.first(order.row))
        for at, order in enumerate(orders)
    ]


def _next_line(dataset: DataSet, first: tuple[int, float] | None) -> dict[str, Any]:
    day, units = (None, 0.0) if first is None else first
    return {"next_date": None if day is None else dataset.as_of + timedelta(days=day), "next_units": units}


def _row(
    dataset: DataSet,
    order: OrderUnderWay,
    problem: OrdersOnTheWay,
    advice: Advice,
    at: int,
    *,
    needed: int,
    missed: Floats,
    days: int,
) -> dict[str, Any]:
    given, as_of = order.given, dataset.as_of
    change = Change(int(advice.change[at]))
    moved = change in (Change.ADVANCE, Change.POSTPONE)
    moved |= change == Change.DECREASE and int(advice.day[at]) != int(problem.due[at])
    last = int(problem.last_day[at])
    ends = not math.isclose(problem.unsold_cost[at], problem.holding[at] * max(days + 1 - int(problem.due[at]), 0))
    approved = given.status == "approved"
    return {
        "line_id": action_number(given.order_id, given.item_id, given.site_id),
        "order_id": given.order_id,
        "kind": "approved order" if approved else "open order",
        "action": change.name.lower(),
        "source_id": given.supplier_id,
        "item_id": given.item_id,
        "site_id": given.site_id,
        "quantity": given.quantity,
        "new_quantity": float(advice.quantity[at]),
        "pack_units": float(problem.pack[at]),
        "minimum_order_quantity": float(problem.minimum_quantity[at]),
        "due_date": given.due,
        "new_due_date": new_day(dataset, order, int(advice.day[at]), days) if moved else given.due,
        "earliest_date": order.earliest,
        "needed_date": as_of + timedelta(days=needed) if needed <= days else None,
        "sell_by_date": as_of + timedelta(days=last) if ends and last > 0 else None,
        "past_due_days": max((as_of - given.due).days, 0),
        "frozen": order.frozen and not approved,
        "value_base": order.value,
        "margin": float(problem.margin[at]),
        "lost_without": float(missed[at]),
        "unsold_cost": float(problem.unsold_cost[at]),
        "lost_saved": float(advice.lost_saved[at]),
        "unsold_saved": float(advice.unsold_saved[at]),
        "holding_saved": float(advice.holding_saved[at]),
        "saves": float(advice.saving[at]),
        "lines_moved": 0,
        "order_saves": 0.0,
        "move_from": "",
        "move_units": 0.0,
    }


def _tonight(lines: pd.DataFrame, kind: str, action: str, ends: tuple[str, str]) -> list[dict[str, Any]]:
    """Proposed lines as messages: they change nothing that is under way."""
    source, site = ends
    number = "order_id" if action == "new" else "transfer_id"
    due = lines.loc[lines["status"].eq("proposed")]
    return [_message(line, kind, action, source=source, site=site, number=number) for line in due.to_dict("records")]


def _message(line: Mapping[Any, Any], kind: str, action: str, *, source: str, site: str, number: str) -> dict[str, Any]:
    quantity, receipt = float(line["quantity"]), line["receipt_date"]
    return {
        "line_id": line["line_id"],
        "order_id": line[number],
        "kind": kind,
        "action": action,
        "source_id": line[source],
        "item_id": line["item_id"],
        "site_id": line[site],
        "quantity": quantity,
        "new_quantity": quantity,
        "pack_units": float(line["pack_units"]),
        "minimum_order_quantity": float(line["minimum_order_quantity"]),
        "due_date": receipt,
        "new_due_date": receipt,
        "earliest_date": receipt,
        "needed_date": line["used_up_date"],
        "sell_by_date": None,
        "past_due_days": 0,
        "frozen": False,
        "value_base": float(line["value_base"]),
        "margin": max(float(line["selling_price"]) - float(line["unit_cost"]), 0.0),
        "lost_without": 0.0,
        "unsold_cost": 0.0,
        "lost_saved": 0.0,
        "unsold_saved": 0.0,
        "holding_saved": 0.0,
        "saves": 0.0,
        "lines_moved": 0,
        "order_saves": 0.0,
        "next_date": None,
        "next_units": 0.0,
        "move_from": "",
        "move_units": 0.0,
    }
