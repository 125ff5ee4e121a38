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

    ``columns`` maps a column to Arrow text (or typed Parquet) cells, all of one length. ``skip`` are positions of rows
    that ``problems`` already tells about. ``readable`` is False when nothing could be read. ``decimal`` is the decimal
    mark of the number cells.
    """

    file: str
    fingerprint: str
    columns: Mapping[str, pa.ChunkedArray | pa.Array] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    skip: frozenset[int] = frozenset()
    readable: bool = True
    decimal: str = "."


def bytes_fingerprint(data: bytes) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(data).hexdigest()
