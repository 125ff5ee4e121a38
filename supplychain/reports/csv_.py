"""Tables as CSV that is safe to open in a spreadsheet and the same bytes every time."""

from __future__ import annotations

import io
import unicodedata
from typing import Any

import numpy as np
import pandas as pd
from defusedcsv import csv

__all__ = ["cell", "csv_bytes"]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets ask for; days as ISO text, missing values empty.

    Text that a spreadsheet would run as a formula is defused with a leading apostrophe; control characters become
    blanks.
    """
    sink = io.StringIO(newline="")
    writer = csv.writer(sink, lineterminator="\r\n")
    writer.writerow(list(frame.columns))
    for row in frame.itertuples(index=False, name=None):
        writer.writerow([cell(value) for value in row])
    return sink.getvalue().encode("utf-8-sig")


def cell(value: Any) -> Any:
    """A value as a cell: text, a number, or None where it is missing or infinite."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, bool | int):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") else c for c in str(value)).strip()
