"""Whether orders on the way should come sooner, later, smaller, larger or not at all: by money, order by order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import expected_short

__all__ = ["Advice", "Change", "OrdersOnTheWay", "advise", "lost_without"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_STEPS = 48  # halvings of a whole number of packs below 2**48


class Change(IntEnum):
    """What an order on the way should do."""

    KEEP = 0
    ADVANCE = 1
    POSTPONE = 2
    DECREASE = 3
    CANCEL = 4
    INCREASE = 5


@dataclass(frozen=True, slots=True)
class OrdersOnTheWay:
    """K orders on the way, each looked at on its own with all others as they are. Days count from 1 (tomorrow) to H.

    ``quantile`` [K,H,Q] of demand of the first 1..H days at ``levels`` [Q], ascending. ``supply`` [K,H] units that
    there are to sell until the end of a day without the order: stock and the other orders (it may be negative).
    ``quantity`` [K] units, ``due`` [K] day of receipt (H + 1 for later: holding is counted no further). ``allowed``
    [K,H+1] days to which it may be moved; the last column stands for later than H. ``fixed`` [K]: nothing about it may
    change. ``reorder_day`` [K] first day on which what the next look orders could be here. Money a unit: ``margin`` [K]
    of a lost sale, ``holding`` [K] a day. ``last_day`` [K] until which its units must sell (H where no end is in sight)
    and ``unsold_cost`` [K] of a unit that does not. ``pack`` and ``minimum_quantity`` [K] units, ``room`` [K] units by
    which it may grow. A change must save ``least_saving`` [K], and a move be ``least_days`` long.
    """

    levels: Floats
    quantile: Floats
    supply: Floats
    quantity: Floats
    due: Ints
    allowed: Flags
    fixed: Flags
    reorder_day: Ints
    margin: Floats
    holding: Floats
    last_day: Ints
    unsold_cost: Floats
    pack: Floats
    minimum_quantity: Floats
    room: Floats
    least_saving: Floats
    least_days: int

    def __post_init__(self) -> None:
        """Raise ValueError naming every array of the wrong shape, or with a value that it may not have."""
        orders, days, levels = self.quantile.shape
        shapes = {"supply": (orders, days), "allowed": (orders, days + 1), "levels": (levels,)}
        singles = ("quantity", "due", "fixed", "reorder_day", "margin", "holding", "last_day", "unsold_cost", "pack")
        shapes |= dict.fromkeys((*singles, "minimum_quantity", "room", "least_saving"), (orders,))
        found = {name: getattr(self, name).shape for name in shapes}
        bad = [
            f"{name}: shape {found[name]}, must be {shape}" for name, shape in shapes.items() if found[name] != shape
        ]
        if not bad:
            bad = self._wrong_values(days)
        if bad:
            raise ValueError("; ".join(bad))

    def _wrong_values(self, days: int) -> list[str]:
        limits = {
            "quantity": (0.0, np.inf), "margin": (0.0, np.inf), "holding": (0.0, np.inf), "unsold_cost": (0.0, np.inf),
            "minimum_quantity": (0.0, np.inf), "room": (0.0, np.inf), "due": (1, days + 1), "last_day": (0, days),
            "reorder_day": (1, np.inf), "supply": (-np.inf, np.inf), "quantile": (0.0, np.inf),
        }  # fmt: skip
        bad = [
            f"{name}: must be numbers from {low:g} to {high:g}"
            for name, (low, high) in limits.items()
            if not bool(np.all((getattr(self, name) >= low) & (getattr(self, name) <= high)))
        ]
        if not bool(np.all(self.pack > 0)):
            bad.append("pack: must be above 0 units")
        return bad


class Advice(NamedTuple):
    """What each of K orders should do.

    ``change`` [K] of ``Change``; ``day`` [K] of receipt (cancelled: as it was) and ``quantity`` [K] after it.
    ``lost_saved`` [K] units of expected lost sales that it avoids (negative: risks; never more units than are ordered,
    before the change or after it), ``unsold_saved`` [K] units fewer that do not sell by ``last_day``, ``holding_saved``
    [K] money; ``saving`` [K] = margin * lost_saved + unsold_cost * unsold_saved + holding_saved. ``best_day`` [K] on
    which the order would come if every day were allowed (H + 1: it is not missed within the H days).
    """

    change: Ints
    day: Ints
    quantity: Floats
    lost_saved: Floats
    unsold_saved: Floats
    holding_saved: Floats
    saving: Floats
    best_day: Ints


def advise(orders: OrdersOnTheWay) -> Advice:
    """The change of each order that saves most, or none where no change saves enough.

    Sales are lost as in a reflected path: what is lost by day t is the largest excess of demand over supply up to t
    (Harrison, Brownian Motion and Stochastic Flow Systems, 1985, chapter 2); its expectation is taken day by day from
    the quantiles, which is a lower bound, tight where one day is the worst on most paths. Receipt on day t costs margin
    * lost(t) - holding * quantity * t, so an order comes at the best day when bringing it one day nearer would save
    less margin than holding it a day costs. Both go on as if its units did not sell, and nobody else came, until then:
    that is right for the choice of the day, but what is told to be lost is at most what the order brings. Before
    ``reorder_day``, or its own day where that is later, nobody else helps, so what the order leaves uncovered counts;
    after it, later orders do. An order that is not missed within H days, and that could be placed again in time, is
    cancelled.

    Quantities fall to the packs that are worth their money until ``last_day``, and grow by packs that save lost sales
    before ``reorder_day`` for more than holding them until then costs.
    """
    lost, money = _courses(orders)
    rows, days = np.arange(orders.quantity.size), orders.supply.shape[1]
    options = (_move(orders, lost, money), _cut(orders), _grow(orders))
    savings = np.column_stack((np.zeros(rows.size), *(one.saving(orders) for one in options)))
    savings[:, 1][np.abs(options[0].day - orders.due) < orders.least_days] = 0.0
    savings = np.where(savings >= np.maximum(orders.least_saving, _NO_MONEY)[:, None], savings, 0.0)
    savings[orders.fixed] = 0.0
    # An order that sells before others come is not given up for less than its absence would lose until then.
    given_up = (options[0].day == days + 1, options[1].quantity <= 0)
    absent = orders.margin * lost_without(orders)
    for at, option, gone in zip((1, 2), options, given_up, strict=False):
        gross = savings[:, at] - orders.margin * option.lost_saved
        savings[gone & (absent > gross), at] = 0.0
    choice = savings.argmax(axis=1)
    chosen = _Option(*(np.choose(choice, parts) for parts in zip(_none(orders), *options, strict=True)))
    most = np.maximum(orders.quantity, chosen.quantity)
    chosen = chosen._replace(lost_saved=np.clip(chosen.lost_saved, -most, most))
    change = np.array([Change.KEEP, Change.ADVANCE, Change.DECREASE, Change.INCREASE], np.int64)[choice]
    change[(choice == 1) & (chosen.day > orders.due)] = Change.POSTPONE
    gone = (choice == 1) & (chosen.day == days + 1) & (orders.reorder_day <= days)
    gone |= (choice == 2) & (chosen.quantity <= 0)
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


_NO_MONEY = 1e-9


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
    lost = [np.maximum.accumulate(_short(orders, supply), axis=1)[rows, column] for supply in supplies]
    missed: Floats = np.where(until > 0, np.clip(lost[0] - lost[1], 0.0, orders.quantity), 0.0)
    return missed


class _Option(NamedTuple):
    """A change of each of K orders, as in ``Advice``."""

    day: Ints
    quantity: Floats
    lost_saved: Floats
    unsold_saved: Floats
    holding_saved: Floats

    def saving(self, orders: OrdersOnTheWay) -> Floats:
        money: Floats = orders.margin * self.lost_saved + orders.unsold_cost * self.unsold_saved + self.holding_saved
        return money


def _none(orders: OrdersOnTheWay) -> _Option:
    zero = np.zeros(orders.quantity.size)
    return _Option(orders.due, orders.quantity, zero, zero, zero)


def _short(orders: OrdersOnTheWay, supply: Floats) -> Floats:
    """Expected units short of demand of the first d days at ``supply`` [K,H], for every d."""
    count, days, levels = orders.quantile.shape
    return _short_at(orders, supply.ravel(), orders.quantile.reshape(count * days, levels)).reshape(count, days)


def _short_at(orders: OrdersOnTheWay, supply: Floats, quantile: Floats) -> Floats:
    short = expected_short(np.ascontiguousarray(supply), np.ascontiguousarray(quantile), orders.levels)
    result: Floats = np.maximum(short, 0.0)
    return result


def _courses(orders: OrdersOnTheWay) -> tuple[Floats, Floats]:
    """Units of lost sales [K,H+1] when the order comes on day 1..H+1, and the money of each."""
    count, days = orders.supply.shape
    without = np.maximum.accumulate(_short(orders, orders.supply), axis=1)
    before = np.column_stack((np.zeros(count), without))
    covered = _short(orders, orders.supply + orders.quantity[:, None])
    alone = np.arange(1, days + 1) < np.maximum(orders.reorder_day, orders.due)[:, None]
    left = np.maximum.accumulate(np.where(alone, covered, 0.0)[:, ::-1], axis=1)[:, ::-1]
    lost = np.maximum(before, np.column_stack((left, np.zeros(count))))
    money = orders.margin[:, None] * lost - (orders.holding * orders.quantity)[:, None] * np.arange(1, days + 2)
    return lost, money


def _move(orders: OrdersOnTheWay, lost: Floats, money: Floats) -> _Option:
    """To the cheapest of the allowed days; its own where none is."""
    rows, now = np.arange(orders.quantity.size), orders.due - 1
    best = np.where(orders.allowed, money, np.inf).argmin(axis=1)
    best = np.where(orders.allowed.any(axis=1), best, now)
    held = orders.holding * orders.quantity * (best - now)
    zero = np.zeros(rows.size)
    return _Option(
        (best + 1).astype(np.int64), orders.quantity, lost[rows, now] - lost[rows, best], zero, held.astype(np.float64)
    )


def _cut(orders: OrdersOnTheWay) -> _Option:
    """To the packs that are worth more than they lose by being left over; to none where the minimum is not."""
    rows, over = np.arange(orders.quantity.size), orders.last_day == 0
    column = np.maximum(orders.last_day - 1, 0)
    # What a later order makes up for by the last day may have been missed before: the day that is shortest without.
    day = np.arange(1, orders.supply.shape[1] + 1)
    between = (day >= orders.due[:, None]) & (day <= orders.last_day[:, None])
    worst = np.where(between.any(axis=1), np.where(between, _short(orders, orders.supply), -1.0).argmax(axis=1), column)
    quantiles = [np.where(over[:, None], 0.0, orders.quantile[rows, at]) for at in (column, worst)]
    supplies = [np.where(over, 0.0, orders.supply[rows, at]) for at in (column, worst)]

    def lost(units: Floats) -> Floats:
        short = [
            _short_at(orders, there + units, quantile) for there, quantile in zip(supplies, quantiles, strict=True)
        ]
        result: Floats = np.maximum(*short)
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
    return _Option(orders.due, quantity, lost_saved, unsold_saved, np.zeros(rows.size))


def _grow(orders: OrdersOnTheWay) -> _Option:
    """More packs where sales are lost between the receipt and the first day on which another order could help."""
    days, rows = orders.supply.shape[1], np.arange(orders.quantity.size)
    day = np.arange(1, days + 1)
    between = (day >= orders.due[:, None]) & (day < orders.reorder_day[:, None])
    short = np.where(between, _short(orders, orders.supply + orders.quantity[:, None]), -1.0)
    worst = short.argmax(axis=1)
    quantile, supply = orders.quantile[rows, worst], orders.supply[rows, worst] + orders.quantity
    alone = np.maximum(short[rows, worst], 0.0)
    held = orders.holding * np.maximum(np.minimum(orders.reorder_day, days + 1) - orders.due, 0)

    def saved(packs: Floats) -> Floats:
        units: Floats = np.maximum(alone - _short_at(orders, supply + packs * orders.pack, quantile), 0.0)
        return units

    def value(packs: Floats) -> Floats:
        result: Floats = orders.margin * saved(packs) - held * packs * orders.pack
        return result

    most = np.floor(np.minimum(orders.room, _MOST_UNITS) / orders.pack * (1.0 + 1e-9))
    packs = _peak(value, np.where(between.any(axis=1), most, 0.0))
    units = packs * orders.pack
    lost_saved = np.where(packs > 0, saved(packs), 0.0)
    return _Option(orders.due, orders.quantity + units, lost_saved, np.zeros(rows.size), -held * units)


_MOST_UNITS = 1e12


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
