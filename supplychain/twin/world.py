"""What really happens: demand, supplier lead times, closures and capacity. Nobody but the twin reads the actuals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Lane, Supplier
from supplychain.domain.fulfilment import Fulfilment
from supplychain.domain.select import select
from supplychain.domain.sourcing import Sourcing
from supplychain.errors import DataError, Problem
from supplychain.scenario import WorldChange
from supplychain.twin.change import during
from supplychain.twin.entries import Entries, build_entries

__all__ = ["World", "build_world"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPIN_UP_WINDOW_DAYS = 28


@dataclass(frozen=True, slots=True)
class World:
    """The truth over D simulated days, of which the first ``spin_up`` are dropped.

    ``demand`` [N,D] units; ``entries`` hold the measured days by zone; ``closed`` [N,D] rows that neither receive nor
    ship; ``cut_off`` [N,D] rows to which no transfer can leave, since its lane or its origin is closed;
    ``cut_lanes`` [K,K,D] pairs of open stocking sites between which the lanes are closed;
    ``throughput`` [K,D] units a day that open stocking site k can ship (infinite without a limit);
    ``lead_multiply`` and ``lead_add`` [U,D] change the lead time of supplier u for orders of a day.
    ``unreachable`` names zones that no listed site serves. ``listed`` [N,D] is false where a row is not on sale, or is
    being sold off (``do_not_order``, ``phase_out``): an empty shelf is then no stock-out. ``fallback`` [N] is the row
    of another dc that takes over what a row that is sold off cannot serve (-1: nobody).
    """

    first_day: date
    spin_up: int
    demand: Floats
    entries: Entries
    closed: npt.NDArray[np.bool_]
    cut_off: npt.NDArray[np.bool_]
    cut_lanes: npt.NDArray[np.bool_]
    throughput: Floats
    lead_multiply: Floats
    lead_add: Floats
    unreachable: tuple[str, ...]
    listed: npt.NDArray[np.bool_]
    fallback: Ints

    @property
    def days(self) -> int:
        """Simulated days D."""
        return int(self.demand.shape[1])


def build_world(
    dataset: DataSet, sourcing: Sourcing, fulfilment: Fulfilment, *, spin_up_days: int, days: int | None,
    changes: Sequence[WorldChange] = (), seed: int, history: tuple[Floats, npt.NDArray[np.bool_]],
    feeding: Sequence[Lane | None],
) -> World:  # fmt: skip
    """Set up the truth.

    ``history`` is (quantity [N,T], in_stock [N,T]) up to ``as_of``: the spin-up lives through its last days, with
    sold-out days filled by the mean of the days around them. ``feeding`` [N] is the lane on which transfers come to
    the row, None for rows that suppliers feed.
    Raises DataError when the data set has no actuals.
    """
    actuals = dataset.actuals
    if actuals is None:
        problem = Problem("actuals", "", "", "", "the closed loop needs demand after as_of", "add a table actuals")
        raise DataError("nothing to live through", [problem])
    measured = actuals.days if days is None else min(days, actuals.days)
    spin_up = max(0, min(spin_up_days, dataset.demand.days - _SPIN_UP_WINDOW_DAYS))
    first_day = dataset.as_of + timedelta(days=1 - spin_up)
    span = spin_up + measured
    entries = build_entries(
        dataset, sourcing, fulfilment, spin_up=spin_up, measured=measured, changes=changes, seed=seed,
        transfer=_transfer_cost(dataset, sourcing, feeding),
    )  # fmt: skip
    demand = np.zeros((sourcing.rows, span))
    demand[:, :spin_up] = _unconstrained(*history)[:, history[0].shape[1] - spin_up :]
    cell = entries.row * span + entries.day
    demand += np.bincount(cell, weights=entries.quantity, minlength=demand.size).reshape(demand.shape)
    multiply, add = _lead_time_changes(dataset, changes, first_day, span)
    unserved = np.flatnonzero((sourcing.zone_row < 0).all(axis=1))
    closed = _closed_sites(dataset, sourcing, changes, first_day, span)
    return World(
        first_day=first_day,
        spin_up=spin_up,
        demand=demand,
        entries=entries,
        closed=closed[sourcing.row_site],
        cut_off=_cut_off(sourcing, feeding, closed, changes, first_day),
        cut_lanes=_cut_lanes(dataset, sourcing, changes, first_day, span),
        throughput=_throughput(dataset, sourcing, changes, first_day, span),
        lead_multiply=multiply,
        lead_add=add,
        unreachable=tuple(sourcing.zone_ids[z] for z in unserved),
        listed=_listed(dataset, sourcing, first_day, span),
        fallback=_fallback(dataset, sourcing),
    )


def _unconstrained(quantity: Floats, in_stock: npt.NDArray[np.bool_]) -> Floats:
    """Demand with sold-out and unknown days filled by the mean of the known days in a window before and after."""
    known = in_stock & ~np.isnan(quantity)
    value = np.where(known, np.nan_to_num(quantity), 0.0)
    window = _SPIN_UP_WINDOW_DAYS

    def around(table: Floats) -> Floats:
        padded = np.cumsum(np.pad(table, ((0, 0), (window + 1, window))), axis=1)
        return padded[:, 2 * window + 1 :] - padded[:, : -(2 * window + 1)]

    total, count = around(value), around(known.astype(np.float64))
    fill = np.divide(total, count, out=np.zeros_like(total), where=count > 0)
    off_sale = np.isnan(quantity)
    filled = np.maximum(np.nan_to_num(quantity), np.floor(fill + _dither(fill.shape)))
    return np.where(known, value, np.where(off_sale, 0.0, filled))


def _dither(shape: tuple[int, ...]) -> Floats:
    """Fixed fractions in [0,1), so that filled days are whole units without bias."""
    return np.random.default_rng(7).random(shape)


def _sold_off(dataset: DataSet, sourcing: Sourcing) -> npt.NDArray[np.bool_]:
    controls = [dataset.item_sites.get(key) for key in sourcing.row_keys()]
    return np.array([c is not None and (c.do_not_order or c.phase_out) for c in controls], dtype=bool)


def _listed(dataset: DataSet, sourcing: Sourcing, first_day: date, span: int) -> npt.NDArray[np.bool_]:
    listed = np.repeat(~_sold_off(dataset, sourcing)[:, None], span, axis=1)
    items = list(dataset.items.values())
    for row, i in enumerate(sourcing.row_item):
        introduced, ended = items[i].introduced, items[i].ended
        if introduced is not None:
            listed[row, : max(0, (introduced - first_day).days)] = False
        if ended is not None:
            listed[row, max(0, (ended - first_day).days + 1) :] = False
    return listed


def _fallback(dataset: DataSet, sourcing: Sourcing) -> Ints:
    """First orderable row of the same item at another dc, for rows that are sold off."""
    going = _sold_off(dataset, sourcing)
    is_dc = np.array([dataset.sites[site_id].kind == "dc" for site_id in sourcing.site_ids])[sourcing.row_site]
    fallback = np.full(sourcing.rows, -1, dtype=np.int64)
    for row in np.flatnonzero(going):
        others = np.flatnonzero((sourcing.row_item == sourcing.row_item[row]) & is_dc & ~going)
        if others.size:
            fallback[row] = others[0]
    return fallback


def _closed_sites(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], first_day: date, span: int
) -> npt.NDArray[np.bool_]:
    """Whether an open stocking site is closed on a day [K,D]."""
    sites = [dataset.sites[site_id] for site_id in sourcing.site_ids]
    closed = np.zeros((len(sites), span), dtype=bool)
    for change in changes:
        if change.target == "sites":
            hit = select(sites, change.where, fields=("site_id", "kind", "tier", "region"))
            closed |= hit[:, None] & during(change, first_day, np.arange(span))[None, :]
    return closed


def _cut_off(
    sourcing: Sourcing, feeding: Sequence[Lane | None], closed: npt.NDArray[np.bool_], changes: Iterable[WorldChange],
    first_day: date,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Rows whose feeding lane, or the site at its beginning, is closed on a day [N,D]."""
    cut = np.zeros((sourcing.rows, closed.shape[1]), dtype=bool)
    fed = [row for row, lane in enumerate(feeding) if lane is not None]
    lanes = [lane for lane in feeding if lane is not None]
    for row, lane in zip(fed, lanes, strict=True):
        cut[row] = closed[sourcing.site_ids.index(lane.origin_id)]
    for change in changes:
        if change.target == "lanes":
            hit = select(lanes, change.where, fields=("origin_id", "destination_id", "mode"))
            cut[np.array(fed, np.int64)[hit]] |= during(change, first_day, np.arange(closed.shape[1]))
    return cut


