"""Tonight's moves between sites: from where stock is worth little to where it would be missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from solvers.replenishment.demand_curve import interpolate_level
from solvers.replenishment.rebalancing import RebalancingProblem, place_value, solve
from solvers.replenishment.rebalancing_flow import Places
from solvers.replenishment.tightest_day import Course, tightest_days
from supplychain.handover.order_problem import room_to_sell
from supplychain.handover.rebalancing_lanes import RebalancingLanes
from supplychain.handover.replacement import superseded
from supplychain.handover.situation import Situation
from supplychain.scenario.settings import ReplenishSettings

__all__ = ["Moves", "Tonight", "rebalance"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


_AHEAD_DAYS = 3  # days after the earliest receipt that a move looks ahead; more moved units that were not needed
_HURDLE = 2.0  # a move must save its freight so many times over: a forecast shortage often does not come


class Tonight(NamedTuple):
    """Orders and transfers decided so far [T]; ``days`` to the receipt at ``row``, ``origin`` row or -1."""

    row: Ints
    days: Ints
    quantity: Floats
    origin: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Moves:
    """L moves, all arrays [L].

    ``origin``, ``destination`` rows of ``Terms``, ``quantity`` units, ``days`` to the receipt. Until ``until`` days
    from tonight no other supply can help the destination: ``demand`` units are expected by then, ``demand_quantile`` at
    its ``service_level``, ``supply`` can serve them, ``missing`` whole units would be needed. Money, base currency:
    ``origin_value`` what the units are worth where they lie, ``destination_value`` where they go; ``lost_margin`` the
    part of it that would be lost, ``one_more`` what one more unit would save there.
    """

    origin: Ints
    destination: Ints
    quantity: Floats
    days: Ints
    until: Ints
    demand: Floats
    demand_quantile: Floats
    supply: Floats
    missing: Floats
    origin_value: Floats
    destination_value: Floats
    lost_margin: Floats
    one_more: Floats


class _View(NamedTuple):
    """Rows looked at from one side [K]: the tightest day, demand until then, and what can serve it."""

    rows: Ints
    until: Ints
    demand: Floats
    supply: Floats
    quantile: Floats

    def only(self, chosen: Flags) -> _View:
        return _View(self.rows[chosen], self.until[chosen], self.demand[chosen], self.supply[chosen],
                     self.quantile[chosen])  # fmt: skip


def rebalance(
    situation: Situation, tonight: Tonight, settings: ReplenishSettings, *, free: Floats | None = None
) -> Moves:
    """Moves that save more margin than they cost, after tonight's orders and transfers.

    A destination is short on the tightest day before a later order could come; a unit that is sold by then brings its
    margin, one that is left over saves a purchase. An origin gives up the same until its own next order; where the
    item is not ordered any more, or spoils, what is left over is worth nothing. A row below its own service level gives
    nothing (goods on their way to it count a standard deviation of lead time late), nobody is filled beyond it, and
    goods that come after the destination's tightest day come too late. Only what the next days need goes tonight.
    ``free`` [S] litres that sites have room for (None: no limits): items with most margin a litre get it first.
    """
    lanes = situation.terms.rebalancing
    weekday = (situation.as_of.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    leaves = np.flatnonzero(lanes.departs[lanes.shipment, weekday] & _takes(situation)[lanes.destination])
    sent = np.zeros(situation.terms.rows)
    leaving = tonight.origin >= 0
    np.add.at(sent, tonight.origin[leaving], tonight.quantity[leaving])
    spare = np.floor(np.maximum(situation.state.available - sent - situation.terms.min_units, 0.0) + 1e-9)
    leaves = leaves[(spare[lanes.origin[leaves]] > 0) & ~_sold_off(situation, lanes, leaves)]
    if leaves.size == 0:
        return _no_moves()
    course = _arrivals_tonight(situation, tonight)
    fresh = _days_to_sell(situation)
    ends, first, sold_by = _reach(lanes, leaves, fresh)
    # Later needs are decided later, with better knowledge: the lane leaves again.
    last = np.minimum(np.minimum(_horizon(situation)[ends], sold_by), first + _AHEAD_DAYS)
    short = _view(situation, course, sent, ends, first=first, last=last, late=np.zeros_like(first))
    quantile = _at_level(situation, short)
    missing = _with_room(situation, short.rows, _missing(situation, tonight, short, quantile), free=free)
    needed, until = np.zeros(situation.terms.rows), np.zeros(situation.terms.rows, np.int64)
    needed[short.rows], until[short.rows] = missing, short.until
    leaves = leaves[
        (needed[lanes.destination[leaves]] > 0)
        & (lanes.days[leaves] < until[lanes.destination[leaves]])
        & (lanes.days[leaves] < fresh[lanes.origin[leaves]])
    ]
    givers = np.unique(lanes.origin[leaves])
    last = np.minimum(_horizon(situation), fresh)[givers]
    rich = _view(
        situation,
        course,
        sent,
        givers,
        first=np.zeros_like(givers),
        last=last,
        late=np.ceil(situation.terms.lead_sd[givers]).astype(np.int64),
    )
    rich = rich.only(rich.supply >= _at_level(situation, rich))
    leaves = leaves[np.isin(lanes.origin[leaves], rich.rows)]
    if leaves.size == 0:
        return _no_moves()
    chosen = np.isin(short.rows, lanes.destination[leaves])
    takers = short.only(chosen)
    problem = _problem(situation, leaves, rich, takers, settings, spare=spare[rich.rows], room=missing[chosen])
    units = solve(problem).units
    return _valued(lanes, problem, units, leaves=leaves, takers=takers, missing=missing[chosen],
                   quantile=quantile[chosen])  # fmt: skip


def _takes(situation: Situation) -> Flags:
    """Rows [N] to which goods may be sent."""
    terms = situation.terms
    takes: Flags = ~terms.do_not_order & ~terms.phase_out & (situation.days_left > 1)
    return takes


def _sold_off(situation: Situation, lanes: RebalancingLanes, leaves: Ints) -> Flags:
    """Lanes [K] whose goods would meet the item that replaces theirs."""
    terms = situation.terms
    receipt = situation.as_of + lanes.days[leaves]
    return superseded(terms.successor_row[lanes.destination[leaves]], terms.introduced, receipt)


def _horizon(situation: Situation) -> Ints:
    """Days until a later order could come [N]; as far as the forecast reaches where none ever will."""
    reach = situation.view.cumulative.shape[1] - 1 - situation.view.offset
    alone = np.clip(situation.days_left, 0, reach)
    return np.where(situation.allowed, situation.days, alone).astype(np.int64)


def _days_to_sell(situation: Situation) -> Ints:
    """Days on which the freshest units on hand can be sold [N]; very many where they keep."""
    terms, batches = situation.terms, situation.state.batches
    last = batches.shape[1] - np.argmax(batches[:, ::-1] > 0, axis=1)
    days = np.where((batches > 0).any(axis=1), last, 1)
    return np.where(np.isfinite(terms.shelf_life_days), days, np.iinfo(np.int64).max // 2).astype(np.int64)


def _arrivals_tonight(situation: Situation, tonight: Tonight) -> Course:
    """Demand and arrivals of all rows, expected returns among them, with what was decided tonight."""
    arrivals = situation.state.arrivals.astype(np.float64)
    arrivals = arrivals + np.diff(situation.returns.by_day(arrivals.shape[1]), axis=1, prepend=0.0)
    inside = tonight.days <= arrivals.shape[1]
    np.add.at(arrivals, (tonight.row[inside], tonight.days[inside] - 1), tonight.quantity[inside])
    none = np.zeros(0, np.int64)
    return Course(situation.view.cumulative, situation.view.offset, arrivals, none, none)


def _reach(lanes: RebalancingLanes, leaves: Ints, fresh: Ints) -> tuple[Ints, Ints, Ints]:
    """Destinations [K], days that the fastest lane to each takes [K], and until when the freshest goods sell [K]."""
    ends, place = np.unique(lanes.destination[leaves], return_inverse=True)
    days, sold_by = np.full(ends.size, np.iinfo(np.int64).max), np.zeros(ends.size, np.int64)
    np.minimum.at(days, place, lanes.days[leaves])
    np.maximum.at(sold_by, place, fresh[lanes.origin[leaves]])
    return ends, days, sold_by


def _view(
    situation: Situation, course: Course, sent: Floats, rows: Ints, *, first: Ints, last: Ints,
    late: Ints
) -> _View:  # fmt: skip
    """The tightest days of ``rows`` after ``first`` and up to ``last`` [K]; rows without one are left out.

    A dc is looked at with the sites that it feeds.
    """
    terms, state = situation.terms, situation.state
    members, start = _members(terms.origin_row, rows)
    own = state.on_hand - state.blocked - state.backorder - situation.expected_waste - sent
    free = np.add.reduceat(own[members], start[:-1])
    whole = course._replace(members=members, start=start)
    until, demand, supply = tightest_days(whole, free, first.astype(np.int64), last, late)
    kept = until > 0
    days, daily = np.ones(terms.rows, np.int64), np.zeros(terms.rows)
    days[rows[kept]] = until[kept]
    daily[rows[kept]] = demand[kept] / until[kept]
    deviation = situation.deviation_within(days, daily=daily)[rows[kept]]
    quantile = np.maximum.accumulate(np.maximum(demand[kept, None] + deviation, 0.0), axis=1)
    return _View(rows[kept], until[kept], demand[kept], supply[kept], quantile)


def _members(origin_row: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Each row followed by the rows that it feeds, and where each group starts [K+1]."""
    place = np.full(origin_row.size, -1)
    place[rows] = np.arange(rows.size)
    fed = np.flatnonzero(origin_row >= 0)
    fed = fed[place[origin_row[fed]] >= 0]
    group = np.concatenate((np.arange(rows.size), place[origin_row[fed]]))
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(rows.size + 1))
    return np.concatenate((rows, fed))[order], start.astype(np.int64)


