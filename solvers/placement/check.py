"""Check a placement solution from the problem alone; shares no code with the solvers."""

from __future__ import annotations

import math

import numpy as np

from solvers.placement.problem import PlacementProblem
from solvers.placement.solution import PlacementSolution

__all__ = ["check_solution"]


def check_solution(problem: PlacementProblem, solution: PlacementSolution, *, tolerance: float = 1e-6) -> list[str]:
    """Everything that is wrong with a solution; empty when it holds. ``tolerance`` is relative."""
    if not math.isfinite(solution.cost):
        return [] if solution.arc_site.size == 0 else ["flows without a cost"]
    flow = np.zeros((problem.n_sites, problem.n_zones))
    np.add.at(flow, (solution.arc_site, solution.arc_zone), solution.arc_share)
    faults = _flow_faults(problem, solution, flow, tolerance)
    faults += _site_faults(problem, solution, flow, tolerance)
    for rule in problem.coverage:
        inside = (problem.tier == rule.tier)[None, :] & (problem.days <= rule.target_days)
        need = rule.minimal_share * problem.demand[problem.tier == rule.tier].sum()
        have = float((flow * problem.demand)[inside].sum())
        if have < need - tolerance * max(1.0, need):
            faults.append(f"coverage {rule.name}: {have:g} units within {rule.target_days:g} days, must be {need:g}")
    return faults + _cost_faults(problem, solution, flow, tolerance)


def _flow_faults(
    problem: PlacementProblem, solution: PlacementSolution, flow: np.ndarray, tolerance: float
) -> list[str]:
    faults = [
        f"{problem.zone_names[z]}: shares sum to {flow[:, z].sum():.9g}, must be 1"
        for z in np.flatnonzero(np.abs(flow.sum(axis=0) - 1) > tolerance)
    ]
    bad = (flow < 0) | ((flow > 0) & ~(problem.allowed & solution.is_open[:, None]))
    faults += [
        f"{problem.zone_names[z]}: served by {problem.site_names[s]}, which is closed or not allowed"
        for s, z in zip(*np.nonzero(bad), strict=True)
    ]
    if problem.single_source:
        split = np.flatnonzero(((flow > tolerance) & (flow < 1 - tolerance)).any(axis=0))
        faults += [f"{problem.zone_names[z]}: served by several sites" for z in split]
    return faults


def _site_faults(
    problem: PlacementProblem, solution: PlacementSolution, flow: np.ndarray, tolerance: float
) -> list[str]:
    units = flow @ problem.demand
    mean = float(problem.demand.sum()) / max(1, problem.n_zones)
    over = units > problem.capacity * (1 + tolerance) + tolerance * max(1.0, mean)
    faults = [
        f"{problem.site_names[s]}: {units[s]:g} units, capacity {problem.capacity[s]:g}" for s in np.flatnonzero(over)
    ]
    forced = (problem.must_open & ~solution.is_open) | (problem.must_close & solution.is_open)
    faults += [f"{problem.site_names[s]}: breaks a forced decision" for s in np.flatnonzero(forced)]
    count = int(solution.is_open.sum())
    if problem.open_at_most is not None and count > problem.open_at_most:
        faults.append(f"{count} sites open, at most {problem.open_at_most}")
    if problem.open_at_least is not None and count < problem.open_at_least:
        faults.append(f"{count} sites open, at least {problem.open_at_least}")
    opened = problem.place[solution.is_open]
    if len(np.unique(opened)) < len(opened):
        faults.append("two sizes open at one place")
    return faults


def _cost_faults(
    problem: PlacementProblem, solution: PlacementSolution, flow: np.ndarray, tolerance: float
) -> list[str]:
    cost = np.where(flow > 0, problem.unit_cost, 0.0) * flow * problem.demand
    total = float(problem.fixed_cost @ solution.is_open + cost.sum())
    slack = tolerance * max(1.0, abs(total))
    faults = []
    if abs(total - solution.cost) > slack:
        faults.append(f"cost {solution.cost:.9g}, counted afresh {total:.9g}")
    if solution.bound > solution.cost + slack:
        faults.append(f"bound {solution.bound:.9g} above the cost {solution.cost:.9g}")
    gap = max(0.0, solution.cost - solution.bound) / max(abs(solution.cost), 1e-9)
    if math.isfinite(solution.bound) and abs(gap - solution.gap) > tolerance:
        faults.append(f"gap {solution.gap:.3g}, must be {gap:.3g}")
    return faults
