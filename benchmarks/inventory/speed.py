"""How fast the parts are: exact (s,S), Wagner-Whitin, models handed to the solver, and what else has a part here."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterator

from benchmarks.table import BenchmarkRow

__all__ = ["absent", "measure"]

PARTS: tuple[str, ...] = ("speed_classic", "speed_echelon", "speed_simulation", "speed_model")
"""Each is a module beside this one with ``measure(options) -> Iterator[BenchmarkRow]``; its rows are of the suite
``speed``, and it looks at ``options.name`` and ``options.peers`` itself. It warms compiled code up before it times."""


def absent(options: argparse.Namespace) -> list[str]:
    """Nothing: all cases are made from the seed."""
    return []


def measure(options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    """The rows of every part, in order."""
    for part in PARTS:
        yield from importlib.import_module(f"benchmarks.inventory.{part}").measure(options)
