"""How long a parcel takes from each stocking site to each zone, and what it costs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx
import numpy as np
import numpy.typing as npt

from supplychain.domain.dataset import DataSet
from supplychain.domain.sites import STOCKING_KINDS, Lane, Site

__all__ = ["Fulfilment", "build_fulfilment", "departure_wait_days"]

Floats = npt.NDArray[np.float64]

_THROUGH_KINDS = frozenset({"hub", "port", "pickup_point"})


@dataclass(frozen=True)
class Fulfilment:
    """Days and money from S stocking sites (open and candidate) to Z zones.

    ``site_ids`` and ``zone_ids`` keep the order of the data set. ``days`` [S,Z] from order to door in days on
    average; ``distance_km`` [S,Z]; ``cost_per_kg`` [S,Z] money per kilogram on the way; ``cost_per_parcel`` [S,Z] money
    per parcel (handling and last mile); ``cost_per_unit`` [S,Z] money for a unit of mean weight; infinite where
    ``reachable`` [S,Z] is false. ``path`` maps (site, zone) to the lanes taken.
    """

    site_ids: tuple[str, ...]
    zone_ids: tuple[str, ...]
    days: Floats
    distance_km: Floats
    cost_per_kg: Floats
    cost_per_parcel: Floats
    cost_per_unit: Floats
    reachable: npt.NDArray[np.bool_]
    path: dict[tuple[str, str], tuple[Lane, ...]]

    def restrict(self, site_ids: Iterable[str]) -> Fulfilment:
        """The same for some of the sites, in the order of the data set."""
        wanted = set(site_ids)
        keep = [s for s, site_id in enumerate(self.site_ids) if site_id in wanted]
        return Fulfilment(
            site_ids=tuple(self.site_ids[s] for s in keep),
            zone_ids=self.zone_ids,
            days=self.days[keep],
            distance_km=self.distance_km[keep],
            cost_per_kg=self.cost_per_kg[keep],
            cost_per_parcel=self.cost_per_parcel[keep],
            cost_per_unit=self.cost_per_unit[keep],
            reachable=self.reachable[keep],
            path={key: lanes for key, lanes in self.path.items() if key[0] in wanted},
        )


def build_fulfilment(dataset: DataSet, *, mean_weight_kg: float | None = None) -> Fulfilment:
    """Follow the fastest lanes from every stocking site, candidates included, to every zone.

    Days are order processing, travel, a touch for each site passed, the mean wait for a departure of a lane that does
    not run daily, and half the run interval of the zone's tier. ``mean_weight_kg`` weighs ``cost_per_unit`` (default:
    the mean weight of the items).
    """
    sites = [s for s in dataset.sites.values() if s.kind in STOCKING_KINDS and s.status != "closed"]
    zones = list(dataset.zones)
    shape = (len(sites), len(zones))
    days, distance, per_kg, per_parcel = (np.full(shape, np.inf) for _ in range(4))
    path: dict[tuple[str, str], tuple[Lane, ...]] = {}
    best = _best_lanes(dataset, {s.site_id for s in sites})
    for s, site in enumerate(sites):
        lanes_to = _fastest_lanes(dataset, best, site.site_id)
        for z, zone in enumerate(zones):
            lanes = lanes_to.get(zone.site_id)
            if lanes is None:
                continue
            path[site.site_id, zone.site_id] = lanes
            days[s, z] = _door_days(dataset, lanes, zone)
            distance[s, z] = sum(lane.distance_km for lane in lanes)
            per_kg[s, z] = sum(lane.cost_per_kg for lane in lanes)
            per_parcel[s, z] = _parcel_cost(dataset, lanes, site, zone)
    weight = _mean_weight(dataset) if mean_weight_kg is None else mean_weight_kg
    # Without a way the cost is infinite, also of what weighs nothing: infinity times zero is no number.
    carried = np.multiply(per_kg, weight, out=np.full(shape, np.inf), where=np.isfinite(per_kg))
    per_unit = carried + per_parcel / dataset.constant("units_per_parcel")
    return Fulfilment(
        site_ids=tuple(s.site_id for s in sites),
        zone_ids=tuple(z.site_id for z in zones),
        days=days,
        distance_km=distance,
        cost_per_kg=per_kg,
        cost_per_parcel=per_parcel,
        cost_per_unit=per_unit,
        reachable=np.isfinite(days),
        path=path,
    )


def _best_lanes(dataset: DataSet, stocking: set[str]) -> nx.DiGraph[str]:
    """One lane between two sites, the fastest; nothing passes through a zone, a dc or a closed site."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    for lane in dataset.lanes:
        origin, destination = dataset.sites[lane.origin_id], dataset.sites[lane.destination_id]
        through = origin.kind in _THROUGH_KINDS and origin.status == "open"
        if not lane.usable or not (through or origin.site_id in stocking):
            continue
        if destination.status != "open" or (destination.kind != "zone" and destination.kind not in _THROUGH_KINDS):
            continue
        days = lane.transit_days + departure_wait_days(lane)
        known = graph.get_edge_data(lane.origin_id, lane.destination_id)
        if known is None or (days, lane.cost_per_kg) < (known["days"], known["lane"].cost_per_kg):
            graph.add_edge(lane.origin_id, lane.destination_id, days=days, lane=lane)
    return graph


