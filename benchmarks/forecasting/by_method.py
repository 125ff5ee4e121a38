"""The methods of ``forecast.method`` beside each other: ``python -m benchmarks.forecasting.by_method --instances DIR``.

Each is fitted, calibrated and judged as in the suites ``m5_daily`` or ``rossmann``. All are judged on the same seeded
sample of series: ``auto`` and ``combination`` learn from all series, for their rows teach one another, the others from
the sample.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.forecasting.case import Answer, Case, Ints
    from benchmarks.table import BenchmarkRow

__all__ = ["main"]

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
WARM_UP_ROWS = 2
DAILY_SUITES = ("m5_daily", "rossmann")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the methods one after the other and print a row a figure; 2 when the folder lacks a file."""
    for name in THREADS:  # before numpy is imported; CPU seconds are those of one thread
        os.environ.setdefault(name, "1")
    from benchmarks.forecasting.suites import SUITES
    from benchmarks.table import print_rows
    from forecasts.methods import COMBINED, METHODS

    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting.by_method", description=__doc__)
    parser.add_argument("--instances", type=Path, required=True, help="folder with the daily demand files")
    parser.add_argument("--suite", choices=DAILY_SUITES, default=DAILY_SUITES[0])
    names = (*COMBINED, *METHODS)
    parser.add_argument("--method", action="append", choices=names, help="only this method; may be given again")
    parser.add_argument("--series", type=int, default=100, help="series of the sample")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of a table")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    suite = SUITES[options.suite]
    absent = suite.absent(options.instances)
    if absent:
        parser.error(f"--instances: {options.instances} lacks {', '.join(absent)}")
    cases = list(suite.cases(options.instances, options.seed, 0))
    rows = [
        row
        for method in options.method or names
        for row in _rows_of(method, cases, options.series, options.seed, learns_from_all=method in COMBINED)
    ]
    print_rows(rows, as_json=options.json)
    return 0


def _rows_of(
    method: str, cases: Sequence[Case], series: int, seed: int, *, learns_from_all: bool
) -> Iterator[BenchmarkRow]:
    """Figures of one method, averaged over the origins; ``n`` counts its series once an origin."""
    import numpy as np

    from benchmarks.forecasting.measures import figures
    from benchmarks.table import BenchmarkRow, cpu_seconds, peak_mb

    found: dict[str, list[float]] = {}
    total, count = 0.0, 0
    for number, case in enumerate(cases):
        everyone = case.actual.shape[0]
        sample = np.sort(np.random.default_rng(seed).choice(everyone, min(series, everyone), replace=False))
        given = np.arange(everyone) if learns_from_all else sample
        print(f"{method} {case.name}: {given.size} series ...", file=sys.stderr, flush=True)
        if number == 0:
            _answer(method, case, sample[:WARM_UP_ROWS], seed)  # untimed: the first call of a process compiles
        before = cpu_seconds()
        answer, fell_back = _answer(method, case, given, seed)
        spent = cpu_seconds() - before
        total, count = total + spent, count + sample.size
        for label, metric, value in figures(case, answer.of(sample), seed):
            if label == case.labels[-1]:
                found.setdefault(metric, []).append(value)
        found.setdefault("ms_per_series", []).append(1000.0 * spent / given.size)
        found.setdefault("fell_back", []).append(fell_back)
    for metric, values in found.items():
        mean = abs(float(np.mean(values))) if metric.startswith("pit_error") else float(np.mean(values))
        label = cases[-1].labels[-1]
        yield BenchmarkRow(cases[-1].suite, label, method, metric, mean, total, peak_mb(), seed, count)


def _answer(method: str, case: Case, given: Ints, seed: int) -> tuple[Answer, float]:
    """The method's answer for the series ``given``, and the share of them that another method served."""
    import numpy as np

    from benchmarks.forecasting.case import Answer
    from benchmarks.forecasting.ours import forecast_days
    from forecasts.methods import COMBINED

    made = forecast_days(case.known.of(given), case.levels, seed, method)
    served = (method,) if method not in COMBINED else ("combination",)
    return Answer(made.mean, made.day_quantile, given), float(np.mean([name not in served for name in made.model]))


if __name__ == "__main__":
    sys.exit(main())
