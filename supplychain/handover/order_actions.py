"""Action messages: what to do with each open order, and tonight's lines as new orders and transfers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from solvers.replenishment.rescheduling import Advice, Change, OrdersOnTheWay, advise, lost_without
from supplychain.domain import DataSet, OpenOrder, Supply
from supplychain.handover.demand_course import DemandCourse, demand_course, unreturned
from supplychain.handover.next_orders import NextOrders, next_orders
from supplychain.handover.row_terms import landed_cost
from supplychain.handover.sister_stock import moves_instead
from supplychain.handover.situation import Situation
from supplychain.plans.frame import typed_frame
from supplychain.plans.order_actions import ACTION_COLUMNS, action_number, action_reason
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["order_actions"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_YEAR_DAYS = 365.0
_LEAST_DAYS = 2  # a shorter move is not worth a call to the supplier
_LEAST_SHARE = 0.005  # of the line's value: what a change must save at least
_FASTEST = 2.0  # standard deviations by which a lead time may be shorter than its mean
_BATCH = 2000  # orders at a time: their quantiles day by day fill some tens of megabytes


@dataclass(frozen=True, slots=True)
class _Order:
    """An open order of a planned row; ``due`` is tomorrow where it is overdue, ``fastest_days`` a quick lead time."""

    given: OpenOrder
    row: int
    supply: Supply | None
    due: date
    fastest_days: int
    earliest: date
    frozen: bool


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

    Open orders are looked at one by one, each with all others as they are and without tonight's lines, which were
    planned after them; ``counted`` is the situation with what the plan counts on of them (None: the same), by which a
    site has more than it needs. An order is not raised where such stock serves more cheaply. Approved orders, and those
    due within the frozen days, keep. Tonight's purchase lines are ``new``, its transfers ``transfer``.
    """
    days = situation.days_ahead
    orders = _open_orders(dataset, situation, settings)
    ahead = next_orders(situation, settings=settings, order_lines=order_lines, transfer_lines=transfer_lines)
    parts = [
        _advised(dataset, situation, orders[start : start + _BATCH], settings=settings, days=days, ahead=ahead)
        for start in range(0, len(orders), _BATCH)
    ]
    rows = [row for part in parts for row in part]
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


_NO_CHANGE = {"action": "keep", "lost_saved": 0.0, "unsold_saved": 0.0, "holding_saved": 0.0, "saves": 0.0}


def _open_orders(dataset: DataSet, situation: Situation, settings: ReplenishSettings) -> list[_Order]:
    terms = {(s.supplier_id, s.item_id, s.site_id): s for s in dataset.supply}
    tomorrow = dataset.as_of + timedelta(days=1)
    found = []
    for order in dataset.open_orders:
        row = situation.terms.row_of(order.item_id, order.site_id)
        if row is None or order.quantity <= 0:
            continue
        own = terms.get((order.supplier_id, order.item_id, order.site_id))
        supply = own or terms.get((order.supplier_id, order.item_id, None))
        supplier = dataset.suppliers[order.supplier_id]
        days = settings.frozen_days if supplier.frozen_days is None else supplier.frozen_days
        mean, spread = (
            (supplier.lead_time_mean_days, supplier.lead_time_sd_days)
            if supply is None
            else supply.agreed_lead_time(supplier)
        )
        fastest = max(math.ceil(mean - _FASTEST * spread - 1e-9), 1)
        due = max(order.due, tomorrow)
        frozen = days > 0 and due <= dataset.as_of + timedelta(days=days)
        earliest = min(max(order.ordered + timedelta(days=fastest), tomorrow + timedelta(days=days)), due)
        found.append(_Order(order, row, supply, due, fastest, earliest, frozen or order.status == "approved"))
    return found