def _cut_lanes(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], first_day: date, span: int
) -> npt.NDArray[np.bool_]:
    """Pairs of open stocking sites between which lanes are closed on a day [K,K,D]."""
    place = {site_id: k for k, site_id in enumerate(sourcing.site_ids)}
    cut = np.zeros((len(place), len(place), span), dtype=bool)
    lanes = [lane for lane in dataset.lanes if lane.origin_id in place and lane.destination_id in place]
    for change in changes:
        if change.target == "lanes":
            for i in np.flatnonzero(select(lanes, change.where, fields=("origin_id", "destination_id", "mode"))):
                first, second = place[lanes[i].origin_id], place[lanes[i].destination_id]
                cut[first, second] |= during(change, first_day, np.arange(span))
    return cut


def _transfer_cost(dataset: DataSet, sourcing: Sourcing, feeding: Sequence[Lane | None]) -> Floats:
    """What bringing a unit from the feeding dc to the row's site costs [N]; zero for rows that suppliers feed."""
    weight = [item.weight_kg for item in dataset.items.values()]
    cost = [
        0.0 if lane is None else lane.cost_per_unit + lane.cost_per_kg * weight[i]
        for lane, i in zip(feeding, sourcing.row_item, strict=True)
    ]
    return np.array(cost, dtype=np.float64)


def _throughput(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], first_day: date, span: int
) -> Floats:
    sites = [dataset.sites[site_id] for site_id in sourcing.site_ids]
    limits = [s.throughput_units_per_day for s in sites]
    limit = np.array([np.inf if units is None else units for units in limits], dtype=np.float64)
    table = np.repeat(limit[:, None], span, axis=1)
    for change in changes:
        if change.target == "throughput":
            hit = select(sites, change.where, fields=("site_id", "kind", "tier", "region"))
            days = during(change, first_day, np.arange(span))
            table[np.ix_(hit, days)] *= float(change.value)
    return table


def _lead_time_changes(
    dataset: DataSet, changes: Iterable[WorldChange], first_day: date, span: int
) -> tuple[Floats, Floats]:
    suppliers: list[Supplier] = list(dataset.suppliers.values())
    multiply, add = np.ones((len(suppliers), span)), np.zeros((len(suppliers), span))
    for change in changes:
        if change.target == "lead_time_days":
            hit = select(suppliers, change.where, fields=("supplier_id",))
            days = during(change, first_day, np.arange(span))
            if change.operation == "multiply":
                multiply[np.ix_(hit, days)] *= float(change.value)
            else:
                add[np.ix_(hit, days)] += float(change.value)
    return multiply, add
