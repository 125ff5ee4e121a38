"""What customers order in the measured days, and on which terms it can arrive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.domain.fulfilment import Fulfilment, build_fulfilment
from supplychain.domain.select import select
from supplychain.domain.sourcing import Sourcing
from supplychain.scenario import WorldChange
from supplychain.twin.change import during

__all__ = ["Entries", "build_entries"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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


def build_entries(
    dataset: DataSet, sourcing: Sourcing, fulfilment: Fulfilment, *, spin_up: int, measured: int,
    changes: Sequence[WorldChange], seed: int, transfer: Floats,
) -> Entries:  # fmt: skip
    """The actuals of the first ``measured`` days with the scenario's surprises and closed lanes.

    ``transfer`` [N] is what bringing a unit from the dc to the row costs. Days count from the first simulated day,
    which lies ``spin_up`` days before the first measured one.
    """
    assert dataset.actuals is not None
    first_day = dataset.actuals.first_day - timedelta(days=spin_up)
    entries = _entries(dataset, sourcing, fulfilment, spin_up=spin_up, measured=measured, transfer=transfer)
    entries = _surprise(dataset, sourcing, entries, changes, first_day=first_day, seed=seed)
    return _reroute(dataset, sourcing, entries, changes, first_day, last=spin_up + measured)


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
    usual = np.array([thing.price for thing in items])[item]
    rate = np.array([dataset.to_base(1.0, thing.currency) for thing in items])[item]
    price = np.where(np.isnan(actuals.price[keep]), usual, actuals.price[keep]) * rate
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
        hit &= during(change, first_day, entries.day)
        touched |= hit
        operand = float(change.value)
        quantity[hit] = quantity[hit] * operand if change.operation == "multiply" else quantity[hit] + operand
    if touched.any():
        dither = np.random.default_rng([seed, 103]).random(quantity.size)
        quantity = np.where(touched, np.maximum(0.0, np.floor(quantity + dither)), quantity)
    return replace(entries, quantity=quantity)


def _reroute(
    dataset: DataSet,
    sourcing: Sourcing,
    entries: Entries,
    changes: Iterable[WorldChange],
    first_day: date,
    *,
    last: int,
) -> Entries:
    """While lanes are closed, parcels take the next best way, or wait until the lane opens again.

    A lane that stays closed keeps them waiting to the end, day ``last``.
    """
    days, cost = entries.base_days.copy(), entries.cost_per_unit.copy()
    closures = [change for change in changes if change.target == "lanes"]
    usual = build_fulfilment(dataset) if closures else None
    for change in closures:
        assert usual is not None
        closed = select(dataset.lanes, change.where, fields=("origin_id", "destination_id", "mode"))
        left = tuple(lane for lane, gone in zip(dataset.lanes, closed, strict=True) if not gone)
        around = build_fulfilment(replace(dataset, lanes=left))
        site = sourcing.fulfilment_site[entries.row]
        hit = during(change, first_day, entries.day) & usual.reachable[site, entries.zone]
        cut = hit & ~around.reachable[site, entries.zone]
        longer = np.flatnonzero(hit & ~cut)
        at = (site[longer], entries.zone[longer])
        days[longer] += around.days[at] - usual.days[at]
        weight = np.array([item.weight_kg for item in dataset.items.values()])[sourcing.row_item[entries.row[longer]]]
        cost[longer] += (around.cost_per_kg[at] - usual.cost_per_kg[at]) * weight
        cost[longer] += (around.cost_per_parcel[at] - usual.cost_per_parcel[at]) / dataset.constant("units_per_parcel")
        opens = last if change.last is None else (change.last - first_day).days + 1
        days[cut] += opens - entries.day[cut]
    return replace(entries, base_days=days, cost_per_unit=cost)
