"""Judge a site plan from the data set, the fulfilment and the settings alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from supplychain.domain import DataSet
from supplychain.domain.fulfilment import Fulfilment
from supplychain.plans.judge.site_figures import judge_figures
from supplychain.plans.judge.site_ground import TOLERANCE, SiteGround, close
from supplychain.plans.site_plan import SitePlan
from supplychain.plans.violation import Violation
from supplychain.scenario.settings import Settings

__all__ = ["judge_sites"]

_OPENED = {"open": {"keep_open", "close"}, "candidate": {"open", "keep_closed"}, "closed": {"keep_closed"}}


def judge_sites(
    dataset: DataSet,
    plan: SitePlan,
    fulfilment: Fulfilment,
    demand: npt.NDArray[np.float64],
    settings: Settings,
) -> tuple[Violation, ...]:
    """Everything that is wrong with the plan; an empty tuple means it can be lived by and costs what it says.

    ``demand`` [Z] units a year, zones as in ``fulfilment``. Checked: every dc decided once, in words that fit its
    status and the mode; every zone fully assigned or listed as unserved, and no zone listed that open dcs with room
    reach; only open dcs that reach the zone serve it; capacities; the number of sites; coverage by tier afresh
    (a rule of mode ``choose``); units, days, distances, costs and their sums afresh; bound and gap.
    """
    ground = SiteGround(dataset, plan, fulfilment, demand, settings.place)
    return (
        *_decisions(ground),
        *_counts(ground),
        *_strangers(ground),
        *_shares(ground),
        *_pairs(ground),
        *_unserved(ground),
        *_capacities(ground),
        *judge_figures(ground),
    )


def _decisions(ground: SiteGround) -> Iterator[Violation]:
    seen = Counter(ground.plan.sites["site_id"])
    for site_id in ground.dcs:
        if seen[site_id] != 1:
            yield Violation("sites", f"site {site_id}", "site_id", f"{seen[site_id]} rows", "every dc has one row")
    for row in ground.plan.sites.to_dict("records"):
        site = ground.dcs.get(row["site_id"])
        record = f"site {row['site_id']}"
        if site is None:
            yield Violation("sites", record, "site_id", str(row["site_id"]), "is no dc of the data set")
            continue
        if row["status"] != site.status or row["name"] != site.name:
            value = f"{row['name']}, {row['status']}"
            yield Violation("sites", record, "status", value, f"must be as in the data: {site.name}, {site.status}")
        allowed = _OPENED[site.status]
        if ground.settings.mode == "keep":
            allowed = allowed & {"keep_open", "keep_closed"}
        if row["decision"] not in allowed:
            rule = f"a site that is {site.status} must be {' or '.join(sorted(allowed))} in mode {ground.settings.mode}"
            yield Violation("sites", record, "decision", str(row["decision"]), rule)


def _counts(ground: SiteGround) -> Iterator[Violation]:
    if ground.settings.mode == "keep":
        return
    count = sum(ground.is_open(site_id) for site_id in ground.dcs)
    most, least = ground.settings.open_at_most, ground.settings.open_at_least
    if most is not None and count > most:
        yield Violation("sites", "all", "decision", f"{count} open", f"at most {most} may be open")
    if least is not None and count < least:
        yield Violation("sites", "all", "decision", f"{count} open", f"at least {least} must be open")


def _strangers(ground: SiteGround) -> Iterator[Violation]:
    for name, frame in (("assignments", ground.plan.assignments), ("unserved", ground.plan.unserved)):
        for zone_id in sorted({str(z) for z in frame["zone_id"]} - set(ground.zone_at)):
            yield Violation(name, f"zone {zone_id}", "zone_id", zone_id, "is no zone of the data set")
        for row in frame.to_dict("records"):
            if row["zone_id"] in ground.zone_at and row["tier"] != ground.tier(row["zone_id"]):
                rule = f"must be {ground.tier(row['zone_id'])}"
                yield Violation(name, f"zone {row['zone_id']}", "tier", str(row["tier"]), rule)
    for site_id in sorted({str(s) for s in ground.plan.assignments["site_id"]} - set(ground.site_at)):
        yield Violation("assignments", f"site {site_id}", "site_id", site_id, "is no dc that may be open")


def _shares(ground: SiteGround) -> Iterator[Violation]:
    """Every zone is given out once over, between dcs and the unserved."""
    total: dict[str, float] = defaultdict(float)
    for name, rows in (("assignments", ground.assignments), ("unserved", ground.unserved)):
        for row in rows:
            share = float(row["share"])
            total[row["zone_id"]] += share
            if not 0.0 < share <= 1.0 + TOLERANCE:
                yield Violation(name, f"zone {row['zone_id']}", "share", f"{share:g}", "must be above 0 and at most 1")
    for zone_id in ground.zone_at:
        if not close(total[zone_id], 1.0):
            rule = "the shares of a zone, assigned and unserved, must sum to 1"
            yield Violation("assignments", f"zone {zone_id}", "share", f"{total[zone_id]:.9g}", rule)
    pairs = Counter((row["zone_id"], row["site_id"]) for row in ground.assignments)
    zones = Counter((row["zone_id"], "unserved") for row in ground.unserved)
    for (zone_id, site_id), count in sorted((pairs + zones).items()):
        if count > 1:
            yield Violation("assignments", f"zone {zone_id}", "site_id", f"{site_id} {count} times", "must be unique")


def _pairs(ground: SiteGround) -> Iterator[Violation]:
    for row in ground.assignments:
        record = f"zone {row['zone_id']}"
        if not ground.is_open(row["site_id"]):
            yield Violation("assignments", record, "site_id", row["site_id"], "only an open dc may serve")
        if not ground.fulfilment.reachable[ground.at(row)]:
            yield Violation("assignments", record, "site_id", row["site_id"], "does not reach the zone")


def _unserved(ground: SiteGround) -> Iterator[Violation]:
    """No zone goes without while an open dc reaches it and has room; in mode choose, while any dc reaches it."""
    for row in ground.unserved:
        zone = ground.zone_at[row["zone_id"]]
        able = [
            site_id
            for site_id, s in ground.site_at.items()
            if ground.fulfilment.reachable[s, zone] and _could_serve(ground, site_id)
        ]
        if able and float(row["share"]) > TOLERANCE:
            rule = f"{', '.join(able)} could serve it"
            yield Violation("unserved", f"zone {row['zone_id']}", "share", f"{float(row['share']):g}", rule)
        if not str(row["reason"] or "").strip():
            yield Violation("unserved", f"zone {row['zone_id']}", "reason", "", "an unserved zone must have a reason")


def _could_serve(ground: SiteGround, site_id: str) -> bool:
    if ground.settings.mode == "choose":
        return True
    left = ground.capacity(site_id) - ground.units_by_site.get(site_id, 0.0)
    return ground.is_open(site_id) and left > TOLERANCE * max(1.0, float(ground.demand.sum()))


def _capacities(ground: SiteGround) -> Iterator[Violation]:
    slack = TOLERANCE * max(1.0, float(ground.demand.mean()) if ground.demand.size else 0.0)
    for site_id, units in sorted(ground.units_by_site.items()):
        capacity = ground.capacity(site_id)
        if units > capacity * (1.0 + TOLERANCE) + slack:
            rule = f"the dc ships at most {capacity:,.6g} units a year"
            yield Violation("assignments", f"site {site_id}", "units_per_year", f"{units:,.6g}", rule)
