"""Content hashes: what a step used, whatever it was called and wherever it lay."""

from __future__ import annotations

import dataclasses
import hashlib
import struct
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["code_version", "digest"]

_PACKAGES = ("supplychain", "forecasts", "solvers", "compilation")
_SUFFIXES = (".py", ".csv", ".sql", ".html", ".css", ".js", ".j2")


def digest(*things: Any) -> str:
    """SHA-256 over values, arrays, data frames, dataclasses, pydantic models, mappings (by sorted key) and sequences.

    Raises TypeError for anything else, so that nothing enters a key by its address.
    """
    sink = hashlib.sha256()
    for thing in things:
        _feed(sink, thing)
    return sink.hexdigest()


def _feed(sink: Any, thing: Any) -> None:  # noqa: PLR0912 - one branch a kind reads best
    if thing is None or isinstance(thing, bool | int | str | bytes | Enum | date | Path):
        text = str(thing.name if isinstance(thing, Path) else thing)
        sink.update(f"{type(thing).__name__}:{len(text)}:{text}".encode())
    elif isinstance(thing, float):
        sink.update(b"f" + struct.pack("<d", thing + 0.0))
    elif isinstance(thing, np.ndarray):
        _feed_array(sink, thing)
    elif isinstance(thing, np.generic):
        _feed_array(sink, np.asarray(thing))
    elif isinstance(thing, pd.DataFrame):
        _feed(sink, [str(column) for column in thing.columns])
        for column in thing.columns:
            _feed_series(sink, thing[column])
    elif dataclasses.is_dataclass(thing) and not isinstance(thing, type):
        _feed(sink, type(thing).__name__)
        for field in dataclasses.fields(thing):
            _feed(sink, field.name)
            _feed(sink, getattr(thing, field.name))
    elif hasattr(thing, "model_dump"):
        _feed(sink, thing.model_dump(mode="json"))
    elif isinstance(thing, Mapping):
        sink.update(f"m{len(thing)}".encode())
        for key in sorted(thing, key=lambda key: (str(key), type(key).__name__)):
            _feed(sink, key)
            _feed(sink, thing[key])
    elif isinstance(thing, list | tuple):
        sink.update(f"l{len(thing)}".encode())
        for part in thing:
            _feed(sink, part)
    else:
        raise TypeError(f"cannot hash a {type(thing).__name__}")


def _feed_array(sink: Any, array: np.ndarray) -> None:
    if array.dtype == object:
        _feed(sink, array.tolist())
        return
    sink.update(f"a{array.dtype.str}{array.shape}".encode())
    sink.update(np.ascontiguousarray(array).view(np.uint8).data if array.size else b"")


def _feed_series(sink: Any, series: pd.Series) -> None:
    if isinstance(series.dtype, pd.CategoricalDtype):
        _feed(sink, [str(value) for value in series.cat.categories])
        _feed_array(sink, series.cat.codes.to_numpy())
    elif isinstance(series.dtype, np.dtype) and series.dtype != object:
        _feed_array(sink, series.to_numpy())
    else:
        _feed(sink, [None if _missing(value) else value for value in series])


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value))


@cache
def code_version() -> str:
    """Hash of the toolkit's own code: a change of code re-runs what it may have changed."""
    root = Path(__file__).resolve().parents[2]
    sink = hashlib.sha256()
    for package in _PACKAGES:
        files = sorted(
            (p for p in (root / package).rglob("*") if p.suffix in _SUFFIXES and "_bundled" not in p.parts),
            key=lambda p: p.relative_to(root).as_posix(),
        )
        for file in files:
            sink.update(file.relative_to(root).as_posix().encode())
            sink.update(file.read_bytes())
    return sink.hexdigest()[:16]
