"""A table as it was found, before the contract types it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from supplychain.errors import Problem

__all__ = ["RawTable", "bytes_fingerprint"]


@dataclass(frozen=True)
class RawTable:
    """Raw columns, where they came from, and what was wrong on the way.

    ``columns`` maps a column to Arrow text (or typed Parquet) cells, all of one length. ``reported`` are
    cells, (position, column), that ``problems`` already tells about. ``decimal`` is the decimal mark of number cells.
    ``ragged`` are rows that have too few or too many cells: their key stands as far as it can be read, the rest is
    empty. Without columns, nothing could be read.
    """

    file: str
    fingerprint: str
    columns: Mapping[str, pa.ChunkedArray | pa.Array] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    reported: frozenset[tuple[int, str]] = frozenset()
    decimal: str = "."
    ragged: frozenset[int] = frozenset()


def bytes_fingerprint(data: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()
