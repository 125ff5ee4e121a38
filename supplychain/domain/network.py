"""The network of sites and lanes as a directed graph."""

from __future__ import annotations

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

    def unreachable(self, sources: Sequence[str], targets: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Targets that no source reaches, each with the other members of its weak component."""
        reached: set[str] = set()
        for source in sources:
            if source in self.graph and source not in reached:
                reached |= {source, *nx.descendants(self.graph, source)}
        lost = [t for t in targets if t not in reached]
        undirected = self.graph.to_undirected(as_view=True)
        return {t: tuple(sorted(nx.node_connected_component(undirected, t))) if t in self.graph else (t,) for t in lost}
