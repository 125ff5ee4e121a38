"""One evening's orders and transfers: the same pure function for the nightly run and for every simulated day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.protocol import Forecast
from solvers.replenishment.lots import line_price
from solvers.replenishment.problem import GroupState
from supplychain.handover.commitments import Commitments
from supplychain.handover.explanation import explanation_columns
from supplychain.handover.feeding import Feeding, feed, moving_tonight
from supplychain.handover.keep_limits import keep_limits
from supplychain.handover.keep_rooms import free_litres
from supplychain.handover.limit_use import LimitUse, limit_uses
from supplychain.handover.look import look
from supplychain.handover.look_ahead import look_ahead
from supplychain.handover.moving import Moving
from supplychain.handover.order_columns import left_out_packs, order_columns
from supplychain.handover.order_problem import Planned, plan_rows
from supplychain.handover.placed_tonight import minimum_left
from supplychain.handover.price_breaks import take_breaks
from supplychain.handover.rebalance import Tonight, rebalance
from supplychain.handover.rebalancing_columns import rebalancing_columns
from supplychain.handover.shared_limit import ROOM
from supplychain.handover.shared_limits import renewed, shared_limits
from supplychain.handover.situation import Situation
from supplychain.handover.state import State
from supplychain.handover.terms import Terms
from supplychain.handover.truck_loads import load_trucks
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["Decision", "Lines", "Waiting", "decide", "looked_at", "with_lines"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lines:
    """L lines, all arrays [L].

    ``row`` of ``Terms``, ``quantity`` units, ``order_date`` and ``receipt_date`` (days), ``unit_price`` in the
    supplier's currency (0 for transfers). ``explanation`` holds further columns when asked for. ``origin`` is the row
    from which a transfer leaves; empty for orders.
    """

    row: Ints
    quantity: Floats
    order_date: npt.NDArray[np.datetime64]
    receipt_date: npt.NDArray[np.datetime64]
    unit_price: Floats
    explanation: Mapping[str, npt.NDArray[np.generic]] = field(default_factory=dict)
    origin: Ints = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Orders below the supplier's minimum value that wait for the next order day.

    ``supplier_index``, ``site_index`` of ``Terms`` and the ``value`` they would have, in the supplier's currency.
    ``lines`` are what they would order; only when explanations are asked for.
    """

    supplier_index: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    site_index: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    value: Floats = field(default_factory=lambda: np.zeros(0))
    lines: Lines = field(default_factory=lambda: _no_lines())  # noqa: PLW0108 - defined below


@dataclass(frozen=True, slots=True)
class Decision:
    """Orders to suppliers, and transfers between our sites.

    ``row`` is the receiving row. A dc sends what the sites that it feeds ask for; other moves rebalance stock.
    ``left_out`` are lines of which shared limits leave nothing, with quantity 0, and ``limits`` what is used of each;
    both only when explanations are asked for.
    """

    orders: Lines
    transfers: Lines
    waiting: Waiting
    left_out: Lines = field(default_factory=lambda: _no_lines())  # noqa: PLW0108 - defined below
    limits: tuple[LimitUse, ...] = ()


def decide(
    state: State,
    forecast: Forecast,
    as_of: date | np.datetime64,
    *,
    terms: Terms,
    settings: ReplenishSettings,
    explain: bool = False,
) -> Decision:
    """Decide on the evening of ``as_of`` what to order and what to send.

    Pure: the answer depends on the arguments alone. ``forecast`` has the rows of ``terms`` and may have been made some
    days before ``as_of``, never after it. Orders and transfers are placed tonight, travel from tomorrow on, and may
    use what is on hand tonight. ``explain`` adds the explanation columns (slower). Raises ValueError for a day outside
    the calendar or before the forecast's origin, and for a forecast of other rows.
    """
    if forecast.mean.shape[0] != terms.rows or state.on_hand.shape != (terms.rows,):
        found = f"forecast {forecast.mean.shape[0]}, state {state.on_hand.shape[0]}"
        raise ValueError(f"rows: {found}: must be the {terms.rows} rows of the terms")
    situation = look(state, forecast, as_of, terms=terms, settings=settings)
    pinned = np.isfinite(situation.pins.quantity)
    open_rows = looked_at(situation, settings) & situation.allowed & ~situation.pins.held | pinned
    bought = np.flatnonzero(open_rows & (terms.supplier_index >= 0))
    fed = np.flatnonzero(open_rows & (terms.origin_row >= 0) & settings.transfers)
    feeding = feed(situation, fed, settings, explain=explain)
    planned, moving = None, moving_tonight(situation, feeding, settings)
    if bought.size or fed.size:
        planned = _ordered(situation, bought, settings, explain=explain)
        planned = _within_limits(planned, feeding, moving, settings, explain=explain)
        moving = planned.moving or moving
    transfers = _transfers(feeding, moving, settings, explain=explain)
    decision = _decision(planned, settings, explain=explain)
    if settings.rebalance and settings.policy == "optimized":
        free = free_litres(planned) if planned is not None else None
        moves = _rebalanced(situation, decision.orders, transfers, settings, explain=explain, free=free)
        transfers = _joined(transfers, moves)
        days = (moves.receipt_date - moves.order_date).astype(np.int64)
        moving = moving.also(moves.row, moves.origin, days=days, quantity=moves.quantity)
    decision = replace(decision, transfers=transfers)
    if not explain or planned is None:
        return decision
    return _with_limits(decision, replace(planned, moving=moving), settings)


