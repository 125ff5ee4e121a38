"""The figures of a site plan, counted afresh."""

from __future__ import annotations

import math
from collections.abc import Iterator

from supplychain.domain import TIERS
from supplychain.plans.judge.site_ground import TOLERANCE, Row, SiteGround, close
from supplychain.plans.violation import Violation

__all__ = ["judge_figures"]


def judge_figures(ground: SiteGround) -> Iterator[Violation]:
    """Units, days, distances, costs, coverage, sums, bound and gap."""
    yield from _assignment_figures(ground)
    yield from _site_figures(ground)
    yield from _coverage(ground)
    yield from _meta(ground)


def _differing(plan: str, record: str, row: Row, truth: dict[str, float]) -> Iterator[Violation]:
    for field, value in truth.items():
        if not close(row[field], value):
            yield Violation(plan, record, field, f"{float(row[field]):.9g}", f"counted afresh it is {value:.9g}")


def _assignment_figures(ground: SiteGround) -> Iterator[Violation]:
    for row in ground.assignments:
        at = ground.at(row)
        truth = {
            "units_per_year": ground.units(row),
            "distance_km": float(ground.fulfilment.distance_km[at]),
            "days": float(ground.fulfilment.days[at]),
            "cost_per_unit": float(ground.fulfilment.cost_per_unit[at]),
            "cost": ground.cost(row),
        }
        yield from _differing("assignments", f"zone {row['zone_id']}", row, truth)
    for row in ground.unserved:
        yield from _differing("unserved", f"zone {row['zone_id']}", row, {"units_per_year": ground.units(row)})


def _site_figures(ground: SiteGround) -> Iterator[Violation]:
    for row in ground.plan.sites.to_dict("records"):
        site_id = row["site_id"]
        if site_id not in ground.dcs:
            continue
        units, capacity = ground.units_by_site.get(site_id, 0.0), ground.capacity(site_id)
        truth = {
            "zones": float(sum(a["site_id"] == site_id for a in ground.assignments)),
            "units_per_year": units,
            "capacity_units_per_year": capacity,
            "use": units / capacity if capacity > 0 else 0.0,
            "fixed_cost": ground.fixed_cost(site_id),
            "handling_cost": units * ground.dcs[site_id].handling_cost_per_unit,
        }
        yield from _differing("sites", f"site {site_id}", row, truth)
        if not str(row["why"] or "").strip():
            yield Violation("sites", f"site {site_id}", "why", "", "every decision must have a reason")


def _coverage(ground: SiteGround) -> Iterator[Violation]:
    rows: dict[str, Row] = {row["tier"]: row for row in ground.plan.coverage.to_dict("records")}
    if len(rows) != len(ground.plan.coverage):
        yield Violation("coverage", "all", "tier", "twice", "every tier has one row")
    for tier in TIERS:
        truth = _tier_figures(ground, tier)
        if (truth is not None) != (tier in rows):
            value = "present" if tier in rows else "missing"
            yield Violation("coverage", f"tier {tier}", "tier", value, "every tier with demand has a row, no other")
        if truth is None or tier not in rows:
            continue
        yield from _differing("coverage", f"tier {tier}", rows[tier], truth)
        need, have = truth["required_share"], truth["covered_share"]
        if ground.settings.mode == "choose" and not math.isnan(have) and have < need - TOLERANCE:
            rule = f"at least {need:g} must be covered within {truth['target_days']:g} days"
            yield Violation("coverage", f"tier {tier}", "covered_share", f"{have:.9g}", rule)


def _tier_figures(ground: SiteGround, tier: str) -> dict[str, float] | None:
    """Coverage of a tier; None when it has no demand."""
    total = sum(ground.wanted(zone_id) for zone_id in ground.zone_at if ground.tier(zone_id) == tier)
    if total <= 0:
        return None
    target, share = getattr(ground.settings.target_days, tier), getattr(ground.settings.covered_share, tier)
    rows = [row for row in ground.assignments if ground.tier(row["zone_id"]) == tier]
    units = [(ground.units(row), float(ground.fulfilment.days[ground.at(row)])) for row in rows]
    served = sum(u for u, _ in units)
    inside = math.nan if target is None else sum(u for u, days in units if days <= target)
    return {
        "target_days": math.nan if target is None else target,
        "covered_share": inside / served if served > 0 else math.nan,
        "required_share": math.nan if target is None or share is None else share,
        "mean_days": sum(u * days for u, days in units) / served if served > 0 else math.nan,
        "units_per_year": served,
        "unserved_units_per_year": sum(
            ground.units(row) for row in ground.unserved if ground.tier(row["zone_id"]) == tier
        ),
    }


def _meta(ground: SiteGround) -> Iterator[Violation]:
    meta = ground.plan.meta
    names = ("mode", "status", "engine", "cost", "fixed_cost", "handling_cost", "delivery_cost", "bound", "gap")
    missing = [name for name in names if name not in meta]
    for name in missing:
        yield Violation("meta", name, "value", "missing", "must be there")
    if missing:
        return
    if meta["mode"] != ground.settings.mode:
        yield Violation("meta", "mode", "value", str(meta["mode"]), f"the settings say {ground.settings.mode}")
    fixed = sum(ground.fixed_cost(site_id) for site_id in ground.dcs)
    serving = sum(ground.cost(row) for row in ground.assignments)
    handling = sum(
        units * ground.dcs[site_id].handling_cost_per_unit for site_id, units in ground.units_by_site.items()
    )
    total = fixed + serving
    truth = {"cost": total, "fixed_cost": fixed, "handling_cost": handling, "delivery_cost": serving - handling}
    for name, value in truth.items():
        if not close(meta[name], value, total):
            yield Violation("meta", name, "value", str(meta[name]), f"counted afresh it is {value:.9g}")
    bound, gap = float(meta["bound"]), float(meta["gap"])
    if not bound <= total + TOLERANCE * max(1.0, abs(total)):
        yield Violation("meta", "bound", "value", f"{bound:.9g}", f"must not be above the cost {total:.9g}")
    elif not close(gap, (total - bound) / abs(total) if total else 0.0):
        yield Violation("meta", "gap", "value", f"{gap:.9g}", "must be (cost - bound) / cost")
