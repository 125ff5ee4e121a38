"""Tables as JSON records: dates as text, no NaN, keys in column order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["record", "records"]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """One mapping a row; missing and infinite numbers are None, days are ISO text."""
    return [record(row) for row in frame.to_dict("records")]


def record(row: Mapping[Any, Any]) -> dict[str, Any]:
    """One row or map of figures, as `records` gives it."""
    return {str(name): _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, pd.Timestamp | datetime | date):
        return pd.Timestamp(value).date().isoformat()
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(part) for part in value]
    return value
