"""Which dc feeds which front warehouse or hub."""

from __future__ import annotations

import math

from supplychain.domain import DataSet, Lane

__all__ = ["cheapest_lanes", "feeding_lane", "parents_of"]


def parents_of(dataset: DataSet) -> dict[str, str]:
    """Front warehouse or hub -> the open dc with the cheapest usable lane to it; those without a lane are left out.

    Cheapest means the cost of one unit of the items' mean weight; then the fixed cost of a shipment, then transit
    days, then the order of the data set.
    """
    dcs = [site.site_id for site in dataset.stocking_sites if site.kind == "dc"]
    lanes: dict[str, list[Lane]] = {}
    for lane in dataset.lanes:
        if lane.usable and lane.origin_id in dcs:
            lanes.setdefault(lane.destination_id, []).append(lane)
    weight = _mean_weight_kg(dataset)
    children = [site.site_id for site in dataset.stocking_sites if site.kind != "dc" and site.site_id in lanes]
    return {child: min(lanes[child], key=lambda lane: _price(lane, weight)).origin_id for child in children}


def feeding_lane(dataset: DataSet, origin_id: str, destination_id: str) -> Lane | None:
    """The cheapest usable lane between two sites, or None."""
    weight = _mean_weight_kg(dataset)
    lanes = [
        lane
        for lane in dataset.lanes
        if lane.usable and lane.origin_id == origin_id and lane.destination_id == destination_id
    ]
    return min(lanes, key=lambda lane: _price(lane, weight), default=None)


def cheapest_lanes(dataset: DataSet) -> dict[tuple[str, str], Lane]:
    """(origin, destination) -> ``feeding_lane``, for every two stocking sites with a usable lane."""
    stocking = {site.site_id for site in dataset.stocking_sites}
    weight = _mean_weight_kg(dataset)
    found: dict[tuple[str, str], Lane] = {}
    for lane in dataset.lanes:
        key = (lane.origin_id, lane.destination_id)
        if not (lane.usable and stocking.issuperset(key)):
            continue
        if key not in found or _price(lane, weight) < _price(found[key], weight):
            found[key] = lane
    return found


def _mean_weight_kg(dataset: DataSet) -> float:
    return math.fsum(item.weight_kg for item in dataset.items.values()) / max(len(dataset.items), 1)


def _price(lane: Lane, weight_kg: float) -> tuple[float, float, float]:
    unit = lane.cost_per_unit + lane.cost_per_kg * weight_kg
    shipment = lane.cost_per_shipment + lane.cost_per_km * lane.distance_km
    return unit, shipment, lane.transit_days
