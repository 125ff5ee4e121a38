"""Columns of a mapping as a table of the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from supplychain.errors import DataError
from supplychain.tables import parse_table

__all__ = ["Columns", "table"]

Columns = Mapping[str, Any]


def table(name: str, columns: Columns, *, assumed: Sequence[str] = (), base_currency: str = "") -> pd.DataFrame:
    """The typed frame of a table; ``assumed`` names the columns that are assumptions in every row.

    Columns are text, numbers, booleans, ``datetime64`` days, or ``Int64``. Raises DataError for values that break the
    contract.
    """
    arrays = {column: _array(values) for column, values in columns.items()}
    if assumed:
        rows = len(next(iter(arrays.values())))
        arrays["assumed"] = pa.array(["|".join(assumed)] * rows, pa.string()).dictionary_encode()
    frame, problems = parse_table(name, arrays, name, base_currency=base_currency)
    if problems:
        raise DataError(f"mapped table {name}: {len(problems)} problems", problems)
    return frame


def _array(values: Any) -> pa.Array:
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    if isinstance(series.dtype, pd.CategoricalDtype):
        labels = pa.array(series.cat.categories.tolist(), pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(series.cat.codes.to_numpy()), labels)
    if series.dtype == object or not len(series):
        return pa.array(series.tolist(), pa.string())
    if series.dtype.kind == "M":
        return pa.array(series.to_numpy().astype("datetime64[D]"))
    if series.dtype.kind == "f":
        numbers = series.to_numpy()
        return pa.array(numbers, mask=np.isnan(numbers))
    return pa.array(series)
