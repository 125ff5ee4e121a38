"""What each change of an order on the way saves: another day, fewer units, more units."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short
from solvers.replenishment.orders_on_the_way import OrdersOnTheWay

__all__ = ["Option", "courses", "cut", "grow", "lost_without", "move", "none", "short_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEPS = 48  # halvings of a whole number of packs below 2**48
_MOST_UNITS = 1e12


class Option(NamedTuple):
    """A change of each of K orders: its day and units after it, and what it saves, as in ``Advice``."""

    day: Ints
    quantity: Floats
    lost_saved: Floats
    unsold_saved: Floats
    holding_saved: Floats

    def saving(self, orders: OrdersOnTheWay) -> Floats:
        """Money [K] that it saves."""
        money: Floats = orders.margin * self.lost_saved + orders.unsold_cost * self.unsold_saved + self.holding_saved
        return money


def none(orders: OrdersOnTheWay) -> Option:
    """Every order as it is."""
    zero = np.zeros(orders.quantity.size)
    return Option(orders.due, orders.quantity, zero, zero, zero)


def short_of(orders: OrdersOnTheWay, supply: Floats) -> Floats:
    """Expected units short of demand of the first d days at ``supply`` [K,H], for every d."""
    count, days, levels = orders.quantile.shape
    return _short_at(orders, supply.ravel(), orders.quantile.reshape(count * days, levels)).reshape(count, days)


def _short_at(orders: OrdersOnTheWay, supply: Floats, quantile: Floats) -> Floats:
    short = expected_short(np.ascontiguousarray(supply), np.ascontiguousarray(quantile), orders.levels)
    result: Floats = np.maximum(short, 0.0)
    return result


def lost_without(orders: OrdersOnTheWay, *, unreturned: tuple[Floats, Floats] | None = None) -> Floats:
    """Units of sales lost, until another order could be here, if the order never came [K].

    What it brings sells until ``last_day``; sales are lost as in `advise`. ``unreturned`` are two arrays [K,H]: units
    of the supply that do not come back from customers by each day because nothing is there to be sold, without the
    order and with it (None: the supply counts on no such returns).
    """
    count, days = orders.supply.shape
    rows, until = np.arange(count), np.minimum(np.minimum(orders.reorder_day, days), orders.last_day)
    column = np.maximum(until, 1) - 1
    here = np.arange(1, days + 1) >= orders.due[:, None]
    without, with_it = (0.0, 0.0) if unreturned is None else unreturned
    supplies = (orders.supply - without, orders.supply + orders.quantity[:, None] * here - with_it)
    lost = [np.maximum.accumulate(short_of(orders, supply), axis=1)[rows, column] for supply in supplies]
    missed: Floats = np.where(until > 0, np.clip(lost[0] - lost[1], 0.0, orders.quantity), 0.0)
    return missed


def courses(orders: OrdersOnTheWay) -> tuple[Floats, Floats]:
    """Units of lost sales [K,H+1] when the order comes on day 1..H+1, and the money of each.

    On its own day and later nobody else is counted on; sooner, what lines of the plan bring meanwhile is not saved.
    """
    days = orders.supply.shape[1]
    lost = _lost(orders, orders.supply)
    if bool(orders.planned.any()):
        now = orders.due[:, None] - 1
        planned = _lost(orders, orders.supply + orders.planned)
        saved = np.maximum(np.take_along_axis(planned, now, axis=1) - planned, 0.0)
        at_due = np.take_along_axis(lost, now, axis=1)
        sooner = np.arange(days + 1) < now
        lost = np.where(sooner, np.maximum(at_due - saved, lost), lost)
    money = orders.margin[:, None] * lost - (orders.holding * orders.quantity)[:, None] * np.arange(1, days + 2)
    return lost, money


def _lost(orders: OrdersOnTheWay, supply: Floats) -> Floats:
    count, days = supply.shape
    before = np.column_stack((np.zeros(count), np.maximum.accumulate(short_of(orders, supply), axis=1)))
    covered = short_of(orders, supply + orders.quantity[:, None])
    alone = np.arange(1, days + 1) < np.maximum(orders.reorder_day, orders.due)[:, None]
    left = np.maximum.accumulate(np.where(alone, covered, 0.0)[:, ::-1], axis=1)[:, ::-1]
    lost: Floats = np.maximum(before, np.column_stack((left, np.zeros(count))))
    return lost


def move(orders: OrdersOnTheWay, lost: Floats, column: Ints) -> Option:
    """To the day of ``column`` [K] of ``lost`` [K,H+1], where no order loses or saves more sales than its units."""
    rows, now = np.arange(orders.quantity.size), orders.due - 1
    held = (orders.holding * orders.quantity * (column - now)).astype(np.float64)
    saved = np.clip(lost[rows, now] - lost[rows, column], -orders.quantity, orders.quantity)
    return Option((column + 1).astype(np.int64), orders.quantity, saved, np.zeros(rows.size), held)


def _lost_before(orders: OrdersOnTheWay, without: Floats) -> Floats:
    """Units lost before the order comes, which no quantity of it saves [K]; ``without`` [K,H] short without it."""
    sooner = np.arange(1, without.shape[1] + 1) < orders.due[:, None]
    lost: Floats = np.where(sooner, without, 0.0).max(axis=1, initial=0.0)
    return lost


def cut(orders: OrdersOnTheWay) -> Option:
    """To the packs that are worth more than they lose by being left over; to none where the minimum is not."""
    rows, over = np.arange(orders.quantity.size), orders.last_day == 0
    column = np.maximum(orders.last_day - 1, 0)
    without = short_of(orders, orders.supply)
    before = _lost_before(orders, without)
    # What a later order makes up for by the last day may have been missed before: the day that is shortest without.
    day = np.arange(1, orders.supply.shape[1] + 1)
    between = (day >= orders.due[:, None]) & (day <= orders.last_day[:, None])
    worst = np.where(between.any(axis=1), np.where(between, without, -1.0).argmax(axis=1), column)
    quantiles = [np.where(over[:, None], 0.0, orders.quantile[rows, at]) for at in (column, worst)]
    supplies = [np.where(over, 0.0, orders.supply[rows, at]) for at in (column, worst)]

    def lost(units: Floats) -> Floats:
        short = [
            _short_at(orders, there + units, quantile) for there, quantile in zip(supplies, quantiles, strict=True)
        ]
        result: Floats = np.maximum(np.maximum(*short), before)
        return result

    alone = lost(np.zeros(rows.size))

    def sold(units: Floats) -> Floats:
        result: Floats = np.clip(alone - lost(units), 0.0, units)
        return result

    def value(packs: Floats) -> Floats:
        units = packs * orders.pack
        result: Floats = orders.margin * sold(units) - orders.unsold_cost * (units - sold(units))
        return result

    whole = np.floor(orders.quantity / orders.pack * (1.0 + 1e-9))
    least = np.ceil(orders.minimum_quantity / orders.pack * (1.0 - 1e-13))
    packs = np.minimum(np.maximum(_peak(value, whole), least), whole)
    packs = np.where(value(packs) > 0.0, packs, 0.0)
    quantity = np.where(packs >= whole, orders.quantity, packs * orders.pack)
    lost_saved = sold(quantity) - sold(orders.quantity)
    unsold_saved = (orders.quantity - sold(orders.quantity)) - (quantity - sold(quantity))
    return Option(orders.due, quantity, lost_saved, unsold_saved, np.zeros(rows.size))


def grow(orders: OrdersOnTheWay) -> Option:
    """More packs where sales are lost between the receipt and the first day on which another order could help.

    What is lost before the receipt is lost whatever comes then: more units save only what is lost beyond that.
    """
    days = orders.supply.shape[1]
    before = _lost_before(orders, short_of(orders, orders.supply))
    covered = short_of(orders, orders.supply + orders.quantity[:, None])
    day = np.arange(1, days + 1)
    between = (day >= orders.due[:, None]) & (day < orders.reorder_day[:, None])
    after = np.where(between, covered, 0.0).max(axis=1, initial=0.0)
    most = np.floor(np.minimum(orders.room, _MOST_UNITS) / orders.pack * (1.0 + 1e-9))
    at = np.flatnonzero((after > before) & (most >= 1.0))
    span = np.minimum(orders.reorder_day[at], days + 1) - orders.due[at]
    held, pack, alone = orders.holding[at] * span, orders.pack[at], after[at]
    window = int(span.max(initial=1))
    column = orders.due[at, None] - 1 + np.minimum(np.arange(window), span[:, None] - 1)
    quantile = orders.quantile[at[:, None], column].reshape(at.size * window, orders.levels.size)
    supply = orders.supply[at[:, None], column] + orders.quantity[at, None]

    def saved(packs: Floats) -> Floats:
        there = (supply + (packs * pack)[:, None]).ravel()
        short = _short_at(orders, there, quantile).reshape(at.size, window).max(axis=1)
        units: Floats = np.clip(alone - np.maximum(short, before[at]), 0.0, packs * pack)
        return units

    def value(packs: Floats) -> Floats:
        result: Floats = orders.margin[at] * saved(packs) - held * packs * pack
        return result

    packs, result = _peak(value, most[at]), none(orders)
    units, lost, holding = np.zeros(most.size), np.zeros(most.size), np.zeros(most.size)
    units[at], lost[at], holding[at] = packs * pack, saved(packs), -held * packs * pack
    return result._replace(quantity=orders.quantity + units, lost_saved=lost, holding_saved=holding)


def _peak(value: Callable[[Floats], Floats], most: Floats) -> Floats:
    """Whole number from 0 to ``most`` at which a concave ``value`` stops growing, by halving."""
    low, high = np.zeros_like(most), most.copy()
    for _ in range(_STEPS):
        if not bool((low < high).any()):
            break
        middle = np.floor((low + high) / 2.0)
        grows = (value(middle + 1.0) > value(middle)) & (low < high)
        low, high = np.where(grows, middle + 1.0, low), np.where(grows, high, middle)
        low = np.minimum(low, np.maximum(high, low))
    return low
