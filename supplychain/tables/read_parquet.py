"""Parquet files: typed columns, left to the contract to check."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from supplychain.errors import Problem
from supplychain.tables.columns import columns_of, load_columns
from supplychain.tables.raw import RawTable, bytes_fingerprint

__all__ = ["read_parquet"]


def read_parquet(path: Path, file: str, table: str) -> RawTable:
    """Read a Parquet file; key columns come dictionary encoded. Whatever is wrong becomes a problem of the result."""
    data = path.read_bytes()
    fingerprint = bytes_fingerprint(data)
    keys = [column.name for column in columns_of(table) if column.type == "key"] if table in load_columns() else []
    try:
        content = pq.read_table(io.BytesIO(data), read_dictionary=keys, use_threads=False)
    except (pa.ArrowException, OSError) as fault:
        rule = f"is not a readable Parquet file ({str(fault).splitlines()[0]})"
        problem = Problem(file, "", "", "", rule, "write it again, whole")
        return RawTable(file, fingerprint, problems=(problem,))
    names = list(content.column_names)
    if not content.num_rows:
        fix = "write the rows, or remove the file if there are none"
        problem = Problem(file, "", "", "", "has a header but no rows", fix)
        return RawTable(file, fingerprint, problems=(problem,))
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    problems = tuple(
        Problem(file, "header", name, "", f"stands {names.count(name)} times in the header", "keep one of them")
        for name in twice
    )
    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    for name, column in zip(names, content.columns, strict=True):
        columns.setdefault(name, column)
    return RawTable(file, fingerprint, columns, problems)
