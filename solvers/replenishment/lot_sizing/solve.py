"""Solve capacitated lot sizing: relax, repair, improve, prove."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from solvers.milp import relative_gap
from solvers.replenishment.lot_sizing.improve import Budget, Plan, improve, plan_cost
from solvers.replenishment.lot_sizing.model import Clock, LotModel, Outcome
from solvers.replenishment.lot_sizing.problem import LotSizingProblem
from solvers.replenishment.lot_sizing.relaxation import relax_capacity
from solvers.replenishment.lot_sizing.solution import LotSizingSolution
from solvers.replenishment.lot_sizing.whole import solve_textbook
from solvers.status import Progress, Status

__all__ = ["solve_lot_sizing"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_OPTIMAL_GAP = 1e-6
_KERNEL_SHARE = 0.1  # of the seconds, for the model of what the relaxation leaves undecided
_IMPROVE_SHARE = 0.5  # of the seconds; the rest searches and proves with all setups free
_SMALL, _SMALL_SHARE = 1000, 0.3  # up to so many shares of demands the textbook model searches better than it is weak
_LARGE, _LARGE_SHARE = 6000, 0.75  # from so many shares on the whole model finds little beyond its bound
_DOUBTFUL = 1e-3  # a setup this far from 0 and 1 in the relaxation is undecided


def solve_lot_sizing(
    problem: LotSizingProblem,
    *,
    solves: int = 40,
    node_limit: int = 50,
    seconds: float | None = None,
    clock: Clock | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> LotSizingSolution:
    """A plan of low cost with a proven bound.

    Capacity is relaxed first (a bound and a plan), then the linear relaxation of the facility-location model says
    which setups are doubtful; models of parts improve the plan, and the whole model improves and proves what it can.
    ``solves`` is the most models, each of at most ``node_limit`` nodes (the same answer on every machine);
    ``seconds`` limits the whole instead and makes the answer depend on the machine; ``clock``, such as
    ``time.process_time``, counts them, without one the solver does while it solves.

    Raises ValueError for an argument out of range. An infeasible problem comes back as such, with the time missing.
    """
    _check_arguments(solves, node_limit, seconds)
    model = LotModel(problem, seed)
    budget = Budget.of(seconds, clock, solves, node_limit)
    relaxation = relax_capacity(problem)
    nothing, everything = np.zeros(problem.demand.shape, np.bool_), np.ones(problem.demand.shape, np.bool_)
    linear = budget.take(model.solve(nothing, everything, strict=True, relaxed=True))
    if linear.infeasible:
        loose = budget.take(model.solve(nothing, everything, strict=False, relaxed=True))
        return _without_plan(Status.INFEASIBLE, plan_cost(model, loose), math.inf, budget)
    bound = max(relaxation.bound, linear.bound)
    plan = _first_plan(model, relaxation.setups, linear.setups, budget)
    generator = np.random.default_rng(seed)
    shares = model.arcs[0].size
    share = _SMALL_SHARE if shares <= _SMALL else _LARGE_SHARE if shares > _LARGE else _IMPROVE_SHARE
    for better in improve(model, plan, linear.setups, budget, share=share, generator=generator):
        plan = better
        if progress is not None and plan.feasible:
            progress(plan.cost, bound)
        if plan.feasible and relative_gap(plan.cost, bound) <= _OPTIMAL_GAP:
            break
    if plan.feasible and relative_gap(plan.cost, bound) <= _OPTIMAL_GAP:
        return _solution(problem, plan, bound, budget)
    whole = _whole(model, plan, budget)
    bound = max(bound, whole.bound)
    if np.isfinite(whole.cost):
        last = plan_cost(model, whole)
        plan = last if last.cost < plan.cost else plan
    if not plan.feasible:
        limit = Status.INFEASIBLE if whole.infeasible else Status.TIME_LIMIT
        return _without_plan(limit, plan, math.inf if whole.infeasible else bound, budget)
    return _solution(problem, plan, bound, budget)


def _check_arguments(solves: int, node_limit: int, seconds: float | None) -> None:
    faults = [
        f"{name}: {value}: must be at least 1"
        for name, value in (("solves", solves), ("node_limit", node_limit))
        if value < 1
    ]
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        faults.append(f"seconds: {seconds}: must be positive and finite")
    if faults:
        raise ValueError("lot sizing: " + "; ".join(faults))


def _first_plan(model: LotModel, setups: Flags, relaxed: Floats, budget: Budget) -> Plan:
    """The better of the plan of the relaxed capacity, with what it lacks priced, and of what is left undecided."""
    plan = plan_cost(model, budget.take(model.solve(setups, setups, strict=False)))
    outcome = budget.take(
        model.solve(
            relaxed > 1.0 - _DOUBTFUL,
            relaxed > _DOUBTFUL,
            strict=False,
            limits=budget.limits(_KERNEL_SHARE),
        )
    )
    if not np.isfinite(outcome.cost):
        return plan
    other = plan_cost(model, outcome)
    return other if other.cost < plan.cost else plan


def _whole(model: LotModel, plan: Plan, budget: Budget) -> Outcome:
    """The model with all setups free, from the best plan."""
    if model.arcs[0].size <= _SMALL:
        return budget.take(solve_textbook(model, plan.quantity if plan.feasible else None, limits=budget.limits()))
    return budget.take(
        model.solve(
            np.zeros(plan.setups.shape, np.bool_),
            np.ones(plan.setups.shape, np.bool_),
            strict=True,
            start=plan.setups if plan.feasible else None,
            limits=budget.limits(),
        )
    )


def _solution(problem: LotSizingProblem, plan: Plan, bound: float, budget: Budget) -> LotSizingSolution:
    setup, holding, unit = problem.costs(plan.quantity)
    cost = setup + holding + unit
    bound = min(bound, cost)
    gap = relative_gap(cost, bound)
    limit = Status.FEASIBLE if budget.seconds is None else Status.TIME_LIMIT
    return LotSizingSolution(
        status=Status.OPTIMAL if gap <= _OPTIMAL_GAP else limit,
        quantity=plan.quantity,
        setup_cost=setup,
        holding_cost=holding,
        unit_cost=unit,
        cost=cost,
        bound=bound,
        gap=gap,
        missing_time=np.zeros(problem.capacity.size),
        solves=budget.solves,
        nodes=budget.nodes,
    )


def _without_plan(status: Status, plan: Plan, bound: float, budget: Budget) -> LotSizingSolution:
    return LotSizingSolution(
        status=status,
        quantity=plan.quantity,
        setup_cost=math.inf,
        holding_cost=math.inf,
        unit_cost=math.inf,
        cost=math.inf,
        bound=bound,
        gap=math.inf,
        missing_time=plan.missing_time,
        solves=budget.solves,
        nodes=budget.nodes,
    )
