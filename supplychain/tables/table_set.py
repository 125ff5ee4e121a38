"""A set of tables that keeps the contract."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import numpy as np
import pandas as pd

__all__ = ["Tables", "frame_fingerprint"]


@dataclass(frozen=True)
class Tables:
    """Typed tables and what holds for all of them.

    ``frames`` has every table of the contract except personal data; a table that was not given has no rows. Keys and
    text are ``str`` or None (categories in ``demand`` and ``actuals``), numbers float64 with NaN, integers and times
    (minutes after midnight) ``Int64``, booleans ``bool``, dates ``datetime64[s]``, lists, weekdays and date ranges
    tuples. Frames are shared and must not be changed in place; use `replace_frame`. ``files`` says where a table came
    from, ``fingerprints`` is a SHA-256 of the file's bytes, or of the cells once the table has been replaced.
    ``places`` says of tables whose rows a scenario has appended or removed where each row stands: file and record.
    """

    name: str
    title: str
    as_of: date
    base_currency: str
    country: str
    time_zone: str
    lane_rule: str
    synthetic: bool
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    fingerprints: Mapping[str, str] = field(default_factory=dict, repr=False)
    places: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict, repr=False)

    def replace_frame(self, name: str, frame: pd.DataFrame) -> Tables:
        """The same tables with one frame replaced and fingerprinted anew; raises KeyError for an unknown table."""
        if name not in self.frames:
            raise KeyError(name)
        frame = frame.reset_index(drop=True)
        return replace(
            self,
            frames=MappingProxyType({**self.frames, name: frame}),
            fingerprints=MappingProxyType({**self.fingerprints, name: frame_fingerprint(frame)}),
        )


def frame_fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of a frame's column names and cells; the same on every machine and in every process."""
    digest = hashlib.sha256()
    for name in frame.columns:
        series = frame[name]
        digest.update(f"\x1d{name}\x1e{len(series)}\x1e".encode())
        if isinstance(series.dtype, pd.CategoricalDtype):
            digest.update(repr([str(category) for category in series.cat.categories]).encode())
            digest.update(series.cat.codes.to_numpy().astype("<i8").tobytes())
        elif series.dtype == object:
            digest.update("\x1f".join(map(repr, series)).encode())
        elif isinstance(series.dtype, pd.Int64Dtype):
            digest.update(series.isna().to_numpy().tobytes())
            digest.update(series.fillna(0).to_numpy(dtype=np.int64).astype("<i8").tobytes())
        else:
            digest.update(np.ascontiguousarray(series.to_numpy()).tobytes())
    return digest.hexdigest()
