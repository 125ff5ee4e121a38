"""What is in stock and on its way on one evening, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, StockLine
from supplychain.handover.commitments import Commitments, commitments_of
from supplychain.handover.terms import Terms
from supplychain.plans.order_plan import placed_tonight

__all__ = ["State", "state_from_dataset"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class State:
    """Stock of N rows (those of ``Terms``) at the close of a day, in units.

    ``on_hand`` in the building; ``blocked`` part of it that is allocated or blocked; ``backorder`` owed to customers;
    ``on_order`` on the way from suppliers and other sites, overdue units included; ``arrivals`` [N,A] the part of it
    that comes on day +1 .. +A (column 0 is tomorrow, and holds what is overdue); ``recent_daily_sales`` units a day
    sold to the row's own zones over the last days with stock. ``batches`` [N,E] the part of ``on_hand`` that perishes:
    units that can be sold on exactly 0, 1, 2 .. more days. ``commitments`` are the orders placed before tonight, for
    the limits that orders share (None: none in this month, and arrivals come from the rows' own suppliers).
    ``returning`` [N,R] units that customers are expected to send back, fit for sale, on day +1 .. +R of what they have
    bought so far (without any, R is 0). Arrays of integers or floats; all [N] but these.
    """

    on_hand: Floats
    blocked: Floats
    backorder: Floats
    on_order: Floats
    arrivals: Floats
    recent_daily_sales: Floats
    batches: Floats
    commitments: Commitments | None = None
    returning: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def position(self) -> Floats:
        """Stock position of the row itself: on hand less blocked and owed, plus on order [N]."""
        return self.on_hand - self.blocked - self.backorder + self.on_order

    @property
    def available(self) -> Floats:
        """Units that can be sold or sent elsewhere tonight [N]."""
        return np.maximum(self.on_hand - self.blocked - self.backorder, 0.0)

    def arrived(self, days: int) -> Floats:
        """Units that come within 1 .. ``days`` days [N,``days``]."""
        known = min(self.arrivals.shape[1], days)
        total = np.zeros((self.arrivals.shape[0], days))
        total[:, :known] = self.arrivals[:, :known]
        np.cumsum(total, axis=1, out=total)
        return total


def state_from_dataset(
    dataset: DataSet,
    terms: Terms,
    *,
    recent_daily_sales: Floats,
    days_ahead: int = 120,
    as_of: date | None = None,
    received_share: Mapping[str, float] | None = None,
    returning: Floats | None = None,
) -> State:
    """State of the data set's stock, open orders and transfers on ``as_of``.

    ``recent_daily_sales`` [N] and ``returning`` [N,R] (default: none) come from whoever holds the sourcing of zones.
    Stock of items that a site does not list, and batches past their expiry, are left out: nobody can sell them.
    Perishable stock without an expiry is taken to have come in today. ``received_share`` by supplier is the part of an
    open order that is expected to come and to be accepted (suppliers that are not in it: all of it). Orders placed
    tonight count whole, as the lines of tonight's plan do: else the same evening would order what it has ordered again.
    """
    day = as_of or dataset.as_of
    rows = terms.rows
    on_hand, blocked, backorder, on_order = (np.zeros(rows) for _ in range(4))
    arrivals = np.zeros((rows, days_ahead))
    batches = np.zeros((rows, 1 + max((_days_to_sell(dataset, line, day) or 0 for line in dataset.stock), default=0)))
    for line in dataset.stock:
        row = terms.row_of(line.item_id, line.site_id)
        if row is None or (line.expiry is not None and line.expiry <= day):
            continue
        on_hand[row] += line.on_hand
        days = _days_to_sell(dataset, line, day)
        if days is not None:
            batches[row, days] += line.on_hand
        blocked[row] += line.allocated + line.blocked
        backorder[row] += line.backorder
    share = received_share or {}
    inbound = [
        (o.item_id, o.site_id, o.quantity * (1.0 if placed_tonight(o, day) else share.get(o.supplier_id, 1.0)), o.due)
        for o in dataset.open_orders
    ]
    inbound += [(t.item_id, t.destination_id, t.quantity, t.due) for t in dataset.transfers]
    for item_id, site_id, quantity, due in inbound:
        row = terms.row_of(item_id, site_id)
        if row is None:
            continue
        on_order[row] += quantity
        column = max((due - day).days - 1, 0)
        if column < days_ahead:
            arrivals[row, column] += quantity
    recent = np.asarray(recent_daily_sales, np.float64)
    placed = commitments_of(dataset, terms, as_of=day)
    back = np.zeros((rows, 0)) if returning is None else returning
    return State(on_hand, blocked, backorder, on_order, arrivals, recent, batches, placed, returning=back)


def _days_to_sell(dataset: DataSet, line: StockLine, day: date) -> int | None:
    """Days after ``day`` on which the units can still be sold; None where they keep."""
    life = dataset.items[line.item_id].shelf_life_days
    if line.expiry is not None:
        return (line.expiry - day).days
    return None if life is None else life - 1