def _at_level(situation: Situation, view: _View) -> Floats:
    """Demand until the tightest day at the row's service level [K]."""
    levels = np.asarray(situation.view.forecast.levels, np.float64)
    return interpolate_level(view.quantile, levels, situation.price.level[view.rows])


def _missing(situation: Situation, tonight: Tonight, short: _View, quantile: Floats) -> Floats:
    """Whole units that cover the demand ``quantile`` of each row [K], within its maximum and what it can sell."""
    terms, rows = situation.terms, short.rows
    coming = np.bincount(tonight.row, weights=tonight.quantity, minlength=terms.rows)
    room = np.maximum(terms.max_units - situation.own_position - coming, 0.0)[rows]
    sellable = np.maximum(room_to_sell(situation, rows) - coming[rows], 0.0)
    wanted = np.minimum(np.ceil(quantile - short.supply - 1e-9), np.minimum(room, sellable))
    missing: Floats = np.floor(np.maximum(wanted, 0.0) + 1e-9)
    return missing


def _with_room(situation: Situation, rows: Ints, missing: Floats, *, free: Floats | None) -> Floats:
    """Units missing at each row [K] as far as their site has room, those of most margin a litre first."""
    if free is None:
        return missing
    terms, units = situation.terms, missing.copy()
    site, litres = terms.site_index[rows], terms.volume_l[rows]
    for one in np.unique(site[np.isfinite(free[site])]):
        mine = np.flatnonzero((site == one) & (litres > 0))
        by_worth = mine[np.argsort(-terms.margin[rows[mine]] / litres[mine], kind="stable")]
        left = float(free[one])
        for at in by_worth.tolist():
            units[at] = min(units[at], np.floor(left / litres[at] + 1e-9))
            left -= float(units[at] * litres[at])
    return units


