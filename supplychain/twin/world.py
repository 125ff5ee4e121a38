"""What really happens: demand, supplier lead times, closures and capacity. Nobody but the twin reads the actuals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Supplier
from supplychain.domain.fulfilment import Fulfilment, build_fulfilment
from supplychain.domain.select import select
from supplychain.domain.sourcing import Sourcing
from supplychain.errors import DataError, Problem

__all__ = ["Entries", "World", "WorldChange", "build_world", "draw_lead_times"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SPIN_UP_WINDOW_DAYS = 28


class WorldChange(Protocol):
    """A scenario's change of the world: target, filter, operation, value, first and last day."""

    @property
    def target(self) -> str:
        """One of demand, lead_time_days, lanes, sites, throughput."""
        ...

    @property
    def where(self) -> Mapping[str, Any]:
        """Filter."""
        ...

    @property
    def operation(self) -> str:
        """One of multiply, add, value."""
        ...

    @property
    def value(self) -> Any:
        """Operand."""
        ...

    @property
    def first(self) -> date | None:
        """First day."""
        ...

    @property
    def last(self) -> date | None:
        """Last day, included."""
        ...


@dataclass(frozen=True, slots=True)
class Entries:
    """Demand of the measured days, one entry (day, zone, row): what customers order and on which terms it can arrive.

    ``day`` counts from the first simulated day. ``base_days`` is the mean delivery time in days (infinite where the
    zone cannot be reached), ``cost_per_unit`` money for one unit on the way, ``price`` what the customer pays.
    """

    day: Ints
    row: Ints
    zone: Ints
    quantity: Floats
    price: Floats
    base_days: Floats
    cost_per_unit: Floats


