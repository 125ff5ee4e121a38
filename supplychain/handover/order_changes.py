"""Open orders of planned rows, and the question whether they should change, as arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from solvers.replenishment.rescheduling import OrdersOnTheWay
from supplychain.domain import DataSet, OpenOrder, Supply
from supplychain.handover.demand_course import DemandCourse
from supplychain.handover.next_orders import NextOrders, PlannedLines
from supplychain.handover.open_order_days import counted_on, frozen_days, is_fixed
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["OrderUnderWay", "change_problem", "deliveries", "first_short", "new_day", "orders_under_way"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_YEAR_DAYS = 365.0
_LEAST_DAYS = 2  # a shorter move is not worth a call to the supplier
_LEAST_SHARE = 0.005  # of the line's value: what a change must save at least
_FASTEST = 2.0  # standard deviations by which a lead time may be shorter than its mean


@dataclass(frozen=True, slots=True)
class OrderUnderWay:
    """An open order of a planned row; ``due`` is tomorrow where it is overdue, ``fastest_days`` a quick lead time.

    ``value`` in base currency, as in ``OrderPrices``.
    """

    given: OpenOrder
    row: int
    supply: Supply | None
    due: date
    fastest_days: int
    earliest: date
    frozen: bool
    value: float

    @property
    def delivery(self) -> tuple[str, str, str, date]:
        """What comes together: lines of one number, supplier, site and day."""
        return self.given.order_id, self.given.supplier_id, self.given.site_id, self.given.due


def orders_under_way(dataset: DataSet, situation: Situation, settings: ReplenishSettings) -> list[OrderUnderWay]:
    """The open orders of planned rows, in the order of the data set."""
    terms = {(s.supplier_id, s.item_id, s.site_id): s for s in dataset.supply}
    tomorrow, prices = dataset.as_of + timedelta(days=1), OrderPrices(dataset)
    found = []
    for order in dataset.open_orders:
        row = situation.terms.row_of(order.item_id, order.site_id)
        if row is None or order.quantity <= 0:
            continue
        own = terms.get((order.supplier_id, order.item_id, order.site_id))
        supply = own or terms.get((order.supplier_id, order.item_id, None))
        supplier = dataset.suppliers[order.supplier_id]
        days = frozen_days(dataset, order, settings)
        mean, spread = (
            (supplier.lead_time_mean_days, supplier.lead_time_sd_days)
            if supply is None
            else supply.agreed_lead_time(supplier)
        )
        fastest = max(math.ceil(mean - _FASTEST * spread - 1e-9), 1)
        due = counted_on(dataset, order)
        earliest = min(max(order.ordered + timedelta(days=fastest), tomorrow + timedelta(days=days)), due)
        kept, value = is_fixed(dataset, order, settings), prices.value_base(order)
        found.append(OrderUnderWay(order, row, supply, due, fastest, earliest, kept, value))
    return found


def deliveries(orders: Sequence[OrderUnderWay], *, most: int) -> list[list[OrderUnderWay]]:
    """The orders in batches of ``most`` (more where one delivery has them); lines that come together stay together."""
    batches: list[list[OrderUnderWay]] = [[]]
    known: dict[tuple[str, str, str, date], list[OrderUnderWay]] = {}
    for order in orders:
        known.setdefault(order.delivery, []).append(order)
    for lines in known.values():
        if batches[-1] and len(batches[-1]) + len(lines) > most:
            batches.append([])
        batches[-1] += lines
    return [batch for batch in batches if batch]


def first_short(mean: Floats, supply: Floats) -> Ints:
    """First day on which expected demand exceeds supply [K]; one past the last where it never does."""
    empty = mean > supply + 1e-9
    first: Ints = np.where(empty.any(axis=1), empty.argmax(axis=1) + 1, mean.shape[1] + 1)
    return first


def change_problem(
    dataset: DataSet,
    situation: Situation,
    orders: Sequence[OrderUnderWay],
    course: DemandCourse,
    *,
    settings: ReplenishSettings,
    ahead: NextOrders,
    planned: PlannedLines,
) -> OrdersOnTheWay:
    """The orders with the ``course`` of their rows; what comes ``ahead`` helps a row from its first day on.

    ``planned`` are the plan's own lines: what they bring anyway no earlier order saves.
    """
    terms, days, as_of = situation.terms, course.mean.shape[1], dataset.as_of
    rows = np.array([order.row for order in orders], np.int64)
    quantity = np.array([order.given.quantity for order in orders], np.float64)
    due = np.array([min((order.due - as_of).days, days + 1) for order in orders], np.int64)
    after = np.arange(1, days + 1) >= due[:, None]
    last, ends = _last_days(situation, rows, due, days)
    holding = terms.unit_cost[rows] * settings.holding_share_per_year / _YEAR_DAYS
    until_end = holding * np.maximum(days + 1 - due, 0)
    packs = [(1.0, 0.0) if s is None else (s.pack_units, s.minimum_order_quantity) for s in (o.supply for o in orders)]
    supply = course.supply - quantity[:, None] * after
    allowed = _allowed(dataset, orders, last, ends, days=days)
    numbers: dict[tuple[str, str, str, date], int] = {}
    overdue = np.array([order.given.due <= as_of for order in orders], np.bool_)
    # What is late already is not put off beyond the day from which it is missed; it may still be given up.
    day, missed = np.arange(1, days + 2), np.maximum(first_short(course.mean, supply), due)
    in_time = allowed & (~overdue[:, None] | (day <= missed[:, None]) | (day > days))
    allowed = np.where(in_time[:, :-1].any(axis=1)[:, None], in_time, allowed)
    return OrdersOnTheWay(
        levels=np.asarray(situation.view.forecast.levels, np.float64),
        quantile=course.quantile,
        supply=supply,
        planned=planned.by_day(rows, days),
        quantity=quantity,
        due=due,
        delivery=np.array([numbers.setdefault(order.delivery, len(numbers)) for order in orders], np.int64),
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
        least_saving=_LEAST_SHARE * np.array([order.value for order in orders], np.float64),
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


def _allowed(dataset: DataSet, orders: Sequence[OrderUnderWay], last: Ints, ends: Flags, *, days: int) -> Flags:
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
        ended = dataset.items[order.given.item_id].ended
        allowed[at, -1] &= ended is None or _day_beyond(dataset, order, days) <= ended
    return allowed


def _day_beyond(dataset: DataSet, order: OrderUnderWay, days: int) -> date:
    """First day after the ``days`` looked over on which the order's supplier works."""
    day = dataset.as_of + timedelta(days=days + 1)
    for first, end in sorted(dataset.suppliers[order.given.supplier_id].closures):
        day = end + timedelta(days=1) if first <= day <= end else day
    return day


def new_day(dataset: DataSet, order: OrderUnderWay, day: int, days: int) -> date:
    """Date of an allowed ``day`` of an order, of which the last stands for any day beyond ``days``."""
    return dataset.as_of + timedelta(days=day) if day <= days else _day_beyond(dataset, order, days)


def _in_time(orders: Sequence[OrderUnderWay], as_of: date) -> Flags:
    """Orders to which units may still be added: a quick new order could be here by then."""
    return np.array([(order.due - as_of).days >= order.fastest_days for order in orders], np.bool_)


def _room(situation: Situation, rows: Ints, ends: Flags, settings: ReplenishSettings) -> Floats:
    """Units by which an order may grow: the planner's maximum, and the cover above which lines are held."""
    terms = situation.terms
    to_maximum = terms.max_units[rows] - situation.own_position[rows]
    to_cover = settings.hold_above_days * situation.daily[rows] - situation.position[rows]
    room: Floats = np.maximum(np.minimum(to_maximum, to_cover), 0.0)
    return np.where(ends | ~situation.allowed[rows], 0.0, room)