def _problem(
    situation: Situation, leaves: Ints, rich: _View, short: _View, settings: ReplenishSettings, *, spare: Floats,
    room: Floats,
) -> RebalancingProblem:  # fmt: skip
    """Places are the origins, then the destinations."""
    terms, lanes = situation.terms, situation.terms.rebalancing
    rows = np.concatenate((rich.rows, short.rows))
    cost = terms.unit_cost[rows]
    keeps = situation.allowed[rows] & ~np.isfinite(terms.shelf_life_days[rows])
    key = np.zeros(terms.rows, np.int64)
    key[lanes.origin], key[lanes.destination] = lanes.item, lanes.item
    _, item = np.unique(key[rows], return_inverse=True)
    purchase = np.full(int(item.max()) + 1, np.inf)
    np.minimum.at(purchase, item, cost)  # the same unit is worth the same purchase wherever it is left over
    kept = np.where(keeps, purchase[item], 0.0)
    places = Places(
        levels=np.asarray(situation.view.forecast.levels, np.float64),
        quantile=np.ascontiguousarray(np.vstack((rich.quantile, short.quantile))),
        position=np.concatenate((rich.supply, short.supply)),
        sold=terms.margin[rows] * settings.lost_sale_share + purchase[item],
        kept=kept,
        available=np.concatenate((spare, np.zeros(short.rows.size))),
        room=np.concatenate((np.zeros(rich.rows.size), room)),
        pack=np.ones(rows.size),
    )
    used, shipment = np.unique(lanes.shipment[leaves], return_inverse=True)
    return RebalancingProblem(
        places=places,
        item=item.astype(np.int64),
        origin=np.searchsorted(rich.rows, lanes.origin[leaves]),
        destination=rich.rows.size + np.searchsorted(short.rows, lanes.destination[leaves]),
        unit_cost=_HURDLE * lanes.unit_cost[leaves],
        shipment=shipment.astype(np.int64),
        shipment_cost=_HURDLE * lanes.shipment_cost[used],
    )


