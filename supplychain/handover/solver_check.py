"""Asks each solver for an answer that is known, for ``supplychain doctor``."""

from __future__ import annotations

import numpy as np
from pyvrp import Model
from pyvrp.stop import MaxIterations

from solvers.milp import MilpProblem, solve_milp

__all__ = ["SOLVERS", "check_solver"]

SOLVERS = ("highs", "pulp", "pyvrp")
_TOLERANCE = 1e-6


def check_solver(name: str) -> str:
    """Empty when the solver gives the known answer, else what it gave; raises ValueError for an unknown name."""
    if name not in SOLVERS:
        raise ValueError(f"solver {name!r}: must be one of {', '.join(SOLVERS)}")
    wanted, found = (28.0, _shortest_tour()) if name == "pyvrp" else (9.0, _most(name))
    return "" if abs(found - wanted) <= _TOLERANCE else f"found {found:g} where {wanted:g} is right"


def _most(engine: str) -> float:
    """Largest 3x + 2y with x + y <= 4 and x <= 1.5 in whole numbers: 9 at x = 1, y = 3."""
    problem = MilpProblem.of([-3.0, -2.0], np.array([[1.0, 1.0], [1.0, 0.0]]), row_upper=[4.0, 1.5], integer=True)
    solution = solve_milp(problem, engine=engine)
    return float("nan") if solution.values is None else -problem.objective(solution.values)


def _shortest_tour() -> float:
    """Shortest tour from a corner of a rectangle of 6 by 8 over its other corners: its outline, 28."""
    model = Model()
    corners = [(0, 0), (6, 0), (6, 8), (0, 8)]
    places = [model.add_location(x, y) for x, y in corners]
    model.add_depot(places[0])
    for place in places[1:]:
        model.add_client(place)
    model.add_vehicle_type(1)
    for a, start in zip(corners, places, strict=True):
        for b, end in zip(corners, places, strict=True):
            model.add_edge(start, end, distance=round(float(np.hypot(a[0] - b[0], a[1] - b[1]))))
    return float(model.solve(MaxIterations(20), seed=1, display=False).cost())
