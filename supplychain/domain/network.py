"""The network of sites and lanes as a directed graph."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import networkx as nx

from supplychain.domain.sites import Lane, Site

__all__ = ["Network", "great_circle_km"]

_EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the IUGG


def great_circle_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres between two WGS-84 points (haversine formula)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


@dataclass(frozen=True)
class Network:
    """Open sites as nodes, usable lanes as arcs (several modes between two sites are parallel arcs)."""

    graph: nx.MultiDiGraph[str] = field(repr=False)

    @classmethod
    def build(cls, sites: Iterable[Site], lanes: Iterable[Lane]) -> Network:
        """Build the graph; closed sites, candidates and closed lanes stay outside."""
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for site in sites:
            if site.status == "open":
                graph.add_node(site.site_id, site=site)
        for lane in lanes:
            if lane.usable and lane.origin_id in graph and lane.destination_id in graph:
                graph.add_edge(lane.origin_id, lane.destination_id, key=lane.mode, lane=lane)
        return cls(graph)

    def lanes_into(self, site_id: str) -> list[Lane]:
        """Usable lanes that end at the site."""
        return [data["lane"] for _, _, data in self.graph.in_edges(site_id, data=True)]

    def lanes_between(self, origin_id: str, destination_id: str) -> list[Lane]:
        """Usable lanes of every mode between two sites."""
        if not self.graph.has_edge(origin_id, destination_id):
            return []
        return [data["lane"] for data in self.graph[origin_id][destination_id].values()]

    def fastest_path(self, origin_id: str, destination_id: str) -> list[Lane] | None:
        """Lanes of the path with the fewest transit days, or None when there is none."""
        if origin_id not in self.graph or destination_id not in self.graph:
            return None
        try:
            nodes = nx.shortest_path(self.graph, origin_id, destination_id, weight=_days)
        except nx.NetworkXNoPath:
            return None
        pairs = itertools.pairwise(nodes)
        return [min(self.lanes_between(a, b), key=lambda lane: lane.transit_days) for a, b in pairs]

    def unreachable(self, sources: Sequence[str], targets: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Targets that no source reaches, each with the other members of its weak component."""
        reached: set[str] = set()
        for source in sources:
            if source in self.graph and source not in reached:
                reached |= {source, *nx.descendants(self.graph, source)}
        lost = [t for t in targets if t not in reached]
        undirected = self.graph.to_undirected(as_view=True)
        return {t: tuple(sorted(nx.node_connected_component(undirected, t))) if t in self.graph else (t,) for t in lost}


def _days(_origin: str, _destination: str, arcs: dict[str, dict[str, Lane]]) -> float:
    return min(data["lane"].transit_days for data in arcs.values())
