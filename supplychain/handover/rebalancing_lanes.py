"""Lanes on which stock can be moved between sites, as arrays over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet, Item, Site
from supplychain.handover.parents import cheapest_lanes

__all__ = ["RebalancingLanes", "freight_of", "rebalancing_lanes", "tile_lanes"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_WEEK_DAYS = 7


@dataclass(frozen=True, eq=False, slots=True)
class RebalancingLanes:
    """L ways to move an item from one stocking site to another, other than from a dc to a site that it feeds.

    ``origin``, ``destination`` [L] rows of ``Terms`` of one ``item`` [L], numbered anew in each copy of the rows;
    ``days`` [L] from the evening of departure to receipt;
    ``unit_cost`` [L] base currency a unit; ``shipment`` [L] in 0..S-1 the vehicle that all items of an origin and
    destination share, ``shipment_cost`` [S] base currency, ``departs`` [S,7] Monday first.
    """

    origin: Ints
    destination: Ints
    item: Ints
    days: Ints
    unit_cost: Floats
    shipment: Ints
    shipment_cost: Floats
    departs: npt.NDArray[np.bool_]


def rebalancing_lanes(
    dataset: DataSet, pairs: Sequence[tuple[Item, Site]], parents: Mapping[str, str]
) -> RebalancingLanes:
    """The cheapest usable lane between each two stocking sites, for every item that both list, in the rows' order."""
    rows: dict[str, dict[str, int]] = {}
    for row, (item, site) in enumerate(pairs):
        rows.setdefault(site.site_id, {})[item.item_id] = row
    number = {item_id: place for place, item_id in enumerate(dict.fromkeys(item.item_id for item, _ in pairs))}
    weight = {item.item_id: item.weight_kg for item, _ in pairs}
    lines: list[tuple[int, int, int, int, float, int]] = []
    cost: list[float] = []
    departs: list[list[bool]] = []
    for (origin_id, destination_id), lane in sorted(cheapest_lanes(dataset).items()):
        shared = rows.get(origin_id, {}).keys() & rows.get(destination_id, {}).keys()
        if parents.get(destination_id) == origin_id or not shared:
            continue
        for item_id, row in rows[origin_id].items():
            if item_id in shared:
                unit = lane.cost_per_unit + lane.cost_per_kg * weight[item_id]
                lines.append((row, rows[destination_id][item_id], number[item_id], lane.travel_days, unit, len(cost)))
        cost.append(lane.cost_per_shipment + lane.cost_per_km * lane.distance_km)
        departs.append([day in lane.departures for day in range(1, _WEEK_DAYS + 1)])
    table = np.array(lines, np.float64).reshape(-1, 6)
    return RebalancingLanes(
        origin=table[:, 0].astype(np.int64),
        destination=table[:, 1].astype(np.int64),
        item=table[:, 2].astype(np.int64),
        days=table[:, 3].astype(np.int64),
        unit_cost=table[:, 4],
        shipment=table[:, 5].astype(np.int64),
        shipment_cost=np.array(cost, np.float64),
        departs=np.array(departs, np.bool_).reshape(-1, _WEEK_DAYS),
    )


def tile_lanes(lanes: RebalancingLanes, lives: int, *, rows: int) -> RebalancingLanes:
    """The lanes of ``lives`` copies of ``rows`` rows: nothing leaves its copy."""
    shift = np.repeat(np.arange(lives), lanes.origin.size)
    items = int(lanes.item.max(initial=0)) + 1
    return RebalancingLanes(
        origin=np.tile(lanes.origin, lives) + shift * rows,
        destination=np.tile(lanes.destination, lives) + shift * rows,
        item=np.tile(lanes.item, lives) + shift * items,
        days=np.tile(lanes.days, lives),
        unit_cost=np.tile(lanes.unit_cost, lives),
        shipment=np.tile(lanes.shipment, lives) + shift * lanes.shipment_cost.size,
        shipment_cost=np.tile(lanes.shipment_cost, lives),
        departs=np.tile(lanes.departs, (lives, 1)),
    )


def freight_of(lanes: RebalancingLanes, origin: Ints, destination: Ints, quantity: Floats) -> Floats:
    """What each move of an evening costs [K]: its units, and its share by units of its shipment's own cost."""
    rows = int(max(lanes.origin.max(), lanes.destination.max())) + 1
    key = lanes.origin * rows + lanes.destination
    order = np.argsort(key, kind="stable")
    lane = order[np.searchsorted(key[order], origin * rows + destination)]
    shipment = lanes.shipment[lane]
    total = np.bincount(shipment, weights=quantity, minlength=lanes.shipment_cost.size)[shipment]
    freight: Floats = quantity * (lanes.unit_cost[lane] + lanes.shipment_cost[shipment] / total)
    return freight
