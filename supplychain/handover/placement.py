"""Which dc sites are open and which zone each serves: domain -> placement problem -> site plan, and back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.placement import CoverageRule, PlacementProblem, PlacementSolution, Reason, solve_exact
from solvers.status import Progress, Status
from supplychain.domain import TIERS, DataSet, Site
from supplychain.domain.fulfilment import Fulfilment
from supplychain.errors import InfeasibleError, Problem, SupplyChainError
from supplychain.handover.placement_keep import keep_flows
from supplychain.handover.placement_tables import Flows, site_plan
from supplychain.plans.amounts import significant
from supplychain.plans.site_plan import SitePlan
from supplychain.scenario.settings import PlaceSettings, Settings

__all__ = ["apply_site_plan", "place", "placement_problem"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, eq=False)
class _Ground:
    """The dc sites of the fulfilment, their rows in it, and the zones that at least one of them reaches."""

    sites: tuple[Site, ...]
    rows: Ints
    zones: Ints


def place(
    dataset: DataSet,
    settings: Settings,
    fulfilment: Fulfilment,
    demand: Floats,
    *,
    seed: int,
    progress: Progress | None = None,
) -> SitePlan:
    """Decide which dc sites are open and share out the zones among them.

    ``demand`` [Z] is in units a year, zones as in ``fulfilment``. Mode ``keep`` leaves every site as it is and serves
    each zone from the cheapest open dc with room; ``choose`` minimises fixed cost (less subsidy) plus cost from order
    to door a year, under capacities, the number of sites and coverage by tier. Coverage counts the units that can be
    served at all; zones that no site reaches are listed with their part of the network, the rest is planned.
    Front warehouses and hubs take no part in the decision, nor do inbound transport and the stock that more sites tie
    up.

    Raises InfeasibleError, naming the rules that cannot hold together, and SupplyChainError when the node limit came
    before any plan.
    """
    _check_demand(fulfilment, demand)
    ground = _ground(dataset, fulfilment)
    if settings.place.mode == "keep":
        is_open = np.array([site.status == "open" for site in ground.sites], dtype=np.bool_)
        flows = keep_flows(
            is_open,
            capacity=_capacity(ground.sites),
            demand=demand,
            unit_cost=fulfilment.cost_per_unit[ground.rows],
            fixed_cost=_fixed_cost(ground.sites),
        )
    else:
        flows = _chosen_flows(dataset, settings.place, fulfilment, demand, ground=ground, seed=seed, progress=progress)
    return site_plan(dataset, settings.place, fulfilment, demand, sites=ground.sites, rows=ground.rows, flows=flows)


def placement_problem(
    dataset: DataSet, settings: PlaceSettings, fulfilment: Fulfilment, demand: Floats
) -> PlacementProblem:
    """The problem of mode ``choose``: dc sites, and the zones that at least one of them reaches; a year."""
    return _problem(dataset, settings, fulfilment, demand, ground=_ground(dataset, fulfilment))


def apply_site_plan(dataset: DataSet, plan: SitePlan) -> DataSet:
    """The data set with the sites opened and closed as planned, for the steps that follow."""
    status = {
        site_id: "open" if decision == "open" else "closed"
        for site_id, decision in plan.sites[["site_id", "decision"]].itertuples(index=False)
        if decision in ("open", "close")
    }
    sites = {
        site_id: dataclasses.replace(site, status=status[site_id]) if site_id in status else site
        for site_id, site in dataset.sites.items()
    }
    return dataclasses.replace(dataset, sites=sites)


def _check_demand(fulfilment: Fulfilment, demand: Floats) -> None:
    if demand.shape != (len(fulfilment.zone_ids),):
        raise ValueError(f"demand: shape {demand.shape}: must be ({len(fulfilment.zone_ids)},)")
    if not (np.isfinite(demand).all() and (demand >= 0).all()):
        raise ValueError("demand: must be finite and not negative")


def _ground(dataset: DataSet, fulfilment: Fulfilment) -> _Ground:
    rows = np.array(
        [r for r, site_id in enumerate(fulfilment.site_ids) if dataset.sites[site_id].kind == "dc"], dtype=np.int64
    )
    zones = np.flatnonzero(fulfilment.reachable[rows].any(axis=0))
    return _Ground(tuple(dataset.sites[fulfilment.site_ids[r]] for r in rows), rows, zones)


def _capacity(sites: tuple[Site, ...]) -> Floats:
    """Units a year; inf where unlimited."""
    daily = [np.inf if s.throughput_units_per_day is None else s.throughput_units_per_day for s in sites]
    return np.array(daily, dtype=np.float64) * _DAYS_PER_YEAR


def _fixed_cost(sites: tuple[Site, ...]) -> Floats:
    """Money a year, less subsidy."""
    return np.array([s.fixed_cost_per_year * (1.0 - s.subsidy_share) for s in sites], dtype=np.float64)


def _problem(
    dataset: DataSet, settings: PlaceSettings, fulfilment: Fulfilment, demand: Floats, *, ground: _Ground
) -> PlacementProblem:
    zones = [dataset.sites[fulfilment.zone_ids[z]] for z in ground.zones]
    pairs = np.ix_(ground.rows, ground.zones)
    rules = tuple(
        CoverageRule(TIERS.index(tier), tier, days, share)
        for tier in TIERS
        if (days := getattr(settings.target_days, tier)) is not None
        and (share := getattr(settings.covered_share, tier)) is not None
    )
    return PlacementProblem.of(
        fixed_cost=_fixed_cost(ground.sites),
        demand=demand[ground.zones],
        unit_cost=fulfilment.cost_per_unit[pairs],
        capacity=_capacity(ground.sites),
        days=fulfilment.days[pairs],
        allowed=fulfilment.reachable[pairs],
        tier=np.array([TIERS.index(zone.tier) for zone in zones], dtype=np.int64),
        site_names=tuple(site.site_id for site in ground.sites),
        zone_names=tuple(zone.site_id for zone in zones),
        coverage=rules,
        open_at_most=settings.open_at_most,
        open_at_least=settings.open_at_least,
    )


def _chosen_flows(
    dataset: DataSet,
    settings: PlaceSettings,
    fulfilment: Fulfilment,
    demand: Floats,
    *,
    ground: _Ground,
    seed: int,
    progress: Progress | None,
) -> Flows:
    problem = _problem(dataset, settings, fulfilment, demand, ground=ground)
    solution = solve_exact(
        problem,
        engine=settings.engine,
        gap=settings.gap,
        node_limit=settings.node_limit,
        start=np.array([site.status == "open" for site in ground.sites], dtype=np.bool_),
        seed=seed,
        progress=progress,
    )
    if solution.status is Status.INFEASIBLE:
        raise InfeasibleError(
            "placement: no choice of sites keeps every rule; the least that would have to give way:",
            [_as_problem(problem, settings, reason) for reason in solution.reasons],
        )
    if not solution.found:
        raise SupplyChainError(f"placement: no plan within {settings.node_limit} nodes. Fix: raise place.node_limit")
    return _as_flows(solution, ground)


def _as_flows(solution: PlacementSolution, ground: _Ground) -> Flows:
    return Flows(
        is_open=solution.is_open,
        arc_site=solution.arc_site,
        arc_zone=ground.zones[solution.arc_zone],
        arc_share=solution.arc_share,
        bound=solution.bound,
        status=solution.status.value,
        engine=solution.engine,
    )


def _as_problem(problem: PlacementProblem, settings: PlaceSettings, reason: Reason) -> Problem:
    """A reason in the words of the scenario and the tables."""
    short = f"short by {significant(reason.amount, 6)} {reason.unit} a year" if reason.unit == "units" else ""
    if reason.rule == "coverage":
        tier = reason.record.split(" ")[0]
        rule = next(r for r in problem.coverage if r.name == tier)
        total = float(problem.demand[problem.tier == rule.tier].sum())
        reached = max(0.0, rule.minimal_share - reason.amount / total)
        return Problem(
            "scenario",
            f"tier {tier}",
            f"place.covered_share.{tier}",
            f"{rule.minimal_share:g}",
            f"cannot hold within {rule.target_days:g} days beside the other rules: {short}",
            f"ask for at most {reached:.4f}, allow more days, or let more or other sites open",
        )
    if reason.rule == "capacity":
        fix = "raise its capacity, let more sites open, or add candidates"
        return Problem(
            "sites", f"site_id {reason.record}", "throughput_units_per_day", "", f"room for a year is {short}", fix
        )
    if reason.rule in ("open_at_most", "open_at_least"):
        limit = str(getattr(settings, reason.rule))
        rule_text = f"{reason.amount:g} sites away from what the data allow; there are {problem.n_sites} dc sites"
        return Problem("scenario", "place", f"place.{reason.rule}", limit, rule_text, "change the number of sites")
    return Problem("sites", reason.record, reason.rule, "", f"cannot hold: {short}", "add a lane or a site")
