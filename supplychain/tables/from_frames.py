"""Tables from frames in memory: the door for builders and mappings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pyarrow as pa

from supplychain.errors import Problem
from supplychain.tables.columns import read_order
from supplychain.tables.header import Header
from supplychain.tables.nearest import suggestion
from supplychain.tables.raw import RawTable
from supplychain.tables.read import assemble
from supplychain.tables.table_set import Tables, frame_fingerprint

__all__ = ["tables_from_frames"]


def tables_from_frames(
    header: Header,
    frames: Mapping[str, pd.DataFrame],
    *,
    name: str,
    as_of: date | None = None,
    files: Mapping[str, str] | None = None,
    fingerprints: Mapping[str, str] | None = None,
) -> Tables:
    """Type and check frames by the contract, exactly as a Parquet file would be; raises DataError.

    Keys are text; missing columns take their defaults; an empty frame is a table that was not given. ``files`` says
    where a table came from (else "<name>.parquet"), ``fingerprints`` stands for the bytes it was made of (else the
    cells are hashed). ``constants`` are laid over the bundled ones.
    """
    problems: list[Problem] = []
    raws: dict[str, RawTable] = {}
    for table, frame in frames.items():
        file = (files or {}).get(table, f"{table}.parquet")
        if table not in read_order():
            fix = suggestion(table, read_order(), "leave it out")
            problems.append(Problem(file, "", "", "", f"{table} is not a table of the contract", fix))
            continue
        if frame.empty:
            continue
        try:
            content = pa.Table.from_pandas(frame, preserve_index=False, nthreads=1)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
            rule = f"a column mixes types ({fault})"
            problems.append(Problem(file, "", "", "", rule, "give every cell of a column the same type"))
            continue
        mark = (fingerprints or {}).get(table) or frame_fingerprint(frame)
        raws[table] = RawTable(file, mark, dict(zip(content.column_names, content.columns, strict=True)))
    return assemble(header, raws, name, as_of=as_of, problems=problems)
