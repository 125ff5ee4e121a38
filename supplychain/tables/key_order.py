"""The one order of a table's rows, whatever that of the file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from supplychain.tables.columns import columns_of

__all__ = ["in_key_order"]

Ints = npt.NDArray[np.int64]


def in_key_order(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """The rows of ``table`` by their key, column by column as the contract lists them; empty cells come first.

    Text is compared by its characters. Rows of the same key, which a checked table has not, keep their order. The
    frame itself comes back where its rows are in order already.
    """
    ranks = [_ranks(frame[column.name]) for column in columns_of(table) if column.key and column.name in frame]
    later, undecided = np.zeros(max(len(frame) - 1, 0), np.bool_), np.ones(max(len(frame) - 1, 0), np.bool_)
    for rank in ranks:
        step = np.diff(rank)
        later |= undecided & (step < 0)
        undecided &= step == 0
    return frame.iloc[np.lexsort(ranks[::-1])] if later.any() else frame


def _ranks(series: pd.Series) -> Ints:
    """Position of each cell among the distinct ones, -1 for an empty one."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        order = np.argsort(series.cat.categories.to_numpy(dtype=object), kind="stable")
        position = np.full(order.size + 1, -1, np.int64)  # the last stands for an empty cell, which has code -1
        position[order] = np.arange(order.size)
        found: Ints = position[series.cat.codes.to_numpy()]
        return found
    return np.asarray(pd.factorize(series, sort=True)[0], np.int64)
