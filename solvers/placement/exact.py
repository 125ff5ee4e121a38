"""Placement by branch and bound: small and middle sizes, proven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from solvers.milp import MilpSolution, relative_gap, solve_milp, tighten
from solvers.placement.model import PlacementModel, build_model, with_rows
from solvers.placement.problem import PlacementProblem
from solvers.placement.solution import PlacementSolution, Reason, no_solution, solution_cost
from solvers.status import Progress, Status

__all__ = ["solve_exact"]

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_ALL_STRONG_ROWS = 20_000  # up to so many arcs all strong rows go in at once; beyond, those that the relaxation breaks


def solve_exact(
    problem: PlacementProblem,
    *,
    engine: str = "highs",
    gap: float = 0.0,
    node_limit: int | None = None,
    seconds: float | None = None,
    start: Flags | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> PlacementSolution:
    """Solve the mixed-integer model; arguments as in :func:`solvers.milp.solve_milp`.

    ``start`` [S] are the sites open in a first plan. An infeasible problem comes back with reasons: the rules that
    give way in the least-priced repair.
    """
    model = build_model(problem)
    if len(model.arc_site) <= _ALL_STRONG_ROWS:
        model = with_rows(model, model.strong_rows(np.arange(len(model.arc_site))))
    else:
        seconds = None if seconds is None else seconds / 2  # half for the relaxation, half for the search
        model = replace(model, milp=tighten(model.milp, model.separate, seconds=seconds, seed=seed))
    found = solve_milp(
        model.milp,
        engine=engine,
        gap=gap,
        node_limit=node_limit,
        seconds=seconds,
        start=_start_values(model, start, partial=engine == "highs"),
        seed=seed,
        progress=progress,
        explain=False,
    )
    rows = model.milp.n_rows
    if found.values is None:
        reasons = _explain(problem, seed=seed) if found.status is Status.INFEASIBLE else ()
        return no_solution(
            problem, found.status, engine=found.engine, bound=found.bound, nodes=found.nodes, rows=rows, reasons=reasons
        )
    return _polished(problem, model, found, seed=seed)


def _start_values(model: PlacementModel, start: Flags | None, *, partial: bool) -> Floats | None:
    """Known sites, unknown flows: HiGHS completes them; other engines cannot, so they get no start."""
    if start is None or not partial:
        return None
    values = np.full(model.milp.n_columns, np.nan)
    values[: model.n_sites] = start
    return values


def _explain(problem: PlacementProblem, *, seed: int) -> tuple[Reason, ...]:
    """The rules that give way, by priced slacks; what is closed still serves nobody."""
    model = build_model(problem, room=False)
    tied = with_rows(model, model.strong_rows(np.arange(len(model.arc_site))))
    return tied.reasons(solve_milp(tied.milp, gap=0.01, seed=seed).conflict)


def _polished(problem: PlacementProblem, model: PlacementModel, found: MilpSolution, *, seed: int) -> PlacementSolution:
    """The open sites found, with flows solved again for exactly these sites, and the cost counted from the flows."""
    assert found.values is not None
    is_open = found.values[: model.n_sites] > 0.5
    share = found.values[model.n_sites :]
    if not problem.single_source:
        fixed = replace(
            model.milp,
            lower=np.concatenate([is_open.astype(np.float64), np.zeros(len(share))]),
            upper=np.concatenate([is_open.astype(np.float64), is_open[model.arc_site].astype(np.float64)]),
            integer=np.zeros(model.milp.n_columns, np.bool_),
        )
        flows = solve_milp(fixed, seed=seed, explain=False)
        share = share if flows.values is None else flows.values[model.n_sites :]
    share = np.where(share < 1e-9, 0.0, share)
    share = share / np.bincount(model.arc_zone, share, minlength=problem.n_zones)[model.arc_zone]
    used = np.flatnonzero(share)
    site, zone, share = model.arc_site[used], model.arc_zone[used], share[used]
    fixed_cost, serving_cost = solution_cost(problem, is_open, arc_site=site, arc_zone=zone, arc_share=share)
    cost = fixed_cost + serving_cost
    bound = min(found.bound, cost)
    return PlacementSolution(
        status=found.status,
        is_open=is_open,
        arc_site=site,
        arc_zone=zone,
        arc_share=share,
        fixed_cost=fixed_cost,
        serving_cost=serving_cost,
        cost=cost,
        bound=bound,
        gap=relative_gap(cost, bound),
        engine=found.engine,
        nodes=found.nodes,
        rows=model.milp.n_rows,
    )
