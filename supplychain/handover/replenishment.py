"""Replenishment: what the rest of the toolkit needs of it, in one place."""

from __future__ import annotations

from forecasts.protocol import Forecast
from supplychain.handover.decision import Decision, Lines, Waiting, decide
from supplychain.handover.orders import plan_orders
from supplychain.handover.parents import feeding_lane, parents_of
from supplychain.handover.state import State, state_from_dataset
from supplychain.handover.terms import CLASSES, Terms, compile_terms

__all__ = [
    "CLASSES",
    "Decision",
    "Forecast",
    "Lines",
    "State",
    "Terms",
    "Waiting",
    "compile_terms",
    "decide",
    "feeding_lane",
    "parents_of",
    "plan_orders",
    "state_from_dataset",
]