def _fastest_lanes(dataset: DataSet, graph: nx.DiGraph[str], origin_id: str) -> dict[str, tuple[Lane, ...]]:
    if origin_id not in graph:
        return {}
    kinds = {site_id: dataset.sites[site_id].kind for site_id in graph}

    def weight(a: str, _b: str, data: dict[str, float]) -> float | None:
        passable = a == origin_id or kinds[a] in _THROUGH_KINDS
        return data["days"] if passable else None

    ways: dict[str, list[str]] = nx.single_source_dijkstra_path(graph, origin_id, weight=weight)
    return {
        target: tuple(graph[a][b]["lane"] for a, b in itertools.pairwise(way))
        for target, way in ways.items()
        if len(way) > 1
    }


def departure_wait_days(lane: Lane) -> float:
    """Mean days that a unit waits for the next departure: zero on a daily lane, 3 on a weekly one."""
    gaps = [(b - a) % 7 or 7 for a, b in zip(lane.departures, (*lane.departures[1:], lane.departures[0]), strict=True)]
    return sum(gap * (gap - 1) / 2 for gap in gaps) / 7


def _door_days(dataset: DataSet, lanes: tuple[Lane, ...], zone: Site) -> float:
    travel = sum(lane.transit_days + departure_wait_days(lane) for lane in lanes)
    touches = dataset.constant("touch_days") * (len(lanes) - 1)
    interval = {"rural": "rural_run_interval_days", "county_town": "county_run_interval_days"}.get(zone.tier)
    wait = dataset.constant(interval) / 2 if interval else 0.0
    return dataset.constant("processing_days") + travel + touches + wait


def _parcel_cost(dataset: DataSet, lanes: tuple[Lane, ...], site: Site, zone: Site) -> float:
    """Handling at the stocking site and the hubs passed, lane cost of a unit, and the last mile by tier and density."""
    units = dataset.constant("units_per_parcel")
    passed = [dataset.sites[lane.origin_id] for lane in lanes[1:]]
    handling = units * sum(place.handling_cost_per_unit for place in (site, *passed))
    lane_cost = units * sum(lane.cost_per_unit for lane in lanes)
    last_mile = dataset.constant(f"last_mile_cost_per_parcel_{zone.tier}")
    if zone.tier == "rural" and zone.density_per_km2:
        # Stops lie further apart where people do: cost falls with a power of density.
        relative = zone.density_per_km2 / dataset.constant("last_mile_reference_density")
        last_mile *= relative ** dataset.constant("last_mile_density_exponent")
    if zone.remote:
        last_mile *= 1.0 + dataset.constant("remote_surcharge_share")
    return handling + lane_cost + last_mile


def _mean_weight(dataset: DataSet) -> float:
    return float(np.mean([item.weight_kg for item in dataset.items.values()])) if dataset.items else 0.0
