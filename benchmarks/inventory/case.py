"""A case with a known answer, and how an answer of ours is held against it."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CASE_FILES", "Answer", "Case", "Given", "differences", "each_differs", "read_cases"]

Given = Mapping[str, Any]

CASE_FILES = ("single_item_cases.json", "zheng_federgruen_sS.csv", "gsm_cases.json", "ssm_serial_cases.json")
_THOUSANDTHS = 5.1e-4  # half of the last digit of costs that are printed with three
_ROUNDING = 1e-9  # of costs that are equal but for the order of sums


@dataclass(frozen=True, slots=True)
class Case:
    """``kind`` of model, its ``given`` figures and the ``expected`` ones, right to ``tolerance`` (relative)."""

    name: str
    kind: str
    given: Given
    expected: Given
    tolerance: float
    absolute: float = 0.0
    """Also right within this, for figures that were printed with few digits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Our ``figures`` by the names of the expected ones.

    ``at_most`` are names of expected figures that ours may be below. Where a problem has several best decisions,
    ``decisions`` are the names of those that need not agree, as long as the expected ones, judged by ``cost_of`` from
    the expected figures, cost no less than ours.
    """

    figures: Mapping[str, Any]
    decisions: Sequence[str] = ()
    cost_of: Callable[[Given], float] | None = None
    at_most: Sequence[str] = field(default=())
    cost: float = math.nan
    """Ours, as ``cost_of`` judges it."""


def differences(case: Case, answer: Answer) -> Iterator[str]:
    """What keeps the answer from being the expected one; nothing when it is."""
    if not case.expected:
        yield "nothing expected: give the figures of the answer"
    other: list[str] = []
    for name, expected in case.expected.items():
        if name not in answer.figures:
            yield f"{name}: not a figure of the model {case.kind} ({', '.join(answer.figures)})"
            continue
        ours = answer.figures[name]
        if name in answer.at_most:
            if not ours <= expected + max(case.tolerance * abs(expected), case.absolute):
                yield f"{name}: {ours:.10g} instead of at most {expected:.10g}"
            continue
        found = list(each_differs(name, ours, expected, case.tolerance, case.absolute))
        if name in answer.decisions:
            other += found
        else:
            yield from found
    if other and answer.cost_of is not None:
        theirs = answer.cost_of(case.expected)
        if not answer.cost <= theirs + _ROUNDING * abs(theirs):
            yield from other
            yield f"the expected decision costs {theirs:.10g}, ours {answer.cost:.10g}"
    elif other:
        yield from other


def each_differs(name: str, ours: Any, expected: Any, tolerance: float, absolute: float = 0.0) -> Iterator[str]:
    """Figures, lists or tables of them that are not within ``tolerance`` (relative) or ``absolute`` of each other."""
    if isinstance(expected, Mapping):
        for key, value in expected.items():
            if key not in ours:
                yield f"{name}: no {key} ({', '.join(map(str, ours))})"
            else:
                yield from each_differs(f"{name} of {key}", ours[key], value, tolerance, absolute)
        return
    found, wanted = np.atleast_1d(np.asarray(ours, float)), np.atleast_1d(np.asarray(expected, float))
    if found.shape != wanted.shape:
        yield f"{name}: {found.size} figures instead of {wanted.size}"
        return
    far = ~(np.abs(found - wanted) <= np.maximum(tolerance * np.abs(wanted), max(absolute, _ROUNDING * tolerance)))
    for place in np.flatnonzero(far):
        at = f"[{place}]" if found.size > 1 else ""
        yield f"{name}{at}: {found[place]:.10g} instead of {wanted[place]:.10g}"


def read_cases(folder: Path) -> Iterator[Case]:
    """Cases of the files of a folder that are there, in the order of ``CASE_FILES``.

    Raises ValueError for a record without what a case needs, and for names that are given twice.
    """
    seen: set[str] = set()
    for file in CASE_FILES:
        path = folder / file
        if not path.exists():
            continue
        for number, record in enumerate(_records(path), start=1):
            try:
                case = _CASES[file](record)
            except (KeyError, TypeError, ValueError) as fault:
                raise ValueError(f"{path.name}: record {number}: {type(fault).__name__} {fault}") from None
            if case.name in seen:
                raise ValueError(f"{path.name}: record {number}: the name {case.name} is given twice")
            seen.add(case.name)
            yield case


def _records(path: Path) -> list[Any]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines, strict=True))
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise ValueError(f"{path.name}: must be a list of cases")
    return found


def _single_item(record: Given) -> Case:
    return Case(record["id"], record["model"], record["params"], record["expected"], float(record["rel_tol"]))


def _network(kind: str) -> Callable[[Given], Case]:
    def made(record: Given) -> Case:
        return Case(record["id"], kind, {"nodes": record["nodes"]}, record["expected"], float(record["rel_tol"]))

    return made


def _zheng_federgruen(record: Given) -> Case:
    figures = {name: float(value) for name, value in record.items()}
    names = {"demand_mean": "demand_mean_poisson"} | {
        name: name for name in ("holding_cost", "stockout_cost", "fixed_cost")
    }
    given = {name: figures[column] for name, column in names.items()}
    expected = {"s": figures["opt_s"], "S": figures["opt_S"], "cost": figures["opt_cost_per_period"]}
    name = "zheng_federgruen_" + "_".join(f"{value:g}" for value in given.values())
    return Case(name, "s_S_poisson_exact", given, expected, 0.0, _THOUSANDTHS)


_CASES: Mapping[str, Callable[[Given], Case]] = {
    "single_item_cases.json": _single_item,
    "zheng_federgruen_sS.csv": _zheng_federgruen,
    "gsm_cases.json": _network("guaranteed_service"),
    "ssm_serial_cases.json": _network("stochastic_service_serial"),
}
