"""The recent past of every row, beside its forecast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["history_table"]


def history_table(
    row_keys: Sequence[tuple[str, str]],
    *,
    quantity: npt.NDArray[np.float64],
    in_stock: npt.NDArray[np.bool_],
    first_day: np.datetime64,
    days: int = 182,
) -> pd.DataFrame:
    """The last ``days`` days of each row: item_id, site_id, date, quantity (units, NaN unknown), in_stock.

    ``quantity`` and ``in_stock`` [N,T] count days from ``first_day``; ``row_keys`` are (item_id, site_id).
    """
    rows, total = quantity.shape
    kept = min(days, total)
    dates = first_day.astype("datetime64[D]") + np.arange(total - kept, total)
    return pd.DataFrame(
        {
            "item_id": np.repeat(np.array([item for item, _ in row_keys], dtype=object), kept),
            "site_id": np.repeat(np.array([site for _, site in row_keys], dtype=object), kept),
            "date": np.tile(dates.astype("datetime64[s]"), rows),
            "quantity": quantity[:, total - kept :].ravel(),
            "in_stock": in_stock[:, total - kept :].ravel(),
        }
    )
