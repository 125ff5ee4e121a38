"""Many rows in batches: memory stays bounded, and batches or other parts of the work may run side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import Any, TypeVar

__all__ = ["in_turn", "row_batches"]

MOST_CELLS = 2_000_000
"""Cells (rows times days) of one batch: an array of that many numbers takes 16 MB."""

Result = TypeVar("Result")


def row_batches(rows: int, days: int) -> list[slice]:
    """Slices that cover ``rows`` in order; where they part depends on the two sizes alone."""
    size = max(1, MOST_CELLS // max(1, days))
    return [slice(start, min(rows, start + size)) for start in range(0, rows, size)]


def in_turn(
    function: Callable[..., Result], arguments: Iterable[tuple[Any, ...]], executor: Executor | None
) -> list[Result]:
    """Results of ``function`` in the order of ``arguments``, side by side where there is an ``executor``.

    Threads share the arrays, and the compiled loops let them run at once; processes get copies.
    """
    if executor is None:
        return [function(*each) for each in arguments]
    tasks = [executor.submit(function, *each) for each in arguments]
    return [task.result() for task in tasks]