@dataclass(frozen=True, slots=True)
class World:
    """The truth over D simulated days, of which the first ``spin_up`` are dropped.

    ``demand`` [N,D] units; ``entries`` hold the measured days by zone; ``closed`` [N,D] rows that cannot ship;
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
    transfer_cost_per_unit: Floats,
) -> World:  # fmt: skip
    """Set up the truth.

    ``history`` is (quantity [N,T], in_stock [N,T]) up to ``as_of``: the spin-up lives through its last days, with
    sold-out days filled by the mean of the days around them. ``transfer_cost_per_unit`` [N] is what bringing a unit
    from the dc to the row costs.
    Raises DataError when the data set has no actuals.
    """
    actuals = dataset.actuals
    if actuals is None:
        problem = Problem("actuals", "", "", "", "the closed loop needs demand after as_of", "add a table actuals")
        raise DataError("nothing to live through", [problem])
    measured = actuals.days if days is None else min(days, actuals.days)
    spin_up = min(spin_up_days, dataset.demand.days - _SPIN_UP_WINDOW_DAYS)
    first_day = dataset.as_of + timedelta(days=1 - spin_up)
    span = spin_up + measured
    entries = _entries(
        dataset, sourcing, fulfilment, spin_up=spin_up, measured=measured, transfer=transfer_cost_per_unit
    )
    entries = _surprise(dataset, sourcing, entries, changes, first_day=first_day, seed=seed)
    entries = _reroute(dataset, sourcing, entries, changes, first_day)
    demand = np.zeros((sourcing.rows, span))
    demand[:, :spin_up] = _unconstrained(*history)[:, history[0].shape[1] - spin_up :]
    cell = entries.row * span + entries.day
    demand += np.bincount(cell, weights=entries.quantity, minlength=demand.size).reshape(demand.shape)
    multiply, add = _lead_time_changes(dataset, changes, first_day, span)
    unserved = np.flatnonzero((sourcing.zone_row < 0).all(axis=1))
    return World(
        first_day=first_day,
        spin_up=spin_up,
        demand=demand,
        entries=entries,
        closed=_closed_rows(dataset, sourcing, changes, first_day, span),
        throughput=_throughput(dataset, sourcing, changes, first_day, span),
        lead_multiply=multiply,
        lead_add=add,
        unreachable=tuple(sourcing.zone_ids[z] for z in unserved),
        listed=_listed(dataset, sourcing, first_day, span),
        fallback=_fallback(dataset, sourcing),
    )


def draw_lead_times(
    mean_days: Floats, sd_days: Floats, world: World, *, lives: Sequence[int], seed: int, noise: bool
) -> Ints:
    """Whole days from order to receipt [L,U,D] for each life, supplier and order day; gamma with the given moments.

    Each life draws from its own generator, so that policies and scenarios meet the same luck and the number of
    workers does not matter.
    """
    shape = (len(mean_days), world.days)
    drawn = np.empty((len(lives), *shape))
    for index, life in enumerate(lives):
        uniform = np.random.default_rng([seed, 101, life]).random(shape)
        drawn[index] = mean_days[:, None] if not noise else _gamma_quantile(uniform, mean_days, sd_days)
    days = drawn * world.lead_multiply + world.lead_add
    return np.maximum(1, np.rint(days)).astype(np.int64)


def _gamma_quantile(uniform: Floats, mean: Floats, sd: Floats) -> Floats:
    from scipy.special import gammaincinv

    safe_sd = np.maximum(sd, 1e-6 * np.maximum(mean, 1.0))
    shape = (np.maximum(mean, 1e-9) / safe_sd) ** 2
    scale = safe_sd**2 / np.maximum(mean, 1e-9)
    steady = sd <= 1e-6
    drawn = gammaincinv(np.minimum(shape, 1e6)[:, None], uniform) * scale[:, None]
    return np.where(steady[:, None], mean[:, None], drawn)


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


def _entries(
    dataset: DataSet, sourcing: Sourcing, fulfilment: Fulfilment, *, spin_up: int, measured: int, transfer: Floats
) -> Entries:
    actuals = dataset.actuals
    assert actuals is not None
    zone_at = {zone_id: z for z, zone_id in enumerate(sourcing.zone_ids)}
    item_at = {item_id: i for i, item_id in enumerate(sourcing.item_ids)}
    zone = np.array([zone_at[z] for z in actuals.zone_ids], dtype=np.int64)[actuals.zone]
    item = np.array([item_at[i] for i in actuals.item_ids], dtype=np.int64)[actuals.item]
    row = sourcing.zone_row[zone, item]
    keep = (actuals.day < measured) & (row >= 0)
    zone, item, row = zone[keep], item[keep], row[keep]
    items = list(dataset.items.values())
    usual = np.array([dataset.to_base(thing.price, thing.currency) for thing in items])[item]
    price = np.where(np.isnan(actuals.price[keep]), usual, actuals.price[keep])
    weight = np.array([thing.weight_kg for thing in items])[item]
    site = sourcing.fulfilment_site[row]
    units = dataset.constant("units_per_parcel")
    way = fulfilment.cost_per_kg[site, zone] * weight + fulfilment.cost_per_parcel[site, zone] / units
    return Entries(
        day=actuals.day[keep].astype(np.int64) + spin_up,
        row=row,
        zone=zone,
        quantity=actuals.quantity[keep],
        price=price,
        base_days=fulfilment.days[site, zone],
        cost_per_unit=way + transfer[row],
    )


def _surprise(
    dataset: DataSet,
    sourcing: Sourcing,
    entries: Entries,
    changes: Iterable[WorldChange],
    *,
    first_day: date,
    seed: int,
) -> Entries:
    """Multiply or add to demand where a scenario says so; whole units, rounded at random without bias."""
    quantity = entries.quantity.copy()
    zones, items = list(dataset.zones), list(dataset.items.values())
    touched = np.zeros(quantity.size, dtype=bool)
    for change in changes:
        if change.target != "demand":
            continue
        hit = select(zones, change.where, fields=("site_id", "tier", "region", "remote"))[entries.zone]
        hit &= select(items, change.where, fields=("item_id", "category"))[sourcing.row_item[entries.row]]
        hit &= _during(change, first_day, entries.day)
        touched |= hit
        operand = float(change.value)
        quantity[hit] = quantity[hit] * operand if change.operation == "multiply" else quantity[hit] + operand
    if touched.any():
        dither = np.random.default_rng([seed, 103]).random(quantity.size)
        quantity = np.where(touched, np.maximum(0.0, np.floor(quantity + dither)), quantity)
    return replace(entries, quantity=quantity)


def _reroute(
    dataset: DataSet, sourcing: Sourcing, entries: Entries, changes: Iterable[WorldChange], first_day: date
) -> Entries:
    """While lanes are closed, parcels take the next best way, or wait until the lane opens again."""
    days, cost = entries.base_days.copy(), entries.cost_per_unit.copy()
    for change in changes:
        if change.target != "lanes":
            continue
        closed = select(dataset.lanes, change.where, fields=("origin_id", "destination_id", "mode"))
        left = tuple(lane for lane, gone in zip(dataset.lanes, closed, strict=True) if not gone)
        around = build_fulfilment(replace(dataset, lanes=left))
        usual = build_fulfilment(dataset)
        site = sourcing.fulfilment_site[entries.row]
        hit = _during(change, first_day, entries.day)
        cut = hit & ~around.reachable[site, entries.zone] & usual.reachable[site, entries.zone]
        longer = hit & ~cut
        days[longer] += (around.days - usual.days)[site, entries.zone][longer]
        cost[longer] += (around.cost_per_unit - usual.cost_per_unit)[site, entries.zone][longer]
        if change.last is not None:
            days[cut] += (change.last - first_day).days + 1 - entries.day[cut]
    return replace(entries, base_days=days, cost_per_unit=cost)


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


def _closed_rows(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], first_day: date, span: int
) -> npt.NDArray[np.bool_]:
    closed = np.zeros((sourcing.rows, span), dtype=bool)
    sites = [dataset.sites[site_id] for site_id in sourcing.site_ids]
    for change in changes:
        if change.target == "sites":
            hit = select(sites, change.where, fields=("site_id", "kind", "tier", "region"))[sourcing.row_site]
            closed |= hit[:, None] & _during(change, first_day, np.arange(span))[None, :]
    return closed


def _throughput(
    dataset: DataSet, sourcing: Sourcing, changes: Iterable[WorldChange], first_day: date, span: int
) -> Floats:
    sites = [dataset.sites[site_id] for site_id in sourcing.site_ids]
    limit = np.array([s.throughput_units_per_day if s.throughput_units_per_day else np.inf for s in sites])
    table = np.repeat(limit[:, None], span, axis=1)
    for change in changes:
        if change.target == "throughput":
            hit = select(sites, change.where, fields=("site_id", "kind", "tier", "region"))
            days = _during(change, first_day, np.arange(span))
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
            days = _during(change, first_day, np.arange(span))
            if change.operation == "multiply":
                multiply[np.ix_(hit, days)] *= float(change.value)
            else:
                add[np.ix_(hit, days)] += float(change.value)
    return multiply, add


def _during(change: WorldChange, first_day: date, day: Ints) -> npt.NDArray[np.bool_]:
    low = (change.first - first_day).days if change.first else -(10**6)
    high = (change.last - first_day).days if change.last else 10**6
    return (day >= low) & (day <= high)
