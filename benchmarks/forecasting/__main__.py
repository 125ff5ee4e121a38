"""Forecasts against public peers: ``python -m benchmarks.forecasting --instances DIR``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.forecasting.trial import Trial
    from benchmarks.table import BenchmarkRow

__all__ = ["main"]

SUITE_NAMES = (
    "m5_daily",
    "m5_lead_time",
    "m3",
    "m4_weekly",
    "m4_hourly",
    "carparts",
    "rossmann",
    "m5_monthly",
    "censoring",
    "scale",
)
RETAIL_SERIES = 30_490
MADE_UP_SERIES = 60
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites; 2 when the folder lacks a file of a suite that was asked for."""
    parser = _parser()
    options = parser.parse_args(arguments)
    for name in THREADS:  # before numpy is imported; CPU seconds are those of one thread
        os.environ.setdefault(name, "1")
    from benchmarks.forecasting.beside import beside_text
    from benchmarks.table import json_document

    with tempfile.TemporaryDirectory() as made:
        folder = options.instances
        if folder is None:
            from benchmarks.forecasting.made_up import write_folder

            folder = Path(made)
            write_folder(folder, options.seed)
        rows = list(_rows(parser, options, folder))
    print(json_document(rows) if options.json else beside_text(rows))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__)
    parser.add_argument("--instances", type=Path, help="folder with the demand files; none: a seeded, made-up one")
    parser.add_argument("--suite", action="append", choices=SUITE_NAMES, help="only this suite; may be given again")
    parser.add_argument("--peers", action="store_true", help="also the peers of each suite")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--write", type=Path, help="folder for the forecasts as parquet")
    parser.add_argument("--series", type=int, help=f"series of the suite scale ({RETAIL_SERIES} unless told otherwise)")
    parser.add_argument("--seed", type=int, default=1)
    return parser


def _rows(parser: argparse.ArgumentParser, options: argparse.Namespace, folder: Path) -> Iterator[BenchmarkRow]:
    from benchmarks.forecasting.suites import SUITES
    from benchmarks.forecasting.trial import rows_of

    for name in options.suite or SUITE_NAMES:
        absent = SUITES[name].absent(folder)
        if absent and options.suite:
            parser.error(f"--suite {name}: {folder} lacks {', '.join(absent)}")
        if absent:
            print(f"{name} left out: {folder} lacks {', '.join(absent)}", file=sys.stderr)
            continue
        yield from rows_of(_trials(name, options, folder), options.seed)


def _trials(name: str, options: argparse.Namespace, folder: Path) -> Iterator[Trial]:
    from benchmarks.forecasting.suites import SUITES
    from benchmarks.forecasting.trial import trials_of
    from benchmarks.forecasting.written import write_forecast

    size = options.series or (MADE_UP_SERIES if options.instances is None else RETAIL_SERIES)
    for number, case in enumerate(SUITES[name].cases(folder, options.seed, size)):
        print(f"{name} {case.name} ...", file=sys.stderr, flush=True)
        for trial in trials_of(case, peers=options.peers, seed=options.seed, warm_up=number == 0):
            if options.write is not None:
                write_forecast(options.write, trial)
            yield trial


if __name__ == "__main__":
    sys.exit(main())
