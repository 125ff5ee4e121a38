"""Share out zones among the sites that are open anyway."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from supplychain.handover.placement_tables import Flows

__all__ = ["keep_flows"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def keep_flows(is_open: Flags, *, capacity: Floats, demand: Floats, unit_cost: Floats, fixed_cost: Floats) -> Flows:
    """Each zone from the cheapest open site with room; the zone that would lose most by its second choice goes first.

    ``is_open``, ``capacity`` (units a year, inf where unlimited), ``fixed_cost`` [S]; ``demand`` [Z] units a year;
    ``unit_cost`` [S,Z], inf where unreachable. What finds no room stays unserved. The bound counts every zone that
    has room somewhere at its cheapest open site; it is exact when no capacity binds.
    """
    room = np.where(is_open, capacity, 0.0)
    cost = np.where(is_open[:, None], unit_cost, np.inf)
    arcs: list[tuple[int, int, float]] = []
    served = np.zeros(len(demand))
    for zone in _by_regret(cost, demand):
        for site in np.argsort(cost[:, zone], kind="stable"):
            left = 1.0 - served[zone]
            if left <= 0.0 or not np.isfinite(cost[site, zone]):
                break
            share = left if demand[zone] == 0 else min(left, room[site] / demand[zone])
            if share <= 0.0:
                continue
            arcs.append((int(zone), int(site), float(share)))
            served[zone] = 1.0 if share == left else served[zone] + share
            room[site] -= share * demand[zone]
    arcs.sort()
    zones, sites, shares = zip(*arcs, strict=True) if arcs else ((), (), ())
    reached = served > 0
    cheapest = cost.min(axis=0, initial=np.inf)[reached]
    bound = float(fixed_cost[is_open].sum() + (cheapest * demand[reached] * served[reached]).sum())
    return Flows(
        is_open=is_open,
        arc_site=np.array(sites, dtype=np.int64),
        arc_zone=np.array(zones, dtype=np.int64),
        arc_share=np.array(shares, dtype=np.float64),
        bound=bound,
        status="feasible",
        engine="cheapest open site",
    )


def _by_regret(cost: Floats, demand: Floats) -> list[int]:
    """Zones by what their second choice would cost more, most first; equal ones in order."""
    if cost.shape[0] < 2:
        return list(range(cost.shape[1]))
    ranked = np.sort(cost, axis=0)
    with np.errstate(invalid="ignore"):
        regret = (ranked[1] - ranked[0]) * demand
    regret = np.where(np.isinf(ranked[1]) & np.isfinite(ranked[0]), np.inf, np.nan_to_num(regret, nan=0.0))
    return [int(z) for z in np.argsort(-regret, kind="stable")]
