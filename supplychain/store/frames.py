"""A data frame or array as bytes and back: the same input gives the same bytes, the same bytes the same frame."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["array_bytes", "frame_bytes", "parse_array", "parse_frame"]

_KEY = b"supplychain"  # our part of the file's key-value metadata: what Parquet itself forgets
_ROWS_PER_GROUP = 1 << 20


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """The frame as a zstd Parquet file.

    Column names must be text and unique. Columns may hold booleans, numbers, text, dates, categories, and tuples of
    these. Missing text is read back as None. Raises TypeError, naming the column, for anything else.
    """
    names = list(frame.columns)
    if len(set(names)) != len(names) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"columns {names}: names must be text and unique")
    notes = {name: note for name in names if (note := _note(frame[name]))}
    plain = frame.assign(**{name: frame[name].astype(object) for name in notes if "categories" in notes[name]})
    try:
        table = pa.Table.from_pandas(plain, nthreads=1)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise TypeError(f"cannot be stored as Parquet: {error}") from error
    metadata = {**(table.schema.metadata or {}), _KEY: json.dumps(notes, sort_keys=True).encode()}
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(metadata),
        sink,
        version="2.6",
        compression="zstd",
        compression_level=3,
        row_group_size=_ROWS_PER_GROUP,
    )
    return bytes(sink.getvalue())


def parse_frame(content: bytes) -> pd.DataFrame:
    """The frame that `frame_bytes` was given."""
    table = pq.read_table(pa.BufferReader(content), use_threads=False)
    notes: Mapping[str, Mapping[str, Any]] = json.loads((table.schema.metadata or {}).get(_KEY, b"{}"))
    frame = table.to_pandas(use_threads=False)
    return frame.assign(**{name: _restored(frame[name], note) for name, note in notes.items()})


def array_bytes(array: npt.NDArray[Any]) -> bytes:
    """The array as a .npy file; raises TypeError for arrays of Python objects, which would need pickle."""
    if array.dtype.hasobject:
        raise TypeError("arrays of Python objects cannot be stored; use numbers, booleans, dates or fixed-width text")
    sink = io.BytesIO()
    np.save(sink, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False)
    return sink.getvalue()


def parse_array(content: bytes) -> npt.NDArray[Any]:
    """The array that `array_bytes` was given."""
    array: npt.NDArray[Any] = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def _note(column: pd.Series) -> dict[str, Any]:
    """What Parquet would forget about the column: categories, the unit of dates, tuples."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories = column.cat.categories.tolist()
        if not all(isinstance(value, str | int | float) for value in categories):
            raise TypeError(f"column {column.name!r}: categories must be text or numbers")
        return {"categories": categories, "ordered": bool(column.cat.ordered)}
    if column.dtype.kind == "M":
        return {"dtype": str(column.dtype)}
    if column.dtype == object and any(isinstance(value, tuple) for value in column):
        return {"tuples": True}
    return {}


def _restored(column: pd.Series, note: Mapping[str, Any]) -> pd.Series:
    if "categories" in note:
        values = pd.Categorical(column, categories=note["categories"], ordered=note["ordered"])
        return pd.Series(values, index=column.index)
    if "dtype" in note:
        return column.astype(note["dtype"])
    return pd.Series([_tuples(value) for value in column], index=column.index, dtype=object)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value.tolist()) if isinstance(value, np.ndarray) else value
