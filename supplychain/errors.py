"""The error tree and the exit code of each class.

SupplyChainError          1   handled failure
  UsageError              2   the command or call is wrong
  DataError               3   data break the contract
    ScenarioError         3   a scenario file is wrong
    PlanError             3   a plan file or run cannot be used
  InfeasibleError         4   nothing feasible exists
  DegradedError           5   held or degraded, only with --strict
  BusyError              75   another process holds the store
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

__all__ = [
    "BusyError",
    "DataError",
    "DegradedError",
    "InfeasibleError",
    "PlanError",
    "Problem",
    "ScenarioError",
    "SupplyChainError",
    "UsageError",
]


_SHOWN = 50  # a message stays readable; ``problems`` holds them all


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the input: where, what, the rule it breaks and the fix.

    ``file`` may carry ``:line:column``; ``record`` is a row number or key.
    """

    file: str
    record: str
    field: str
    value: str
    rule: str
    fix: str

    def __str__(self) -> str:
        place = ", ".join(part for part in (self.file, self.record, self.field) if part)
        value = f" {self.value!r}:" if self.value else ""
        return f"{place}:{value} {self.rule}. Fix: {self.fix}"


class SupplyChainError(Exception):
    """Root of every error this toolkit raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        shown = [f"  {problem}" for problem in self.problems[:_SHOWN]]
        more = len(self.problems) - len(shown)
        return "\n".join([self.message, *shown, *([f"  ... and {more} more"] if more else [])])


class UsageError(SupplyChainError):
    """The command or call is wrong."""

    exit_code = 2


class DataError(SupplyChainError):
    """Data break the contract."""

    exit_code = 3


class ScenarioError(DataError):
    """A scenario file is wrong."""


class PlanError(DataError):
    """A plan or run cannot be used."""


class InfeasibleError(SupplyChainError):
    """Nothing feasible exists; the problems name the binding constraints."""

    exit_code = 4


class DegradedError(SupplyChainError):
    """Part of the answer is held back or degraded; raised only when strict."""

    exit_code = 5


class BusyError(SupplyChainError):
    """Another process holds what this one needs."""

    exit_code = 75
