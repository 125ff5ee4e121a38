"""The error tree and the exit code of each class.

SupplyChainError          1   handled failure
  UsageError              2   the command or call is wrong
  DataError               3   data break the contract
    ScenarioError         3   a scenario file is wrong
    PlanError             3   a plan file or run cannot be used
  InfeasibleError         4   nothing feasible exists
  DegradedError           5   held or degraded, only with --strict
  RefusedPlanError        1   the toolkit's own check refuses its plan
  BusyError              75   another process holds the store
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

__all__ = [
    "BusyError",
    "DataError",
    "DegradedError",
    "InfeasibleError",
    "PlanError",
    "Problem",
    "RefusedPlanError",
    "ScenarioError",
    "SupplyChainError",
    "UsageError",
]


# a message stays readable; ``problems`` holds them all
_SHOWN = 50
_OF_A_KIND = 10
_ROWS = 4
_LONGEST_VALUE = 100


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
        value = f" {_cut(self.value)!r}:" if self.value else ""
        return f"{place}:{value} {self.rule}. Fix: {self.fix}"


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}..."


class SupplyChainError(Exception):
    """Root of every error this toolkit raises on purpose."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {line}" for line in _lines(self.problems))])


def _lines(problems: Sequence[Problem]) -> Iterator[str]:
    """A line for each different problem with its first rows; many of one kind, and many lines, are cut and counted."""
    alike: dict[Problem, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(replace(problem, record=""), []).append(problem)
    kinds: dict[tuple[str, str, str], list[list[Problem]]] = {}
    for group in alike.values():
        kinds.setdefault((group[0].file, group[0].field, group[0].rule), []).append(group)
    lines: list[tuple[str, int]] = []
    for (file, field, rule), groups in kinds.items():
        lines += [(str(replace(group[0], record=_records(group))), len(group)) for group in groups[:_OF_A_KIND]]
        rest = groups[_OF_A_KIND:]
        if rest:
            place = ", ".join(part for part in (file, field) if part)
            count = sum(map(len, rest))
            lines.append((f"{place}: ... and {count} more, with other values: {rule}", count))
    yield from (line for line, _ in lines[:_SHOWN])
    more = sum(count for _, count in lines[_SHOWN:])
    if more:
        yield f"... and {more} more"


def _records(group: Sequence[Problem]) -> str:
    """``row 5``, or ``rows 2, 3, 4, 5 and 96 more``."""
    records = [problem.record for problem in group]
    if len(records) == 1:
        return records[0]
    first = [record.removeprefix("row ") for record in records[:_ROWS]]
    more = f" and {len(records) - _ROWS} more" if len(records) > _ROWS else ""
    return f"{'rows ' if records[0].startswith('row ') else ''}{', '.join(first)}{more}"


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


class RefusedPlanError(SupplyChainError):
    """A plan that the toolkit made breaks a rule of its own judge: a fault of the toolkit, not of the data."""


class BusyError(SupplyChainError):
    """Another process holds what this one needs."""

    exit_code = 75
