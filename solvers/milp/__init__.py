"""The one door to mixed-integer solvers: sparse arrays in, arrays out.

HiGHS gets the arrays as they are; PuLP gets the same model for CBC or any other solver that PuLP knows.
"""

from solvers.milp.problem import Conflict, MilpProblem, MilpSolution, relative_gap
from solvers.milp.solve import solve_milp
from solvers.milp.tighten import Rows, tighten
from solvers.milp.write import write_model

__all__ = [
    "Conflict",
    "MilpProblem",
    "MilpSolution",
    "Rows",
    "relative_gap",
    "solve_milp",
    "tighten",
    "write_model",
]