def _advised(
    dataset: DataSet, situation: Situation, orders: Sequence[_Order], *, settings: ReplenishSettings, days: int,
    ahead: NextOrders,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = np.array([order.row for order in orders], np.int64)
    course = demand_course(situation, rows, days=days)
    problem = _problem(dataset, situation, orders, course, settings=settings, ahead=ahead)
    advice = advise(problem)
    needed = _first_short(course.mean, problem.supply)
    without, with_it = (unreturned(situation, rows, course, units) for units in (problem.supply, course.supply))
    missed = lost_without(problem, unreturned=(without, with_it))
    return [
        _row(dataset, order, problem, advice, at, needed=int(needed[at]), missed=missed, days=days)
        for at, order in enumerate(orders)
    ]


def _first_short(mean: Floats, supply: Floats) -> Ints:
    """First day on which expected demand exceeds supply [K]; one past the last where it never does."""
    empty = mean > supply + 1e-9
    first: Ints = np.where(empty.any(axis=1), empty.argmax(axis=1) + 1, mean.shape[1] + 1)
    return first


def _problem(
    dataset: DataSet,
    situation: Situation,
    orders: Sequence[_Order],
    course: DemandCourse,
    *,
    settings: ReplenishSettings,
    ahead: NextOrders,
) -> OrdersOnTheWay:
    terms, days, as_of = situation.terms, course.mean.shape[1], dataset.as_of
    rows = np.array([order.row for order in orders], np.int64)
    quantity = np.array([order.given.quantity for order in orders], np.float64)
    due = np.array([min((order.due - as_of).days, days + 1) for order in orders], np.int64)
    after = np.arange(1, days + 1) >= due[:, None]
    last, ends = _last_days(situation, rows, due, days)
    holding = terms.unit_cost[rows] * settings.holding_share_per_year / _YEAR_DAYS
    until_end = holding * np.maximum(days + 1 - due, 0)
    packs = [(1.0, 0.0) if s is None else (s.pack_units, s.minimum_order_quantity) for s in (o.supply for o in orders)]
    value = np.array([_value(dataset, order) for order in orders])
    supply = course.supply - quantity[:, None] * after
    allowed = _allowed(dataset, orders, last, ends, days=days)
    overdue = np.array([order.given.due <= as_of for order in orders], np.bool_)
    # What is late already is not put off beyond the day from which it is missed; it may still be given up.
    day, missed = np.arange(1, days + 2), np.maximum(_first_short(course.mean, supply), due)
    in_time = allowed & (~overdue[:, None] | (day <= missed[:, None]) | (day > days))
    allowed = np.where(in_time[:, :-1].any(axis=1)[:, None], in_time, allowed)
    return OrdersOnTheWay(
        levels=np.asarray(situation.view.forecast.levels, np.float64),
        quantile=course.quantile,
        supply=supply,
        quantity=quantity,
        due=due,
        allowed=allowed,
        fixed=np.array([order.frozen for order in orders], np.bool_),
        reorder_day=ahead.earliest[rows],
        margin=terms.margin[rows] * settings.lost_sale_share,
        holding=holding,
        last_day=last,
        unsold_cost=np.where(ends, terms.unit_cost[rows], until_end),
        pack=np.array([pack for pack, _ in packs], np.float64),
        minimum_quantity=np.array([least for _, least in packs], np.float64),
        room=np.where(_in_time(orders, as_of), _room(situation, rows, ends, settings), 0.0),
        least_saving=_LEAST_SHARE * value,
        least_days=_LEAST_DAYS,
    )


def _last_days(situation: Situation, rows: Ints, due: Ints, days: int) -> tuple[Ints, Flags]:
    """Day by which the units of each order must sell, and whether what is left then is lost.

    That is the item's last day, the end of the units' shelf life, or, where the item is sold off, as far as the
    forecast reaches.
    """
    terms = situation.terms
    shelf = np.where(np.isfinite(terms.shelf_life_days), terms.shelf_life_days, days + 1).astype(np.int64)[rows]
    end = np.minimum(situation.days_left[rows], due + shelf - 1)
    ends = (end <= days) | terms.phase_out[rows] | terms.do_not_order[rows]
    last = np.clip(end, 0, days)
    return np.where(due > last, 0, last).astype(np.int64), ends & (due <= days)


def _allowed(dataset: DataSet, orders: Sequence[_Order], last: Ints, ends: Flags, *, days: int) -> Flags:
    """Days [K,H+1] to which each order may be moved: not sooner than possible, on which its supplier works."""
    day = np.arange(1, days + 2)
    earliest = np.array([(order.earliest - dataset.as_of).days for order in orders], np.int64)
    allowed = day >= earliest[:, None]
    allowed &= (day <= np.maximum(last, 1)[:, None]) | ~ends[:, None]
    for at, order in enumerate(orders):
        for first, end in dataset.suppliers[order.given.supplier_id].closures:
            inside = (day >= (first - dataset.as_of).days) & (day <= (end - dataset.as_of).days)
            inside[-1] = False  # stands for any day beyond the last
            allowed[at] &= ~inside
    return allowed


def _in_time(orders: Sequence[_Order], as_of: date) -> Flags:
    """Orders to which units may still be added: a quick new order could be here by then."""
    return np.array([(order.due - as_of).days >= order.fastest_days for order in orders], np.bool_)


def _room(situation: Situation, rows: Ints, ends: Flags, settings: ReplenishSettings) -> Floats:
    """Units by which an order may grow: the planner's maximum, and the cover above which lines are held."""
    terms = situation.terms
    to_maximum = terms.max_units[rows] - situation.own_position[rows]
    to_cover = settings.hold_above_days * situation.daily[rows] - situation.position[rows]
    room: Floats = np.maximum(np.minimum(to_maximum, to_cover), 0.0)
    return np.where(ends | ~situation.allowed[rows], 0.0, room)


def _row(
    dataset: DataSet,
    order: _Order,
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
        "new_due_date": as_of + timedelta(days=int(advice.day[at])) if moved else given.due,
        "earliest_date": order.earliest,
        "needed_date": as_of + timedelta(days=needed) if needed <= days else None,
        "sell_by_date": as_of + timedelta(days=last) if ends and last > 0 else None,
        "past_due_days": max((as_of - given.due).days, 0),
        "frozen": order.frozen and not approved,
        "value_base": _value(dataset, order),
        "margin": float(problem.margin[at]),
        "lost_without": float(missed[at]),
        "unsold_cost": float(problem.unsold_cost[at]),
        "lost_saved": float(advice.lost_saved[at]),
        "unsold_saved": float(advice.unsold_saved[at]),
        "holding_saved": float(advice.holding_saved[at]),
        "saves": float(advice.saving[at]),
        "move_from": "",
        "move_units": 0.0,
    }


def _value(dataset: DataSet, order: _Order) -> float:
    """Value of an open order in base currency: at its own price, else its supplier's terms, else the book cost."""
    given = order.given
    if given.unit_price is not None:
        return dataset.to_base(given.quantity * given.unit_price, dataset.suppliers[given.supplier_id].currency)
    if order.supply is not None:
        return given.quantity * landed_cost(dataset, order.supply)
    item = dataset.items[given.item_id]
    return dataset.to_base(given.quantity * item.unit_cost, item.currency)


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
        "move_from": "",
        "move_units": 0.0,
    }
