"""Published cases of inventory models with known answers: a row a case, ``passed`` 1 or 0; stderr says what differs."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.inventory.built_in_cases import built_in_cases
from benchmarks.inventory.case import CASE_FILES, Answer, Case, differences, read_cases
from benchmarks.inventory.dynamic_cases import DYNAMIC_KINDS
from benchmarks.inventory.lot_size_cases import LOT_SIZE_KINDS
from benchmarks.inventory.network_cases import NETWORK_KINDS
from benchmarks.inventory.stock_cases import STOCK_KINDS
from benchmarks.table import BenchmarkRow, Trial, cpu_seconds

__all__ = ["KINDS", "absent", "faults_of", "measure"]

KINDS: Mapping[str, Callable[..., Answer]] = {**LOT_SIZE_KINDS, **STOCK_KINDS, **DYNAMIC_KINDS, **NETWORK_KINDS}


def absent(options: argparse.Namespace) -> list[str]:
    """The files of cases, where the folder that was given holds none of them."""
    folder = options.instances
    if folder is None or any((folder / name).exists() for name in CASE_FILES):
        return []
    return [f"one of {', '.join(CASE_FILES)} in {folder}"]


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """One row a case of the folder; without a folder, of the built-in set."""
    for case in built_in_cases() if options.instances is None else read_cases(options.instances):
        if options.name and case.name not in options.name:
            continue
        before = cpu_seconds()
        answer, faults = faults_of(case)
        trial = Trial("cases", case.name, "supplychain", cpu_seconds() - before, options.seed)
        for fault in faults:
            print(f"cases {case.name} ({case.kind}): {fault}", file=sys.stderr)
        _write(options, case, answer)
        yield trial.row("passed", float(not faults), target=1.0)


def faults_of(case: Case) -> tuple[Answer | None, list[str]]:
    """Our answer, and why the case does not pass; an error of a model is a failed case, not the end of the run."""
    model = KINDS.get(case.kind)
    if model is None:
        return None, [f"unknown kind of case; known are {', '.join(sorted(KINDS))}"]
    fields = inspect.signature(model).parameters
    faults = [f"unknown field {name}" for name in case.given if name not in fields]
    faults += [
        f"field {name} is missing"
        for name, field in fields.items()
        if field.default is inspect.Parameter.empty and name not in case.given
    ]
    if faults:
        return None, faults
    try:
        answer = model(**case.given)
        return answer, list(differences(case, answer))
    except (ValueError, TypeError, KeyError, ArithmeticError, ImportError) as fault:
        return None, [f"{type(fault).__name__}: {fault}"]


def _write(options: argparse.Namespace, case: Case, answer: Answer | None) -> None:
    """Where ``--write`` asks for it: what the case gives and expects, and our figures."""
    if options.write is None:
        return
    options.write.mkdir(parents=True, exist_ok=True)
    figures = {} if answer is None else answer.figures
    document = {
        "suite": "cases",
        "instance": case.name,
        "model": case.kind,
        "params": dict(case.given),
        "expected": dict(case.expected),
        "figures": {name: _plain(value) for name, value in figures.items()},
    }
    name = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in case.name)
    (options.write / f"cases_{name}.json").write_text(json.dumps(document) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