def looked_at(situation: Situation, settings: ReplenishSettings) -> npt.NDArray[np.bool_]:
    """Rows that are looked at tonight [N]: those that are due and, optimized, orders that cannot wait.

    Where a row is expected to run out before what the next look orders could come, the order of its supplier to its
    site is made tonight if the supplier takes orders; so is a transfer of the row if the lane leaves.
    """
    if settings.policy != "optimized":
        return situation.due
    terms = situation.terms
    urgent = situation.open & situation.allowed & (situation.position < situation.demand)
    bought = terms.supplier_index >= 0
    order = terms.supplier_index * len(terms.sites) + terms.site_index
    early = urgent | (bought & situation.open & np.isin(order, order[urgent & bought]))
    rows: npt.NDArray[np.bool_] = situation.due | early
    return rows


def _ordered(situation: Situation, rows: Ints, settings: ReplenishSettings, *, explain: bool) -> Planned:
    """Tonight's orders by the policy, without the limits that they share."""
    terms = situation.terms
    sites = len(terms.sites)
    keys, group = np.unique(terms.supplier_index[rows] * sites + terms.site_index[rows], return_inverse=True)
    commitments = situation.state.commitments
    placed = None if commitments is None else commitments.placed
    minimum = minimum_left(placed, terms, supplier=keys // sites, site=keys % sites)
    planned = plan_rows(situation, rows, settings, group=group.astype(np.int64), group_minimum=minimum, spread=explain)
    if settings.policy == "optimized":
        planned = look_ahead(planned, settings)
    solution = planned.solution
    sent = np.unique(group[np.isfinite(situation.pins.quantity[rows])])
    if (solution.group_state[sent] == int(GroupState.WAITING)).any():  # a buyer's pin goes out below the minimum too
        minimum = np.where(np.isin(np.arange(minimum.size), sent), 0.0, minimum)
        planned = plan_rows(
            situation, rows, settings, group=group.astype(np.int64), group_minimum=minimum, spread=explain
        )
    return load_trucks(planned, settings) if settings.policy == "optimized" else planned


def _within_limits(
    planned: Planned, feeding: Feeding | None, moving: Moving, settings: ReplenishSettings, *, explain: bool
) -> Planned:
    """Tonight's orders beside its transfers; the rules other than optimized know of no limits and of no price."""
    planned = replace(planned, moving=moving)
    if settings.policy != "optimized":
        return take_breaks(planned, settings) if explain and planned.rows.size else planned
    kept = keep_limits(planned, settings, fed=None if feeding is None else feeding.planned)
    return take_breaks(kept, settings) if kept.rows.size else kept


def _decision(planned: Planned | None, settings: ReplenishSettings, *, explain: bool) -> Decision:
    """The orders of a plan, and those that wait."""
    if planned is None or planned.rows.size == 0:
        return Decision(_no_lines(), _no_lines(), Waiting())
    problem, solution, terms = planned.problem, planned.solution, planned.situation.terms
    held = np.flatnonzero(solution.group_state == int(GroupState.WAITING))
    lines = _priced(planned, solution.packs * problem.pack, settings, explain=explain)
    first = planned.rows[np.unique(problem.group, return_index=True)[1][held]]
    waiting = Waiting(terms.supplier_index[first], terms.site_index[first], solution.group_value[held])
    if explain and held.size:
        wanted = np.where(np.isin(problem.group, held), solution.capped_packs, 0) * problem.pack
        waiting = replace(waiting, lines=_priced(planned, wanted, settings, explain=True))
    return Decision(lines, _no_lines(), waiting)


def _with_limits(decision: Decision, planned: Planned, settings: ReplenishSettings) -> Decision:
    """The decision with what the limits leave out, and what is used of each, all transfers included."""
    known = {(one.name, one.owner, one.begins) for one in planned.limits}
    every = shared_limits(planned, settings, every=True)
    more = [one for one in every if (one.name, one.owner, one.begins) not in known]
    uses = limit_uses(replace(planned, limits=(*renewed(planned, planned.limits), *more)))
    if planned.rows.size == 0:
        return replace(decision, limits=uses)
    none = (left_out_packs(planned) > 0) & (planned.solution.packs == 0)
    zero, price = np.zeros(none.size), planned.problem.unit_price
    lines = _lines(planned, zero, price, settings, columns=order_columns, chosen=none)
    return replace(decision, limits=uses, left_out=lines)


def _priced(planned: Planned, quantity: Floats, settings: ReplenishSettings, *, explain: bool) -> Lines:
    problem = planned.problem
    price = line_price(quantity, problem.unit_price, problem.break_from, problem.break_price)
    return _lines(planned, quantity, price, settings, columns=order_columns if explain else None)


def _transfers(feeding: Feeding | None, moving: Moving, settings: ReplenishSettings, *, explain: bool) -> Lines:
    if feeding is None:
        return _no_lines()
    planned, granted, situation = feeding.planned, moving.quantity, feeding.planned.situation
    columns = explanation_columns if explain else None
    lines = _lines(planned, granted, np.zeros(granted.size), settings, columns=columns)
    lines = replace(lines, origin=situation.terms.origin_row[lines.row])
    if not explain:
        return lines
    asked = (planned.solution.packs * planned.problem.pack)[granted > 0]
    there = np.floor(situation.state.available[situation.terms.origin_row[lines.row]] + 1e-9)
    share = np.where(lines.quantity < asked, lines.quantity, np.inf)
    none = np.full(asked.size, np.nan)
    binding = np.where(moving.cause[granted > 0] > 0, ROOM, lines.explanation["binding"])
    more = {"requested_quantity": asked, "origin_available": there, "share_units": share, "origin_value": none,
            "destination_value": none, "reason": np.full(asked.size, "feeding", object),
            "binding": binding.astype(object)}  # fmt: skip
    return replace(lines, explanation={**lines.explanation, **more})


def _rebalanced(
    situation: Situation, orders: Lines, transfers: Lines, settings: ReplenishSettings, *, explain: bool,
    free: Floats | None,
) -> Lines:  # fmt: skip
    """Moves of stock after tonight's orders and transfers, within the ``free`` litres at sites."""
    days = [(one.receipt_date - one.order_date).astype(np.int64) for one in (orders, transfers)]
    tonight = Tonight(
        row=np.concatenate((orders.row, transfers.row)),
        days=np.concatenate(days),
        quantity=np.concatenate((orders.quantity, transfers.quantity)),
        origin=np.concatenate((np.full(orders.row.size, -1), transfers.origin)),
    )
    moves = rebalance(situation, tonight, settings, free=free)
    if moves.quantity.size == 0:
        return _no_lines()
    ordered = np.full(moves.quantity.size, situation.as_of)
    columns = rebalancing_columns(situation, moves, settings) if explain else {}
    price = np.zeros(moves.quantity.size)
    return Lines(moves.destination, moves.quantity, ordered, ordered + moves.days, price, columns, moves.origin)


def _joined(first: Lines, second: Lines) -> Lines:
    if second.row.size == 0 or first.row.size == 0:
        return first if second.row.size == 0 else second
    names = ("row", "quantity", "order_date", "receipt_date", "unit_price", "origin")
    parts = {name: np.concatenate((getattr(first, name), getattr(second, name))) for name in names}
    columns = {name: np.concatenate((cells, second.explanation[name])) for name, cells in first.explanation.items()}
    return Lines(**parts, explanation=columns)


def _lines(
    planned: Planned,
    quantity: Floats,
    price: Floats,
    settings: ReplenishSettings,
    *,
    columns: Callable[..., Mapping[str, npt.NDArray[Any]]] | None,
    chosen: npt.NDArray[np.bool_] | None = None,
) -> Lines:
    situation = planned.situation
    at = np.flatnonzero(quantity > 0 if chosen is None else chosen)
    row = planned.rows[at]
    ordered = np.full(row.size, situation.as_of)
    receipt = ordered + situation.lead[row]
    why = {} if columns is None else columns(planned, quantity, settings, chosen=at)
    return Lines(row, quantity[at], ordered, receipt, price[at], why)


def with_lines(placed: Commitments, terms: Terms, orders: Lines) -> Commitments:
    """What is committed once tonight's orders are placed."""
    days = (orders.receipt_date - orders.order_date).astype(np.int64)
    return placed.with_orders(terms, orders.row, orders.quantity, orders.unit_price, days)


def _no_lines() -> Lines:
    none = np.zeros(0)
    days = np.zeros(0, "datetime64[D]")
    return Lines(none.astype(np.int64), none, days, days, none)
