"""Stocking rules of many SKUs on given sample paths: simulate them, and tune them."""

from solvers.replenishment.simulation.perishable import PerishableResult, simulate_perishable
from solvers.replenishment.simulation.problem import DemandTables, Levels, StockedItems
from solvers.replenishment.simulation.simulate import SimulationResult, draw_demand, simulate
from solvers.replenishment.simulation.tune import tune_base_stock, tune_reorder_levels

__all__ = [
    "DemandTables",
    "Levels",
    "PerishableResult",
    "SimulationResult",
    "StockedItems",
    "draw_demand",
    "simulate",
    "simulate_perishable",
    "tune_base_stock",
    "tune_reorder_levels",
]
