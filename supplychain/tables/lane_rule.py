"""The lane rule great_circle: truck lanes that nobody wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from supplychain.domain import Lane, Site

__all__ = ["fill_lanes", "great_circle_matrix"]

_EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the IUGG, as in domain.great_circle_km


def great_circle_matrix(
    lat1: npt.NDArray[np.float64],
    lon1: npt.NDArray[np.float64],
    lat2: npt.NDArray[np.float64],
    lon2: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Great-circle kilometres [A,B] between points [A] and points [B] in degrees WGS-84 (haversine formula)."""
    phi1, phi2 = np.radians(lat1)[:, None], np.radians(lat2)[None, :]
    half = np.sin((phi2 - phi1) / 2) ** 2
    half += np.cos(phi1) * np.cos(phi2) * np.sin(np.radians(lon2[None, :] - lon1[:, None]) / 2) ** 2
    distance: npt.NDArray[np.float64] = 2 * _EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
    return distance


def fill_lanes(sites: Sequence[Site], given: Sequence[Lane], constants: Mapping[str, float]) -> tuple[Lane, ...]:
    """Truck lanes from each open or candidate dc, where the table has none.

    They lead to every other dc, front warehouse and hub that is not closed, and to every zone that no hub serves.
    A lane that the table gives, be it closed, is never filled. Order: origin, then destination, as in ``sites``.
    Constants: ``circuity`` (road km over great-circle km), ``line_haul_km_per_day``, ``line_haul_cost_per_kg_km``.
    """
    kinds = {site.site_id: site.kind for site in sites}
    from_hub = {lane.destination_id for lane in given if kinds.get(lane.origin_id) == "hub"}
    present = {(lane.origin_id, lane.destination_id) for lane in given if lane.mode == "truck"}
    origins = [site for site in sites if site.kind == "dc" and site.status != "closed"]
    targets = [site for site in sites if site.status != "closed" and _is_target(site, from_hub)]
    if not origins or not targets:
        return ()
    origin_points = np.array([(site.lat, site.lon) for site in origins])
    target_points = np.array([(site.lat, site.lon) for site in targets])
    distances = constants["circuity"] * great_circle_matrix(*origin_points.T, *target_points.T)
    days = distances / constants["line_haul_km_per_day"]
    costs = distances * constants["line_haul_cost_per_kg_km"]
    return tuple(
        Lane(origin.site_id, target.site_id, distance, day, cost_per_kg=cost, filled=True)
        for origin, *row in zip(origins, distances.tolist(), days.tolist(), costs.tolist(), strict=True)
        for target, distance, day, cost in zip(targets, *row, strict=True)
        if origin.site_id != target.site_id and (origin.site_id, target.site_id) not in present
    )


def _is_target(site: Site, from_hub: set[str]) -> bool:
    if site.kind == "zone":
        return site.site_id not in from_hub
    return site.kind in {"dc", "front_warehouse", "hub"}
