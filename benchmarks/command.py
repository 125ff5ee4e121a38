"""What every benchmark shares: its arguments, its instances, its answer and the solutions it writes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Protocol, TypeVar

from benchmarks.table import BenchmarkRow, print_rows

__all__ = ["chosen_instances", "make_parser", "report", "write_solution"]


class Named(Protocol):
    """An instance as a benchmark sees it: the suite it belongs to and its own name."""

    @property
    def suite(self) -> str: ...

    @property
    def name(self) -> str: ...


_Instance = TypeVar("_Instance", bound=Named)


def make_parser(
    benchmark: str, about: str | None, suites: Sequence[str], *, instances: str, peers: str, seconds: float
) -> argparse.ArgumentParser:
    """The arguments of ``python -m benchmarks.<benchmark>``.

    ``instances`` says what the folder of instances holds, ``peers`` which methods are run beside ours; ``seconds``
    is the time limit of one solve unless told otherwise.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark}", description=about)
    parser.add_argument("--instances", type=Path, help=f"folder with {instances}; none: seeded ones")
    parser.add_argument("--suite", action="append", choices=suites, help="only this suite; may be given again")
    parser.add_argument("--name", action="append", help="only instances of this name; may be given again")
    parser.add_argument("--peers", action="store_true", help=f"also {peers}")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--write", type=Path, help="folder for the solutions as JSON")
    parser.add_argument("--seconds", type=float, default=seconds, help="seconds of each solve")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def chosen_instances(
    options: argparse.Namespace,
    suites: Sequence[str],
    read_suite: Callable[[Path, str], Iterable[_Instance]],
    seeded_suite: Callable[[int], Iterable[_Instance]],
) -> Iterator[_Instance]:
    """The instances asked for, read one at a time and named on stderr; without a folder the seeded ones."""
    if options.instances is None:
        found = seeded_suite(options.seed)
    else:
        present = options.suite or [suite for suite in suites if (options.instances / suite).is_dir()]
        found = chain.from_iterable(read_suite(options.instances, suite) for suite in present)
    for instance in found:
        if not options.name or instance.name in options.name:
            print(f"{instance.suite} {instance.name} ...", file=sys.stderr, flush=True)
            yield instance


def report(rows: Iterable[BenchmarkRow], options: argparse.Namespace) -> int:
    """Print the rows on stdout; the exit code is 1 when a check did not pass."""
    rows = list(rows)
    print_rows(rows, as_json=options.json)
    return 0 if all(row.value == 1.0 for row in rows if row.metric == "passed") else 1


def write_solution(options: argparse.Namespace, instance: Named, **document: Any) -> None:
    """Where ``--write`` asks for it: one JSON file of the instance, so that anyone can check its solution."""
    if options.write is None:
        return
    options.write.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"suite": instance.suite, "instance": instance.name} | document)
    (options.write / f"{instance.suite}_{instance.name}.json").write_text(text + "\n", encoding="utf-8")