def _valued(
    lanes: RebalancingLanes, problem: RebalancingProblem, units: Floats, *, leaves: Ints, takers: _View,
    missing: Floats, quantile: Floats,
) -> Moves:  # fmt: skip
    """The moves with what they are worth; lines that share a place share its value by their units."""
    used = np.flatnonzero(units > 0)
    if used.size == 0:
        return _no_moves()
    places, quantity = problem.places, units[used]
    origin, destination = problem.origin[used], problem.destination[used]
    count = places.position.size
    out = np.bincount(origin, weights=quantity, minlength=count).astype(np.float64)
    come = np.bincount(destination, weights=quantity, minlength=count).astype(np.float64)
    lost, gained = -place_value(places, -out), place_value(places, come)
    margin = places._replace(sold=places.sold - places.kept, kept=np.zeros(count))
    saved, more = place_value(margin, come), place_value(margin, come + 1.0)
    at, share = destination - (count - takers.rows.size), quantity / come[destination]
    return Moves(
        origin=lanes.origin[leaves[used]],
        destination=lanes.destination[leaves[used]],
        quantity=quantity,
        days=lanes.days[leaves[used]],
        until=takers.until[at],
        demand=takers.demand[at],
        demand_quantile=quantile[at],
        supply=takers.supply[at],
        missing=missing[at],
        origin_value=lost[origin] * quantity / out[origin],
        destination_value=gained[destination] * share,
        lost_margin=saved[destination] * share,
        one_more=(more - saved)[destination],
    )


def _no_moves() -> Moves:
    rows, figures = np.zeros(0, np.int64), np.zeros(0)
    return Moves(rows, rows, figures, rows, rows, *[figures] * 8)
