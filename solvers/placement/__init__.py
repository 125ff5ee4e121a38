"""Which sites to open and what each serves."""

from solvers.placement.check import check_solution
from solvers.placement.exact import solve_exact
from solvers.placement.problem import CoverageRule, PlacementProblem
from solvers.placement.solution import PlacementSolution, Reason
from solvers.placement.write import write_placement

__all__ = [
    "CoverageRule",
    "PlacementProblem",
    "PlacementSolution",
    "Reason",
    "check_solution",
    "solve_exact",
    "write_placement",
]
