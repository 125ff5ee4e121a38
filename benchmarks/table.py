"""What a benchmark reports: rows, as an aligned table or as one JSON document."""

from __future__ import annotations

import json
import math
import resource
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

__all__ = ["BenchmarkRow", "Trial", "cpu_seconds", "json_document", "peak_mb", "print_rows", "table_text"]

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One measured figure; ``method`` is ``supplychain`` for ours, a peer's own name otherwise.

    ``n`` counts what the value was aggregated over; ``target`` is what it should reach, None where there is none.
    """

    suite: str
    instance: str
    method: str
    metric: str
    value: float
    cpu_seconds: float
    peak_mb: float
    seed: int
    n: int = 1
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One method on one instance: what all of its rows have in common."""

    suite: str
    instance: str
    method: str
    cpu_seconds: float
    seed: int

    def row(self, metric: str, value: float, *, n: int = 1, target: float | None = None) -> BenchmarkRow:
        """One figure of the trial."""
        return BenchmarkRow(self.suite, self.instance, self.method, metric, value, self.cpu_seconds, peak_mb(),
                            self.seed, n, target)  # fmt: skip


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children so far."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def peak_mb() -> float:
    """Largest memory of this process so far, in MB (it never falls)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024.0 * 1024.0) if sys.platform == "darwin" else peak / 1024.0


def json_document(rows: Iterable[BenchmarkRow]) -> str:
    """One JSON document; figures that are not finite become null."""
    records = [{k: _plain(v) for k, v in asdict(row).items()} for row in rows]
    return json.dumps({"schema_version": SCHEMA_VERSION, "rows": records}, indent=1)


def table_text(rows: Iterable[BenchmarkRow]) -> str:
    """The rows as an aligned table with a head."""
    names = [field.name for field in fields(BenchmarkRow)]
    lines = [names, *([_text(getattr(row, name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    left = {"suite", "instance", "method", "metric"}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if name in left else cell.rjust(width)
            for name, cell, width in zip(names, line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def print_rows(rows: Iterable[BenchmarkRow], *, as_json: bool = False) -> None:
    """Print the rows on stdout."""
    print(json_document(rows) if as_json else table_text(rows))


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _text(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
