"""Why a dc is open or closed under a placement, in money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from supplychain.domain import Site

if TYPE_CHECKING:
    from supplychain.handover.placement_tables import Flows

__all__ = ["why"]

Floats = npt.NDArray[np.float64]


def why(sites: tuple[Site, ...], flows: Flows, *, unit_cost: Floats, demand: Floats, mode: str) -> list[str]:
    """One sentence for each dc, from what its zones would cost elsewhere; capacities of the others are not counted.

    ``unit_cost`` [S,Z] with inf where unreachable, ``demand`` [Z] units a year.
    """
    if mode == "keep":
        return [_kept(site) for site in sites]
    now = np.zeros(len(demand))  # what serving a zone costs now
    np.add.at(now, flows.arc_zone, flows.arc_share * demand[flows.arc_zone] * unit_cost[flows.arc_site, flows.arc_zone])
    served = np.bincount(flows.arc_zone, minlength=len(demand)) > 0
    return [
        _opened(s, site, flows, unit_cost, demand)
        if flows.is_open[s]
        else _closed(s, site, now=now[served], alone=unit_cost[s, served] * demand[served])
        for s, site in enumerate(sites)
    ]


def _kept(site: Site) -> str:
    return "Open today; mode keep changes nothing." if site.status == "open" else "Not open; mode keep opens nothing."


def _closed(s: int, site: Site, *, now: Floats, alone: Floats) -> str:
    """At most so much would be saved by serving zones from here instead of from where they are served."""
    saved = float(np.maximum(0.0, now - alone).sum())
    fixed = site.fixed_cost_per_year * (1.0 - site.subsidy_share)
    if saved <= fixed:
        return f"Would save at most {saved:,.0f} a year on delivery and costs {fixed:,.0f}."
    return (
        f"Would save at most {saved:,.0f} a year on delivery and costs {fixed:,.0f}; other rules or other sites that "
        "save more stand against it."
    )


def _opened(s: int, site: Site, flows: Flows, unit_cost: Floats, demand: Floats) -> str:
    """At least so much more would its zones cost from the other open sites."""
    arcs = flows.arc_site == s
    zones, units = flows.arc_zone[arcs], demand[flows.arc_zone[arcs]] * flows.arc_share[arcs]
    others = flows.is_open.copy()
    others[s] = False
    elsewhere = unit_cost[others][:, zones].min(axis=0, initial=np.inf)
    fixed = site.fixed_cost_per_year * (1.0 - site.subsidy_share)
    alone = int(np.isinf(elsewhere).sum())
    if alone:
        return f"{alone} of its {len(zones)} zones have no other open dc; it costs {fixed:,.0f} a year."
    more = float((units * (elsewhere - unit_cost[s, zones])).sum())
    text = f"Its {len(zones)} zones would cost at least {more:,.0f} a year more from elsewhere; it costs {fixed:,.0f}."
    return text if more >= fixed else text[:-1] + "; its room, or coverage, or the number of sites is needed."
