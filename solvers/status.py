"""One vocabulary for what a solver has to say, and how it is told to stop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

__all__ = ["Progress", "Status", "Stop", "WorkLimit"]


class Status(StrEnum):
    """How good a solution is known to be."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    TIME_LIMIT = "time_limit"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"


class Stop(Protocol):
    """One question, asked between steps of work."""

    def __call__(self, steps: int, incumbent: float | None) -> bool:
        """Whether to stop after ``steps`` units of work with this incumbent cost."""
        ...


class Progress(Protocol):
    """Told now and then how far a solver is."""

    def __call__(self, incumbent: float, bound: float | None) -> None:
        """Receive the incumbent cost and the proven bound, if there is one."""
        ...


@dataclass(frozen=True, slots=True)
class WorkLimit:
    """Stop after a count of steps: the same answer on every machine."""

    steps: int

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps: {self.steps}: must be at least 1")

    def __call__(self, steps: int, incumbent: float | None) -> bool:
        """Whether the work is used up."""
        return steps >= self.steps
