"""Capacitated lot sizing of many items with setup times: problem in, plan with a proven bound out."""

from solvers.replenishment.lot_sizing.check import check_solution
from solvers.replenishment.lot_sizing.problem import LotSizingProblem
from solvers.replenishment.lot_sizing.solution import LotSizingSolution
from solvers.replenishment.lot_sizing.solve import solve_lot_sizing
from solvers.replenishment.lot_sizing.textbook import textbook_model

__all__ = ["LotSizingProblem", "LotSizingSolution", "check_solution", "solve_lot_sizing", "textbook_model"]
