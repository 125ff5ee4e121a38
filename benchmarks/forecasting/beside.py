"""The figures of all methods beside each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from benchmarks.forecasting.targets import is_floor
from benchmarks.forecasting.trial import OURS
from benchmarks.table import BenchmarkRow

__all__ = ["beside_text"]

PEERS_A_BLOCK = 6


def beside_text(rows: Iterable[BenchmarkRow]) -> str:
    """One block of lines a suite: instance, metric, target, ours, and the peers; blocks of a few peers each.

    ``*`` marks a target that is met, a method in brackets was given as many series as stand there.
    """
    rows = list(rows)
    suites = list(dict.fromkeys(row.suite for row in rows))
    return "\n\n".join(_suite_text(suite, [row for row in rows if row.suite == suite]) for suite in suites)


def _suite_text(suite: str, rows: Sequence[BenchmarkRow]) -> str:
    lines = list(dict.fromkeys((row.instance, row.metric) for row in rows))
    value = {(row.instance, row.metric, row.method): row for row in rows}
    peers = [name for name in dict.fromkeys(row.method for row in rows) if name != OURS]
    counts = {row.method: max(other.n for other in rows if other.method == row.method) for row in rows}
    most = max(counts.values())
    blocks = []
    for start in range(0, max(len(peers), 1), PEERS_A_BLOCK):
        part = peers[start : start + PEERS_A_BLOCK]
        names = [name if counts[name] == most else f"{name} ({counts[name]})" for name in part]
        table = [[f"{suite} (n {most})", "metric", "target", OURS, *names]]
        for instance, metric in lines:
            mine = value.get((instance, metric, OURS))
            cells = [_value(value.get((instance, metric, name))) for name in part]
            if mine is not None or any(cell != "-" for cell in cells):
                table.append([instance, metric, _target(mine), _value(mine), *cells])
        blocks.append(_aligned(table))
    return "\n\n".join(blocks)


def _aligned(table: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in table) for column in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def _target(row: BenchmarkRow | None) -> str:
    if row is None or row.target is None:
        return "-"
    met = row.value >= row.target if is_floor(row.metric) else abs(row.value) <= row.target
    return f"{'>=' if is_floor(row.metric) else '<='} {row.target:.4g}{'*' if met else ' '}"


def _value(row: BenchmarkRow | None) -> str:
    if row is None:
        return "-"
    return f"{row.value:,.4g}" if math.isfinite(row.value) else "none"
