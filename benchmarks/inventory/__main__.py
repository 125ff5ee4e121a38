"""Replenishment against published cases, other tools and real demand: ``python -m benchmarks.inventory``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.table import BenchmarkRow

__all__ = ["main"]

SUITE_NAMES: tuple[str, ...] = ("cases", "speed", "lot_sizing", "order_plan", "frontier", "gym")
"""Each is a module beside this one with ``absent(options) -> list[str]`` (files that it lacks) and
``measure(options) -> Iterator[BenchmarkRow]``."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; 1 when a case did not pass, 2 when the files of a suite that was asked for are missing."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in THREADS:  # before numpy is imported; CPU seconds are those of one thread
        os.environ.setdefault(name, "1")
    from benchmarks.command import report

    return report(_rows(parser, options), options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inventory", description=__doc__)
    parser.add_argument("--instances", type=Path, help="folder with the reference cases; none: seeded, made-up ones")
    parser.add_argument("--demand", type=Path, help="folder with real demand, for the suite frontier")
    parser.add_argument("--suite", action="append", choices=SUITE_NAMES, help="only this suite; may be given again")
    parser.add_argument("--name", action="append", help="only instances of this name; may be given again")
    parser.add_argument("--peers", action="store_true", help="also the peers of each suite")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--write", type=Path, help="folder for instances and solutions, so that anyone can check them")
    parser.add_argument("--seconds", type=float, default=10.0, help="seconds of each solve where a suite has a limit")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _rows(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Iterator[BenchmarkRow]:
    for name in options.suite or SUITE_NAMES:
        suite = importlib.import_module(f"benchmarks.inventory.{name}")
        absent = suite.absent(options)
        if absent and options.suite:
            parser.error(f"--suite {name}: missing {', '.join(absent)}")
        if absent:
            print(f"{name} left out: missing {', '.join(absent)}", file=sys.stderr)
            continue
        yield from suite.measure(options)


if __name__ == "__main__":
    sys.exit(main())
