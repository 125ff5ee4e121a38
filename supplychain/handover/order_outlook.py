"""Rolling the evening's decision forward on expected demand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts.protocol import Forecast
from solvers.replenishment.demand_curve import interpolate_level
from supplychain.handover.decision import Decision, decide, with_lines
from supplychain.handover.interval_demand import IntervalDemand
from supplychain.handover.shelves import Shelves
from supplychain.handover.state import State
from supplychain.handover.terms import Terms
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["Outlook", "roll_forward"]

Floats = npt.NDArray[np.float64]

_BAND = (0.1, 0.9)  # four of five cases


@dataclass(frozen=True)
class Outlook:
    """Decisions of D+1 evenings from the planning day on, and the stock of N rows on those days [N,D+1]."""

    decisions: tuple[Decision, ...]
    columns: dict[str, Floats]


def roll_forward(
    state: State, forecast: Forecast, as_of: np.datetime64, *, terms: Terms, settings: ReplenishSettings
) -> Outlook:
    """Decide on the planning day and on each evening of the outlook, with demand as expected and goods on time."""
    days = settings.outlook_days
    ledger = _Ledger(state, terms, days)
    view = IntervalDemand.seen_on(forecast, as_of)
    one_day = np.ones(terms.rows, np.int64)
    before = np.zeros(terms.rows)
    window = settings.today.window_days
    recent = state.recent_daily_sales
    decisions = []
    for day in range(days + 1):
        if day > 0:
            total = view.mean(one_day * day)
            sold = ledger.live(day, np.maximum(total - before, 0.0), settings.lost_sale_share)
            before, recent = total, recent + (sold - recent) / window
        decision = decide(
            ledger.state(day, recent), forecast, as_of + day, terms=terms, settings=settings, explain=True
        )
        ledger.place(day, decision)
        decisions.append(decision)
    columns = ledger.columns
    columns["low"], columns["high"] = _band(view, columns["closing"])
    return Outlook(tuple(decisions), columns)


class _Ledger:
    """Stock of all rows, day by day; goods from suppliers and from other sites are kept apart, and come in fresh."""

    names = (
        "opening",
        "wasted",
        "received",
        "transferred_in",
        "returned",
        "demand",
        "served",
        "lost",
        "backorder",
        "transferred_out",
    )

    def __init__(self, state: State, terms: Terms, days: int) -> None:
        known = state.arrivals.shape[1]
        self.terms, self.known = terms, known
        self.placed = state.commitments
        self.blocked = state.blocked
        life = np.where(np.isfinite(terms.shelf_life_days), terms.shelf_life_days, 0).astype(np.int64)
        self.shelves = Shelves(state.on_hand, life_days=life, batches=state.batches)
        self.backorder, self.on_order = state.backorder.astype(np.float64), state.on_order.astype(np.float64)
        # Column d of these is what comes on day d after the planning day; what the state knows of is kept by itself.
        self.bought = np.zeros((terms.rows, days + known + 2))
        self.sent = np.zeros_like(self.bought)
        self.bought[:, 1 : known + 1] = state.arrivals
        sold = min(state.returning.shape[1], terms.return_days)
        self.back = np.zeros((terms.rows, days + terms.return_days + 1))
        if sold:
            self.back[:, 1 : sold + 1] = state.returning[:, :sold]
        self.columns = {name: np.zeros((terms.rows, days + 1)) for name in (*self.names, "closing")}
        for name in ("opening", "closing"):
            self.columns[name][:, 0] = state.on_hand
        self.columns["backorder"][:, 0] = self.backorder

    def live(self, day: int, demand: Floats, lost_share: float) -> Floats:
        """A day from the morning to the close; returns the units sold."""
        column = self.columns
        received, sent, back = self.bought[:, day], self.sent[:, day], self.back[:, day]
        shelves = self.shelves
        column["opening"][:, day] = shelves.on_hand
        wasted = shelves.expire()
        column["received"][:, day], column["transferred_in"][:, day], column["returned"][:, day] = received, sent, back
        shelves.receive(received + sent + back, shelves.life_days)
        self.on_order = self.on_order - received - sent
        served = shelves.sell(np.minimum(np.maximum(shelves.on_hand - self.blocked, 0.0), self.backorder + demand))
        if self.terms.return_days:
            self.back[:, day + self.terms.return_days] += self.terms.return_rate * served
        waiting = np.maximum(self.backorder - served, 0.0)
        lost = (self.backorder + demand - served - waiting) * lost_share
        self.backorder = self.backorder + demand - served - lost
        for name, values in (
            ("wasted", wasted),
            ("demand", demand),
            ("served", served),
            ("lost", lost),
            ("backorder", self.backorder),
        ):
            column[name][:, day] = values
        column["closing"][:, day] = shelves.on_hand
        return served

    def state(self, day: int, recent: Floats) -> State:
        """The state on the evening of ``day``."""
        if self.placed is not None and day > 0:
            self.placed = self.placed.on(self.placed.day + 1)
        ahead = self.bought[:, day + 1 : day + 1 + self.known] + self.sent[:, day + 1 : day + 1 + self.known]
        there, batches = self.shelves.on_hand.copy(), self.shelves.batches()
        back = self.back[:, day + 1 : day + 1 + self.terms.return_days]
        return State(
            there, self.blocked, self.backorder, self.on_order, ahead, recent, batches, self.placed, returning=back
        )

    def place(self, day: int, decision: Decision) -> None:
        """Orders and transfers start; what is sent leaves its origin tonight."""
        last = self.bought.shape[1] - 1
        for lines, due in ((decision.orders, self.bought), (decision.transfers, self.sent)):
            travel = (lines.receipt_date - lines.order_date).astype(np.int64)
            np.add.at(due, (lines.row, np.minimum(day + travel, last)), lines.quantity)
            np.add.at(self.on_order, lines.row, lines.quantity)
        if self.placed is not None:
            self.placed = with_lines(self.placed, self.terms, decision.orders)
        sent = decision.transfers
        out = np.bincount(sent.origin, weights=sent.quantity, minlength=self.terms.rows)
        self.columns["transferred_out"][:, day] = out
        self.shelves.ship(sent.origin, sent.quantity)
        self.columns["closing"][:, day] = self.shelves.on_hand


def _band(view: IntervalDemand, closing: Floats) -> tuple[Floats, Floats]:
    """Stock when demand so far is at its upper and at its lower quantile, goods coming in as planned."""
    low, high = closing.copy(), closing.copy()
    levels = np.asarray(view.forecast.levels, np.float64)
    for day in range(1, closing.shape[1]):
        days = np.full(closing.shape[0], day, np.int64)
        spread = view.deviation(days, view.mean(days))
        less, more = (interpolate_level(spread, levels, np.full(closing.shape[0], level)) for level in _BAND)
        low[:, day] = np.maximum(closing[:, day] - np.maximum(more, 0.0), 0.0)
        high[:, day] = closing[:, day] + np.maximum(-less, 0.0)
    return low, high
