"""Whether orders on the way should come sooner, later, smaller, larger or not at all: by money."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.order_changes import Option, courses, cut, grow, lost_without, move, none
from solvers.replenishment.orders_on_the_way import OrdersOnTheWay

__all__ = ["Advice", "Change", "OrdersOnTheWay", "advise", "lost_without"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NO_MONEY = 1e-9


class Change(IntEnum):
    """What an order on the way should do."""

    KEEP = 0
    ADVANCE = 1
    POSTPONE = 2
    DECREASE = 3
    CANCEL = 4
    INCREASE = 5


class Advice(NamedTuple):
    """What each of K orders should do.

    ``change`` [K] of ``Change``; ``day`` [K] of receipt (cancelled: as it was) and ``quantity`` [K] after it.
    ``lost_saved`` [K] units of expected lost sales that it avoids (negative: risks; never more units than are ordered,
    before the change or after it), ``unsold_saved`` [K] units fewer that do not sell by ``last_day``, ``holding_saved``
    [K] money; ``saving`` [K] = margin * lost_saved + unsold_cost * unsold_saved + holding_saved. Of orders that move
    together the sum of ``saving`` is above 0, and not that of each. ``best_day`` [K] on which the order alone would
    come if every day were allowed (H + 1: it is not missed within the H days).
    """

    change: Ints
    day: Ints
    quantity: Floats
    lost_saved: Floats
    unsold_saved: Floats
    holding_saved: Floats
    saving: Floats
    best_day: Ints


class _Choices(NamedTuple):
    """What each of K orders may do on its own day: options, and money [K,4] of each where it is worth it, else 0."""

    options: tuple[Option, Option, Option, Option]
    savings: Floats

    @property
    def stay(self) -> Floats:
        """Most that is saved without another day [K]."""
        most: Floats = self.savings.max(axis=1)
        return most

    @property
    def cancel(self) -> tuple[Ints, Floats]:
        """The option that gives the order up, and what it saves (0: it is not given up) [K]."""
        fewer = np.where(self.options[_CUT].quantity <= 0, self.savings[:, _CUT], 0.0)
        gone = self.savings[:, _GONE]
        return np.where(gone >= fewer, _GONE, _CUT).astype(np.int64), np.maximum(gone, fewer)


_GONE, _CUT, _MOVED, _CUT_AND_MOVED = 1, 2, 4, 5


def advise(orders: OrdersOnTheWay) -> Advice:
    """The changes that save most, or none where no change saves enough; orders of one delivery keep one day.

    Sales are lost as in a reflected path: what is lost by day t is the largest excess of demand over supply up to t
    (Harrison, Brownian Motion and Stochastic Flow Systems, 1985, chapter 2); its expectation is taken day by day from
    the quantiles, which is a lower bound, tight where one day is the worst on most paths. Receipt on day t costs margin
    * lost(t) - holding * quantity * t, so an order comes at the best day when bringing it one day nearer would save
    less margin than holding it a day costs. Both go on as if its units did not sell, and nobody else came, until then:
    that is right for the choice of the day, but what is told to be lost is at most what the order brings. Before
    ``reorder_day``, or its own day where that is later, nobody else helps, so what the order leaves uncovered counts;
    after it, later orders do. What ``planned`` lines bring before its own day is not saved by an earlier one. An order
    that is not missed within H days, and that could be placed again in time, is cancelled.

    The orders of a delivery move to the day that saves most over all of them, each moved, cut and moved or cancelled,
    where that is more than each on its own saves without another day. One that is cut and comes with others on an
    earlier day counts no sales that it saves by that, and on a later one those that it may lose.

    Quantities fall to the packs that are worth their money until ``last_day``, and grow by packs that save lost sales
    before ``reorder_day`` for more than holding them until then costs. Neither saves what is lost before the receipt.
    """
    lost, money = courses(orders)
    absent = orders.margin * lost_without(orders)
    known = _choices(orders, lost, money, absent)
    column, instead = _days(orders, lost, money, known, absent=absent)
    choice = np.where(instead >= 0, instead, known.savings.argmax(axis=1))
    options = (*known.options, move(orders, lost, column), _cut_and_moved(orders, lost, column, known))
    chosen = Option(*(np.choose(choice, parts) for parts in zip(*options, strict=True)))
    most = np.maximum(orders.quantity, chosen.quantity)
    chosen = chosen._replace(lost_saved=np.clip(chosen.lost_saved, -most, most))
    gone = (choice == _GONE) | ((choice == _CUT) & (chosen.quantity <= 0))
    change = np.array(_CHANGE_OF, np.int64)[choice]
    change[(choice == _MOVED) & (chosen.day > orders.due)] = Change.POSTPONE
    change[gone] = Change.CANCEL
    return Advice(
        change=change,
        day=np.where(gone, orders.due, chosen.day).astype(np.int64),
        quantity=np.where(gone, 0.0, chosen.quantity),
        lost_saved=chosen.lost_saved,
        unsold_saved=chosen.unsold_saved,
        holding_saved=chosen.holding_saved,
        saving=chosen.saving(orders),
        best_day=(money.argmin(axis=1) + 1).astype(np.int64),
    )


_CHANGE_OF = (Change.KEEP, Change.CANCEL, Change.DECREASE, Change.INCREASE, Change.ADVANCE, Change.DECREASE)


def _cut_and_moved(orders: OrdersOnTheWay, lost: Floats, column: Ints, known: _Choices) -> Option:
    """Fewer units on the day of ``column`` [K], with the other orders of the delivery."""
    fewer, moved = known.options[_CUT], move(orders, lost, column)
    return Option(
        day=moved.day,
        quantity=fewer.quantity,
        lost_saved=fewer.lost_saved + np.minimum(moved.lost_saved, 0.0),
        unsold_saved=fewer.unsold_saved,
        holding_saved=(orders.holding * fewer.quantity * (column - orders.due + 1)).astype(np.float64),
    )


def _choices(orders: OrdersOnTheWay, lost: Floats, money: Floats, absent: Floats) -> _Choices:
    """None, not at all, fewer and more units; ``absent`` [K] money that is lost if the order never came."""
    days = orders.supply.shape[1]
    later = np.full(orders.due.size, days, np.int64)
    options = (none(orders), move(orders, lost, later), cut(orders), grow(orders))
    savings = np.column_stack([one.saving(orders) for one in options])
    best = np.where(orders.allowed, money, np.inf).argmin(axis=1)
    again = orders.allowed[:, -1] & (best == days) & (orders.reorder_day <= days)
    savings[~(again & (later + 1 - orders.due >= orders.least_days)), _GONE] = 0.0
    # An order that sells before others come is not given up for less than its absence would lose until then.
    for at, gone in ((_GONE, again), (_CUT, options[_CUT].quantity <= 0)):
        gross = savings[:, at] - orders.margin * options[at].lost_saved
        savings[gone & (absent > gross), at] = 0.0
    savings = np.where(savings >= np.maximum(orders.least_saving, _NO_MONEY)[:, None], savings, 0.0)
    savings[orders.fixed] = 0.0
    return _Choices(options, savings)


def _days(orders: OrdersOnTheWay, lost: Floats, money: Floats, known: _Choices, *, absent: Floats) -> tuple[Ints, Ints]:
    """Column of the day [K] to which each delivery goes, and the option that each order takes then (-1: none moves).

    An order of a delivery that moves and does not move itself is cancelled.
    """
    days, rows, now = orders.supply.shape[1], np.arange(orders.due.size), orders.due - 1
    _, delivery = np.unique(orders.delivery, return_inverse=True)
    count = int(delivery.max(initial=-1)) + 1
    saved = money[rows, now][:, None] - money
    gives_up, cancelled = known.cancel
    beyond = (orders.reorder_day > days) & (absent <= orders.holding * orders.quantity * (days - now))
    may = orders.allowed & ~orders.fixed[:, None]
    may[:, -1] &= beyond
    # What is best given up, and must not be, is not put off to the very last day instead.
    best = np.where(orders.allowed, money, np.inf).argmin(axis=1)
    kept = (best == days) & ~beyond & (cancelled <= 0)
    may &= ~(kept[:, None] & (np.arange(days + 1) > now[:, None]))
    saved = np.where(may, saved, -np.inf)
    fewer = _fewer(orders, money, known, alone=np.bincount(delivery, minlength=count)[delivery] < 2)
    fewer = np.where(may, fewer, -np.inf)
    fewer[:, -1] = -np.inf
    value = np.maximum(np.maximum(saved, fewer), np.where(cancelled > 0, cancelled, -np.inf)[:, None])
    together, moving = np.zeros((count, days + 1)), np.zeros((count, days + 1))
    np.add.at(together, delivery, value)
    put_off = saved >= cancelled[:, None] - _NO_MONEY  # what may be put off is not given up for as much
    np.add.at(moving, delivery, put_off)
    most = together >= together.max(axis=1, initial=-np.inf, keepdims=True) - _NO_MONEY
    column = np.where(most, moving, -1.0).argmax(axis=1).astype(np.int64)[delivery]
    whole, part = saved[rows, column], fewer[rows, column]
    moved = (np.maximum(whole, part) > cancelled) | put_off[rows, column] | ((cancelled <= 0) & np.isfinite(whole))
    option = np.where(moved, np.where(part > whole, _CUT_AND_MOVED, _MOVED), gives_up)
    money_of = (_cut_and_moved(orders, lost, column, known).saving(orders), move(orders, lost, column).saving(orders))
    told = np.where(moved, np.where(part > whole, *money_of), cancelled)
    possible = np.isfinite(together[delivery, column]) & (np.abs(column - now) >= orders.least_days)

    def total(part: Floats) -> Floats:
        sums = np.bincount(delivery, weights=part, minlength=count).astype(np.float64)
        result: Floats = sums[delivery]
        return result

    least = np.where(moved, np.maximum(orders.least_saving, _NO_MONEY), 0.0)
    worth = total(np.where(moved, told, 0.0)) >= total(least)
    follows = possible & worth & (total(moved.astype(np.float64)) > 0) & (total(told) >= total(known.stay))
    return column, np.where(follows, option, -1).astype(np.int64)


def _fewer(orders: OrdersOnTheWay, money: Floats, known: _Choices, *, alone: Flags) -> Floats:
    """What each order saves by being cut and coming on each day [K,H+1]; -inf where it comes alone, or is not cut."""
    days, now = orders.supply.shape[1], orders.due - 1
    cut = (known.savings[:, _CUT] > 0) & (known.options[_CUT].quantity > 0) & ~alone
    moved = np.arange(days + 1) - now[:, None]
    held = orders.holding[:, None] * moved
    at_due = np.take_along_axis(money, now[:, None], axis=1)
    sales = np.minimum(at_due - money - held * orders.quantity[:, None], 0.0)
    saved = known.savings[:, _CUT, None] + held * known.options[_CUT].quantity[:, None] + sales
    return np.where(cut[:, None], saved, -np.inf)
