"""Flows of a placement as the tables of a site plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from supplychain.domain import TIERS, DataSet, Site
from supplychain.domain.fulfilment import Fulfilment
from supplychain.handover.placement_why import why
from supplychain.plans.site_plan import SitePlan, site_plan_frame
from supplychain.scenario.settings import PlaceSettings

__all__ = ["Flows", "site_plan"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_DAYS_PER_YEAR = 365.0
_WHOLE = 1.0 - 1e-9  # a zone served up to this share is served


@dataclass(frozen=True, eq=False)
class Flows:
    """Open dc sites and who serves whom: ``arc_site`` [A] indexes dc sites, ``arc_zone`` [A] fulfilment zones."""

    is_open: Flags
    arc_site: Ints
    arc_zone: Ints
    arc_share: Floats
    bound: float
    status: str
    engine: str


def site_plan(
    dataset: DataSet,
    settings: PlaceSettings,
    fulfilment: Fulfilment,
    demand: Floats,
    *,
    sites: tuple[Site, ...],
    rows: Ints,
    flows: Flows,
) -> SitePlan:
    """The plan of ``flows``; ``rows`` [S] are the rows of the dc ``sites`` in the fulfilment."""
    units = demand[flows.arc_zone] * flows.arc_share
    cost = units * fulfilment.cost_per_unit[rows[flows.arc_site], flows.arc_zone]
    per_site = np.bincount(flows.arc_site, units, minlength=len(sites))
    fixed = np.array([s.fixed_cost_per_year * (1.0 - s.subsidy_share) for s in sites]) * flows.is_open
    handling = np.array([s.handling_cost_per_unit for s in sites]) * per_site
    reasons = why(sites, flows, unit_cost=fulfilment.cost_per_unit[rows], demand=demand, mode=settings.mode)
    site_rows = [
        _site_row(site, bool(flows.is_open[s]), units=float(per_site[s]), zones=int((flows.arc_site == s).sum()))
        | {"fixed_cost": float(fixed[s]), "handling_cost": float(handling[s]), "why": reasons[s]}
        for s, site in enumerate(sites)
    ]
    site_rows += [_closed_row(site) for site in dataset.sites.values() if site.kind == "dc" and site.status == "closed"]
    total = float(fixed.sum() + cost.sum())
    bound = min(flows.bound, total)
    gap = (total - bound) / abs(total) if total else 0.0
    return SitePlan(
        sites=site_plan_frame("sites", site_rows),
        assignments=site_plan_frame("assignments", _assignments(dataset, fulfilment, demand, rows=rows, flows=flows)),
        coverage=site_plan_frame("coverage", _coverage(dataset, settings, fulfilment, demand, rows=rows, flows=flows)),
        unserved=site_plan_frame("unserved", _unserved(dataset, fulfilment, demand, rows=rows, flows=flows)),
        meta={
            "mode": settings.mode,
            "status": flows.status,
            "engine": flows.engine,
            "cost": total,
            "fixed_cost": float(fixed.sum()),
            "handling_cost": float(handling.sum()),
            "delivery_cost": float(cost.sum() - handling.sum()),
            "bound": bound,
            "gap": gap,
        },
    )


def _site_row(site: Site, is_open: bool, *, units: float, zones: int) -> dict[str, Any]:
    decision = (
        ("keep_open" if is_open else "close") if site.status == "open" else ("open" if is_open else "keep_closed")
    )
    daily = site.throughput_units_per_day
    capacity = np.inf if daily is None else daily * _DAYS_PER_YEAR
    return {
        "site_id": site.site_id,
        "name": site.name,
        "status": site.status,
        "decision": decision,
        "zones": zones,
        "units_per_year": units,
        "capacity_units_per_year": capacity,
        "use": units / capacity if capacity > 0 else 0.0,
    }


def _closed_row(site: Site) -> dict[str, Any]:
    row = _site_row(site, False, units=0.0, zones=0)
    return row | {"fixed_cost": 0.0, "handling_cost": 0.0, "why": "Closed in the data, so it is no choice."}


def _assignments(
    dataset: DataSet, fulfilment: Fulfilment, demand: Floats, *, rows: Ints, flows: Flows
) -> list[dict[str, Any]]:
    records = []
    for arc, zone in enumerate(flows.arc_zone):
        row, share = rows[flows.arc_site[arc]], float(flows.arc_share[arc])
        units, per_unit = float(demand[zone]) * share, float(fulfilment.cost_per_unit[row, zone])
        records.append(
            {
                "zone_id": fulfilment.zone_ids[zone],
                "tier": dataset.sites[fulfilment.zone_ids[zone]].tier,
                "site_id": fulfilment.site_ids[row],
                "share": share,
                "units_per_year": units,
                "distance_km": float(fulfilment.distance_km[row, zone]),
                "days": float(fulfilment.days[row, zone]),
                "cost_per_unit": per_unit,
                "cost": units * per_unit,
            }
        )
    return records


def _coverage(
    dataset: DataSet,
    settings: PlaceSettings,
    fulfilment: Fulfilment,
    demand: Floats,
    *,
    rows: Ints,
    flows: Flows,
) -> list[dict[str, Any]]:
    tiers = np.array([TIERS.index(dataset.sites[zone_id].tier) for zone_id in fulfilment.zone_ids], dtype=np.int64)
    units = demand[flows.arc_zone] * flows.arc_share
    days = fulfilment.days[rows[flows.arc_site], flows.arc_zone]
    records = []
    for index, tier in enumerate(TIERS):
        total = float(demand[tiers == index].sum())
        if total <= 0:
            continue
        arcs = np.flatnonzero(tiers[flows.arc_zone] == index)
        served = float(units[arcs].sum())
        target, share = getattr(settings.target_days, tier), getattr(settings.covered_share, tier)
        inside = np.nan if target is None else float(units[arcs[days[arcs] <= target]].sum())
        records.append(
            {
                "tier": tier,
                "target_days": np.nan if target is None else target,
                "covered_share": inside / served if served > 0 else np.nan,
                "required_share": np.nan if share is None or target is None else share,
                "mean_days": float((units * days)[arcs].sum()) / served if served > 0 else np.nan,
                "units_per_year": served,
                "unserved_units_per_year": max(0.0, total - served),
            }
        )
    return records


def _unserved(
    dataset: DataSet, fulfilment: Fulfilment, demand: Floats, *, rows: Ints, flows: Flows
) -> list[dict[str, Any]]:
    served = np.bincount(flows.arc_zone, flows.arc_share, minlength=len(demand))
    reached: Flags = np.any(fulfilment.reachable[rows[flows.is_open]], axis=0)
    missing = np.flatnonzero(served < _WHOLE)
    lost = [fulfilment.zone_ids[z] for z in missing if not reached[z]]
    parts = dataset.network.unreachable([], lost)
    records = []
    for zone in missing:
        zone_id = fulfilment.zone_ids[zone]
        share = 1.0 - float(served[zone])
        reason = (
            "The open dc sites that reach it have no room left." if reached[zone] else _cut_off(dataset, parts[zone_id])
        )
        records.append(
            {
                "zone_id": zone_id,
                "tier": dataset.sites[zone_id].tier,
                "share": share,
                "units_per_year": share * float(demand[zone]),
                "reason": reason,
            }
        )
    return records


def _cut_off(dataset: DataSet, part: tuple[str, ...]) -> str:
    """Why no dc reaches a zone, with the sites of its part of the network."""
    named = ", ".join(part[:8]) + (f" and {len(part) - 8} more" if len(part) > 8 else "")
    inside = [site_id for site_id in part if dataset.sites[site_id].kind == "dc"]
    if inside:
        return f"No usable lanes lead from {', '.join(inside[:8])} to it; its part of the network: {named}."
    return f"No open dc is connected with it; its part of the network: {named}."
