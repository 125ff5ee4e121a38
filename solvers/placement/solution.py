"""What a placement solver found."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.placement.problem import PlacementProblem
from solvers.status import Status

__all__ = ["PlacementSolution", "Reason", "no_solution", "solution_cost"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that has to give way before a plan exists.

    ``rule`` is zone, capacity, coverage, open_at_most, open_at_least, place, must_open or must_close; ``record`` the
    site, zone or tier; ``amount`` by how much, in ``unit``, in the least-priced repair.
    """

    rule: str
    record: str
    amount: float
    unit: str

    def __str__(self) -> str:
        return f"{self.rule} {self.record}: short by {self.amount:,.6g} {self.unit}".replace("  ", " ")


@dataclass(frozen=True, eq=False)
class PlacementSolution:
    """Open sites and flows, with a proven bound.

    ``is_open`` [S]; the flows are A arcs: ``arc_site``, ``arc_zone`` index sites and zones, ``arc_share`` is the share
    of the zone's demand, sorted by zone then site. ``cost`` = ``fixed_cost`` + ``serving_cost``; ``gap`` =
    (cost - bound) / abs(cost). Without a plan ``cost`` is inf, the arrays are empty and ``reasons`` say why.
    ``rows`` counts rows of the model solved, ``nodes`` those of the search tree.
    """

    status: Status
    is_open: Flags
    arc_site: Ints
    arc_zone: Ints
    arc_share: Floats
    fixed_cost: float
    serving_cost: float
    cost: float
    bound: float
    gap: float
    engine: str
    nodes: int = 0
    rows: int = 0
    reasons: tuple[Reason, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a plan."""
        return math.isfinite(self.cost)


def solution_cost(
    problem: PlacementProblem, is_open: Flags, *, arc_site: Ints, arc_zone: Ints, arc_share: Floats
) -> tuple[float, float]:
    """Fixed and serving cost of open sites and flows."""
    units = problem.demand[arc_zone] * arc_share
    return float(problem.fixed_cost[is_open].sum()), float((problem.unit_cost[arc_site, arc_zone] * units).sum())


def no_solution(
    problem: PlacementProblem,
    status: Status,
    *,
    engine: str,
    bound: float = -math.inf,
    nodes: int = 0,
    rows: int = 0,
    reasons: tuple[Reason, ...] = (),
) -> PlacementSolution:
    """The answer when there is no plan."""
    nowhere, nothing = np.zeros(0, np.int64), np.zeros(0)
    return PlacementSolution(
        status=status,
        is_open=np.zeros(problem.n_sites, np.bool_),
        arc_site=nowhere,
        arc_zone=nowhere.copy(),
        arc_share=nothing,
        fixed_cost=math.inf,
        serving_cost=math.inf,
        cost=math.inf,
        bound=bound,
        gap=math.inf,
        engine=engine,
        nodes=nodes,
        rows=rows,
        reasons=reasons,
    )
