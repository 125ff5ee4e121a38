"""What was ordered from suppliers before tonight: money of the month, and units by day of receipt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, OpenOrder
from supplychain.handover.order_prices import OrderPrices
from supplychain.handover.placed_tonight import PlacedTonight, placed_of
from supplychain.handover.terms import Terms

__all__ = ["Commitments", "commitments_of", "life_of", "no_commitments", "week_of"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAYS = 400  # days ahead for which receipts are kept; what comes later is beyond every plan


@dataclass(frozen=True, slots=True)
class Commitments:
    """Of L copies of the network and P suppliers, before the orders of the evening of ``day``.

    ``spent`` [L] base currency, without fees, of what was ordered in the calendar month of ``day``; ``due`` [L,P,D]
    units still to come on day +1 .. +D, ``came`` [L,P] units that have come since Monday of the week of ``day``, that
    day included. ``placed`` is what is placed already of the orders of that evening itself
    (None: nothing).
    """

    day: np.datetime64
    spent: Floats
    due: Floats
    came: Floats
    placed: PlacedTonight | None = None

    def tile(self, lives: int) -> Commitments:
        """The same for each of ``lives`` copies."""
        placed = None if self.placed is None else self.placed.tile(lives)
        due, came = np.tile(self.due, (lives, 1, 1)), np.tile(self.came, (lives, 1))
        return replace(self, spent=np.tile(self.spent, lives), due=due, came=came, placed=placed)

    def on(self, day: np.datetime64) -> Commitments:
        """As seen on a later evening: what was due has come, and a new month has spent nothing."""
        passed = int((day - self.day).astype(np.int64))
        due = np.zeros_like(self.due)
        due[:, :, : due.shape[2] - passed] = self.due[:, :, passed:]
        same = day.astype("datetime64[M]") == self.day.astype("datetime64[M]")
        placed = self.placed if passed == 0 else None
        since = int((week_of(day) - self.day).astype(np.int64)) - 1  # column of that week's Monday
        came = self.due[:, :, max(since, 0) : passed].sum(axis=2)
        came = came + self.came if since < 0 else came
        return Commitments(day, self.spent if same else np.zeros_like(self.spent), due, came, placed)

    def with_orders(self, terms: Terms, rows: Ints, quantity: Floats, price: Floats, days: Ints) -> Commitments:
        """With orders of tonight [O]: ``price`` in the supplier's currency, ``days`` until their receipt."""
        life, supplier = life_of(terms, rows), terms.supplier_index[rows]
        spent, due = self.spent.copy(), self.due.copy()
        np.add.at(spent, life, quantity * price * terms.supplier_rate[supplier])
        near = np.flatnonzero(days <= due.shape[2])
        np.add.at(due, (life[near], supplier[near], days[near] - 1), quantity[near])
        return replace(self, spent=spent, due=due)

    def in_week(self, life: int, supplier: int, *, monday: np.datetime64) -> float:
        """Units of a supplier that come in the week of ``monday``, and have come in it, without orders of tonight."""
        first = int((monday - self.day).astype(np.int64)) - 1  # column of Monday; column 0 is tomorrow
        units = float(self.due[life, supplier, max(first, 0) : max(first + 7, 0)].sum())
        return units + (float(self.came[life, supplier]) if monday == week_of(self.day) else 0.0)


def week_of(day: npt.NDArray[np.datetime64] | np.datetime64) -> Any:
    """Monday of the week of each day."""
    days = day.astype("datetime64[D]")
    return days - ((days.astype(np.int64) + 3) % 7).astype("timedelta64[D]")


def life_of(terms: Terms, rows: Ints) -> Ints:
    """Which copy of the network each row belongs to [K]."""
    lives: Ints = terms.site_index[rows] // (len(terms.sites) // terms.shared.lives)
    return lives


def no_commitments(terms: Terms, day: np.datetime64) -> Commitments:
    """Nothing ordered yet."""
    lives = terms.shared.lives
    shape = (lives, len(terms.suppliers))
    return Commitments(day, np.zeros(lives), np.zeros((*shape, _DAYS)), np.zeros(shape))


def commitments_of(dataset: DataSet, terms: Terms, *, as_of: date) -> Commitments:
    """What the data set's open orders and receipts say.

    What came in parts counts as what was received (``receipts``) and what is still to come (``open_orders``). Prices
    are the orders' own where they have one, else today's terms. What is overdue comes tomorrow; a supplier's week holds
    what it has received as well.
    """
    none = no_commitments(terms, np.datetime64(as_of, "D"))
    place = {supplier_id: at for at, supplier_id in enumerate(terms.suppliers)}
    spent, due, came, prices = 0.0, none.due, none.came, OrderPrices(dataset)
    monday = as_of - timedelta(days=as_of.weekday())
    for order in dataset.open_orders:
        ahead = max((order.due - as_of).days, 1)
        if ahead <= due.shape[2]:
            due[0, place[order.supplier_id], ahead - 1] += order.quantity
        if _same_month(order.ordered, as_of):
            spent += prices.value_base(order)
    for one in dataset.receipts:
        if monday <= one.received <= as_of:
            came[0, place[one.supplier_id]] += one.quantity_received
        if _same_month(one.ordered, as_of):
            part = OpenOrder(
                one.order_id,
                one.supplier_id,
                one.item_id,
                one.site_id,
                one.quantity_received,
                one.ordered,
                one.received,
            )
            spent += prices.value_base(part)
    return Commitments(none.day, np.array([spent]), due, came, placed_of(dataset, terms, as_of=as_of))


def _same_month(day: date, as_of: date) -> bool:
    return (day.year, day.month) == (as_of.year, as_of.month)
