"""Data frames of plans with fixed columns and types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["typed_frame"]


def typed_frame(data: pd.DataFrame | Mapping[str, Any], columns: Mapping[str, str]) -> pd.DataFrame:
    """A frame with exactly ``columns`` (name to dtype) in their order; missing text is empty.

    Raises KeyError naming the columns that ``data`` lacks.
    """
    frame = pd.DataFrame(data)
    if missing := [name for name in columns if name not in frame.columns]:
        raise KeyError(f"columns {', '.join(missing)}: missing")
    typed = {
        name: frame[name].astype(object).where(frame[name].notna(), "").astype(object)
        if kind == "str"
        else frame[name].astype(kind)
        for name, kind in columns.items()
    }
    return pd.DataFrame(typed, columns=list(columns)).reset_index(drop=True)
